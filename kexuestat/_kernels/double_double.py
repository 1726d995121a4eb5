"""Arithmetic on unevaluated sums high + low of two doubles, for the few steps where rounding would show.

T. J. Dekker, A floating-point technique for extending the available precision, 1971, doi:10.1007/BF01397083.
"""

from fractions import Fraction

import numpy as np

from kexuestat._kernels._intrinsics import fma
from kexuestat._kernels._jit import inline_kernel, kernel

_LN2 = 0.6931471805599453
_LN2_REST = 2.3190468138462996e-17
_LN2_LAST = 5.707708438416212e-34
_SQRT_HALF_BITS = np.int64(0x3FE6A09E667F3BCD)
_SHIFT = np.int64(52)
_SERIES = 22  # (3 - sqrt 8)**44 / 45 < 2**-107: terms of the series of atanh that a double-double can see
_ODD = np.array([1.0 / (2 * j + 1) for j in range(_SERIES + 1)])
_ODD_LOW = np.array([float(Fraction(1, 2 * j + 1) - Fraction(1.0 / (2 * j + 1))) for j in range(_SERIES + 1)])


@inline_kernel
def _two_sum(a, b):
    """Return (s, e) with s = fl(a + b) and s + e = a + b."""
    total = a + b
    part = total - a
    return total, (a - (total - part)) + (b - part)


@inline_kernel
def _two_product(a, b):
    """Return (p, e) with p = fl(a * b) and p + e = a * b."""
    product = a * b
    return product, fma(a, b, -product)


@inline_kernel
def _dd_add(a, a_low, b, b_low):
    """Return the sum of two double-doubles."""
    total, error = _two_sum(a, b)
    return _two_sum(total, error + (a_low + b_low))


@inline_kernel
def _dd_multiply(a, a_low, b, b_low):
    """Return the product of two double-doubles."""
    product, error = _two_product(a, b)
    return _two_sum(product, error + (a * b_low + a_low * b))


@inline_kernel
def _dd_divide(a, a_low, b, b_low):
    """Return the quotient of two double-doubles."""
    quotient = a / b
    product, error = _two_product(quotient, b)
    rest = ((a - product) - error) + a_low - quotient * b_low
    second = rest / b
    product, product_low = _dd_multiply(second, 0.0, b, b_low)
    third = ((rest - product) - product_low) / b
    high, low = _two_sum(quotient, second)
    return high, low + third


@kernel
def _dd_log(high, low):
    """Return ln(high + low) as a double-double, about 2**-104 off, for positive normal high."""
    bits = np.float64(high).view(np.int64)
    k = (bits - _SQRT_HALF_BITS) >> _SHIFT
    m = np.int64(bits - (k << _SHIFT)).view(np.float64)
    m_low = low * (m / high)
    up, up_low = _dd_add(m, m_low, -1.0, 0.0)
    down, down_low = _dd_add(m, m_low, 1.0, 0.0)
    s, s_low = _dd_divide(up, up_low, down, down_low)
    z, z_low = _dd_multiply(s, s_low, s, s_low)
    p, p_low = 0.0, 0.0
    for j in range(_SERIES, 0, -1):
        p, p_low = _dd_add(p, p_low, _ODD[j], _ODD_LOW[j])
        p, p_low = _dd_multiply(p, p_low, z, z_low)
    p, p_low = _dd_add(p, p_low, 1.0, 0.0)
    p, p_low = _dd_multiply(2.0 * s, 2.0 * s_low, p, p_low)
    e = np.float64(k)
    q, q_low = _two_product(e, _LN2)
    r, r_low = _two_product(e, _LN2_REST)
    q, q_low = _dd_add(q, q_low, r, r_low + e * _LN2_LAST)
    return _dd_add(q, q_low, p, p_low)
