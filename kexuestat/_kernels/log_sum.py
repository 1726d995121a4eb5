"""Kernels of log-sum-exp the careful way: tau ln sum exp(x / tau) = top + tau ln(count + rest).

``top`` is the maximum, ``count`` how often it occurs and ``rest`` the sum of the other terms, so that tiny rests are
kept. Where top and the logarithm cancel, the logarithm is taken as a double-double. tau = 0 is the maximum, tau = inf
the limit. Arrays are float64; tau has one entry, or one per result.
"""

import numpy as np

from kexuestat._kernels._intrinsics import fma
from kexuestat._kernels._jit import inline_kernel, kernel, sum_kernel
from kexuestat._kernels.double_double import _dd_log, _two_product, _two_sum
from kexuestat._kernels.exp import _log1p, _scaled_exp, _term_exp

_BLOCK = 1024
_LANES = 64
_SIDE = 256  # short rows that are turned
_APART = 8  # entries between turned rows, so that those of a column do not fall into one set of the cache
_TINY = 1e-307  # below it 1 / tau may overflow
_UNSCALE = 2.0**-900
_MINUS_INF = np.int64(-0x0010000000000000)  # its bits


@kernel
def _row_top(x):
    """Return the maximum of a row, -inf if empty; bits are compared as integers, because that vectorises.

    Among negative numbers the least integer belongs to the greatest.
    """
    top = np.int64(-1)
    for i in range(x.shape[0]):
        top = max(top, np.float64(x[i]).view(np.int64))
    if top < 0:
        top = _MINUS_INF
        for i in range(x.shape[0]):
            top = min(top, np.float64(x[i]).view(np.int64))
    return np.int64(top).view(np.float64)


@sum_kernel
def _block_rest(x, top, inverse):
    """Return 2**900 times the sum of exp((x - top) * inverse) over x < top, and the number of x = top."""
    rest, count = 0.0, 0.0
    for i in range(x.shape[0]):
        d = x[i] - top
        term = _term_exp(d * inverse)
        rest += 0.0 if d == 0.0 else term
        count += 1.0 if d == 0.0 else 0.0
    return rest, count


@sum_kernel
def _row_sum(x):
    """Return the sum of a row, in any order."""
    total = 0.0
    for i in range(x.shape[0]):
        total += x[i]
    return total


@kernel
def _row_rest(x, top, inverse):
    """Return 2**900 rest and count of a row, block by block."""
    rest, count = 0.0, 0.0
    for start in range(0, x.shape[0], _BLOCK):
        part, ties = _block_rest(x[start : start + _BLOCK], top, inverse)
        rest += part
        count += ties
    return rest, count


@kernel
def _exact_rest(x, top, tau):
    """Return the rest of a row with arguments and sum as double-doubles."""
    total, error = 0.0, 0.0
    for i in range(x.shape[0]):
        d, low = _two_sum(x[i], -top)
        if d != 0.0:
            z = d / tau
            total, part = _two_sum(total, _scaled_exp(z, (fma(-z, tau, d) + low) / tau))
            error += part
    return (total + error) * _UNSCALE


@inline_kernel
def _combine(top, rest, count, tau):
    """Return top + tau ln(count + rest) by a double-double logarithm."""
    if count == 1.0 and rest < 1e-30:
        return top + tau * rest
    total, total_low = _two_sum(count, rest)
    high, low = _dd_log(total, total_low)
    y, y_low = _two_product(tau, high)
    result, error = _two_sum(top, y)
    return result + (error + (y_low + tau * low))


@inline_kernel
def _is_delicate(top, rest, count, tau, y):
    """Return whether top + y cancels, is not finite, or hangs on a tiny rest whose arguments were rounded."""
    cancels = not abs(top + y) >= 0.6 * y
    rounded = tau != 1.0 and count == 1.0 and rest < 0.1 and abs(top) < 1e4 * y
    return cancels or rounded or not abs(top) < np.inf or not _TINY < tau < np.inf


