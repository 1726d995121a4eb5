"""Order statistics of all pairs of a sorted sample without making the pairs, and Weiszfeld's sums.

The k-th smallest of n² monotone values is found by halving the doubles themselves (their bits, in order, are
integers): at most 64 counts of O(n) each, exact to the bit. x_1 <= … <= x_n.
"""

import math

import numpy as np

from kexuestat._kernels._jit import inline_kernel, kernel

_LOWEST = np.int64(-(2**63))


@inline_kernel
def _to_order(value):
    """Return an int64 that orders like the float64 value."""
    bits = np.float64(value).view(np.int64)
    return bits if bits >= 0 else _LOWEST - bits


@inline_kernel
def _from_order(order):
    """Return the float64 of an int64 of _to_order."""
    return np.int64(order if order >= 0 else _LOWEST - order).view(np.float64)


@kernel
def _count_means(values, limit):
    """Return how many of (x_i + x_j) / 2, i <= j, are at most limit."""
    n = values.shape[0]
    count, j = 0, n - 1
    for i in range(n):
        while j >= 0 and 0.5 * values[i] + 0.5 * values[j] > limit:
            j -= 1
        if j < i:
            break
        count += j - i + 1
    return count


@kernel
def _count_gaps(values, limit):
    """Return how many of x_j - x_i, i < j, are at most limit."""
    n = values.shape[0]
    count, j = 0, 0
    for i in range(n):
        j = max(j, i)
        while j + 1 < n and values[j + 1] - values[i] <= limit:
            j += 1
        count += j - i
    return count


@kernel
def pair_order_statistic(values, rank, gaps):
    """Return the rank-th smallest (from 1) gap x_j - x_i, i < j, or mean (x_i + x_j)/2, i <= j, of sorted values."""
    n = values.shape[0]
    low = _to_order(0.0 if gaps else values[0])
    high = _to_order(values[n - 1] - values[0] if gaps else values[n - 1])
    while low < high:
        middle = (low & high) + ((low ^ high) >> np.int64(1))
        limit = _from_order(middle)
        count = _count_gaps(values, limit) if gaps else _count_means(values, limit)
        if count >= rank:
            high = middle
        else:
            low = middle + np.int64(1)
    return _from_order(low)


@kernel
def neighbour_distances(values, k, out):
    """Write, for each of the sorted values, its k-th smallest distance to a value, itself included, into out.

    The k nearest lie in a window of k neighbours; its far end is least where both ends are equally far.
    """
    n = values.shape[0]
    for i in range(n):
        low, high = max(0, i - k + 1), min(i, n - k)
        while low < high:
            middle = (low + high) // 2
            if values[i] - values[middle] > values[middle + k - 1] - values[i]:
                low = middle + 1
            else:
                high = middle
        best = max(values[i] - values[low], values[low + k - 1] - values[i])
        if low > max(0, i - k + 1):
            best = min(best, max(values[i] - values[low - 1], values[low + k - 2] - values[i]))
        out[i] = best


@kernel
def pull_towards(X, weights, point, pull):
    """Write the sum of w_i (x_i - y) / |x_i - y| over the rows off the point y into pull.

    Returns the sum of w_i / |x_i - y| over those rows and the weight of the rows at y.
    """
    p = X.shape[1]
    pull[:] = 0.0
    inverse, here = 0.0, 0.0
    for i in range(X.shape[0]):
        square = 0.0
        for j in range(p):
            square += (X[i, j] - point[j]) ** 2
        if square == 0.0:
            here += weights[i]
            continue
        share = weights[i] / math.sqrt(square)
        inverse += share
        for j in range(p):
            pull[j] += share * (X[i, j] - point[j])
    return inverse, here
