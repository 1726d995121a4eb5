"""Nearest documents under optimal transport, pruned by certified lower bounds.

For every query: costs of the vocabulary against its words, a relaxed bound for every document, dearer bounds and exact
solves in the order of the bounds until these exceed what is wanted. The result equals brute force, index by index. With
``recall`` below 1 only so many documents of least relaxed bound are looked at as gave that share of the true neighbours
on a sample of the documents; the result says which share is proved.
"""

from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np

from kexuestat._kernels.batch import lay_out, ragged_masses
from kexuestat._kernels.search import _CERTAIN, Nearest, nearest_documents, nearest_words, relaxed_bounds
from kexuestat._kernels.tree import _padded
from kexuestat.transport.batch import emd_batch, runs, words_in_use
from kexuestat.transport.costs import METRICS, TRUE_METRICS, prepared_cost_matrix, prepared_vectors
from kexuestat.validation.options import check_integer, check_n_jobs, check_option, check_real
from kexuestat.validation.transport import check_cancel, check_documents, check_vectors

_BLOCK = 1 << 20  # word costs that are computed in one product for several queries: 8 MB
_SAMPLE = 64  # documents on which the recall of an approximate search is measured


class NearestResult(NamedTuple):
    """Nearest documents per query, and how much work it was.

    Attributes
    ----------
    distances : ndarray (n_queries, k), float64
        Ascending, ties by index; nan where there is none.
    indices : ndarray (n_queries, k), int64
        -1 where there is none.
    n_solved : ndarray (n_queries,), int64
        Exact problems solved.
    n_candidates : ndarray (n_queries,), int64
        Documents that could have been solved: those with mass, less the excluded one.
    recall : ndarray (n_queries,), float64
        Share of the true neighbours that is proved to be found: 1 for an exact search, else a lower bound of the truth.
    """

    distances: np.ndarray
    indices: np.ndarray
    n_solved: np.ndarray
    n_candidates: np.ndarray
    recall: np.ndarray


def nearest(
    queries,
    documents,
    vectors,
    *,
    n_neighbors=5,
    radius=None,
    recall=1.0,
    metric="euclidean",
    cancel="auto",
    n_jobs=None,
    progress=False,
):
    """Return the n_neighbors nearest documents of every query, by default exactly, as a NearestResult.

    Parameters
    ----------
    queries : tuple of (indptr, tokens, weights), or None
        Ragged documents, tokens sorted and unique; None: the documents themselves, none its own neighbour.
    documents : tuple of (indptr, tokens, weights)
        What is searched. Weights of each document are scaled to total 1.
    vectors : array-like (n_tokens, d)
        One vector per token, of queries and documents alike.
    n_neighbors : int, default 5
        At most the number of documents that can be neighbours are found; the rest is nan and -1.
    radius : float, optional
        Largest distance of interest.
    recall : float in (0, 1], default 1
        Below 1: the mean share of the true neighbours that is aimed at, as measured on a sample of the documents.
    metric : str, default "euclidean"
        Metric of `cost_matrix`.
    cancel : {"auto", True, False}
        As in `emd_batch`.
    n_jobs : int, optional
        Threads over queries, as in joblib. Results are the same bits for any number.
    progress : bool, default False
        Show a progress bar (tqdm).

    Returns
    -------
    NearestResult

    Raises
    ------
    InvalidInputError
        Malformed documents or vectors, or an unknown metric.
    """
    return DocumentIndex(documents, vectors, metric=metric, cancel=cancel).nearest(
        queries, n_neighbors=n_neighbors, radius=radius, recall=recall, n_jobs=n_jobs, progress=progress
    )


class _Query(NamedTuple):
    """One query: a document (indptr, tokens, places, masses) by itself, its costs, their least ones, relaxed bounds.

    Documents that may not be neighbours have the bound inf.
    """

    words: tuple
    table: np.ndarray
    nearest: Nearest
    low: np.ndarray
    radius: float


