"""What threads share in one trial on a large graph: first moves by blocks of nodes, and a look at nodes at rest.

How nodes are cut into blocks depends on the graph alone, and a look changes nothing, so that neither depends on the
number of threads.
"""

import math

import numpy as np

from kexuestat._kernels._intrinsics import prefetch
from kexuestat._kernels._jit import bare_kernel, kernel
from kexuestat._kernels.infomap_choice import _best_by_logarithms, _best_by_table, _gather, _new_desk
from kexuestat._kernels.infomap_leads import _Memory, _new_memory
from kexuestat._kernels.infomap_moves import _move_nodes
from kexuestat._kernels.infomap_terms import _add_to_record, _fill_books, _Level, _unsigned, module_records
from kexuestat._kernels.infomap_trial import _MANY_SWEEPS, _SHUFFLED, _settle

_PER_LN2 = 1.4426950408889634
_SPENT = -1.0


@kernel
def block_of(level, begin, end):
    """Return the _Level of the nodes begin … end - 1 with the links among them; records count the other links, too."""
    n = end - begin
    indptr = np.zeros(n + 1, level.indptr.dtype)
    _count_inside(_unsigned(level), np.uint32(begin), np.uint32(n), indptr)
    n_entries = indptr[n]
    indices = np.empty(n_entries + 1, np.int32)
    weights = np.empty(n_entries + 1 if level.weights.shape[0] > 0 else 1, level.weights.dtype)
    nodes = level.nodes[4 * begin : 4 * end].copy()
    _take_inside(_unsigned(level), np.uint32(begin), np.uint32(n), indices.view(np.uint32), weights)
    n_weights = n_entries if level.weights.shape[0] > 0 else 0
    return _Level(indptr, indices[:n_entries], weights[:n_weights], nodes)


@bare_kernel
def _count_inside(level, begin, n, indptr):
    for i in range(n):
        inside = np.int64(0)
        for e in range(level.indptr[begin + i], level.indptr[begin + i + 1]):
            inside += np.uint32(level.indices[e] - begin) < n
        indptr[i + 1] = indptr[i] + inside


@bare_kernel
def _take_inside(level, begin, n, indices, weights):
    """Copy the entries that stay inside; indices, and weights if any, have room for one more."""
    at = np.uint64(0)
    unit = level.weights.shape[0] == 0
    for e in range(level.indptr[begin], level.indptr[begin + n]):
        j = np.uint32(level.indices[e] - begin)
        indices[at] = j
        if not unit:
            weights[at] = level.weights[e]
        at += np.uint64(j < n)


@kernel
def settle_block(level, begin, end, labels, rule, seed, trial, step, abort):
    """Let the nodes begin … end - 1 move to modules among themselves, as if no other node moved.

    ``labels`` of these nodes get module numbers from begin on; ``rule.offset`` holds the enter flow of the others.
    """
    block = block_of(level, begin, end)
    inside = np.arange(end - begin).astype(np.int32)
    _settle(block, inside, rule, seed, trial, step, _MANY_SWEEPS, _SHUFFLED, _new_memory(0), abort)
    for i in range(end - begin):
        labels[begin + i] = begin + inside[i]


@kernel
def look(level, labels, records, total, begin, end, rule, lead):
    """Note for the nodes begin … end - 1 by how many bits their module beats any other, -1 where it does not.

    ``records`` hold the modules in ``labels`` and, unless every node is one, an empty one; ``total`` is the sum of
    enter flows.
    """
    level, labels, records = _unsigned(level), labels.view(np.uint32) * np.uint32(2), records.copy()
    books = np.empty(records.shape[0] // 4 if rule.table.shape[0] == 1 else 0)
    _fill_books(records, books, rule)
    _look_loop(level, labels, records, books, total, begin, end, rule, _new_desk(level, books.shape[0] > 0), lead)


@bare_kernel
def _look_loop(level, labels, records, books, total, begin, end, rule, desk, lead):
    factor = 2 if rule.undirected else 1
    base = max(total, np.int64(1))
    per_base, slope = 1.0 / base, math.log(base * rule.scale * rule.up) * _PER_LN2
    last = records.shape[0] // 4 - 1
    vacant = last if records[4 * last + 1] == 0 else np.int64(-1)
    for i in range(begin, end):
        ahead = min(level.indptr[min(i + 8, end - 1)], np.uint64(level.indices.shape[0] - 1))
        prefetch(level.indices, ahead)
        own = np.int64(labels[i] >> 1)
        if level.indptr[i] == level.indptr[i + 1]:
            lead[i] = np.inf
            continue
        leave, volume = np.int64(level.nodes[4 * i]), np.int64(level.nodes[4 * i + 1])
        enter = np.int64(level.nodes[4 * i + 3])
        alone = records[4 * own + 1] == volume
        n_touched = _gather(level, labels, i, own, alone, records, desk)
        own_x = factor * np.int64(records[4 * own + 2])
        rest = total + _add_to_record(records, own, own_x - leave, own_x - enter, -volume, rule)
        empty = np.int64(-1) if alone else vacant
        if books.shape[0] > 0:
            best, _, ahead_by, _, _ = _best_by_logarithms(
                records, books, desk, n_touched, own, empty, leave, enter, volume, rest, rule
            )
        else:
            best, _, ahead_by = _best_by_table(
                records, desk, n_touched, own, empty, leave, enter, volume, rest, base, per_base, slope, rule
            )
        _add_to_record(records, own, leave - own_x, enter - own_x, volume, rule)
        lead[i] = ahead_by if best == own else _SPENT


@kernel
def move_spent(level, labels, lead, rule, abort):
    """Let nodes whose lead is spent move, and those whose lead these moves spend; labels change in place.

    Return the number of moves; ``lead`` is used up.
    """
    n = labels.shape[0]
    records = np.empty(4 * n, level.nodes.dtype)
    total = module_records(level, labels, rule.undirected, records) + rule.offset
    queue = np.empty(n, np.int32)
    waiting = 0
    for i in range(n):
        queue[waiting] = i
        waiting += lead[i] <= 0.0
    memory = _Memory(lead, np.empty(0, np.uint32), np.zeros(2, np.int64))
    turns = _MANY_SWEEPS * n
    moves, _ = _move_nodes(level, labels, records, total, queue, waiting, rule, 0, turns, False, memory, abort)
    return moves
