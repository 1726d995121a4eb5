"""Nearest documents under optimal transport, pruned by certified lower bounds.

For every query: costs of the vocabulary against its words, a relaxed bound for every document, a dual bound for those
that it leaves open, exact solves in the order of the bounds until the bound exceeds what is wanted. The result equals
brute force, index by index. With ``recall`` below 1 only so many documents of least relaxed bound are looked at as
gave that share of the true neighbours on a sample of the documents; the result says which share is proved.
"""

from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np

from kexuestat._kernels.batch import lay_out, ragged_masses
from kexuestat._kernels.search import _CERTAIN, lower_bounds, nearest_documents, nearest_words
from kexuestat._kernels.transport import _WHOLE
from kexuestat._kernels.tree import _padded
from kexuestat.transport.batch import emd_batch, words_in_use
from kexuestat.transport.costs import METRICS, TRUE_METRICS, prepared_cost_matrix, prepared_vectors
from kexuestat.validation.options import check_integer, check_n_jobs, check_option, check_real
from kexuestat.validation.transport import check_cancel, check_documents, check_vectors

_FIRST = 8  # the share of documents of least relaxed bound that is looked at first
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
    """One query: a document (indptr, tokens, places, masses) by itself, its costs, relaxed bounds, who is left out."""

    words: tuple
    table: np.ndarray
    low: np.ndarray
    exclude: int
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
        self.documents = check_documents(documents, "documents", len(self.vectors))
        indptr, tokens, weights = self.documents
        self.costs = costs if costs is not None and costs.fits else None
        if self.costs is None:
            words, places = words_in_use(self.documents, np.ones(len(indptr) - 1, dtype=bool), len(self.vectors))
            targets = self.vectors if len(words) == len(self.vectors) else self.vectors[words]
            self.targets = prepared_vectors(targets, metric, "vectors")
        else:
            places, self.targets = tokens, costs.prepared
        self.sides = indptr, tokens, places, ragged_masses(indptr, weights)
        self.with_mass = np.add.reduceat(np.append(self.sides[3], 0.0), indptr[:-1]) * (np.diff(indptr) > 0) > 0
        self._ranks = {}

    def nearest(self, queries=None, *, n_neighbors=5, radius=None, recall=1.0, n_jobs=None, progress=False):
        """Return the NearestResult of the queries; see `nearest`."""
        k = check_integer(n_neighbors, "n_neighbors", 1)
        radius = np.inf if radius is None else check_real(radius, "radius")
        recall = check_real(recall, "recall", 0, 1, open_low=True)
        own = queries is None
        queries = self.documents if own else check_documents(queries, "queries", len(self.vectors))
        n_queries, n_jobs = len(queries[0]) - 1, check_n_jobs(n_jobs)
        result = NearestResult(
            np.full((n_queries, k), np.nan),
            np.full((n_queries, k), -1, np.int64),
            np.zeros(n_queries, np.int64),
            np.zeros(n_queries, np.int64),
            np.ones(n_queries),
        )
        most = None if recall == 1.0 else self._enough(k, recall, n_jobs)

        def task(q):
            query = self._query(queries, q, q if own else -1, radius)
            if query is not None:
                self._one(query, most, result, q)

        _spread(task, n_queries, n_jobs, progress)
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

            _spread(task, len(chosen), n_jobs, False)
            self._ranks[k] = np.sort(ranks[ranks >= 0]), len(chosen)
        ranks, n_sample = self._ranks[k]
        if not len(ranks):
            return k
        share = recall + np.sqrt(recall * (1 - recall) / n_sample)
        place = min(int(np.ceil(share * len(ranks))), len(ranks)) - 1
        return max(k, int(ranks[place]) + 1)

    def _ranks_of_neighbors(self, d, k):
        """Return the places of the k neighbours of document d in the order of relaxed bounds, -1 where none is left."""
        query = self._query(self.documents, d, d, np.inf)
        distances, indices = np.empty(k), np.empty(k, np.int64)
        self._cascade(query, distances, indices)
        places = np.empty(len(query.low), np.int64)
        places[np.argsort(query.low, kind="stable")] = np.arange(len(query.low))
        return np.where(indices >= 0, places[indices], -1)

    def _query(self, queries, q, exclude, radius):
        """Return query q with its costs and relaxed bounds, None if it has no mass or there are no words."""
        indptr, tokens, weights = queries
        span = slice(indptr[q], indptr[q + 1])
        kept = np.flatnonzero(weights[span] > 0)
        tokens, weights = tokens[span][kept], weights[span][kept]
        if len(tokens) == 0 or len(self.targets.rows) == 0:
            return None
        ends = np.array([0, len(tokens)], np.int64)
        table = self._table(tokens, queries is self.documents)
        low = self._relaxed_bounds(table, len(tokens))
        return _Query((ends, tokens, np.arange(len(tokens)), ragged_masses(ends, weights)), table, low, exclude, radius)

    def _one(self, query, most, result, q):
        """Search for a query, among the ``most`` documents of least bound unless None; write row q of the result."""
        n_candidates = int(self.with_mass.sum()) - (query.exclude >= 0)
        found = result.distances[q], result.indices[q]
        result.n_candidates[q] = n_candidates
        if most is None or most >= n_candidates:
            result.n_solved[q], fine = self._cascade(query, *found)
        else:
            order = np.argpartition(query.low, most)
            chosen, rest = np.sort(order[:most]), query.low[order[most]]
            result.n_solved[q], fine = self._among(query, chosen, query.radius, *found)
            proved = np.count_nonzero(found[0] <= rest - _CERTAIN * abs(rest))
            if rest <= query.radius:
                result.recall[q] = proved / min(len(found[0]), n_candidates)
        if not fine:
            self._by_force(query, *found)
            result.recall[q] = 1.0

    def _cascade(self, query, distances, indices):
        """Search where the bounds are lowest, then wherever they allow a nearer document; fill the last two.

        The dual bound of a document costs a hundred times its relaxed bound, and most need only the latter.
        """
        low, n, k = query.low, len(query.low), len(distances)
        size = max(n // _FIRST, 4 * k, 256)
        first = np.sort(np.argpartition(low, size)[:size]) if size < n else np.arange(n)
        solved, fine = self._among(query, first, query.radius, distances, indices)
        if size < n:
            limit = min(query.radius, np.inf if np.isnan(distances[-1]) else distances[-1])
            with np.errstate(invalid="ignore"):  # inf - inf: a document without mass
                open_ = low - _CERTAIN * np.abs(low) <= limit
            open_[first] = False
            rest = np.flatnonzero(open_)
            if len(rest):
                more = np.empty(k), np.empty(k, np.int64)
                again, also = self._among(query, rest, limit, *more)
                _keep_nearest(distances, indices, *more)
                solved, fine = solved + again, fine and also
        return solved, fine

    def _among(self, query, chosen, radius, distances, indices):
        """Fill distances and indices with the nearest of the chosen documents, ascending; return (solved, fine)."""
        place = np.searchsorted(chosen, query.exclude)
        own = place if query.exclude >= 0 and place < len(chosen) and chosen[place] == query.exclude else -1
        sides = query.words, _part(self.sides, chosen)
        problem = query.table, *sides, len(self.vectors), self.cancel, query.low[chosen]
        lower_bounds(*problem)
        solved, fine = nearest_documents(*problem, own, radius, distances, indices)
        real = indices >= 0
        indices[real] = chosen[indices[real]]
        return solved, fine

    def _relaxed_bounds(self, table, n):
        """Return the relaxed bound of every document: each word goes to the query's nearest; inf without mass."""
        indptr, _, places, masses = self.sides
        costs = np.append(masses * nearest_words(table, n)[places], 0.0)
        low = np.add.reduceat(costs, indptr[:-1]) / _WHOLE
        low[~self.with_mass] = np.inf
        return low

    def _table(self, words, own):
        """Return the costs (n_words in use, padded number of query words) of the vocabulary against the query."""
        table = np.full((len(self.targets.rows), _padded(len(words))), np.inf)
        if own and self.costs is not None:
            lay_out(self.costs.table, words, len(words), table.shape[1], 0, table.reshape(-1))
        else:
            asked = prepared_vectors(self.vectors[words], self.metric, "vectors")
            table[:, : len(words)] = prepared_cost_matrix(self.targets, asked, self.metric)
        return table

    def _by_force(self, query, distances, indices):
        """Solve every document with warnings, for a query in which a problem did not finish."""
        ends, words, _, masses = query.words
        values = emd_batch(
            (ends, words, masses), self.documents, vectors=self.vectors, metric=self.metric, cancel=self.cancel
        )[0]
        values[~(values <= query.radius)] = np.inf
        if query.exclude >= 0:
            values[query.exclude] = np.inf
        order = np.argsort(values, kind="stable")[: len(distances)]
        order = order[np.isfinite(values[order])]
        distances[: len(order)], indices[: len(order)] = values[order], order


def _part(sides, chosen):
    """Return the sides (indptr, tokens, places, masses) of the chosen documents."""
    indptr, *columns = sides
    lengths = indptr[chosen + 1] - indptr[chosen]
    ends = np.concatenate([[0], np.cumsum(lengths)])
    entries = np.repeat(indptr[chosen] - ends[:-1], lengths) + np.arange(ends[-1])
    return ends, *(column[entries] for column in columns)


def _keep_nearest(distances, indices, more_distances, more_indices):
    """Put the nearest of both lists into the first, by (distance, index); nan comes last."""
    distances_of_both, indices_of_both = np.append(distances, more_distances), np.append(indices, more_indices)
    order = np.lexsort((indices_of_both, distances_of_both))[: len(distances)]
    distances[:], indices[:] = distances_of_both[order], indices_of_both[order]


def _spread(task, n, n_jobs, progress):
    """Run task(0) … task(n-1), in threads if n_jobs > 1."""
    numbers = range(n)
    if progress:
        from tqdm.auto import tqdm

        numbers = tqdm(numbers, desc="queries", leave=False)
    if n_jobs == 1:
        for q in numbers:
            task(q)
    else:
        with ThreadPoolExecutor(n_jobs) as pool:
            for future in [pool.submit(task, q) for q in numbers]:
                future.result()
