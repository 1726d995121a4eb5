"""The steps of PMIEmbedder on arrays: counts of neighbours, positive information, truncated SVD."""

import warnings

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.linalg import svds

from kexuestat._kernels.cooccurrence import (
    cooccurrence_rows,
    cooccurrence_sizes,
    pointwise_information,
    token_documents,
    word_places,
)
from kexuestat.validation.options import check_generator

_DENSE_BELOW = 200  # words: the dense SVD is as quick there and finds equal singular values as well


def neighbor_counts(documents, window, max_tokens, *, progress=False):
    """Return the symmetric csr_array of int64 of weighted neighbour counts, columns sorted.

    Documents are taken in blocks of about max_tokens tokens; the result is the same for every block size.
    """
    n_words = len(documents.vocabulary)
    table = csr_array((n_words, n_words), dtype=np.int64)
    for first, last in _shown(_blocks(documents.indptr, max_tokens), progress):
        start, stop = documents.indptr[first], documents.indptr[last]
        indptr = documents.indptr[first : last + 1] - start
        table = table + _block_counts(documents.tokens[start:stop], indptr, n_words, window)
    table.sort_indices()
    return _int64_indices(table)


def _blocks(indptr, max_tokens):
    blocks, first, n = [], 0, indptr.shape[0] - 1
    while first < n:
        last = int(np.searchsorted(indptr, indptr[first] + max(1, max_tokens), side="right")) - 1
        last = min(max(last, first + 1), n)
        blocks.append((first, last))
        first = last
    return blocks


def _shown(blocks, progress):
    if not progress:
        return blocks
    from tqdm import tqdm

    return tqdm(blocks, desc="counting words")


def _block_counts(tokens, indptr, n_words, window):
    word_indptr, places = word_places(tokens, n_words)
    owner = token_documents(indptr)
    sizes = cooccurrence_sizes(tokens, owner, word_indptr, places, window)
    row_indptr = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    indices, counts = np.empty(row_indptr[-1], dtype=np.int64), np.empty(row_indptr[-1], dtype=np.int64)
    cooccurrence_rows(tokens, owner, word_indptr, places, window, row_indptr, indices, counts)
    unsorted = csr_array((counts, indices, row_indptr), shape=(n_words, n_words))
    return unsorted.T.tocsr()  # the table is symmetric, and turning it sorts the columns in linear time


def _int64_indices(table):
    return csr_array(
        (table.data, table.indices.astype(np.int64), table.indptr.astype(np.int64)), shape=table.shape, copy=False
    )


def positive_information(counts, word_counts, subsample, smoothing, shift):
    """Return the csr_array of float64 with max(0, ln(p(w, c) / (p(w) p_s(c))) - shift), zeros left out."""
    keep = _keep_rates(word_counts, subsample)
    rows = np.repeat(np.arange(counts.shape[0]), np.diff(counts.indptr))
    indptr, indices = counts.indptr.astype(np.int64), counts.indices.astype(np.int64)
    weighted = counts.data * (keep[rows] * keep[indices])  # symmetric to the last bit
    margin = np.bincount(rows, weights=weighted, minlength=counts.shape[0])
    total = margin.sum()
    smooth = np.where(margin > 0, margin, 1.0) ** smoothing * (margin > 0)
    row_share = margin / total if total > 0 else margin
    column_share = smooth / smooth.sum() if total > 0 else smooth
    data = pointwise_information(indptr, indices, weighted, row_share, column_share, total, float(shift))
    table = csr_array((np.maximum(data, 0.0), indices, indptr), shape=counts.shape)
    table.eliminate_zeros()
    return table


def _keep_rates(word_counts, subsample):
    if subsample is None:
        return np.ones(word_counts.shape[0])
    frequency = word_counts / word_counts.sum()
    return np.minimum(1.0, np.sqrt(subsample / frequency))


def truncated_svd(matrix, dimension, random_state):
    """Return U (n, d) and the singular values (d,), descending; d at most the rank.

    The entry of largest magnitude in each column of U is positive.
    """
    n = min(matrix.shape)
    if n <= max(dimension + 1, _DENSE_BELOW):
        left, singular, _ = np.linalg.svd(matrix.toarray(), full_matrices=False)
        left, singular = left[:, :dimension], singular[:dimension]
    else:
        start = _start_vector(n, random_state)
        ncv = min(n, max(3 * dimension // 2, dimension + 20))  # 9000 words, d = 100: 1.09 s, with 2 d + 1 1.32 s
        left, singular, _ = svds(matrix, k=dimension, ncv=ncv, v0=start, return_singular_vectors="u", solver="arpack")
        left, singular = left[:, ::-1], singular[::-1]
    rank = int((singular > singular.max(initial=0.0) * n * np.finfo(np.float64).eps).sum())
    left, singular = left[:, :rank], singular[:rank]
    empty = np.diff(matrix.indptr) == 0
    left[empty] = 0.0  # rows without information are zero but for rounding
    sign = np.where(left[np.abs(left).argmax(axis=0), np.arange(rank)] < 0, -1.0, 1.0) if rank else np.ones(0)
    return np.ascontiguousarray(left * sign), np.ascontiguousarray(singular)


def _start_vector(n, random_state):
    if random_state is None:
        return np.ones(n)
    return check_generator(random_state).uniform(-1, 1, n)


def warn_zero_vectors(n_zero, n_words):
    """Warn that words have zero vectors."""
    warnings.warn(
        f"{n_zero} of {n_words} words have a zero vector; they have no neighbours.", UserWarning, stacklevel=3
    )
