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
from kexuestat._kernels.exp import _log1p, _scaled_exp, _share_exp, _term_exp

_BLOCK = 1024
_LANES = 64
_SHORT = 16  # rows up to this length are turned, so that 256 rows are worked on side by side
_WIDE = 4 * _LANES
_CHUNK = 16  # rows of lanes between two looks at their maxima: with 128 lanes they stay in the first cache
_TINY = 1e-307  # below it 1 / tau may overflow
_UNSCALE = 2.0**-900
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
    """Return 2**900 times the sum of exp((x - top) * inverse) over x < top, and the number of x = top."""
    rest, count = 0.0, 0.0
    for i in range(x.shape[0]):
        d = x[i] - top
        term = _term_exp(d * inverse)
        rest += 0.0 if d == 0.0 else term
        count += 1.0 if d == 0.0 else 0.0
    return rest, count


@sum_kernel
def _block_total(x, top, inverse):
    """Return 2**900 times the sum of exp((x - top) * inverse)."""
    total = 0.0
    for i in range(x.shape[0]):
        total += _share_exp((x[i] - top) * inverse)
    return total


@kernel
def _row_total(x, top, inverse):
    """Return 2**900 times the sum of exp((x - top) * inverse) of a row, block by block."""
    total = 0.0
    for start in range(0, x.shape[0], _BLOCK):
        total += _block_total(x[start : start + _BLOCK], top, inverse)
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
    """Return whether top + y cancels, is not finite, or hangs on a tiny rest whose arguments were rounded.

    A count of 0 says that the rest holds the top as well, which hides the digits of a small remainder.
    """
    cancels = not abs(top + y) >= 0.6 * y or (count == 0.0 and not rest > 1.5)
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
    return _finished_row(x, _row_top(x), tau)


@kernel
def _finished_row(x, top, tau):
    """Return log-sum-exp of the row x, whose maximum is top."""
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
def _lane_total(x, top, inverse, total):
    """Add a row of lanes to total."""
    for i in range(x.shape[0]):
        total[i] += _share_exp((x[i] - top[i]) * inverse[i])


@kernel
def _lane_lift(top, raised, inverse, slack, total, part):
    """Add part to total, and measure it from raised where that is more than slack above top.

    The slack keeps roundings few: every lift but the last divides the total, and its error, by e at least.
    """
    for i in range(top.shape[0]):
        step = (raised[i] - top[i]) * inverse[i]
        whole = total[i] + part[i]
        total[i] = whole * (_term_exp(-step) * _UNSCALE) if step > slack else whole
        top[i] = raised[i] if step > slack else top[i]
        part[i] = 0.0


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
def _lane_sums(x, top, inverse, rest, count):
    """Fill top, rest and count of the first columns of x, a few rows (n, m)."""
    size = top.shape[0]
    top[:] = -np.inf
    rest[:] = 0.0
    count[:] = 0.0
    for j in range(x.shape[0]):
        _lane_top(x[j, :size], top)
    for j in range(x.shape[0]):
        _lane_rest(x[j, :size], top, inverse, rest, count)
    rest *= _UNSCALE


@kernel
def _lane_totals(x, first, top, inverse, total, raised, part):
    """Fill top and total of the columns of x (n, m) from first on, reading memory once."""
    size = top.shape[0]
    top[:] = -np.inf
    total[:] = 0.0
    part[:] = 0.0
    raised[:] = -np.inf
    for start in range(0, x.shape[0], _CHUNK):
        stop = min(start + _CHUNK, x.shape[0])
        for j in range(start, stop):
            _lane_top(x[j, first : first + size], raised)
        _lane_lift(top, raised, inverse, 1.0, total, part)
        for j in range(start, stop):
            _lane_total(x[j, first : first + size], top, inverse, part)
    _lane_lift(top, raised, inverse, 0.0, total, part)
    total *= _UNSCALE


@kernel
def _lane_tau(tau, first, own, inverse):
    """Fill the temperatures of the results from first on, and their inverses."""
    for i in range(own.shape[0]):
        own[i] = tau[first + i] if tau.shape[0] > 1 else tau[0]
        inverse[i] = 1.0 / own[i]


@kernel
def _finished_lanes(x, first, top, rest, count, own, out):
    """Write log-sum-exp of the columns of x (n, m) from first on, whose sums are known, one per entry of out."""
    if _lane_log(top, rest, count, own, out):
        for i in range(out.shape[0]):
            y = own[i] * _log1p(rest[i] + (count[i] - 1.0))
            if _is_delicate(top[i], rest[i], count[i], own[i], y):
                out[i] = log_sum_row(x[:, first + i].copy(), own[i])


