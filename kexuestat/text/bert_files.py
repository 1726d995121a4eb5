"""Model folders: which files hold configuration, vocabulary and weights; safetensors; the fingerprint of a model.

A model is either a Google checkpoint (``bert_config.json``, ``bert_model.ckpt.index`` and ``.data-…``, ``vocab.txt``)
or a Hugging Face folder (``config.json``, ``model.safetensors`` or its shards, ``vocab.txt``). Nothing is downloaded,
and of several candidates none is guessed.
"""

import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kexuestat.exceptions import FileFormatError, InvalidInputError, MissingDependencyError
from kexuestat.text.bert_config import parse_config, read_json
from kexuestat.text.bert_names import SCOPES, WORDS

_GOOGLE_CONFIGS = ("bert_config.json", "albert_config.json", "config.json")
_PICKLES = {
    "pytorch_model.bin": "a pickle of torch",
    "tf_model.h5": "a Keras file",
    "model.ckpt.h5": "a Keras file",
}
_DIGESTS = {}  # (path, size, mtime) -> digest of a large file


@dataclass(frozen=True)
class ModelFiles:
    """The files of one model; ``weights`` is one prefix in the form "google", files in the form "safetensors"."""

    folder: Path
    form: str
    config: Path
    vocabulary: Path
    weights: tuple


def locate(checkpoint):
    """Return the :class:`ModelFiles` for a folder, a checkpoint prefix or a ``.safetensors`` file.

    Raises
    ------
    InvalidInputError
        If checkpoint is None or no path.
    FileFormatError
        If something is missing or ambiguous; names the folder, what was looked for and what is there.
    """
    if not isinstance(checkpoint, (str, os.PathLike)):
        raise InvalidInputError(f"checkpoint must be a path to a model folder or file, got {checkpoint!r}.")
    path = Path(checkpoint)
    if path.is_dir():
        folder, (form, weights) = path, _weights_in(path)
    else:
        folder, (form, weights) = path.parent, _weights_at(path)
    return ModelFiles(folder, form, _config_in(folder, form), _vocabulary_in(folder), weights)


def _weights_in(folder):
    prefixes = sorted(p.with_suffix("") for p in folder.glob("*.index"))
    preferred = [p for p in prefixes if p.name == "bert_model.ckpt"]
    found = [("google", (p,)) for p in preferred or prefixes]
    found += [("safetensors", shards) for shards in _safetensors_in(folder)]
    if len(found) > 1:
        names = [weights[0].name for _, weights in found]
        listed = f"both {names[0]} and {names[1]}" if len(names) == 2 else ", ".join(names)
        raise FileFormatError(f"{folder} holds {listed}; pass one of the {_count(len(names))} files.")
    if not found:
        _refuse_other_formats(folder)
        raise _not_found(folder, "weights (*.index with *.data-..., or model.safetensors)")
    return found[0]


def _count(n):
    return "two" if n == 2 else str(n)


def _safetensors_in(folder):
    found = []
    if (folder / "model.safetensors.index.json").exists():
        found.append(_shards(folder / "model.safetensors.index.json"))
    if (folder / "model.safetensors").exists():
        found.append((folder / "model.safetensors",))
    return found


def _shards(path):
    names = read_json(path).get("weight_map")
    if not isinstance(names, dict) or not names:
        raise FileFormatError(f"{path} has no weight_map; it must name the shard of every weight.")
    shards = tuple(path.parent / name for name in sorted(set(names.values())))
    missing = [shard.name for shard in shards if not shard.exists()]
    if missing:
        raise FileFormatError(f"{path} names {', '.join(missing)}, absent from {path.parent}.")
    return shards


def _weights_at(path):
    if path.name.endswith(".safetensors.index.json"):
        return "safetensors", _shards(_existing(path))
    if path.suffix == ".safetensors":
        return "safetensors", (_existing(path),)
    prefix = path.with_name(re.sub(r"\.(index|meta|data-\d+-of-\d+)$", "", path.name))
    if not prefix.with_name(prefix.name + ".index").exists():
        if path.exists():
            raise FileFormatError(_other_format(path))
        raise FileFormatError(
            f"{path} is no folder, no checkpoint prefix ({prefix.name}.index is absent) and no .safetensors file."
        )
    return "google", (prefix,)


def _existing(path):
    if not path.is_file():
        raise FileFormatError(f"{path} does not exist.")
    return path


def _other_format(path):
    kind = _PICKLES.get(path.name) or {".bin": "a pickle of torch", ".h5": "a Keras file"}.get(path.suffix)
    if kind:
        return f"{path} is {kind} and is not read; convert it to safetensors."
    return f"{path} is no checkpoint; pass its folder, a checkpoint prefix or a .safetensors file."


def _refuse_other_formats(folder):
    for path in sorted([*folder.glob("*.bin"), *folder.glob("*.h5")]):
        raise FileFormatError(_other_format(path))


def _not_found(folder, wanted):
    names = sorted(p.name for p in folder.iterdir()) if folder.is_dir() else []
    there = ", ".join(names[:12]) + (", …" if len(names) > 12 else "") if names else "nothing"
    return FileFormatError(f"{folder} has no {wanted}; found {there}.")


