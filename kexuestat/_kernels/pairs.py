"""Kernel of the smooth maximum of two numbers, elementwise, with its slope in the first.

With d = x - y, taken exactly: max(x, y) + w T(|d| / w) for a ramp, max(x, y) - |d| S(|d| / w) for a gate, and
(x^p + y^p)^(1/p), p = 1 / w, for the p-norm. Codes of mollifiers stand in ``tails``; 8 is the p-norm.
"""

import math

import numpy as np

from kexuestat._kernels._jit import kernel
from kexuestat._kernels.double_double import _two_sum
from kexuestat._kernels.mollify import _gate_slope, _scaled_tail, _step_tail


@kernel
def _pnorm(x, y, w):
    """Return the p-norm of two non-negative numbers and its slope in x."""
    top, low = max(x, y), min(x, y)
    if w == 0.0 or top == np.inf or top == 0.0:
        return top, 0.5 if x == y else float(np.int64(x > y))
    value = top * math.exp(w * math.log1p((low / top) ** (1.0 / w)))
    return value, (x / value) ** (1.0 / w - 1.0)


@kernel
def _pair(x, y, w, code, gated):
    """Return the smooth maximum and its slope in x."""
    if x != x or y != y:
        return np.nan, np.nan
    if code == 8:
        return _pnorm(x, y, w)
    d, low = _two_sum(x, -y) if x != y else (0.0, 0.0)
    low = low if abs(d) < np.inf else 0.0
    tail = _step_tail(code, d, low, w)
    if gated:
        return max(x, y) - (abs(d) * tail if tail != 0.0 else 0.0), _gate_slope(code, d, w)
    return max(x, y) + _scaled_tail(code, d, low, w), 1.0 - tail if d > 0.0 else tail


@kernel
def pair_maxima(x, y, w, code, gated, value, slope):
    """Write the smooth maximum of every pair (1-D) to value, its slope in x to slope."""
    for i in range(x.shape[0]):
        value[i], slope[i] = _pair(x[i], y[i], w[i if w.shape[0] > 1 else 0], code, gated)
