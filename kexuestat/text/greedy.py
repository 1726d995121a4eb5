"""Greedy matching of token vectors, the formula of BERTScore: a cheap baseline beside exact transport.

With token weights a, b of total 1: precision P = Σ_i a_i max_j cos(x_i, y_j), recall R = Σ_j b_j max_i cos(x_i, y_j),
F1 = 2 P R / (P + R). Nothing keeps two tokens from choosing the same partner; 1 - P and 1 - R are the two sides of the
relaxed transport bound under the cost 1 - cos.
"""

import warnings
from functools import partial
from typing import NamedTuple

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.utils.validation import check_is_fitted

from kexuestat._kernels.greedy import greedy_costs
from kexuestat.base import DocumentInputMixin
from kexuestat.exceptions import EmptyTextWarning, InvalidInputError
from kexuestat.text.bert_words import frequency_weight, inverse_document_frequencies, token_weight
from kexuestat.text.cooccurrence import PMIEmbedder
from kexuestat.text.documents import TokenVectors, normalised_rows, row_sums
from kexuestat.text.mover_documents import is_list_of_arrays
from kexuestat.text.vectors import WordVectors
from kexuestat.transport.batch import runs
from kexuestat.transport.costs import PreparedVectors, prepared_cost_matrix, prepared_vectors
from kexuestat.validation.options import check_option
from kexuestat.validation.text import check_embedder, check_finite_rows, check_paired
from kexuestat.validation.transport import check_vectors, check_weights

_BLOCK = 1 << 14  # tokens of the right side whose costs to one text are held at once


class MatchScores(NamedTuple):
    """How well texts X are covered by texts Y and the other way round, floats or arrays of equal shape.

    Attributes
    ----------
    precision : float or ndarray of float64
        Mean over the tokens of X of the largest cosine with a token of Y; in [-1, 1].
    recall : float or ndarray of float64
        The same over the tokens of Y.
    f1 : float or ndarray of float64
        Harmonic mean of both; their minimum where that is not positive. In [-1, 1].
    """

    precision: object
    recall: object
    f1: object


class _Side(NamedTuple):
    """Texts as ragged directions with weights of total 1 in each text."""

    indptr: np.ndarray
    vectors: PreparedVectors
    weights: np.ndarray

    def part(self, first, last):
        rows = slice(self.indptr[first], self.indptr[last])
        vectors = PreparedVectors(self.vectors.rows[rows], 1.0, self.vectors.norms[rows])
        return _Side(self.indptr[first : last + 1] - self.indptr[first], vectors, self.weights[rows])


def greedy_match(X, Y, *, a=None, b=None):
    """Return precision, recall and F1 of the greedy matching of two texts given as token vectors.

    P = Σ_i a_i max_j cos(x_i, y_j), R = Σ_j b_j max_i cos(x_i, y_j), F1 = 2 P R / (P + R), with a, b scaled to total
    1. Zero vectors have no direction and are left out.

    Parameters
    ----------
    X : array-like (n, d)
        Token vectors of the candidate.
    Y : array-like (m, d)
        Token vectors of the reference.
    a : array-like (n,), optional
        Non-negative weights, for instance idf; default uniform. A token of weight 0 can still be a partner.
    b : array-like (m,), optional

    Returns
    -------
    MatchScores
        Three floats in [-1, 1]; 1 for equal texts.

    Raises
    ------
    InvalidInputError
        If an array is empty or not finite, widths differ, weights are negative or all zero, or all vectors are zero.

    See Also
    --------
    word_mover_distance, word_rotator_distance : exact transport, where partners have to share.

    References
    ----------
    T. Zhang, V. Kishore, F. Wu, K. Weinberger, Y. Artzi, "BERTScore", ICLR 2020, https://arxiv.org/abs/1904.09675.

    Examples
    --------
    >>> from kexuestat.text import greedy_match
    >>> greedy_match([[1.0, 0.0], [0.0, 1.0]], [[2.0, 0.0]])
    MatchScores(precision=0.5, recall=1.0, f1=0.666...)
    """
    X = check_vectors(X, "X")
    Y = check_vectors(Y, "Y", like=X)
    sides = [_one_side(X, a, "X", "a"), _one_side(Y, b, "Y", "b")]
    precision, recall = _matched(*sides)
    return _scores(*(float(values[0]) for values in (precision, recall)))


