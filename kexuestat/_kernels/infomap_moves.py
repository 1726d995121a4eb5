"""Queue-driven moves of nodes between modules (local moving), and merging inside modules (refinement).

While nodes move, ``places[2 i]`` holds 2 * module + 1 of node i where it waits in the queue, else 2 * module: one word
tells both. Beside it, in the same cache line, lies its lead, the same memory seen as floats. The queue starts in random
order; in index order chains are merged from one end (8.61 instead of 7.09 bits on a small world).
"""

import math
from typing import NamedTuple

import numpy as np

from kexuestat._kernels._intrinsics import prefetch
from kexuestat._kernels._jit import bare_inline_kernel, bare_kernel, kernel
from kexuestat._kernels.infomap_choice import _best_by_logarithms, _best_by_table, _gather, _new_desk
from kexuestat._kernels.infomap_leads import _drift, _queue_again, _queue_changed, _remember
from kexuestat._kernels.infomap_terms import _add_to_record, _fill_books, _unsigned
from kexuestat._kernels.infomap_verify import _holds_together

_PER_LN2 = 1.4426950408889634
_BASE_DRIFT = 2e-4
_CHECK_EVERY = 4096
_PREFETCH_LINKS = 32
_ONE, _TWO = np.uint64(1), np.uint64(2)


class _Scratch(NamedTuple):
    """Working memory of the move loop; ``moved`` and ``stirred`` are kept only where they have room.

    ``leads`` are ``places`` seen as floats.
    """

    free: np.ndarray
    lead: np.ndarray
    seen: np.ndarray
    stack: np.ndarray
    books: np.ndarray
    moved: np.ndarray
    stirred: np.ndarray
    again: np.ndarray
    places: np.ndarray
    leads: np.ndarray


@bare_inline_kernel
def _ahead(order, k, n):
    return order[k - n if k >= n else k]


@bare_inline_kernel
def _prefetch_ahead(level, places, stride, records, order, at, n, scattered):
    """Fetch ahead what the nodes 4 to 16 places on in the circular order will need: rows, places and records.

    Where modules are still ``scattered``, places and records of their neighbours, too: these are then too many for the
    cache. ``places`` hold ``stride`` words per node.
    """
    prefetch(level.indptr, _ahead(order, at + 16, n))
    begin = level.indptr[_ahead(order, at + 12, n)]
    if begin + 16 < level.indices.shape[0]:
        prefetch(level.indices, begin)
        prefetch(level.indices, begin + 16)
        if level.weights.shape[0] > 0:
            prefetch(level.weights, begin)
            prefetch(level.weights, begin + 8)
            prefetch(level.weights, begin + 16)
    near, far = _ahead(order, at + 4, n), _ahead(order, at + 8, n)
    prefetch(level.nodes, 4 * far)
    prefetch(places, stride * far)
    prefetch(records, 4 * (places[stride * near] >> 1))
    if scattered:
        for e in range(level.indptr[far], min(level.indptr[far] + _PREFETCH_LINKS, level.indptr[far + 1])):
            prefetch(places, stride * level.indices[e])
        for e in range(level.indptr[near], min(level.indptr[near] + _PREFETCH_LINKS, level.indptr[near + 1])):
            prefetch(records, 4 * (places[stride * level.indices[e]] >> 1))


@bare_kernel
def _least(weights):
    """Return the least weight as a float64, 1 where there are none."""
    least = np.int64(1) if weights.shape[0] == 0 else np.int64(weights[0])
    for e in range(weights.shape[0]):
        least = min(least, np.int64(weights[e]))
    return np.float64(least)


@bare_kernel
def _list_empty_modules(labels, used, free):
    """List the module numbers below n that no node has; return how many. Isolated nodes have volume 0, too."""
    n = labels.shape[0]
    for m in range(n):
        used[m] = 0
    for i in range(n):
        used[labels[i]] = 1
    n_free = 0
    for m in range(n):
        if used[m] == 0:
            free[n_free] = m
            n_free += 1
    return n_free


