"""Kernel of the smooth floor and its slope: the floor convolved with a mollifier.

With u = x - ⌊x⌋: ⌊x⌋ + sum over n >= 1 of S((n - u) / w) - sum over n >= 0 of S((n + u) / w) where the kernel is
narrow; x - 1/2 + sum over k >= 1 of φ̂(2πkw) sin(2πkx) / (πk) where it is wide; closed forms for the Laplace kernel
and, by periodic Bernoulli polynomials, for wide kernels of bounded support. Codes of mollifiers stand in ``tails``.
"""

import math

import numpy as np

from kexuestat._kernels._jit import inline_kernel, kernel
from kexuestat._kernels.tails import _density, _tail_step


@kernel
def _by_sum(code, u, w):
    """Return the difference to ⌊x⌋, and the slope, by summing tails until they vanish."""
    value, slope = 0.0, 0.0
    for n in range(64, -1, -1):
        if (n - 1) < 45.0 * w:
            value += _tail_step(code, (n + 1 - u) / w) - _tail_step(code, (n + u) / w)
            slope += (_density(code, (n + 1 - u) / w) + _density(code, (n + u) / w)) / w
    return value, slope


@kernel
def _by_series(code, u, w):
    """Return the difference to ⌊x⌋, and the slope, by the Fourier series."""
    value, slope = u - 0.5, 1.0
    for k in range(1, 40):
        s = 2.0 * math.pi * k * w
        if code == 0:
            t = math.pi * s
            weight = 2.0 * t * math.exp(-t) / -math.expm1(-2.0 * t) if t < 700.0 else 0.0
        else:
            weight = math.exp(-0.5 * s * s)
        if weight < 1e-18:
            break
        angle = 2.0 * math.pi * k * u
        value += weight * math.sin(angle) / (math.pi * k)
        slope += 2.0 * weight * math.cos(angle)
    return value, slope


@kernel
def _laplace(u, w):
    """Return the difference to ⌊x⌋, and the slope, of the Laplace kernel."""
    if w < 0.05:
        up, down, total = math.exp((u - 1.0) / w), math.exp(-u / w), -math.expm1(-1.0 / w)
        return 0.5 * (up - down) / total, 0.5 * (up + down) / (w * total)
    z = (u - 0.5) / w
    total = 2.0 * math.sinh(0.5 / w)
    return math.sinh(z) / total, math.cosh(z) / (w * total)


@inline_kernel
def _bernoulli(t):
    """Return the periodic Bernoulli polynomials of degree 1 to 4 at t."""
    v = t - math.floor(t)
    q = v * (v - 1.0)
    return v - 0.5, q + 1.0 / 6.0, q * (v - 0.5), q * q - 1.0 / 30.0


@kernel
def _by_bernoulli(code, u, w):
    """Return the difference to ⌊x⌋, and the slope, of a wide kernel of bounded support."""
    reach = 0.5 * w if code == 3 else w
    a1, a2, a3, a4 = _bernoulli(u + reach)
    b1, b2, b3, b4 = _bernoulli(u - reach)
    _, c2, c3, _ = _bernoulli(u)
    if code == 3:
        wave, slope = (a2 - b2) / (2.0 * w), (a1 - b1) / w
    elif code == 4:
        wave, slope = (a3 - 2.0 * c3 + b3) / (6.0 * w * w), (a2 - 2.0 * c2 + b2) / (2.0 * w * w)
    else:
        wave = ((a3 + b3) / 4.0 + (b4 - a4) / (16.0 * w)) / (w * w)
        slope = (0.75 * (a2 + b2) + 0.25 * (b3 - a3) / w) / (w * w)
    return u - 0.5 - wave, 1.0 - slope


@kernel
def _hard(u):
    """Return the difference to ⌊x⌋, and the slope, of the floor itself, 1/2 below at integers."""
    return (-0.5, np.inf) if u == 0.0 else (0.0, 0.0)


@kernel
def _floor(x, w, code):
    """Return the smooth floor and its slope."""
    if not abs(x) < np.inf or w == np.inf:
        return x - 0.5, x - x + 1.0
    whole = np.floor(x)  # a float: large numbers fit no integer
    u = x - whole
    if w == 0.0:
        part, slope = _hard(u)
    elif code == 2:
        part, slope = _laplace(u, w)
    elif (code == 0 and w > 0.15) or (code == 1 and w > 0.3):
        part, slope = _by_series(code, u, w)
    elif code >= 3 and w > 1.0:
        part, slope = _by_bernoulli(code, u, w)
    else:
        part, slope = _by_sum(code, u, w)
    return whole + part, slope


@kernel
def floor_values(x, w, code, value, slope):
    """Write the smooth floor of every x (1-D) to value, its slope to slope."""
    for i in range(x.shape[0]):
        value[i], slope[i] = _floor(x[i], w[i if w.shape[0] > 1 else 0], code)
