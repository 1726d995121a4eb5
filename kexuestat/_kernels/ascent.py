"""A dual bound raised in steps: a column that more mass prefers than it holds becomes dearer until the excess leaves.

f_i = min_j (cost_ij - h_j) and h_j = min_i (cost_ij - f_i) are feasible for any start, so every step is a bound.
``cost`` is flat: row i is the ``width`` entries from ``starts[i]`` on, padded with inf to a multiple of 8.
"""

from typing import NamedTuple

import numpy as np

from kexuestat._kernels._jit import kernel
from kexuestat._kernels._simd import LANES, argmin_below

_ROUNDING = 1e-12  # of the terms of a bound: taken off, so that it holds in floating point


class _Climb(NamedTuple):
    """Potentials f, h; each row's column and how much dearer its next one is; mass that prefers a column, its rise."""

    f: np.ndarray
    h: np.ndarray
    choice: np.ndarray
    slack: np.ndarray
    load: np.ndarray
    rise: np.ndarray


@kernel
def _empty_climb(most):
    """Return the workspace for at most so many rows or padded columns."""
    return _Climb(
        np.empty(most), np.empty(most), np.empty(most, np.int64), np.empty(most), np.empty(most), np.empty(most)
    )


@kernel
def _least(flat, place, width, shift):
    """Return the least flat[place * width + i] - shift[i]."""
    i = max(argmin_below(flat, place * width, shift, 0, width // LANES, np.inf), 0)  # 0: all are inf
    return flat[place * width + i] - shift[i]


@kernel
def _lower(target, row, change):
    """Lower target to row - change wherever that is less."""
    for i in range(target.shape[0]):
        value = row[i] - change
        target[i] = value if value < target[i] else target[i]


@kernel
def _settle(cost, starts, n, m, width, a, b, climb):
    """Set h to the highest prices that f allows; return (a.f + b.h, sum of the sizes of its terms)."""
    f, h = climb.f, climb.h[:width]
    total, size = 0.0, 0.0
    h[:] = np.inf
    for i in range(n):
        _lower(h, cost[starts[i] : starts[i] + width], f[i])
        total += a[i] * f[i]
        size += a[i] * abs(f[i])
    h[m:] = 0.0  # the padding: inf less inf would be nan
    for j in range(m):
        total += b[j] * h[j]
        size += b[j] * abs(h[j])
    return total, size


@kernel
def _choose(cost, starts, n, m, width, a, climb):
    """Write every row's cheapest column, how much dearer its next one is, and the mass that prefers each column."""
    blocks, h = width // LANES, climb.h
    climb.load[:m], climb.rise[:m] = 0.0, 0.0
    for i in range(n):
        j = argmin_below(cost, starts[i], h, 0, blocks, np.inf)
        price, kept = cost[starts[i] + j] - h[j], h[j]
        h[j] = -np.inf
        second = argmin_below(cost, starts[i], h, 0, blocks, np.inf)
        h[j] = kept
        climb.choice[i] = j
        climb.slack[i] = cost[starts[i] + second] - h[second] - price if second >= 0 else np.inf
        climb.load[j] += a[i]


@kernel
def raised_bound(cost, starts, n, m, width, a, b, steps, climb):
    """Return a lower bound of the optimal cost between n rows and m columns of masses a and b, in masses times cost."""
    f, h = climb.f, climb.h
    h[:width] = 0.0
    best = -np.inf
    for step in range(steps + 1):
        if step > 0:
            _choose(cost, starts, n, m, width, a, climb)
            for i in np.argsort(climb.slack[:n], kind="mergesort"):
                j = climb.choice[i]
                if climb.load[j] > b[j] and climb.slack[i] < np.inf:
                    climb.load[j] -= a[i]
                    climb.rise[j] = climb.slack[i]
            for j in range(m):
                h[j] -= climb.rise[j]
        for i in range(n):
            j = argmin_below(cost, starts[i], h, 0, width // LANES, np.inf)
            f[i] = cost[starts[i] + j] - h[j]
        total, size = _settle(cost, starts, n, m, width, a, b, climb)
        best = max(best, total - _ROUNDING * size)
    return best
