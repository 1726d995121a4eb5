"""Tails of the mollifiers, for a >= 0: T = ramp(-a), S = step(-a), the density and its slope, each to 2 ulp.

From them everything else follows without cancellation: ramp(x) = max(x, 0) + T(|x|), step(x) = 1 - S(x) for x > 0.
``half`` is step(a) - 1/2, which keeps the digits near 0. Codes: 0 logistic, 1 gaussian, 2 laplace, 3 uniform,
4 triangular, 5 epanechnikov, 6 squareplus, 7 cauchy (whose ramp does not exist).
The Gaussian ramp tail is φ(a) H(u) / (1 + a)² with u = (a - 4) / (a + 4) and H a polynomial fitted in Chebyshev's
sense to 1e-17, because xΦ + φ cancels there.
"""

import math

import numpy as np

from kexuestat._kernels._intrinsics import fma
from kexuestat._kernels._jit import inline_kernel, kernel
from kexuestat._kernels.double_double import _two_product, _two_sum

_PER_ROOT_2PI = 0.3989422804014327
_PER_ROOT_2PI_LOW = -2.4923272022777433e-17
_PER_ROOT_2 = 0.7071067811865476
_PER_ROOT_2_LOW = -4.833646656726457e-17
_ROOT_2 = 1.4142135623730951
_PI_LOW = 1.2246467991473532e-16
_GAUSS_END = 39.0  # beyond it every tail is 0
_MILLS = np.array(
    [
        1.334761708643933,
        -0.34686443844569465,
        -0.17268170834609675,
        0.35354727647612005,
        -0.22126150638044345,
        0.02711766448512879,
        0.056082893346928,
        -0.038891092074589566,
        0.004677620781150669,
        0.005832613647087141,
        -0.0019358217680585591,
        -0.0008822524574812012,
        0.0004262387878833633,
        0.00017449554012431763,
        -8.086941398613254e-05,
        -4.350818090102257e-05,
        1.246536903619079e-05,
        1.1619399525885423e-05,
        -7.234264110088818e-07,
        -2.899553013168352e-06,
        -5.079446314830252e-07,
        6.058890057265322e-07,
        2.816860866289422e-07,
        -9.257796510812433e-08,
        -8.629987268693301e-08,
        7.991756242602332e-09,
        1.650926603387706e-08,
        -1.3910341345451746e-10,
        -1.5447837472099348e-09,
    ]
)


@inline_kernel
def _normal_density(a):
    """Return exp(-a² / 2) / sqrt(2 pi); the rounding of a² is made up for."""
    if not a < _GAUSS_END:
        return 0.0 * a if a != a else 0.0
    square, low = _two_product(a, a)
    return math.exp(-0.5 * square) * (_PER_ROOT_2PI + (_PER_ROOT_2PI_LOW - 0.5 * _PER_ROOT_2PI * low))


@inline_kernel
def _normal_tail(a):
    """Return the chance that a standard normal number exceeds a; the rounding of a / sqrt 2 is made up for."""
    t = a * _PER_ROOT_2
    error = fma(a, _PER_ROOT_2, -t) + a * _PER_ROOT_2_LOW
    return 0.5 * math.erfc(t) - (_ROOT_2 * _normal_density(a) * error if a < _GAUSS_END else 0.0)


@kernel
def _normal_ramp_tail(a):
    """Return φ(a) - a Q(a), at most 4 ulp off down to the smallest number."""
    if not a < _GAUSS_END:
        return 0.0 * a if a != a else 0.0
    if a < 0.25:
        return _normal_density(a) - a * _normal_tail(a)
    u = (a - 4.0) / (a + 4.0)
    h = 0.0
    for j in range(_MILLS.shape[0] - 1, -1, -1):
        h = fma(h, u, _MILLS[j])
    return _normal_density(a) * (h / ((1.0 + a) * (1.0 + a)))


@inline_kernel
def _gap(edge, a):
    """Return edge - a as a double-double, 0 outside the support."""
    if a >= edge:
        return 0.0, 0.0
    return _two_sum(edge, -a)


@inline_kernel
def _hypotenuse(a):
    """Return q = 1 + a² and its root, each as a double-double, for a <= 1e8."""
    square, low = _two_product(a, a)
    q, error = _two_sum(1.0, square)
    low += error
    root = math.sqrt(q)
    return q, low, root, (low - fma(root, root, -q)) / (2.0 * root)


@inline_kernel
def _per(top, bottom, low):
    """Return top / (bottom + low)."""
    quotient = top / bottom
    return quotient - quotient * (low / bottom)


@kernel
def _tail_ramp(code, a):
    """Return T(a)."""
    if code == 0:
        return math.log1p(math.exp(-a))
    if code == 1:
        return _normal_ramp_tail(a)
    if code == 2:
        return 0.5 * math.exp(-a)
    if code == 3:
        b, low = _gap(0.5, a)
        return 0.5 * b * b + b * low
    if code == 4:
        b, low = _gap(1.0, a)
        return b * b * (b / 6.0) + 0.5 * b * b * low
    if code == 5:
        b, low = _gap(1.0, a)
        a = min(a, 1.0) if a == a else a
        return b * b * b * (3.0 + a) * 0.0625 + b * b * (0.75 * low)
    if code == 6:
        if not a <= 1e8:
            return 0.25 / a
        _, _, s, s_low = _hypotenuse(a)
        total, error = _two_sum(a, s)
        return _per(0.5, total, error + s_low)
    return np.nan


