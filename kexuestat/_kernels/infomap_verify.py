"""Connected modules: split those that fall apart, and tell whether a node's departure would split its module."""

import numpy as np

from kexuestat._kernels._jit import kernel


@kernel
def _split_modules(level, labels):
    """Give every connected piece of every module its own label, 0 … k-1 by first node, in place; return k."""
    n = labels.shape[0]
    piece = np.full(n, -1, np.int32)
    stack = np.empty(n, np.int32)
    unmet = np.zeros(n, np.int32)
    for i in range(n):
        unmet[labels[i]] += 1
    k = 0
    for start in range(n):
        if piece[start] >= 0:
            continue
        own = labels[start]
        piece[start] = k
        stack[0] = start
        depth = 1
        unmet[own] -= 1
        while depth > 0 and unmet[own] > 0:
            depth -= 1
            i = stack[depth]
            for e in range(level.indptr[i], level.indptr[i + 1]):
                j = level.indices[e]
                if piece[j] < 0 and labels[j] == own:
                    unmet[own] -= 1
                    piece[j] = k
                    stack[depth] = j
                    depth += 1
        k += 1
    labels[:] = piece
    return k


@kernel
def _holds_together(level, labels, i, seen, stamp, stack):
    """Tell whether the module of node i stays connected without i; labels are 2 * module + flag.

    Walks from one neighbour of i inside the module until all such neighbours are met; ``seen`` keeps stamps.
    """
    own = labels[i] >> 1
    wanted = 0
    depth = 0
    for e in range(level.indptr[i], level.indptr[i + 1]):
        j = level.indices[e]
        if labels[j] >> 1 == own:
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
            if labels[j] >> 1 == own and seen[j] != stamp + 1 and j != i:
                met += seen[j] == stamp
                seen[j] = stamp + 1
                stack[depth] = j
                depth += 1
    return met == wanted
