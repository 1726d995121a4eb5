"""Checkpoints from Google's format to Hugging Face's and back, with their meaning: weights, GELU, lower-casing."""

import contextlib
import json
import os
import shutil
from pathlib import Path

import numpy as np

from kexuestat.exceptions import InvalidInputError
from kexuestat.text.bert_config import resolve_gelu, resolve_lower_case
from kexuestat.text.bert_files import locate, read_config
from kexuestat.text.bert_google import write_google
from kexuestat.text.bert_model import checked_vocabulary, read_weights
from kexuestat.text.bert_names import weight_table

_HIDDEN_ACT = {"erf": "gelu", "tanh": "gelu_new", "relu": "relu"}
_NOT_KEPT = ("gelu", "torch_dtype", "dtype")  # said anew; the weights written are float32


def convert(tf, source, target, to):
    """Write the model at source to the folder target, in the format to ("google" or "safetensors"); return target."""
    files = locate(source)
    config, raw, tokenizer_raw = read_config(files)
    tokens = checked_vocabulary(files, config)
    gelu = resolve_gelu("auto", raw, files.form, files.config)
    lower_case = resolve_lower_case("auto", raw, tokenizer_raw, files.folder, tokens)
    table = weight_table(config)
    target = _free_folder(target)
    weights = read_weights(tf, files, table)
    with _folder_beside(target) as folder:
        shutil.copyfile(files.vocabulary, folder / "vocab.txt")
        _WRITERS[to](tf, folder, table, weights)
        _write_configs(folder, to, raw, config, gelu, lower_case)
    return target


def _free_folder(target):
    target = Path(target)
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise InvalidInputError(f"target must be absent or an empty folder, got {target}, which is not empty.")
    return target


@contextlib.contextmanager
def _folder_beside(target):
    """A new folder beside target that takes its place at the end, or vanishes after an error."""
    target.parent.mkdir(parents=True, exist_ok=True)
    folder = target.with_name(f".{target.name}.{os.getpid()}.partial")
    folder.mkdir()
    try:
        yield folder
        if target.exists():
            target.rmdir()
        folder.replace(target)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _write_google(tf, folder, table, weights):
    write_google(tf, folder / "bert_model.ckpt", {f"bert/{w.name}": weights[w.key] for w in table})


def _write_safetensors(tf, folder, table, weights):
    from safetensors.numpy import save_file

    arrays = {w.hf_name: np.ascontiguousarray(weights[w.key].T) if w.transposed else weights[w.key] for w in table}
    save_file(arrays, folder / "model.safetensors", metadata={"format": "pt"})


_WRITERS = {"google": _write_google, "safetensors": _write_safetensors}


def _write_configs(folder, to, raw, config, gelu, lower_case):
    kept = {key: value for key, value in raw.items() if key not in _NOT_KEPT} | {"do_lower_case": lower_case}
    if to == "google":
        name = "albert_config.json" if config.model_type == "albert" else "bert_config.json"
        act = {"hidden_act": "relu"} if gelu == "relu" else {"hidden_act": "gelu", "gelu": gelu}
        _write_json(folder / name, kept | act)
        return
    own = {"model_type": config.model_type, "hidden_act": _HIDDEN_ACT[gelu], "layer_norm_eps": config.eps}
    _write_json(folder / "config.json", kept | own)
    _write_json(folder / "tokenizer_config.json", {"do_lower_case": lower_case, "tokenizer_class": "BertTokenizer"})


def _write_json(path, content):
    path.write_text(json.dumps(content, indent=2, sort_keys=True) + "\n", encoding="utf-8")
