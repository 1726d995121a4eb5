"""Compressed rows from links, by two counting sorts, and what graphs ask of them.

A link list becomes rows by a radix sort of keys row << column_bits | column, digit by digit from the right: three to
five passes that read in order and write to at most 2048 places, stable, without a comparison, whatever the degrees.
The caller allocates: numpy asks the system for huge pages, which saved 40 % of the time on 10 M links. Against it, on
a million nodes: a counting sort over whole rows took twice the time (a cache miss per entry), blocks of rows with
sorting by insertion and merging 1.4 times.
"""

import numpy as np

from kexuestat._kernels._jit import kernel


@kernel
def first_outside(ids, n):
    """Return the first position (int64) whose id is not in 0 … n - 1, -1 if there is none."""
    for e in range(ids.shape[0]):
        if ids[e] < 0 or ids[e] >= n:
            return e
    return -1


@kernel
def first_bad_weight(weights):
    """Return the first position (int64) of a negative, infinite or nan weight (float64), -1 if there is none."""
    for e in range(weights.shape[0]):
        if not (0.0 <= weights[e] < np.inf):
            return e
    return -1


@kernel
def id_bounds(source, target):
    """Return the smallest and the largest id (int64) of two non-empty integer arrays."""
    low = np.int64(source[0])
    high = low
    for e in range(source.shape[0]):
        low = min(low, np.int64(source[e]), np.int64(target[e]))
        high = max(high, np.int64(source[e]), np.int64(target[e]))
    return low, high


@kernel
def used_ids(source, target, low, high):
    """Return the ids (int64, rising) of low … high that occur in source or target."""
    seen = np.zeros(high - low + 1, dtype=np.uint8)
    for e in range(source.shape[0]):
        seen[source[e] - low] = 1
        seen[target[e] - low] = 1
    count = 0
    for i in range(seen.shape[0]):
        count += np.int64(seen[i])  # a bare uint8 would wrap round when the JIT is off
    ids = np.empty(count, dtype=np.int64)
    k = 0
    for i in range(seen.shape[0]):
        if seen[i]:
            ids[k] = low + i
            k += 1
    return ids


@kernel
def ids_to_rows(values, ids, low, high):
    """Return the row (int64) of each value, its position in the rising array ids, whose range is low … high."""
    row_of = np.empty(high - low + 1, dtype=np.int64)
    for k in range(ids.shape[0]):
        row_of[ids[k] - low] = k
    rows = np.empty(values.shape[0], dtype=np.int64)
    for e in range(values.shape[0]):
        rows[e] = row_of[values[e] - low]
    return rows


@kernel
def digit_starts(source, target, column_bits, digit_bits, n_digits, symmetric):
    """Return where the keys with each value of each digit start (int64, n_digits x (2**digit_bits + 1))."""
    mask = (1 << digit_bits) - 1
    starts = np.zeros((n_digits, mask + 2), dtype=np.int64)
    for e in range(source.shape[0]):
        i, j = np.int64(source[e]), np.int64(target[e])
        key = (i << column_bits) | j
        for d in range(n_digits):
            starts[d, ((key >> (d * digit_bits)) & mask) + 1] += 1
        if symmetric and i != j:
            key = (j << column_bits) | i
            for d in range(n_digits):
                starts[d, ((key >> (d * digit_bits)) & mask) + 1] += 1
    for d in range(n_digits):
        for b in range(mask + 1):
            starts[d, b + 1] += starts[d, b]
    return starts


@kernel
def links_by_digit(source, target, weights, column_bits, mask, symmetric, heads, keys, values):
    """Write the keys row << column_bits | column and the weights of all entries in order of key & mask.

    With ``symmetric`` a link is two entries, a loop one. ``heads`` (moved) says where each digit starts; ``weights``
    and ``values`` may both be empty.
    """
    for e in range(source.shape[0]):
        i, j = np.int64(source[e]), np.int64(target[e])
        key = (i << column_bits) | j
        slot = heads[key & mask]
        heads[key & mask] = slot + 1
        keys[slot] = key
        if values.shape[0]:
            values[slot] = weights[e]
        if symmetric and i != j:
            key = (j << column_bits) | i
            slot = heads[key & mask]
            heads[key & mask] = slot + 1
            keys[slot] = key
            if values.shape[0]:
                values[slot] = weights[e]


