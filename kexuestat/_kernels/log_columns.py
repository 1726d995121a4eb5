"""Kernels of log-sum-exp over the columns of an array: lanes side by side, the quick way of ``log_total``.

A chunk of rows raises the tops of its lanes first and adds to their totals then, while it is in the cache. Arrays are
float64; tau has one entry, or one per result.
"""

import numpy as np

from kexuestat._kernels._jit import kernel
from kexuestat._kernels.exp import _LOWEST, _floor_and_shift, _level, _power, _share_exp
from kexuestat._kernels.log_sum import _careful_columns, _lane_top, log_sum_row
from kexuestat._kernels.log_total import _SHORT, _STEP, _lane_results, _lane_tau

_COLUMNS = 1024  # columns worked on side by side: so long a run of memory is fetched ahead
_CHUNK = 64  # most rows of lanes between two looks at their maxima
_CHUNK_SIZE = 1 << 14  # entries between two looks at the maxima of lanes: they stay in the second cache


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
