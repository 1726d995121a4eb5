"""Sums of powers of centred data, free of cancellation.

The centre is found in two steps: a data value near the mean (for whole numbers the differences from it are exact),
then the mean of those differences. Deviations are scaled by a power of two, so high powers do not overflow.
"""

import math

import numpy as np

from kexuestat._kernels._jit import kernel
from kexuestat._kernels.lanes import lane_sum

_BLOCK = 1024


@kernel
def _nearest(x, target):
    """Return the entry of x nearest to target, the first of several; x[0] if target is not finite."""
    best = x[0]
    for i in range(1, x.shape[0]):
        if abs(x[i] - target) < abs(best - target):
            best = x[i]
    return best


@kernel
def _scale_exponent(d):
    """Return e with max |d| in [2**(e-1), 2**e), or 0 for zeros."""
    largest = 0.0
    for i in range(d.shape[0]):
        largest = max(largest, abs(d[i]))
    return math.frexp(largest)[1]


@kernel
def centre_row(x, d):
    """Write x - mean, times 2**-e, into d (float64, 1-D); return anchor, rest (mean = anchor + rest) and e."""
    n = x.shape[0]
    anchor = _nearest(x, lane_sum(x, n) / n)
    for i in range(n):
        d[i] = x[i] - anchor
    rest = lane_sum(d, n) / n
    for i in range(n):
        d[i] -= rest
    exponent = _scale_exponent(d)
    scale = math.ldexp(1.0, -exponent) if exponent > -1000 else 1.0
    exponent = exponent if exponent > -1000 else 0
    for i in range(n):
        d[i] *= scale
    return anchor, rest, exponent


@kernel
def _power_sums(d, sums):
    """Write the sums of d**2, d**3, … into sums, block by block."""
    power, part = np.empty(_BLOCK), np.empty(_BLOCK)
    sums[:] = 0.0
    for start in range(0, d.shape[0], _BLOCK):
        count = min(_BLOCK, d.shape[0] - start)
        for j in range(count):
            part[j] = d[start + j]
            power[j] = part[j]
        for k in range(sums.shape[0]):
            for j in range(count):
                power[j] *= part[j]
            sums[k] += lane_sum(power, count)


@kernel
def centred_power_sums(x, sums, centres, exponents):
    """Write, for each row of x (n_rows × n), the sums of powers 2, 3, … of ((x - mean) / 2**e).

    sums (n_rows × k), centres (n_rows × 2: anchor and rest) and exponents (int64, n_rows) are written.
    """
    d = np.empty(x.shape[1])
    for row in range(x.shape[0]):
        anchor, rest, exponent = centre_row(x[row], d)
        centres[row, 0], centres[row, 1] = anchor, rest
        exponents[row] = exponent
        _power_sums(d, sums[row])
