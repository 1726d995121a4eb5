"""Lower bounds of optimal transport from a cost matrix: one-sided relaxations and a feasible dual solution.

``cost`` is float64 (n, m), ``a`` and ``b`` positive weights of total 1. Every bound is one-sided, rows against columns;
callers take the larger of it and its transpose.
"""

import numpy as np

from kexuestat._kernels._jit import kernel


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
