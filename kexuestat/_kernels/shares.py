"""Kernels for one pair of weighted token sets, where a pass of numpy costs more than the work."""

import numpy as np

from kexuestat._kernels._jit import kernel


@kernel
def weight_shares(weights):
    """Return weights (float64) scaled to total 1, the lowest weight, and the total; a nan makes the total nan.

    Parameters
    ----------
    weights : ndarray of float64, shape (n,)
    """
    lowest, total = np.inf, 0.0
    for i in range(weights.shape[0]):
        total += weights[i]
        lowest = min(lowest, weights[i])
    shares = np.empty(weights.shape[0])
    for i in range(weights.shape[0]):
        shares[i] = weights[i] / total
    return shares, lowest, total
