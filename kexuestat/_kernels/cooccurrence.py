"""Kernels that count neighbouring words, and the pointwise mutual information of counts.

The counts are sums of small integers, so they do not depend on the order of the work. Row w of the table is found from
the places of word w alone (an inverted index), with one slot per word as workspace; no pair is ever stored.
"""

import numpy as np

from kexuestat._kernels._jit import kernel


@kernel
def word_places(tokens, n_words):
    """Return indptr and places: the positions of word w in tokens are places[indptr[w]:indptr[w + 1]], ascending.

    Parameters
    ----------
    tokens : ndarray of int64, shape (n_tokens,)
        In 0 … n_words - 1.
    """
    indptr = np.zeros(n_words + 1, dtype=np.int64)
    for i in range(tokens.shape[0]):
        indptr[tokens[i] + 1] += 1
    for w in range(n_words):
        indptr[w + 1] += indptr[w]
    free = indptr[:-1].copy()
    places = np.empty(tokens.shape[0], dtype=np.int64)
    for i in range(tokens.shape[0]):
        places[free[tokens[i]]] = i
        free[tokens[i]] += 1
    return indptr, places


@kernel
def token_documents(indptr):
    """Return the document (int64) of every token of ragged documents."""
    owner = np.empty(indptr[-1], dtype=np.int64)
    for document in range(indptr.shape[0] - 1):
        for i in range(indptr[document], indptr[document + 1]):
            owner[i] = document
    return owner


@kernel
def _row_counts(w, tokens, owner, word_indptr, places, window, count, columns):
    """Add the windows around word w to count, list the words met in columns; return their number."""
    n, met = tokens.shape[0], 0
    for p in range(word_indptr[w], word_indptr[w + 1]):
        i = places[p]
        for j in range(max(0, i - window), min(n, i + window + 1)):
            if j != i and owner[j] == owner[i]:
                c = tokens[j]
                if count[c] == 0:
                    columns[met] = c
                    met += 1
                count[c] += window + 1 - abs(j - i)
    return met


@kernel
def cooccurrence_sizes(tokens, owner, word_indptr, places, window):
    """Return the number of distinct neighbours (int64) of every word."""
    n_words = word_indptr.shape[0] - 1
    count = np.zeros(n_words, dtype=np.int64)
    columns = np.empty(n_words, dtype=np.int64)
    sizes = np.zeros(n_words, dtype=np.int64)
    for w in range(n_words):
        sizes[w] = _row_counts(w, tokens, owner, word_indptr, places, window, count, columns)
        for k in range(sizes[w]):
            count[columns[k]] = 0
    return sizes


@kernel
def cooccurrence_rows(tokens, owner, word_indptr, places, window, indptr, indices, counts):
    """Fill indices and counts with the table of neighbours, columns in order of first sight.

    Positions of one document at distance o <= window add window - o + 1 to both words' rows; the table is symmetric.

    Parameters
    ----------
    tokens, owner : ndarray of int64, shape (n_tokens,)
        Word and document of each position.
    word_indptr, places : ndarray of int64
        From word_places.
    window : int
    indptr : ndarray of int64, shape (n_words + 1,)
        From the sums of cooccurrence_sizes.
    indices, counts : ndarray of int64, shape (indptr[-1],)
    """
    n_words = word_indptr.shape[0] - 1
    count = np.zeros(n_words, dtype=np.int64)
    columns = np.empty(n_words, dtype=np.int64)
    for w in range(n_words):
        met = _row_counts(w, tokens, owner, word_indptr, places, window, count, columns)
        for k in range(met):
            indices[indptr[w] + k] = columns[k]
            counts[indptr[w] + k] = count[columns[k]]
            count[columns[k]] = 0


@kernel
def pointwise_information(indptr, indices, counts, row_share, column_share, total, shift):
    """Return ln(p(w, c) / (p(w) q(c))) - shift (float64, nats) for every entry of a table of counts.

    Parameters
    ----------
    indptr, indices : ndarray of int64
    counts : ndarray of float64
        p(w, c) = counts / total.
    row_share, column_share : ndarray of float64
        p and q.
    """
    information = np.empty(counts.shape[0])
    for w in range(indptr.shape[0] - 1):
        for e in range(indptr[w], indptr[w + 1]):
            ratio = counts[e] / total / (row_share[w] * column_share[indices[e]])
            information[e] = np.log(ratio) - shift
    return information
