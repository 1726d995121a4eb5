"""Exact optimal transport by the network simplex on a dense bipartite graph.

The basis is a spanning tree of the n rows (nodes 0 … n-1) and m columns (nodes n … n+m-1); all n m arcs are implicit
and none is artificial. potential[i] + potential[n + j] <= cost[i, j] is the dual, with equality on the tree. Masses
are whole numbers held in float64, so flows are exact. The tree stays strongly feasible (Cunningham 1976,
doi:10.1007/BF01580379): the arc of a row to its parent always carries flow, zeros sit only on arcs of a column to its
parent; hence no cycling. Among equal candidates the leaving arc is therefore the one nearest the apex on the entering
row's side, nearest the column on the column's side, and the row's side goes first.

``cost`` is flat: n rows of ``width`` entries, a multiple of 8, those beyond m are inf.
"""

from typing import NamedTuple

import numpy as np

from kexuestat._kernels._jit import kernel, sum_kernel
from kexuestat._kernels._simd import LANES, argmin_below

_NONE = -1


class _Tree(NamedTuple):
    """Spanning tree as parents and sibling lists; flow[v] is the flow on the arc between v and its parent."""

    parent: np.ndarray
    first: np.ndarray
    following: np.ndarray
    previous: np.ndarray
    depth: np.ndarray
    flow: np.ndarray
    potential: np.ndarray


@kernel
def _padded(m):
    """Return the least multiple of the vector length that holds m entries."""
    return (m + LANES - 1) // LANES * LANES


@kernel
def _empty_tree(n, width, like):
    """Return an unset tree for n rows and width columns; potentials have the dtype of like."""
    size = n + width
    return _Tree(
        np.empty(size, np.int64),
        np.empty(size, np.int64),
        np.empty(size, np.int64),
        np.empty(size, np.int64),
        np.empty(size, np.int64),
        np.empty(size, np.float64),
        np.zeros(size, like.dtype),
    )


@sum_kernel
def _sum(values):
    """Return the sum of a 1-D array, in any order: it only sets an order of rows."""
    total = 0.0
    for k in range(values.shape[0]):
        total += values[k]
    return total


@kernel
def _column_means(cost, n, m, width, means):
    """Write the mean of every column of the block into means, 0 into the padding."""
    means[:] = 0.0
    for i in range(n):
        row = cost[i * width : i * width + m]
        for j in range(m):
            means[j] += row[j]
    for j in range(m):
        means[j] /= n


@kernel
def _arc(v, parent, n, width):
    """Return the place in the flat cost of the arc between the node v and its parent."""
    return parent * width + v - n if v >= n else v * width + parent - n


@kernel
def _link(tree, v, parent):
    """Make v the first child of parent."""
    head = tree.first[parent]
    tree.parent[v] = parent
    tree.following[v] = head
    tree.previous[v] = _NONE
    if head >= 0:
        tree.previous[head] = v
    tree.first[parent] = v


@kernel
def _unlink(tree, v):
    """Take v out of the children of its parent."""
    before, after = tree.previous[v], tree.following[v]
    if before >= 0:
        tree.following[before] = after
    else:
        tree.first[tree.parent[v]] = after
    if after >= 0:
        tree.previous[after] = before


