"""Uniform and normal numbers by rows, in loops that vectorise.

Normal: Box and Muller, z = √(-2 ln u) (cos, sin)(2π v), with sine and cosine by polynomials on an eighth of a turn, so
that no scalar libm call stops the loop. Normals 2j and 2j + 1 of a block of 1024 come from words 2j and 2j + 1.
"""

import math

import numpy as np

from kexuestat._kernels._jit import inline_kernel, kernel
from kexuestat._kernels.exp import log
from kexuestat._kernels.random import random_uniform, stream_key

_HALF_BLOCK = 512


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


@kernel
def _fill_normals(key, first_word, count, left, right):
    """Write count pairs of independent standard normals into left and right."""
    for j in range(count):
        radius = math.sqrt(-2.0 * log(random_uniform(key, first_word + 2 * j)))
        turn = 4.0 * random_uniform(key, first_word + 2 * j + 1)
        quarter = np.floor(turn + 0.5)
        r = turn - quarter
        s, c = _sine(r), _cosine(r)
        odd = np.int64(quarter) & 1 == 1
        sign = 1.0 - np.float64(np.int64(quarter) & 2)
        cross = 1.0 - np.float64((np.int64(quarter) + 1) & 2)
        left[j] = radius * (s if odd else c) * cross
        right[j] = radius * (c if odd else s) * sign


@kernel
def normal_row(key, out):
    """Fill out (float64, 1-D) with standard normals of the stream of this key."""
    left, right = np.empty(_HALF_BLOCK), np.empty(_HALF_BLOCK)
    n = out.shape[0]
    for start in range(0, n, 2 * _HALF_BLOCK):
        count = min(2 * _HALF_BLOCK, n - start)
        half = (count + 1) // 2
        _fill_normals(key, start, half, left, right)
        for j in range(half):
            out[start + j] = left[j]
        for j in range(count - half):
            out[start + half + j] = right[j]


@kernel
def normal_rows(seed, purpose, first, out):
    """Fill out (n_replicates × n) with standard normals, row b from the stream of replicate first + b."""
    for b in range(out.shape[0]):
        normal_row(stream_key(seed, purpose, first + b), out[b])


@kernel
def uniform_rows(seed, purpose, first, out):
    """Fill out (n_replicates × n) with uniforms in (0, 1), row b from the stream of replicate first + b."""
    for b in range(out.shape[0]):
        key = stream_key(seed, purpose, first + b)
        for j in range(out.shape[1]):
            out[b, j] = random_uniform(key, j)
