"""Branch-free exp and log that LLVM vectorises, since compiled ``math.exp`` stays scalar.

Exponential: x = k ln 2 + r with |r| <= ln 2 / 2 (Cody and Waite), exp(r) by its Taylor polynomial, 2**k by two
factors so that subnormal results are right. Logarithm: x = 2**k m with m in [1/sqrt 2, sqrt 2),
ln m = 2 atanh((m-1)/(m+1)) by its series. Both stay within 1 ulp of the true value; inf, nan and 0 follow IEEE.
Never compile these with reordering flags: that destroys the range reduction.
"""

import numpy as np

from kexuestat._kernels._jit import inline_kernel

_ROUND = 6755399441055744.0  # 1.5 * 2**52: adding it rounds to an integer, readable in the low bits
_LOG2E = 1.4426950408889634
_LN2_HI = 6.93147180369123816490e-01  # low 32 bits are zero: k * _LN2_HI is exact
_LN2_LO = 1.90821492927058770002e-10
_SQRT_HALF_BITS = np.int64(0x3FE6A09E667F3BCD)
_EXPONENT = np.int64(0x7FF0000000000000)


@inline_kernel
def _power_of_two(k):
    """Return 2**k as float64 for an int64 k in -1022 … 1023."""
    return np.int64((k + np.int64(1023)) << np.int64(52)).view(np.float64)


@inline_kernel
def exp(x):
    """Return e**x for a float64 x, at most 1 ulp off."""
    y = min(max(x, -746.0), 710.0)
    t = y * _LOG2E + _ROUND
    k = t - _ROUND
    high = y - k * _LN2_HI
    low = k * _LN2_LO
    r = high - low
    q = 1.6059043836821613e-10
    q = q * r + 2.08767569878681e-09
    q = q * r + 2.505210838544172e-08
    q = q * r + 2.755731922398589e-07
    q = q * r + 2.7557319223985893e-06
    q = q * r + 2.48015873015873e-05
    q = q * r + 1.984126984126984e-04
    q = q * r + 1.388888888888889e-03
    q = q * r + 8.333333333333333e-03
    q = q * r + 4.1666666666666664e-02
    q = q * r + 1.6666666666666666e-01
    q = q * r + 0.5
    result = 1.0 + (high - (low - r * r * q))
    n = np.int64(k)
    half = n >> np.int64(1)
    result = result * _power_of_two(half) * _power_of_two(n - half)
    return result if x == x else x


@inline_kernel
def log(x):
    """Return ln x for a float64 x, at most 1 ulp off; -inf at 0, nan below."""
    tiny = x < 2.2250738585072014e-308
    scaled = x * 18014398509481984.0 if tiny else x
    bits = np.float64(scaled).view(np.int64)
    k = (bits - _SQRT_HALF_BITS) >> np.int64(52)
    m = np.int64(bits - (k << np.int64(52))).view(np.float64)
    e = np.float64(k) - (54.0 if tiny else 0.0)
    f = m - 1.0
    s = f / (2.0 + f)
    z = s * s
    p = 1.479819860511658591e-01
    p = p * z + 1.531383769920937332e-01
    p = p * z + 1.818357216161805012e-01
    p = p * z + 2.222219843214978396e-01
    p = p * z + 2.857142874366239149e-01
    p = p * z + 3.999999999940941908e-01
    p = p * z + 6.666666666666735130e-01
    square = 0.5 * f * f
    result = e * _LN2_HI - ((square - (s * (square + z * p) + e * _LN2_LO)) - f)
    result = x if (x == np.inf or x != x) else result
    result = -np.inf if x == 0.0 else result
    return np.nan if x < 0.0 else result
