"""Documents made ready for transport: which vectors, which tokens, which masses.

A *space* is fitted once: word vectors with a converter and weights, or a contextual embedder. It turns documents of
any form into a ``Clouds``: ragged points with masses. In a static space two clouds share the rows of the word vectors,
so that word–word costs and common words mean the same on both sides; contextual points are all distinct.
"""

from dataclasses import dataclass, replace

import numpy as np
from sklearn.base import clone

from kexuestat.exceptions import InvalidInputError
from kexuestat.text.converters import VectorConverter, check_steps
from kexuestat.text.cooccurrence import PMIEmbedder
from kexuestat.text.documents import Bags, Documents, TokenVectors, is_count_matrix, token_lists
from kexuestat.text.similar import vector_lengths
from kexuestat.text.tokenize import as_tokenizer
from kexuestat.text.vectors import WordVectors
from kexuestat.text.weights import fit_weights
from kexuestat.validation.text import check_embedder, check_finite_rows


@dataclass(frozen=True, eq=False)
class Clouds:
    """Documents as weighted points.

    Attributes
    ----------
    indptr, tokens, weights : ndarray
        Ragged bags; tokens are rows of ``vectors``.
    vectors : ndarray of float64, shape (n_rows, d)
    words : sequence of str, shape (n_rows,)
    rows : ndarray of int64, shape (n_rows,), or None
        Ascending rows of the word vectors; None for contextual points.
    unknown, found : float
        Tokens without a vector, and all tokens.
    """

    indptr: np.ndarray
    tokens: np.ndarray
    weights: np.ndarray
    vectors: np.ndarray
    words: tuple
    rows: object
    unknown: float
    found: float

    def __len__(self):
        return self.indptr.shape[0] - 1

    @property
    def bags(self):
        return Bags(self.indptr, self.tokens, self.weights)

    @property
    def empty(self):
        """Indices (int64) of documents without mass."""
        return np.flatnonzero(np.diff(self.indptr) == 0)

    def part(self, first, last):
        """The documents first … last - 1, over the same rows."""
        start, stop = self.indptr[first], self.indptr[last]
        indptr = self.indptr[first : last + 1] - start
        return replace(self, indptr=indptr, tokens=self.tokens[start:stop], weights=self.weights[start:stop])

    def points(self, i):
        """Vectors and masses of document i."""
        part = slice(self.indptr[i], self.indptr[i + 1])
        return self.vectors[self.tokens[part]], self.weights[part]


class StaticSpace:
    """Word vectors with weights and a converter."""

    contextual = False

    def __init__(self, source, tokenizer, oov):
        self.source, self.tokenizer, self.oov = source, tokenizer, oov
        self.converter = self.weights = None

    def fit(self, X, options):
        documents = self._documents(X)
        self.converter = _fitted_converter(options, self.source.words, self.source.vectors, documents)
        self.weights = fit_weights(options.weights, self.source.words, documents, options.word_counts, options.sif_a)
        return self

    def clouds(self, X, use_norms):
        """Return the Clouds of documents in X; masses are multiplied by the norms where use_norms."""
        documents = self._documents(X)
        bags = documents.bags()
        rows, tokens = np.unique(bags.tokens, return_inverse=True)
        words = tuple(self.source.words[i] for i in rows.tolist())
        vectors = check_finite_rows(np.asarray(self.source.vectors[rows], dtype=np.float64), "vectors", words)
        vectors = _converted(self.converter, words, vectors)
        masses = self.weights(words, tokens, bags.weights)
        unknown = float(documents.unknown.sum())
        found = unknown + float(documents.weights.sum())
        return _with_mass(Clouds(bags.indptr, tokens, masses, vectors, words, rows, unknown, found), use_norms)

    def _documents(self, X):
        if not isinstance(X, Documents) and not is_count_matrix(X):
            X = token_lists(X, self.tokenizer)
        documents = Documents.of(X, vocabulary=self.source)
        if self.oov == "error" and documents.unknown.any():
            self._refuse_unknown(X, int(np.argmax(documents.unknown > 0)))
        return documents

    def _refuse_unknown(self, X, i):
        if isinstance(X, Documents):
            tokens = [X.vocabulary[t] for t in X.tokens[X.indptr[i] : X.indptr[i + 1]]]
        else:
            tokens = X[i]
        word = next((token for token in tokens if token not in self.source.index), "?")
        raise InvalidInputError(
            f'documents[{i}] has the unknown word {word!r}; pass oov="drop" to leave such words out.'
        )


