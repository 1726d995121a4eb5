"""Pieces to tokens: pooling, dropping, idf, weights; no TensorFlow."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kexuestat.exceptions import InvalidInputError
from kexuestat.text import WordPieceTokenizer
from kexuestat.text.bert_words import (
    inverse_document_frequencies,
    pool_pieces,
    select_tokens,
    token_rules,
    token_weights,
)
from tests.text.tiny_bert import VOCABULARY

TOKENIZER = WordPieceTokenizer(VOCABULARY)
TEXT = "Unbelievable, playing 语言 “x1”"


def _select(text, word_pool="mean", special=False, punctuation=False, stop_words=(), tokenizer=TOKENIZER):
    rules = token_rules(word_pool, special, punctuation, stop_words, tokenizer.lower_case)
    return select_tokens(text, tokenizer.encode(text), rules)


def test_words_are_joined_and_keep_their_place():
    chosen = _select(TEXT)
    assert chosen.tokens == ("unbelievable", ",", "playing", "语", "言", "[UNK]", "[UNK]", "[UNK]")
    assert [TEXT[a:b] for a, b in chosen.offsets] == ["Unbelievable", ",", "playing", "语", "言", "“", "x1", "”"]
    assert chosen.starts.tolist() == [1, 4, 5, 7, 8, 9, 10, 11]
    assert chosen.stops.tolist() == [4, 5, 7, 8, 9, 10, 11, 12]


def test_pieces_are_the_tokens_without_pooling():
    chosen = _select(TEXT, "none")
    assert chosen.tokens[:3] == ("un", "##believ", "##able")
    assert np.all(chosen.stops == chosen.starts + 1)


def test_first_takes_one_piece_but_keeps_the_word():
    chosen = _select(TEXT, "first")
    assert chosen.tokens == _select(TEXT).tokens
    assert np.all(chosen.stops == chosen.starts + 1)
    np.testing.assert_array_equal(chosen.starts, _select(TEXT).starts)


def test_special_tokens_stand_at_the_ends():
    chosen = _select(TEXT, special=True)
    assert (chosen.tokens[0], chosen.tokens[-1]) == ("[CLS]", "[SEP]")
    assert chosen.offsets[[0, -1]].tolist() == [[0, 0], [len(TEXT)] * 2]
    n_pieces = len(TOKENIZER(TEXT))
    assert (chosen.starts[0], chosen.stops[-1]) == (0, n_pieces + 2)
    assert _select("", special=True).tokens == ("[CLS]", "[SEP]")


def test_punctuation_is_dropped_even_where_the_vocabulary_lacks_it():
    assert _select(TEXT, punctuation=True).tokens == ("unbelievable", "playing", "语", "言", "[UNK]")


def test_stop_words_are_compared_without_case_and_accents():
    assert "playing" not in _select(TEXT, stop_words=("PLAYING",)).tokens
    assert "the" not in _select("Thé band", stop_words=("thé",)).tokens
    assert "语" not in _select(TEXT, "none", stop_words=("语",)).tokens
    cased = WordPieceTokenizer([*VOCABULARY, "The"], lower_case=False)
    assert _select("The band", stop_words=("the",), tokenizer=cased).tokens == ("band",)


def test_text_without_pieces_has_no_tokens():
    for text in ("", " \n"):
        chosen = _select(text)
        assert chosen.tokens == ()
        assert chosen.offsets.shape == (0, 2)
        assert pool_pieces(np.ones((2, 3), np.float32), chosen).shape == (0, 3)


@given(
    st.text(st.sampled_from("theband x1语, ."), max_size=30), st.sampled_from(["mean", "first", "none"]), st.booleans()
)
def test_pooling_equals_means_over_the_pieces_of_each_word(text, word_pool, special):
    pieces = TOKENIZER.encode(text)
    vectors = np.random.default_rng(3).normal(size=(len(pieces.tokens) + 2, 5)).astype(np.float32)
    inner = vectors[1:-1]
    groups = [inner[pieces.words == word] for word in range(pieces.words.max(initial=-1) + 1)]
    expected = {
        "mean": [group.mean(axis=0) for group in groups],
        "first": [group[0] for group in groups],
        "none": list(inner),
    }[word_pool]
    if special:
        expected = [vectors[0], *expected, vectors[-1]]
    found = pool_pieces(vectors, _select(text, word_pool, special))
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, np.array(expected, dtype=np.float32).reshape(-1, 5), rtol=1e-6)  # float32


def test_idf_counts_texts_not_occurrences():
    idf = inverse_document_frequencies([["a", "a", "b"], ["a"], []])
    assert idf == {"a": math.log(4 / 3), "b": math.log(4 / 2)}


def test_weights_sum_to_one_and_fall_back_to_uniform():
    weights, fell_back = token_weights(("a", "b", "a"), {"a": 1.0, "b": 2.0}.get)
    np.testing.assert_allclose(weights, [0.25, 0.5, 0.25])
    assert not fell_back
    weights, fell_back = token_weights(("a", "b"), lambda token: 0.0)
    np.testing.assert_allclose(weights, [0.5, 0.5])
    assert fell_back
    assert token_weights((), None)[0].shape == (0,)


@pytest.mark.parametrize("bad", [-1.0, math.nan, math.inf])
def test_weights_that_are_none_are_refused(bad):
    with pytest.raises(InvalidInputError, match=r"weighting must give finite non-negative weights, got .* for 'a'"):
        token_weights(("a",), lambda token: bad)
