"""Kernels of multilayer networks: how alike a node's links are in two layers."""

import numpy as np

from kexuestat._kernels._jit import kernel
from kexuestat._kernels.entropy import plogp


@kernel
def layer_similarities(first, second, indptr, target, weights, strength):
    """Return 1 - Jensen-Shannon divergence (bits) of rows first[k] and second[k]; 0 without a common target.

    ``target`` rises within each row; the divergence weighs the two distributions by the strengths of their rows.
    """
    result = np.zeros(first.shape[0])
    for k in range(first.shape[0]):
        a, b = first[k], second[k]
        both = strength[a] + strength[b]
        e, f = indptr[a], indptr[b]
        common = 0
        bits = 0.0
        while e < indptr[a + 1] or f < indptr[b + 1]:
            take_a = e < indptr[a + 1] and (f == indptr[b + 1] or target[e] <= target[f])
            take_b = f < indptr[b + 1] and (e == indptr[a + 1] or target[f] <= target[e])
            share_a = weights[e] / both if take_a else 0.0
            share_b = weights[f] / both if take_b else 0.0
            bits += plogp(share_a) + plogp(share_b) - plogp(share_a + share_b)
            common += take_a and take_b
            e += take_a
            f += take_b
        if common > 0:
            bits -= plogp(strength[a] / both) + plogp(strength[b] / both)
            result[k] = max(1.0 - bits, 0.0)
    return result
