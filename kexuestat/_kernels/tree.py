"""The basis of the network simplex: a spanning tree of the n rows and m columns, and the exchange of one arc.

Rows are the nodes 0 … n-1, columns the nodes n … n+m-1. The tree is kept as a cyclic preorder ("thread") with subtree
sizes, so that a pivot moves the potentials of the smaller part in one predictable loop. It stays strongly feasible
(Cunningham 1976, doi:10.1007/BF01580379): the arc of a row to its parent always carries flow, zeros sit only on arcs of
a column to its parent; hence no cycling. Among equal candidates the leaving arc is therefore the one nearest the apex
on the entering row's side, nearest the column on the column's side, and the row's side goes first.
"""

from typing import NamedTuple

import numpy as np

from kexuestat._kernels._jit import inline_kernel, kernel
from kexuestat._kernels._simd import LANES

_MANY = 1024  # entries from which a view in single precision pays; it halves the bytes that pricing reads
_PARENT, _THREAD, _BACK, _SIZE, _LAST, _FIELDS = 0, 1, 2, 3, 4, 8  # one node's links share half a cache line


class _View(NamedTuple):
    """What pricing scans, in double or single precision: costs, starts of rows, potentials; scratch of the start."""

    cost: np.ndarray
    starts: np.ndarray
    potential: np.ndarray
    means: np.ndarray
    least: np.ndarray


class _Tree(NamedTuple):
    """Spanning tree: links[8 v + field] of node v, flow[v] on the arc between v and its parent, potential[v].

    ``narrow`` is the workspace of a view in single precision; the other arrays are scratch of the start. All are kept
    here since allocations cost as much as a small problem.
    """

    links: np.ndarray
    flow: np.ndarray
    potential: np.ndarray
    sequence: np.ndarray
    order: np.ndarray
    place: np.ndarray
    means: np.ndarray
    least: np.ndarray
    narrow: _View


@kernel
def _padded(m):
    """Return the least multiple of the vector length that holds m entries."""
    return (m + LANES - 1) // LANES * LANES


@kernel
def _empty_tree(n, width):
    """Return an unset tree for n rows and width columns."""
    size, rows = n + width, _padded(n)
    scan = n * width if n * width >= _MANY else 0
    narrow = _View(
        np.empty(scan, np.float32),
        np.arange(n) * 0,
        np.empty(size, np.float32),
        np.empty(rows, np.float32),
        np.empty(rows, np.float32),
    )
    return _Tree(
        np.empty(_FIELDS * size, np.uint32),
        np.empty(size),
        np.zeros(size),
        np.empty(size, np.int64),
        np.empty(size, np.int64),
        np.empty(size, np.int64),
        np.empty(rows),
        np.empty(rows),
        narrow,
    )


@inline_kernel
def _get(links, v, field):
    """Return a link of node v; unsigned storage spares the test for negative indices."""
    return np.int64(links[v * _FIELDS + field])


@inline_kernel
def _set(links, v, field, value):
    """Store a link of node v."""
    links[v * _FIELDS + field] = value


@inline_kernel
def _join(links, v, after):
    """Make ``after`` follow v in the thread."""
    _set(links, v, _THREAD, after)
    _set(links, after, _BACK, v)


@inline_kernel
def _arc(starts, v, parent, n):
    """Return the place in the flat cost of the arc between the node v and its parent."""
    return starts[parent] + v - n if v >= n else starts[v] + parent - n


@inline_kernel
def _thread(tree, size):
    """Set sizes and thread of a tree of known parents, from its sequence: children before parents, root last."""
    links, sequence, place, order = tree.links, tree.sequence, tree.place, tree.order
    root = sequence[size - 1]
    _set(links, root, _PARENT, root)
    for k in range(size):
        _set(links, sequence[k], _SIZE, 1)
    for k in range(size - 1):
        p = _get(links, sequence[k], _PARENT)
        _set(links, p, _SIZE, _get(links, p, _SIZE) + _get(links, sequence[k], _SIZE))
    place[root], order[0] = 0, root
    for k in range(size):
        _set(links, sequence[k], _LAST, 1)  # until the end: where the next child goes, from its parent's place
    for k in range(size - 2, -1, -1):
        v = sequence[k]
        p = _get(links, v, _PARENT)
        place[v] = place[p] + _get(links, p, _LAST)
        order[place[v]] = v
        _set(links, p, _LAST, _get(links, p, _LAST) + _get(links, v, _SIZE))
    for k in range(size):
        v = order[k]
        _join(links, v, order[k + 1 if k + 1 < size else 0])
        _set(links, v, _LAST, order[k + _get(links, v, _SIZE) - 1])


@inline_kernel
def _set_potentials(cost, starts, n, tree, root):
    """Compute all potentials from the tree; return the largest in absolute value and the cost of all flows."""
    links, potential, flow = tree.links, tree.potential, tree.flow
    potential[root] = 0.0
    largest, total = 0.0, 0.0
    v = _get(links, root, _THREAD)
    while v != root:
        p = _get(links, v, _PARENT)
        price = cost[_arc(starts, v, p, n)]
        potential[v] = price - potential[p]
        largest = max(largest, abs(potential[v]))
        total += flow[v] * price
        v = _get(links, v, _THREAD)
    return largest, total


