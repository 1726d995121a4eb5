"""Encoder and checkpoints: every form is read bitwise and agrees with the float64 oracle."""

import numpy as np
import pytest

from kexuestat.text import BertEmbedder, WordPieceTokenizer
from kexuestat.text.bert_files import locate, read_config
from kexuestat.text.bert_model import load_model, read_weights
from kexuestat.text.bert_names import weight_table
from tests.naive import bert as naive
from tests.text import tiny_bert

tf = pytest.importorskip("tensorflow")
pytest.importorskip("safetensors")

TEXTS = [
    "The president greets the press.",
    "语言模型",
    "unbelievable, playing x1!",
    "obama speaks to the media in 北京 ?",
]


def _oracle(config, texts, gelu, seed=0):
    tokenizer = WordPieceTokenizer(tiny_bert.VOCABULARY)
    weights = tiny_bert.weights_of(config, seed)
    out = []
    for text in texts:
        ids = [tokenizer.cls_id, *tokenizer.encode(text).ids, tokenizer.sep_id]
        options = {"n_layers": config["num_hidden_layers"], "n_heads": tiny_bert.N_HEADS, "gelu": gelu}
        out.append(naive.hidden_states(weights, ids, n_groups=config.get("num_hidden_groups"), **options))
    return out


def _pieces(folder, texts, **options):
    embedder = BertEmbedder(folder, word_pool="none", special_tokens=True, **options)
    return [text.vectors for text in embedder.transform(texts)]


def _assert_equal_to_oracle(folder, config, gelu, option="auto"):
    expected = _oracle(config, TEXTS, gelu)
    for layer in range(config["num_hidden_layers"] + 1):
        for ours, states in zip(_pieces(folder, TEXTS, layers=layer, gelu=option), expected):
            # float32 against float64: 1e-6 measured
            np.testing.assert_allclose(ours, states[layer], rtol=0, atol=1e-5)


@pytest.mark.parametrize("gelu", ["erf", "tanh"])
def test_all_hidden_states_of_a_padded_batch_equal_the_oracle(tmp_path, gelu):
    _assert_equal_to_oracle(tiny_bert.write_hf(tmp_path), tiny_bert.CONFIG, gelu, option=gelu)


@pytest.mark.parametrize("groups", [1, 2])
@pytest.mark.parametrize("write", [tiny_bert.write_hf, tiny_bert.write_google])
def test_albert_equals_the_oracle(tmp_path, groups, write):
    config = tiny_bert.ALBERT | {"num_hidden_groups": groups}
    _assert_equal_to_oracle(write(tmp_path, config), config, "tanh", option="tanh")


def test_relu_model_equals_the_oracle(tmp_path):
    folder = tiny_bert.write_hf(tmp_path, tiny_bert.CONFIG | {"hidden_act": "relu"})
    _assert_equal_to_oracle(folder, tiny_bert.CONFIG, "relu")


def _assert_read_bitwise(folder, config=tiny_bert.CONFIG, cast=lambda array: array):
    files = locate(folder)
    table = weight_table(read_config(files)[0])
    read, written = read_weights(tf, files, table), tiny_bert.weights_of(config)
    assert {weight.name for weight in table} == set(written)
    for weight in table:
        assert read[weight.key].dtype == np.float32
        np.testing.assert_array_equal(read[weight.key], cast(written[weight.name]), err_msg=weight.name)


@pytest.mark.parametrize("writer", list(tiny_bert.GOOGLE_WRITERS))
def test_google_checkpoints_of_every_writer_are_read_bitwise(tmp_path, writer):
    _assert_read_bitwise(tiny_bert.write_google(tmp_path, writer=writer))


@pytest.mark.parametrize("scope", ["bert/", "", "bert_model/"])
@pytest.mark.parametrize("config", [tiny_bert.CONFIG, tiny_bert.ALBERT], ids=["bert", "albert"])
def test_google_scopes_are_found(tmp_path, scope, config):
    _assert_read_bitwise(tiny_bert.write_google(tmp_path, config, scope=scope), config)


@pytest.mark.parametrize("prefix", ["", "bert.", "model."])
@pytest.mark.parametrize("gamma", [False, True])
@pytest.mark.parametrize("shards", [1, 3])
def test_hugging_face_folders_are_read_bitwise(tmp_path, prefix, gamma, shards):
    _assert_read_bitwise(tiny_bert.write_hf(tmp_path, prefix=prefix, gamma=gamma, shards=shards))


@pytest.mark.parametrize("prefix", ["", "albert."])
def test_albert_in_safetensors_is_read_bitwise(tmp_path, prefix):
    _assert_read_bitwise(tiny_bert.write_hf(tmp_path, tiny_bert.ALBERT, prefix=prefix), tiny_bert.ALBERT)


@pytest.mark.parametrize("kind", ["float64", "float16", "bfloat16"])
def test_other_float_types_become_float32(tmp_path, kind):
    import ml_dtypes

    dtype = np.dtype(getattr(ml_dtypes, kind, kind))
    folder = tiny_bert.write_hf(tmp_path, cast=dtype)
    _assert_read_bitwise(folder, cast=lambda array: array.astype(dtype).astype(np.float32))


def test_only_the_layers_asked_for_are_read(tmp_path):
    files = locate(tiny_bert.write_hf(tmp_path))
    config = read_config(files)[0]
    names = {weight.name for weight in weight_table(config, 1)}
    assert not any("layer_1" in name for name in names)
    assert any("layer_0" in name for name in names)
    assert len(weight_table(config, 0)) == 5
    options = {"layer_pool": "mean", "gelu": "auto", "lower_case": "auto"}
    model = load_model(tf, files.folder, layers=0, **options)
    assert not any(key.startswith("0/") for key in model.encoder.weights)


def test_the_encoder_is_traced_once_for_all_lengths(tmp_path):
    model = load_model(tf, tiny_bert.write_hf(tmp_path), layers=-1, layer_pool="mean", gelu="auto", lower_case="auto")
    for length in (3, 9, 20):
        model.run([list(range(length))] * 2)
    assert model.encoder.traced.experimental_get_tracing_count() == 1


def test_layers_are_pooled_by_mean_or_side_by_side(tmp_path):
    folder = tiny_bert.write_hf(tmp_path)
    one, two = (_pieces(folder, TEXTS, layers=layer) for layer in (1, 2))
    mean = _pieces(folder, TEXTS, layers=(1, -1))
    wide = _pieces(folder, TEXTS, layers=(-1, 1), layer_pool="concat")
    for a, b, m, w in zip(one, two, mean, wide):
        np.testing.assert_allclose(m, (a + b) / 2, atol=1e-6)  # float32
        np.testing.assert_allclose(w, np.hstack([b, a]), atol=1e-6)