@kernel
def sort_by_digit(keys, values, shift, mask, heads, out_keys, out_values):
    """Write keys and values (may be empty) in order of the digit (key >> shift) & mask, stably; moves heads."""
    for e in range(keys.shape[0]):
        digit = (keys[e] >> shift) & mask
        slot = heads[digit]
        heads[digit] = slot + 1
        out_keys[slot] = keys[e]
        if values.shape[0]:
            out_values[slot] = values[e]


@kernel
def n_repeats(keys):
    """Return how many keys equal the one before them."""
    count = 0
    for e in range(1, keys.shape[0]):
        count += keys[e] == keys[e - 1]
    return count


@kernel
def rows_of_keys(keys, values, column_bits, n_nodes):
    """Turn sorted keys into columns in place, sum equal ones, drop zeros; return indptr, whose end is what is left.

    ``values`` may be empty when no key repeats.
    """
    indptr = np.zeros(n_nodes + 1, dtype=np.int64)
    mask = (1 << column_bits) - 1
    kept, e = 0, 0
    while e < keys.shape[0]:
        key = keys[e]
        if values.shape[0] == 0:
            e += 1
        else:
            total = 0.0
            while e < keys.shape[0] and keys[e] == key:
                total += values[e]
                e += 1
            if total == 0.0:
                continue
            values[kept] = total
        keys[kept] = key & mask
        indptr[(key >> column_bits) + 1] += 1
        kept += 1
    for i in range(n_nodes):
        indptr[i + 1] += indptr[i]
    return indptr


@kernel
def transpose(indptr, indices, weights):
    """Return indptr, indices, weights of the transpose, rows sorted."""
    n_nodes = indptr.shape[0] - 1
    out_indptr = np.zeros(n_nodes + 1, dtype=np.int64)
    for e in range(indptr[n_nodes]):
        out_indptr[indices[e] + 1] += 1
    for i in range(n_nodes):
        out_indptr[i + 1] += out_indptr[i]
    ends = out_indptr[:-1].copy()
    out_indices = np.empty(indptr[n_nodes], dtype=np.int64)
    out_weights = np.empty(indptr[n_nodes], dtype=np.float64)
    for i in range(n_nodes):
        for e in range(indptr[i], indptr[i + 1]):
            slot = ends[indices[e]]
            ends[indices[e]] = slot + 1
            out_indices[slot] = i
            out_weights[slot] = weights[e]
    return out_indptr, out_indices, out_weights


@kernel
def asymmetry(indptr, indices, weights):
    """Return the largest |a_ij - a_ji| / max(a_ij, a_ji) of sorted rows, inf if an entry has no partner.

    One walk: row by row, the next unread entry of row j must be the one that points back.
    """
    largest = 0.0
    unread = indptr[:-1].copy()
    for i in range(indptr.shape[0] - 1):
        for e in range(indptr[i], indptr[i + 1]):
            j = indices[e]
            back = unread[j]
            if back >= indptr[j + 1] or indices[back] != i:
                return np.inf
            unread[j] = back + 1
            gap = abs(weights[e] - weights[back])
            if gap > 0.0:
                largest = max(largest, gap / max(weights[e], weights[back]))
    return largest


@kernel
def is_sorted(indptr, indices):
    """Return whether every row rises strictly, so that no entry repeats."""
    for i in range(indptr.shape[0] - 1):
        for e in range(indptr[i] + 1, indptr[i + 1]):
            if indices[e] <= indices[e - 1]:
                return False
    return True


@kernel
def entry_rows(indptr):
    """Return the row (int64) of each entry."""
    rows = np.empty(indptr[-1], dtype=np.int64)
    for i in range(indptr.shape[0] - 1):
        for e in range(indptr[i], indptr[i + 1]):
            rows[e] = i
    return rows
