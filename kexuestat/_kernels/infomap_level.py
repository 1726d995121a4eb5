"""From flows or whole weights to the quanta of the search (see ``infomap_terms``), indices narrowed to 32 bits."""

import numpy as np

from kexuestat._kernels._intrinsics import prefetch
from kexuestat._kernels._jit import kernel

_AHEAD = 12  # entries whose counterparts are fetched ahead: they lie anywhere
_QUANTA = 4503599627370496.0  # 2**52: sums up to 2 stay exact in float64


@kernel
def is_symmetric(indptr, indices, weights):
    """Return whether sorted rows hold every entry (i, j, w) in both directions and none on the diagonal.

    ``weights`` of length 0 means equal weights.
    """
    indptr, indices = indptr.view(np.uint64), indices.view(np.uint32)
    n = indptr.shape[0] - 1
    last = np.uint64(max(indices.shape[0] - 1, 0))
    one, ahead = np.uint64(1), np.uint64(_AHEAD)
    next_entry = indptr[:n].copy()
    for i in range(n):
        for e in range(indptr[i], indptr[i + 1]):
            prefetch(indices, min(next_entry[indices[min(e + ahead, last)]], last))
            j = indices[e]
            if e > indptr[i] and indices[e - one] >= j:
                return False
            k = next_entry[j]
            if j == i or k >= indptr[j + 1] or indices[k] != i:
                return False
            if weights.shape[0] > 0 and weights[k] != weights[e]:
                return False
            next_entry[j] = k + one
    return True


@kernel
def are_whole(values):
    """Return whether all float64 values are whole numbers from 0 to 2**31 - 1."""
    for e in range(values.shape[0]):
        if not (0.0 <= values[e] < 2147483648.0) or values[e] != np.floor(values[e]):
            return False
    return True


@kernel
def quanta_of_flow(indptr, values, row_scale):
    """Return 2**52 row_scale[i] * values as int64, at least 1 for every entry: a link never vanishes.

    Empty ``values`` are all 1.
    """
    quanta = np.empty(indptr[-1], np.int64)
    for i in range(indptr.shape[0] - 1):
        for e in range(indptr[i], indptr[i + 1]):
            flow = row_scale[i] * (1.0 if values.shape[0] == 0 else values[e])
            quanta[e] = max(np.int64(1), np.int64(np.rint(flow * _QUANTA)))
    return quanta


@kernel
def node_quanta(indptr, weights, volume, record_type):
    """Return node records (exit, volume, 0, 0) of symmetric rows; no weights mean 1 for every entry."""
    n = indptr.shape[0] - 1
    nodes = np.zeros(4 * n, record_type.dtype)
    for i in range(n):
        total = np.int64(0)
        if weights.shape[0] == 0:
            total = np.int64(indptr[i + 1] - indptr[i])
        for e in range(indptr[i], indptr[i + 1] if weights.shape[0] > 0 else indptr[i]):
            total += weights[e]
        nodes[4 * i] = total
        nodes[4 * i + 1] = max(volume[i], np.int64(total > 0))
    return nodes


@kernel
def both_directions(indptr, indices, quanta):
    """Return symmetric rows (indptr, indices, sums f_ij + f_ji) and the out- and in-sums of each node.

    Rows may be in any order and hold equal entries; entries on the diagonal are left out.
    """
    n = indptr.shape[0] - 1
    begin = np.zeros(n + 2, np.int64)
    leave, enter = np.zeros(n, np.int64), np.zeros(n, np.int64)
    for i in range(n):
        for e in range(indptr[i], indptr[i + 1]):
            j = indices[e]
            if j != i:
                begin[i + 2] += 1
                begin[j + 2] += 1
                leave[i] += quanta[e]
                enter[j] += quanta[e]
    for i in range(2, n + 2):
        begin[i] += begin[i - 1]
    other = np.empty(begin[n + 1], np.int32)
    sums = np.empty(begin[n + 1], np.int64)
    for i in range(n):
        for e in range(indptr[i], indptr[i + 1]):
            j = indices[e]
            if j != i:
                other[begin[i + 1]], sums[begin[i + 1]] = j, quanta[e]
                begin[i + 1] += 1
                other[begin[j + 1]], sums[begin[j + 1]] = i, quanta[e]
                begin[j + 1] += 1
    place = np.full(n, -1, np.int64)
    end = np.int64(0)
    for i in range(n):
        first = end
        stop = begin[i + 1]
        for e in range(begin[i], stop):
            j = other[e]
            if place[j] >= first:
                sums[place[j]] += sums[e]
            else:
                place[j] = end
                other[end], sums[end] = j, sums[e]
                end += 1
        begin[i] = first
    begin[n] = end
    if 4 * end > 3 * other.shape[0]:
        return begin[: n + 1], other[:end], sums[:end], leave, enter
    return begin[: n + 1], other[:end].copy(), sums[:end].copy(), leave, enter
