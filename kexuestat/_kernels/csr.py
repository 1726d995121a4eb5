"""Compressed rows from links, by two counting sorts, and what graphs ask of them.

A link list becomes rows in two passes without a single comparison: entries are first dropped into buckets of their
column, then, column by column, into their rows, so that every row comes out sorted. Equal links lie side by side
and are summed in place. Undirected links stand in both rows, loops once.
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
        count += seen[i]
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
def _starts(rows, other, n_nodes, symmetric):
    """Return the first slot of each row (int64, n_nodes + 1) when symmetric links stand in both rows."""
    starts = np.zeros(n_nodes + 1, dtype=np.int64)
    for e in range(rows.shape[0]):
        starts[rows[e] + 1] += 1
        if symmetric and rows[e] != other[e]:
            starts[other[e] + 1] += 1
    for i in range(n_nodes):
        starts[i + 1] += starts[i]
    return starts


@kernel
def _column_buckets(source, target, weights, ends, symmetric):
    """Return the rows (int32) and weights of all entries in order of their column; moves ends to the bucket ends."""
    rows = np.empty(ends[-1], dtype=np.int32)
    values = np.empty(ends[-1] if weights.shape[0] else 0, dtype=np.float64)
    for e in range(source.shape[0]):
        i, j = source[e], target[e]
        slot = ends[j]
        ends[j] = slot + 1
        rows[slot] = i
        if weights.shape[0]:
            values[slot] = weights[e]
        if symmetric and i != j:
            slot = ends[i]
            ends[i] = slot + 1
            rows[slot] = j
            if weights.shape[0]:
                values[slot] = weights[e]
    return rows, values


@kernel
def _rows_from_columns(column_ends, rows, values, ends):
    """Return the columns (int64) and weights of all entries row by row, rising; moves ends to the row ends."""
    indices = np.empty(rows.shape[0], dtype=np.int64)
    weights = np.empty(values.shape[0], dtype=np.float64)
    e = 0
    for j in range(column_ends.shape[0] - 1):
        while e < column_ends[j]:
            slot = ends[rows[e]]
            ends[rows[e]] = slot + 1
            indices[slot] = j
            if values.shape[0]:
                weights[slot] = values[e]
            e += 1
    return indices, weights


@kernel
def _n_equal(row_ends, indices):
    """Return how many entries repeat the one before them in their row; row i ends at row_ends[i]."""
    n_equal = 0
    start = 0
    for i in range(row_ends.shape[0] - 1):
        for e in range(start + 1, row_ends[i]):
            n_equal += indices[e] == indices[e - 1]
        start = row_ends[i]
    return n_equal


@kernel
def merge_equal(indptr, indices, weights):
    """Sum equal neighbours of sorted rows and drop zeros, in place (indptr too); return the number of entries left."""
    kept = 0
    start = 0
    for i in range(indptr.shape[0] - 1):
        stop = indptr[i + 1]
        e = start
        while e < stop:
            column = indices[e]
            total = weights[e]
            e += 1
            while e < stop and indices[e] == column:
                total += weights[e]
                e += 1
            if total != 0.0:
                indices[kept] = column
                weights[kept] = total
                kept += 1
        start = stop
        indptr[i + 1] = kept
    return kept


@kernel
def sorted_rows(source, target, weights, n_nodes, symmetric):
    """Return indptr, indices (int64), weights (float64) of links, rows sorted, equal links not yet summed.

    ``weights`` may be empty: every link weighs 1, and the weights returned are empty as long as no link repeats.
    With ``symmetric`` each link stands in the rows of both ends, a loop once. n_nodes < 2**31.
    """
    column_ends = _starts(target, source, n_nodes, symmetric)
    ends = column_ends.copy() if symmetric else _starts(source, target, n_nodes, symmetric)
    rows, values = _column_buckets(source, target, weights, column_ends, symmetric)
    indices, sorted_weights = _rows_from_columns(column_ends, rows, values, ends)
    if sorted_weights.shape[0] == 0 and _n_equal(ends, indices) > 0:
        sorted_weights = np.ones(indices.shape[0], dtype=np.float64)
    indptr = np.zeros(n_nodes + 1, dtype=np.int64)  # ends[i] has moved to the end of row i
    indptr[1:] = ends[:n_nodes]
    return indptr, indices, sorted_weights


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
