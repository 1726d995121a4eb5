"""Optimal transport on the line: merge of the sorted points."""

import numpy as np

from kexuestat._kernels._jit import inline_kernel, kernel


@inline_kernel
def _power(distance, p):
    """Return distance^p; the usual powers without a call."""
    if p == 1.0:
        return distance
    return distance * distance if p == 2.0 else distance**p


@kernel
def merged_cost(x, y, a, b, p):
    """Return the sum of mass |x - y|^p along the merge of the sorted x (n,), y (m,) with weights a, b of total 1."""
    i, j, total = 0, 0, 0.0
    left_a, left_b = a[0], b[0]
    while True:
        mass = min(left_a, left_b)
        if mass > 0.0:
            total += mass * _power(abs(x[i] - y[j]), p)
        left_a -= mass
        left_b -= mass
        if left_a <= left_b:
            i += 1
            if i == x.shape[0]:
                return total
            left_a += a[i]
        else:
            j += 1
            if j == y.shape[0]:
                return total
            left_b += b[j]


@kernel
def projected_costs(X, Y, a, b, p, out):
    """Write merged_cost of every column of X (n, k) and Y (m, k) into out (k,); weights have equal, exact sums."""
    for c in range(X.shape[1]):
        x, y = X[:, c].copy(), Y[:, c].copy()
        first, second = np.argsort(x), np.argsort(y)
        out[c] = merged_cost(x[first], y[second], a[first], b[second], p)
