"""A fitted index of documents as a folder of plain arrays, words and one JSON file: mapped when loaded, no pickle.

``index.json`` options and scalars · ``documents-*.npy`` ragged masses · ``vectors.npy`` converted vectors in use ·
``rows.npy`` their rows in ``source/`` (the word vectors as given) · ``factors/`` weights of words · ``step-i/`` the
steps of the converter.
"""

import json
import os
import shutil
import tempfile

import numpy as np

from kexuestat.exceptions import FileFormatError, InvalidInputError
from kexuestat.text import vector_files
from kexuestat.text.converters import AffineStep, ScaleStep, VectorConverter
from kexuestat.text.mover_documents import Clouds, ContextualSpace, StaticSpace
from kexuestat.text.movers import WordMoverDistance, WordRotatorDistance
from kexuestat.text.tokenize import TextTokenizer, as_tokenizer
from kexuestat.text.vectors import read_vectors
from kexuestat.text.weights import TokenWeights

_VERSION = 1
_KINDS = {kind.__name__: kind for kind in (WordMoverDistance, WordRotatorDistance)}
_CONVERTER = ("n_components", "alpha", "sif_a", "n_removed")
_PLAIN = ("metric", "sif_a", "oov", "empty", "empty_value", "cancel", "n_jobs", "max_memory", "progress")


def write_index(path, mover, options):
    """Write a fitted mover and the options of its index into the folder path, which is absent or empty; return path."""
    vector_files.check_free(path)
    target = os.path.abspath(path)
    os.makedirs(os.path.dirname(target), exist_ok=True)
    folder = tempfile.mkdtemp(prefix=".kexuestat-", dir=os.path.dirname(target))
    try:
        _write_parts(folder, mover, options)
        vector_files.move_folder(folder, target)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return path


def _write_parts(folder, mover, options):
    space, clouds = mover._space, mover._clouds
    facts = {
        "version": _VERSION,
        "kind": type(mover).__name__,
        "options": options,
        "mover": {name: getattr(mover, name) for name in _PLAIN},
        "contextual": space.contextual,
        "weights": "callable" if callable(mover.weights) else mover.weights,
        "unseen": space.weights.unseen,
        "unknown": clouds.unknown,
        "found": clouds.found,
        "word_counts": _write_counts(folder, "word-counts", mover.word_counts),
        "converter": _converter_facts(folder, space.converter),
    }
    for name in ("indptr", "tokens", "weights"):
        _save(folder, f"documents-{name}", getattr(clouds, name))
    _save(folder, "vectors", clouds.vectors)
    _write_words(folder, "words", clouds.words)
    _write_named(folder, "factors", space.weights.factors)
    if not space.contextual:
        _save(folder, "rows", clouds.rows)
        facts["tokenizer"] = _tokenizer_facts(space.tokenizer)
        source = space.source
        vector_files.write_folder(os.path.join(folder, "source"), source.words, source.vectors)
    with open(os.path.join(folder, "index.json"), "w", encoding="utf-8") as file:
        json.dump(facts, file, indent=1)


def _tokenizer_facts(tokenizer):
    return tokenizer.__getstate__() if isinstance(tokenizer, TextTokenizer) else "callable"


def _converter_facts(folder, converter):
    """The kinds of the steps, whose arrays are written."""
    if converter is None:
        return None
    if not isinstance(converter, VectorConverter):
        raise InvalidInputError(f"an index with a {type(converter).__name__} as converter cannot be saved.")
    kinds = []
    for i, step in enumerate(converter.steps_):
        if isinstance(step, ScaleStep):
            _write_named(folder, f"step-{i}", step.frequency)
            kinds.append(step.a)
        else:
            _save(folder, f"step-{i}-mean", step.mean)
            _save(folder, f"step-{i}-projection", step.projection)
            kinds.append("affine")
    return {
        "steps": list(converter.steps),
        "kinds": kinds,
        "parameters": {name: getattr(converter, name) for name in _CONVERTER},
        "word_counts": _write_counts(folder, "converter-counts", converter.word_counts),
    }


def _write_counts(folder, name, word_counts):
    """Write the counts where there are any, so that the loaded estimator can be fitted again; return whether."""
    if word_counts is not None:
        _write_named(folder, name, word_counts)
    return word_counts is not None


