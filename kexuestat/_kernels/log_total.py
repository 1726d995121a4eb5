"""Kernels of log-sum-exp the quick way: a total that includes the maximum, and one logarithm.

At tau = 1 the terms are shares e**x / 2**level, and the result is level ln 2 + ln total. The level is a whole number,
so that a change of it multiplies a total by a power of two, which rounds nothing. Hence rows need not know their
maximum: any level within some hundreds of it serves, the one of the row before is tried first, and shares that are too
large for it show in the total. Columns take the level of their running maximum, chunk by chunk. Memory is read once.
Other temperatures sum the shares of (x - top) / tau at level 0.
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
    _careful_columns,
    _finished,
    _lane_top,
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
_COLUMNS = 1024  # columns worked on side by side: so long a run of memory is fetched ahead
_HEIGHT = 1360.0  # above the least; entries that are 60 above their level ask for another
_LIMIT = 2.0**960  # above the sum of any number of shares that fit their level, below a share 60 above it
_FLOOR = 2.0**34  # below the sum of what lies 600 below its level
_CHUNK = 64  # most rows of lanes between two looks at their maxima
_CHUNK_SIZE = 1 << 14  # entries between two looks at the maxima of lanes: they stay in the second cache


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
def _lane_total(x, least, shift, total):
    """Add the shares of a row of lanes to total."""
    for i in range(x.shape[0]):
        total[i] += _share_exp(x[i], least[i], shift[i])


@kernel
def _lane_lift(top, level, total, least, shift):
    """Measure every total from the level of its top."""
    for i in range(top.shape[0]):
        raised = _level(top[i])
        total[i] *= _power(level[i] - raised)
        least[i], shift[i] = _floor_and_shift(raised)
        level[i] = raised


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
def _new_state(state):
    """Let no lane of state (6, lanes), which are top, level, total, least, shift and part, have seen an entry."""
    state[0] = -np.inf
    state[1] = _LOWEST
    state[2] = 0.0


@kernel
def _add_lanes(x, first, size, state, start):
    """Add columns of a few rows x (k, m), size of them from first on, to the lanes of state from start on.

    The few have a sum of their own first, so that few roundings add up.
    """
    stop = start + size
    top, level, total = state[0, start:stop], state[1, start:stop], state[2, start:stop]
    least, shift, part = state[3, start:stop], state[4, start:stop], state[5, start:stop]
    for j in range(x.shape[0]):
        _lane_top(x[j, first : first + size], top)
    _lane_lift(top, level, total, least, shift)
    part[:] = 0.0
    for j in range(x.shape[0]):
        _lane_total(x[j, first : first + size], least, shift, part)
    total += part


@kernel
def _add_columns(x, first, size, state, padded):
    """Add columns of x (n, m), size of them from first on, to the lanes of state; padded holds a chunk of a step."""
    whole = size - size % _STEP
    rows = max(1, min(_CHUNK, _CHUNK_SIZE // size))
    for start in range(0, x.shape[0], rows):
        chunk = x[start : start + rows]
        _add_lanes(chunk, first, whole, state, 0)
        if whole < size:
            for j in range(chunk.shape[0]):
                padded[j, : size - whole] = chunk[j, first + whole : first + size]
            _add_lanes(padded[: chunk.shape[0]], 0, _STEP, state, whole)


@kernel
def _merge_lanes(state, m, fold):
    """Bring the lanes i, i + m, ... of state, fold of them, to one top and add their totals to the first."""
    top, total = state[0], state[2]
    for f in range(1, fold):
        _lane_top(top[f * m : (f + 1) * m], top[:m])
    for f in range(1, fold):
        top[f * m : (f + 1) * m] = top[:m]
    _lane_lift(top, state[1], total, state[3], state[4])
    for f in range(1, fold):
        total[:m] += total[f * m : (f + 1) * m]


@kernel
def _folded_columns(x, state, padded):
    """Fill the first lanes of state with the columns of x (n, m), few of them: several rows are laid side by side."""
    n, m = x.shape
    fold = max(1, min(n, _COLUMNS // m))
    size = fold * m
    whole = n - n % fold
    flat = x.reshape(n * m)
    _add_columns(flat[: whole * m].reshape(n // fold, size), 0, size, state, padded)
    if whole < n:
        left = np.full((1, size), -np.inf)
        left[0, : (n - whole) * m] = flat[whole * m :]
        _add_columns(left, 0, size, state, padded)
    _merge_lanes(state, m, fold)


@kernel
def _tempered_columns(x, first, size, inverse, state, scaled):
    """Fill the lanes of state with columns of x (n, m), size of them from first on, at level 0; scaled is scratch."""
    top, total, part = state[0], state[2], state[5]
    state[3], state[4] = _floor_and_shift(0.0)
    for j in range(x.shape[0]):
        _lane_top(x[j, first : first + size], top)
    for start in range(0, x.shape[0], _CHUNK):
        part[:] = 0.0
        for j in range(start, min(start + _CHUNK, x.shape[0])):
            for i in range(size):
                scaled[i] = (x[j, first + i] - top[i]) * inverse[i]
            _lane_total(scaled, state[3], state[4], part)
        total += part


@kernel
def _lane_tau(tau, first, own, inverse):
    """Fill the temperatures of the results from first on, and their inverses."""
    for i in range(own.shape[0]):
        own[i] = tau[first + i] if tau.shape[0] > 1 else tau[0]
        inverse[i] = 1.0 / own[i]


@kernel
def log_sum_lanes(x, tau, out):
    """Write log-sum-exp over the middle axis of x (a, n, m) to out (a, m)."""
    n, m = x.shape[1:]
    plain = np.all(tau == 1.0)
    lanes = min(m, _COLUMNS) if not plain or m > _COLUMNS else min(n, _COLUMNS // m) * m
    lanes += _STEP - lanes % _STEP
    state, taus, scaled = np.empty((6, lanes)), np.empty((2, lanes)), np.zeros(lanes)
    padded = np.full((_CHUNK, _STEP), -np.inf)
    for o in range(x.shape[0]):
        for first in range(0, m, _COLUMNS):
            size = min(_COLUMNS, m - first)
            own, inverse = taus[0, :size], taus[1, :size]
            _lane_tau(tau, o * m + first, own, inverse)
            _new_state(state)
            if not plain:
                _tempered_columns(x[o], first, size, inverse, state, scaled)
            elif m > _COLUMNS:
                _add_columns(x[o], first, size, state, padded)
            else:
                _folded_columns(x[o], state, padded)
            results = out[o, first : first + size]
            _lane_results(state, plain, own, results)
            left = np.flatnonzero(np.isnan(results))
            if n <= _SHORT and 8 * left.shape[0] > size:
                _careful_columns(x[o], first, own, inverse, results)
            else:
                for i in left:
                    results[i] = log_sum_row(x[o, :, first + i].copy(), own[i])


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
