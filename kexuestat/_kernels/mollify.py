"""Kernels of smoothing by convolution: ramp, step, density, sign, absolute value and gate of every mollifier.

With z = x / w: ramp w Ψ(z), step Φ(z), density φ(z) / w. The rounding of z is made up for to first order, so that
exponential tails stay exact for every width. Codes of mollifiers stand in ``tails``; quantities: 0 ramp, 1 step,
2 density, 3 slope of the density, 4 sign, 5 slope of the sign, 6 absolute value, 7 gate x Φ(z), 8 slope of the gate.
Each quantity's derivative is another. w = 0 is the hard function. Arrays are float64; w has one entry, or one per x.
"""

import math

import numpy as np

from kexuestat._kernels._intrinsics import fma
from kexuestat._kernels._jit import inline_kernel, kernel
from kexuestat._kernels.double_double import _two_sum
from kexuestat._kernels.tails import _density, _density_slope, _drop, _half_step, _tail_ramp, _tail_step


@inline_kernel
def _quotient(d, low, w):
    """Return |z| and its rounding error, where z = (d + low) / w."""
    z = d / w
    rest = (fma(-z, w, d) + low) / w
    usable = abs(rest) < abs(z) and abs(z) < 1e6
    return abs(z), (rest if d > 0.0 else -rest) if usable else 0.0


@kernel
def _scaled_tail(code, d, low, w):
    """Return w T(|z|)."""
    if w == 0.0:
        return 0.0
    a, error = _quotient(d, low, w)
    tail = _tail_ramp(code, a)
    return w * (tail - _tail_step(code, a) * error if error != 0.0 else tail) if tail != 0.0 else 0.0


@kernel
def _step_tail(code, d, low, w):
    """Return S(|z|); at w = 0 it is 1/2 at d = 0, else 0."""
    if w == 0.0:
        return (0.5 if d == 0.0 else 0.0) if d == d else d
    a, error = _quotient(d, low, w)
    tail = _tail_step(code, a)
    return tail - _density(code, a) * error if error != 0.0 and tail > 0.0 else tail


@kernel
def _scaled_density(code, d, low, w):
    """Return φ(z) / w; at w = 0 it is infinite at d = 0, else 0."""
    if w == 0.0:
        return (np.inf if d == 0.0 else 0.0) if d == d else d
    a, error = _quotient(d, low, w)
    density = _density(code, a)
    return (density + _density_slope(code, a) * error if error != 0.0 else density) / w


@kernel
def _sign(code, d, low, w):
    """Return 2 Φ(z) - 1."""
    if w == 0.0:
        return math.copysign(1.0, d) if d != 0.0 and d == d else d
    a, error = _quotient(d, low, w)
    half = _half_step(code, a)
    return math.copysign(2.0 * (half + _density(code, a) * error if error != 0.0 else half), d)


@kernel
def _gate(code, x, w):
    """Return x Φ(x / w)."""
    tail = _step_tail(code, x, 0.0, w)
    if x > 0.0:
        return x - x * tail if tail != 0.0 else x
    return x * tail if tail != 0.0 or x != x else 0.0


@kernel
def _gate_slope(code, x, w):
    """Return Φ(z) + z φ(z)."""
    tail = _step_tail(code, x, 0.0, w)
    bump = x * _scaled_density(code, x, 0.0, w) if abs(x) < np.inf and x != 0.0 else 0.0
    return (1.0 - tail) + bump if x > 0.0 else tail + bump


@kernel
def _quantity(code, which, x, w):
    """Return one quantity of one mollifier at x."""
    if which == 0:
        return max(x, 0.0) + _scaled_tail(code, x, 0.0, w) if x == x else x
    if which == 1:
        tail = _step_tail(code, x, 0.0, w)
        return 1.0 - tail if x > 0.0 else tail
    if which == 2:
        return _scaled_density(code, x, 0.0, w)
    if which == 3:
        a, _ = _quotient(x, 0.0, w)
        return math.copysign(_density_slope(code, a), -x) / w / w if w > 0.0 else np.nan
    if which == 4:
        return _sign(code, x, 0.0, w)
    if which == 5:
        return 2.0 * _scaled_density(code, x, 0.0, w)
    if which == 6:
        return abs(x) + 2.0 * _scaled_tail(code, x, 0.0, w)
    if which == 7:
        return _gate(code, x, w)
    return _gate_slope(code, x, w)


