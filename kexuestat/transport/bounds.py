"""Cheap lower bounds of the optimal transport cost, from a cost matrix or from the vectors alone.

a_i, b_j weights scaled to total 1; C_ij costs; u_i, v_j unit vectors. Every function returns at most the exact value of
the balanced problem (for partial transport none of them holds).
"""

import numpy as np

from kexuestat._kernels.bounds import capacity_side, dual_side, overlap_side, relaxed_side, tree_cost
from kexuestat._kernels.one_dimensional import projected_costs
from kexuestat._kernels.transport import _WHOLE, whole_masses
from kexuestat.transport.costs import DIRECTIONAL, METRICS, unit_vectors
from kexuestat.validation.options import check_integer, check_option
from kexuestat.validation.transport import (
    check_axes,
    check_non_negative_cost,
    check_problem,
    check_vector_weights,
    check_vectors,
)


def relaxed_bound(a, b, cost, *, side="both"):
    """Return ``max(sum_i a_i min_j C_ij, sum_j b_j min_i C_ij)``, for any cost (RWMD).

    Parameters
    ----------
    a, b : array-like (n,), (m,), or None
        Non-negative weights, scaled to total 1; None is uniform.
    cost : array-like (n, m)
    side : {"both", "a", "b"}, default "both"
        "a" is the first sum alone (every row goes to its nearest column), "b" the second.

    References
    ----------
    Kusner et al., From Word Embeddings To Document Distances, ICML 2015.

    Examples
    --------
    >>> from kexuestat.transport import relaxed_bound
    >>> relaxed_bound([0.5, 0.5], [0.25, 0.75], [[0.0, 1.0], [2.0, 0.0]])
    0.0
    """
    check_option(side, "side", ("both", "a", "b"))
    return _both_sides(lambda C, r, c: relaxed_side(C, r), *check_problem(a, b, cost), side)


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


def tree_bound(a, b, cost):
    """Return the optimal cost on the tree that merges the nearest first, for any cost.

    The distance of i and j on that tree is the dearest link on the cheapest way between them (the largest ultrametric
    below the cost), hence at most C_ij; on a tree the optimum is ``sum_clusters rise / 2 * |a(cluster) - b(cluster)|``.
    O((n + m)^2), no more than reading the cost. Strong where texts fall into clusters that hold unequal masses.

    References
    ----------
    Evans and Matsen, The phylogenetic Kantorovich-Rubinstein metric, doi:10.1111/j.1467-9868.2011.01018.x.

    Examples
    --------
    >>> from kexuestat.transport import tree_bound
    >>> tree_bound([0.5, 0.5], [0.25, 0.75], [[0.0, 2.0], [3.0, 0.5]])
    0.75
    """
    a, b, cost = _with_weight(*check_problem(a, b, cost))
    return np.inf if _forbidden(cost) else float(tree_cost(cost, a, b))


def projection_bound(X, Y, a=None, b=None, *, metric="euclidean", axes=None):
    """Return ``sqrt(sum_k W_k^2)``, W_k the optimal cost of the projections on axis k; a bound for vectors.

    ``|E V| <= E |V|`` for the vector V of the distances along orthonormal axes under the optimal plan. For squared
    costs (sqeuclidean, and cosine on unit vectors) it is the sum of the squared costs on the line. With all axes of the
    space it is at least `centroid_bound`, and for cosine at least `rotator_bound`. O(k n log n) for k axes.

    Parameters
    ----------
    X, Y : array-like (n, d), (m, d)
    a, b : array-like (n,), (m,), optional
        Non-negative weights, scaled to total 1; default uniform. (Not multiplied by norms.)
    metric : {"euclidean", "rms", "sqeuclidean", "cosine", "chord"}, default "euclidean"
    axes : array-like (k, d), optional
        Orthonormal rows; default the d axes of the coordinates. One row is the projected bound on one line.

    Raises
    ------
    InvalidInputError
        As for `cost_matrix`, and for axes that are not orthonormal.

    Examples
    --------
    >>> from kexuestat.transport import projection_bound
    >>> projection_bound([[0.0, 0.0]], [[3.0, 0.0], [3.0, 8.0]])
    5.0
    """
    check_option(metric, "metric", METRICS)
    X, Y, a, b = _weighted_vectors(X, Y, a, b)
    width = X.shape[1]
    if metric in DIRECTIONAL:
        X, Y = unit_vectors(X, "X"), unit_vectors(Y, "Y")
    if axes is not None:
        axes = check_axes(axes, width)
        X, Y = X @ axes.T, Y @ axes.T
    masses, others, out = np.empty(len(a)), np.empty(len(b)), np.empty(X.shape[1])
    whole_masses(a, masses)
    whole_masses(b, others)
    squared = metric in ("sqeuclidean", "cosine")
    projected_costs(X, Y, masses, others, 2.0 if squared else 1.0, out)
    out /= _WHOLE
    if squared:
        return float(out.sum() * (0.5 if metric == "cosine" else 1.0))
    return float(np.linalg.norm(out) / (np.sqrt(width) if metric == "rms" else 1.0))


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


def _both_sides(bound, a, b, cost, side="both"):
    """Return the larger bound of rows against columns and of columns against rows, or that of one side alone."""
    a, b, cost = _with_weight(a, b, cost)
    if _forbidden(cost):
        return np.inf
    first = bound(cost, a, b) if side != "b" else -np.inf
    return float(max(first, bound(np.ascontiguousarray(cost.T), b, a) if side != "a" else -np.inf))


def _with_weight(a, b, cost):
    """Return the problem without weightless entries, weights scaled to total 1."""
    rows, columns = a > 0, b > 0
    return a[rows] / a.sum(), b[columns] / b.sum(), np.ascontiguousarray(cost[np.ix_(rows, columns)])


def _forbidden(cost):
    """Return whether a row or column is infinite throughout."""
    return bool(np.isinf(cost.min(axis=1)).any() or np.isinf(cost.min(axis=0)).any())


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