@inline_kernel
def _leaving(links, flow, n, row, column):
    """Return (apex, node whose parent arc leaves, True if on the row's side, flow around the cycle)."""
    u, v = row, column
    row_least, column_least = np.inf, np.inf
    row_node, column_node = row, column
    while u != v:
        if _get(links, u, _SIZE) < _get(links, v, _SIZE):
            if u < n and flow[u] <= row_least:
                row_least, row_node = flow[u], u
            u = _get(links, u, _PARENT)
        else:
            if v >= n and flow[v] < column_least:
                column_least, column_node = flow[v], v
            v = _get(links, v, _PARENT)
    if row_least <= column_least:
        return u, row_node, True, row_least
    return u, column_node, False, column_least


@inline_kernel
def _cut(links, flow, n, rows_lose, leave, apex, theta):
    """Take the subtree of leave out of the thread, and out of sizes and lasts above it; send theta up to the apex."""
    before, last, size = _get(links, leave, _BACK), _get(links, leave, _LAST), _get(links, leave, _SIZE)
    _join(links, before, _get(links, last, _THREAD))
    v = _get(links, leave, _PARENT)
    while v != apex:
        _set(links, v, _SIZE, _get(links, v, _SIZE) - size)
        flow[v] += -theta if (v < n) == rows_lose else theta
        v = _get(links, v, _PARENT)
    v = _get(links, leave, _PARENT)
    while _get(links, v, _LAST) == last:
        _set(links, v, _LAST, before)
        if v == _get(links, v, _PARENT):
            break
        v = _get(links, v, _PARENT)


@inline_kernel
def _turn(links, flow, n, rows_lose, node, leave, parent, theta):
    """Make node the root of the cut subtree of leave, below parent by an arc of flow theta; return its last node.

    Every arc of the stem from node to leave passes to its upper node, its flow changed by theta.

    What each node of the stem holds besides the part below it follows that part in the thread:
    first what came before that part, then what came after it.
    """
    total, end = _get(links, leave, _SIZE), _get(links, node, _LAST)
    after = _get(links, end, _THREAD)
    size, last, back = _get(links, node, _SIZE), end, _get(links, node, _BACK)
    _set(links, node, _SIZE, total)
    v, carried = node, theta
    while v != leave:
        above = _get(links, v, _PARENT)
        above_size, above_last, above_back = (
            _get(links, above, _SIZE),
            _get(links, above, _LAST),
            _get(links, above, _BACK),
        )
        _join(links, end, above)
        end = back
        if above_last != last:
            _join(links, back, after)
            end, after = above_last, _get(links, above_last, _THREAD)
        _set(links, above, _SIZE, total - size)
        _set(links, v, _PARENT, parent)
        flow[v], carried = carried, flow[v] + (-theta if (v < n) == rows_lose else theta)
        parent, v, size, last, back = v, above, above_size, above_last, above_back
    _set(links, leave, _PARENT, parent)
    flow[leave] = carried
    v = leave
    while v != node:
        _set(links, v, _LAST, end)
        v = _get(links, v, _PARENT)
    _set(links, node, _LAST, end)
    return end


@inline_kernel
def _insert(links, flow, n, rows_lose, node, end, parent, apex, theta):
    """Put the subtree of node, which ends at end, behind its parent; raise sizes and send theta up to the apex."""
    _join(links, end, _get(links, parent, _THREAD))
    _join(links, parent, node)
    size = _get(links, node, _SIZE)
    v = parent
    while v != apex:
        _set(links, v, _SIZE, _get(links, v, _SIZE) + size)
        flow[v] += theta if (v < n) == rows_lose else -theta
        v = _get(links, v, _PARENT)
    v = parent
    while _get(links, v, _LAST) == parent:
        _set(links, v, _LAST, end)
        v = _get(links, v, _PARENT)


@inline_kernel
def _shift(links, potential, sight, n, start, count, change):
    """Add change to the potentials of the rows among count nodes of the thread, subtract it from the columns.

    sight, what pricing sees of the potentials, follows.
    """
    v = start
    for _ in range(count):
        potential[v] += change if v < n else -change
        sight[v] = potential[v]
        v = _get(links, v, _THREAD)


@kernel
def _pivot(links, flow, potential, sight, n, size, row, column, reduced):
    """Bring the arc row - column of the given reduced cost into the tree of the given size."""
    apex, leave, row_side, theta = _leaving(links, flow, n, row, column)
    node, parent = (row, column) if row_side else (column, row)
    change = reduced if row_side else -reduced
    _cut(links, flow, n, row_side, leave, apex, theta)
    end = _turn(links, flow, n, row_side, node, leave, parent, theta)
    _insert(links, flow, n, row_side, node, end, parent, apex, theta)
    below = _get(links, node, _SIZE)
    if 2 * below <= size:
        _shift(links, potential, sight, n, node, below, change)
    else:
        _shift(links, potential, sight, n, _get(links, end, _THREAD), size - below, -change)
