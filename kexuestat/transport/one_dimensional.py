"""Optimal transport between weighted points on the line, by sorting and merging."""

import numpy as np

from kexuestat._kernels.one_dimensional import merged_cost
from kexuestat._kernels.transport import whole_masses
from kexuestat.validation.options import check_real
from kexuestat.validation.transport import check_points, check_weights


def emd_1d(x, y, a=None, b=None, *, p=1):
    """Return the optimal ``sum_ij plan_ij |x_i - y_j|^p`` (float) of points on the line.

    The sorted merge is optimal for every p >= 1. Weights are scaled to total 1; there is no p-th root: the Wasserstein
    distance W_p is ``emd_1d(...) ** (1 / p)``.

    Parameters
    ----------
    x, y : array-like (n,), (m,)
        Finite points, in any order.
    a, b : array-like (n,), (m,), optional
        Non-negative weights; default uniform.
    p : float, default 1
        Exponent, at least 1.

    Examples
    --------
    >>> from kexuestat.transport import emd_1d
    >>> emd_1d([0.0, 1.0, 3.0], [5.0, 6.0, 8.0])
    5.0
    """
    p = check_real(p, "p", 1, high=np.inf, open_high=True)
    x, y = check_points(x, "x"), check_points(y, "y")
    a, b = check_weights(a, "a", len(x), points="x"), check_weights(b, "b", len(y), points="y")
    (x, a), (y, b) = _sorted(x, a), _sorted(y, b)
    return float(merged_cost(x, y, a, b, p)) / 2.0**50


def _sorted(points, weights):
    """Return the points in order and their whole masses: their sums are exact, so both sides end together."""
    order = np.argsort(points)
    masses = np.empty(len(points))
    whole_masses(weights[order], masses)
    return points[order], masses
