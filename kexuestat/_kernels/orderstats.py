"""Order statistics of resamples without resampling: rank r of n draws from n rows is row ceil(n U), U ~ Beta(r, n-r+1).

Several ranks r_1 < r_2 < … follow one another: given U_1, the next is U_1 + (1 - U_1) Beta(r_2 - r_1, n - r_2 + 1).
Beta variables are ratios of gamma variables (Marsaglia and Tsang 2000, doi:10.1145/358407.358414).
"""

import math

import numpy as np

from kexuestat._kernels._jit import kernel
from kexuestat._kernels.exp import exp, log
from kexuestat._kernels.random import random_uniform, stream_key


@kernel
def _polar_normal(key, word):
    """Return a standard normal (polar method) and the next free word of the stream."""
    while True:
        u = 2.0 * random_uniform(key, word) - 1.0
        v = 2.0 * random_uniform(key, word + 1) - 1.0
        word += 2
        square = u * u + v * v
        if 0.0 < square < 1.0:
            return u * math.sqrt(-2.0 * log(square) / square), word


@kernel
def _gamma(shape, key, word):
    """Return a gamma variable of shape >= 1, scale 1, and the next free word of the stream."""
    d = shape - 1.0 / 3.0
    c = 1.0 / math.sqrt(9.0 * d)
    while True:
        z, word = _polar_normal(key, word)
        v = 1.0 + c * z
        if v > 0.0:
            v = v * v * v
            u = random_uniform(key, word)
            word += 1
            if u < 1.0 - 0.0331 * z * z * z * z or log(u) < 0.5 * z * z + d * (1.0 - v + log(v)):
                return d * v, word


@kernel
def _beta(a, b, key, word):
    """Return a Beta(a, b) variable for whole a, b >= 1, and the next free word; a power of a uniform where a or b is 1."""
    if a == 1 or b == 1:
        root = exp(log(random_uniform(key, word)) / (b if a == 1 else a))
        return (1.0 - root if a == 1 else root), word + 1
    x, word = _gamma(float(a), key, word)
    y, word = _gamma(float(b), key, word)
    return x / (x + y), word


@kernel
def resampled_order_statistics(values, ranks, n_draws, seed, purpose, first, out):
    """Write the order statistics of those ranks (1-based, ascending) of each resample into out (n_replicates × k).

    values (float64) ascend; ranks are int64; n_draws is the size of a resample.
    """
    n = values.shape[0]
    for b in range(out.shape[0]):
        key = stream_key(seed, purpose, first + b)
        word, before = 0, 0
        u = 0.0
        for k in range(ranks.shape[0]):
            step, word = _beta(ranks[k] - before, n_draws - ranks[k] + 1, key, word)
            u += (1.0 - u) * step
            before = ranks[k]
            out[b, k] = values[min(n - 1, np.int64(n * u))]
