"""Random numbers of named laws, in loops that vectorise: number i of a stream is a pure function of key and i.

u, v = uniforms. Normal: Box and Muller, z = √(-2 ln u) (cos, sin)(2π v), the numbers 2p and 2p + 1 from the words 2p
and 2p + 1; sine and cosine by polynomials on an eighth of a turn, so that no scalar libm call stops the loop.
Student's t: √(ν (u^(-2/ν) - 1)) cos(2π v) (Bailey 1994, doi:10.1090/S0025-5718-1994-1203733-9).
"""

import math

import numpy as np

from kexuestat._kernels._jit import inline_kernel, kernel
from kexuestat._kernels.exp import exp, log
from kexuestat._kernels.random import random_uniform, stream_key

NORMAL, UNIFORM, EXPONENTIAL, POISSON, LOGNORMAL, LAPLACE, STUDENT, BERNOULLI, CONTAMINATED = range(9)
_LARGEST_MEAN = 500.0


@inline_kernel
def _sine(r):
    """Return sin(π r / 2) for |r| <= 1/2 by its Taylor polynomial (error below 1e-16)."""
    s = r * r
    p = -6.688035109811464e-10
    p = p * s + 5.692172921967926e-08
    p = p * s - 3.598843235212085e-06
    p = p * s + 1.604411847873598e-04
    p = p * s - 4.681754135318687e-03
    p = p * s + 7.969262624616704e-02
    p = p * s - 6.459640975062462e-01
    return r * (p * s + 1.5707963267948966)


@inline_kernel
def _cosine(r):
    """Return cos(π r / 2) for |r| <= 1/2 by its Taylor polynomial."""
    s = r * r
    p = -6.565963114979468e-11
    p = p * s + 6.386603083791849e-09
    p = p * s - 4.710874778818172e-07
    p = p * s + 2.520204237306061e-05
    p = p * s - 9.192602748394266e-04
    p = p * s + 2.086348076335296e-02
    p = p * s - 2.536695079010480e-01
    p = p * s + 1.2337005501361697
    return 1.0 - s * p


@inline_kernel
def _turn(v):
    """Return cos(2π v) and sin(2π v) for v in (0, 1)."""
    quarter = np.floor(4.0 * v + 0.5)
    r = 4.0 * v - quarter
    s, c = _sine(r), _cosine(r)
    k = np.int64(quarter)
    odd = (k & 1) == 1
    x = (s if odd else c) * (1.0 - np.float64((k + 1) & 2))
    y = (c if odd else s) * (1.0 - np.float64(k & 2))
    return x, y


