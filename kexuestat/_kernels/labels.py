"""Distinct values of labels in linear time, where these are small whole numbers."""

import numpy as np

from kexuestat._kernels._jit import kernel


@kernel
def distinct_labels(labels, bound):
    """Return (first, inside) of labels from 0 to bound - 1: first row of each distinct one, number of each row's.

    The same as ``np.unique`` gives, which sorts.
    """
    first = np.full(bound, -1, np.int64)
    for i in range(labels.shape[0] - 1, -1, -1):
        first[labels[i]] = i
    number = np.empty(bound, np.int64)
    k = 0
    for label in range(bound):
        if first[label] >= 0:
            number[label] = k
            first[k] = first[label]
            k += 1
    inside = np.empty(labels.shape[0], np.int64)
    for i in range(labels.shape[0]):
        inside[i] = number[labels[i]]
    return first[:k].copy(), inside
