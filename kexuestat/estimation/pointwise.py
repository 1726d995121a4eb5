"""Pointwise mutual information of counts; what negative sampling fits (kexue.fm/archives/5617)."""

import numpy as np
from scipy import sparse

from kexuestat._kernels.pmi import pmi_entries
from kexuestat.exceptions import InvalidInputError
from kexuestat.validation.arrays import check_finite, check_non_negative, check_real_array
from kexuestat.validation.options import check_boolean, check_real


def pmi(counts, shift=0.0, positive=False):
    """Return ln(p_ij / (p_i p_j)) - shift of a table of counts.

    Parameters
    ----------
    counts : array_like or scipy.sparse matrix, shape (n, m)
        Non-negative counts.
    shift : float
        ln k is the shift that k negative samples fit (Levy and Goldberg 2014).
    positive : bool
        Whether negative values become 0.

    Returns
    -------
    ndarray of float64 or CSR matrix, shape (n, m)
        In nats. Dense: -inf (0 if positive) at a count of zero, nan in an empty row or column. Sparse: the stored
        counts only.

    Raises
    ------
    InvalidInputError
        If a count is negative or not finite.

    References
    ----------
    Church, K. W. and Hanks, P. (1990), https://aclanthology.org/J90-1003.

    Examples
    --------
    >>> from kexuestat.estimation import pmi
    >>> pmi([[2, 0], [0, 2]]).tolist()
    [[0.693147180559945..., -inf], [-inf, 0.693147180559945...]]
    """
    shift, positive = check_real(shift, "shift"), check_boolean(positive, "positive")
    if sparse.issparse(counts):
        return _sparse(counts, shift, positive)
    table = check_non_negative(check_finite(check_real_array(counts, "counts", ndim=2), "counts"), "counts")
    if table.size == 0:
        raise InvalidInputError(f"counts must not be empty, got shape {table.shape}.")
    n, m = table.shape
    out = np.empty(n * m)
    indptr = np.arange(0, n * m + 1, m)
    indices = np.tile(np.arange(m), n)
    pmi_entries(indptr, indices, table.ravel(), table.sum(axis=1), table.sum(axis=0), shift, positive, out)
    return out.reshape(n, m)


def _sparse(counts, shift, positive):
    table = counts.tocsr(copy=True).astype(np.float64)
    table.sum_duplicates()
    check_non_negative(check_finite(table.data, "counts.data"), "counts.data")
    out = np.empty_like(table.data)
    rows, columns = (np.asarray(table.sum(axis=a), dtype=np.float64).ravel() for a in (1, 0))
    indptr, indices = table.indptr.astype(np.int64), table.indices.astype(np.int64)
    pmi_entries(indptr, indices, table.data, rows, columns, shift, positive, out)
    table.data = out
    return table