class DocumentIndex:
    """Documents made ready for many searches: whole masses, vocabulary in use and its vectors.

    Parameters
    ----------
    documents, vectors, metric, cancel
        As for `nearest`.
    costs : WordCosts, optional
        Of the vectors; searches for the documents' own neighbours then take distances of words from it if they fit.
    """

    def __init__(self, documents, vectors, *, metric="euclidean", cancel="auto", costs=None):
        self.metric = check_option(metric, "metric", METRICS)
        self.cancel = check_cancel(cancel, metric, TRUE_METRICS, True)
        self.vectors = check_vectors(vectors, "vectors")
        self.documents = _positive(check_documents(documents, "documents", len(self.vectors)))
        indptr, tokens, weights = self.documents
        self.costs = costs if costs is not None and costs.fits else None
        if self.costs is None:
            words, places = words_in_use(self.documents, np.ones(len(indptr) - 1, dtype=bool), len(self.vectors))
            targets = self.vectors if len(words) == len(self.vectors) else self.vectors[words]
            self.targets = prepared_vectors(targets, metric, "vectors")
        else:
            places, self.targets = tokens, costs.prepared
        self.sides = indptr, tokens, places, ragged_masses(indptr, weights)
        self.with_mass = np.diff(indptr) > 0
        self._ranks = {}

    def nearest(self, queries=None, *, more=None, n_neighbors=5, radius=None, recall=1.0, n_jobs=None, progress=False):
        """Return the NearestResult of the queries; see `nearest`.

        more (n, d) holds vectors of tokens of the queries that follow those of the index.
        """
        k = check_integer(n_neighbors, "n_neighbors", 1)
        radius = np.inf if radius is None else check_real(radius, "radius")
        recall = check_real(recall, "recall", 0, 1, open_low=True)
        n_tokens = len(self.vectors) + (0 if more is None else len(more))
        queries = self.documents if queries is None else _positive(check_documents(queries, "queries", n_tokens))
        n_queries, n_jobs = len(queries[0]) - 1, check_n_jobs(n_jobs)
        result = NearestResult(
            np.full((n_queries, k), np.nan),
            np.full((n_queries, k), -1, np.int64),
            np.zeros(n_queries, np.int64),
            np.zeros(n_queries, np.int64),
            np.ones(n_queries),
        )
        most = None if recall == 1.0 else self._enough(k, recall, n_jobs)

        def task(block):
            for q, query in self._queries(queries, more, block, radius):
                self._one(query, most, result, q)

        _spread(task, runs(queries[0], _BLOCK // max(1, len(self.targets.rows))), n_jobs, progress)
        return result

    def _enough(self, k, recall, n_jobs):
        """Return how many documents of least relaxed bound held this share of the k neighbours of a sample.

        The sample is spread evenly over the documents, each without itself; one standard error is added to the share.
        """
        if k not in self._ranks:
            chosen = np.flatnonzero(self.with_mass)
            chosen = chosen[np.linspace(0, len(chosen) - 1, min(_SAMPLE, len(chosen))).astype(np.int64)]
            ranks = np.full((len(chosen), k), -1, np.int64)

            def task(s):
                ranks[s] = self._ranks_of_neighbors(int(chosen[s]), k)

            _spread(task, range(len(chosen)), n_jobs, False)
            self._ranks[k] = np.sort(ranks[ranks >= 0]), len(chosen)
        ranks, n_sample = self._ranks[k]
        if not len(ranks):
            return k
        share = recall + np.sqrt(recall * (1 - recall) / n_sample)
        place = min(int(np.ceil(share * len(ranks))), len(ranks)) - 1
        return max(k, int(ranks[place]) + 2)  # one more for the query itself, which the sample left out

    def _ranks_of_neighbors(self, d, k):
        """Return the places of the k neighbours of document d in the order of relaxed bounds, -1 where none is left."""
        _, query = next(self._queries(self.documents, None, (d, d + 1), np.inf))
        distances, indices = np.empty(k), np.empty(k, np.int64)
        self._among(query, query.low, distances, indices)
        places = np.empty(len(query.low), np.int64)
        places[np.argsort(query.low, kind="stable")] = np.arange(len(query.low))
        return np.where(indices >= 0, places[indices], -1)

    def _queries(self, queries, more, block, radius):
        """Yield (q, _Query) of the queries with mass of a block (first, last), whose costs are computed together."""
        indptr, tokens, weights = queries
        own = queries is self.documents
        asked = np.unique(tokens[indptr[block[0]] : indptr[block[1]]])
        if not len(asked) or not len(self.targets.rows):
            return
        costs = self._costs(asked, own, more)
        for q in range(*block):
            part = slice(indptr[q], indptr[q + 1])
            if part.start < part.stop:
                query = self._query(tokens[part], weights[part], costs, radius)
                if own:
                    query.low[q] = np.inf
                yield q, query

    def _costs(self, asked, own, more):
        """Return (costs of words against those in use, these words), among them all that are asked for."""
        if own and self.costs is not None:
            return self.costs.table, np.arange(len(self.vectors))
        n_known = np.searchsorted(asked, len(self.vectors))
        vectors = self.vectors[asked[:n_known]]
        if n_known < len(asked):
            vectors = np.concatenate([vectors, more[asked[n_known:] - len(self.vectors)]])
        return prepared_cost_matrix(prepared_vectors(vectors, self.metric, "vectors"), self.targets, self.metric), asked

    def _query(self, tokens, weights, costs, radius):
        """Return the _Query of the words of a document, from (costs, their words)."""
        n, width = len(tokens), _padded(len(tokens))
        table = np.empty((len(self.targets.rows), width))
        lay_out(costs[0], np.searchsorted(costs[1], tokens), n, width, width, table.reshape(-1))
        closest, low = nearest_words(table, n), np.empty(len(self.with_mass))
        relaxed_bounds(closest.cost, self.sides, low)
        ends = np.array([0, n], np.int64)
        return _Query((ends, tokens, np.arange(n), ragged_masses(ends, weights)), table, closest, low, radius)

    def _one(self, query, most, result, q):
        """Search for a query, among the ``most`` documents of least bound unless None; write row q of the result."""
        n_candidates = np.count_nonzero(query.low < np.inf)
        found = result.distances[q], result.indices[q]
        result.n_candidates[q] = n_candidates
        if most is None or most >= n_candidates:
            result.n_solved[q], fine = self._among(query, query.low, *found)
        else:
            order = np.argpartition(query.low, most)
            rest = query.low[order[most]]
            low = np.full_like(query.low, np.inf)
            low[order[:most]] = query.low[order[:most]]
            result.n_solved[q], fine = self._among(query, low, *found)
            proved = np.count_nonzero(found[0] <= rest - _CERTAIN * abs(rest))
            if rest <= query.radius:
                result.recall[q] = proved / min(len(found[0]), n_candidates)
        if not fine:
            self._by_force(query, *found)
            result.recall[q] = 1.0

    def _among(self, query, low, distances, indices):
        """Fill distances and indices with the nearest documents of finite bound, ascending; return (solved, fine)."""
        n_tokens = max(len(self.vectors), int(query.words[1][-1]) + 1)
        sides = query.words, self.sides, n_tokens, self.cancel
        return nearest_documents(query.table, *sides, query.nearest, low, query.radius, distances, indices)

    def _by_force(self, query, distances, indices):
        """Solve every document with warnings, for a query in which a problem did not finish."""
        ends, _, columns, masses = query.words
        indptr, _, places, _ = self.sides
        cost = query.table[:, : len(columns)].T
        values = emd_batch((ends, columns, masses), (indptr, places, self.documents[2]), cost=cost)[0]
        values[~((values <= query.radius) & (query.low < np.inf))] = np.inf
        order = np.argsort(values, kind="stable")[: len(distances)]
        order = order[np.isfinite(values[order])]
        distances[: len(order)], indices[: len(order)] = values[order], order


def _positive(documents):
    """Return the documents without tokens of weight 0."""
    indptr, tokens, weights = documents
    kept = weights > 0
    if kept.all():
        return documents
    return np.append(0, np.cumsum(kept))[indptr], tokens[kept], weights[kept]


def _spread(task, items, n_jobs, progress):
    """Run the task for all items, in threads if n_jobs > 1."""
    if progress:
        from tqdm.auto import tqdm

        items = tqdm(items, desc="blocks of queries", leave=False)
    if n_jobs == 1:
        for item in items:
            task(item)
    else:
        with ThreadPoolExecutor(n_jobs) as pool:
            for future in [pool.submit(task, item) for item in items]:
                future.result()
