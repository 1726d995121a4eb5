"""Model folders and configurations: what is found, what is refused and with which words; no TensorFlow."""

import json
import os

import pytest

from kexuestat.exceptions import FileFormatError, InvalidInputError
from kexuestat.text.bert_config import parse_config, read_json, resolve_gelu, resolve_lower_case
from kexuestat.text.bert_files import fingerprint, locate, read_config, read_safetensors
from kexuestat.text.bert_model import checked_vocabulary
from kexuestat.text.bert_names import weight_table
from tests.text import tiny_bert


@pytest.fixture
def google(tmp_path):
    """A folder with the files of a Google checkpoint; the weights are not real."""
    folder = tmp_path / "bert"
    folder.mkdir()
    (folder / "bert_config.json").write_text(json.dumps(tiny_bert.CONFIG))
    (folder / "vocab.txt").write_text("\n".join(tiny_bert.VOCABULARY), encoding="utf-8")
    (folder / "bert_model.ckpt.index").write_bytes(b"index")
    (folder / "bert_model.ckpt.data-00000-of-00001").write_bytes(b"data")
    return folder


@pytest.fixture
def hf(tmp_path):
    pytest.importorskip("safetensors")
    pytest.importorskip("ml_dtypes")
    return tiny_bert.write_hf(tmp_path / "hf")


@pytest.mark.parametrize(
    "tail", ["", "bert_model.ckpt", "bert_model.ckpt.index", "bert_model.ckpt.data-00000-of-00001"]
)
def test_google_checkpoint_is_found_by_folder_prefix_or_file(google, tail):
    for path in (google / tail, os.fspath(google / tail)):
        files = locate(path)
        assert (files.form, files.weights) == ("google", (google / "bert_model.ckpt",))
        assert (files.config.name, files.vocabulary.name) == ("bert_config.json", "vocab.txt")


def test_bert_model_comes_before_other_checkpoints(google):
    (google / "other.ckpt.index").write_bytes(b"")
    assert locate(google).weights[0].name == "bert_model.ckpt"
    (google / "bert_model.ckpt.index").rename(google / "model.ckpt-best.index")
    with pytest.raises(FileFormatError, match=r"holds both model.ckpt-best and other.ckpt; pass one of the two files"):
        locate(google)
    (google / "other.ckpt.index").unlink()
    assert locate(google).weights[0].name == "model.ckpt-best"


@pytest.mark.parametrize("name", ["albert_config.json", "config.json", "my_config_base.json"])
def test_other_names_of_the_configuration(google, name):
    (google / "bert_config.json").rename(google / name)
    (google / "data_config.json").write_text('{"lines": 3}')
    assert locate(google).config.name == name


def test_hugging_face_folder_file_and_shards(hf, tmp_path):
    assert locate(hf).weights == (hf / "model.safetensors",)
    assert locate(hf / "model.safetensors").form == "safetensors"
    shards = tiny_bert.write_hf(tmp_path / "shards", shards=3)
    assert len(locate(shards).weights) == 3
    assert locate(shards / "model.safetensors.index.json").weights == locate(shards).weights
    locate(shards).weights[1].unlink()
    with pytest.raises(FileFormatError, match=r"names model-00002-of-00003.safetensors, absent"):
        locate(shards)


def test_both_formats_in_one_folder_are_refused(google):
    (google / "model.safetensors").write_bytes(b"")
    (google / "config.json").write_text("{}")
    with pytest.raises(FileFormatError, match=r"holds both bert_model.ckpt and model.safetensors; pass one of the two"):
        locate(google)
    assert locate(google / "model.safetensors").form == "safetensors"


def _without(name):
    def change(folder):
        (folder / name).unlink()

    return change


def _with(name, *without):
    def change(folder):
        for other in without:
            (folder / other).unlink()
        (folder / name).write_bytes(b"{}")

    return change


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (_without("bert_config.json"), r"has no configuration \(bert_config.json.*found bert_model.ckpt.data"),
        (_without("vocab.txt"), "has no vocab.txt; found bert_config.json, bert_model.ckpt"),
        (_with("spiece.model", "vocab.txt"), "SentencePiece model and no vocab.txt; only WordPiece"),
        (_without("bert_model.ckpt.index"), r"has no weights \(\*.index"),
        (_with("pytorch_model.bin", "bert_model.ckpt.index"), "a pickle of torch and is not read; convert it to safe"),
        (_with("tf_model.h5", "bert_model.ckpt.index"), "a Keras file and is not read; convert it to safetensors"),
    ],
)
def test_incomplete_and_foreign_folders_are_refused(google, change, message):
    change(google)
    with pytest.raises(FileFormatError, match=message):
        locate(google)


