"""BertEmbedder on a tiny model: options, weights, long texts, cache, pickling, memory, errors."""

import logging
import pickle

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import Pipeline

from kexuestat.exceptions import FileFormatError, InvalidInputError, MissingDependencyError
from kexuestat.text import BertEmbedder, TokenVectors
from tests.text import tiny_bert

tf = pytest.importorskip("tensorflow")
pytest.importorskip("safetensors")

TEXTS = [
    "The president greets the press.",
    "",
    "语言模型",
    "The president greets the press.",
    "unbelievable x1, playing!",
]
LONG = " ".join(["the band gave a concert in japan , obama speaks to the press"] * 12)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tiny_bert.write_hf(tmp_path_factory.mktemp("models") / "tiny")


def _close(first, second, atol=1e-5):
    """Equal up to float32 noise of other batches."""
    assert first.tokens == second.tokens
    np.testing.assert_array_equal(first.indptr, second.indptr)
    np.testing.assert_array_equal(first.offsets, second.offsets)
    np.testing.assert_allclose(first.weights, second.weights, rtol=1e-12)
    np.testing.assert_allclose(first.vectors, second.vectors, atol=atol)


def test_transform_gives_ragged_vectors_with_places_and_weights(folder):
    result = BertEmbedder(folder).transform(TEXTS)
    assert isinstance(result, TokenVectors)
    assert len(result) == 5
    assert result.vectors.dtype == np.float32
    assert result.weights.dtype == np.float64
    assert result.indptr.dtype == result.offsets.dtype == np.int64
    assert result[1].vectors.shape == (0, 32)
    for text, part in zip(TEXTS, result):
        assert len(part.tokens) == part.vectors.shape[0] == part.offsets.shape[0]
        assert part.weights.sum() == pytest.approx(1.0 if part.tokens else 0.0)
        written = [text[a:b].lower() for a, b in part.offsets]
        assert all(token in (place, "[UNK]") for token, place in zip(part.tokens, written))
    np.testing.assert_array_equal(result[0].vectors, result[3].vectors)


def test_no_texts_give_no_vectors(folder):
    result = BertEmbedder(folder, layers=(0, 1), layer_pool="concat").transform([])
    assert len(result) == 0
    assert result.vectors.shape == (0, 64)
    assert result.offsets.shape == (0, 2)


def test_fitted_attributes_say_what_auto_became(folder):
    embedder = BertEmbedder(folder).fit(TEXTS)
    assert (embedder.n_layers_, embedder.hidden_size_) == (2, 32)
    assert (embedder.gelu_, embedder.lower_case_, embedder.idf_) == ("erf", True, None)
    assert embedder.tokenizer_("Playing") == ["play", "##ing"]
    other = BertEmbedder(folder, gelu="tanh", lower_case=False).fit(TEXTS)
    assert (other.gelu_, other.lower_case_) == ("tanh", False)
    assert other.tokenizer_("Playing") == ["[UNK]"]


@pytest.mark.parametrize("batch_size", [1, 2, 16])
def test_batches_change_nothing_but_noise(folder, batch_size):
    texts = [*TEXTS, LONG, "a b c", "x"]
    _close(BertEmbedder(folder, batch_size=batch_size).transform(texts), BertEmbedder(folder).transform(texts))


def test_order_of_texts_changes_nothing_but_noise(folder):
    embedder = BertEmbedder(folder)
    forward, backward = embedder.transform(TEXTS), embedder.transform(TEXTS[::-1])
    for a, b in zip(forward, list(backward)[::-1]):
        assert a.tokens == b.tokens
        np.testing.assert_allclose(a.vectors, b.vectors, atol=1e-5)


def test_repeated_texts_are_encoded_once(folder, monkeypatch):
    embedder = BertEmbedder(folder).fit([])
    seen = []
    run = type(embedder._model[1]).run
    monkeypatch.setattr(
        type(embedder._model[1]), "run", lambda self, sequences: seen.extend(sequences) or run(self, sequences)
    )
    result = embedder.transform(["the band"] * 50)
    assert len(seen) == 1
    assert len(result) == 50


