"""Checks of texts, tokens, token vectors and the options of the text part."""

import numpy as np

from kexuestat.exceptions import InvalidInputError
from kexuestat.validation.arrays import first_bad


def check_sequence_of_texts(texts, name="texts"):
    """Return texts as a list; one str or bytes where a sequence is meant, and anything not iterable, is refused."""
    if isinstance(texts, (str, bytes)):
        kind = type(texts).__name__
        raise InvalidInputError(f"{name} must be a list of str, got one {kind}; pass [text].")
    try:
        return list(texts)
    except TypeError:
        raise InvalidInputError(f"{name} must be a list of str, got {type(texts).__name__}.") from None


def check_texts(texts, name="texts"):
    """Return texts as a list of str.

    Raises
    ------
    InvalidInputError
        If texts is one str.
    TypeError
        If an element is not a str.
    """
    texts = check_sequence_of_texts(texts, name)
    for i, text in enumerate(texts):
        if not isinstance(text, str):
            refuse_element(f"{name}[{i}]", text)
    return texts


def check_paired(n_x, n_y):
    """Refuse documents X and Y of different numbers."""
    if n_x != n_y:
        raise InvalidInputError(f"X and Y must have equal lengths, got {n_x} and {n_y}.")


def refuse_element(place, value):
    """Raise the TypeError for an element that is no text."""
    raise TypeError(f"{place} must be a str, got {type(value).__name__}; missing values? drop or replace them.")


def check_token_list(tokens, place):
    """Return tokens as a list of str."""
    try:
        tokens = list(tokens)
    except TypeError:
        refuse_element(place, tokens)
    for j, token in enumerate(tokens):
        if not isinstance(token, str):
            raise TypeError(f"{place}[{j}] must be a str, got {type(token).__name__}.")
    return tokens


def check_words(words, name="words"):
    """Return words as a tuple of distinct str."""
    words = tuple(words)
    for i, word in enumerate(words):
        if not isinstance(word, str):
            raise TypeError(f"{name}[{i}] must be a str, got {type(word).__name__}.")
    if len(set(words)) != len(words):
        seen = set()
        again = next(word for word in words if word in seen or seen.add(word))
        raise InvalidInputError(f"{name} must be distinct, got {again!r} more than once.")
    return words


def check_vector_rows(vectors, name, words=None):
    """Return vectors as a 2-D array of float32 or float64 (not copied where it is one already), all finite.

    Raises
    ------
    InvalidInputError
        If the shape is wrong or a row is not finite; the word of the row is named where words are given.
    """
    try:
        rows = np.asanyarray(vectors)
    except ValueError as error:
        raise InvalidInputError(f"{name} must be a rectangular array of numbers: {error}.") from None
    if rows.dtype.kind not in "biuf" and rows.size:
        raise TypeError(f"{name} must hold real numbers, got dtype {rows.dtype}.")
    if rows.ndim != 2:
        raise InvalidInputError(f"{name} must have shape (n_words, n_dimensions), got shape {rows.shape}.")
    if rows.dtype not in (np.float32, np.float64):
        rows = rows.astype(np.float32 if rows.dtype == np.float16 else np.float64)
    return check_finite_rows(rows, name, words)


def check_finite_rows(rows, name, words=None, block=1 << 16):
    """Return rows if all are finite; checked in blocks, so that no mask of the whole array is made."""
    for start in range(0, rows.shape[0], block):
        part = rows[start : start + block]
        if not np.isfinite(part.sum(dtype=np.float64)):
            bad = ~np.isfinite(part)
            if bad.any():
                row = start + int(np.argmax(bad.any(axis=1)))
                who = f" of the word {words[row]!r}" if words is not None else ""
                found = first_bad(name, part, bad)
                raise InvalidInputError(f"{name} must be finite; row {row}{who} is not ({found.partition(' = ')[2]}).")
    return rows


def check_token_weights(weights, n_tokens, name="weights"):
    """Return weights as float64, one finite non-negative number per token; None = ones."""
    if weights is None:
        return np.ones(n_tokens)
    weights = np.asarray(weights, dtype=np.float64)
    if weights.shape != (n_tokens,):
        raise InvalidInputError(f"{name} must have one entry per token ({n_tokens}), got shape {weights.shape}.")
    bad = ~(np.isfinite(weights) & (weights >= 0))
    if bad.any():
        raise InvalidInputError(f"{name} must be finite and non-negative, got {first_bad(name, weights, bad)}.")
    return weights


def check_embedder(vectors):
    """Return True if vectors keeps the embedder protocol: fit, transform and the attribute contextual."""
    return all(hasattr(vectors, name) for name in ("fit", "transform", "contextual"))
