"""Exact transport between many pairs of weighted token lists that share one vocabulary.

Documents are ragged: ``indptr`` (n_documents + 1), ``tokens`` (sorted and unique within a document), ``weights``. Costs
between tokens are computed once per block of left documents and never exceed ``max_memory``. Each pair is one row's
work in compiled code, so results do not depend on the number of threads.
"""

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from kexuestat._kernels.batch import SOLVED, ragged_masses, solve_pairs
from kexuestat._kernels.distances import products
from kexuestat._kernels.paired import Points, solve_paired
from kexuestat.exceptions import InvalidInputError
from kexuestat.transport.costs import (
    METRICS,
    TRUE_METRICS,
    PreparedVectors,
    checked_cost_matrix,
    cost_form,
    prepared_cost_matrix,
    prepared_vectors,
)
from kexuestat.transport.exact import emd
from kexuestat.validation.options import check_n_jobs, check_option
from kexuestat.validation.transport import (
    check_cancel,
    check_cost,
    check_documents,
    check_memory,
    check_pairs,
    check_vectors,
    writable_array,
)

_SMALL, _LARGE = 4096, 16384  # pairs of a chunk: enough for a call, few enough to share out


def emd_batch(
    left,
    right=None,
    *,
    cost=None,
    vectors=None,
    metric="euclidean",
    pairs=None,
    cancel="auto",
    n_jobs=None,
    max_memory=None,
    progress=False,
):
    """Return the optimal transport costs of many pairs of documents, float64, (n_left, n_right) or (n_pairs,).

    Parameters
    ----------
    left, right : tuple of (indptr, tokens, weights)
        Ragged documents; the weights of each are scaled to total 1. right None is left, and symmetric work is done
        once.
    cost : array-like (n_left_tokens, n_right_tokens), optional
        Costs between tokens.
    vectors : array-like (n_tokens, d), optional
        Token vectors, from which `cost_matrix` makes the costs. Exactly one of cost and vectors is given.
    metric : str, default "euclidean"
        Metric of `cost_matrix`, for vectors.
    pairs : array-like of int (n_pairs, 2), optional
        Pairs (left, right) to solve; None is all.
    cancel : {"auto", True, False}
        Take the common mass of common tokens out of both sides first: the value stays the same for a metric cost only.
        "auto" does so for vectors with euclidean, rms or chord. True with cost vouches for a metric on one vocabulary.
    n_jobs : int, optional
        Threads, as in joblib: None is 1, -1 all processors. Results are the same bits for any number.
    max_memory : float, optional
        Bytes for the table of costs, default 512 MB; above it the work is done by blocks of left documents.
    progress : bool, default False
        Show a progress bar (tqdm).

    Returns
    -------
    ndarray
        nan where a document has no mass.

    Raises
    ------
    InvalidInputError
        Malformed documents, pairs out of range, nan costs, costs that forbid every plan, or cancel=True for a cost that
        breaks the triangle inequality.

    Examples
    --------
    >>> import numpy as np
    >>> from kexuestat.transport import emd_batch
    >>> documents = ([0, 2, 4], [0, 1, 1, 2], [1.0, 1.0, 1.0, 1.0])
    >>> emd_batch(documents, vectors=np.array([[0.0], [1.0], [2.0]]))
    array([[0., 1.],
           [1., 0.]])
    """
    if (cost is None) == (vectors is None):
        raise InvalidInputError("emd_batch needs exactly one of cost and vectors.")
    cancel = check_cancel(cancel, check_option(metric, "metric", METRICS), TRUE_METRICS, vectors is not None)
    memory = check_memory(max_memory)
    n_jobs = check_n_jobs(n_jobs)
    symmetric = vectors is not None
    if vectors is not None:
        given = check_vectors(vectors, "vectors")
    elif right is None and pairs is None:
        given, symmetric = _looked_at(cost)
    else:
        given = check_cost(cost)
    one = check_documents(left, "left", len(given))
    two = one if right is None else check_documents(right, "right", given.shape[1] if vectors is None else len(given))
    if pairs is not None:
        work = _GivenPairs(one, two, pairs)
    elif right is None and symmetric:
        work = _Triangle(one)
        one = two = work.documents
    else:
        work = _Rectangle(one, two)
    points = None if vectors is None or pairs is None else _points(given, metric, one, two, work)
    if points is not None:
        tables = iter([(0, len(one[0]) - 1, *points)])
    elif vectors is None:
        tables = iter([(0, len(one[0]) - 1, given, one[1], two[1])])
    else:
        tables = _tables(given, metric, one, two, memory, *work.taking_part())
    masses = ragged_masses(one[0], one[2])
    right_masses = masses if two is one else ragged_masses(two[0], two[2])
    for first, last, costs, left_places, right_places in tables:
        sides = (*one[:2], left_places, masses), (*two[:2], right_places, right_masses)
        solver = (_Solver if points is None else _PointSolver)(costs, sides, cancel, (one[2], two[2]))
        _run(work, first, last, solver, n_jobs, progress)
        del solver, costs  # before the next table is made
    return work.out


