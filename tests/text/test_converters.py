"""Converted word vectors: formulas of the steps, order, what they need."""

import numpy as np
import pytest
from sklearn.base import clone

from kexuestat.exceptions import InvalidInputError
from kexuestat.text import Documents, VectorConverter, WordRotatorDistance, WordVectors, converters

WORDS = tuple("abcdefghij")
X = np.random.default_rng(6).normal(size=(10, 4)) + 1.0
TEXTS = ["a b c", "d e f a", "g h i j a", "b b d"]
COUNTS = {word: 10 * i + 1 for i, word in enumerate(WORDS)}
SOURCE = WordVectors(WORDS, X)


def _convert(*steps, **options):
    return VectorConverter(steps=steps, **options).fit(SOURCE, TEXTS).transform(SOURCE).vectors


def test_center_takes_the_mean_away():
    np.testing.assert_allclose(_convert("center"), X - X.mean(axis=0))
    p = np.array([COUNTS[word] for word in WORDS]) / sum(COUNTS.values())
    np.testing.assert_allclose(_convert("center", word_counts=COUNTS), X - p @ X)


@pytest.mark.parametrize("n", [0, 1, 3])
def test_all_but_the_top_takes_principal_components_away(n):
    centred = X - X.mean(axis=0)
    _, _, V = np.linalg.svd(centred, full_matrices=False)
    wanted = centred - centred @ V[:n].T @ V[:n]
    np.testing.assert_allclose(_convert("all-but-the-top", n_components=n), wanted, atol=1e-12)


def test_the_default_number_of_components_is_a_hundredth_of_the_width():
    wide = WordVectors(WORDS, np.random.default_rng(1).normal(size=(10, 250)))
    rank = {}
    for n in (None, 2, 3):
        converted = VectorConverter(steps=["all-but-the-top"], n_components=n).fit_transform(wide).vectors
        rank[n] = np.linalg.matrix_rank(converted)
    assert rank[None] == rank[2] != rank[3]


def test_conceptor_follows_its_formula():
    R = X.T @ X / 10
    wanted = X @ (np.eye(4) - R @ np.linalg.inv(R + np.eye(4) / 1.5**2))
    np.testing.assert_allclose(_convert("conceptor", alpha=1.5), wanted, atol=1e-12)


def test_sif_scales_by_frequency():
    p = np.array([COUNTS[word] for word in WORDS]) / sum(COUNTS.values())
    np.testing.assert_allclose(_convert("sif", word_counts=COUNTS, sif_a=0.1), X * (0.1 / (0.1 + p))[:, None])
    n = np.array([sum(text.split().count(word) for text in TEXTS) for word in WORDS])
    np.testing.assert_allclose(_convert("sif"), X * (1e-3 / (1e-3 + n / n.sum()))[:, None])
    few = VectorConverter(steps=["sif"], word_counts={"a": 1}).fit(SOURCE)
    np.testing.assert_array_equal(few.transform(SOURCE)["b"], X[1])


@pytest.mark.parametrize("n", [1, 2])
def test_removal_takes_common_directions_of_documents_away(n):
    means = np.array([np.mean([X[WORDS.index(word)] for word in text.split()], axis=0) for text in TEXTS])
    _, _, V = np.linalg.svd(means, full_matrices=False)
    np.testing.assert_allclose(_convert("removal", n_removed=n), X - X @ V[:n].T @ V[:n], atol=1e-12)


def test_directions_that_are_not_there_are_not_removed():
    converter = VectorConverter(steps=["removal"]).fit(SOURCE, ["unknown words", ""])
    np.testing.assert_array_equal(converter.transform(SOURCE).vectors, X)
    flat = np.outer([1.0, 2.0, 3.0], [1.0, 0.0, 0.0])
    converter = VectorConverter(steps=["all-but-the-top"], n_components=3).fit((("a", "b", "c"), flat))
    np.testing.assert_allclose(converter.transform({"d": [0.0, 1.0, 1.0]})["d"], [0.0, 1.0, 1.0], atol=1e-12)


