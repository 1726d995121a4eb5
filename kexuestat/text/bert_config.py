"""Configuration of a BERT or ALBERT model: sizes, which GELU, whether to lower-case.

Two facts are not in the weights and silently change every vector. *GELU*: Google's code computed it by erf until
February 2019 and by tanh since; Hugging Face's ``"gelu"`` is erf. *Lower-casing* belongs to the vocabulary. Both
follow the rules below; a key ``"gelu"`` or ``"do_lower_case"`` in the configuration has the last word.
"""

import json
import re
import warnings
from dataclasses import dataclass
from pathlib import Path

from kexuestat.exceptions import FileFormatError

MODEL_TYPES = ("bert", "albert")
_TANH = ("gelu_new", "gelu_pytorch_tanh", "gelu_fast", "gelu_approximate")
_CASED_FROM = 100  # entries with a capital; an uncased vocabulary has none
_SIZES = {
    "vocab_size": "vocab_size",
    "hidden_size": "hidden_size",
    "n_layers": "num_hidden_layers",
    "n_heads": "num_attention_heads",
    "intermediate_size": "intermediate_size",
    "n_positions": "max_position_embeddings",
}


@dataclass(frozen=True)
class BertConfig:
    """Sizes of one model: what the shapes of its weights follow from.

    ``embedding_size`` equals ``hidden_size`` in BERT; ``n_groups`` is the number of distinct layers of an ALBERT.
    """

    model_type: str
    vocab_size: int
    hidden_size: int
    n_layers: int
    n_heads: int
    intermediate_size: int
    n_positions: int
    n_types: int
    embedding_size: int
    n_groups: int
    eps: float


def read_json(path):
    """Return the object in a JSON file.

    Raises
    ------
    FileFormatError
        If it is not UTF-8, not JSON, or no object; names file and line.
    """
    try:
        content = json.loads(Path(path).read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        raise FileFormatError(f"{path}, line {error.lineno}: not JSON ({error.msg}).") from None
    except UnicodeDecodeError as error:
        raise FileFormatError(f"{path} is not UTF-8 ({error.reason}).") from None
    if not isinstance(content, dict):
        raise FileFormatError(f"{path} must hold a JSON object, got {type(content).__name__}.")
    return content


def parse_config(raw, path):
    """Return the :class:`BertConfig` of a configuration; path is for complaints, and tells ALBERT by its file name.

    Raises
    ------
    FileFormatError
        If a size is missing or senseless, or the model is of another kind than BERT or ALBERT.
    """
    model_type = _model_type(raw, Path(path))
    sizes = {field: _size(raw, key, path) for field, key in _SIZES.items()}
    albert = model_type == "albert"
    config = BertConfig(
        model_type=model_type,
        **sizes,
        n_types=_size(raw, "type_vocab_size", path, default=2),
        embedding_size=_size(raw, "embedding_size", path, default=128) if albert else sizes["hidden_size"],
        n_groups=_size(raw, "num_hidden_groups", path, default=1) if albert else sizes["n_layers"],
        eps=float(raw.get("layer_norm_eps", 1e-12)),
    )
    _refuse(config, raw, path)
    return config


def _model_type(raw, path):
    guess = "albert" if "albert" in path.name or "num_hidden_groups" in raw or "inner_group_num" in raw else "bert"
    model_type = raw.get("model_type", guess)
    if model_type not in MODEL_TYPES:
        raise FileFormatError(
            f'{path} is a "{model_type}" model; only bert and albert with WordPiece vocabularies are read.'
        )
    return model_type


def _size(raw, key, path, default=None):
    value = raw.get(key, default)
    if value is None:
        raise FileFormatError(f"{path} has no {key!r}; is it the configuration of a BERT model?")
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise FileFormatError(f"{path}: {key} must be a positive integer, got {value!r}.")
    return value


def _refuse(config, raw, path):
    position = raw.get("position_embedding_type", "absolute")
    if position != "absolute" or raw.get("use_relative_position"):
        kind = "relative" if position == "absolute" else position
        raise FileFormatError(f"{path}: position embeddings are {kind!r}; only 'absolute' ones are computed.")
    if raw.get("inner_group_num", 1) != 1:
        raise FileFormatError(f"{path}: inner_group_num must be 1, got {raw['inner_group_num']!r}.")
    if config.hidden_size % config.n_heads:
        raise FileFormatError(
            f"{path}: hidden_size {config.hidden_size} is no multiple of num_attention_heads {config.n_heads}."
        )
    if config.n_layers % config.n_groups:
        raise FileFormatError(
            f"{path}: num_hidden_layers {config.n_layers} is no multiple of num_hidden_groups {config.n_groups}."
        )


def resolve_gelu(gelu, raw, form, path):
    """Return "erf", "tanh" or "relu" for the option gelu ("auto", "erf", "tanh") and a configuration.

    Parameters
    ----------
    gelu : str
        "erf" and "tanh" are taken as they are.
    raw : dict
        The configuration.
    form : str
        "google" or "safetensors": ``hidden_act`` "gelu" is tanh in the first and erf in the second.
    path : path
        For the complaint.

    Examples
    --------
    >>> resolve_gelu("auto", {"hidden_act": "gelu"}, "google", "bert_config.json")
    'tanh'
    """
    if gelu != "auto":
        return gelu
    if raw.get("gelu") in ("erf", "tanh"):
        return raw["gelu"]
    act = raw.get("hidden_act", "gelu")
    if act == "gelu":
        return "tanh" if form == "google" else "erf"
    if act in _TANH:
        return "tanh"
    if act == "relu":
        return "relu"
    raise FileFormatError(
        f'{path}: hidden_act {act!r} is not known; pass gelu="erf" or gelu="tanh" if it is one of them.'
    )


def resolve_lower_case(lower_case, raw, tokenizer_raw, folder, tokens):
    """Return whether to lower-case, for the option lower_case ("auto", True, False).

    "auto": ``do_lower_case`` of the configuration or of ``tokenizer_config.json``; else the folder's name; else the
    vocabulary, with a warning: 100 or more entries with a capital mean cased.

    Warns
    -----
    UserWarning
        If the vocabulary had to decide.
    """
    if lower_case != "auto":
        return lower_case
    for source in (raw, tokenizer_raw):
        if isinstance(source.get("do_lower_case"), bool):
            return source["do_lower_case"]
    name = Path(folder).resolve().name.lower()
    if "uncased" in name:
        return True
    if "cased" in name:
        return False
    capitals = sum(bool(re.search("[A-Z]", token)) for token in tokens if not re.fullmatch(r"\[.*\]", token))
    lower = capitals < _CASED_FROM
    warnings.warn(
        f"{folder} does not say whether it is cased; lower_case={lower} assumed from {capitals} vocabulary entries "
        "with a capital. Pass lower_case=True or lower_case=False to be sure.",
        UserWarning,
        stacklevel=2,
    )
    return lower