def test_paths_that_are_no_model_are_refused(tmp_path, google):
    with pytest.raises(FileFormatError, match=r"is no folder, no checkpoint prefix \(nothing.index is absent\)"):
        locate(tmp_path / "nothing")
    with pytest.raises(FileFormatError, match=r"vocab.txt is no checkpoint; pass its folder"):
        locate(google / "vocab.txt")
    with pytest.raises(FileFormatError, match=r"absent.safetensors does not exist"):
        locate(tmp_path / "absent.safetensors")
    with pytest.raises(InvalidInputError, match="checkpoint must be a path to a model folder or file, got None"):
        locate(None)
    (tmp_path / "empty").mkdir()
    with pytest.raises(FileFormatError, match="found nothing"):
        locate(tmp_path / "empty")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"model_type": "roberta"}, 'is a "roberta" model; only bert and albert with WordPiece'),
        ({"model_type": "electra"}, '"electra" model'),
        ({"position_embedding_type": "relative_key"}, "position embeddings are 'relative_key'"),
        ({"use_relative_position": True}, "position embeddings are 'relative'"),
        ({"hidden_size": None}, "has no 'hidden_size'; is it the configuration of a BERT model"),
        ({"hidden_size": "32"}, "hidden_size must be a positive integer, got '32'"),
        ({"num_hidden_layers": 0}, "num_hidden_layers must be a positive integer, got 0"),
        ({"num_attention_heads": 5}, "hidden_size 32 is no multiple of num_attention_heads 5"),
        ({"num_hidden_groups": 3, "num_hidden_layers": 4}, "num_hidden_layers 4 is no multiple of num_hidden_groups 3"),
        ({"inner_group_num": 2}, "inner_group_num must be 1, got 2"),
    ],
)
def test_configurations_of_other_models_are_refused(change, message):
    with pytest.raises(FileFormatError, match=message):
        parse_config(tiny_bert.CONFIG | change, "bert_config.json")


def test_albert_is_known_by_type_file_name_or_groups():
    for raw, path in (
        (tiny_bert.CONFIG | {"model_type": "albert"}, "config.json"),
        (tiny_bert.CONFIG, "albert_config.json"),
        (tiny_bert.CONFIG | {"num_hidden_groups": 1}, "config.json"),
    ):
        assert parse_config(raw, path).model_type == "albert"
    assert parse_config(tiny_bert.ALBERT, "config.json").embedding_size == 16
    assert parse_config(tiny_bert.CONFIG, "config.json").embedding_size == 32


@pytest.mark.parametrize(
    ("content", "message"), [("{\n,", "line 2: not JSON"), ("[1]", "must hold a JSON object, got list")]
)
def test_broken_json_names_the_line(tmp_path, content, message):
    path = tmp_path / "config.json"
    path.write_text(content)
    with pytest.raises(FileFormatError, match=message):
        read_json(path)
    path.write_bytes(b"\xff")
    with pytest.raises(FileFormatError, match="not UTF-8"):
        read_json(path)


@pytest.mark.parametrize(
    ("raw", "form", "expected"),
    [
        ({"hidden_act": "gelu"}, "google", "tanh"),
        ({"hidden_act": "gelu"}, "safetensors", "erf"),
        ({"hidden_act": "gelu", "gelu": "erf"}, "google", "erf"),
        ({"hidden_act": "gelu", "gelu": "tanh"}, "safetensors", "tanh"),
        ({"hidden_act": "gelu_new"}, "google", "tanh"),
        ({"hidden_act": "gelu_new"}, "safetensors", "tanh"),
        ({"hidden_act": "gelu_pytorch_tanh"}, "safetensors", "tanh"),
        ({"hidden_act": "gelu_fast"}, "safetensors", "tanh"),
        ({"hidden_act": "relu"}, "google", "relu"),
    ],
)
def test_gelu_follows_configuration_then_format(raw, form, expected):
    assert resolve_gelu("auto", raw, form, "config.json") == expected
    assert resolve_gelu("erf", raw, form, "config.json") == "erf"
    assert resolve_gelu("tanh", raw, form, "config.json") == "tanh"


