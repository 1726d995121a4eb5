"""Kernels of log-sum-exp: tau ln sum exp(x / tau) = top + tau ln(count + rest).

``top`` is the maximum, ``count`` how often it occurs and ``rest`` the sum of the other terms, so that tiny rests are
kept. Sums run in fixed blocks of 1024, which also serve threads: the result does not depend on their number. Where top
and the logarithm cancel, the logarithm is taken as a double-double. tau = 0 is the maximum, tau = inf the limit.
Arrays are float64; tau has one entry, or one per result.
"""

import numpy as np

from kexuestat._kernels._intrinsics import fma
from kexuestat._kernels._jit import inline_kernel, kernel, parallel_kernel, prange, sum_kernel
from kexuestat._kernels.double_double import _dd_log, _two_product, _two_sum
from kexuestat._kernels.exp import _log1p, _scaled_exp, _term_exp

_BLOCK = 1024
_LANES = 64
_SHORT = 16  # rows up to this length are turned, so that 64 rows are worked on side by side
_UNSCALE = 2.0**-1000
_SIGN = np.int64(63)
_MAGNITUDE = np.int64(0x7FFFFFFFFFFFFFFF)


@kernel
def _row_top(x):
    """Return the maximum of a row, -inf if empty; as integers, because those comparisons vectorise."""
    top = np.int64(-0x7FF0000000000001)
    for i in range(x.shape[0]):
        bits = np.float64(x[i]).view(np.int64)
        top = max(top, bits ^ ((bits >> _SIGN) & _MAGNITUDE))
    return np.int64(top ^ ((top >> _SIGN) & _MAGNITUDE)).view(np.float64)


@sum_kernel
def _block_rest(x, top, inverse):
    """Return 2**1000 times the sum of exp((x - top) * inverse) over x < top, and the number of x = top."""
    rest, count = 0.0, 0.0
    for i in range(x.shape[0]):
        d = x[i] - top
        term = _term_exp(d * inverse)
        rest += 0.0 if d == 0.0 else term
        count += 1.0 if d == 0.0 else 0.0
    return rest, count


@kernel
def _row_rest(x, top, inverse):
    """Return 2**1000 rest and count of a row, block by block."""
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
    return cancels or rounded or not abs(top) < np.inf or not 0.0 < tau < np.inf


@kernel
def _careful(x, top, rest, count, tau):
    """Return log-sum-exp of the row x, whose sums are known, where the quick way would not do."""
    if not (abs(top) < np.inf and 0.0 < tau < np.inf):
        return _limit(x, top, tau)
    if rest != rest:
        return rest
    if tau != 1.0 and count == 1.0 and rest < 0.1:
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
    rest *= _UNSCALE
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
    """Fill top, rest and count of the columns of x from first on; partial sums of 256 keep the error low."""
    size = top.shape[0]
    top[:] = -np.inf
    rest[:] = 0.0
    count[:] = 0.0
    part = np.empty(size)
    for j in range(x.shape[0]):
        _lane_top(x[j, first : first + size], top)
    for start in range(0, x.shape[0], 256):
        part[:] = 0.0
        for j in range(start, min(start + 256, x.shape[0])):
            _lane_rest(x[j, first : first + size], top, inverse, part, count)
        rest += part
    rest *= _UNSCALE


@kernel
def _lane_tau(tau, first, size):
    """Return the temperatures of size results from first on, and their inverses."""
    own = np.empty(size)
    for i in range(size):
        own[i] = tau[first + i] if tau.shape[0] > 1 else tau[0]
    return own, 1.0 / own


@kernel
def _lanes_log_sum(x, first, tau, inverse, out):
    """Write log-sum-exp of the columns of x (n, m) from first on, one per entry of out."""
    size = out.shape[0]
    top, rest, count = np.empty(size), np.empty(size), np.empty(size)
    _lane_sums(x, first, top, inverse, rest, count)
    if _lane_log(top, rest, count, tau, out):
        for i in range(size):
            y = tau[i] * _log1p(rest[i] + (count[i] - 1.0))
            if _is_delicate(top[i], rest[i], count[i], tau[i], y):
                out[i] = _careful(x[:, first + i].copy(), top[i], rest[i], count[i], tau[i])


@kernel
def _merge(tops, rests, counts, tau):
    """Return top, rest and count of parts whose rests are scaled by 2**1000; top is nan or inf if any part's is."""
    top = _row_top(tops)
    rest, count = 0.0, 0.0
    for b in range(tops.shape[0]):
        if not tops[b] < np.inf:
            return tops[b] if tops[b] != tops[b] else top, 0.0, 1.0
        if tops[b] == top:
            rest += rests[b]
            count += counts[b]
        elif tops[b] != -np.inf:
            rest += (counts[b] + rests[b] * _UNSCALE) * _scaled_exp((tops[b] - top) / tau, 0.0)
    return top, rest * _UNSCALE, count


