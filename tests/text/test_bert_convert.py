"""Conversion of checkpoints: weights bitwise, vocabulary byte for byte, and the meaning survives."""

import json

import numpy as np
import pytest

from kexuestat.exceptions import FileFormatError, InvalidInputError
from kexuestat.text import BertEmbedder, convert_checkpoint
from kexuestat.text.bert_files import locate, read_config
from kexuestat.text.bert_model import read_weights
from kexuestat.text.bert_names import weight_table
from tests.text import tiny_bert

tf = pytest.importorskip("tensorflow")
pytest.importorskip("safetensors")

TEXTS = ["The president greets the press.", "语言模型", "unbelievable x1!"]
CONFIGS = {"bert": tiny_bert.CONFIG, "albert": tiny_bert.ALBERT | {"num_hidden_groups": 2}}


def _weights(folder):
    files = locate(folder)
    return read_weights(tf, files, weight_table(read_config(files)[0]))


def _assert_same_weights(first, second):
    first, second = _weights(first), _weights(second)
    assert first.keys() == second.keys()
    for key, value in first.items():
        np.testing.assert_array_equal(value, second[key], err_msg=key)


def _vectors(folder):
    return BertEmbedder(folder).transform(TEXTS)


@pytest.mark.parametrize("kind", list(CONFIGS))
def test_round_trip_keeps_weights_vocabulary_and_vectors(tmp_path, kind):
    google = tiny_bert.write_google(tmp_path / "google", CONFIGS[kind])
    odd = "\n\u2028 \r\n\n".encode()  # an entry of whitespace, a blank line, no newline at the end
    vocabulary = (google / "vocab.txt").read_bytes().replace(b"\ny\n##y\n", odd).rstrip(b"\n")
    (google / "vocab.txt").write_bytes(vocabulary)
    hf = convert_checkpoint(google, tmp_path / "hf", to="safetensors")
    back = convert_checkpoint(str(hf), str(tmp_path / "new" / "back"), to="google")
    assert hf == tmp_path / "hf"
    for folder in (hf, back):
        _assert_same_weights(google, folder)
        assert (folder / "vocab.txt").read_bytes() == vocabulary
        np.testing.assert_array_equal(_vectors(folder).vectors, _vectors(google).vectors)
    assert {path.name for path in tmp_path.iterdir()} == {"google", "hf", "new"}


def test_names_of_the_files_written(tmp_path):
    hf = tiny_bert.write_hf(tmp_path / "source")
    google = convert_checkpoint(hf, tmp_path / "google", to="google")
    assert {path.name for path in google.iterdir()} == {
        "bert_config.json",
        "bert_model.ckpt.data-00000-of-00001",
        "bert_model.ckpt.index",
        "vocab.txt",
    }
    assert all(name.startswith("bert/") for name, _ in tf.train.list_variables(str(google / "bert_model.ckpt")))
    names = {path.name for path in convert_checkpoint(google, tmp_path / "hf", to="safetensors").iterdir()}
    assert names == {"config.json", "model.safetensors", "tokenizer_config.json", "vocab.txt"}


@pytest.mark.parametrize("to", ["google", "safetensors"])
@pytest.mark.parametrize("form", ["google", "safetensors"])
@pytest.mark.parametrize("act", ["gelu", "gelu_new", "relu"])
def test_gelu_survives(tmp_path, to, form, act):
    write = tiny_bert.write_google if form == "google" else tiny_bert.write_hf
    source = write(tmp_path / "source", tiny_bert.CONFIG | {"hidden_act": act})
    target = convert_checkpoint(source, tmp_path / "target", to=to)
    first, second = BertEmbedder(source).fit([]), BertEmbedder(target).fit([])
    assert first.gelu_ == second.gelu_
    np.testing.assert_array_equal(second.transform(TEXTS).vectors, first.transform(TEXTS).vectors)


@pytest.mark.parametrize("to", ["google", "safetensors"])
@pytest.mark.parametrize("lower", [True, False])
def test_lower_casing_and_layer_norm_survive(tmp_path, to, lower):
    config = tiny_bert.CONFIG | {"do_lower_case": lower, "layer_norm_eps": 0.1}
    source = tiny_bert.write_hf(tmp_path / "uncased", config)
    target = convert_checkpoint(source, tmp_path / "target", to=to)
    assert BertEmbedder(target).fit([]).lower_case_ is lower
    np.testing.assert_array_equal(_vectors(target).vectors, _vectors(source).vectors)


def test_other_float_types_are_written_as_float32(tmp_path):
    source = tiny_bert.write_hf(tmp_path / "half", tiny_bert.CONFIG | {"torch_dtype": "float16"}, cast=np.float16)
    target = convert_checkpoint(source, tmp_path / "target", to="safetensors")
    _assert_same_weights(source, target)
    assert "torch_dtype" not in json.loads((target / "config.json").read_text())


def test_an_empty_target_is_used_and_a_full_one_refused(tmp_path):
    source = tiny_bert.write_hf(tmp_path / "source")
    (tmp_path / "target").mkdir()
    convert_checkpoint(source, tmp_path / "target", to="google")
    with pytest.raises(
        InvalidInputError, match=r"target must be absent or an empty folder, got .*target, which is not"
    ):
        convert_checkpoint(source, tmp_path / "target", to="google")


def test_nothing_stays_after_an_error(tmp_path):
    source = tiny_bert.write_hf(tmp_path / "source")
    (source / "model.safetensors").write_bytes(b"")
    with pytest.raises(FileFormatError, match="truncated or corrupt"):
        convert_checkpoint(source, tmp_path / "target", to="google")
    assert [path.name for path in tmp_path.iterdir()] == ["source"]


def test_nothing_stays_when_writing_fails(tmp_path, monkeypatch):
    source = tiny_bert.write_hf(tmp_path / "source")

    def full(**arguments):
        raise tf.errors.ResourceExhaustedError(None, None, "No space left on device")

    monkeypatch.setattr(tf.raw_ops, "SaveV2", full)
    with pytest.raises(OSError, match="cannot be written: No space left on device"):
        convert_checkpoint(source, tmp_path / "target", to="google")
    assert [path.name for path in tmp_path.iterdir()] == ["source"]


def test_unknown_formats_are_refused(tmp_path):
    with pytest.raises(InvalidInputError, match="to must be one of 'google', 'safetensors', got 'onnx'"):
        convert_checkpoint(tmp_path, tmp_path / "x", to="onnx")
    with pytest.raises(InvalidInputError, match="target must be a path, got 3"):
        convert_checkpoint(tmp_path, 3, to="google")
