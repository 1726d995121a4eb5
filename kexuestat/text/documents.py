"""Documents as one ragged, CSR-like structure: word ids with weights, or token vectors."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from kexuestat.exceptions import InvalidInputError
from kexuestat.text.tokenize import as_tokenizer
from kexuestat.validation.text import (
    check_sequence_of_texts,
    check_token_list,
    check_token_weights,
    check_vector_rows,
    check_words,
    refuse_element,
)


class Bags(NamedTuple):
    """Bags of words: in each document the tokens are sorted and unique, with positive weights.

    Attributes
    ----------
    indptr : ndarray of int64, shape (n_documents + 1,)
    tokens : ndarray of int64
    weights : ndarray of float64
    """

    indptr: np.ndarray
    tokens: np.ndarray
    weights: np.ndarray


@dataclass(frozen=True, eq=False)
class Documents:
    """Documents as word ids, in reading order and with repetition.

    Attributes
    ----------
    indptr : ndarray of int64, shape (n_documents + 1,)
        The tokens of document i are ``tokens[indptr[i]:indptr[i + 1]]``.
    tokens : ndarray of int64, shape (n_tokens,)
        Rows of the vocabulary.
    weights : ndarray of float64, shape (n_tokens,)
        Counts: 1 for each token of a text, the entry of a count matrix.
    vocabulary : tuple of str
    unknown : ndarray of int64, shape (n_documents,)
        Tokens left out because the given vocabulary lacks them.

    Examples
    --------
    >>> from kexuestat.text import Documents
    >>> documents = Documents.of(["a b a", "c"])
    >>> documents.vocabulary
    ('a', 'b', 'c')
    >>> documents.bags().weights.tolist()
    [2.0, 1.0, 1.0]
    """

    indptr: np.ndarray
    tokens: np.ndarray
    weights: np.ndarray
    vocabulary: tuple
    unknown: np.ndarray

    @classmethod
    def of(cls, X, *, tokenizer="default", vocabulary=None):
        """Return the documents in X.

        Parameters
        ----------
        X : sequence of str, sequence of token lists, or count matrix (n_documents, n_words)
            Strings are tokenised, token lists are taken as they are; a count matrix is sparse or a dense array.
        tokenizer : "default" or callable str -> list of str
        vocabulary : sequence of str or WordVectors, optional
            Order of the ids; tokens that it lacks are dropped and counted in ``unknown``. For a count matrix it names
            the columns. Default: the tokens in order of first occurrence.

        Returns
        -------
        Documents

        Raises
        ------
        InvalidInputError
            If X is one str, or a count matrix has no vocabulary, another number of columns, or a negative entry.
        TypeError
            If an element is neither a str nor a list of str.
        """
        if isinstance(X, Documents):
            return X if vocabulary is None else _renamed(X, vocabulary)
        if is_count_matrix(X):
            return _from_counts(X, vocabulary)
        return _from_lists(token_lists(X, tokenizer), vocabulary)

    def __len__(self):
        return self.indptr.shape[0] - 1

    def bags(self):
        """Return the documents as bags: tokens sorted and unique in each document, counts summed, zeros left out.

        Returns
        -------
        Bags
        """
        return merge_tokens(self.indptr, self.tokens, self.weights)


class TextVectors(NamedTuple):
    """Token vectors of one text: ``vectors`` (n, d), ``weights`` (n,), ``tokens`` and ``offsets`` (n, 2)."""

    vectors: np.ndarray
    weights: np.ndarray
    tokens: tuple
    offsets: np.ndarray


@dataclass(frozen=True, eq=False)
class TokenVectors:
    """Token vectors of many texts, the ragged result of any embedder.

    ``len`` counts texts; item i is a named tuple ``(vectors, weights, tokens, offsets)`` of text i (views).

    Attributes
    ----------
    indptr : ndarray of int64, shape (n_texts + 1,)
    vectors : ndarray of float32 or float64, shape (n_tokens, d)
    weights : ndarray of float64, shape (n_tokens,)
        Sum to 1 in each non-empty text.
    tokens : tuple of str, shape (n_tokens,)
    offsets : ndarray of int64, shape (n_tokens, 2)
        Start and end of each token in its text, -1 where unknown.

    Examples
    --------
    >>> import numpy as np
    >>> from kexuestat.text import TokenVectors
    >>> texts = TokenVectors.of([np.eye(2), np.ones((1, 2))])
    >>> len(texts), texts[0].weights.tolist()
    (2, [0.5, 0.5])
    """

    indptr: np.ndarray
    vectors: np.ndarray
    weights: np.ndarray
    tokens: tuple
    offsets: np.ndarray = field(repr=False)

    @classmethod
    def of(cls, arrays, weights=None, tokens=None):
        """Return the token vectors in a list of (n_i, d) arrays.

        Parameters
        ----------
        arrays : sequence of array (n_i, d)
        weights : sequence of array (n_i,), optional
            Scaled to sum 1 in each text; default uniform.
        tokens : sequence of sequence of str, optional

        Returns
        -------
        TokenVectors

        Raises
        ------
        InvalidInputError
            If the widths differ, a vector is not finite, or weights or tokens do not fit.
        """
        if isinstance(arrays, TokenVectors):
            return arrays
        arrays = [_text_array(array, i) for i, array in enumerate(arrays)]
        widths = {array.shape[1] for array in arrays if array.shape[0]}
        if len(widths) > 1:
            raise InvalidInputError(f"arrays must have equal widths, got {sorted(widths)}.")
        width = widths.pop() if widths else max((array.shape[1] for array in arrays), default=0)
        lengths = [array.shape[0] for array in arrays]
        indptr = np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)]).astype(np.int64)
        vectors = (
            np.concatenate([array.reshape(array.shape[0], width) for array in arrays]) if arrays else np.zeros((0, 0))
        )
        weights = _joined_weights(weights, lengths)
        return cls(
            indptr,
            vectors,
            normalised_rows(indptr, weights),
            _joined_tokens(tokens, lengths),
            np.full((int(indptr[-1]), 2), -1, dtype=np.int64),
        )

    def __len__(self):
        return self.indptr.shape[0] - 1

    def __getitem__(self, i):
        n = len(self)
        if not -n <= i < n:
            raise IndexError(f"text {i} of {n}")
        i = i % n
        rows = slice(int(self.indptr[i]), int(self.indptr[i + 1]))
        return TextVectors(self.vectors[rows], self.weights[rows], self.tokens[rows], self.offsets[rows])

    def __iter__(self) -> Iterator[TextVectors]:
        return (self[i] for i in range(len(self)))

    def means(self):
        """Return the weighted mean vector of each text (n_texts, d), float64; 0 for an empty text.

        Examples
        --------
        >>> TokenVectors.of([np.eye(2), np.ones((1, 2))]).means().tolist()
        [[0.5, 0.5], [1.0, 1.0]]
        """
        from scipy.sparse import csr_array

        columns = np.arange(self.weights.shape[0], dtype=np.int64)
        shape = (len(self), self.weights.shape[0])
        return csr_array((self.weights, columns, self.indptr), shape=shape) @ self.vectors.astype(np.float64)


def is_count_matrix(X):
    """Return whether X is a matrix of counts: sparse, or a 2-D numeric array."""
    if hasattr(X, "tocsr"):
        return True
    return isinstance(X, np.ndarray) and X.ndim == 2 and X.dtype.kind in "biuf"


def token_lists(X, tokenizer):
    """Return the list of token lists of a sequence of str (tokenised) or of token lists (taken as they are)."""
    lists = []
    tokenize = None
    for i, text in enumerate(check_sequence_of_texts(X, "documents")):
        if isinstance(text, str):
            tokenize = tokenize or as_tokenizer(tokenizer)
            lists.append(tokenize(text))
        elif isinstance(text, (bytes, float, int)) or text is None:
            refuse_element(f"documents[{i}]", text)
        else:
            lists.append(check_token_list(text, f"documents[{i}]"))
    return lists


def merge_tokens(indptr, tokens, weights):
    """Return Bags with the tokens of each document sorted and unique, weights summed, zero weights left out."""
    n_documents = indptr.shape[0] - 1
    width = int(tokens.max()) + 1 if tokens.size else 1
    owner = np.repeat(np.arange(n_documents, dtype=np.int64), np.diff(indptr))
    keys, place = np.unique(owner * width + tokens, return_inverse=True)
    sums = np.bincount(place, weights=weights, minlength=keys.shape[0]).astype(np.float64)
    keys, sums = keys[sums > 0], sums[sums > 0]
    counts = np.bincount(keys // width, minlength=n_documents)
    return Bags(np.concatenate([[0], np.cumsum(counts)]).astype(np.int64), keys % width, sums)


def normalised_rows(indptr, weights):
    """Return weights scaled to sum 1 in each row; rows of sum 0 stay 0."""
    totals = row_sums(indptr, weights)
    scale = np.divide(1.0, totals, out=np.zeros_like(totals), where=totals > 0)
    return weights * np.repeat(scale, np.diff(indptr))


def row_sums(indptr, values):
    """Return the sum of the values of each row, 0.0 for an empty one."""
    owner = np.repeat(np.arange(indptr.shape[0] - 1), np.diff(indptr))
    return np.bincount(owner, weights=values, minlength=indptr.shape[0] - 1).astype(np.float64)


def _from_lists(lists, vocabulary):
    if vocabulary is None:
        index = {}
        ids = [[index.setdefault(token, len(index)) for token in tokens] for tokens in lists]
        words = tuple(index)
    else:
        words, index = _words_and_index(vocabulary)
        ids = [[index.get(token, -1) for token in tokens] for tokens in lists]
    lengths = np.array([len(tokens) for tokens in ids], dtype=np.int64)
    flat = np.array([i for tokens in ids for i in tokens], dtype=np.int64)
    return _without_unknown(lengths, flat, np.ones(flat.shape[0]), words)


def _words_and_index(vocabulary):
    """The words and the dict word -> row of a vocabulary; word vectors have both at hand."""
    if hasattr(vocabulary, "words") and hasattr(vocabulary, "index") and not callable(vocabulary.index):
        return vocabulary.words, vocabulary.index
    words = check_words(vocabulary, "vocabulary")
    return words, {word: i for i, word in enumerate(words)}


def _without_unknown(lengths, tokens, weights, vocabulary):
    n_documents = lengths.shape[0]
    owner = np.repeat(np.arange(n_documents), lengths)
    known = tokens >= 0
    unknown = np.bincount(owner, weights=weights * ~known, minlength=n_documents).astype(np.int64)
    kept = np.bincount(owner[known], minlength=n_documents)
    indptr = np.concatenate([[0], np.cumsum(kept)]).astype(np.int64)
    return Documents(indptr, tokens[known], weights[known], vocabulary, unknown)


def _renamed(documents, vocabulary):
    words, index = _words_and_index(vocabulary)
    rows = np.array([index.get(word, -1) for word in documents.vocabulary], dtype=np.int64)
    tokens = rows[documents.tokens] if rows.size else documents.tokens
    again = _without_unknown(np.diff(documents.indptr), tokens, documents.weights, words)
    return Documents(again.indptr, again.tokens, again.weights, again.vocabulary, again.unknown + documents.unknown)


def _from_counts(X, vocabulary):
    from scipy.sparse import csr_array

    matrix = csr_array(X)
    matrix.sum_duplicates()
    if vocabulary is None:
        raise InvalidInputError("a count matrix needs a vocabulary that names its columns; pass vocabulary=words.")
    words, _ = _words_and_index(vocabulary)
    if matrix.shape[1] != len(words):
        raise InvalidInputError(
            f"a count matrix must have one column per word of the vocabulary ({len(words)}), got {matrix.shape[1]}."
        )
    data = check_token_weights(matrix.data, matrix.data.shape[0], "counts")
    keep = data > 0
    owner = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))[keep]
    kept = np.bincount(owner, minlength=matrix.shape[0])
    indptr = np.concatenate([[0], np.cumsum(kept)]).astype(np.int64)
    unknown = np.zeros(matrix.shape[0], dtype=np.int64)
    return Documents(indptr, matrix.indices[keep].astype(np.int64), data[keep], words, unknown)


def _text_array(array, i):
    array = np.asarray(array)
    if array.size == 0 and array.ndim < 2:
        array = array.reshape(0, 0).astype(np.float32)
    return check_vector_rows(array, f"arrays[{i}]")


def _joined_weights(weights, lengths):
    if weights is None:
        return np.ones(sum(lengths))
    if len(weights) != len(lengths):
        raise InvalidInputError(f"weights must have one array per text ({len(lengths)}), got {len(weights)}.")
    parts = [check_token_weights(w, n, f"weights[{i}]") for i, (w, n) in enumerate(zip(weights, lengths))]
    for i, part in enumerate(parts):
        if part.size and not part.sum() > 0:
            raise InvalidInputError(f"weights[{i}] must have a positive sum, got {part.sum()}.")
    return np.concatenate(parts) if parts else np.zeros(0)


def _joined_tokens(tokens, lengths):
    if tokens is None:
        return ("",) * sum(lengths)
    if [len(part) for part in tokens] != list(lengths):
        raise InvalidInputError("tokens must have one str per vector of each text.")
    return tuple(token for part in tokens for token in part)