@kernel
def mollified_values(x, w, code, which, out):
    """Write one quantity of one mollifier at every x (1-D) to out."""
    for i in range(x.shape[0]):
        out[i] = _quantity(code, which, x[i], w[i if w.shape[0] > 1 else 0])


@kernel
def mollified_pairs(x, w, code, which, slope, out, grad):
    """Write two quantities, a function and its derivative, in one pass."""
    for i in range(x.shape[0]):
        own = w[i if w.shape[0] > 1 else 0]
        out[i] = _quantity(code, which, x[i], own)
        grad[i] = _quantity(code, slope, x[i], own)


@kernel
def _hard_segment(x, breaks, slopes, intercepts):
    """Return the piecewise-linear function at x, the mean of both sides at a jump."""
    j = np.searchsorted(breaks, x)
    value = slopes[j] * x + intercepts[j] if slopes[j] != 0.0 else intercepts[j]
    if j < breaks.shape[0] and breaks[j] == x:
        right = slopes[j + 1] * x + intercepts[j + 1] if slopes[j + 1] != 0.0 else intercepts[j + 1]
        return 0.5 * (value + right)
    return value


@inline_kernel
def _is_wide(x, w, breaks):
    """Return whether all breaks lie within half a width of x, so that their tails nearly cancel."""
    n = breaks.shape[0]
    return n > 0 and abs(x) < np.inf and max(abs(x - breaks[0]), abs(x - breaks[n - 1])) <= 0.5 * w


@kernel
def _wide_change(x, w, code, pieces):
    """Return the sum of the tails w T(|x - b| / w) times the changes of slope, by T(0) and what T has dropped."""
    net, change = 0.0, 0.0
    for j in range(pieces.shape[1]):
        d = abs(x - pieces[0, j])
        net += pieces[1, j]
        change -= pieces[1, j] * d * _drop(code, d / w)
    return change + w * _tail_ramp(code, 0.0) * net if net != 0.0 else change


@kernel
def piecewise_values(x, w, code, pieces, slopes, intercepts, out):
    """Write a smoothed piecewise-linear function: the hard one plus the tails of its breaks.

    pieces (3, n) holds breakpoints, changes of slope and jumps; slopes, intercepts (n + 1,) the lines between them.
    """
    for i in range(x.shape[0]):
        own = w[i if w.shape[0] > 1 else 0]
        wide = _is_wide(x[i], own, pieces[0])
        change = _wide_change(x[i], own, code, pieces) if wide else 0.0
        for j in range(pieces.shape[1]):
            d, low = _two_sum(x[i], -pieces[0, j])
            if pieces[1, j] != 0.0 and not wide:
                change += pieces[1, j] * _scaled_tail(code, d, low, own)
            if pieces[2, j] != 0.0 and d != 0.0:
                change -= pieces[2, j] * math.copysign(_step_tail(code, d, low, own), d)
        out[i] = _hard_segment(x[i], pieces[0], slopes, intercepts) + change if x[i] == x[i] else x[i]


@kernel
def piecewise_slopes(x, w, code, pieces, slopes, out):
    """Write the derivative of a smoothed piecewise-linear function."""
    for i in range(x.shape[0]):
        own = w[i if w.shape[0] > 1 else 0]
        wide = _is_wide(x[i], own, pieces[0])
        base = 0.5 * (slopes[0] + slopes[-1]) if wide else slopes[np.searchsorted(pieces[0], x[i])]
        change = 0.0
        for j in range(pieces.shape[1]):
            d, low = _two_sum(x[i], -pieces[0, j])
            if pieces[1, j] != 0.0 and wide:
                change += 0.5 * pieces[1, j] * _sign(code, d, low, own)
            elif pieces[1, j] != 0.0:
                tail = _step_tail(code, d, low, own)
                change += pieces[1, j] * (0.5 if d == 0.0 else math.copysign(tail, -d))
            if pieces[2, j] != 0.0:
                change += pieces[2, j] * _scaled_density(code, d, low, own)
        out[i] = base + change if x[i] == x[i] else x[i]