class GreedyMatching(DocumentInputMixin, TransformerMixin, BaseEstimator):
    """Similarity of texts by greedy matching of their token vectors, as BERTScore computes it, for any embedder.

    A transformer of documents: ``fit`` takes the references, ``transform`` gives F1 of texts against each of them.

    Parameters
    ----------
    vectors : embedder, WordVectors, path, mapping, (words, array), KeyedVectors of gensim, or None
        Where token vectors come from; None fits a `PMIEmbedder` on the documents.
    weighting : {"uniform", "idf"} or callable, default "uniform"
        Multiplies the embedder's own weights. "idf" is ln((N + 1) / (df + 1)) over the N fitted texts, ln(N + 1) for
        a token that they lack; a callable maps a token to a non-negative weight.
    empty : {"warn", "error", "ignore"}, default "warn"
        What to do with texts without known words; their scores are nan.

    Attributes
    ----------
    embedder_ : embedder, or None
        Fitted; None if the fitted documents were token vectors.
    idf_ : dict of str to float, or None
        None unless ``weighting="idf"``.
    n_documents_ : int

    See Also
    --------
    WordMoverDistance, WordRotatorDistance : exact transport over the same token vectors.

    References
    ----------
    T. Zhang, V. Kishore, F. Wu, K. Weinberger, Y. Artzi, "BERTScore", ICLR 2020, https://arxiv.org/abs/1904.09675.

    Examples
    --------
    >>> from kexuestat.text import GreedyMatching
    >>> vectors = {"cat": [1.0, 0.0], "dog": [0.8, 0.6], "car": [0.0, 2.0]}
    >>> model = GreedyMatching(vectors=vectors).fit(["cat", "car"])
    >>> model.transform(["a dog"]).round(3).tolist()
    [[0.8, 0.6]]
    >>> scores = model.paired(["cat car"], ["cat"])
    >>> scores.precision.tolist(), scores.recall.tolist()
    ([0.5], [1.0])
    """

    def __init__(self, *, vectors=None, weighting="uniform", empty="warn"):
        self.vectors = vectors
        self.weighting = weighting
        self.empty = empty

    def fit(self, documents, y=None):
        """Return self, fitted to the references.

        Parameters
        ----------
        documents : sequence of str or of token lists as the embedder takes them, of (n_tokens, d) arrays, TokenVectors
        y : ignored

        Raises
        ------
        InvalidInputError
            If an option is unknown or the documents cannot be embedded.
        """
        check_option(self.empty, "empty", ("warn", "error", "ignore"))
        if not callable(self.weighting):
            check_option(self.weighting, "weighting", ("uniform", "idf"))
        self.embedder_ = None if _is_embedded(documents) else _embedder(self.vectors).fit(documents)
        texts = self._embedded(documents)
        self.n_documents_, self._width = len(texts), texts.vectors.shape[1]
        self.idf_ = inverse_document_frequencies(text.tokens for text in texts) if self.weighting == "idf" else None
        self._references = self._side(texts)
        return self

    def transform(self, documents):
        """Return F1 (n, n_fitted), float64 in [-1, 1], of documents against the fitted ones.

        Parameters
        ----------
        documents : as in `fit`
        """
        return self.pairwise(documents).f1

    def pairwise(self, X=None, Y=None):
        """Return the scores of all documents of X against all of Y.

        Parameters
        ----------
        X, Y : documents, optional
            Default: the fitted ones.

        Returns
        -------
        MatchScores
            Arrays (n_x, n_y); nan where a text has no known word.
        """
        check_is_fitted(self)
        left, right = (self._references if side is None else self._side(self._embedded(side)) for side in (X, Y))
        self._report(left, right)
        precision, recall = np.empty((2, len(left.indptr) - 1, len(right.indptr) - 1))
        for first, last in runs(right.indptr, _BLOCK):
            block = right.part(first, last)
            for i in range(precision.shape[0]):
                precision[i, first:last], recall[i, first:last] = _matched(left.part(i, i + 1), block)
        return _scores(precision, recall)

    def paired(self, X, Y):
        """Return the scores of each document of X and the document of Y at the same place.

        Parameters
        ----------
        X, Y : documents, equally many

        Returns
        -------
        MatchScores
            Arrays (n,); nan where a text has no known word.
        """
        check_is_fitted(self)
        left, right = (self._side(self._embedded(side)) for side in (X, Y))
        n = len(left.indptr) - 1
        check_paired(n, len(right.indptr) - 1)
        self._report(left, right)
        found = [_matched(left.part(i, i + 1), right.part(i, i + 1)) for i in range(n)]
        return _scores(*np.array(found, dtype=np.float64).reshape(n, 2).T)

    def _embedded(self, documents):
        if _is_embedded(documents):
            return TokenVectors.of(documents)
        if self.embedder_ is None:
            raise InvalidInputError("the fitted documents were token vectors; pass TokenVectors or a list of arrays.")
        return self.embedder_.transform(documents)

    def _side(self, texts):
        """The _Side of token vectors: zero vectors left out, weights of total 1, uniform where all are 0."""
        n_rows, width = texts.vectors.shape
        if n_rows and width != self._width:
            raise InvalidInputError(
                f"token vectors must have the width of the fitted ones ({self._width}), got {width}."
            )
        vectors = np.asarray(texts.vectors, dtype=np.float64).reshape(n_rows, self._width)  # no tokens: any width
        vectors = check_finite_rows(vectors, "vectors", texts.tokens)
        weights = texts.weights * self._factors(texts.tokens)
        kept = vectors.any(axis=1)
        owner = np.repeat(np.arange(len(texts)), np.diff(texts.indptr))[kept]
        indptr = np.concatenate([[0], np.cumsum(np.bincount(owner, minlength=len(texts)))]).astype(np.int64)
        weights = weights[kept]
        massless = (row_sums(indptr, weights) == 0) & (np.diff(indptr) > 0)
        if massless.any():
            warnings.warn(
                f"all tokens of {massless.sum()} texts have weight 0; their weights are uniform.",
                UserWarning,
                stacklevel=4,
            )
            weights = np.where(massless[owner], 1.0, weights)
        return _Side(indptr, prepared_vectors(vectors[kept], "cosine"), normalised_rows(indptr, weights))

    def _factors(self, tokens):
        if self.weighting == "uniform":
            return 1.0
        weigh = self.weighting
        if self.idf_ is not None:
            weigh = partial(frequency_weight, self.idf_, self.n_documents_)
        known = {token: token_weight(weigh, token) for token in set(tokens)}
        return np.array([known[token] for token in tokens])

    def _report(self, *sides):
        empty = sum(int((np.diff(side.indptr) == 0).sum()) for side in sides)
        sentence = f"{empty} of {sum(len(side.indptr) - 1 for side in sides)} texts have no known word; scores are nan."
        if empty and self.empty == "error":
            raise InvalidInputError(sentence)
        if empty and self.empty == "warn":
            warnings.warn(sentence, EmptyTextWarning, stacklevel=3)


