"""Greedy matching: BERTScore's formula, its bounds by exact transport, any embedder, ugly input."""

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import make_pipeline

from kexuestat.exceptions import EmptyTextWarning, InvalidInputError
from kexuestat.text import GreedyMatching, PMIEmbedder, TokenVectors, greedy_match, sample_corpus, word_mover_distance
from kexuestat.text import greedy as module
from tests.naive import text as naive

VECTORS = {"cat": [1.0, 0.2], "dog": [0.8, 0.6], "car": [0.1, 2.0], "bus": [0.3, 1.0], "nil": [0.0, 0.0]}


@st.composite
def _texts(draw):
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    d = draw(st.integers(1, 5))
    sides = [rng.random((draw(st.integers(1, 5)), d)) + 0.01 for _ in range(2)]
    if draw(st.booleans()):
        sides[1][0] = 3 * sides[0][0]  # one common direction
    weights = [rng.random(len(side)) + 0.01 for side in sides]
    return (*(side * 10.0 ** rng.integers(-150, 150) for side in sides), *weights)


@given(_texts())
def test_scores_are_those_of_bertscore(arguments):
    X, Y, a, b = arguments
    expected = naive.bert_score(X / X.max(), Y / Y.max(), a, b)
    np.testing.assert_allclose(greedy_match(X, Y, a=a, b=b), expected, rtol=1e-9)


@given(_texts())
def test_matching_is_at_least_what_exact_transport_keeps_and_exchanges_sides(arguments):
    X, Y, a, b = arguments
    X, Y = X / X.max(), Y / Y.max()
    found, back = greedy_match(X, Y, a=a, b=b), greedy_match(Y, X, a=b, b=a)
    exact = 1 - word_mover_distance(X, Y, a=a, b=b, metric="cosine")
    assert min(found[:2]) >= exact - 1e-12
    np.testing.assert_allclose(found, (back.recall, back.precision, back.f1), rtol=1e-12)


def test_equal_texts_score_exactly_one():
    X = np.random.default_rng(0).normal(size=(7, 50))
    assert greedy_match(X, 2.0 * X) == (1.0, 1.0, 1.0)


def test_f1_of_texts_that_point_away_from_each_other_is_their_smaller_score():
    scores = greedy_match([[1.0, 0.0]], [[-1.0, 0.0]])
    assert scores == (-1.0, -1.0, -1.0)
    mixed = greedy_match([[1.0, 0.0]], [[1.0, 0.0], [-1.0, 0.0]], b=[1.0, 3.0])
    assert mixed == (1.0, -0.5, -0.5)


def test_a_token_of_weight_zero_can_be_a_partner():
    assert greedy_match([[1.0, 0.0]], [[1.0, 0.0], [0.0, 1.0]], b=[0.0, 1.0]) == (1.0, 0.0, 0.0)


def test_zero_vectors_are_left_out():
    assert greedy_match([[0.0, 0.0], [1.0, 0.0]], [[1.0, 0.0]]) == (1.0, 1.0, 1.0)


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        (([[1.0]], [[1.0, 2.0]]), {}, "vectors of the same width"),
        (([[np.nan]], [[1.0]]), {}, "X must be finite"),
        ((np.zeros((0, 2)), [[1.0, 2.0]]), {}, "X must not be empty"),
        (([[0.0]], [[1.0]]), {}, "X must hold a vector of positive length, all are zero"),
        (([[1.0]], [[1.0]]), {"a": [-1.0]}, "a must be non-negative"),
        (([[1.0]], [[1.0]]), {"b": [1.0, 2.0]}, "b must have one entry per entry of Y"),
        (([[0.0], [1.0]], [[1.0]]), {"a": [1.0, 0.0]}, "a must be positive for a vector of positive length"),
    ],
)
def test_bad_input_is_named(arguments, options, message):
    with pytest.raises(InvalidInputError, match=message):
        greedy_match(*arguments, **options)


