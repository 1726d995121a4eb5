"""One exact transport problem: whole masses, zero weights dropped, the short side as rows, plan and potentials."""

import numpy as np

from kexuestat._kernels._jit import kernel, sum_kernel
from kexuestat._kernels.simplex import _solve
from kexuestat._kernels.tree import _PARENT, _empty_tree, _get, _padded

_WHOLE = 1125899906842624.0  # 2**50: the total of whole masses


@kernel
def whole_masses(weights, masses):
    """Write the positive weights, scaled to whole numbers of sum 2**50 and at least 1, into masses; zeros stay 0.

    The largest entry absorbs the rounding.
    """
    total, largest, top = 0.0, 0.0, 0
    for i in range(weights.shape[0]):
        total += weights[i]
        if weights[i] > largest:
            largest, top = weights[i], i
    left = _WHOLE
    for i in range(weights.shape[0]):
        masses[i] = max(1.0, np.rint(weights[i] / total * _WHOLE)) if weights[i] > 0.0 else 0.0
        left -= masses[i]
    if total > 0.0:
        masses[top] += left


@kernel
def _positive(masses):
    """Return the indices of the positive masses and these masses."""
    kept = np.empty(masses.shape[0], np.int64)
    count = 0
    for i in range(masses.shape[0]):
        if masses[i] > 0.0:
            kept[count] = i
            count += 1
    return kept[:count], masses[kept[:count]]


@kernel
def _block(cost, rows, columns, turned, width):
    """Return the flat padded block of cost (of its transpose if turned)."""
    block = np.empty(rows.shape[0] * width, np.float64)
    for k in range(rows.shape[0]):
        line = block[k * width : (k + 1) * width]
        for l in range(columns.shape[0]):
            line[l] = cost[columns[l], rows[k]] if turned else cost[rows[k], columns[l]]
        line[columns.shape[0] :] = np.inf
    return block


@kernel
def _optimal_basis(cost, a, b, limit):
    """Return rows, columns, whether turned, tree, root, pivots, converged, value in masses of the solved problem."""
    masses_a, masses_b = np.empty(a.shape[0]), np.empty(b.shape[0])
    whole_masses(a, masses_a)
    whole_masses(b, masses_b)
    rows, supply = _positive(masses_a)
    columns, demand = _positive(masses_b)
    turned = rows.shape[0] > columns.shape[0]
    if turned:
        rows, columns, supply, demand = columns, rows, demand, supply
    n, m = rows.shape[0], columns.shape[0]
    width = _padded(m)
    block = _block(cost, rows, columns, turned, width)
    tree = _empty_tree(n, width)
    root, pivots, converged, _, value = _solve(block, np.arange(n) * width, n, m, width, supply, demand, tree, limit)
    return rows, columns, turned, tree, root, pivots, converged, value


@kernel
def optimal_value(cost, a, b, limit):
    """Return (value, converged) of the transport problem with finite cost (n, m) and weights a (n,), b (m,).

    The weights may have any scale; the value is that of unit total mass. limit is the largest number of pivots.
    """
    _, _, _, _, _, _, converged, value = _optimal_basis(cost, a, b, limit)
    return value / _WHOLE, converged


@kernel
def optimal_plan(cost, a, b, limit, rows, columns, masses, potential_a, potential_b):
    """Return (number of entries, pivots, converged); write the entries of the plan and the potentials.

    Arguments as for optimal_value; rows, columns (int64) and masses (n + m,) receive the positive entries of the plan
    of unit total mass; potentials of nodes without mass are not touched.
    """
    kept, others, turned, tree, root, pivots, converged, _ = _optimal_basis(cost, a, b, limit)
    n, count = kept.shape[0], 0
    for v in range(n + others.shape[0]):
        on_a = (v < n) != turned
        own = kept[v] if v < n else others[v - n]
        if on_a:
            potential_a[own] = tree.potential[v]
        else:
            potential_b[own] = tree.potential[v]
        if v != root and tree.flow[v] > 0.0:
            p = _get(tree.links, v, _PARENT)
            other = kept[p] if p < n else others[p - n]
            rows[count], columns[count] = (own, other) if on_a else (other, own)
            masses[count] = tree.flow[v] / _WHOLE
            count += 1
    return count, pivots, converged


@kernel
def cost_facts(cost):
    """Return (all finite, largest absolute entry, largest of all row and column minima of the absolute entries).

    The last is what every node must pay at least; the smallest positive entry where that is 0; inf for an empty row.
    """
    n, m = cost.shape
    column_least = np.full(m, np.inf)
    finite, largest, must, positive = True, 0.0, 0.0, np.inf
    for i in range(n):
        row_least = np.inf
        for j in range(m):
            size = abs(cost[i, j])
            finite &= size < np.inf
            largest = max(largest, size)
            row_least = min(row_least, size)
            column_least[j] = min(column_least[j], size)
            if 0.0 < size < positive:
                positive = size
        must = max(must, row_least)
    for j in range(m):
        must = max(must, column_least[j])
    return finite, largest, must if must > 0.0 else positive


@sum_kernel
def _row_sum(row):
    """Return the sum of a 1-D array, nan if it holds a nan, and not finite if it holds an inf."""
    total = 0.0
    for j in range(row.shape[0]):
        total += row[j]
    return total


@kernel
def surely_finite(cost):
    """Return whether the sums of all rows of cost (n, m) are finite, which no nan or inf survives."""
    finite = True
    for i in range(cost.shape[0]):
        finite &= abs(_row_sum(cost[i])) < np.inf
    return finite


@kernel
def balanced(a, b, tolerance):
    """Return whether a and b are finite, non-negative, of positive totals, equal up to the relative tolerance."""
    total_a, total_b, fine = 0.0, 0.0, True
    for i in range(a.shape[0]):
        fine &= 0.0 <= a[i] < np.inf
        total_a += a[i]
    for j in range(b.shape[0]):
        fine &= 0.0 <= b[j] < np.inf
        total_b += b[j]
    return fine and total_a > 0.0 and abs(total_a - total_b) <= tolerance * max(total_a, total_b)


@kernel
def checked_value(cost, a, b, tolerance, spread):
    """Return (value for the total of a, True), or (0, False) where input needs words, caps or more pivots."""
    if a.shape[0] != cost.shape[0] or b.shape[0] != cost.shape[1] or not balanced(a, b, tolerance):
        return 0.0, False
    finite, largest, must = cost_facts(cost)
    if not finite or largest > spread * must:
        return 0.0, False
    value, converged = optimal_value(cost, a, b, 50 * (a.shape[0] + b.shape[0]) + 10000)
    total = 0.0
    for i in range(a.shape[0]):
        total += a[i]
    return value * total, converged
