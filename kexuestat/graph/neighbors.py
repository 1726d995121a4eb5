"""Exact nearest-neighbour graphs of feature vectors.

The similarity s of two points is 1 - d for the cosine distance d, 1 / (1 + d) for every other metric. A point is linked
to its ``n_neighbors`` most similar others with s >= ``min_similarity`` and s > 0, by the weight s.
"""

import numpy as np
from scipy import sparse

from kexuestat.graph.convert import settle_matrix
from kexuestat.graph.csr import CSRGraph
from kexuestat.validation import neighbors as checks

_BLOCK = 1 << 22  # similarities held at a time: 32 MB


def knn_graph(X, *, n_neighbors=15, metric="cosine", min_similarity=None, directed=False, nodes=None):
    """Return the CSRGraph of exact nearest neighbours of feature vectors.

    Parameters
    ----------
    X : array-like or sparse, shape (n_samples, n_features)
    n_neighbors : int, default=15
        Neighbours of each point, itself not counted.
    metric : str or callable, default="cosine"
        Any metric of scikit-learn's nearest neighbours.
    min_similarity : float, optional
        Links with less similarity are dropped; points that are left without a link stay.
    directed : bool, default=False
        True: arcs from a point to its neighbours. False: the mean of both directions.
    nodes : sequence, optional
        Names of the points.

    Returns
    -------
    CSRGraph

    Raises
    ------
    InvalidInputError
        If ``n_neighbors >= n_samples``, the metric is unknown or a feature is nan or infinite.

    Warns
    -----
    UserWarning
        Once with the number of zero vectors (cosine), once with the number of dropped similarities <= 0.

    Examples
    --------
    >>> graph = knn_graph([[1.0, 0.0], [1.0, 0.1], [0.0, 1.0], [0.1, 1.0]], n_neighbors=1, directed=True)
    >>> graph.indices
    array([1, 0, 3, 2])
    """
    X = checks.check_features(X)
    checks.check_neighbors(n_neighbors, X.shape[0])
    links = _links(X, None, n_neighbors, metric, min_similarity)
    nodes = range(X.shape[0]) if nodes is None else nodes
    rows, columns, values = sparse.find(links)
    arcs = CSRGraph.from_rows(rows.astype(np.int64), columns.astype(np.int64), values, nodes, True)
    return settle_matrix(arcs, bool(directed))


def knn_links(X, fitted, *, n_neighbors=15, metric="cosine", min_similarity=None):
    """Return the similarities of new points to their nearest fitted points, csr_array of shape (n_new, n_fitted)."""
    X, fitted = checks.check_features(X), checks.check_features(fitted)
    return _links(X, fitted, min(n_neighbors, fitted.shape[0]), metric, min_similarity)


def _links(X, fitted, n_neighbors, metric, min_similarity):
    metric = checks.check_metric(metric)
    min_similarity = checks.check_min_similarity(min_similarity)
    near = _by_cosine if isinstance(metric, str) and metric == "cosine" else _by_metric
    columns, similarity = near(X, fitted, n_neighbors, metric)
    kept = similarity > 0
    if min_similarity is None:
        checks.warn_of_dropped(int((~kept & np.isfinite(similarity)).sum()))
    else:
        kept &= similarity >= min_similarity
    rows = np.repeat(np.arange(X.shape[0]), n_neighbors)[kept.ravel()]
    shape = (X.shape[0], X.shape[0] if fitted is None else fitted.shape[0])
    return sparse.csr_array((similarity[kept].astype(np.float64), (rows, columns[kept])), shape=shape)


def _unit_rows(X):
    """Rows of length 1 (zero rows stay) and which rows are zero."""
    dense = not sparse.issparse(X)
    # the largest entry first: squares of tiny or huge numbers leave the range of floats
    largest = abs(X).max(axis=1) if dense else abs(X).max(axis=1).toarray().ravel()
    scale = np.where(largest > 0, largest, 1.0)
    X = X / scale[:, None] if dense else sparse.csr_array(sparse.diags_array(1 / scale) @ X)
    norms = np.sqrt((X * X).sum(axis=1))
    norms = np.where(norms > 0, norms, 1.0)
    unit = X / norms[:, None] if dense else sparse.csr_array(sparse.diags_array(1 / norms) @ X)
    return unit, largest == 0


def _by_cosine(X, fitted, n_neighbors, metric):
    """Columns and similarities (n_points, n_neighbors) by blocks of one matrix product; -inf for zero vectors."""
    unit, zero = _unit_rows(X)
    other, other_zero = (unit, zero) if fitted is None else _unit_rows(fitted)
    checks.warn_of_zero_vectors(int(zero.sum()))
    columns = np.empty((X.shape[0], n_neighbors), dtype=np.int64)
    similarity = np.empty((X.shape[0], n_neighbors))
    step = max(1, _BLOCK // other.shape[0])
    for start in range(0, X.shape[0], step):
        rows = np.arange(start, min(start + step, X.shape[0]))
        block = unit[rows] @ other.T
        block = block.toarray() if sparse.issparse(block) else block
        block[:, other_zero] = -np.inf
        block[zero[rows]] = -np.inf
        if fitted is None:
            block[np.arange(len(rows)), rows] = -np.inf
        columns[rows], similarity[rows] = _largest(block, n_neighbors)
    return columns, np.minimum(similarity, 1.0)


def _largest(block, n_neighbors):
    """Columns and values of the largest entries of each row, in decreasing order."""
    if n_neighbors < block.shape[1]:
        found = np.argpartition(block, block.shape[1] - n_neighbors, axis=1)[:, -n_neighbors:]
    else:
        found = np.broadcast_to(np.arange(block.shape[1]), block.shape).copy()
    found.sort(axis=1)
    values = np.take_along_axis(block, found, axis=1)
    order = np.argsort(-values, axis=1, kind="stable")
    return np.take_along_axis(found, order, axis=1), np.take_along_axis(values, order, axis=1)


def _by_metric(X, fitted, n_neighbors, metric):
    from sklearn.neighbors import NearestNeighbors

    search = NearestNeighbors(n_neighbors=n_neighbors, metric=metric).fit(X if fitted is None else fitted)
    distance, columns = search.kneighbors(None if fitted is None else X)
    return columns.astype(np.int64), 1.0 / (1.0 + distance)