def test_estimator_gives_the_function_on_every_pair_in_blocks_of_any_size(monkeypatch):
    texts = sample_corpus()[:12]
    model = GreedyMatching(weighting="idf").fit(texts)
    embedded = PMIEmbedder().fit(texts).transform(texts)
    weights = [[model.idf_[token] for token in text.tokens] for text in embedded]
    expected = np.array(
        [
            [greedy_match(x.vectors, y.vectors, a=a, b=b) for y, b in zip(embedded, weights)]
            for x, a in zip(embedded, weights)
        ]
    )
    for block in (1, 20, 1 << 14):
        monkeypatch.setattr(module, "_BLOCK", block)
        np.testing.assert_allclose(np.stack(model.pairwise(), axis=-1), expected, rtol=1e-9)
    np.testing.assert_allclose(model.transform(texts), expected[:, :, 2], rtol=1e-9)
    np.testing.assert_allclose(model.paired(texts, texts[::-1]).f1, np.diag(expected[:, ::-1, 2]), rtol=1e-9)


def test_token_vectors_and_lists_of_arrays_are_documents():
    rng = np.random.default_rng(0)
    arrays = [rng.normal(size=(n, 3)) for n in (2, 4)]
    model = GreedyMatching().fit(arrays)
    np.testing.assert_allclose(model.transform(TokenVectors.of(arrays)), model.pairwise(arrays, arrays).f1)
    with pytest.raises(InvalidInputError, match="pass TokenVectors or a list of arrays"):
        model.transform(["text"])
    with pytest.raises(InvalidInputError, match="must have the width of the fitted ones \\(3\\), got 2"):
        model.transform([np.ones((1, 2))])


def test_weights_may_be_a_function_of_the_token():
    model = GreedyMatching(vectors=VECTORS, weighting={"cat": 3.0}.get).fit(["cat"])
    scores = GreedyMatching(vectors=VECTORS, weighting=lambda token: 3.0 if token == "cat" else 1.0).fit(["cat"])
    expected = greedy_match([VECTORS["cat"], VECTORS["car"]], [VECTORS["cat"]], a=[3, 1])
    np.testing.assert_allclose(scores.paired(["cat car"], ["cat"]).precision, [expected.precision])
    with pytest.raises(TypeError):
        model.transform(["car"])
    negative = GreedyMatching(vectors=VECTORS, weighting=lambda token: -1.0)
    with pytest.raises(InvalidInputError, match="weighting must give finite non-negative weights, got -1"):
        negative.fit(["cat"])


def test_a_text_whose_tokens_all_weigh_nothing_falls_back_to_equal_weights():
    model = GreedyMatching(vectors=VECTORS, weighting="idf")
    with pytest.warns(UserWarning, match="all tokens of 1 texts have weight 0"):
        model.fit(["cat"])
    assert model.idf_ == {"cat": 0.0}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model.transform(["dog"])  # unseen: ln 2


def test_texts_without_known_words_score_nan_and_are_counted():
    model = GreedyMatching(vectors=VECTORS)
    with pytest.warns(EmptyTextWarning, match="2 of 4 texts have no known word; scores are nan"):
        scores = model.fit(["cat dog", "nil"]).transform(["car", "unheard"])
    np.testing.assert_array_equal(np.isnan(scores), [[False, True], [True, True]])
    with pytest.raises(InvalidInputError, match="have no known word"):
        model.set_params(empty="error").transform(["unheard"])
    quiet = model.set_params(empty="ignore")
    assert np.isnan(quiet.paired(["unheard"], ["cat"]).f1[0])
    assert quiet.transform([]).shape == (0, 2)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"weighting": "tfidf"}, "weighting must be one of 'uniform', 'idf', got 'tfidf'"),
        ({"empty": "drop"}, "empty must be one of"),
    ],
)
def test_unknown_options_list_the_choices(options, message):
    with pytest.raises(InvalidInputError, match=message):
        GreedyMatching(vectors=VECTORS, **options).fit(["cat"])


def test_other_misuse_is_named():
    with pytest.raises(InvalidInputError, match=r"got one str; pass \[text\]"):
        GreedyMatching(vectors=VECTORS).fit("cat")
    with pytest.raises(NotFittedError):
        GreedyMatching().pairwise()
    with pytest.raises(InvalidInputError, match="X and Y must have equal lengths, got 1 and 2"):
        GreedyMatching(vectors=VECTORS).fit(["cat"]).paired(["cat"], ["cat", "dog"])


def test_an_embedder_in_a_pipeline_feeds_it():
    texts = sample_corpus()[:6]
    scores = make_pipeline(PMIEmbedder(), GreedyMatching()).fit_transform(texts)
    np.testing.assert_allclose(np.diag(scores), 1.0)