def test_unknown_activation_is_refused():
    with pytest.raises(FileFormatError, match="hidden_act 'swish' is not known"):
        resolve_gelu("auto", {"hidden_act": "swish"}, "google", "c")


CASED = [f"Word{i}" for i in range(120)]


@pytest.mark.parametrize(
    ("raw", "tokenizer", "folder", "expected"),
    [
        ({"do_lower_case": False}, {"do_lower_case": True}, "uncased", False),
        ({}, {"do_lower_case": False}, "uncased", False),
        ({}, {}, "uncased_L-2_H-32", True),
        ({}, {}, "multi_cased_L-2", False),
        ({}, {}, "bert-base-cased", False),
    ],
)
def test_lower_case_follows_configuration_then_folder(raw, tokenizer, folder, expected, tmp_path):
    assert resolve_lower_case("auto", raw, tokenizer, tmp_path / folder, CASED) is expected
    assert resolve_lower_case(not expected, raw, tokenizer, tmp_path / folder, CASED) is not expected


@pytest.mark.parametrize(("tokens", "lower"), [(CASED, False), (CASED[:99], True), (["[CLS]"] * 300, True)])
def test_the_vocabulary_decides_last_and_with_a_warning(tokens, lower, tmp_path):
    with pytest.warns(UserWarning, match=f"lower_case={lower} assumed from .* Pass lower_case=True"):
        assert resolve_lower_case("auto", {}, {}, tmp_path / "model", tokens) is lower


def test_vocabulary_larger_than_the_configuration_is_refused(google):
    files = locate(google)
    config = read_config(files)[0]
    n = config.vocab_size
    assert checked_vocabulary(files, config) == tuple(tiny_bert.VOCABULARY)
    with (google / "vocab.txt").open("a", encoding="utf-8") as file:
        file.write("\nmore")
    with pytest.raises(InvalidInputError, match=f"has {n + 1} entries, bert_config.json says vocab_size {n}"):
        checked_vocabulary(files, config)


def test_fingerprint_changes_with_weights_configuration_and_vocabulary(google):
    seen = {fingerprint(locate(google))}
    (google / "bert_model.ckpt.data-00000-of-00001").write_bytes(b"its checksum stands in the index")
    assert fingerprint(locate(google)) in seen
    for name in ("bert_model.ckpt.index", "vocab.txt", "bert_config.json", "tokenizer_config.json"):
        with (google / name).open("a") as file:
            file.write(" " if name != "tokenizer_config.json" else "{}")
        seen.add(fingerprint(locate(google)))
    assert len(seen) == 5


def test_fingerprint_of_safetensors_reads_the_weights(hf, tmp_path):
    first = fingerprint(locate(hf))
    assert fingerprint(locate(tiny_bert.write_hf(tmp_path / "same"))) == first
    assert fingerprint(locate(tiny_bert.write_hf(tmp_path / "other", seed=1))) != first


def _read(folder):
    files = locate(folder)
    return read_safetensors(files.weights, weight_table(read_config(files)[0]))


def test_broken_safetensors_are_named(hf):
    path = hf / "model.safetensors"
    content = path.read_bytes()
    path.write_bytes(content[:-100])
    with pytest.raises(FileFormatError, match=r"model.safetensors is truncated or corrupt \(.*\); copy it again"):
        _read(hf)
    path.write_bytes(content[:4])
    with pytest.raises(FileFormatError, match="truncated or corrupt"):
        _read(hf)


def test_missing_misshapen_and_non_finite_weights_are_named(hf):
    from safetensors.numpy import load_file, save_file

    path = hf / "model.safetensors"
    arrays = load_file(path)
    name = "encoder.layer.1.intermediate.dense.weight"

    def save(changed):
        save_file(changed, path)
        return pytest.raises(FileFormatError)

    with save({k: v for k, v in arrays.items() if k != name}) as caught:
        _read(hf)
    assert f"has no {name}, which the configuration asks for" in str(caught.value)
    with save(arrays | {name: arrays[name].T.copy()}) as caught:
        _read(hf)
    assert f"{name} has shape (32, 48), the configuration says (48, 32)" in str(caught.value)
    bad = arrays[name].copy()
    bad[3, 4] = float("nan")
    with save(arrays | {name: bad}) as caught:
        _read(hf)
    assert f"{name} holds values that are not finite" in str(caught.value)
    with save({f"electra.{k}": v for k, v in arrays.items()}) as caught:
        _read(hf)
    assert "another kind of model? The first variables are electra.embeddings" in str(caught.value)
