"""Greedy matching of token sets: every token goes to its nearest partner, whatever the others do."""

import numpy as np

from kexuestat._kernels._jit import kernel


@kernel
def greedy_costs(cost, a, indptr, b, forth, back):
    """Write the mean costs of matching one text with each of many, from its side and from theirs.

    forth_j = sum_i a_i min_e cost_ie and back_j = sum_e b_e min_i cost_ie over the columns e of text j; nan where one
    of the two texts is empty.

    Parameters
    ----------
    cost : ndarray of float64, shape (n, m)
    a : ndarray of float64, shape (n,)
        Of total 1.
    indptr : ndarray of int64, shape (n_texts + 1,)
        The columns of text j are ``indptr[j]`` … ``indptr[j + 1]``.
    b : ndarray of float64, shape (m,)
        Of total 1 in each text.
    forth, back : ndarray of float64, shape (n_texts,)
        Overwritten.
    """
    for j in range(indptr.shape[0] - 1):
        start, stop = indptr[j], indptr[j + 1]
        forth[j] = back[j] = np.nan if start == stop or a.shape[0] == 0 else 0.0
        nearest = np.full(stop - start, np.inf)
        for i in range(a.shape[0]):
            row = cost[i, start:stop]
            least = np.inf
            for e in range(row.shape[0]):
                least = min(least, row[e])
                nearest[e] = min(nearest[e], row[e])
            forth[j] += a[i] * least
        for e in range(nearest.shape[0]):
            back[j] += b[start + e] * nearest[e]
