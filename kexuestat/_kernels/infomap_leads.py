"""Leads: by how many bits a node's choice beats the second best, and which nodes may choose otherwise by now.

A lead is noted at a node's turn. What moves afterwards uses it up; only nodes whose lead is spent have another turn,
and when none is left no node gains by a move. Leads outlive the moves of larger blocks in between (``_Memory``).
"""

from typing import NamedTuple

import numpy as np

from kexuestat._kernels._jit import bare_inline_kernel, bare_kernel, kernel
from kexuestat._kernels.infomap_terms import _overwrite

_PER_LN2 = 1.4426950408889634
_MUCH = 16.0  # a module has changed much when more than a sixteenth of its exit flow joined or left
_FEW = 4  # where more than a fourth of the nodes have moved, all have another turn


class _Memory(NamedTuple):
    """Leads that hold for the modules in ``labels``; ``state``: whether they do (1), and the sum of enter flows.

    Without any room nothing is remembered.
    """

    lead: np.ndarray
    labels: np.ndarray
    state: np.ndarray


@kernel
def _new_memory(n):
    """Return an empty _Memory of n nodes."""
    return _Memory(np.zeros(n, np.float32), np.zeros(n, np.uint32), np.zeros(2, np.int64))


@bare_kernel
def _remember(memory, labels, total, settled):
    """Note the modules for which the leads hold, if they do."""
    _overwrite(memory.labels, labels)
    memory.state[0], memory.state[1] = settled, total


@bare_kernel
def _drift(flow, total, rule):
    """Return by how many bits per quantum the index term changes when the sum of enter flows changes by ``flow``."""
    return 2.0 * _PER_LN2 * rule.up * rule.scale * flow / max(total - flow, np.int64(1))


@bare_inline_kernel
def _size(level, i):
    return max(level.nodes[4 * i], level.nodes[4 * i + 3]) + level.nodes[4 * i + 1]


@bare_kernel
def _note_changes(level, old, labels, moved, stirred, heir, ancestor):
    """Note which nodes have moved from the modules in ``old`` to those in ``labels``; return how many.

    Numbers mean nothing: a module goes on in the first one that takes over a node of it and no other module's place.
    ``heir`` and ``ancestor`` are scratch, -1 before.
    """
    n = labels.shape[0]
    for i in range(n):
        if heir[old[i]] < 0 and ancestor[labels[i]] < 0:
            heir[old[i]], ancestor[labels[i]] = labels[i], old[i]
    n_moved = 0
    for i in range(n):
        if heir[old[i]] != labels[i]:
            n_moved += 1
            moved[i] = 1
            stirred[labels[i]] += _size(level, i)
            if heir[old[i]] >= 0:
                stirred[heir[old[i]]] += _size(level, i)
    return n_moved


@bare_kernel
def _most_stirred(records, stirred, undirected):
    """Return (least exit, least exit + volume, largest stir by exit, by exit + volume) of the modules that changed.

    ``stirred`` holds the flow that joined or left each module; where that is much of its exit, it becomes -1 and the
    module is left out.
    """
    least_exit, least_both, by_exit, by_both = np.inf, np.inf, 0.0, 0.0
    for m in range(stirred.shape[0]):
        if stirred[m] > 0.0:
            leave = records[4 * m] if undirected else min(records[4 * m], records[4 * m + 3])
            least = leave - stirred[m]
            both = least + records[4 * m + 1]
            if _MUCH * stirred[m] > least:
                stirred[m] = -1.0
            else:
                least_exit, least_both = min(least_exit, least), min(least_both, both)
                by_exit, by_both = max(by_exit, stirred[m] / least), max(by_both, stirred[m] / both)
    return least_exit, least_both, by_exit, by_both


@bare_kernel
def _queue_again(level, labels, records, scratch, drift, rule, queue):
    """Queue the nodes whose choice may have changed since they had their turn; return how many.

    Those are the nodes in, or linked to, a module that has changed much, the neighbours of nodes that moved, and those
    whose lead is within what the terms have moved by: the index term by ``drift`` bits per quantum, the term of joining
    a module by (7/6 (a + v) / (exit + volume) + 8/3 a / exit) / ln 2 times the flow that joined or left it, a and v
    being exit and volume of the node, at most an eighth of the module's. Leads become smaller by as much.
    """
    n = labels.shape[0]
    again = scratch.again
    least_exit, least_both, by_exit, by_both = _most_stirred(records, scratch.stirred, rule.undirected)
    unit = 2.0 * _PER_LN2 * rule.scale
    by_exit *= unit * 8.0 / 3.0
    by_both *= unit * 7.0 / 6.0
    for i in range(n):
        leave = np.float64(level.nodes[4 * i] if rule.undirected else max(level.nodes[4 * i], level.nodes[4 * i + 3]))
        both = leave + level.nodes[4 * i + 1]
        large = 8.0 * leave > least_exit or 8.0 * both > least_both
        scratch.lead[i] -= (drift + by_exit) * leave + by_both * both
        again[i] = large or scratch.lead[i] <= 0.0
    for i in range(n):
        if scratch.moved[i] == 1 or scratch.stirred[labels[i]] < 0.0:
            again[i] = 1
            for e in range(level.indptr[i], level.indptr[i + 1]):
                again[level.indices[e]] = 1
    waiting = 0
    for i in range(n):
        queue[waiting] = i
        waiting += again[i] == 1
        scratch.moved[i] = 0
        scratch.stirred[i] = 0.0
    return waiting


@kernel
def _queue_changed(level, labels, records, total, scratch, memory, rule, queue):
    """Queue the nodes whose remembered lead may be spent; return how many: all n where nothing is remembered."""
    n = labels.shape[0]
    if memory.state[0] == 0:
        return n
    heir, ancestor = np.full(n, -1, np.int32), np.full(n, -1, np.int32)
    n_moved = _note_changes(level, memory.labels, labels, scratch.moved, scratch.stirred, heir, ancestor)
    if _FEW * n_moved > n:
        for i in range(n):
            scratch.moved[i] = 0
            scratch.stirred[i] = 0.0
        return n
    drift = _drift(np.float64(abs(total - memory.state[1])), max(total, memory.state[1]), rule)
    return _queue_again(level, labels, records, scratch, drift, rule, queue)