@kernel
def _fill(cost, n, m, width, a, b, order, shift, tree, sequence):
    """Fill rows in the given order by their cheapest open columns; write parents, flows, and the nodes as they close.

    a and b hold the masses and are used up; shift is the price of each column, -inf once it is closed.
    """
    closed = 0
    for t in range(n - 1):
        i = order[t]
        left = a[i]
        while True:
            j = argmin_below(cost, i * width, shift, 0, width // LANES, np.inf)
            if b[j] >= left:
                break
            tree.parent[n + j], tree.flow[n + j] = i, b[j]
            left -= b[j]
            shift[j] = -np.inf
            sequence[closed] = n + j
            closed += 1
        tree.parent[i], tree.flow[i] = n + j, left
        b[j] -= left
        sequence[closed] = i
        closed += 1
    root = order[n - 1]
    for j in range(m):
        if shift[j] > -np.inf:
            tree.parent[n + j], tree.flow[n + j] = root, b[j]
            sequence[closed] = n + j
            closed += 1
    sequence[closed] = root


@kernel
def _hang(cost, n, width, tree, sequence):
    """Set lists, depths and potentials of the tree whose nodes stand in sequence, the root last, children before."""
    size = sequence.shape[0]
    root = sequence[size - 1]
    for k in range(size):
        tree.first[sequence[k]] = _NONE
    tree.parent[root] = _NONE
    tree.following[root] = _NONE
    tree.previous[root] = _NONE
    tree.depth[root] = 0
    tree.potential[root] = 0.0
    for k in range(size - 2, -1, -1):
        v = sequence[k]
        p = tree.parent[v]
        _link(tree, v, p)
        tree.depth[v] = tree.depth[p] + 1
        tree.potential[v] = cost[_arc(v, p, n, width)] - tree.potential[p]


@kernel
def _leaving(tree, n, i, column):
    """Return (node whose parent arc leaves, True if on the row's side, flow around the cycle) for arc i - column."""
    u, v = i, column
    row_least, column_least = np.inf, np.inf
    row_node, column_node = i, column
    while u != v:
        if tree.depth[u] >= tree.depth[v]:
            if u < n and tree.flow[u] <= row_least:
                row_least, row_node = tree.flow[u], u
            u = tree.parent[u]
        else:
            if v >= n and tree.flow[v] < column_least:
                column_least, column_node = tree.flow[v], v
            v = tree.parent[v]
    if row_least <= column_least:
        return row_node, True, row_least
    return column_node, False, column_least


@kernel
def _push(tree, n, i, column, theta):
    """Send theta around the cycle that the arc i - column closes."""
    u, v = i, column
    while u != v:
        if tree.depth[u] >= tree.depth[v]:
            tree.flow[u] += -theta if u < n else theta
            u = tree.parent[u]
        else:
            tree.flow[v] += theta if v < n else -theta
            v = tree.parent[v]


@kernel
def _rehang(tree, node, leave, new_parent, theta):
    """Turn the path node … leave round and hang it from new_parent by an arc with flow theta."""
    while True:
        old_parent, old_flow = tree.parent[node], tree.flow[node]
        _unlink(tree, node)
        _link(tree, node, new_parent)
        tree.flow[node] = theta
        if node == leave:
            return
        theta, new_parent, node = old_flow, node, old_parent


@kernel
def _shift_subtree(tree, n, top, change):
    """Add change to the potentials of the rows below top, subtract it from the columns; set depths."""
    v = top
    while True:
        tree.depth[v] = tree.depth[tree.parent[v]] + 1
        tree.potential[v] += change if v < n else -change
        if tree.first[v] >= 0:
            v = tree.first[v]
            continue
        while v != top and tree.following[v] < 0:
            v = tree.parent[v]
        if v == top:
            return
        v = tree.following[v]


@kernel
def _pivot(tree, n, i, column, reduced):
    """Bring the arc i - column of the given reduced cost into the tree."""
    leave, row_side, theta = _leaving(tree, n, i, column)
    if theta > 0.0:
        _push(tree, n, i, column, theta)
    if row_side:
        _rehang(tree, i, leave, column, theta)
        _shift_subtree(tree, n, i, reduced)
    else:
        _rehang(tree, column, leave, i, theta)
        _shift_subtree(tree, n, column, -reduced)


@kernel
def _improve(cost, n, width, tree, tolerance, limit):
    """Pivot until no reduced cost is below -tolerance, at most limit times; return (pivots, whether none is)."""
    block = max(1, n // 16)
    pivots, idle, i = 0, 0, 0
    potential = tree.potential
    while idle < n:
        best, row, column = -tolerance, 0, _NONE
        for _ in range(block):
            j = argmin_below(cost, i * width, potential, n, width // LANES, potential[i] + best)
            if j >= 0:
                reduced = cost[i * width + j] - potential[n + j] - potential[i]
                if reduced < best and tree.parent[i] != n + j and tree.parent[n + j] != i:
                    best, row, column = reduced, i, n + j
            i = i + 1 if i + 1 < n else 0
        if column < 0:
            idle += block
            continue
        if pivots == limit:
            return pivots, False
        _pivot(tree, n, row, column, best)
        pivots += 1
        idle = 0
    return pivots, True


@kernel
def _topological(tree, sequence):
    """Write the nodes into sequence, children before parents, the root last (it stays the root for ever)."""
    k = sequence.shape[0] - 1
    root = sequence[k]
    v = root
    while True:
        sequence[k] = v
        k -= 1
        if tree.first[v] >= 0:
            v = tree.first[v]
            continue
        while v != root and tree.following[v] < 0:
            v = tree.parent[v]
        if v == root:
            return
        v = tree.following[v]


@kernel
def _start(cost, n, m, width, a, b, tree, sequence):
    """Build a first strongly feasible tree: dear rows choose first, by cost less the mean of the column."""
    shift = tree.potential[n : n + width]
    _column_means(cost, n, m, width, shift)
    dearness = np.empty(n, np.float64)
    for i in range(n):
        dearness[i] = -_sum(cost[i * width : i * width + m])
    _fill(cost, n, m, width, a, b, np.argsort(dearness), shift, tree, sequence)
    shift[:] = 0.0
    _hang(cost, n, width, tree, sequence)


@kernel
def _largest(values, start, stop):
    """Return the largest absolute value in start … stop-1."""
    largest = 0.0
    for k in range(start, stop):
        largest = max(largest, abs(values[k]))
    return largest


@kernel
def _solve(cost, n, m, width, a, b, tree, sequence, limit):
    """Return (pivots, converged) and leave the optimal basis in tree; the masses a and b are used up.

    The tolerance of a reduced cost is 1e-14 of the largest potential, whose rounding enters every reduced cost; never
    an absolute number, and not of the largest cost, which need not be in play.
    """
    _start(cost, n, m, width, a, b, tree, sequence)
    pivots = 0
    while True:
        tolerance = 1e-14 * _largest(tree.potential, 0, n + m)
        done, optimal = _improve(cost, n, width, tree, tolerance, limit - pivots)
        pivots += done
        if not optimal or done == 0:
            return pivots, optimal
        _topological(tree, sequence)
        _hang(cost, n, width, tree, sequence)