@kernel
def _normal_pairs(key, first_pair, out):
    """Fill out, of even length, with the pairs first_pair, first_pair + 1, … of independent standard normals."""
    for j in range(out.shape[0] // 2):
        word = 2 * (first_pair + j)
        radius = math.sqrt(-2.0 * log(random_uniform(key, word)))
        x, y = _turn(random_uniform(key, word + 1))
        out[2 * j] = radius * x
        out[2 * j + 1] = radius * y


@kernel
def normal_row(key, start, out):
    """Fill out (float64, 1-D) with the standard normals start, start + 1, … of the stream of this key."""
    n, odd = out.shape[0], start % 2
    pair = np.empty(2)
    if odd and n > 0:
        _normal_pairs(key, start // 2, pair)
        out[0] = pair[1]
    whole = (n - odd) // 2 * 2
    if whole > 0:
        _normal_pairs(key, (start + odd) // 2, out[odd : odd + whole])
    if odd + whole < n:
        _normal_pairs(key, (start + odd + whole) // 2, pair)
        out[n - 1] = pair[0]


@kernel
def normal_rows(seed, purpose, first, out):
    """Fill out (n_replicates × n) with standard normals, row b from the stream of replicate first + b."""
    for b in range(out.shape[0]):
        normal_row(stream_key(seed, purpose, first + b), 0, out[b])


@kernel
def poisson_inverse(u, mean):
    """Return the Poisson quantile (float64) of u in (0, 1), for a mean of at most 500."""
    k = 0.0
    mass = exp(-mean)
    below = mass
    while u > below and k < 2000.0:
        k += 1.0
        mass *= mean / k
        below += mass
    return k


@kernel
def _poisson_row(key, start, mean, out):
    """Write Poisson numbers as sums of enough parts, each of a mean of at most 500."""
    parts = math.ceil(mean / _LARGEST_MEAN) if mean > 0.0 else 1
    for j in range(out.shape[0]):
        out[j] = 0.0
        for part in range(parts):
            out[j] += poisson_inverse(random_uniform(key, (start + j) * parts + part), mean / parts)


@kernel
def _uniform_laws(law, a, b, key, start, out):
    """Write numbers that need one uniform each."""
    for j in range(out.shape[0]):
        out[j] = random_uniform(key, start + j)
    if law == UNIFORM:
        for j in range(out.shape[0]):
            out[j] = a + (b - a) * out[j]
    elif law == EXPONENTIAL:
        for j in range(out.shape[0]):
            out[j] = -a * log(out[j])
    elif law == LAPLACE:
        for j in range(out.shape[0]):
            tail = log(2.0 * min(out[j], 1.0 - out[j]))
            out[j] = a + b * (tail if out[j] < 0.5 else -tail)
    else:
        for j in range(out.shape[0]):
            out[j] = 1.0 if out[j] < a else 0.0


@kernel
def _student_row(df, key, start, out):
    for j in range(out.shape[0]):
        u = random_uniform(key, 2 * (start + j))
        x, _ = _turn(random_uniform(key, 2 * (start + j) + 1))
        out[j] = math.sqrt(df * (exp(-2.0 / df * log(u)) - 1.0)) * x


@kernel
def law_row(law, a, b, key, start, out):
    """Fill out with the numbers start, start + 1, … of a law with parameters a, b, from the stream of this key.

    NORMAL, LOGNORMAL, LAPLACE: location and scale; UNIFORM: low, high; EXPONENTIAL: scale; POISSON: mean; STUDENT:
    degrees of freedom; BERNOULLI: p; CONTAMINATED: share and scale of the wide normal.
    """
    if law == POISSON:
        _poisson_row(key, start, a, out)
    elif law == STUDENT:
        _student_row(a, key, start, out)
    elif law in (UNIFORM, EXPONENTIAL, LAPLACE, BERNOULLI):
        _uniform_laws(law, a, b, key, start, out)
    else:
        normal_row(key, start, out)
        if law == CONTAMINATED:
            wide = stream_key(np.int64(key >> np.uint64(1)), 0, 1)
            for j in range(out.shape[0]):
                out[j] *= b if random_uniform(wide, start + j) < a else 1.0
        else:
            for j in range(out.shape[0]):
                out[j] = a + b * out[j]
        if law == LOGNORMAL:
            for j in range(out.shape[0]):
                out[j] = exp(out[j])


@kernel
def simulated_samples(law, a, b, seed, purpose, first, out):
    """Fill out (n × n_replicates): column b is the sample of replicate first + b, row i the stream of observation i."""
    for i in range(out.shape[0]):
        law_row(law, a, b, stream_key(seed, purpose, i), first, out[i])


@kernel
def population_rows(n_rows, seed, purpose, first, out):
    """Fill out (int64, n × n_replicates) with row numbers 0 … n_rows - 1, laid out like simulated_samples."""
    for i in range(out.shape[0]):
        key = stream_key(seed, purpose, i)
        for j in range(out.shape[1]):
            out[i, j] = min(np.int64(random_uniform(key, first + j) * n_rows), n_rows - 1)


@kernel
def column_power_sums(samples, anchors, sums):
    """Write the sums of powers 1 … k of samples - anchors down each column into sums (k × n_replicates)."""
    sums[:] = 0.0
    power = np.empty(samples.shape[1])
    for i in range(samples.shape[0]):
        row = samples[i]
        for j in range(row.shape[0]):
            power[j] = row[j] - anchors[j]
        _add_row_powers(row, anchors, power, sums)


@kernel
def _add_row_powers(row, anchors, power, sums):
    for k in range(sums.shape[0]):
        total = sums[k]
        for j in range(row.shape[0]):
            total[j] += power[j]
        if k + 1 < sums.shape[0]:
            for j in range(row.shape[0]):
                power[j] *= row[j] - anchors[j]