def test_pooling_of_words_equals_means_of_pieces(folder):
    pieces = BertEmbedder(folder, word_pool="none").transform(["unbelievable x1"])[0]
    words = BertEmbedder(folder).transform(["unbelievable x1"])[0]
    first = BertEmbedder(folder, word_pool="first").transform(["unbelievable x1"])[0]
    assert pieces.tokens == ("un", "##believ", "##able", "[UNK]")
    assert words.tokens == first.tokens == ("unbelievable", "[UNK]")
    np.testing.assert_allclose(words.vectors[0], pieces.vectors[:3].mean(axis=0), rtol=1e-6, atol=1e-6)  # float32
    np.testing.assert_array_equal(first.vectors[0], pieces.vectors[0])


def test_stop_words_and_punctuation_are_dropped_after_encoding(folder):
    text = ["The band, the press!"]
    whole = BertEmbedder(folder).transform(text)[0]
    part = BertEmbedder(folder, stop_words=("the",), drop_punctuation=True).transform(text)[0]
    assert part.tokens == ("band", "press")
    np.testing.assert_array_equal(part.vectors, whole.vectors[[1, 4]])
    assert part.weights.tolist() == [0.5, 0.5]


def test_special_tokens_carry_mass_and_stand_at_the_ends(folder):
    both = BertEmbedder(folder, special_tokens=True).transform(["the band", ""])
    assert both[0].tokens == ("[CLS]", "the", "band", "[SEP]")
    assert both[0].offsets.tolist() == [[0, 0], [0, 3], [4, 8], [8, 8]]
    assert both[1].tokens == ("[CLS]", "[SEP]")
    np.testing.assert_array_equal(both[0].vectors[1:3], BertEmbedder(folder).transform(["the band", ""])[0].vectors)


def test_idf_is_learned_from_the_fitted_texts(folder):
    embedder = BertEmbedder(folder, weighting="idf")
    with pytest.raises(NotFittedError, match="call fit with a corpus first"):
        embedder.transform(["the band"])
    embedder.fit(["the band", "the press", "the the media"])
    assert embedder.idf_["the"] == 0.0
    assert embedder.idf_["band"] == pytest.approx(np.log(4 / 2))
    weights = embedder.transform(["the band japan"])[0].weights
    expected = np.array([0.0, np.log(2), np.log(4)])
    np.testing.assert_allclose(weights, expected / expected.sum())


def test_texts_of_weightless_tokens_become_uniform_with_a_warning(folder):
    embedder = BertEmbedder(folder, weighting="idf").fit(["the band", "the press"])
    with pytest.warns(UserWarning, match="all tokens of 2 texts have weight 0"):
        result = embedder.transform(["the", "the the", "band", ""])
    assert result[1].weights.tolist() == [0.5, 0.5]


def test_a_callable_weighs_tokens(folder):
    result = BertEmbedder(folder, weighting=len).transform(["a band"])[0]
    np.testing.assert_allclose(result.weights, [0.2, 0.8])
    with pytest.raises(InvalidInputError, match=r"finite non-negative weights, got -1.0 for 'a'"):
        BertEmbedder(folder, weighting=lambda token: -1).transform(["a"])


def test_long_texts_go_through_windows(folder):
    result = BertEmbedder(folder).transform([LONG])[0]
    assert list(result.tokens) == LONG.split()
    assert np.isfinite(result.vectors).all()
    head = BertEmbedder(folder, max_length=64).transform([" ".join(LONG.split()[:62])])[0]
    np.testing.assert_allclose(result.vectors[:40], head.vectors[:40], atol=1e-5)  # another batch


def test_truncation_is_never_silent(folder):
    with pytest.warns(UserWarning, match="2 of 3 texts cut to 62 word pieces"):
        result = BertEmbedder(folder, long_text="truncate").transform([LONG, "the band", LONG])
    assert np.diff(result.indptr).tolist() == [62, 2, 62]
    with pytest.raises(
        InvalidInputError, match=r'texts\[1\] has 156 word pieces, the model takes 62; use long_text="win'
    ):
        BertEmbedder(folder, long_text="error").transform(["the band", LONG])


