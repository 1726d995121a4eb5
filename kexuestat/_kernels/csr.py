"""What graphs in compressed rows ask: checks of links, ids, the transpose, symmetry. Empty weights are all 1."""

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
def transpose(indptr, indices, weights):
    """Return indptr, indices (int32), weights of the transpose, rows sorted; no weights stay none."""
    n_nodes = indptr.shape[0] - 1
    weighted = weights.shape[0] > 0
    out_indptr = np.zeros(n_nodes + 1, dtype=np.int64)
    for e in range(indptr[n_nodes]):
        out_indptr[indices[e] + 1] += 1
    for i in range(n_nodes):
        out_indptr[i + 1] += out_indptr[i]
    ends = out_indptr[:-1].copy()
    out_indices = np.empty(indptr[n_nodes], dtype=np.int32)
    out_weights = np.empty(weights.shape[0], dtype=np.float64)
    for i in range(n_nodes):
        for e in range(indptr[i], indptr[i + 1]):
            slot = ends[indices[e]]
            ends[indices[e]] = slot + 1
            out_indices[slot] = i
            if weighted:
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
            if weights.shape[0] == 0:
                continue
            gap = abs(weights[e] - weights[back])
            if gap > 0.0:
                largest = max(largest, gap / max(weights[e], weights[back]))
    return largest


@kernel
def count_loops(indptr, indices):
    """Return how many entries lie on the diagonal."""
    count = 0
    for i in range(indptr.shape[0] - 1):
        for e in range(indptr[i], indptr[i + 1]):
            count += indices[e] == i
    return count


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