def _is_embedded(documents):
    return isinstance(documents, TokenVectors) or is_list_of_arrays(documents)


def _embedder(vectors):
    """A fresh embedder of whatever vectors may be."""
    if vectors is None:
        return PMIEmbedder()
    return clone(vectors) if check_embedder(vectors) else WordVectors.of(vectors)


def _one_side(vectors, weights, name, weights_name):
    kept = vectors.any(axis=1)
    if not kept.any():
        raise InvalidInputError(f"{name} must hold a vector of positive length, all are zero.")
    shares = check_weights(weights, weights_name, vectors.shape[0], name)[kept]
    if not shares.any():
        raise InvalidInputError(f"{weights_name} must be positive for a vector of positive length, all are 0 there.")
    shares = shares / shares.max()  # the sum of tiny weights may be no normal number
    indptr = np.array([0, shares.shape[0]], dtype=np.int64)
    return _Side(indptr, prepared_vectors(vectors[kept], "cosine", name), shares / shares.sum())


def _matched(one, many):
    """Precision and recall (n_texts,) of one text against each of many."""
    forth, back = np.empty((2, len(many.indptr) - 1))
    cost = prepared_cost_matrix(one.vectors, many.vectors, "cosine")
    greedy_costs(cost, one.weights, many.indptr, many.weights, forth, back)
    return 1.0 - forth, 1.0 - back


def _scores(precision, recall):
    low, total = np.minimum(precision, recall), np.add(precision, recall)
    with np.errstate(divide="ignore", invalid="ignore"):
        f1 = np.where(low > 0, 2.0 * np.multiply(precision, recall) / total, low)
    return MatchScores(precision, recall, float(f1) if f1.ndim == 0 else f1)