@pytest.mark.parametrize("max_length", [3, 10, 64])
def test_any_window_gives_every_word(folder, max_length):
    result = BertEmbedder(folder, max_length=max_length).transform([LONG])[0]
    assert list(result.tokens) == LONG.split()


def test_cached_vectors_equal_computed_ones_bitwise(folder, tmp_path, monkeypatch):
    first = BertEmbedder(folder, cache=tmp_path / "cache").transform([*TEXTS, LONG])
    embedder = BertEmbedder(folder, cache=tmp_path / "cache").fit([])
    monkeypatch.setattr(type(embedder._model[1]), "run", lambda self, sequences: pytest.fail("computed again"))
    again = embedder.transform([LONG, *TEXTS])
    np.testing.assert_array_equal(again[0].vectors, first[5].vectors)
    embedder.set_params(word_pool="none", special_tokens=True, weighting=len, batch_size=3).transform([LONG, *TEXTS])


@pytest.mark.parametrize(
    "change",
    [{"layers": -2}, {"gelu": "tanh"}, {"lower_case": False}, {"max_length": 20}, {"long_text": "truncate"}],
    ids=lambda change: next(iter(change)),
)
@pytest.mark.filterwarnings("ignore:1 of 1 texts cut")
def test_the_cache_keeps_settings_apart(folder, tmp_path, change):
    text = ["The " + LONG]
    BertEmbedder(folder, cache=tmp_path).transform(text)
    cached = BertEmbedder(folder, cache=tmp_path, **change).transform(text)
    np.testing.assert_array_equal(cached.vectors, BertEmbedder(folder, **change).transform(text).vectors)


def test_progress_is_shown_on_request(folder, capsys):
    BertEmbedder(folder, progress=True).transform(["the band", LONG])
    assert "BERT" in capsys.readouterr().err
    BertEmbedder(folder).transform(["the band"])
    assert "BERT" not in capsys.readouterr().err


def test_a_batch_that_does_not_fit_is_halved(folder, caplog):
    embedder = BertEmbedder(folder, batch_size=8)
    texts = [f"the {word}" for word in "president press obama media band concert japan chicago".split()]
    expected = embedder.transform(texts)
    encoder, sizes = embedder._model[1].encoder, []

    def small(ids, lengths):
        sizes.append(ids.shape[0])
        if ids.shape[0] > 3:
            raise tf.errors.ResourceExhaustedError(None, None, "OOM when allocating tensor")
        return encoder(ids, lengths)

    object.__setattr__(embedder._model[1], "encoder", small)
    with caplog.at_level(logging.WARNING, logger="kexuestat"):
        _close(embedder.transform(texts), expected)
    assert sizes == [8, 4, 2, 2, 4, 2, 2]
    assert "out of memory for a batch of 8 texts; going on with 4" in caplog.text


def test_memory_trouble_with_a_single_text_is_raised(folder):
    embedder = BertEmbedder(folder).fit([])

    def none(ids, lengths):
        raise tf.errors.ResourceExhaustedError(None, None, "OOM when allocating tensor")

    object.__setattr__(embedder._model[1], "encoder", none)
    with pytest.raises(tf.errors.ResourceExhaustedError):
        embedder.transform(["the band", "a"])


def test_pickle_carries_path_and_fingerprint_but_no_model(folder):
    embedder = BertEmbedder(folder, weighting="idf").fit(TEXTS)
    data = pickle.dumps(embedder)
    assert len(data) < 10_000
    copy = pickle.loads(data)
    assert not hasattr(copy, "_model")
    _close(copy.transform(TEXTS), embedder.transform(TEXTS))
    assert not hasattr(clone(embedder), "_fingerprint")


