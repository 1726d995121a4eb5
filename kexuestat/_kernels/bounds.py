"""Lower bounds of optimal transport from a cost matrix: one-sided relaxations, a feasible dual solution, a tree.

``cost`` is float64 (n, m), ``a`` and ``b`` positive weights of total 1. Every bound but the tree's is one-sided, rows
against columns; callers take the larger of it and its transpose.
"""

import numpy as np

from kexuestat._kernels._jit import kernel

_ROUNDING = 1e-12  # of a total of 1: what clusters hold too much by rounding alone, and may not pay for


@kernel
def relaxed_side(cost, a):
    """Return sum_i a_i min_j cost_ij: every row sends all to its nearest column."""
    total = 0.0
    for i in range(cost.shape[0]):
        total += a[i] * np.min(cost[i])
    return total


@kernel
def overlap_side(cost, a, b):
    """Return the relaxed bound in which a match of cost 0 takes only min(a_i, b_j), the rest the second nearest."""
    total = 0.0
    for i in range(cost.shape[0]):
        nearest, second, place = np.inf, np.inf, 0
        for j in range(cost.shape[1]):
            if cost[i, j] < nearest:
                nearest, second, place = cost[i, j], nearest, j
            elif cost[i, j] < second:
                second = cost[i, j]
        if nearest != 0.0:
            total += a[i] * nearest
        elif a[i] > b[place] and second < np.inf:
            total += (a[i] - b[place]) * second
    return total


@kernel
def capacity_side(cost, a, b, k):
    """Return the bound in which row i fills its k cheapest columns up to b_j, the rest going to the next cheapest."""
    total = 0.0
    for i in range(cost.shape[0]):
        left = a[i]
        order = np.argsort(cost[i])
        last = min(k, order.shape[0] - 1)
        for place in range(last):
            j = order[place]
            mass = min(left, b[j])
            if mass > 0.0:
                total += mass * cost[i, j]
            left -= mass
        if left > 0.0:
            total += left * cost[i, order[last]]
    return total


@kernel
def dual_side(cost, a, b):
    """Return a.f + b.h with f_i = min_j cost_ij and h_j = min_i (cost_ij - f_i), a feasible dual solution."""
    n, m = cost.shape
    h = np.full(m, np.inf)
    total = 0.0
    for i in range(n):
        f = np.min(cost[i])
        total += a[i] * f
        for j in range(m):
            h[j] = min(h[j], cost[i, j] - f)
    for j in range(m):
        total += b[j] * h[j]
    return total


@kernel
def _least_spanning_tree(cost):
    """Return (heights, one end, other end) of the links of a least spanning tree of rows and columns (Prim)."""
    n, m = cost.shape
    nearest, link = np.full(n + m, np.inf), np.zeros(n + m, np.int64)
    outside = np.ones(n + m, np.bool_)
    heights, ends = np.empty(n + m - 1), np.empty(n + m - 1, np.int64)
    node = 0
    for k in range(n + m - 1):
        outside[node] = False
        for other in range(n, n + m) if node < n else range(n):
            price = cost[node, other - n] if node < n else cost[other, node - n]
            if outside[other] and price < nearest[other]:
                nearest[other], link[other] = price, node
        node = -1
        for other in range(n + m):
            if outside[other] and (node < 0 or nearest[other] < nearest[node]):
                node = other
        heights[k], ends[k] = nearest[node], node
    return heights, ends, link[ends]


@kernel
def _top(above, node):
    """Return the top of the cluster of a node, shortening the way to it."""
    while above[node] != node:
        above[node] = above[above[node]]
        node = above[node]
    return node


@kernel
def tree_cost(cost, a, b):
    """Return the optimal cost where i and j are as far apart as the dearest link on the cheapest way between them.

    That way runs along a least spanning tree. Clusters that merge at a height send what they hold too much of one side
    up to it: half the rise for each unit of either side.
    """
    heights, first, second = _least_spanning_tree(cost)
    above, excess = np.arange(a.shape[0] + b.shape[0]), np.append(a, -b)
    order = np.argsort(heights)
    base = heights[order[0]]
    level = np.full(above.shape[0], base)
    total = base
    for k in order:
        one, two = _top(above, first[k]), _top(above, second[k])
        for side in (one, two):
            rise = heights[k] - level[side]
            if rise > 0.0 and abs(excess[side]) > _ROUNDING:
                total += 0.5 * rise * abs(excess[side])
        above[two] = one
        excess[one] += excess[two]
        level[one] = heights[k]
    return total
