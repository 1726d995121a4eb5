"""Kernels of log-sum-exp the quick way: a total that includes the maximum, and one logarithm.

At tau = 1 the terms are shares e**x / 2**level, and the result is level ln 2 + ln total. The level is a whole number,
so that a change of it multiplies a total by a power of two, which rounds nothing. Hence rows need not know their
maximum: any level within some hundreds of it serves, the one of the row before is tried first, and shares that are too
large for it show in the total. Memory is read once. Other temperatures sum the shares of (x - top) / tau at level 0.
Where the error of a total shows in the result, because that is near 0, ``log_sum`` takes the careful way.
Long rows are summed in fixed parts, which also serve threads: the result does not depend on their number.
Arrays are float64; tau has one entry, or one per result.
"""

import numpy as np

from kexuestat._kernels._intrinsics import fma
from kexuestat._kernels._jit import inline_kernel, kernel, parallel_kernel, prange, sum_kernel
from kexuestat._kernels.exp import (
    _LN2,
    _LOWEST,
    _UNSHARE,
    _floor_and_shift,
    _level,
    _power,
    _share_exp,
    log,
)
from kexuestat._kernels.log_sum import (
    _LANES,
    _TINY,
    _UNSCALE,
    _finished,
    _row_rest,
    _row_sum,
    _row_top,
    _short_rows,
    log_sum_row,
)

_BLOCK = 2048  # entries between two looks at the level: they stay in the first cache for a second sum
_PART = 32 * _BLOCK  # entries of a long row that a thread takes at a time
_STEP = 32  # entries a compiled loop takes at a time: what is left over would go one by one
_SHORT = 16  # rows up to this length are turned where the quick way does not serve
_NARROW = 512  # rows up to this length share a loop
_HEIGHT = 1360.0  # above the least; entries that are 60 above their level ask for another
_LIMIT = 2.0**960  # above the sum of any number of shares that fit their level, below a share 60 above it
_FLOOR = 2.0**34  # below the sum of what lies 600 below its level


@sum_kernel
def _block_total(x, level):
    """Return the sum of the shares of a block, at least _LIMIT if one of them is too large for the level."""
    least, shift = _floor_and_shift(level)
    most = least + _HEIGHT
    total = 0.0
    for i in range(x.shape[0]):
        total += _share_exp(most if x[i] > most else x[i], least, shift)
    return total


@kernel
def _block_shares(x, level, out):
    """Write the shares of a block to out."""
    least, shift = _floor_and_shift(level)
    most = least + _HEIGHT
    for i in range(x.shape[0]):
        out[i] = _share_exp(most if x[i] > most else x[i], least, shift)


@kernel
def _state_from(x, level):
    """Return level and total of a row at tau = 1: the given level, raised where it must be, and nan if none serves."""
    total = 0.0
    for start in range(0, x.shape[0], _BLOCK):
        block = x[start : start + _BLOCK]
        part = _block_total(block, level)
        if not part < _LIMIT:
            raised = max(level, _level(_row_top(block)))
            part = _block_total(block, raised)
            total = total * _power(level - raised) if part < _LIMIT else np.nan
            level = raised
        total += part
    return level, total


@kernel
def _row_state(x, level):
    """Do the same as _state_from, once more from the level of the top where the given one was far above."""
    found, total = _state_from(x, level)
    return _state_from(x, _level(_row_top(x))) if total < _FLOOR else (found, total)


@kernel
def _tempered_total(x, top, inverse, scaled):
    """Return the total of a row at level 0; scaled holds a block."""
    total = 0.0
    for start in range(0, x.shape[0], _BLOCK):
        size = min(_BLOCK, x.shape[0] - start)
        for i in range(size):
            scaled[i] = (x[start + i] - top) * inverse
        total += _block_total(scaled[:size], 0.0)
    return total


@inline_kernel
def _log_of(level, total):
    """Return level ln 2 + ln(total * _UNSHARE); a level up to 100 goes inside, where nothing cancels."""
    near = min(max(level, -100.0), 100.0)
    return fma(level - near, _LN2, log(total * _UNSHARE * _power(near)))


@inline_kernel
def _plain_result(level, total):
    """Return log-sum-exp at tau = 1, nan where the error of the total would be more than an ulp of it."""
    result = _log_of(level, total)
    return result if abs(result) >= 2.0 and level > _LOWEST else np.nan


@inline_kernel
def _tempered_result(top, total, tau):
    """Return log-sum-exp, nan unless it is above the top by tau at least, and not what is left after cancelling."""
    above = tau * _log_of(0.0, total)
    result = top + above
    good = above > tau and abs(result) >= 0.6 * above and abs(top) < np.inf and _TINY < tau < np.inf
    return result if good else np.nan


@kernel
def _plain_results(level, total, out):
    """Write the results of totals at tau = 1, nan where the quick way does not serve."""
    for i in range(out.shape[0]):
        out[i] = _plain_result(level[i], total[i])


