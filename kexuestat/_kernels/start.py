"""The first tree of the network simplex: cheapest arcs first, by cost less the means of row and column.

With the order of rows by their mean, each filling its cheapest columns, twice as many pivots remain; a few Sinkhorn
sweeps instead of the means save a tenth at most, and their exponentials cost more than the whole start.
"""

import numpy as np

from kexuestat._kernels._jit import inline_kernel, kernel, sum_kernel
from kexuestat._kernels._simd import LANES, argmin_below
from kexuestat._kernels.tree import _PARENT, _padded, _set, _thread


@sum_kernel
def _mean(values):
    """Return the mean of a 1-D array, summed in any order: it only ranks first arcs."""
    total = 0.0
    for k in range(values.shape[0]):
        total += values[k]
    return total / values.shape[0]


@sum_kernel
def _mean_size(values):
    """Return the mean absolute value of a 1-D array, summed in any order."""
    total = 0.0
    for k in range(values.shape[0]):
        total += abs(values[k])
    return total / values.shape[0]


@kernel
def _column_means(cost, starts, n, m, means):
    """Write the mean of every column into means (m,)."""
    means[:] = 0.0
    for i in range(n):
        row = cost[starts[i] : starts[i] + m]
        for j in range(m):
            means[j] += row[j]
    for j in range(m):
        means[j] /= n


@inline_kernel
def _nearest(cost, start, width, price):
    """Return the open column that is cheapest for the row from start on at the given prices, and its reduced cost."""
    j = argmin_below(cost, start, price, 0, width // LANES, np.inf)
    return j, cost[start + j] - price[j]


@inline_kernel
def _fill(view, n, m, width, a, b, price, tree):
    """Fill the cheapest arc of all open rows and columns until none is left: parents, flows, nodes as they close.

    An arc is as cheap as its cost less the means of its row and column; the order makes half the pivots of filling row
    by row. a and b hold the masses and are used up; price is the mean of every column, -inf once it is closed. Returns
    the number of nodes.
    """
    rows = _padded(n)
    cost, starts, _, means, least = view
    links, sequence, choice = tree.links, tree.sequence, tree.order
    means[:rows], least[:rows] = 0.0, np.inf
    for i in range(n):
        means[i] = _mean(cost[starts[i] : starts[i] + m])
        choice[i], least[i] = _nearest(cost, starts[i], width, price)
    closed = 0
    for _ in range(n - 1):
        while True:
            i = argmin_below(least, 0, means, 0, rows // LANES, np.inf)
            j = choice[i]
            if price[j] > -np.inf:
                if a[i] <= b[j]:
                    break
                _set(links, n + j, _PARENT, i)
                tree.flow[n + j] = b[j]
                a[i] -= b[j]
                price[j] = -np.inf
                sequence[closed] = n + j
                closed += 1
            choice[i], least[i] = _nearest(cost, starts[i], width, price)
        _set(links, i, _PARENT, n + j)
        tree.flow[i] = a[i]
        b[j] -= a[i]
        least[i] = np.inf
        sequence[closed] = i
        closed += 1
    root = argmin_below(least, 0, means, 0, rows // LANES, np.inf)
    for j in range(m):
        if price[j] > -np.inf:
            _set(links, n + j, _PARENT, root)
            tree.flow[n + j] = b[j]
            sequence[closed] = n + j
            closed += 1
    sequence[closed] = root
    return closed + 1


@inline_kernel
def _start(view, n, m, width, a, b, tree):
    """Build a first strongly feasible tree; return its root, which stays, and the number of nodes, 0 if it fails.

    Columns without mass are absent: their potential is -inf for ever. It fails where a cost is not finite.
    """
    price = view.potential[n : n + width]
    _column_means(view.cost, view.starts, n, m, price[:m])
    price[m:], tree.potential[n + m : n + width] = 0.0, 0.0
    for j in range(m):
        if not abs(price[j]) < np.inf:
            return 0, 0
        if b[j] == 0.0:
            price[j], tree.potential[n + j] = -np.inf, -np.inf
        tree.flow[n + j] = 0.0
    size = _fill(view, n, m, width, a, b, price, tree)
    _thread(tree, size)
    return tree.sequence[size - 1], size


@kernel
def _look_narrowly(cost, starts, n, m, width, view):
    """Copy the rows into the view in single precision; return whether their range allows it."""
    total = 0.0
    for i in range(n):
        view.starts[i] = i * width
        line, row = view.cost[i * width : (i + 1) * width], cost[starts[i] : starts[i] + width]
        for j in range(width):
            line[j] = row[j]
        total += _mean_size(row[:m])
    return 1e-25 < total / n < 1e25
