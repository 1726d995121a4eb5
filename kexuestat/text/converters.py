"""Word vectors made fit for rotators: centring, removal of common directions, frequency scaling.

Every step is x -> (x - m) P or x -> x s(w), with m, P and s learned from the vectors as the steps before have left
them. The sums run over blocks of rows, so a memory-mapped file is never held whole.
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from kexuestat.exceptions import InvalidInputError
from kexuestat.text.documents import Documents, row_sums
from kexuestat.text.vectors import WordVectors
from kexuestat.validation.options import check_integer, check_option, check_real

_BLOCK = 1 << 15


class AffineStep(NamedTuple):
    """x -> (x - mean) projection."""

    mean: np.ndarray
    projection: np.ndarray

    def __call__(self, rows, words):
        return (rows - self.mean) @ self.projection


class ScaleStep(NamedTuple):
    """x -> x a / (a + p(w)); p is a dict, words that it lacks have p = 0."""

    a: float
    frequency: dict

    def __call__(self, rows, words):
        p = np.array([self.frequency.get(word, 0.0) for word in words])
        return rows * (self.a / (self.a + p))[:, None]


class VectorConverter(TransformerMixin, BaseEstimator):
    """Word vectors changed so that their norms and directions say more; for rotators it is the feature.

    Parameters
    ----------
    steps : sequence of str, default ("all-but-the-top", "sif", "removal")
        Applied in this order:

        - "center": x - mean over the words (weighted by frequency where word_counts is given);
        - "all-but-the-top": centre, then remove the first n_components principal components (Mu and Viswanath 2018,
          arXiv:1702.01417);
        - "conceptor": x (I - R (R + alpha^-2 I)^-1), R = X'X / n_words (Liu, Ungar and Sedoc 2019,
          doi:10.1609/aaai.v33i01.33016778);
        - "sif": x a / (a + p(w)) (Arora, Liang and Ma 2017, "A simple but tough-to-beat baseline");
        - "removal": remove the first n_removed right singular vectors (not centred) of the mean vectors of the fitted
          documents.
    n_components : int, optional
        Default max(1, round(d / 100)).
    alpha : float, default 2.0
        Aperture of the conceptor.
    sif_a : float, default 1e-3
    n_removed : int, default 1
    word_counts : mapping of str to number, optional
        Where p(w) comes from: count / total, 0 for words it lacks. None counts the fitted documents.

    Attributes
    ----------
    steps_ : tuple
        The fitted steps.

    Examples
    --------
    >>> from kexuestat.text import VectorConverter
    >>> converted = VectorConverter(steps=["center"]).fit_transform({"a": [1.0, 0.0], "b": [0.0, 1.0]})
    >>> converted["a"].tolist()
    [0.5, -0.5]
    """

    def __init__(
        self,
        *,
        steps=("all-but-the-top", "sif", "removal"),
        n_components=None,
        alpha=2.0,
        sif_a=1e-3,
        n_removed=1,
        word_counts=None,
    ):
        self.steps = steps
        self.n_components = n_components
        self.alpha = alpha
        self.sif_a = sif_a
        self.n_removed = n_removed
        self.word_counts = word_counts

    def fit(self, vectors, documents=None):
        """Return self, fitted to word vectors and, for "removal" and for "sif" without word_counts, documents.

        Parameters
        ----------
        vectors : anything ``WordVectors.of`` takes
        documents : Documents, sequence of str or of token lists, optional

        Returns
        -------
        VectorConverter

        Raises
        ------
        InvalidInputError
            If a step or option is unknown, or a step needs documents and there are none.
        """
        source = WordVectors.of(vectors)
        if documents is not None:
            documents = Documents.of(documents, vocabulary=source)
        return self.fit_rows(source.words, source.vectors, documents)

    def fit_rows(self, words, rows, documents=None):
        """Return self, fitted to rows of which words may repeat, such as contextual token vectors.

        Parameters
        ----------
        words : sequence of str, shape (n_rows,)
        rows : array (n_rows, d)
        documents : Documents, optional
            Their tokens are row numbers.

        Returns
        -------
        VectorConverter
        """
        self._check_options(documents)
        fitted = []
        for name in self.steps:
            fitted.append(_FITTERS[name](self, _Rows(words, rows, fitted), documents))
        self.steps_ = tuple(fitted)
        return self

    def transform(self, vectors):
        """Return the converted WordVectors (float64), of all or of some of the fitted words.

        Parameters
        ----------
        vectors : anything ``WordVectors.of`` takes

        Returns
        -------
        WordVectors
        """
        source = WordVectors.of(vectors)
        return WordVectors(source.words, self.transform_rows(source.words, source.vectors))

    def transform_rows(self, words, rows):
        """Return the converted rows (float64).

        Parameters
        ----------
        words : sequence of str, shape (n_rows,)
        rows : array (n_rows, d)

        Returns
        -------
        ndarray of float64, shape (n_rows, d)
        """
        check_is_fitted(self)
        return converted(np.asarray(rows, dtype=np.float64), words, self.steps_)

    def _check_options(self, documents):
        check_steps(self.steps)
        if self.n_components is not None:
            check_integer(self.n_components, "n_components", 0)
        check_real(self.alpha, "alpha", 0, open_low=True)
        check_real(self.sif_a, "sif_a", 0, open_low=True)
        check_integer(self.n_removed, "n_removed", 0)
        if self.word_counts is not None:
            check_word_counts(self.word_counts)
        needs = ["removal"] if "removal" in self.steps else []
        needs += ["sif"] if "sif" in self.steps and self.word_counts is None else []
        if needs and documents is None:
            raise InvalidInputError(f"step {needs[0]!r} needs documents; pass documents=texts to fit.")


class _Rows:
    """The rows as the fitted steps leave them, block by block."""

    def __init__(self, words, rows, steps):
        self.words, self.rows, self.steps = words, rows, tuple(steps)

    def __len__(self):
        return self.rows.shape[0]

    @property
    def width(self):
        return self.rows.shape[1]

    def blocks(self):
        for start in range(0, len(self), _BLOCK):
            words = self.words[start : start + _BLOCK]
            yield words, converted(np.asarray(self.rows[start : start + _BLOCK], np.float64), words, self.steps)

    def at(self, rows):
        words = [self.words[i] for i in rows.tolist()]
        return converted(np.asarray(self.rows[rows], np.float64), words, self.steps)

    def mean(self, frequency=None):
        total, weight = np.zeros(self.width), 0.0
        for words, rows in self.blocks():
            share = np.ones(len(words)) if frequency is None else np.array([frequency.get(w, 0.0) for w in words])
            total += share @ rows
            weight += share.sum()
        return total / weight if weight > 0 else total

    def second_moment(self, mean):
        """Sum of the outer products of the centred rows, (d, d)."""
        total = np.zeros((self.width, self.width))
        for _, rows in self.blocks():
            total += (rows - mean).T @ (rows - mean)
        return total


def converted(rows, words, steps):
    """Return the rows after all steps."""
    for step in steps:
        rows = step(rows, words)
    return rows


def check_steps(steps):
    """Return the step names if all are known and there is at least one."""
    if isinstance(steps, str):
        raise InvalidInputError(f"steps must be a sequence of step names, got one str; pass [{steps!r}].")
    for name in steps:
        check_option(name, "steps", _FITTERS)
    return tuple(steps)


def check_word_counts(word_counts):
    """Return word_counts if it is a mapping of positive total."""
    if not isinstance(word_counts, Mapping):
        raise InvalidInputError(f"word_counts must be a mapping word -> count, got {type(word_counts).__name__}.")
    for word, count in word_counts.items():
        if not (count >= 0 and np.isfinite(count)):
            raise InvalidInputError(f"word_counts must be finite and non-negative, got {word!r}: {count}.")
    if not sum(word_counts.values()) > 0:
        raise InvalidInputError("word_counts must have a positive sum, got 0.")
    return word_counts


def frequencies(word_counts, words, documents):
    """Return the dict word -> p(w) of word_counts, or of the documents over these words."""
    if word_counts is not None:
        total = float(sum(word_counts.values()))
        return {word: count / total for word, count in word_counts.items()}
    counts = np.bincount(documents.tokens, weights=documents.weights, minlength=len(words))
    total = counts.sum() + documents.unknown.sum()
    frequency = {}
    for row in np.flatnonzero(counts).tolist():
        frequency[words[row]] = frequency.get(words[row], 0.0) + counts[row] / total
    return frequency


def _fit_center(converter, rows, documents):
    frequency = frequencies(converter.word_counts, rows.words, documents) if converter.word_counts else None
    return AffineStep(rows.mean(frequency), np.eye(rows.width))


def _fit_all_but_the_top(converter, rows, documents):
    n = converter.n_components
    n = max(1, round(rows.width / 100)) if n is None else n
    mean = rows.mean()
    return AffineStep(mean, _without(_leading(rows.second_moment(mean), n)))


def _fit_conceptor(converter, rows, documents):
    identity = np.eye(rows.width)
    correlation = rows.second_moment(np.zeros(rows.width)) / max(1, len(rows))
    soft = np.linalg.solve(correlation + identity / converter.alpha**2, correlation)
    return AffineStep(np.zeros(rows.width), identity - soft.T)


def _fit_sif(converter, rows, documents):
    return ScaleStep(float(converter.sif_a), frequencies(converter.word_counts, rows.words, documents))


def _fit_removal(converter, rows, documents):
    used, place = np.unique(documents.tokens, return_inverse=True)
    means = _document_means(documents, rows.at(used), place)
    return AffineStep(np.zeros(rows.width), _without(_leading(means.T @ means, converter.n_removed)))


def _document_means(documents, vectors, place):
    from scipy.sparse import csr_array

    totals = row_sums(documents.indptr, documents.weights)
    known = totals > 0
    shape = (len(documents), vectors.shape[0])
    sums = csr_array((documents.weights, place, documents.indptr), shape=shape) @ vectors
    return sums[known] / totals[known, None]


def _leading(moment, n):
    """The n leading eigenvectors of a symmetric matrix, as columns; fewer where it has a lower rank."""
    values, columns = np.linalg.eigh(moment)
    real = values > max(values.max(initial=0.0), 0.0) * len(values) * np.finfo(np.float64).eps
    return columns[:, real][:, ::-1][:, :n]


def _without(columns):
    return np.eye(columns.shape[0]) - columns @ columns.T


_FITTERS = {
    "center": _fit_center,
    "all-but-the-top": _fit_all_but_the_top,
    "conceptor": _fit_conceptor,
    "sif": _fit_sif,
    "removal": _fit_removal,
}