def _config_in(folder, form):
    for name in _GOOGLE_CONFIGS if form == "google" else ("config.json",):
        if (folder / name).is_file():
            return folder / name
    if form != "google":
        raise _not_found(folder, "config.json")
    others = [p for p in sorted(folder.glob("*config*.json")) if "hidden_size" in read_json(p)]
    if len(others) == 1:
        return others[0]
    raise _not_found(folder, f"configuration ({', '.join(_GOOGLE_CONFIGS)} or one *config*.json with a hidden_size)")


def _vocabulary_in(folder):
    if (folder / "vocab.txt").is_file():
        return folder / "vocab.txt"
    if any(folder.glob("*spiece*.model")) or any(folder.glob("sentencepiece*.model")):
        raise FileFormatError(f"{folder} has a SentencePiece model and no vocab.txt; only WordPiece is read.")
    raise _not_found(folder, "vocab.txt")


def read_config(files):
    """Return ``(BertConfig, raw configuration, tokenizer_config.json or {})`` of a model."""
    raw = read_json(files.config)
    tokenizer = files.folder / "tokenizer_config.json"
    return parse_config(raw, files.config), raw, read_json(tokenizer) if tokenizer.is_file() else {}


def scope_of(names, form, path):
    """Return the scope that stands before every weight's name, found by the word embeddings.

    Raises
    ------
    FileFormatError
        If there are none: another kind of model; names the first variables found.
    """
    words = WORDS if form == "google" else WORDS.replace("/", ".") + ".weight"
    for scope in SCOPES[form]:
        if scope + words in names:
            return scope
    if any(name.endswith(".ATTRIBUTES/VARIABLE_VALUE") for name in names):
        raise FileFormatError(
            f"{path} was written by tf.train.Checkpoint, whose names depend on the program that wrote it; "
            "save the weights under their own names (tf.compat.v1.train.Saver), or as safetensors."
        )
    raise FileFormatError(f"{path} has no {words}: another kind of model? The first variables are {_first(names)}.")


def _first(names):
    return ", ".join(sorted(names)[:4]) or "none"


def checked_weight(array, weight, path, name):
    """Return a weight as float32 in Google's orientation, its shape and finiteness checked.

    Raises
    ------
    FileFormatError
        Naming file, weight, the shape found and the shape that the configuration says.
    """
    turned = weight.transposed and path.suffix == ".safetensors"
    shape = weight.shape[::-1] if turned else weight.shape
    if tuple(array.shape) != tuple(shape):
        raise FileFormatError(f"{path}: {name} has shape {tuple(array.shape)}, the configuration says {tuple(shape)}.")
    array = np.ascontiguousarray(array.T if turned else array, dtype=np.float32)
    if not np.isfinite(array).all():
        raise FileFormatError(f"{path}: {name} holds values that are not finite.")
    return array


def missing_weight(path, name, names):
    """Return the complaint that a weight is absent."""
    return FileFormatError(f"{path} has no {name}, which the configuration asks for; it holds {_first(names)}, …")


def read_safetensors(paths, table):
    """Return the weights of a table from safetensors files: dict key -> float32 array in Google's orientation.

    F64, F16 and BF16 are converted; only the weights asked for are read.
    """
    safe_open, error_class = _safetensors()
    home, path = {}, paths[0]
    try:
        for path in paths:
            handle = safe_open(os.fspath(path), framework="np")
            home.update((name, (path, handle)) for name in handle.keys())  # noqa: SIM118 (no iteration on handles)
        scope = scope_of(home, "safetensors", paths[0])
        return {weight.key: _tensor(home, scope, weight, paths[0]) for weight in table}
    except error_class as error:
        raise FileFormatError(f"{path} is truncated or corrupt ({error}); copy it again.") from error


def _safetensors():
    try:
        import ml_dtypes  # noqa: F401  (registers bfloat16 with numpy)
        import safetensors
    except ImportError as error:
        raise MissingDependencyError(
            f'BertEmbedder needs {error.name}; install it with: pip install "kexuestat[bert]".'
        ) from error
    return safetensors.safe_open, safetensors.SafetensorError


def _tensor(home, scope, weight, first):
    old = weight.hf_name.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta")
    for name in (scope + weight.hf_name, scope + old):
        if name in home:
            path, handle = home[name]
            return checked_weight(handle.get_tensor(name), weight, path, name)
    raise missing_weight(first, scope + weight.hf_name, home)


def fingerprint(files):
    """Return the SHA-256 (hex) that changes with the weights, the configuration or the vocabulary of a model.

    Of a Google checkpoint only the ``.index`` file is read: it holds a checksum of every tensor.
    """
    digest = hashlib.sha256()
    weights = files.weights
    if files.form == "google":
        weights = (files.weights[0].with_name(files.weights[0].name + ".index"),)
    for path in (*weights, files.config, files.vocabulary, files.folder / "tokenizer_config.json"):
        digest.update(_digest(path) if path.exists() else b"absent")
    return digest.hexdigest()


def _digest(path):
    status = path.stat()
    key = (os.fspath(path.resolve()), status.st_size, status.st_mtime_ns)
    if key not in _DIGESTS:
        with path.open("rb") as file:
            digest = hashlib.sha256()
            while block := file.read(1 << 20):
                digest.update(block)
            _DIGESTS[key] = digest.digest()
    return _DIGESTS[key]
