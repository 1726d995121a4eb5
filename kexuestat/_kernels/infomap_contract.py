"""From a graph and labels to the graph of the modules."""

import numpy as np

from kexuestat._kernels._intrinsics import prefetch
from kexuestat._kernels._jit import bare_kernel, kernel
from kexuestat._kernels.infomap_terms import _Level, _unsigned


@kernel
def _compact(labels):
    """Renumber labels in place to 0 … k-1 by first appearance; return k."""
    n = labels.shape[0]
    largest = 0
    for i in range(n):
        largest = max(largest, labels[i])
    number = np.full(largest + 1, -1, np.int32)
    k = 0
    for i in range(n):
        if number[labels[i]] < 0:
            number[labels[i]] = k
            k += 1
        labels[i] = number[labels[i]]
    return k


@kernel
def _members(labels, n_modules):
    """Return (begin, members): the nodes of each module as ragged rows, by counting sort."""
    begin = np.zeros(n_modules + 2, np.int64)
    for i in range(labels.shape[0]):
        begin[labels[i] + 2] += 1
    for m in range(2, n_modules + 2):
        begin[m] += begin[m - 1]
    members = np.empty(labels.shape[0], np.int32)
    for i in range(labels.shape[0]):
        members[begin[labels[i] + 1]] = i
        begin[labels[i] + 1] += 1
    return begin[: n_modules + 1], members


@bare_kernel
def _sum_rows(level, labels, begin, members, sums, rows, undirected):
    """Fill the rows and node records of the modules; return the number of entries. ``sums`` is 0 before and after.

    New modules are noted without a branch: whether a link leads to a module met before cannot be predicted.
    """
    indptr, indices, weights, nodes = rows
    unit = level.weights.shape[0] == 0
    n = labels.shape[0]
    end = np.int64(0)
    for m in range(sums.shape[0]):
        first = end
        for k in range(begin[m], begin[m + 1]):
            later = members[min(np.int64(k) + 8, n - 1)]
            prefetch(level.indptr, later)
            prefetch(level.nodes, 4 * later)
            ahead = np.int64(level.indptr[members[min(np.int64(k) + 4, n - 1)]])
            prefetch(level.indices, min(ahead, level.indices.shape[0] - 1))
            prefetch(level.indices, min(ahead + 16, level.indices.shape[0] - 1))
            if not unit:
                prefetch(level.weights, min(ahead, level.indices.shape[0] - 1))
                prefetch(level.weights, min(ahead + 8, level.indices.shape[0] - 1))
                prefetch(level.weights, min(ahead + 16, level.indices.shape[0] - 1))
            i = members[k]
            nodes[4 * m] += level.nodes[4 * i]
            nodes[4 * m + 1] += level.nodes[4 * i + 1]
            nodes[4 * m + 2] |= level.nodes[4 * i + 2]
            nodes[4 * m + 3] += level.nodes[4 * i + 3]
            if unit:
                for e in range(level.indptr[i], level.indptr[i + 1]):
                    other = labels[level.indices[e]]
                    before = sums[other]
                    indices[end] = other
                    end += before == 0
                    sums[other] = before + 1
            else:
                for e in range(level.indptr[i], level.indptr[i + 1]):
                    other = labels[level.indices[e]]
                    before = sums[other]
                    indices[end] = other
                    end += before == 0
                    sums[other] = before + level.weights[e]
        inside = np.int64(sums[m])
        sums[m] = 0
        last = first
        for e in range(first, end):
            other = indices[e]
            if other != m:
                indices[last] = other
                weights[last] = sums[other]
                sums[other] = 0
                last += 1
        end = last
        indptr[m + 1] = end
        nodes[4 * m] -= inside if undirected else inside // 2
        if not undirected:
            nodes[4 * m + 3] -= inside // 2
    return end


@kernel
def contract(level, labels, n_modules, undirected):
    """Return the _Level whose nodes are the modules 0 … n_modules-1 and whose links are the sums between them."""
    begin, members = _members(labels, n_modules)
    most = level.indices.shape[0] + 1
    indptr = np.zeros(n_modules + 1, level.indptr.dtype)
    indices = np.empty(most, np.int32)
    weights = np.empty(most, level.nodes.dtype)
    nodes = np.zeros(4 * n_modules, level.nodes.dtype)
    sums = np.zeros(n_modules, level.nodes.dtype)
    rows = _unsigned(_Level(indptr, indices, weights, nodes))
    end = 0
    if most > 1:
        numbers = labels.view(np.uint32)
        end = _sum_rows(
            _unsigned(level), numbers, begin.view(np.uint64), members.view(np.uint32), sums, rows, undirected
        )
    return _Level(indptr, indices[:end].copy(), weights[:end].copy(), nodes)
