"""Kernels of soft sort and rank by rows: projections onto permutahedra by pooling adjacent violators, and sorting.

Of two falling rows a and b, the projection of a/ε onto the permutahedron of b is a/ε - v, v the falling row nearest
to a/ε - b: constant on blocks. l2: (a - mean a)/ε + mean b in each block; kl: a/ε - lse(a/ε) + lse(b). Sums inside a
block are kept relative to its first entry, so that a tiny ε loses nothing. ``start[j]``
is the first index of j's block.
Blondel, Teboul, Berthet and Djolonga 2020, arXiv:2002.08871.
"""

import math

import numpy as np

from kexuestat._kernels._jit import inline_kernel, kernel, parallel_kernel, prange

_DIGIT = 11
_STEPS = 6  # digits of a 64-bit key
_DIGIT_MASK = np.int64((1 << _DIGIT) - 1)
_SIGN = np.int64(63)
_MAGNITUDE = np.int64(0x7FFFFFFFFFFFFFFF)
_LOWEST = np.int64(-0x8000000000000000)


@inline_kernel
def _log_add(u, v):
    """Return ln(e^u + e^v)."""
    high, low = max(u, v), min(u, v)
    return high + math.log1p(math.exp(low - high)) if low > -np.inf else high


@kernel
def _pool_l2(a, b, eps, first, rel_a, rel_b):
    """Fill first, rel_a, rel_b (sums relative to the first entry) of the blocks; return their number."""
    count = 0
    n = a.shape[0]
    for j in range(n):
        first[count], rel_a[count], rel_b[count] = j, 0.0, 0.0
        end = j + 1
        while count > 0:
            i, k = first[count - 1], first[count]
            size, other = float(k - i), float(end - k)
            drop_a = (a[i] - a[k]) + (rel_a[count - 1] / size - rel_a[count] / other)
            drop_b = (b[i] - b[k]) + (rel_b[count - 1] / size - rel_b[count] / other)
            if drop_a >= eps * drop_b and drop_a > 0.0:
                break
            rel_a[count - 1] += rel_a[count] + other * (a[k] - a[i])
            rel_b[count - 1] += rel_b[count] + other * (b[k] - b[i])
            count -= 1
        count += 1
    return count


@kernel
def _pool_kl(a, b, eps, first, sum_a, sum_b):
    """Fill first and the log-sum-exps of a/ε and b of the blocks; return their number."""
    count = 0
    for j in range(a.shape[0]):
        first[count], sum_a[count], sum_b[count] = j, a[j] / eps, b[j]
        while count > 0 and sum_a[count - 1] - sum_b[count - 1] < sum_a[count] - sum_b[count]:
            sum_a[count - 1] = _log_add(sum_a[count - 1], sum_a[count])
            sum_b[count - 1] = _log_add(sum_b[count - 1], sum_b[count])
            count -= 1
        count += 1
    return count


@kernel
def _write_l2(a, b, eps, count, first, rel_a, rel_b, out, start):
    """Write the l2 projection and the first index of every entry's block."""
    n = a.shape[0]
    for m in range(count):
        i, end = first[m], first[m + 1] if m + 1 < count else n
        mean_a, mean_b = rel_a[m] / (end - i), b[i] + rel_b[m] / (end - i)
        for j in range(i, end):
            start[j] = i
            gap = (a[j] - a[i]) - mean_a
            out[j] = gap / eps + mean_b if gap != 0.0 and eps > 0.0 else mean_b


@kernel
def pool_rows(a, b, eps, kl, out, start):
    """Write the projections of a/ε onto the permutahedra of b, rows (rows, n) in falling order, and the blocks."""
    n_rows, n = a.shape
    first = np.empty(n, dtype=np.int64)
    sum_a, sum_b = np.empty(n), np.empty(n)
    for r in range(n_rows):
        if not kl or eps[r] == 0.0:
            count = _pool_l2(a[r], b[r], eps[r], first, sum_a, sum_b)
            _write_l2(a[r], b[r], eps[r], count, first, sum_a, sum_b, out[r], start[r])
            continue
        count = _pool_kl(a[r], b[r], eps[r], first, sum_a, sum_b)
        for m in range(count):
            end = first[m + 1] if m + 1 < count else n
            for j in range(first[m], end):
                start[r, j] = first[m]
                out[r, j] = a[r, j] / eps[r] - sum_a[m] + sum_b[m]


@parallel_kernel
def pool_rows_parallel(a, b, eps, kl, out, start):
    """Do the same as pool_rows, chunks of rows on all threads."""
    n_rows = a.shape[0]
    chunk = (n_rows + 63) // 64
    for c in prange((n_rows + chunk - 1) // chunk):
        lo, hi = c * chunk, min((c + 1) * chunk, n_rows)
        pool_rows(a[lo:hi], b[lo:hi], eps[lo:hi], kl, out[lo:hi], start[lo:hi])


@kernel
def block_means_rows(g, weights, start, out):
    """Write the mean of g over each block, weighted by weights, to every entry of the block."""
    n_rows, n = g.shape
    for r in range(n_rows):
        i = 0
        while i < n:
            end, total, weight = i, 0.0, 0.0
            while end < n and start[r, end] == i:
                total += g[r, end] * weights[r, end]
                weight += weights[r, end]
                end += 1
            for j in range(i, end):
                out[r, j] = total / weight
            i = end


@inline_kernel
def _digit(key, step):
    """Return 11 bits of a key, the lowest for step 0."""
    return (key >> np.int64(_DIGIT * step)) & _DIGIT_MASK


@kernel
def _keys(x, key, counts):
    """Write keys whose unsigned order is the falling order of x; count their digits, (6, 2048)."""
    counts[:] = 0
    for i in range(x.shape[0]):
        bits = np.float64(x[i] + 0.0).view(np.int64)  # -0.0 becomes 0.0
        key[i] = ~(bits ^ ((bits >> _SIGN) & _MAGNITUDE)) ^ _LOWEST
        for step in range(_STEPS):
            counts[step, _digit(key[i], step)] += 1


@kernel
def _scatter(key, index, counts, step, key_out, index_out):
    """Write keys and indices in the order of one digit; counts become the ends of its buckets."""
    place = 0
    for digit in range(counts.shape[0]):
        count = counts[digit]
        counts[digit] = place
        place += count
    for i in range(key.shape[0]):
        digit = _digit(key[i], step)
        key_out[counts[digit]] = key[i]
        index_out[counts[digit]] = index[i]
        counts[digit] += 1


@kernel
def falling_rows(x, order, values):
    """Write the stable order in which every row of x (rows, n) falls, and the row in that order; no nan.

    Radix sort by digits of 11 bits: for long rows twice as fast as sorting by comparisons.
    """
    n = x.shape[1]
    key, index = np.empty((2, n), dtype=np.int64), np.empty((2, n), dtype=np.int64)
    counts = np.empty((_STEPS, 1 << _DIGIT), dtype=np.int64)
    for r in range(x.shape[0]):
        _keys(x[r], key[0], counts)
        for i in range(n):
            index[0, i] = i
        side = 0
        for step in range(_STEPS):
            if n > 0 and counts[step, _digit(key[side, 0], step)] < n:
                _scatter(key[side], index[side], counts[step], step, key[1 - side], index[1 - side])
                side = 1 - side
        for i in range(n):
            order[r, i] = index[side, i]
            values[r, i] = x[r, index[side, i]]
