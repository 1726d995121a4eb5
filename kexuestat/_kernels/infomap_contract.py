"""From a graph and labels to the graph of the modules."""

import numpy as np

from kexuestat._kernels._jit import kernel
from kexuestat._kernels.infomap_terms import _Level


@kernel
def _compact(labels):
    """Renumber labels in place to 0 … k-1 by first appearance; return k."""
    n = labels.shape[0]
    number = np.full(n, -1, np.int32)
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


@kernel
def contract(level, labels, n_modules, undirected):
    """Return the _Level whose nodes are the modules 0 … n_modules-1 and whose links are the sums between them."""
    begin, members = _members(labels, n_modules)
    unit = level.weights.shape[0] == 0
    indptr = np.zeros(n_modules + 1, level.indptr.dtype)
    indices = np.empty(level.indices.shape[0], np.int32)
    weights = np.empty(level.indices.shape[0], level.nodes.dtype)
    nodes = np.zeros(4 * n_modules, level.nodes.dtype)
    place = np.full(n_modules, -1, np.int64)
    end = np.int64(0)
    for m in range(n_modules):
        first = end
        inside = np.int64(0)
        for k in range(begin[m], begin[m + 1]):
            i = members[k]
            nodes[4 * m] += level.nodes[4 * i]
            nodes[4 * m + 1] += level.nodes[4 * i + 1]
            nodes[4 * m + 3] += level.nodes[4 * i + 3]
            for e in range(level.indptr[i], level.indptr[i + 1]):
                other = labels[level.indices[e]]
                w = np.int64(1) if unit else np.int64(level.weights[e])
                if other == m:
                    inside += w
                elif place[other] >= first:
                    weights[place[other]] += w
                else:
                    place[other] = end
                    indices[end] = other
                    weights[end] = w
                    end += 1
        indptr[m + 1] = end
        nodes[4 * m] -= inside if undirected else inside // 2
        if not undirected:
            nodes[4 * m + 3] -= inside // 2
    return _Level(indptr, indices[:end].copy(), weights[:end].copy(), nodes)
