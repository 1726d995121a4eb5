"""Synthetic corpora shaped like news: Zipf words, topics, vectors whose norm grows with rarity.

20 000 words, 300 dimensions, 50 topics. A vector is 0.55 topic centre + standard normal + 0.4 common offset, scaled to
norm (1.5 + 0.35 ln rank) exp(0.1 N). A word has probability 1 / rank, the first 100 ranks removed, words of the
document's topic 25 times that; a document draws words until it has its number of distinct ones, log-uniform in a range.
"""

from typing import NamedTuple

import numpy as np


class Corpus(NamedTuple):
    """Ragged documents over the words that occur, with their vectors."""

    indptr: np.ndarray
    tokens: np.ndarray
    weights: np.ndarray
    vectors: np.ndarray

    @property
    def documents(self):
        return self.indptr, self.tokens, self.weights


def word_vectors(rng, n_words=20000, n_dimensions=300, n_topics=50):
    """Return (vectors, topic of every word); word k has rank 101 + k."""
    topics = rng.integers(0, n_topics, n_words)
    vectors = 0.55 * rng.standard_normal((n_topics, n_dimensions))[topics]
    vectors += rng.standard_normal((n_words, n_dimensions)) + 0.4 * rng.standard_normal(n_dimensions)
    norms = (1.5 + 0.35 * np.log(np.arange(101, n_words + 101))) * np.exp(0.1 * rng.standard_normal(n_words))
    return vectors * (norms / np.linalg.norm(vectors, axis=1))[:, None], topics


def draw_document(rng, probability, n_distinct):
    """Return the sorted distinct words and their counts, of the draws needed to reach n_distinct."""
    cumulated = np.cumsum(probability)
    drawn = np.empty(0, np.int64)
    while True:
        more = np.searchsorted(cumulated, rng.random(4 * n_distinct + 16) * cumulated[-1], side="right")
        drawn = np.append(drawn, more)
        first = np.unique(drawn, return_index=True)[1]
        if len(first) >= n_distinct:
            return np.unique(drawn[: np.sort(first)[n_distinct - 1] + 1], return_counts=True)


def news(n_documents, seed=0, fewest=5, most=200, n_words=20000):
    """Return a Corpus of n_documents with fewest … most distinct words each, vectors cut to the words in use."""
    rng = np.random.default_rng(seed)
    vectors, topics = word_vectors(rng, n_words)
    base = 1.0 / np.arange(101, n_words + 101)
    sizes = np.exp(rng.uniform(np.log(fewest), np.log(most), n_documents)).round().astype(int)
    texts = [draw_document(rng, base * np.where(topics == rng.integers(50), 25.0, 1.0), n) for n in sizes]
    words, tokens = np.unique(np.concatenate([t for t, _ in texts]), return_inverse=True)
    counts = np.concatenate([c for _, c in texts]).astype(np.float64)
    return Corpus(np.cumsum([0, *(len(t) for t, _ in texts)]), tokens, counts, vectors[words])
