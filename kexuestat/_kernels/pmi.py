"""Pointwise mutual information: PMI_ij = ln(p_ij / (p_i p_j)) = ln(c_ij N / (r_i s_j)).

r, s = row and column sums of the counts c, N = their total.
"""

import math

import numpy as np

from kexuestat._kernels._jit import kernel


@kernel
def pmi_entries(indptr, indices, counts, row_sums, column_sums, shift, positive, out):
    """Write PMI - shift of each stored count of a CSR matrix into out (float64, like counts); max(0, ·) if positive.

    A stored zero gives -inf (0 if positive); an empty row or column gives nan. Logarithms are summed one by one, so
    products of large counts do not overflow.
    """
    total = 0.0
    for i in range(row_sums.shape[0]):
        total += row_sums[i]
    log_total = math.log(total) if total > 0.0 else np.nan
    for i in range(indptr.shape[0] - 1):
        for e in range(indptr[i], indptr[i + 1]):
            j = indices[e]
            if row_sums[i] <= 0.0 or column_sums[j] <= 0.0:
                out[e] = np.nan
            elif counts[e] <= 0.0:
                out[e] = 0.0 if positive else -np.inf
            else:
                value = (math.log(counts[e]) - math.log(row_sums[i])) + (log_total - math.log(column_sums[j])) - shift
                out[e] = max(value, 0.0) if positive else value
