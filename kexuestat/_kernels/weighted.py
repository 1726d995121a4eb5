"""Statistics of data with weights: counts of a resample, Dirichlet weights or sample weights, in O(n).

w_i = weights, V = their sum. Sorted data have positions 0 … V - 1: entry i fills [C_i, C_i + w_i), C_i the weight
before it. The quantile q lies at position q (V - 1), linearly between its two neighbours, so whole weights give what
numpy's default gives for the repeated data.
"""

import math

import numpy as np

from kexuestat._kernels._jit import kernel
from kexuestat._kernels.lanes import lane_dot

MEDIAN, MIN, MAX, MIDRANGE, RANGE, IQR, TRIMMED_MEAN, MAD, GINI = range(9)
_TRIM = 0.1
_MAD_FACTOR = 1.482602218505602  # 1 / (the upper quartile of the standard normal)


@kernel
def _at_position(values, weights, position):
    """Return the entry of sorted values at a position: the first i with C_i + w_i > position, w_i > 0."""
    before = 0.0
    last = 0
    for i in range(values.shape[0]):
        if weights[i] > 0.0:
            last = i
            before += weights[i]
            if before > position:
                break
    return values[last]


@kernel
def _quantile(values, weights, total, q):
    """Return the weighted quantile q of sorted values."""
    position = q * (total - 1.0)
    if position < 0.0:
        position = 0.0
    low = math.floor(position)
    share = position - low
    below = _at_position(values, weights, low)
    if share == 0.0:
        return below
    above = _at_position(values, weights, low + 1.0)
    return below + share * (above - below)


@kernel
def _end(values, weights, backward):
    """Return the smallest (or, backward, largest) value of positive weight."""
    n = values.shape[0]
    for i in range(n):
        j = n - 1 - i if backward else i
        if weights[j] > 0.0:
            return values[j]
    return np.nan


@kernel
def _trimmed_mean(values, weights, total):
    """Return the mean without the lowest and highest floor(V / 10) of weight."""
    cut = math.floor(_TRIM * total)
    before, used, result = 0.0, 0.0, 0.0
    for i in range(values.shape[0]):
        inside = min(before + weights[i], total - cut) - max(before, cut)
        before += weights[i]
        if inside > 0.0:
            used += inside
            result += inside * values[i]
    return result / used


@kernel
def _gini(values, weights, total):
    """Return the Gini coefficient: sum of w_i x_i (2 C_i + w_i - V) over V times the sum of w_i x_i."""
    before, spread, mass = 0.0, 0.0, 0.0
    for i in range(values.shape[0]):
        spread += weights[i] * values[i] * (2.0 * before + weights[i] - total)
        mass += weights[i] * values[i]
        before += weights[i]
    return spread / (total * mass)


@kernel
def _mad(values, weights, total):
    """Return 1.4826 times the weighted median of the distances from the weighted median."""
    n = values.shape[0]
    centre = _quantile(values, weights, total, 0.5)
    distances, ordered = np.empty(n), np.empty(n)
    right = np.searchsorted(values, centre)
    left = right - 1
    for k in range(n):
        from_left = left >= 0 and (right >= n or centre - values[left] <= values[right] - centre)
        i = left if from_left else right
        distances[k] = abs(values[i] - centre)
        ordered[k] = weights[i]
        if from_left:
            left -= 1
        else:
            right += 1
    return _MAD_FACTOR * _quantile(distances, ordered, total, 0.5)


@kernel
def sorted_statistic(code, values, weights):
    """Return the statistic of that code of ascending values with weights (float64, 1-D); nan if all weights are 0."""
    total = 0.0
    for i in range(weights.shape[0]):
        total += weights[i]
    if not total > 0.0:
        return np.nan
    if code == MEDIAN:
        return _quantile(values, weights, total, 0.5)
    if code == IQR:
        return _quantile(values, weights, total, 0.75) - _quantile(values, weights, total, 0.25)
    if code == TRIMMED_MEAN:
        return _trimmed_mean(values, weights, total)
    if code == MAD:
        return _mad(values, weights, total)
    if code == GINI:
        return _gini(values, weights, total)
    low, high = _end(values, weights, False), _end(values, weights, True)
    if code == MIN:
        return low
    if code == MAX:
        return high
    return 0.5 * (low + high) if code == MIDRANGE else high - low


@kernel
def weighted_sorted_statistics(code, values, weights, out):
    """Write the statistic of ascending values under each row of weights (n_replicates × n) into out."""
    for b in range(weights.shape[0]):
        out[b] = sorted_statistic(code, values, weights[b])


@kernel
def weighted_power_sums(d, weights, sums):
    """Write the sums of w, w d, …, w d^k for each row of weights into sums (n_replicates × (k + 1))."""
    n = d.shape[0]
    power = np.empty(n)
    for b in range(weights.shape[0]):
        power[:] = 1.0
        for k in range(sums.shape[1]):
            sums[b, k] = lane_dot(power, weights[b], n)
            for j in range(n):
                power[j] *= d[j]


@kernel
def weighted_pair_sums(x, y, weights, sums):
    """Write the sums of w times 1, x, y, x², xy, y² for each row of weights into sums (n_replicates × 6)."""
    n = x.shape[0]
    term = np.empty(n)
    for b in range(weights.shape[0]):
        for k in range(6):
            for j in range(n):
                left = x[j] if k in (1, 3, 4) else (y[j] if k in (2, 5) else 1.0)
                right = x[j] if k == 3 else (y[j] if k in (4, 5) else 1.0)
                term[j] = left * right
            sums[b, k] = lane_dot(term, weights[b], n)