def test_steps_are_applied_in_the_order_given():
    first = _convert("center", "sif")
    np.testing.assert_allclose(first, (X - X.mean(axis=0)) * (_convert("sif") / X))
    assert np.abs(first - _convert("sif", "center")).max() > 1e-3


def test_blocks_of_rows_do_not_matter(monkeypatch):
    whole = _convert("all-but-the-top", "conceptor", "sif", "center", "removal")
    monkeypatch.setattr(converters, "_BLOCK", 3)
    parts = _convert("all-but-the-top", "conceptor", "sif", "center", "removal")
    np.testing.assert_allclose(parts, whole, atol=1e-12)


def test_some_of_the_words_may_be_converted():
    converter = VectorConverter().fit(SOURCE, TEXTS)
    whole = converter.transform(SOURCE)
    part = converter.transform({"c": X[2], "a": X[0]})
    assert part.words == ("c", "a")
    np.testing.assert_allclose(part.vectors, whole.vectors[[2, 0]], atol=1e-14)


def test_forms_of_vectors_and_documents_are_equal():
    first = VectorConverter().fit(SOURCE, TEXTS).transform(SOURCE).vectors
    second = VectorConverter().fit((WORDS, X), Documents.of(TEXTS)).transform(dict(zip(WORDS, X))).vectors
    third = clone(VectorConverter()).fit(SOURCE, [text.split() for text in TEXTS]).transform(SOURCE).vectors
    np.testing.assert_allclose(first, second, atol=1e-14)
    np.testing.assert_array_equal(first, third)


def test_a_mover_uses_the_converter_as_it_would_be_used_by_hand():
    converter = VectorConverter(word_counts=COUNTS)
    fitted = WordRotatorDistance(vectors=SOURCE, converter=converter).fit(TEXTS)
    by_hand = converter.fit(SOURCE, TEXTS).transform(SOURCE)
    rows = [WORDS.index(word) for word in fitted.vocabulary_]
    np.testing.assert_allclose(fitted.vectors_, by_hand.vectors[rows], atol=1e-14)


def test_another_transformer_of_word_vectors_is_taken_too():
    class Halve:
        def get_params(self, deep=True):
            return {}

        def fit(self, vectors, documents=None):
            return self

        def transform(self, vectors):
            return WordVectors(vectors.words, 0.5 * vectors.vectors)

    fitted = WordRotatorDistance(vectors=SOURCE, converter=Halve()).fit(TEXTS)
    np.testing.assert_allclose(fitted.vectors_[0], 0.5 * X[WORDS.index(fitted.vocabulary_[0])])


@pytest.mark.parametrize(
    ("options", "documents", "match"),
    [
        ({"steps": "center"}, None, r"steps must be a sequence of step names, got one str; pass \['center'\]"),
        ({"steps": ["centre"]}, None, "steps must be one of 'center'.* Did you mean 'center'"),
        ({"steps": ["removal"]}, None, "step 'removal' needs documents; pass documents=texts to fit"),
        ({"steps": ["sif"]}, None, "step 'sif' needs documents"),
        ({"alpha": 0}, TEXTS, r"alpha must be in \(0, inf\]"),
        ({"n_removed": -1}, TEXTS, "n_removed must be at least 0"),
        ({"n_components": 1.0}, TEXTS, "n_components must be an integer"),
        ({"word_counts": [1, 2]}, TEXTS, "word_counts must be a mapping word -> count, got list"),
        ({"word_counts": {"a": -1}}, TEXTS, "word_counts must be finite and non-negative, got 'a': -1"),
        ({"word_counts": {}}, TEXTS, "word_counts must have a positive sum"),
    ],
)
def test_bad_options_are_refused(options, documents, match):
    with pytest.raises(InvalidInputError, match=match):
        VectorConverter(**options).fit(SOURCE, documents)
