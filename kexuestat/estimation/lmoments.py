"""L-moments: expectations of linear combinations of order statistics, estimated without bias from the sorted sample.

b_k = Σ_i C(i-1, k)/C(n-1, k) x_(i) / n; l_r = Σ_k (-1)^(r-1-k) C(r-1, k) C(r-1+k, k) b_k (Hosking 1990,
doi:10.1111/j.2517-6161.1990.tb01775.x). The data are centred first: l_r, r >= 2, does not see a shift.
"""

import math

import numpy as np

from kexuestat.estimation.rows import reduce_rows
from kexuestat.validation.options import check_integer


def lmoment(x, order, *, axis=-1, nan_policy="raise"):
    """Return the unbiased L-moment of that order.

    Parameters
    ----------
    x : array_like of real numbers
        Sample, or several along the other axes, with at least order observations.
    order : int
        1 (mean), 2 (half the mean difference), 3, …, at most 16.
    axis : int
        Sampling axis.
    nan_policy : {"raise", "omit", "propagate"}
        What nan does.

    Returns
    -------
    float or ndarray of float64
        In units of x.

    Examples
    --------
    >>> from kexuestat.estimation import lmoment
    >>> lmoment([1, 2, 4], 2)
    1.0
    """
    order = check_integer(order, "order", 1, 16)

    def rows_estimate(rows):
        centre = np.median(rows, axis=1)
        ordered = np.sort(rows - centre[:, None], axis=1)
        value = ordered @ _weights(rows.shape[1], order)
        return value + centre if order == 1 else value

    what = f"lmoment of order {order}"
    return reduce_rows(rows_estimate, x, axis=axis, nan_policy=nan_policy, minimum=order, what=what)


def _weights(n, order):
    """Return the weights (n,) of the order statistics in l_order."""
    place, share = np.arange(n, dtype=np.float64), np.full(n, 1.0 / n)
    total = np.zeros(n)
    for k in range(order):
        total += (-1) ** (order - 1 - k) * math.comb(order - 1, k) * math.comb(order - 1 + k, k) * share
        share = share * np.maximum(place - k, 0.0) / max(n - 1.0 - k, 1.0)
    return total


def gini_mean_difference(x, *, axis=-1, nan_policy="raise"):
    """Return the unbiased mean of |x_i - x_j| over pairs, twice the second L-moment.

    Parameters
    ----------
    x : array_like of real numbers
        Sample, or several along the other axes, with at least 2 observations.
    axis : int
        Sampling axis.
    nan_policy : {"raise", "omit", "propagate"}
        What nan does.

    Returns
    -------
    float or ndarray of float64
        In units of x.

    Examples
    --------
    >>> from kexuestat.estimation import gini_mean_difference
    >>> gini_mean_difference([1, 2, 4])
    2.0
    """
    return 2.0 * lmoment(x, 2, axis=axis, nan_policy=nan_policy)