def test_a_model_that_changed_after_pickling_is_refused(tmp_path):
    folder = tiny_bert.write_hf(tmp_path / "model")
    data = pickle.dumps(BertEmbedder(folder).fit(TEXTS))
    tiny_bert.write_hf(folder, seed=1)
    copy = pickle.loads(data)
    with pytest.raises(InvalidInputError, match=r"has changed since this BertEmbedder was fitted; fit it again"):
        copy.transform(TEXTS)
    copy.fit(TEXTS).transform(TEXTS)


def test_changed_parameters_load_the_model_again(folder):
    layers = [-1]
    embedder = BertEmbedder(folder, layers=layers).fit(TEXTS)
    layers[0] = 1
    _close(embedder.transform(TEXTS), BertEmbedder(folder, layers=1).transform(TEXTS))
    embedder.set_params(layers=0)
    _close(embedder.transform(TEXTS), BertEmbedder(folder, layers=0).transform(TEXTS))


def test_it_stands_in_a_pipeline(folder):
    pipeline = Pipeline([("vectors", BertEmbedder(folder))])
    _close(pipeline.fit_transform(TEXTS), BertEmbedder(folder).transform(TEXTS))
    assert BertEmbedder.contextual


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"layers": 3}, r"layers must be in \[-3, 2\], got 3"),
        ({"layers": "last"}, "layers must be an int or a non-empty tuple of int, got 'last'"),
        ({"layer_pool": "sum"}, "layer_pool must be one of 'mean', 'concat', got 'sum'"),
        ({"word_pool": "last"}, "word_pool must be one of 'mean', 'first', 'none'"),
        ({"special_tokens": 1}, "special_tokens must be True or False, got 1"),
        ({"stop_words": 3}, "stop_words must be a sequence of str, got 3"),
        ({"stop_words": "the"}, "stop_words must be a sequence of str, got 'the'"),
        ({"weighting": "tfidf"}, "weighting must be one of 'uniform', 'idf', got 'tfidf'"),
        ({"max_length": 2}, "max_length must be at least 3, got 2"),
        ({"max_length": 65}, r"max_length must be in \[3, 64\], got 65"),
        ({"long_text": "cut"}, "long_text must be one of 'window', 'truncate', 'error'"),
        ({"batch_size": 0}, "batch_size must be at least 1, got 0"),
        ({"lower_case": "yes"}, "lower_case must be True or False, got 'yes'"),
        ({"gelu": "gelu_new"}, "gelu must be one of 'auto', 'erf', 'tanh'"),
        ({"device": "quantum:0"}, "device must be one of CPU:0.*, got 'quantum:0'"),
        ({"device": "gpu:77"}, "device must be one of CPU:0.*, got 'gpu:77'"),
        ({"device": 0}, "device must be one of CPU:0.*, got 0"),
        ({"cache": 7}, "cache must be a path, got 7"),
        ({"checkpoint": None}, "checkpoint must be a path, got None"),
    ],
)
def test_bad_parameters_are_named(folder, options, message):
    embedder = BertEmbedder(folder).set_params(**options)
    for method in (embedder.fit, embedder.transform):
        with pytest.raises(InvalidInputError, match=message):
            method(["the band"])


def test_bad_texts_are_named(folder):
    embedder = BertEmbedder(folder)
    for method in (embedder.fit, embedder.transform):
        with pytest.raises(InvalidInputError, match=r"texts must be a list of str, got one str; pass \[text\]"):
            method("the band")
        with pytest.raises(TypeError, match=r"texts\[1\] must be a str, got float; missing values"):
            method(["a", float("nan")])


def test_cpu_can_be_named_as_the_device(folder):
    for device in ("cpu", "CPU:0", "/device:CPU:0", "/cpu:0"):
        _close(BertEmbedder(folder, device=device).transform(TEXTS), BertEmbedder(folder).transform(TEXTS))


@pytest.mark.skipif(not tf.config.list_physical_devices("GPU"), reason="no GPU")
def test_a_gpu_differs_by_less_than_a_thousandth(folder):
    _close(
        BertEmbedder(folder, device="gpu").transform(TEXTS), BertEmbedder(folder, device="cpu").transform(TEXTS), 1e-3
    )


