"""Fused resampling: the sums that a statistic needs, of every resample, without an array of resampled data.

Data are centred before they come here: raw power sums would cancel. d_1 … d_n = deviations.
"""

import numpy as np

from kexuestat._kernels._jit import kernel
from kexuestat._kernels.lanes import lane_dot, lane_sum
from kexuestat._kernels.random import stream_key
from kexuestat._kernels.sampling import BLOCK, _draw_rows, _fill_block
from kexuestat._kernels.weighted import sorted_statistic


@kernel
def _gather(values, rows, count, out):
    """Write values[rows[j]] into out for the first count rows."""
    for j in range(count):
        out[j] = values[rows[j]]


@kernel
def _add_powers(values, power, count, sums):
    """Add the sums of values**1 … values**k to sums (k entries); power is scratch."""
    sums[0] += lane_sum(values, count)
    if sums.shape[0] > 1:
        sums[1] += lane_dot(values, values, count)
    if sums.shape[0] > 2:
        for j in range(count):
            power[j] = values[j] * values[j]
        sums[2] += lane_dot(power, values, count)
        sums[3] += lane_dot(power, power, count)


@kernel
def resampled_power_sums(d, n_draws, seed, purpose, first, sums):
    """Write the sums of d, d², (d³, d⁴) over each resample of n_draws rows into sums (n_replicates × 1, 2 or 4)."""
    rows = np.empty(BLOCK, np.int64)
    values, power = np.empty(BLOCK), np.empty(BLOCK)
    for b in range(sums.shape[0]):
        key = stream_key(seed, purpose, first + b)
        sums[b] = 0.0
        for start in range(0, n_draws, BLOCK):
            count = min(BLOCK, n_draws - start)
            _fill_block(key, start, count, d.shape[0], rows)
            _gather(d, rows, count, values)
            _add_powers(values, power, count, sums[b])


@kernel
def resampled_pair_sums(x, y, n_draws, seed, purpose, first, sums):
    """Write the sums of x, y, x², xy, y² over each resample into sums (n_replicates × 5)."""
    rows = np.empty(BLOCK, np.int64)
    left, right = np.empty(BLOCK), np.empty(BLOCK)
    for b in range(sums.shape[0]):
        key = stream_key(seed, purpose, first + b)
        sums[b] = 0.0
        for start in range(0, n_draws, BLOCK):
            count = min(BLOCK, n_draws - start)
            _fill_block(key, start, count, x.shape[0], rows)
            _gather(x, rows, count, left)
            _gather(y, rows, count, right)
            sums[b, 0] += lane_sum(left, count)
            sums[b, 1] += lane_sum(right, count)
            sums[b, 2] += lane_dot(left, left, count)
            sums[b, 3] += lane_dot(left, right, count)
            sums[b, 4] += lane_dot(right, right, count)


@kernel
def resampled_sorted_statistic(code, values, order, n_draws, seed, purpose, first, out):
    """Write a sorted-data statistic of each resample into out; values[order] ascends, order is the sorting permutation."""
    n = values.shape[0]
    ordered = values[order]
    rank = np.empty(n, np.int64)
    rank[order] = np.arange(n)
    rows, counts = np.empty(n_draws, np.int64), np.empty(n)
    for b in range(out.shape[0]):
        _draw_rows(stream_key(seed, purpose, first + b), n, rows)
        counts[:] = 0.0
        for j in range(n_draws):
            counts[rank[rows[j]]] += 1.0
        out[b] = sorted_statistic(code, ordered, counts)