@kernel
def _move_nodes(level, labels, records, total, queue, rule, ahead, limit, connected, memory, abort):
    """Run ``_move_loop`` with fresh scratch arrays; return (number of moves, new total).

    ``queue`` holds all n nodes in the order of their turn. Where ``memory`` has room the moves are verified: the loop
    begins with the nodes whose choice may have changed since, and runs again with those whose choice may have changed
    meanwhile, until none moves; that is for the true flow only (up = down = 1).
    """
    n = labels.shape[0]
    level, labels, queue = _unsigned(level), labels.view(np.uint32), queue.view(np.uint32)
    kept = memory.lead.shape[0]
    checked = n if connected else 0
    books = np.empty(n if rule.table.shape[0] == 1 else 0)
    _fill_books(records, books, rule)
    places = np.empty(2 * n, np.uint32)
    scratch = _Scratch(
        np.empty(n, np.uint32),
        memory.lead if kept > 0 else np.zeros(n, np.float32),
        np.zeros(checked, np.int64),
        np.empty(checked, np.uint32),
        books,
        np.zeros(kept, np.uint8),
        np.zeros(kept),
        np.empty(n, np.uint8),
        places,
        places.view(np.float32),
    )
    desk = _new_desk(level, books.shape[0] > 0)
    waiting, all_moves, stamp = n, np.int64(0), np.int64(0)
    if kept > 0:
        waiting = _queue_changed(level, labels, records, total, scratch, memory, rule, queue)
    while waiting > 0 and abort[0] == 0:
        n_free = _list_empty_modules(labels, scratch.again, scratch.free)
        moves, total, flow, turns = _move_loop(
            level,
            labels,
            records,
            total,
            queue,
            waiting,
            rule,
            scratch,
            desk,
            n_free,
            ahead,
            limit,
            connected,
            stamp,
            abort,
        )
        all_moves += moves
        stamp += turns
        waiting = 0
        if kept > 0 and moves > 0 and stamp <= limit:
            waiting = _queue_again(level, labels, records, scratch, _drift(flow, total, rule), rule, queue)
    if kept > 0:
        _remember(memory, labels, total, abort[0] == 0 and stamp <= limit)
    return all_moves, total


@bare_kernel
def _move_loop(
    level, labels, records, total, queue, waiting, rule, scratch, desk, n_free, ahead, limit, connected, stamp, abort
):
    """Move nodes in queue order until no move lowers the codelength by more than tol; labels change in place.

    On entry ``labels`` are plain module numbers below n, ``records`` (n of them) and ``total`` (the sum of enter
    flows) belong to them and ``queue`` holds ``waiting`` nodes in the order of their turn. At most ``limit`` turns are
    taken. With ``connected`` a node stays where its departure would split its module; ``stamp`` counts earlier turns.
    Returns (number of moves, new total, bound on the sum of its changes, turns); labels are plain again.
    """
    n = labels.shape[0]
    free, _, seen, stack, books, moved, stirred, _, places, leads = scratch
    for i in range(n):
        places[2 * i] = 2 * labels[i]
        leads[2 * i + 1] = scratch.lead[i]
    for k in range(waiting):
        places[2 * queue[k]] += 1
    factor = 2 if rule.undirected else 1
    ahead = ahead if n > 16 and waiting == n else 0
    head, moves, turns, flow = 0, 0, 0, 0.0
    base, per_base, slope, pull = np.int64(1), 1.0, 0.0, 0.0
    unit = level.weights.shape[0] == 0
    least = _least(level.weights)
    while waiting > 0:
        if ahead > 0:
            _prefetch_ahead(level, places, _TWO, records, queue, head, n, ahead > 1)
        i = queue[head]
        head = head + 1 if head + 1 < n else 0
        waiting -= 1
        turns += 1
        if turns > limit:
            break
        if turns % _CHECK_EVERY == 0 and abort[0] != 0:
            break
        own = np.int64(places[2 * i] >> 1)
        places[2 * i] = 2 * own
        if level.indptr[i] == level.indptr[i + 1]:
            continue
        leave, volume = np.int64(level.nodes[4 * i]), np.int64(level.nodes[4 * i + 1])
        alone = records[4 * own + 1] == volume
        n_touched = _gather(level, places, i, own, alone, records, desk)
        enter = np.int64(level.nodes[4 * i + 3])
        own_x = factor * np.int64(records[4 * own + 2])
        total += _add_to_record(records, own, own_x - leave, own_x - enter, -volume, rule)
        if abs(total - base) > _BASE_DRIFT * base:
            base = max(total, np.int64(1))
            per_base = 1.0 / base
            slope = math.log(base * rule.scale * rule.up) * _PER_LN2
            pull = factor * rule.up * rule.scale * math.log(base / least + 1.0) * _PER_LN2
        empty = np.int64(free[n_free - 1]) if n_free > 0 and not alone else -1
        left, joined = 0.0, 0.0
        if books.shape[0] > 0:
            best, x, leads[2 * i + 1], left, joined = _best_by_logarithms(
                records, books, desk, n_touched, own, empty, leave, enter, volume, total, rule
            )
        else:
            best, x, leads[2 * i + 1] = _best_by_table(
                records, desk, n_touched, own, empty, leave, enter, volume, total, base, per_base, slope, rule
            )
        if connected and best != own and not _holds_together(level, places, i, seen, 3 * (stamp + turns), stack):
            best, x = own, own_x
        total += _add_to_record(records, best, leave - x, enter - x, volume, rule)
        if best == own:
            continue
        if books.shape[0] > 0:
            books[own], books[best] = left, joined
        moves += 1
        flow += 2.0 * max(leave, enter)
        if moved.shape[0] > 0:
            moved[i] = 1
            stirred[own] += max(leave, enter) + volume
            stirred[best] += max(leave, enter) + volume
        if best == empty:
            n_free -= 1
        if alone:
            free[n_free] = own
            n_free += 1
        places[2 * i] = 2 * best
        for e in range(level.indptr[i], level.indptr[i + 1]):
            j = level.indices[e]
            stays = (places[2 * j] & 1 == 0) & (places[2 * j] >> 1 != best)
            less = leads[2 * j + 1] - (pull if unit else pull * level.weights[e])
            leads[2 * j + 1] = less if stays else leads[2 * j + 1]
            wakes = stays & (less <= 0.0)
            at = head + waiting
            queue[at - n if at >= n else at] = j
            places[2 * j] += wakes
            waiting += wakes
    for i in range(n):
        labels[i] = places[2 * i] >> 1
        scratch.lead[i] = leads[2 * i + 1]
    return moves, total, flow, turns


