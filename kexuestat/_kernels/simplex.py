"""Exact optimal transport by the network simplex on a dense bipartite graph.

All n m arcs are implicit and none is artificial; potential[i] + potential[n + j] <= cost[i, j] is the dual, with
equality on the tree. Masses are whole numbers held in float64, so flows are exact.

``cost`` is flat: row i is the ``width`` entries from ``starts[i]`` on, a multiple of 8, those beyond m are inf, so that
rows may be picked from a larger table without copying. Columns without mass are left out.
"""

import numpy as np

from kexuestat._kernels._jit import inline_kernel, kernel
from kexuestat._kernels._simd import LANES, argmin_below
from kexuestat._kernels.start import _look_narrowly, _start
from kexuestat._kernels.tree import _MANY, _PARENT, _get, _pivot, _set_potentials, _View


@kernel
def _improve(cost, starts, view, n, size, width, tree, tolerance, limit):
    """Pivot until no reduced cost is below -tolerance, at most limit times; return (pivots, whether none is).

    The view is scanned; what is found there is judged by cost and starts, in double precision.
    """
    links, flow, potential = tree.links, tree.flow, tree.potential
    seen, places, sight = view.cost, view.starts, view.potential
    block = max(1, n // 16)
    pivots, idle, i = 0, 0, 0
    while idle < n:
        best, row, column = -tolerance, 0, -1
        for _ in range(block):
            j = argmin_below(seen, places[i], sight, n, width // LANES, potential[i] + best)
            if j >= 0:
                reduced = cost[starts[i] + j] - potential[n + j] - potential[i]
                if reduced < best and _get(links, i, _PARENT) != n + j and _get(links, n + j, _PARENT) != i:
                    best, row, column = reduced, i, n + j
            i = i + 1 if i + 1 < n else 0
        if column < 0:
            idle += block
            continue
        if pivots == limit:
            return pivots, False
        _pivot(links, flow, potential, sight, n, size, row, column, best)
        pivots += 1
        idle = 0
    return pivots, True


@inline_kernel
def _solve(cost, starts, n, m, width, a, b, tree, limit):
    """Return (root, pivots, converged, tolerance, value) and leave the optimal basis in tree; a and b are used up.

    The tolerance of a reduced cost is 1e-14 of the largest potential, whose rounding enters every reduced cost; never
    an absolute number, and not of the largest cost, which need not be in play. It is inf, and nothing solved, if a
    cost is not finite. Larger problems are first priced in single precision, with a tolerance above its rounding.
    """
    wide = _View(cost, starts, tree.potential, tree.means, tree.least)
    narrow = n * width >= _MANY and _look_narrowly(cost, starts, n, m, width, tree.narrow)
    if narrow:
        root, size = _start(tree.narrow, n, m, width, a, b, tree)
    else:
        root, size = _start(wide, n, m, width, a, b, tree)
    if size == 0:
        return 0, 0, False, np.inf, np.nan
    pivots = 0
    if narrow:
        tolerance = 1e-6 * _set_potentials(cost, starts, n, tree, root)[0]
        tree.narrow.potential[: n + width] = tree.potential[: n + width]
        pivots, _ = _improve(cost, starts, tree.narrow, n, size, width, tree, tolerance, limit)
    while True:
        largest, value = _set_potentials(cost, starts, n, tree, root)
        tolerance = 1e-14 * largest
        done, optimal = _improve(cost, starts, wide, n, size, width, tree, tolerance, limit - pivots)
        pivots += done
        if done == 0 or not optimal:
            if done > 0:
                value = _set_potentials(cost, starts, n, tree, root)[1]
            return root, pivots, optimal, tolerance, value
