"""Fused resampling: the sums that a statistic needs, of every resample, without an array of resampled data.

Data are centred before they come here: raw power sums would cancel.
"""

import numpy as np

from kexuestat._kernels._jit import kernel
from kexuestat._kernels._simd import COUNTED, counted_sum
from kexuestat._kernels.counts import draw_counts
from kexuestat._kernels.random import stream_key
from kexuestat._kernels.sampling import BLOCK
from kexuestat._kernels.weighted import sorted_statistic


@kernel
def resampled_sums(terms, n, n_draws, cuts, rest, seed, purpose, first, sums):
    """Write the sum of each row of terms over each resample into sums (n_replicates × n_terms).

    terms (n_terms × n, then zeros up to a multiple of 64) holds what each row of the data adds to each sum; cuts and
    rest are the law of counts.
    """
    counts, words = np.empty(terms.shape[1], np.uint16), np.empty(terms.shape[1] // 4, np.uint64)
    rows = np.empty(BLOCK, np.int64)
    for b in range(sums.shape[0]):
        draw_counts(stream_key(seed, purpose, first + b), n_draws, n, cuts, rest, words, rows, counts)
        for k in range(terms.shape[0]):
            sums[b, k] = counted_sum(terms[k], counts, counts.shape[0] // COUNTED)


@kernel
def resampled_sorted_statistic(code, values, order, n_draws, cuts, rest, seed, purpose, first, out):
    """Write a sorted-data statistic of each resample into out; order (int64) is the permutation that sorts values."""
    n = values.shape[0]
    ordered, weights = values[order], np.empty(n)
    counts = np.empty((n + 63) // 64 * 64, np.uint16)
    words, rows = np.empty(counts.shape[0] // 4, np.uint64), np.empty(BLOCK, np.int64)
    for b in range(out.shape[0]):
        draw_counts(stream_key(seed, purpose, first + b), n_draws, n, cuts, rest, words, rows, counts)
        for i in range(n):
            weights[i] = counts[order[i]]
        out[b] = sorted_statistic(code, ordered, weights)
