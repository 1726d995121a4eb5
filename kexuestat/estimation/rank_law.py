"""Which rows of sorted data become the r-th and (r+1)-th order statistic of a resample.

n = rows, m = draws. P(rank r at row <= k) = I_{k/n}(r, m-r+1); for i < j P(rank r at i, rank r + 1 at j) =
C(m, r) [i^r - (i-1)^r] [(n-j+1)^(m-r) - (n-j)^(m-r)] / n^m (rows from 1).
"""

from functools import lru_cache

import numpy as np
from scipy import special

_REACH = 9.0  # standard deviations; the rest of the law is below 1e-18


def order_statistic_cdf(n, r):
    """Return P(rank r at row <= k) for k = 0 … n, with as many draws as rows."""
    return special.betainc(r, n - r + 1.0, np.arange(n + 1) / n)


def _log_rise(n, r, i):
    """Return ln([i^r - (i-1)^r] / n^r) for rows i counted from 0."""
    with np.errstate(divide="ignore"):
        return r * np.log((i + 1.0) / n) + np.log(-np.expm1(r * np.log(i / (i + 1.0))))


def _log_ways(m, r):
    return special.gammaln(m + 1.0) - special.gammaln(r + 1.0) - special.gammaln(m - r + 1.0)


def neighbour_shares(n, r, i, j):
    """Return P(rank r at row i, rank r + 1 at row j), 0 unless i < j; rows count from 0, as many draws as rows."""
    with np.errstate(divide="ignore"):
        fall = (n - r) * np.log((n - j) / n) + np.log(-np.expm1((n - r) * np.log((n - j - 1.0) / (n - j))))
    return np.where(i[:, None] < j, np.exp(_log_ways(n, r) + _log_rise(n, r, i)[:, None] + fall), 0.0)


@lru_cache(maxsize=32)
def rank_table(n, r, m, neighbour):
    """Return (table, guide, offset, rest) for the kernel ``resampled_neighbours``.

    Parameters
    ----------
    n, r, m : int
        Rows, rank from 1, draws.
    neighbour : bool
        Whether rank r + 1 is needed as well.
    """
    share = r / (m + 1.0)
    width = _REACH * np.sqrt(share * (1.0 - share) / (m + 2.0)) + 40.0 / m  # the ends have exponential tails
    offset = max(0, int(np.floor(n * (share - width))))
    stop = min(n, int(np.ceil(n * (share + width))) + 1)
    below = special.betainc(r, m - r + 1.0, np.arange(offset + 1, stop + 1) / n)
    table = np.zeros((2, stop - offset))
    table[0] = below
    if neighbour:
        mass = np.diff(below, prepend=special.betainc(r, m - r + 1.0, offset / n))
        with np.errstate(divide="ignore"):
            table[1] = _log_ways(m, r) + _log_rise(n, r, np.arange(offset, stop)) - np.log(mass)
        table[1] = np.where(mass > 0.0, table[1], 0.0)
    table[0, -1] = 2.0
    size = 1 << max(4, int(np.ceil(np.log2(2 * len(below)))))
    guide = np.searchsorted(table[0], np.arange(size) / size).astype(np.int64)
    for array in (table, guide):
        array.setflags(write=False)
    return table, guide, offset, float(m - r) if neighbour else 0.0
