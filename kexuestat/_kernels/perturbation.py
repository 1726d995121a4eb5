"""Kernels of the maximum under normal noise, by the trapezoid rule, and of normalisation to a wanted entropy.

p_i = ∫ φ(t - x_i) prod over j != i of Φ(t - x_j) dt = ∫ r_i P dt, with r = φ/Φ and P the product of all Φ. The
integrand is analytic and dies like a Gaussian, so a step of 1/16 over ±9.5 around the maximum leaves less than 1e-13.
"""

import math

import numpy as np

from kexuestat._kernels._jit import kernel
from kexuestat._kernels.log_sum import _row_top
from kexuestat._kernels.softmax import _softmax_limit
from kexuestat._kernels.tails import _normal_density, _normal_tail

_STEP = 0.0625
_HALF = 152  # steps to either side


@kernel
def _hazards(x, t, hazard):
    """Write φ/Φ at t - x to hazard; return the product of all Φ."""
    log_product = 0.0
    for i in range(x.shape[0]):
        z = t - x[i]
        tail = _normal_tail(abs(z))
        chance = tail if z < 0.0 else 1.0 - tail
        hazard[i] = _normal_density(abs(z)) / chance if chance > 0.0 else 0.0
        log_product += math.log(chance) if z < 0.0 else math.log1p(-tail)
    return math.exp(log_product)


@kernel
def perturbed_rows(x, g, p, pulled):
    """Write P(row entry is largest under unit normal noise) to p, and the pullback of g to pulled; all (rows, n)."""
    hazard = np.empty(x.shape[1])
    for i in range(x.shape[0]):
        top = _row_top(x[i])
        p[i] = 0.0
        pulled[i] = 0.0
        if not abs(top) < np.inf or np.isnan(x[i]).any():
            _softmax_limit(x[i], top, 1.0, p[i])
            continue
        for step in range(-_HALF, _HALF + 1):
            product = _STEP * _hazards(x[i], top + _STEP * step, hazard)
            rate, drift = 0.0, 0.0
            for j in range(x.shape[1]):
                rate += hazard[j]
                drift += hazard[j] * g[i, j]
            for j in range(x.shape[1]):
                p[i, j] += product * hazard[j]
                pulled[i, j] += product * hazard[j] * (g[i, j] * rate - drift)


@kernel
def _tilted(logs, gamma):
    """Return entropy and variance of ln p under p^γ / sum, from logs of p relative to its maximum."""
    total, first, second = 0.0, 0.0, 0.0
    for i in range(logs.shape[0]):
        if logs[i] > -np.inf:
            weight = math.exp(gamma * logs[i])
            total += weight
            first += weight * logs[i]
    first /= total
    for i in range(logs.shape[0]):
        if logs[i] > -np.inf:
            second += math.exp(gamma * logs[i]) * (logs[i] - first) * (logs[i] - first)
    return math.log(total) - gamma * first, second / total


@kernel
def _exponent(logs, target):
    """Return the γ >= 0 at which p^γ / sum has the entropy wanted (nats)."""
    gamma, low, high = 1.0, 0.0, np.inf
    for _ in range(300):
        entropy, variance = _tilted(logs, gamma)
        if abs(entropy - target) <= 1e-15 * max(1.0, target):
            return gamma
        if entropy > target:
            low = gamma
        else:
            high = gamma
        step = gamma - (target - entropy) / (gamma * variance) if gamma * variance > 0.0 else -1.0
        if not low < step < high:
            step = 0.5 * (low + high) if high < np.inf else 2.0 * gamma
        if step == gamma:
            return gamma
        gamma = step
    return gamma


@kernel
def entropy_exponents(p, target, gamma):
    """Write the exponent that gives every row of p >= 0 (rows, n) its wanted entropy; nan if it has no such."""
    for i in range(p.shape[0]):
        top = np.max(p[i])
        ties, support = 0, 0
        for j in range(p.shape[1]):
            ties += p[i, j] == top
            support += p[i, j] > 0.0
        least, most = math.log(float(ties)), math.log(float(support))
        slack = 1e-15 * max(1.0, most)
        if not (top > 0.0 and least - slack <= target[i] <= most + slack):
            gamma[i] = np.nan
        elif ties == support:
            gamma[i] = 1.0
        elif target[i] >= most:
            gamma[i] = 0.0
        elif target[i] <= least:
            gamma[i] = np.inf
        else:
            gamma[i] = _exponent(np.log(p[i] / top), target[i])
