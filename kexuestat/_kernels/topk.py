"""Kernels of soft top-k: subsets of size k with chance proportional to exp of their sum, and threshold methods.

Subsets: with λ such that the sum of σ(x - λ) is k, p̃ = σ(x - λ), q̃ = σ(λ - x), the sum over subsets is a
Poisson-binomial chance, F[i+1, j] = F[i, j] q̃ + F[i, j-1] p̃: all terms positive, no logarithm, no cancellation.
The backward table B is the same from the other end. O(n k) time and scratch. Rows are already divided by tau.
"""

import math

import numpy as np

from kexuestat._kernels._jit import inline_kernel, kernel
from kexuestat._kernels.double_double import _two_sum
from kexuestat._kernels.random import random_uniform, stream_key


@inline_kernel
def _logistic(z):
    """Return σ(z) with full relative accuracy, and σ(-z)."""
    e = math.exp(-abs(z))
    small, large = e / (1.0 + e), 1.0 / (1.0 + e)
    return (large, small) if z >= 0.0 else (small, large)


@kernel
def _logistic_threshold(x, k):
    """Return the λ at which the sum of σ(x - λ) is k, 0 < k < n, by Newton's method inside a bracket."""
    n = x.shape[0]
    shift = math.log(k / (n - k))
    low, high = np.min(x) - shift - 1e-9, np.max(x) - shift + 1e-9
    threshold = 0.5 * low + 0.5 * high
    for _ in range(200):
        total, slope = -float(k), 0.0
        for i in range(n):
            p, q = _logistic(x[i] - threshold)
            total += p
            slope += p * q
        if total >= 0.0:
            low = threshold
        if total <= 0.0:
            high = threshold
        step = threshold + total / slope if slope > 0.0 else 0.5 * low + 0.5 * high
        if not low <= step <= high:
            step = 0.5 * low + 0.5 * high
        if abs(step - threshold) <= 2e-16 * abs(threshold) or low == high:
            return step
        threshold = step
    return threshold


@kernel
def _tilts(x, threshold, p, q):
    """Write σ(x - λ) and σ(λ - x); the rounding of x - λ is made up for."""
    for i in range(x.shape[0]):
        z, low = _two_sum(x[i], -threshold)
        p[i], q[i] = _logistic(z)
        p[i] += p[i] * q[i] * low
        q[i] -= p[i] * q[i] * low


@kernel
def _forward_table(p, q, k, table):
    """Fill table[i, j], the chance that j of the first i trials succeed, for j <= k."""
    n = p.shape[0]
    table[0] = 0.0
    table[0, 0] = 1.0
    for i in range(n):
        table[i + 1, 0] = table[i, 0] * q[i]
        for j in range(1, k + 1):
            table[i + 1, j] = table[i, j] * q[i] + table[i, j - 1] * p[i]


@kernel
def _backward_table(p, q, k, table):
    """Fill table[i, j], the chance that j of the trials from i on succeed, for j <= k."""
    n = p.shape[0]
    table[n] = 0.0
    table[n, 0] = 1.0
    for i in range(n - 1, -1, -1):
        table[i, 0] = table[i + 1, 0] * q[i]
        for j in range(1, k + 1):
            table[i, j] = table[i + 1, j] * q[i] + table[i + 1, j - 1] * p[i]


@kernel
def _inclusions(p, q, k, forward, backward, chosen, left):
    """Write the chances that entry i is in the subset, and that it is not."""
    n = p.shape[0]
    whole = forward[n, k]
    for i in range(n):
        with_i, without = 0.0, 0.0
        for j in range(k):
            with_i += forward[i, j] * backward[i + 1, k - 1 - j]
        for j in range(k + 1):
            without += forward[i, j] * backward[i + 1, k - j]
        chosen[i] = p[i] * with_i / whole
        left[i] = q[i] * without / whole


@kernel
def _pull_tables(p, q, k, g, forward, backward, out):
    """Write the covariance of the inclusions times g, by the derivative of both tables along g.

    The mean of sum g over subsets, and given that i is in or out, comes from tables of weighted sums.
    """
    n = p.shape[0]
    ahead, behind = np.zeros((n + 1, k + 1)), np.zeros((n + 1, k + 1))
    for i in range(n):
        for j in range(k + 1):
            ahead[i + 1, j] = ahead[i, j] * q[i]
            if j > 0:
                ahead[i + 1, j] += (ahead[i, j - 1] + g[i] * forward[i, j - 1]) * p[i]
    for i in range(n - 1, -1, -1):
        for j in range(k + 1):
            behind[i, j] = behind[i + 1, j] * q[i]
            if j > 0:
                behind[i, j] += (behind[i + 1, j - 1] + g[i] * backward[i + 1, j - 1]) * p[i]
    whole = forward[n, k]
    mean = ahead[n, k] / whole
    for i in range(n):
        with_i, total = 0.0, 0.0
        for j in range(k):
            chance = forward[i, j] * backward[i + 1, k - 1 - j]
            total += chance
            with_i += ahead[i, j] * backward[i + 1, k - 1 - j] + forward[i, j] * behind[i + 1, k - 1 - j]
        out[i] = p[i] / whole * (with_i + (g[i] - mean) * total)


