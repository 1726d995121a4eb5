"""Kernels of Gumbel sampling: g = -ln(-ln u) with u open at both ends, one counter-based stream a draw.

Number j of the stream (seed, purpose, draw * rows + row) belongs to entry j: results depend on neither threads nor
batches.
"""

import math

import numpy as np

from kexuestat._kernels._jit import kernel
from kexuestat._kernels.random import random_uniform, stream_key


@kernel
def gumbel_noise(seed, purpose, first, out):
    """Write standard Gumbel numbers to out (streams, n); row i is the stream number first + i."""
    for i in range(out.shape[0]):
        key = stream_key(seed, purpose, first + i)
        for j in range(out.shape[1]):
            out[i, j] = -math.log(-math.log(random_uniform(key, j)))


@kernel
def gumbel_order(logits, seed, purpose, k, out):
    """Write the k largest of logits + noise, in falling order, to out (draws, rows, k); needs k live entries a row."""
    draws, n_rows = out.shape[:2]
    n = logits.shape[1]
    score = np.empty(n)
    for d in range(draws):
        for r in range(n_rows):
            key = stream_key(seed, purpose, d * n_rows + r)
            for j in range(n):
                score[j] = logits[r, j] - math.log(-math.log(random_uniform(key, j)))
            for place in range(k):
                best = 0
                for j in range(1, n):
                    if score[j] > score[best]:
                        best = j
                out[d, r, place] = best
                score[best] = -np.inf
