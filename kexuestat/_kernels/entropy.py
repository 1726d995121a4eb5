"""plogp and entropy, in bits."""

import math

from kexuestat._kernels._jit import inline_kernel, kernel

_PER_LN2 = 1.4426950408889634


@inline_kernel
def plogp(x):
    """Return x log2 x in bits, 0 where x <= 0."""
    return x * math.log(x) * _PER_LN2 if x > 0.0 else 0.0


@kernel
def sum_plogp(values):
    """Return the sum of x log2 x over a 1-D float64 array, in index order."""
    total = 0.0
    for i in range(values.shape[0]):
        total += plogp(values[i])
    return total