def test_a_raw_surrogate_is_data(folder, tmp_path):
    result = BertEmbedder(folder, cache=tmp_path).transform(["\ud800 the \0", "\0"])
    assert np.diff(result.indptr).tolist() == [2, 0]


@pytest.fixture
def google(tmp_path):
    return tiny_bert.write_google(tmp_path / "google")


def _flip(path, at=-50):
    content = bytearray(path.read_bytes())
    content[at] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda data: data.unlink(), r"bert_model.ckpt lacks a file \(.*\); copy it again"),
        (lambda data: data.write_bytes(data.read_bytes()[:-2000]), r"bert_model.ckpt is truncated or corrupt \("),
        (_flip, r"bert_model.ckpt is truncated or corrupt \(.*[Cc]hecksum"),
        (lambda data: data.with_suffix(".index").write_bytes(b"nonsense"), "truncated or corrupt|lacks a file"),
    ],
    ids=["missing", "truncated", "flipped", "index"],
)
def test_broken_google_checkpoints_are_named(google, damage, message):
    damage(google / "bert_model.ckpt.data-00000-of-00001")
    with pytest.raises(FileFormatError, match=message):
        BertEmbedder(google).fit([])


def test_weights_that_do_not_fit_the_configuration_are_named(tmp_path):
    folder = tiny_bert.write_google(tmp_path / "a", tiny_bert.CONFIG)
    config = (folder / "bert_config.json").read_text()
    (folder / "bert_config.json").write_text(config.replace('"intermediate_size": 48', '"intermediate_size": 64'))
    with pytest.raises(FileFormatError, match=r"has shape \(32, 48\), the configuration says \(32, 64\)"):
        BertEmbedder(folder).fit([])
    (folder / "bert_config.json").write_text(config.replace('"num_hidden_layers": 2', '"num_hidden_layers": 3'))
    with pytest.raises(FileFormatError, match=r"has no bert/encoder/layer_2/attention/self/query/kernel, which"):
        BertEmbedder(folder).fit([])


def test_object_based_checkpoints_are_refused(google):
    for path in google.glob("bert_model.ckpt*"):
        path.unlink()
    weights = {name.replace("/", "_"): tf.Variable(value) for name, value in tiny_bert.google_weights().items()}
    tf.train.Checkpoint(**weights).write(str(google / "bert_model.ckpt"))
    with pytest.raises(FileFormatError, match=r"was written by tf.train.Checkpoint, whose names depend"):
        BertEmbedder(google).fit([])


def test_other_models_are_refused_with_their_first_variables(google):
    tiny_bert.save_v2(google / "bert_model.ckpt", tiny_bert.google_weights(scope="electra/"))
    with pytest.raises(FileFormatError, match=r"another kind of model.* electra/embeddings/LayerNorm/beta"):
        BertEmbedder(google).fit([])
    weights = tiny_bert.google_weights()
    del weights["bert/embeddings/position_embeddings"]
    tiny_bert.save_v2(google / "bert_model.ckpt", weights)
    with pytest.raises(FileFormatError, match="has no bert/embeddings/position_embeddings"):
        BertEmbedder(google).fit([])


def test_weights_that_are_not_finite_are_refused(google):
    weights = tiny_bert.google_weights()
    weights["bert/embeddings/LayerNorm/beta"][3] = np.inf
    tiny_bert.save_v2(google / "bert_model.ckpt", weights)
    with pytest.raises(FileFormatError, match="bert/embeddings/LayerNorm/beta holds values that are not finite"):
        BertEmbedder(google).fit([])


def test_old_tensorflow_is_refused(folder, monkeypatch):
    monkeypatch.setattr(tf, "__version__", "2.17.1")
    with pytest.raises(MissingDependencyError, match=r"needs TensorFlow 2.18 or later, got 2.17.1"):
        BertEmbedder(folder).fit([])
