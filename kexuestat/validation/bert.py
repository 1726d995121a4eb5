"""Checks of BertEmbedder's parameters, as far as they need no model."""

import os
from collections.abc import Collection, Iterable
from numbers import Integral

from kexuestat.exceptions import InvalidInputError
from kexuestat.validation.options import check_boolean, check_integer, check_option

_CHOICES = {
    "layer_pool": ("mean", "concat"),
    "word_pool": ("mean", "first", "none"),
    "long_text": ("window", "truncate", "error"),
    "gelu": ("auto", "erf", "tanh"),
}
_BOOLEANS = ("special_tokens", "drop_punctuation", "progress")


def check_bert_options(options):
    """Check the parameters of a BertEmbedder that can be checked before a model is read.

    Raises
    ------
    InvalidInputError
        Naming parameter, rule and value.
    """
    check_path(options.checkpoint, "checkpoint")
    for name, choices in _CHOICES.items():
        check_option(getattr(options, name), name, choices)
    for name in _BOOLEANS:
        check_boolean(getattr(options, name), name)
    check_layers(options.layers)
    check_integer(options.batch_size, "batch_size", low=1)
    if options.max_length is not None:
        check_integer(options.max_length, "max_length", low=3)
    if options.lower_case != "auto":
        check_boolean(options.lower_case, "lower_case")
    if not callable(options.weighting):
        check_option(options.weighting, "weighting", ("uniform", "idf"))
    _check_stop_words(options.stop_words)
    if options.cache is not None:
        check_path(options.cache, "cache")


def check_path(path, name):
    """Return path if it is a str or path-like."""
    if not isinstance(path, (str, os.PathLike)):
        raise InvalidInputError(f"{name} must be a path, got {path!r}.")
    return path


def check_layers(layers):
    """Return layers as a tuple of int; their range depends on the model."""
    asked = tuple(layers) if isinstance(layers, Iterable) and not isinstance(layers, str) else (layers,)
    if not asked or any(not isinstance(layer, Integral) or isinstance(layer, bool) for layer in asked):
        raise InvalidInputError(f"layers must be an int or a non-empty tuple of int, got {layers!r}.")
    return tuple(int(layer) for layer in asked)


def _check_stop_words(words):
    if isinstance(words, str) or not isinstance(words, Collection) or any(not isinstance(word, str) for word in words):
        raise InvalidInputError(f"stop_words must be a sequence of str, got {words!r}.")
