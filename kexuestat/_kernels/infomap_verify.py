"""Connected modules: split those that fall apart, and tell whether a node's departure would split its module."""

import numpy as np

from kexuestat._kernels._intrinsics import prefetch
from kexuestat._kernels._jit import bare_kernel, kernel
from kexuestat._kernels.infomap_terms import _overwrite, _unsigned


@bare_kernel
def _label_pieces(level, labels, piece, queue, unmet):
    """Number the connected pieces of modules by their first node in ``piece`` (-1 before); return how many.

    ``queue`` has n + 1 places: nodes are noted without a branch, as nobody foresees which of them are new.
    """
    n = labels.shape[0]
    for i in range(n):
        unmet[labels[i]] += 1
    k = 0
    for start in range(n):
        if piece[start] >= 0:
            continue
        own = labels[start]
        piece[start] = k
        queue[0] = start
        head, tail = 0, 1
        unmet[own] -= 1
        left = unmet[own]
        while head < tail and left > 0:
            prefetch(level.indptr, queue[min(head + 8, tail - 1)])
            ahead = np.int64(level.indptr[queue[min(head + 4, tail - 1)]])
            prefetch(level.indices, min(ahead, level.indices.shape[0] - 1))
            prefetch(level.indices, min(ahead + 16, level.indices.shape[0] - 1))
            i = queue[head]
            head += 1
            for e in range(level.indptr[i], level.indptr[i + 1]):
                j = level.indices[e]
                fresh = (labels[j] == own) & (piece[j] < 0)
                queue[tail] = j
                piece[j] = k if fresh else piece[j]
                tail += fresh
                left -= fresh
        unmet[own] = left
        k += 1
    return k


@kernel
def _split_modules(level, labels):
    """Give every connected piece of every module its own label, 0 … k-1 by first node, in place; return k."""
    n = labels.shape[0]
    piece = np.full(n, -1, np.int32)
    queue, unmet = np.empty(n + 1, np.uint32), np.zeros(n, np.int32)
    k = _label_pieces(_unsigned(level), labels.view(np.uint32), piece, queue, unmet)
    _overwrite(labels, piece)
    return k


@bare_kernel
def _holds_together(level, places, i, seen, stamp, stack):
    """Tell whether the module of node i stays connected without i; places[2 i] is 2 * module + flag.

    Walks from one neighbour of i inside the module until all such neighbours are met; ``seen`` keeps stamps.
    """
    own = places[2 * i] >> 1
    wanted = 0
    depth = 0
    for e in range(level.indptr[i], level.indptr[i + 1]):
        j = level.indices[e]
        if places[2 * j] >> 1 == own:
            wanted += 1
            seen[j] = stamp
            stack[0] = j
    if wanted <= 1:
        return True
    seen[i] = stamp + 2
    seen[stack[0]] = stamp + 1
    depth, met = 1, 1
    while depth > 0 and met < wanted:
        depth -= 1
        k = stack[depth]
        for e in range(level.indptr[k], level.indptr[k + 1]):
            j = level.indices[e]
            if places[2 * j] >> 1 == own and seen[j] != stamp + 1 and j != i:
                met += seen[j] == stamp
                seen[j] = stamp + 1
                stack[depth] = j
                depth += 1
    return met == wanted
