"""Cheap lower bounds of the optimal transport cost, from a cost matrix or from the vectors alone.

a_i, b_j weights scaled to total 1; C_ij costs; u_i, v_j unit vectors. Every function returns at most the exact value of
the balanced problem (for partial transport none of them holds).
"""

import numpy as np

from kexuestat._kernels.bounds import capacity_side, dual_side, overlap_side, relaxed_side
from kexuestat.validation.options import check_integer
from kexuestat.validation.transport import (
    check_non_negative_cost,
    check_problem,
    check_vector_weights,
    check_vectors,
)


def relaxed_bound(a, b, cost):
    """Return ``max(sum_i a_i min_j C_ij, sum_j b_j min_i C_ij)``, for any cost (RWMD).

    Parameters
    ----------
    a, b : array-like (n,), (m,), or None
        Non-negative weights, scaled to total 1; None is uniform.
    cost : array-like (n, m)

    References
    ----------
    Kusner et al., From Word Embeddings To Document Distances, ICML 2015.

    Examples
    --------
    >>> from kexuestat.transport import relaxed_bound
    >>> relaxed_bound([0.5, 0.5], [0.25, 0.75], [[0.0, 1.0], [2.0, 0.0]])
    0.0
    """
    return _both_sides(lambda C, r, c: relaxed_side(C, r), *check_problem(a, b, cost))


def overlap_bound(a, b, cost):
    """Return the relaxed bound in which a match of cost 0 takes at most min(a_i, b_j) (OMR); costs must be >= 0.

    What exceeds it goes to the second nearest. At least `relaxed_bound`.

    References
    ----------
    Atasu and Mittelholzer, Linear-Complexity Data-Parallel Earth Mover's Distance Approximations, ICML 2019.

    Examples
    --------
    >>> from kexuestat.transport import overlap_bound
    >>> overlap_bound([0.5, 0.5], [0.25, 0.75], [[0.0, 1.0], [2.0, 0.0]])
    0.25
    """
    a, b, cost = check_problem(a, b, cost)
    return _both_sides(overlap_side, a, b, check_non_negative_cost(cost))


def capacity_bound(a, b, cost, *, k=None):
    """Return the bound in which every row fills its k cheapest columns up to b_j, the rest at the next (ACT-k).

    The larger of rows and columns; k None is no limit (ICT). Grows with k; at least `relaxed_bound` for any cost.

    References
    ----------
    Atasu and Mittelholzer, ICML 2019.

    Examples
    --------
    >>> from kexuestat.transport import capacity_bound
    >>> capacity_bound([0.5, 0.5], [0.25, 0.75], [[0.0, 1.0], [2.0, 0.0]], k=1)
    0.25
    """
    a, b, cost = check_problem(a, b, cost)
    k = max(cost.shape) if k is None else check_integer(k, "k", 0)
    return _both_sides(lambda C, r, c: capacity_side(C, r, c, k), a, b, cost)


def dual_bound(a, b, cost):
    """Return ``a.f + b.h`` with ``f_i = min_j C_ij``, ``h_j = min_i (C_ij - f_i)``, or its transpose if larger.

    f and h are feasible in the dual, so weak duality makes it a bound for any cost; it is at least `relaxed_bound` at
    the same price O(n m).

    Examples
    --------
    >>> from kexuestat.transport import dual_bound
    >>> dual_bound([0.5, 0.5], [0.25, 0.75], [[0.5, 1.0], [2.0, 0.5]])
    0.5
    """
    return _both_sides(dual_side, *check_problem(a, b, cost))


def centroid_bound(X, Y, a=None, b=None):
    """Return ``|sum_i a_i x_i - sum_j b_j y_j|``, a bound for the Euclidean cost (WCD).

    For rms divide by sqrt(d), for chord pass unit vectors.

    Parameters
    ----------
    X, Y : array-like (n, d), (m, d)
    a, b : array-like (n,), (m,), optional
        Non-negative weights, scaled to total 1; default uniform.

    References
    ----------
    Kusner et al., ICML 2015.

    Examples
    --------
    >>> from kexuestat.transport import centroid_bound
    >>> centroid_bound([[0.0, 0.0]], [[3.0, 0.0], [3.0, 8.0]])
    5.0
    """
    X, Y, a, b = _weighted_vectors(X, Y, a, b)
    return float(np.linalg.norm(a / a.sum() @ X - b / b.sum() @ Y))


def rotator_centroid_bound(X, Y, a=None, b=None):
    """Return ``|mu - nu|^2 / 2``, a bound of the word rotator's distance (cost 1 - cos, weights a_i |x_i|).

    ``mu = sum_i a_i x_i / sum_i a_i |x_i|``, nu likewise (kexue.fm/archives/7388).

    Examples
    --------
    >>> from kexuestat.transport import rotator_centroid_bound
    >>> rotator_centroid_bound([[1.0, 0.0]], [[0.0, 2.0]])
    1.0
    """
    (mu, _), (nu, _) = _unit_moments(*_weighted_vectors(X, Y, a, b))
    return float((mu - nu) @ (mu - nu) / 2)


def rotator_bound(X, Y, a=None, b=None):
    """Return ``1 - mu.nu - sqrt((1 - |mu|^2)(1 - |nu|^2))``, at least `rotator_centroid_bound` and a bound of WRD.

    Half the squared distance of the unit vectors (mu, sqrt(1 - |mu|^2)) and (nu, sqrt(1 - |nu|^2)): the triangle
    inequality of standard deviations sharpens Jensen's. ``1 - |mu|^2`` is computed as the variance of the unit vectors,
    since the subtraction loses all digits for parallel ones.

    Examples
    --------
    >>> from kexuestat.transport import rotator_bound
    >>> rotator_bound([[1.0, 0.0], [-1.0, 0.0]], [[0.0, 2.0]])
    1.0
    """
    (mu, spread_mu), (nu, spread_nu) = _unit_moments(*_weighted_vectors(X, Y, a, b))
    return float(((mu - nu) @ (mu - nu) + (spread_mu - spread_nu) ** 2) / 2)


def _both_sides(side, a, b, cost):
    """Return the larger bound of rows against columns and of columns against rows; weightless entries are left out."""
    rows, columns = a > 0, b > 0
    a, b, cost = a[rows] / a.sum(), b[columns] / b.sum(), np.ascontiguousarray(cost[np.ix_(rows, columns)])
    if np.isinf(cost.min(axis=1)).any() or np.isinf(cost.min(axis=0)).any():
        return np.inf
    return float(max(side(cost, a, b), side(np.ascontiguousarray(cost.T), b, a)))


def _weighted_vectors(X, Y, a, b):
    X = check_vectors(X, "X")
    Y = check_vectors(Y, "Y", like=X)
    return X, Y, check_vector_weights(a, "a", X, "X"), check_vector_weights(b, "b", Y, "Y")


def _unit_moments(X, Y, a, b):
    """Return (mean, standard deviation) of the unit vectors of each side under weights times norms."""
    return _moments(X, a, "X"), _moments(Y, b, "Y")


def _moments(X, weights, name):
    largest = np.abs(X).max()
    norms = np.linalg.norm(X / (largest or 1.0), axis=1)
    masses = check_vector_weights(weights * norms, f"the norms of {name}", X, name)
    kept = masses > 0
    masses = masses[kept] / masses.sum()
    units = X[kept] / (largest * norms[kept, None])
    mean = masses @ units
    return mean, np.sqrt(masses @ ((units - mean) ** 2).sum(axis=1))