@kernel
def _merge(tops, rests, counts, tau):
    """Return top, rest and count of parts whose rests are scaled by 2**900; top is nan or inf if any part's is."""
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
    own, inverse = np.empty(m), np.empty(m)
    _lane_tau(tau, 0, own, inverse)
    wide, lanes = np.empty(size), np.empty((4, size))
    for i in range(size):
        wide[i] = inverse[i % m]
    _lane_totals(x[: rows * fold].reshape(rows, size), 0, lanes[0], wide, lanes[1], lanes[2], lanes[3])
    for i in range(m):
        left = x[rows * fold :, i].copy()
        tops, rests, counts = np.empty(fold + 1), np.empty(fold + 1), np.zeros(fold + 1)
        tops[:fold], rests[:fold] = lanes[0, i::m], lanes[1, i::m] / _UNSCALE
        tops[fold] = _row_top(left)
        rests[fold] = _block_total(left, tops[fold], inverse[i])
        top, rest, _ = _merge(tops, rests, counts, own[i])
        y = own[i] * _log1p(rest - 1.0)
        out[i] = log_sum_row(x[:, i].copy(), own[i]) if _is_delicate(top, rest, 0.0, own[i], y) else top + y


@kernel
def log_sum_lanes(x, tau, out):
    """Write log-sum-exp over the middle axis of x (a, n, m) to out (a, m)."""
    n, m = x.shape[1:]
    if x.shape[0] == 1 and m < _LANES // 2 and n >= _LANES:
        _narrow_log_sum(x[0], tau, out[0])
        return
    buffers = np.empty((6, 2 * _LANES))
    for o in range(x.shape[0]):
        for first in range(0, m, 2 * _LANES):
            size = min(2 * _LANES, m - first)
            top, total, part = buffers[0, :size], buffers[1, :size], buffers[2, :size]
            own, inverse = buffers[3, :size], buffers[4, :size]
            _lane_tau(tau, o * m + first, own, inverse)
            _lane_totals(x[o], first, top, inverse, total, buffers[5, :size], part)
            part[:] = 0.0
            _finished_lanes(x[o], first, top, total, part, own, out[o, first : first + size])


@kernel
def _short_rows(x, tau, out):
    """Do log_sum_rows for rows so short that 256 of them are turned and worked on side by side."""
    n_rows, n = x.shape
    turned, buffers = np.empty((n, _WIDE)), np.empty((5, _WIDE))
    for first in range(0, n_rows, _WIDE):
        size = min(_WIDE, n_rows - first)
        for i in range(size):
            for j in range(n):
                turned[j, i] = x[first + i, j]
        own, inverse, top = buffers[0, :size], buffers[1, :size], buffers[2, :size]
        rest, count = buffers[3, :size], buffers[4, :size]
        _lane_tau(tau, first, own, inverse)
        _lane_sums(turned, top, inverse, rest, count)
        _finished_lanes(turned, 0, top, rest, count, own, out[first : first + size])


@kernel
def log_sum_rows(x, tau, out):
    """Write log-sum-exp of every row of x (rows, n) to out (rows,)."""
    n_rows, n = x.shape
    if n <= _SHORT and n_rows >= _LANES // 4:
        _short_rows(x, tau, out)
        return
    lanes = np.empty((4, _LANES))
    count = np.zeros(_LANES)
    for first in range(0, n_rows, _LANES):
        size = min(_LANES, n_rows - first)
        top, total, own, inverse = lanes[0, :size], lanes[1, :size], lanes[2, :size], lanes[3, :size]
        _lane_tau(tau, first, own, inverse)
        for i in range(size):
            top[i] = _row_top(x[first + i])
            total[i] = _row_total(x[first + i], top[i], inverse[i]) * _UNSCALE
        if _lane_log(top, total, count[:size], own, out[first : first + size]):
            for i in range(size):
                y = own[i] * _log1p(total[i] - 1.0)
                if _is_delicate(top[i], total[i], 0.0, own[i], y):
                    out[first + i] = _finished_row(x[first + i], top[i], own[i])


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
def _block_parts(x, tau, counted, tops, rests, counts):
    """Fill top, rest and count of every block of 1024 entries of a 1-D array; uncounted, the rest holds the top."""
    for b in prange(tops.shape[0]):
        block = x[b * _BLOCK : (b + 1) * _BLOCK]
        top = _row_top(block)
        rests[b], counts[b] = 0.0, 0.0
        if not abs(top) < np.inf:
            top = _limit(block, top, 0.0)
        elif counted:
            rests[b], counts[b] = _block_rest(block, top, 1.0 / tau)
        else:
            rests[b] = _block_total(block, top, 1.0 / tau)
        tops[b] = top


@kernel
def log_sum_blocks(x, tau):
    """Return log-sum-exp of a long 1-D array, one pass over memory, blocks on all threads; 0 < tau < inf.

    A second pass leaves the top out of the sum where the first is too delicate.
    """
    n_blocks = (x.shape[0] + _BLOCK - 1) // _BLOCK
    tops, rests, counts = np.empty(n_blocks), np.empty(n_blocks), np.empty(n_blocks)
    for counted in (False, True):
        _block_parts(x, tau, counted, tops, rests, counts)
        top, rest, count = _merge(tops, rests, counts, tau)
        y = tau * _log1p(rest + (count - 1.0))
        if not _is_delicate(top, rest, count, tau, y):
            return top + y
    return _careful(x, top, rest, count, tau)