@kernel
def _tempered_results(top, total, tau, out):
    """Write the results of tempered totals, nan where the quick way does not serve."""
    for i in range(out.shape[0]):
        out[i] = _tempered_result(top[i], total[i], tau[i])


@kernel
def _lane_results(state, plain, tau, out):
    """Write the results of the first lanes of state, nan where the quick way does not serve."""
    if plain:
        _plain_results(state[1], state[2], out)
    else:
        _tempered_results(state[0], state[2], tau, out)


@kernel
def _lane_tau(tau, first, own, inverse):
    """Fill the temperatures of the results from first on, and their inverses."""
    for i in range(own.shape[0]):
        own[i] = tau[first + i] if tau.shape[0] > 1 else tau[0]
        inverse[i] = 1.0 / own[i]


@kernel
def _run_sums(x, n, out):
    """Write the sums of runs of n entries of x; one at a time where the runs are short."""
    for i in range(out.shape[0]):
        if n > _SHORT:
            out[i] = _row_sum(x[i * n : (i + 1) * n])
        else:
            total = 0.0
            for j in range(i * n, (i + 1) * n):
                total += x[j]
            out[i] = total


@kernel
def _narrow_rows(x, out):
    """Do _wide_rows at tau = 1, for rows so narrow that the shares of several are computed as one run."""
    n_rows, n = x.shape
    flat, rows = x.reshape(n_rows * n), _BLOCK // n
    shares, levels, totals = np.empty(_BLOCK + _STEP), np.empty(rows), np.empty(rows)
    level = 0.0
    for first in range(0, n_rows, rows):
        size = min(rows, n_rows - first)
        steps = (size * n + _STEP - 1) // _STEP
        _block_shares(flat[first * n : min(n_rows * n, first * n + steps * _STEP)], level, shares)
        _run_sums(shares, n, totals[:size])
        levels[:] = level
        for i in range(size):
            if not _FLOOR <= totals[i] < _LIMIT:
                levels[i], totals[i] = _row_state(x[first + i], level)
        _plain_results(levels, totals, out[first : first + size])
        level = levels[size - 1] if levels[size - 1] > _LOWEST else level


@kernel
def _wide_rows(x, tau, plain, out):
    """Write log-sum-exp of every row where the quick way serves, else nan; logarithms are taken side by side."""
    state, taus = np.empty((3, _LANES)), np.empty((2, _LANES))
    scaled = np.empty(min(x.shape[1], _BLOCK))
    for first in range(0, x.shape[0], _LANES):
        size = min(_LANES, x.shape[0] - first)
        own, inverse = taus[0, :size], taus[1, :size]
        _lane_tau(tau, first, own, inverse)
        level = 0.0
        for i in range(size):
            row = x[first + i]
            if plain:
                state[1, i], state[2, i] = _row_state(row, level)
                level = state[1, i] if state[1, i] > _LOWEST else level
            else:
                state[0, i] = _row_top(row)
                state[2, i] = _tempered_total(row, state[0, i], inverse[i], scaled)
        _lane_results(state, plain, own, out[first : first + size])


@kernel
def log_sum_rows(x, tau, out):
    """Write log-sum-exp of every row of x (rows, n) to out (rows,)."""
    n, plain = x.shape[1], np.all(tau == 1.0)
    if plain and 0 < n <= _NARROW:
        _narrow_rows(x, out)
    elif n > _SHORT:
        _wide_rows(x, tau, plain, out)
    else:
        out[:] = np.nan
    left = np.flatnonzero(np.isnan(out))
    if n <= _SHORT:
        _short_rows(x, tau, left, out)
    else:
        for i in left:
            out[i] = log_sum_row(x[i], tau[i if tau.shape[0] > 1 else 0])


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
def _part_states(x, levels, totals):
    """Fill level and total of every part of a 1-D array."""
    for p in prange(levels.shape[0]):
        levels[p], totals[p] = _row_state(x[p * _PART : (p + 1) * _PART], 0.0)


@parallel_kernel
def _part_rests(x, top, inverse, rests, counts):
    """Fill the rest, times 2**900, and the count of every part of a 1-D array."""
    for p in prange(rests.shape[0]):
        rests[p], counts[p] = _row_rest(x[p * _PART : (p + 1) * _PART], top, inverse)


@kernel
def log_sum_blocks(x, tau):
    """Return log-sum-exp of a long 1-D array, parts of it on all threads."""
    n_parts = (x.shape[0] + _PART - 1) // _PART
    levels, totals = np.empty(n_parts), np.empty(n_parts)
    if tau == 1.0:
        _part_states(x, levels, totals)
        level, total = _row_top(levels), 0.0
        for p in range(n_parts):
            total += totals[p] * _power(levels[p] - level)
        result = _plain_result(level, total)
        if result == result:
            return result
    top = _row_top(x)
    counts, rests = levels, totals
    _part_rests(x, top, 1.0 / tau, rests, counts)
    return _finished(x, top, np.sum(rests) * _UNSCALE, np.sum(counts), tau)