@kernel
def _log_weight(x, threshold, k, chance):
    """Return ln Z = ln F + sum ln(1 + e^(x - λ)) + k λ."""
    total, low = math.log(chance), 0.0
    for i in range(x.shape[0]):
        z = x[i] - threshold
        total, error = _two_sum(total, max(z, 0.0) + math.log1p(math.exp(-abs(z))))
        low += error
    total, error = _two_sum(total, k * threshold)
    return total + (low + error)


@kernel
def subset_rows(x, k, g, p, log_weight, pulled):
    """Write inclusion chances (rows, n), ln Z (rows,) and the pullback of g, for 0 < k < n, finite x.

    For k > n / 2 the complement is counted: (-x, n - k), whose exclusion chances are the answer.
    """
    n = x.shape[1]
    mirrored = 2 * k > n
    size = n - k if mirrored else k
    forward, backward = np.empty((n + 1, size + 1)), np.empty((n + 1, size + 1))
    tilt, rest = np.empty(n), np.empty(n)
    other = np.empty(n)
    for i in range(x.shape[0]):
        row = -x[i] if mirrored else x[i].copy()
        threshold = _logistic_threshold(row, size)
        _tilts(row, threshold, tilt, rest)
        _forward_table(tilt, rest, size, forward)
        _backward_table(tilt, rest, size, backward)
        if mirrored:
            _inclusions(tilt, rest, size, forward, backward, other, p[i])
        else:
            _inclusions(tilt, rest, size, forward, backward, p[i], other)
        log_weight[i] = _log_weight(row, threshold, size, forward[n, size]) + (np.sum(x[i]) if mirrored else 0.0)
        _pull_tables(tilt, rest, size, g[i], forward, backward, pulled[i])


@kernel
def _exp_threshold(ordered, k):
    """Return the λ with sum min(1, e^(x - λ)) = k, from a row in falling order."""
    n = ordered.shape[0]
    tail = np.empty(n + 1)  # tail[m]: ln of the sum of e^x over the entries from m on
    tail[n] = -np.inf
    for m in range(n - 1, -1, -1):
        high, low = max(ordered[m], tail[m + 1]), min(ordered[m], tail[m + 1])
        tail[m] = high + math.log1p(math.exp(low - high))
    for m in range(k):
        threshold = tail[m] - math.log(float(k - m))
        if ordered[m] <= threshold:
            return threshold
    return ordered[k - 1]


@kernel
def _laplace_threshold(ordered, k):
    """Return the λ at which the Laplace steps of x - λ sum to k, from a row in falling order."""
    n = ordered.shape[0]
    for m in range(n + 1):
        above, below = 0.0, 0.0  # A = sum over the m largest of e^-x, B = sum over the rest of e^x, from a centre
        centre = ordered[min(max(m, 1), n) - 1]
        for i in range(m):
            above += math.exp(centre - ordered[i])
        for i in range(m, n):
            below += math.exp(ordered[i] - centre)
        d = float(k - m)
        root = math.sqrt(d * d + above * below)
        shift = math.log(below) - math.log(root + d) if d >= 0.0 and below > 0.0 else math.log((root - d) / above)
        threshold = centre + shift
        if (m == 0 or ordered[m - 1] >= threshold) and (m == n or ordered[m] <= threshold):
            return threshold
    return ordered[k - 1]


@kernel
def threshold_rows(x, ordered, k, method, threshold, p, slope):
    """Write λ (rows,), p = f(x - λ) and f' (rows, n); method 0 min(1, e^x), 1 logistic, 2 Laplace; 0 < k < n."""
    for i in range(x.shape[0]):
        if method == 0:
            threshold[i] = _exp_threshold(ordered[i], k)
        elif method == 1:
            threshold[i] = _logistic_threshold(x[i], k)
        else:
            threshold[i] = _laplace_threshold(ordered[i], k)
        for j in range(x.shape[1]):
            z = x[i, j] - threshold[i]
            if method == 1:
                p[i, j], q = _logistic(z)
                slope[i, j] = p[i, j] * q
            elif method == 0:
                p[i, j] = math.exp(min(z, 0.0))
                slope[i, j] = p[i, j] if z < 0.0 else (0.5 if z == 0.0 else 0.0)
            else:
                slope[i, j] = 0.5 * math.exp(-abs(z))
                p[i, j] = slope[i, j] if z < 0.0 else 1.0 - slope[i, j]


@kernel
def sample_subset_rows(x, k, seed, purpose, out):
    """Write subsets of size k, indices rising, to out (draws, rows, k): draw d of row r has its own random stream."""
    draws, n_rows = out.shape[:2]
    n = x.shape[1]
    tilt, rest, table = np.empty(n), np.empty(n), np.empty((n + 1, k + 1))
    for r in range(n_rows):
        _tilts(x[r], _logistic_threshold(x[r], k), tilt, rest)
        _forward_table(tilt, rest, k, table)
        for d in range(draws):
            key = stream_key(seed, purpose, d * n_rows + r)
            left = k
            for i in range(n - 1, -1, -1):
                if left > 0:
                    take = table[i, left - 1] * tilt[i]
                    if left > i or random_uniform(key, i) * table[i + 1, left] < take:
                        left -= 1
                        out[d, r, left] = i