@kernel
def _refine(level, labels, parts, records, order, rule, ahead, share):
    """Run ``_refine_loop`` with fresh scratch arrays."""
    n = labels.shape[0]
    whole = np.full(n if share > 1 else 0, -1, np.int32)
    books = np.empty(n if rule.table.shape[0] == 1 else 0)
    desk = _new_desk(level, books.shape[0] > 0)
    level, labels, parts = _unsigned(level), labels.view(np.uint32), parts.view(np.uint32)
    _refine_loop(level, labels, parts, records, books, order.view(np.uint32), rule, desk, whole, ahead, share)


@bare_kernel
def _refine_loop(level, labels, parts, records, books, order, rule, desk, whole, ahead, share):
    """Merge single nodes inside every share-th module of ``labels``; ``parts`` gets the submodule of each node.

    In the given order, a node that is still alone joins the linked submodule of its module that lowers the two-level
    codelength of the submodules most, if any does. Only single nodes join, so submodules are connected. The other
    modules stay whole.
    """
    n = labels.shape[0]
    touched, near, near_weights = desk.touched, desk.near, desk.near_weights
    unit = level.weights.shape[0] == 0
    total = np.int64(rule.offset)
    for i in range(n):
        parts[i] = 2 * i
        records[4 * i] = level.nodes[4 * i]
        records[4 * i + 1] = level.nodes[4 * i + 1]
        records[4 * i + 2] = 0
        records[4 * i + 3] = level.nodes[4 * i + 3]
        total += records[4 * i] if rule.undirected else records[4 * i + 3]
    for i in range(n if share > 1 else 0):
        m = labels[i]
        if m % share != 0:
            if whole[m] < 0:
                whole[m] = i
            parts[i] = 2 * whole[m] + 1
    _fill_books(records, books, rule)
    base, per_base, slope = np.int64(1), 1.0, 0.0
    ahead = ahead if n > 16 and share == 1 else 0
    for at in range(n):
        if ahead > 0:
            _prefetch_ahead(level, parts, _ONE, records, order, at, n, ahead > 1)
        i = order[at]
        if parts[i] != 2 * i or level.indptr[i] == level.indptr[i + 1]:
            continue
        own = labels[i]
        inside = 0
        for e in range(level.indptr[i], level.indptr[i + 1]):
            j = level.indices[e]
            near[inside] = parts[j] >> 1
            if not unit:
                near_weights[inside] = level.weights[e]
            inside += labels[j] == own
        if inside == 0:
            continue
        touched[0] = i
        n_touched = 1
        for k in range(inside):
            m = near[k]
            before = records[4 * m + 2]
            touched[n_touched] = m
            n_touched += before == 0
            records[4 * m + 2] = before + (1 if unit else near_weights[k])
        leave, volume = np.int64(level.nodes[4 * i]), np.int64(level.nodes[4 * i + 1])
        enter = np.int64(level.nodes[4 * i + 3])
        total += _add_to_record(records, i, -leave, -enter, -volume, rule)
        if abs(total - base) > _BASE_DRIFT * base:
            base = max(total, np.int64(1))
            per_base = 1.0 / base
            slope = math.log(base * rule.scale * rule.up) * _PER_LN2
        if books.shape[0] > 0:
            best, x, _, left, joined = _best_by_logarithms(
                records, books, desk, n_touched, np.int64(i), -1, leave, enter, volume, total, rule
            )
            books[i] = left
            books[best] = joined
        else:
            best, x, _ = _best_by_table(
                records, desk, n_touched, np.int64(i), -1, leave, enter, volume, total, base, per_base, slope, rule
            )
        total += _add_to_record(records, best, leave - x, enter - x, volume, rule)
        if best != i:
            parts[i] = 2 * best
            parts[best] |= 1
    for i in range(n):
        parts[i] >>= 1