@kernel
def _careful(x, top, rest, count, tau):
    """Return log-sum-exp of the row x, whose sums are known, where the quick way would not do."""
    if not (abs(top) < np.inf and 0.0 < tau < np.inf):
        return _limit(x, top, tau)
    if rest != rest:
        return rest
    if tau < _TINY or (tau != 1.0 and count == 1.0 and rest < 0.1):
        rest = _exact_rest(x, top, tau)
    return _combine(top, rest, count, tau)


@kernel
def _limit(x, top, tau):
    """Return log-sum-exp where top or 1 / tau is not finite or tau is 0."""
    above = 0
    for i in range(x.shape[0]):
        if x[i] != x[i]:
            return np.nan
        above += x[i] > -np.inf
    return np.inf if tau == np.inf and above > 1 else top


@kernel
def log_sum_row(x, tau):
    """Return tau ln sum exp(x / tau) of a 1-D array."""
    top = _row_top(x)
    rest, count = _row_rest(x, top, 1.0 / tau)
    return _finished(x, top, rest * _UNSCALE, count, tau)


@kernel
def _finished(x, top, rest, count, tau):
    """Return log-sum-exp of the row x, whose sums are known."""
    y = tau * _log1p(rest + (count - 1.0))
    return _careful(x, top, rest, count, tau) if _is_delicate(top, rest, count, tau, y) else top + y


@kernel
def _lane_top(x, top):
    """Raise top to x, lane by lane; a nan is left to the sums."""
    for i in range(x.shape[0]):
        top[i] = x[i] if x[i] > top[i] else top[i]


@kernel
def _lane_rest(x, top, inverse, rest, count):
    """Add a row of lanes to rest and count."""
    for i in range(x.shape[0]):
        d = x[i] - top[i]
        term = _term_exp(d * inverse[i])
        rest[i] += 0.0 if d == 0.0 else term
        count[i] += 1.0 if d == 0.0 else 0.0


@kernel
def _lane_log(top, rest, count, tau, out):
    """Write the quick result of every lane; return how many are too delicate for it."""
    delicate = 0
    for i in range(out.shape[0]):
        y = tau[i] * _log1p(rest[i] + (count[i] - 1.0))
        out[i] = top[i] + y
        delicate += 1 if _is_delicate(top[i], rest[i], count[i], tau[i], y) else 0
    return delicate


@kernel
def _lane_sums(x, first, top, inverse, rest, count):
    """Fill top, rest and count of the columns of x, a few rows (n, m), from first on."""
    stop = first + top.shape[0]
    top[:] = -np.inf
    rest[:] = 0.0
    count[:] = 0.0
    for j in range(x.shape[0]):
        _lane_top(x[j, first:stop], top)
    for j in range(x.shape[0]):
        _lane_rest(x[j, first:stop], top, inverse, rest, count)
    rest *= _UNSCALE


@kernel
def _careful_columns(x, first, tau, inverse, out):
    """Write log-sum-exp of the columns of x, a few rows (n, m), from first on, one per entry of out."""
    top, rest, count = np.empty(out.shape[0]), np.empty(out.shape[0]), np.empty(out.shape[0])
    _lane_sums(x, first, top, inverse, rest, count)
    if _lane_log(top, rest, count, tau, out):
        for i in range(out.shape[0]):
            y = tau[i] * _log1p(rest[i] + (count[i] - 1.0))
            if _is_delicate(top[i], rest[i], count[i], tau[i], y):
                out[i] = log_sum_row(x[:, first + i].copy(), tau[i])


@kernel
def _short_rows(x, tau, chosen, out):
    """Write log-sum-exp of the chosen rows of x, short ones: 256 of them are turned and worked on side by side."""
    n = x.shape[1]
    turned, lanes = np.empty((n, _SIDE + _APART)), np.empty((3, _SIDE))
    for first in range(0, chosen.shape[0], _SIDE):
        size = min(_SIDE, chosen.shape[0] - first)
        own, inverse, found = lanes[0, :size], lanes[1, :size], lanes[2, :size]
        for i in range(size):
            row = chosen[first + i]
            own[i] = tau[row if tau.shape[0] > 1 else 0]
            inverse[i] = 1.0 / own[i]
            for j in range(n):
                turned[j, i] = x[row, j]
        _careful_columns(turned, 0, own, inverse, found)
        for i in range(size):
            out[chosen[first + i]] = found[i]