class ContextualSpace:
    """Points whose vectors depend on their text: an embedder, or token vectors of the caller's own."""

    contextual = True

    def __init__(self, embedder):
        self.embedder = embedder
        self.converter = self.weights = None

    def fit(self, X, options):
        texts = self._token_vectors(X)
        documents = _as_documents(texts)
        self.converter = _fitted_converter(options, texts.tokens, texts.vectors, documents)
        self.weights = fit_weights(options.weights, texts.tokens, documents, options.word_counts, options.sif_a)
        self.width = texts.vectors.shape[1]
        return self

    def clouds(self, X, use_norms):
        """Return the Clouds of texts, token vectors, or lists of arrays."""
        texts = self._token_vectors(X)
        if texts.vectors.shape[0] and texts.vectors.shape[1] != self.width:
            raise InvalidInputError(
                f"token vectors must have the width of the fitted ones ({self.width}), got {texts.vectors.shape[1]}."
            )
        rows = np.arange(texts.vectors.shape[0], dtype=np.int64)
        vectors = np.asarray(texts.vectors, dtype=np.float64).reshape(len(rows), self.width)  # no tokens: any width
        vectors = check_finite_rows(vectors, "vectors", texts.tokens)
        vectors = _converted(self.converter, texts.tokens, vectors)
        masses = self.weights(texts.tokens, rows, np.asarray(texts.weights, dtype=np.float64))
        clouds = Clouds(texts.indptr, rows, masses, vectors, texts.tokens, None, 0.0, float(rows.shape[0]))
        return _with_mass(clouds, use_norms)

    def _token_vectors(self, X):
        if isinstance(X, TokenVectors):
            return X
        if is_list_of_arrays(X):
            return TokenVectors.of(X)
        if self.embedder is None:
            raise InvalidInputError("the fitted documents were token vectors; pass TokenVectors or a list of arrays.")
        return self.embedder.transform(X)


class CallableEmbedder:
    """A callable tokens -> array (n_tokens, d) as an embedder; contextual, as nobody knows what it looks at."""

    contextual = True

    def __init__(self, function, tokenizer):
        self.function, self.tokenizer = function, tokenizer

    def fit(self, texts, y=None):
        return self

    def transform(self, texts):
        lists = token_lists(texts, self.tokenizer)
        arrays = [np.asarray(self.function(tokens)) if tokens else np.zeros((0, 0)) for tokens in lists]
        for i, (tokens, array) in enumerate(zip(lists, arrays)):
            if len(array) != len(tokens):
                raise InvalidInputError(
                    f"vectors must return one row per token, got {len(array)} for the {len(tokens)} of documents[{i}]."
                )
        return TokenVectors.of(arrays, tokens=lists)


def is_list_of_arrays(X):
    """Return whether X is a list of (n_tokens, d) arrays."""
    return isinstance(X, (list, tuple)) and len(X) > 0 and all(isinstance(x, np.ndarray) and x.ndim == 2 for x in X)