@kernel
def _narrow_log_sum(x, tau, out):
    """Do log_sum_lanes for x (n, m) with few columns: several rows are laid side by side and merged in the end."""
    n, m = x.shape
    fold = (_LANES + m - 1) // m
    rows = n // fold
    size = fold * m
    own, inverse = _lane_tau(tau, 0, m)
    wide = np.empty(size)
    for i in range(size):
        wide[i] = inverse[i % m]
    top, rest, count = np.empty(size), np.empty(size), np.empty(size)
    _lane_sums(x[: rows * fold].reshape(rows, size), 0, top, wide, rest, count)
    for i in range(m):
        left = x[rows * fold :, i].copy()
        tops, rests, counts = np.empty(fold + 1), np.empty(fold + 1), np.empty(fold + 1)
        tops[:fold], rests[:fold], counts[:fold] = top[i::m], rest[i::m] / _UNSCALE, count[i::m]
        tops[fold] = _row_top(left)
        rests[fold], counts[fold] = _block_rest(left, tops[fold], inverse[i])
        last, total, ties = _merge(tops, rests, counts, own[i])
        y = own[i] * _log1p(total + (ties - 1.0))
        delicate = _is_delicate(last, total, ties, own[i], y) or not y >= 0.0
        out[i] = _careful(x[:, i].copy(), last, total, ties, own[i]) if delicate else last + y


@kernel
def log_sum_lanes(x, tau, out):
    """Write log-sum-exp over the middle axis of x (a, n, m) to out (a, m)."""
    n, m = x.shape[1:]
    if x.shape[0] == 1 and m < _LANES // 2 and n >= _LANES:
        _narrow_log_sum(x[0], tau, out[0])
        return
    for o in range(x.shape[0]):
        for first in range(0, m, 4 * _LANES):
            size = min(4 * _LANES, m - first)
            own, inverse = _lane_tau(tau, o * m + first, size)
            _lanes_log_sum(x[o], first, own, inverse, out[o, first : first + size])


@kernel
def _short_rows(x, tau, out):
    """Do log_sum_rows for rows so short that 64 of them are turned and worked on side by side."""
    n_rows, n = x.shape
    turned = np.empty((n, _LANES))
    for first in range(0, n_rows, _LANES):
        size = min(_LANES, n_rows - first)
        for i in range(size):
            for j in range(n):
                turned[j, i] = x[first + i, j]
        own, inverse = _lane_tau(tau, first, size)
        _lanes_log_sum(turned, 0, own, inverse, out[first : first + size])


@kernel
def log_sum_rows(x, tau, out):
    """Write log-sum-exp of every row of x (rows, n) to out (rows,)."""
    n_rows, n = x.shape
    if n <= _SHORT and n_rows >= _LANES // 4:
        _short_rows(x, tau, out)
        return
    top, rest, count = np.empty(_LANES), np.empty(_LANES), np.empty(_LANES)
    for first in range(0, n_rows, _LANES):
        size = min(_LANES, n_rows - first)
        own, inverse = _lane_tau(tau, first, size)
        for i in range(size):
            row = x[first + i]
            top[i] = _row_top(row)
            rest[i], count[i] = (
                _block_rest(row, top[i], inverse[i]) if n <= _BLOCK else _row_rest(row, top[i], inverse[i])
            )
        rest *= _UNSCALE
        if _lane_log(top, rest, count, own, out[first : first + size]):
            for i in range(size):
                y = own[i] * _log1p(rest[i] + (count[i] - 1.0))
                if _is_delicate(top[i], rest[i], count[i], own[i], y):
                    out[first + i] = _careful(x[first + i], top[i], rest[i], count[i], own[i])


@parallel_kernel
def log_sum_rows_parallel(x, tau, out):
    """Do the same as log_sum_rows, chunks of rows on all threads."""
    n_rows = x.shape[0]
    chunk = max(_LANES, (n_rows + 63) // 64)
    for c in prange((n_rows + chunk - 1) // chunk):
        stop = min((c + 1) * chunk, n_rows)
        own = tau[c * chunk : stop] if tau.shape[0] > 1 else tau
        log_sum_rows(x[c * chunk : stop], own, out[c * chunk : stop])


@parallel_kernel
def _block_parts(x, tau, tops, rests, counts):
    """Fill top, rest and count of every block of 1024 entries of a 1-D array."""
    for b in prange(tops.shape[0]):
        block = x[b * _BLOCK : (b + 1) * _BLOCK]
        top = _row_top(block)
        rests[b], counts[b] = 0.0, 0.0
        if abs(top) < np.inf:
            rests[b], counts[b] = _block_rest(block, top, 1.0 / tau)
        else:
            top = _limit(block, top, 0.0)
        tops[b] = top


@kernel
def log_sum_blocks(x, tau):
    """Return log-sum-exp of a long 1-D array, one pass over memory, blocks on all threads; 0 < tau < inf."""
    n_blocks = (x.shape[0] + _BLOCK - 1) // _BLOCK
    tops, rests, counts = np.empty(n_blocks), np.empty(n_blocks), np.empty(n_blocks)
    _block_parts(x, tau, tops, rests, counts)
    top, rest, count = _merge(tops, rests, counts, tau)
    y = tau * _log1p(rest + (count - 1.0))
    return _careful(x, top, rest, count, tau) if _is_delicate(top, rest, count, tau, y) else top + y
