"""Resampling fused with a compiled statistic of the user: one buffer per call instead of an array of resamples."""

import numpy as np

from kexuestat._kernels._jit import callback_kernel
from kexuestat._kernels.random import stream_key
from kexuestat._kernels.sampling import BLOCK, _fill_block


@callback_kernel
def resampled_callback(statistic, x, n_draws, seed, purpose, first, out):
    """Write statistic(resample) of each replicate into out; x is (n,) or (n, p), out float64."""
    rows = np.empty(BLOCK, np.int64)
    sample = np.empty((n_draws, *x.shape[1:]), x.dtype)
    for b in range(out.shape[0]):
        key = stream_key(seed, purpose, first + b)
        for start in range(0, n_draws, BLOCK):
            count = min(BLOCK, n_draws - start)
            _fill_block(key, start, count, x.shape[0], rows)
            part = sample[start : start + count]
            for j in range(count):
                part[j] = x[rows[j]]
        out[b] = statistic(sample)


@callback_kernel
def callback_on_rows(statistic, x, rows, out):
    """Write statistic(x[rows[b]]) for each row of rows into out."""
    for b in range(out.shape[0]):
        out[b] = statistic(x[rows[b]])


@callback_kernel
def left_out_callback(statistic, x, places, out):
    """Write statistic(x without row places[b]) into out for each b."""
    rest = x[1:].copy()
    gap = 0
    for b in range(out.shape[0]):
        while gap < places[b]:
            rest[gap] = x[gap]
            gap += 1
        while gap > places[b]:
            gap -= 1
            rest[gap] = x[gap + 1]
        out[b] = statistic(rest)