def fitted_space(X, options):
    """Return the space fitted to documents X by the options (an estimator) of a mover."""
    if isinstance(X, TokenVectors) or is_list_of_arrays(X):
        return ContextualSpace(None).fit(X, options)
    vectors = options.vectors
    if vectors is None:
        vectors = PMIEmbedder(tokenizer=options.tokenizer)
    if check_embedder(vectors) and (vectors.contextual or not isinstance(vectors, WordVectors)):
        return _embedder_space(X, clone(vectors), options)
    if callable(vectors) and not hasattr(vectors, "key_to_index"):
        return ContextualSpace(CallableEmbedder(vectors, as_tokenizer(options.tokenizer))).fit(X, options)
    return StaticSpace(WordVectors.of(vectors), as_tokenizer(options.tokenizer), options.oov).fit(X, options)


def _embedder_space(X, embedder, options):
    if is_count_matrix(X):
        raise InvalidInputError("a count matrix needs word vectors whose words name its columns; pass vectors=.")
    embedder.fit(X)
    if embedder.contextual:
        return ContextualSpace(embedder).fit(X, options)
    tokenizer = as_tokenizer(getattr(embedder, "tokenizer", options.tokenizer))
    return StaticSpace(WordVectors.of(embedder), tokenizer, options.oov).fit(X, options)


def _as_documents(texts):
    n_texts, n_rows = len(texts), texts.vectors.shape[0]
    rows = np.arange(n_rows, dtype=np.int64)
    return Documents(texts.indptr, rows, np.ones(n_rows), texts.tokens, np.zeros(n_texts, dtype=np.int64))


def _fitted_converter(options, words, vectors, documents):
    converter = options.converter
    if converter is None:
        return None
    if not hasattr(converter, "fit"):
        steps = check_steps(converter)
        converter = VectorConverter(steps=steps, sif_a=options.sif_a, word_counts=options.word_counts)
    steps = getattr(converter, "steps", ())
    if "sif" in steps and options.weights == "sif":
        raise InvalidInputError('weights="sif" and the converter step "sif" do the same; use one of them.')
    converter = clone(converter)
    if isinstance(converter, VectorConverter):
        return converter.fit_rows(words, vectors, documents)
    return converter.fit(WordVectors(words, vectors), documents)


def _converted(converter, words, vectors):
    if converter is None:
        return vectors
    if isinstance(converter, VectorConverter):
        return converter.transform_rows(words, vectors)
    return np.asarray(converter.transform(WordVectors(words, vectors)).vectors, dtype=np.float64)


def _with_mass(clouds, use_norms):
    """The clouds with masses times norms where asked, and without points of mass 0."""
    masses = clouds.weights
    if use_norms:
        masses = masses * vector_lengths(clouds.vectors)[clouds.tokens]
    keep = masses > 0
    owner = np.repeat(np.arange(len(clouds)), np.diff(clouds.indptr))[keep]
    kept = np.bincount(owner, minlength=len(clouds))
    indptr = np.concatenate([[0], np.cumsum(kept)]).astype(np.int64)
    return replace(clouds, indptr=indptr, tokens=clouds.tokens[keep].astype(np.int64), weights=masses[keep])


def joined(reference, other):
    """Return other with tokens that are rows of the returned vectors, which begin with those of the reference."""
    other, more = aligned(reference, other)
    vectors = reference.vectors
    return other, np.concatenate([vectors, more]) if len(more) else vectors


def aligned(reference, other):
    """Return other with the reference's tokens, and the vectors of the words that it lacks, whose tokens follow.

    So the reference keeps its tokens, whatever it is compared with.
    """
    n, width = reference.vectors.shape
    if other.vectors is reference.vectors:
        return other, np.empty((0, width))
    if reference.rows is None:
        return replace(other, tokens=other.tokens + n), other.vectors.reshape(-1, width)
    place = np.searchsorted(reference.rows, other.rows)
    known = np.append(reference.rows, -1)[place] == other.rows
    place[~known] = n + np.arange((~known).sum())
    tokens = place[other.tokens]
    owner = np.repeat(np.arange(len(other)), np.diff(other.indptr))
    order = np.lexsort((tokens, owner))
    sorted_other = replace(other, tokens=tokens[order], weights=other.weights[order])
    return sorted_other, other.vectors[~known].reshape(-1, width)
