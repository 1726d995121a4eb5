"""Cost matrices between vectors: C_ij from x_i and y_j, by one matrix product and direct repair of near pairs.

euclidean |x - y|; rms |x - y| / sqrt(d); sqeuclidean |x - y|^2; cosine 1 - cos(x, y) = |u - v|^2 / 2;
chord |u - v|, with u, v the unit vectors. Metrics in the mathematical sense: euclidean, rms, chord.
"""

import numpy as np

from kexuestat._kernels.distances import root, squared_distances, squared_norms
from kexuestat.validation.options import check_option
from kexuestat.validation.transport import check_directions, check_vectors

METRICS = ("euclidean", "rms", "sqeuclidean", "cosine", "chord")
TRUE_METRICS = ("euclidean", "rms", "chord")


def cost_matrix(X, Y=None, *, metric="euclidean"):
    """Return the costs (n, m), float64, between the rows of X and of Y.

    Equal rows cost exactly 0, and near ones keep their digits.

    Parameters
    ----------
    X : array-like (n, d)
        Finite vectors.
    Y : array-like (m, d), optional
        Default X.
    metric : {"euclidean", "rms", "sqeuclidean", "cosine", "chord"}, default "euclidean"
        Ranges: [0, inf) for the first three; 1 - cos and chord = sqrt(2 (1 - cos)) in [0, 2].

    Raises
    ------
    InvalidInputError
        nan or inf, different widths, an unknown metric, or a zero vector where the metric needs a direction.

    Examples
    --------
    >>> from kexuestat.transport import cost_matrix
    >>> cost_matrix([[0.0, 0.0], [3.0, 4.0]])
    array([[0., 5.],
           [5., 0.]])
    """
    check_option(metric, "metric", METRICS)
    X = check_vectors(X, "X")
    Y = X if Y is None else check_vectors(Y, "Y", like=X)
    return checked_cost_matrix(X, Y, metric)


def checked_cost_matrix(X, Y, metric):
    """Return the cost matrix of checked float64 vectors; Y may be X itself."""
    if metric in ("cosine", "chord"):
        same = Y is X
        X = unit_vectors(X, "X")
        Y = X if same else unit_vectors(Y, "Y")
        costs = _squared(X, Y)
        return np.multiply(costs, 0.5, out=costs) if metric == "cosine" else _rooted(costs, 1.0)
    scale = _safe_scale(X, Y)
    costs = _squared(X / scale, X / scale if Y is X else Y / scale) if scale != 1.0 else _squared(X, Y)
    if metric == "sqeuclidean":
        return costs if scale == 1.0 else costs * scale**2
    return _rooted(costs, scale / np.sqrt(X.shape[1]) if metric == "rms" else scale)


def _squared(X, Y):
    costs = X @ Y.T
    norms = squared_norms(X)
    squared_distances(X, Y, norms, norms if Y is X else squared_norms(Y), costs)
    return costs


def _rooted(costs, factor):
    root(costs, factor)
    return costs


def _safe_scale(X, Y):
    """Return 1, or the largest entry where squares would overflow or vanish."""
    largest = max(np.abs(X).max(initial=0.0), np.abs(Y).max(initial=0.0))
    return 1.0 if largest == 0.0 or 1e-100 < largest < 1e100 else largest


def unit_vectors(X, name):
    """Return the rows of X scaled to length 1."""
    X = X / check_directions(X, name)[:, None]
    return X / np.sqrt(squared_norms(X))[:, None]