def _save(folder, name, array):
    np.save(os.path.join(folder, f"{name}.npy"), np.asarray(array), allow_pickle=False)


def _write_words(folder, name, words):
    """Words as JSON, because a word may hold anything."""
    with open(os.path.join(folder, f"{name}.json"), "w", encoding="utf-8") as file:
        json.dump(list(words), file)


def _write_named(folder, name, numbers):
    _write_words(folder, name, numbers)
    _save(folder, name, np.array(list(numbers.values()), dtype=np.float64))


def read_index(path, tokenizer=None, weights=None, embedder=None):
    """Return the fitted mover and the options of its index; arrays are mapped.

    Raises
    ------
    FileFormatError
        If path is no such folder, or a part is absent or broken.
    InvalidInputError
        If the index was made with a callable that is not passed again.
    """
    facts = _facts(path)
    try:
        space = _space(path, facts, tokenizer, weights, embedder)
        clouds = _clouds(path, facts)
    except (OSError, ValueError, KeyError, TypeError) as error:
        if isinstance(error, InvalidInputError):
            raise
        raise FileFormatError(f"{path} is no whole index of documents: {error}") from None
    mover = _KINDS[facts["kind"]](
        vectors=embedder if space.contextual else space.source,
        tokenizer="default" if space.contextual else space.tokenizer,
        weights=space.weights.scheme,
        converter=space.converter,
        word_counts=_read_named(path, "word-counts") if facts["word_counts"] else None,
        **facts["mover"],
    )
    return mover._set_fitted(space, clouds), facts["options"]


def _facts(path):
    name = os.path.join(path, "index.json")
    if not os.path.isfile(name):
        raise FileFormatError(f"{path} holds no index of documents: index.json is absent.")
    try:
        with open(name, encoding="utf-8") as file:
            facts = json.load(file)
        version = facts["version"]
    except (ValueError, KeyError, TypeError) as error:
        raise FileFormatError(f"{name} is broken: {error}") from None
    if version != _VERSION or facts.get("kind") not in _KINDS:
        raise FileFormatError(f"{name} has version {version}, this program reads version {_VERSION}.")
    return facts


def _load(path, name):
    return np.load(os.path.join(path, f"{name}.npy"), mmap_mode="r", allow_pickle=False)


def _read_words(path, name):
    with open(os.path.join(path, f"{name}.json"), encoding="utf-8") as file:
        return tuple(json.load(file))


def _read_named(path, name):
    return dict(zip(_read_words(path, name), _load(path, name).tolist()))


def _clouds(path, facts):
    parts = [_load(path, f"documents-{name}") for name in ("indptr", "tokens", "weights")]
    rows = None if facts["contextual"] else _load(path, "rows")
    words = _read_words(path, "words")
    return Clouds(*parts, _load(path, "vectors"), words, rows, facts["unknown"], facts["found"])


def _space(path, facts, tokenizer, weights, embedder):
    if facts["contextual"]:
        space = ContextualSpace(embedder)
        space.width = _load(path, "vectors").shape[1]
    else:
        source = read_vectors(os.path.join(path, "source"))
        space = StaticSpace(source, _tokenizer(facts["tokenizer"], tokenizer), facts["mover"]["oov"])
    scheme = _given(weights, "weights") if facts["weights"] == "callable" else facts["weights"]
    space.weights = TokenWeights(scheme, _read_named(path, "factors"), facts["unseen"])
    space.converter = _converter(path, facts["converter"])
    return space


def _tokenizer(facts, tokenizer):
    return as_tokenizer(_given(tokenizer, "tokenizer")) if facts == "callable" else TextTokenizer(**facts)


def _given(function, name):
    if not callable(function):
        raise InvalidInputError(f"the index was made with a callable {name}; pass the same one as {name}=.")
    return function


def _converter(path, facts):
    if facts is None:
        return None
    steps = []
    for i, kind in enumerate(facts["kinds"]):
        if kind == "affine":
            steps.append(AffineStep(_load(path, f"step-{i}-mean"), _load(path, f"step-{i}-projection")))
        else:
            steps.append(ScaleStep(float(kind), _read_named(path, f"step-{i}")))
    counts = _read_named(path, "converter-counts") if facts["word_counts"] else None
    converter = VectorConverter(steps=tuple(facts["steps"]), word_counts=counts, **facts["parameters"])
    converter.steps_ = tuple(steps)
    return converter