@kernel
def _drop(code, a):
    """Return (T(0) - T(a)) / a for a <= 1/2, with full relative accuracy; 1/2 at 0. There is none for code 7."""
    if a < 1e-8 or code == 7:
        return 0.5 - 0.5 * a * _density(code, 0.0)
    if code == 0:
        return -math.log1p(0.5 * math.expm1(-a)) / a
    if code == 1:
        return 0.5 - (_half_step(1, a) + _PER_ROOT_2PI * (math.expm1(-0.5 * a * a) / a))
    if code == 2:
        return -0.5 * math.expm1(-a) / a
    if code == 3:
        return 0.5 - 0.5 * a
    if code == 4:
        return 0.5 - 0.5 * a + a * a / 6.0
    if code == 5:
        return 0.5 - 0.375 * a + 0.0625 * a * a * a
    s = math.hypot(1.0, a)
    return 0.5 * (1.0 + a / (s + 1.0)) / (s + a)


@kernel
def _tail_step(code, a):
    """Return S(a)."""
    if code == 0:
        e = math.exp(-a)
        return e / (1.0 + e)
    if code == 1:
        return _normal_tail(a)
    if code == 2:
        return 0.5 * math.exp(-a)
    if code == 3:
        return 0.5 - a if not a >= 0.5 else 0.0
    if code == 4:
        b, low = _gap(1.0, a)
        return 0.5 * b * b + b * low
    if code == 5:
        b, low = _gap(1.0, a)
        a = min(a, 1.0) if a == a else a
        return b * b * (2.0 + a) * 0.25 + b * (1.5 * low)
    if code == 6:
        if not a <= 1e8:
            return 0.25 / a / a
        q, low, s, s_low = _hypotenuse(a)
        product, product_low = _two_product(a, s)
        total, error = _two_sum(q, product)
        return _per(0.5, total, error + (low + product_low + a * s_low))
    return 0.5 - math.atan(a) / math.pi if a < 1.0 else math.atan(1.0 / a) / math.pi


@kernel
def _density(code, a):
    """Return the density at a."""
    if code == 0:
        e = math.exp(-a)
        return e / fma(e, 2.0 + e, 1.0)
    if code == 1:
        return _normal_density(a)
    if code == 2:
        return 0.5 * math.exp(-a)
    if code == 3:
        return 1.0 if a < 0.5 else (0.5 if a == 0.5 else 0.0 * a if a != a else 0.0)
    if code == 4:
        return 1.0 - a if not a >= 1.0 else 0.0
    if code == 5:
        return 0.75 * (1.0 - a) * (1.0 + a) if not a >= 1.0 else 0.0
    if code == 6:
        if not a <= 1e8:
            return 0.5 / a / a / a
        q, low, s, s_low = _hypotenuse(a)
        product, error = _two_product(q, s)
        return _per(0.5, product, error + (low * s + q * s_low))
    if not a <= 1e8:
        return 1.0 / math.pi / a / a
    q, low, _, _ = _hypotenuse(a)
    product, error = _two_product(q, math.pi)
    return _per(1.0, product, error + (low * math.pi + q * _PI_LOW))


@kernel
def _density_slope(code, a):
    """Return the derivative of the density at a."""
    if code == 0:
        return -_density(code, a) * math.tanh(0.5 * a)
    if code == 1:
        return -a * _normal_density(a) if a < _GAUSS_END else 0.0 * (a if a != a else 0.0)
    if code == 2:
        return -0.5 * math.exp(-a)
    if code == 4:
        return -1.0 if a < 1.0 else 0.0
    if code == 5:
        return -1.5 * a if a < 1.0 else 0.0
    if code == 6:
        s = math.hypot(1.0, a)
        return -1.5 * (a / s) / (s * s) / (s * s)
    if code == 7:
        return -2.0 * a / (math.pi * (1.0 + a * a) * (1.0 + a * a)) if a < 1e70 else 0.0
    return 0.0


@kernel
def _half_step(code, a):
    """Return 1/2 - S(a) with full relative accuracy."""
    if code == 0:
        return 0.5 * math.tanh(0.5 * a)
    if code == 1:
        t = a * _PER_ROOT_2
        error = fma(a, _PER_ROOT_2, -t) + a * _PER_ROOT_2_LOW
        return 0.5 * math.erf(t) + (_ROOT_2 * _normal_density(a) * error if a < _GAUSS_END else 0.0)
    if code == 2:
        return -0.5 * math.expm1(-a)
    if code == 3:
        return a if not a >= 0.5 else 0.5
    if code == 4:
        return 0.5 * a * (2.0 - a) if not a >= 1.0 else 0.5
    if code == 5:
        return 0.25 * a * (3.0 - a * a) if not a >= 1.0 else 0.5
    if code == 6:
        return 0.5 * (a / math.hypot(1.0, a)) if not a >= 1e150 else 0.5
    return math.atan(a) / math.pi
