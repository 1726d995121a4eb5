"""Compressed rows from a list of links: links into buckets of rows, then each bucket sorted within the cache.

A link is a key row << column_bits | column. One pass writes the keys to at most 2048 buckets by the high bits of the
row; each bucket is then sorted by the rest of its keys, digit by digit from the right: stable, without a comparison,
whatever the degrees. Buckets are apart from each other, so that threads can share them. Digits over all links at once
take twice the memory, a counting sort over whole rows misses the cache at every entry.
The caller allocates: numpy asks the system for huge pages, which saves time on large graphs.
"""

import numpy as np

from kexuestat._kernels._jit import bare_kernel, kernel

_DIGIT = 11  # bits: 2048 places to write to fit the address cache of the processor


@kernel
def bucket_counts(source, target, shift, n_buckets, symmetric):
    """Return how many entries have row >> shift = 0 … n_buckets - 1 (int64); symmetric: a link is two, a loop one."""
    counts = np.zeros(n_buckets, dtype=np.int64)
    for e in range(source.shape[0]):
        i, j = np.int64(source[e]), np.int64(target[e])
        counts[i >> shift] += 1
        if symmetric and i != j:
            counts[j >> shift] += 1
    return counts


@bare_kernel
def links_into_buckets(source, target, weights, shift, column_bits, symmetric, heads, keys, values):
    """Write the keys and weights of all entries to their buckets, in the order of the links.

    ``heads`` (moved) says where each bucket goes on; ``weights`` and ``values`` may both be empty.
    """
    weighted = values.shape[0] > 0
    for e in range(source.shape[0]):
        i, j = np.int64(source[e]), np.int64(target[e])
        slot = heads[i >> shift]
        heads[i >> shift] = slot + 1
        keys[slot] = (i << column_bits) | j
        if weighted:
            values[slot] = weights[e]
        if symmetric and i != j:
            slot = heads[j >> shift]
            heads[j >> shift] = slot + 1
            keys[slot] = (j << column_bits) | i
            if weighted:
                values[slot] = weights[e]


@bare_kernel
def _digit_starts(keys, low, high, bits, n_digits, starts):
    """Write where the keys low … high - 1 with each value of each digit start: starts[(d << bits) + digit]."""
    mask = (1 << bits) - 1
    for k in range(n_digits << bits):
        starts[k] = 0
    for k in range(low, high):
        for d in range(n_digits):
            starts[(d << bits) + ((keys[k] >> (d * bits)) & mask)] += 1
    for d in range(n_digits):
        at = np.int64(0)
        for digit in range(mask + 1):
            count = starts[(d << bits) + digit]
            starts[(d << bits) + digit] = at
            at += count


@bare_kernel
def _by_digit(keys, values, low, n, digit, bits, starts, out_keys, out_values, out_low):
    """Write n keys from ``low`` on, and their values, in order of one digit, stably, from ``out_low`` on."""
    mask = (1 << bits) - 1
    shift, first = digit * bits, digit << bits
    weighted = values.shape[0] > 0
    for k in range(low, low + n):
        place = first + ((keys[k] >> shift) & mask)
        slot = out_low + starts[place]
        starts[place] += 1
        out_keys[slot] = keys[k]
        if weighted:
            out_values[slot] = values[k]


@bare_kernel
def _sort_bucket(keys, values, low, high, low_bits, spare_keys, spare_values, starts):
    """Sort the keys low … high - 1, values (may be empty) with them, by their low bits, in place."""
    n_digits = max(1, -(-low_bits // _DIGIT))
    bits = max(1, -(-low_bits // n_digits))
    _digit_starts(keys, low, high, bits, n_digits, starts)
    n = high - low
    for d in range(n_digits):
        if d % 2 == 0:
            _by_digit(keys, values, low, n, d, bits, starts, spare_keys, spare_values, 0)
        else:
            _by_digit(spare_keys, spare_values, 0, n, d, bits, starts, keys, values, low)
    if n_digits % 2 == 1:
        for k in range(n):
            keys[low + k] = spare_keys[k]
        for k in range(n if values.shape[0] > 0 else 0):
            values[low + k] = spare_values[k]


@kernel
def sort_buckets(keys, values, begin, first, last, low_bits, column_bits, columns, indptr):
    """Sort the buckets first … last - 1 in place; write columns, counts into indptr[row + 1]; return the repeats.

    Bucket b is keys[begin[b] : begin[b + 1]], ``values`` may be empty. A repeat is a key equal to the one before it.
    """
    most = 0
    for b in range(first, last):
        most = max(most, begin[b + 1] - begin[b])
    spare_keys = np.empty(most, np.int64)
    spare_values = np.empty(most if values.shape[0] > 0 else 0)
    n_digits = max(1, -(-low_bits // _DIGIT))
    starts = np.empty(n_digits << max(1, -(-low_bits // n_digits)), np.int64)
    return _sort_range(
        keys, values, begin, first, last, low_bits, column_bits, columns, indptr, spare_keys, spare_values, starts
    )


@bare_kernel
def _sort_range(
    keys, values, begin, first, last, low_bits, column_bits, columns, indptr, spare_keys, spare_values, starts
):
    mask = (1 << column_bits) - 1
    repeats = 0
    for b in range(first, last):
        low, high = begin[b], begin[b + 1]
        if low == high:
            continue
        _sort_bucket(keys, values, low, high, low_bits, spare_keys, spare_values, starts)
        before = np.int64(-1)
        for e in range(low, high):
            key = keys[e]
            repeats += key == before
            before = key
            columns[e] = key & mask
            indptr[(key >> column_bits) + 1] += 1
    return repeats


@kernel
def merge_repeats(keys, values, column_bits, columns, indptr):
    """Sum the values of equal sorted keys, drop zeros; write columns, values and counts (indptr) anew.

    Returns the number of entries left. Values stay where they were, or move to the front, in place.
    """
    mask = (1 << column_bits) - 1
    indptr[:] = 0
    kept, e = 0, 0
    while e < keys.shape[0]:
        key = keys[e]
        total = 0.0
        while e < keys.shape[0] and keys[e] == key:
            total += values[e]
            e += 1
        if total == 0.0:
            continue
        values[kept] = total
        columns[kept] = key & mask
        indptr[(key >> column_bits) + 1] += 1
        kept += 1
    return kept
