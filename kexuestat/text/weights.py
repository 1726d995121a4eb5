"""Weights of tokens in a text: counts, presence, tf-idf, smooth inverse frequency, or the caller's own."""

import math
from typing import NamedTuple

import numpy as np

from kexuestat.exceptions import InvalidInputError
from kexuestat.text.converters import frequencies
from kexuestat.validation.options import check_option

SCHEMES = ("count", "binary", "tfidf", "sif")


class TokenWeights(NamedTuple):
    """A fitted weighting: factors of the words of the fitted documents, and the factor of all others.

    Attributes
    ----------
    scheme : str or callable
    factors : dict
        Word -> factor of its count ("tfidf" and "sif").
    unseen : float
    """

    scheme: object
    factors: dict
    unseen: float

    def __call__(self, words, tokens, counts):
        """Return the weights (float64) of counts of ``words[tokens]``, which may be zero."""
        if self.scheme == "count":
            return counts
        if self.scheme == "binary":
            return np.ones(counts.shape[0])
        if callable(self.scheme):
            return _of_callable(self.scheme, words, tokens, counts)
        return counts * self.of(words)[tokens]

    def of(self, words):
        """Return the factor (float64) of each word."""
        return np.array([self.factors.get(word, self.unseen) for word in words])


def check_weights(weights):
    """Return weights if it is a known scheme or a callable."""
    return weights if callable(weights) else check_option(weights, "weights", SCHEMES)


def fit_weights(scheme, words, documents, word_counts, sif_a):
    """Return the TokenWeights of a scheme for documents whose tokens are rows of words."""
    if scheme == "tfidf":
        n_documents = len(documents)
        return TokenWeights(scheme, _inverse_frequencies(words, documents), math.log(max(1, n_documents)))
    if scheme == "sif":
        share = frequencies(word_counts, words, documents)
        return TokenWeights(scheme, {word: sif_a / (sif_a + p) for word, p in share.items()}, 1.0)
    return TokenWeights(scheme, {}, 1.0)


def _inverse_frequencies(words, documents):
    owner = np.repeat(np.arange(len(documents)), np.diff(documents.indptr)).tolist()
    holders = {}
    for i, token in zip(owner, documents.tokens.tolist()):  # by word, not by row: contextual rows repeat a word
        holders.setdefault(words[token], set()).add(i)
    return {word: math.log(len(documents) / len(found)) for word, found in holders.items()}


def _of_callable(function, words, tokens, counts):
    weights = np.empty(counts.shape[0])
    for i, (token, count) in enumerate(zip(tokens.tolist(), counts.tolist())):
        weight = float(function(words[token], count))
        if not (math.isfinite(weight) and weight >= 0):
            raise InvalidInputError(
                f"weights must return finite non-negative numbers, got {weight} for ({words[token]!r}, {count:g})."
            )
        weights[i] = weight
    return weights
