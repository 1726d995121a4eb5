"""Row numbers and weights of one bootstrap resample, from the counter-based stream of its replicate.

A stream is read in blocks of 1024 draws; block q reads words from 1024 q on. For n <= 2**20 the high half and the low
half of one word give two row numbers (multiply-high, bias at most n / 2**32), above that each word gives one.
"""

import numpy as np

from kexuestat._kernels._jit import bare_kernel, inline_kernel, kernel
from kexuestat._kernels.exp import log
from kexuestat._kernels.random import random_uniform, random_word, stream_key
from kexuestat._kernels.variates import poisson_inverse

BLOCK = 1024
_U32 = np.uint64(32)
_LOW32 = np.uint64(0xFFFFFFFF)
_NARROW = 1 << 20


@inline_kernel
def _multiply_high(word, n):
    """Return word * n / 2**64 rounded down, for n < 2**32 (all uint64)."""
    return ((word >> _U32) * n + (((word & _LOW32) * n) >> _U32)) >> _U32


@bare_kernel
def _fill_block(key, first_word, count, n, rows):
    """Write count (at most 1024) row numbers 0 … n-1 into rows (int64, at least 1024 long)."""
    size = np.uint64(n)
    if n > _NARROW:
        for j in range(count):
            rows[j] = np.int64(_multiply_high(random_word(key, first_word + j), size))
        return
    half = (count + 1) // 2
    for j in range(half):
        word = random_word(key, first_word + j)
        rows[j] = np.int64(((word >> _U32) * size) >> _U32)
        rows[half + j] = np.int64(((word & _LOW32) * size) >> _U32)


@kernel
def multinomial_rows(seed, purpose, first, n, rows):
    """Write the drawn row numbers of replicates first, first + 1, … into rows (int64, n_replicates × n_draws)."""
    block = np.empty(BLOCK, np.int64)
    for b in range(rows.shape[0]):
        key = stream_key(seed, purpose, first + b)
        for start in range(0, rows.shape[1], BLOCK):
            count = min(BLOCK, rows.shape[1] - start)
            _fill_block(key, start, count, n, block)
            for j in range(count):
                rows[b, start + j] = block[j]


@kernel
def subset_rows(seed, purpose, first, n, rows):
    """Write a random subset of n rows, in random order, for every replicate into rows (int64, n_replicates × m)."""
    n_draws = rows.shape[1]
    pool = np.arange(n)
    swaps = np.empty(n_draws, np.int64)
    for b in range(rows.shape[0]):
        key = stream_key(seed, purpose, first + b)
        for j in range(n_draws):
            swaps[j] = j + np.int64(_multiply_high(random_word(key, j), np.uint64(n - j)))
            pool[j], pool[swaps[j]] = pool[swaps[j]], pool[j]
            rows[b, j] = pool[j]
        for j in range(n_draws - 1, -1, -1):
            pool[j], pool[swaps[j]] = pool[swaps[j]], pool[j]


@kernel
def block_rows(seed, purpose, first, n, length, wrap, rows):
    """Write rows made of whole blocks of neighbours (wrapped round the end if wrap) into rows (n_replicates × n)."""
    n_starts = n if wrap else n - length + 1
    for b in range(rows.shape[0]):
        key = stream_key(seed, purpose, first + b)
        for j in range(rows.shape[1]):
            if j % length == 0:
                start = np.int64(_multiply_high(random_word(key, j // length), np.uint64(n_starts)))
            rows[b, j] = (start + j % length) % n


@kernel
def stationary_rows(seed, purpose, first, n, mean_length, rows):
    """Write rows made of blocks of geometric length, wrapped round the end, into rows (n_replicates × n)."""
    for b in range(rows.shape[0]):
        key = stream_key(seed, purpose, first + b)
        row = 0
        for j in range(rows.shape[1]):
            if j == 0 or random_uniform(key, 2 * j) * mean_length < 1.0:
                row = np.int64(_multiply_high(random_word(key, 2 * j + 1), np.uint64(n)))
            else:
                row = (row + 1) % n
            rows[b, j] = row


@kernel
def strata_rows(seed, purpose, first, indptr, members, rows):
    """Write rows drawn with replacement within each stratum members[indptr[s]:indptr[s+1]] into rows."""
    for b in range(rows.shape[0]):
        key = stream_key(seed, purpose, first + b)
        for s in range(indptr.shape[0] - 1):
            size = np.uint64(indptr[s + 1] - indptr[s])
            for j in range(indptr[s], indptr[s + 1]):
                rows[b, j] = members[indptr[s] + np.int64(_multiply_high(random_word(key, j), size))]


@kernel
def bayesian_weights(seed, purpose, first, weights):
    """Write Dirichlet(1, …, 1) weights, scaled to sum n, into weights (float64, n_replicates × n)."""
    n = weights.shape[1]
    for b in range(weights.shape[0]):
        key = stream_key(seed, purpose, first + b)
        total = 0.0
        for j in range(n):
            weights[b, j] = -log(random_uniform(key, j))
            total += weights[b, j]
        for j in range(n):
            weights[b, j] *= n / total


@kernel
def poisson_weights(seed, purpose, first, weights):
    """Write independent Poisson(1) weights into weights (float64, n_replicates × n), by inversion."""
    for b in range(weights.shape[0]):
        key = stream_key(seed, purpose, first + b)
        for j in range(weights.shape[1]):
            weights[b, j] = poisson_inverse(random_uniform(key, j), 1.0)