def _looked_at(cost):
    """Return the checked cost and whether it is symmetric up to rounding, by its products with a random vector.

    Both products come from one pass over the table, and infinite entries or nan show in them; comparing the table with
    its transpose took four times as long.
    """
    cost = writable_array(cost, "cost", 2)
    n = len(cost)
    if cost.shape != (n, n):
        return check_cost(cost), False
    rows, columns = np.empty(n), np.zeros(n)
    products(cost, np.random.default_rng(20).random(n), rows, columns)
    if not (n and np.isfinite(rows).all()):
        cost = check_cost(cost)
    with np.errstate(invalid="ignore"):
        return cost, bool((np.abs(rows - columns) <= 1e-15 * n * np.abs(rows).max(initial=0.0)).all())


class _Rectangle:
    """Every left with every right document; a chunk is some whole rows of the result, or a part of one."""

    def __init__(self, one, two):
        self.shape = len(one[0]) - 1, len(two[0]) - 1
        self.out = np.empty(self.shape)

    def taking_part(self):
        """Return which left and which right documents take part."""
        return tuple(np.ones(n, dtype=bool) for n in self.shape)

    def chunks(self, first, last):
        """Return ranges of flat places in the rows first … last-1."""
        width = self.shape[1]
        step = max(_SMALL // max(width, 1), 1) * width if width <= _LARGE else _LARGE
        return [(k, min(k + step, last * width)) for k in range(first * width, last * width, max(step, 1))]

    def pairs(self, start, stop):
        """Return the pairs (k, 2) of a range."""
        return np.column_stack(np.divmod(np.arange(start, stop), self.shape[1]))

    def write(self, start, stop, pairs, values):
        """Keep the values of the pairs of a range."""
        self.out.reshape(-1)[start:stop] = values


class _Triangle(_Rectangle):
    """Every unordered pair of one set of documents, the longest first: the longer one of a pair is the left one."""

    def __init__(self, documents):
        super().__init__(documents, documents)
        indptr, tokens, weights = documents
        lengths = np.diff(indptr)
        self.order = np.argsort(-lengths, kind="stable")
        lengths = lengths[self.order]
        ends = np.concatenate([[0], np.cumsum(lengths)])
        source = np.arange(ends[-1]) + np.repeat(indptr[:-1][self.order] - ends[:-1], lengths)
        self.documents = ends, tokens[source], weights[source]

    def pairs(self, start, stop):
        """Return the pairs (k, 2) of a range, those on and above the diagonal."""
        width = self.shape[1]
        rows = np.arange(start // width, (stop - 1) // width + 1)
        first = np.maximum(rows, start - rows * width)
        counts = np.maximum(np.minimum(width, stop - rows * width) - first, 0)
        pairs = np.empty((counts.sum(), 2), np.int64)
        pairs[:, 0] = np.repeat(rows, counts)
        pairs[:, 1] = np.arange(len(pairs)) + np.repeat(first - np.cumsum(counts) + counts, counts)
        return pairs

    def write(self, start, stop, pairs, values):
        """Keep the values of the pairs of a range, on both sides of the diagonal."""
        i, j = self.order[pairs.T]
        self.out[i, j] = values
        self.out[j, i] = values


class _GivenPairs:
    """A list of pairs, worked in the order of their left documents."""

    def __init__(self, one, two, pairs):
        self.shape = len(one[0]) - 1, len(two[0]) - 1
        pairs = check_pairs(pairs, *self.shape)
        self.order = np.lexsort((pairs[:, 1], pairs[:, 0]))
        self.sorted = np.ascontiguousarray(pairs[self.order])
        self.out = np.empty(len(pairs))

    def taking_part(self):
        """Return which left and which right documents take part."""
        masks = tuple(np.zeros(n, dtype=bool) for n in self.shape)
        for mask, column in zip(masks, self.sorted.T):
            mask[column] = True
        return masks

    def chunks(self, first, last):
        """Return ranges of the sorted pairs whose left documents are first … last-1, few documents cut in two."""
        left = self.sorted[:, 0]
        k, end = np.searchsorted(left, (first, last)).tolist()
        ranges = []
        while k < end:
            last_left = left[min(k + _SMALL, end) - 1]
            stop = min(int(np.searchsorted(left, last_left, side="right")), k + _LARGE, end)
            ranges.append((k, stop))
            k = stop
        return ranges

    def pairs(self, start, stop):
        """Return the pairs (k, 2) of a range."""
        return self.sorted[start:stop]

    def write(self, start, stop, pairs, values):
        """Keep the values of the pairs of a range."""
        self.out[self.order[start:stop]] = values


class _Solver:
    """Solves chunks of pairs over one table of costs."""

    kernel = staticmethod(solve_pairs)

    def __init__(self, costs, sides, cancel, weights):
        self.costs, self.sides, self.cancel, self.weights = costs, sides, cancel, weights
        self.n_tokens = max((int(tokens.max()) + 1 for _, tokens, _, _ in sides if len(tokens)), default=0)

    def __call__(self, pairs):
        """Return the optimal costs (k,) of the pairs (k, 2)."""
        values, status = np.empty(len(pairs)), np.empty(len(pairs), np.int64)
        self.kernel(self.costs, *self.sides, pairs, self.n_tokens, self.cancel, values, status)
        for k in np.flatnonzero(status != SOLVED):
            values[k] = self._alone(*pairs[k])
        return values

    def _alone(self, i, j):
        """Solve a pair of very uneven costs, or one that reached the limit of pivots (with its warning), by `emd`."""
        (a, rows), (b, columns) = (
            (weights[indptr[d] : indptr[d + 1]], places[indptr[d] : indptr[d + 1]])
            for d, weights, (indptr, _, places, _) in zip((i, j), self.weights, self.sides)
        )
        return emd(a, b, self._block(rows, columns), normalize=True).cost

    def _block(self, rows, columns):
        return self.costs[np.ix_(rows, columns)]


class _PointSolver(_Solver):
    """Solves chunks of pairs from the vectors of their words."""

    kernel = staticmethod(solve_paired)

    def _block(self, rows, columns):
        vectors, norms, rooted, factor = self.costs
        X, Y = (PreparedVectors(vectors[side], 1.0, norms[side]) for side in (rows, columns))
        return factor * prepared_cost_matrix(X, Y, "euclidean" if rooted else "sqeuclidean")


def _run(work, first, last, solver, n_jobs, progress):
    """Solve the chunks of the left documents first … last-1 in threads."""
    chunks = work.chunks(first, last)

    def task(chunk):
        pairs = work.pairs(*chunk)
        work.write(*chunk, pairs, solver(pairs))

    if progress:
        from tqdm.auto import tqdm

        chunks = tqdm(chunks, desc="pairs of documents", leave=False)
    if n_jobs == 1:
        for chunk in chunks:
            task(chunk)
    else:
        with ThreadPoolExecutor(n_jobs) as pool:
            for future in [pool.submit(task, chunk) for chunk in chunks]:
                future.result()


def _points(vectors, metric, one, two, work):
    """Return (Points, left rows, right rows), or None where the table of the words in use has fewer entries.

    None also where squared lengths would overflow or vanish.
    """
    used = work.taking_part()
    (left_words, left_places), (right_words, right_places) = (
        words_in_use(side, mask, len(vectors)) for side, mask in zip((one, two), used)
    )
    lengths = [np.diff(side[0])[pairs] for side, pairs in zip((one, two), work.sorted.T)]
    if float(lengths[0] @ lengths[1]) > len(left_words) * len(right_words):
        return None
    words = np.union1d(left_words, right_words)
    prepared = prepared_vectors(vectors if len(words) == len(vectors) else vectors[words], metric, "vectors")
    if not prepared.norms.size:
        return None
    places = [np.searchsorted(words, own)[at] for own, at in ((left_words, left_places), (right_words, right_places))]
    return Points(prepared.rows, prepared.norms, *cost_form(metric, vectors.shape[1])), *places


def _tables(vectors, metric, one, two, memory, left_used, right_used):
    """Yield (first, last, table, left places, right places) by blocks of left documents within the memory."""
    right_words, right_places = words_in_use(two, right_used, len(vectors))
    target = vectors[right_words]
    for first, last in _blocks(one, left_used, memory / max(8 * len(right_words), 1)):
        part = np.zeros_like(left_used)
        part[first:last] = left_used[first:last]
        words, places = words_in_use(one, part, len(vectors))
        same = len(words) == len(right_words) and np.array_equal(words, right_words)
        source = target if same else vectors[words]
        yield first, last, checked_cost_matrix(source, target, metric), places, right_places


def words_in_use(documents, used, n_tokens):
    """Return the tokens of the used documents, and for all tokens their places among these (any, where not used)."""
    indptr, tokens, _ = documents
    mask = np.zeros(n_tokens, dtype=bool)
    mask[tokens[np.repeat(used, np.diff(indptr))]] = True
    return np.flatnonzero(mask), (np.cumsum(mask) - 1).clip(0)[tokens]


def runs(indptr, most):
    """Return the ranges (first, last) of consecutive documents of together at most so many tokens, or one document."""
    ranges, first, n = [], 0, len(indptr) - 1
    while first < n:
        last = max(first + 1, int(np.searchsorted(indptr, indptr[first] + most, side="right")) - 1)
        ranges.append((first, last))
        first = last
    return ranges


def _blocks(documents, used, most_words):
    """Return ranges of documents; the words of each are at most most_words, or the range is one document."""
    indptr, tokens, _ = documents
    n_documents = len(indptr) - 1
    if len(np.unique(tokens[np.repeat(used, np.diff(indptr))])) <= most_words:
        return [(0, n_documents)]
    blocks, first, words = [], 0, 0
    for d in range(n_documents):
        more = (indptr[d + 1] - indptr[d]) * used[d]
        if d > first and words + more > most_words:
            blocks.append((first, d))
            first, words = d, 0
        words += more
    return [*blocks, (first, n_documents)]
