"""Robust location and scale of one column: pairwise means, distances to neighbours, gaps between pairs.

Breakdown points: mad, sn and qn ½, hodges_lehmann 0.293. Sn and Qn: Rousseeuw and Croux 1993,
doi:10.1080/01621459.1993.10476408; finite-sample factors of Croux and Rousseeuw 1992.
"""

import math

import numpy as np

from kexuestat._kernels import robust as kernels
from kexuestat.estimation.rows import reduce_rows
from kexuestat.validation.options import check_boolean

_MAD_FACTOR = 1.482602218505602  # 1 / Φ⁻¹(3/4)
_SN_FACTOR = 1.1926
_QN_FACTOR = 2.2219
_SN_SMALL = {2: 0.743, 3: 1.851, 4: 0.954, 5: 1.351, 6: 0.993, 7: 1.198, 8: 1.005, 9: 1.131}
_QN_SMALL = {2: 0.399, 3: 0.994, 4: 0.512, 5: 0.844, 6: 0.611, 7: 0.857, 8: 0.669, 9: 0.872}


def mad(x, consistent=True, *, axis=-1, nan_policy="raise"):
    """Return the median absolute deviation from the median, over Φ⁻¹(¾) if consistent (σ for normal data).

    Parameters
    ----------
    x : array_like of real numbers
        Sample, or several along the other axes.
    consistent : bool
        Whether to scale to the standard deviation of normal data.
    axis : int
        Sampling axis.
    nan_policy : {"raise", "omit", "propagate"}
        What nan does.

    Returns
    -------
    float or ndarray of float64

    Examples
    --------
    >>> from kexuestat.estimation import mad
    >>> mad([1, 2, 3, 4, 100], consistent=False)
    1.0
    """
    factor = _MAD_FACTOR if check_boolean(consistent, "consistent") else 1.0

    def rows_estimate(rows):
        return factor * np.median(np.abs(rows - np.median(rows, axis=1, keepdims=True)), axis=1)

    return reduce_rows(rows_estimate, x, axis=axis, nan_policy=nan_policy)


def sn(x, *, axis=-1, nan_policy="raise"):
    """Return Sn = 1.1926 lomed_i himed_j |x_i - x_j|, with its finite-sample factor; in O(n log n).

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
        σ for normal data.

    Examples
    --------
    >>> from kexuestat.estimation import sn
    >>> round(sn([1, 2, 3, 4, 100]), 4)
    3.2224
    """
    return _by_sorted_rows(_sn_of_sorted, x, axis, nan_policy, "sn")


def _sn_of_sorted(row):
    n = len(row)
    distances = np.empty(n)
    kernels.neighbour_distances(row, n // 2 + 1, distances)
    factor = _SN_SMALL.get(n, n / (n - 0.9) if n % 2 else 1.0)
    return _SN_FACTOR * factor * np.partition(distances, (n + 1) // 2 - 1)[(n + 1) // 2 - 1]


def qn(x, *, axis=-1, nan_policy="raise"):
    """Return Qn = 2.2219 times about the lower quartile of |x_i - x_j|, i < j, with its finite-sample factor.

    The k-th smallest gap, k = C(h, 2), h = n//2 + 1, is found in O(n log n) time and O(n) memory.

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
        σ for normal data.

    Examples
    --------
    >>> from kexuestat.estimation import qn
    >>> round(qn([1, 2, 3, 4, 100]), 4)
    1.8753
    """
    return _by_sorted_rows(_qn_of_sorted, x, axis, nan_policy, "qn")


def _qn_of_sorted(row):
    n = len(row)
    factor = _QN_SMALL.get(n, n / (n + 1.4) if n % 2 else n / (n + 3.8))
    return _QN_FACTOR * factor * kernels.pair_order_statistic(row, math.comb(n // 2 + 1, 2), True)


def hodges_lehmann(x, *, axis=-1, nan_policy="raise"):
    """Return the median of the pairwise means (x_i + x_j)/2, i <= j, in O(n log n) time and O(n) memory.

    Parameters
    ----------
    x : array_like of real numbers
        Sample, or several along the other axes.
    axis : int
        Sampling axis.
    nan_policy : {"raise", "omit", "propagate"}
        What nan does.

    Returns
    -------
    float or ndarray of float64
        In units of x.

    References
    ----------
    Hodges, J. L. and Lehmann, E. L. (1963), doi:10.1214/aoms/1177704172.

    Examples
    --------
    >>> from kexuestat.estimation import hodges_lehmann
    >>> hodges_lehmann([1, 2, 3, 4, 100])
    3.0
    """
    return _by_sorted_rows(_hodges_lehmann_of_sorted, x, axis, nan_policy, "hodges_lehmann", 1)


def _hodges_lehmann_of_sorted(row):
    total = len(row) * (len(row) + 1) // 2
    low = kernels.pair_order_statistic(row, (total + 1) // 2, False)
    high = low if total % 2 else kernels.pair_order_statistic(row, total // 2 + 1, False)
    return low + 0.5 * (high - low)


def _by_sorted_rows(function, x, axis, nan_policy, what, minimum=2):
    def rows_estimate(rows):
        return np.array([function(row) for row in np.sort(rows, axis=1)])

    return reduce_rows(rows_estimate, x, axis=axis, nan_policy=nan_policy, minimum=minimum, what=what)
