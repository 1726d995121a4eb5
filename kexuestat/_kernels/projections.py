"""Kernels of entmax (sparsemax is alpha = 2) by rows: relu(βd - λ)^(1/β) with β = alpha - 1 and the λ that sums to 1.

d = x - max, so λ lies in [-1, -n^(-β)]; Newton's method from the left end, kept inside the bracket by bisection.
"""

import numpy as np

from kexuestat._kernels._jit import inline_kernel, kernel
from kexuestat._kernels.log_sum import _row_top
from kexuestat._kernels.softmax import _softmax_limit


@inline_kernel
def _power(base, beta):
    """Return base^(1/β) and base^(1/β - 1), for base > 0."""
    if beta == 1.0:
        return base, 1.0
    if beta == 0.5:
        return base * base, base
    value = base ** (1.0 / beta)
    return value, value / base


@kernel
def _excess(x, top, beta, threshold):
    """Return the sum of the entries minus 1, and minus its slope in the threshold, times β."""
    total, slope = -1.0, 0.0
    for i in range(x.shape[0]):
        base = beta * (x[i] - top) - threshold
        if base > 0.0:
            value, tilt = _power(base, beta)
            total += value
            slope += tilt
    return total, slope


@kernel
def _threshold(x, top, beta):
    """Return the λ at which the entries sum to 1."""
    low, high = -1.0, -(float(x.shape[0]) ** -beta)
    threshold = low
    for _ in range(200):
        total, slope = _excess(x, top, beta, threshold)
        if total >= 0.0:
            low = threshold
        if total <= 0.0:
            high = threshold
        step = threshold + beta * total / slope if slope > 0.0 else high
        if not low <= step <= high:
            step = 0.5 * (low + high)
        if abs(step - threshold) <= 1e-16 * abs(threshold) or low == high:
            return step
        threshold = step
    return threshold


@kernel
def entmax_rows(x, alpha, out):
    """Write entmax of every row of x (rows, n), alpha > 1, to out (rows, n)."""
    beta = alpha - 1.0
    for i in range(x.shape[0]):
        top = _row_top(x[i])
        if not abs(top) < np.inf or np.isnan(x[i]).any():
            _softmax_limit(x[i], top, 1.0, out[i])
            continue
        threshold = _threshold(x[i], top, beta)
        total = 0.0
        for j in range(x.shape[1]):
            base = beta * (x[i, j] - top) - threshold
            out[i, j] = _power(base, beta)[0] if base > 0.0 else 0.0
            total += out[i, j]
        for j in range(x.shape[1]):
            out[i, j] /= total


@kernel
def entmax_pullback_rows(p, alpha, g, out):
    """Write s (g - <s, g> / sum s) with s = p^(2 - alpha) on the support of p, for every row."""
    for i in range(p.shape[0]):
        weight, mean = 0.0, 0.0
        for j in range(p.shape[1]):
            out[i, j] = p[i, j] ** (2.0 - alpha) if p[i, j] > 0.0 else 0.0 * p[i, j]
            weight += out[i, j]
            mean += out[i, j] * g[i, j]
        for j in range(p.shape[1]):
            out[i, j] = out[i, j] * (g[i, j] - mean / weight) if out[i, j] != 0.0 else 0.0
