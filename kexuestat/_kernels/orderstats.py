"""Order statistics of resamples without resampling: rank r of n draws from n rows is row ceil(n U), U ~ Beta(r, n-r+1).

Several ranks r_1 < r_2 < … follow one another: given U_1, the next is U_1 + (1 - U_1) Beta(r_2 - r_1, n - r_2 + 1).
Beta variables are ratios of gamma variables (Marsaglia and Tsang 2000, doi:10.1145/358407.358414).

For one rank r, and its neighbour r + 1, the law of the row is tabled instead: P(x_(r) is row i or before) is given, and
P(x_(r+1) after row j | x_(r) is row i) = A_i ((n - j)/n)^(m-r), which is inverted in closed form (m = draws).
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
    """Return a Beta(a, b) variable for whole a, b >= 1 (a power of a uniform if one is 1), and the next free word."""
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


@kernel
def resampled_neighbours(values, table, guide, offset, rest, seed, purpose, first, out):
    """Write the order statistics r and r + 1 of each resample into out (2 × n_replicates).

    values ascend; table (2 × k) holds P(row <= offset + j) for its k likely rows, the last above 1, and ln A; guide
    (int64, a power of two long) holds where to start looking for each share; rest = m - r, 0 for rank r alone.
    """
    n, count = values.shape[0], out.shape[1]
    below, log_factor = table[0], table[1]
    first_uniform, second_uniform = np.empty(count), np.empty(count)
    for b in range(count):  # these two loops vectorise
        key = stream_key(seed, purpose, first + b)
        first_uniform[b] = random_uniform(key, 0)
        second_uniform[b] = log(random_uniform(key, 1))
    rows = np.empty(count, np.int64)
    for b in range(count):
        j = guide[np.int64(first_uniform[b] * guide.shape[0])]
        while below[j] < first_uniform[b]:
            j += 1
        rows[b] = j
        out[0, b] = values[j + offset]
    if rest > 0:
        for b in range(count):
            second_uniform[b] = n * (1.0 - exp((second_uniform[b] - log_factor[rows[b]]) / rest))
        for b in range(count):
            place = np.int64(math.ceil(second_uniform[b])) - 1
            out[1, b] = values[min(n - 1, max(rows[b] + offset, place))]
