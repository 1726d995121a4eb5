"""From word pieces to tokens: which vectors make a token, which words are dropped, what each token weighs.

idf(token) = ln((N + 1) / (df + 1)), with df of N texts holding the token, as BERTScore and MoverScore use it.
"""

import math
from collections import Counter
from typing import NamedTuple

import numpy as np

from kexuestat.exceptions import InvalidInputError
from kexuestat.text.wordpiece import folded_word, is_punctuation


class Tokens(NamedTuple):
    """Tokens of one text; token i is made of the piece vectors ``starts[i]`` … ``stops[i]``, [CLS] being row 0."""

    tokens: tuple
    offsets: np.ndarray
    starts: np.ndarray
    stops: np.ndarray


class TokenRules(NamedTuple):
    """What makes a token: how pieces of a word are pooled, whether [CLS] and [SEP] stay, which words are dropped."""

    word_pool: str
    special_tokens: bool
    drop_punctuation: bool
    stop_words: frozenset


def token_rules(word_pool, special_tokens, drop_punctuation, stop_words, lower_case):
    """Return the :class:`TokenRules`; stop words are lower-cased, and stripped of accents if the model does so."""
    words = {word.lower() for word in stop_words}
    if lower_case:
        words |= {folded_word(word) for word in stop_words}
    return TokenRules(word_pool, special_tokens, drop_punctuation, frozenset(words))


def select_tokens(text, pieces, rules):
    """Return the :class:`Tokens` of one text.

    Parameters
    ----------
    text : str
    pieces : WordPieces
        Without special tokens.
    rules : TokenRules
    """
    starts, stops = _kept_words(text, pieces, rules)
    if rules.word_pool == "none":
        lengths = stops - starts
        starts = np.arange(lengths.sum()) + np.repeat(stops - np.cumsum(lengths), lengths)
        stops = starts + 1
    tokens = [_joined(pieces, a, b) for a, b in zip(starts.tolist(), stops.tolist())]
    offsets = np.stack([pieces.offsets[starts, 0], pieces.offsets[stops - 1, 1]], axis=1)
    if rules.word_pool == "first":
        stops = starts + 1
    starts, stops = starts + 1, stops + 1
    if rules.special_tokens:
        last = len(pieces.tokens) + 1
        tokens = ["[CLS]", *tokens, "[SEP]"]
        offsets = np.concatenate([[(0, 0)], offsets, [(len(text), len(text))]])
        starts, stops = np.concatenate([[0], starts, [last]]), np.concatenate([[1], stops, [last + 1]])
    return Tokens(tuple(tokens), offsets, starts, stops)


def _kept_words(text, pieces, rules):
    """First pieces and ends (int64) of the words that stay."""
    bounds = np.flatnonzero(np.diff(pieces.words, prepend=-1, append=pieces.words[-1:] + 1))
    starts, stops = bounds[:-1], bounds[1:]
    if rules.drop_punctuation or rules.stop_words:
        kept = [_is_kept(text, pieces, a, b, rules) for a, b in zip(starts.tolist(), stops.tolist())]
        starts, stops = starts[np.array(kept, dtype=bool)], stops[np.array(kept, dtype=bool)]
    return starts, stops


def _joined(pieces, start, stop):
    """The pieces without ``##``; a single piece (word_pool="none") keeps it."""
    if stop == start + 1:
        return pieces.tokens[start]
    return pieces.tokens[start] + "".join(piece[2:] for piece in pieces.tokens[start + 1 : stop])


def _is_kept(text, pieces, start, stop, rules):
    token = _joined(pieces, start, stop)
    if rules.drop_punctuation and stop == start + 1:
        written = text[pieces.offsets[start, 0] : pieces.offsets[start, 1]] if token == "[UNK]" else token
        if len(written) == 1 and is_punctuation(written):
            return False
    return token.lower() not in rules.stop_words


def pool_pieces(vectors, tokens):
    """Return the token vectors float32 (n_tokens, width): means over each token's rows of the piece vectors."""
    pooled = vectors[tokens.starts]
    for i in np.flatnonzero(tokens.stops - tokens.starts > 1):
        pooled[i] = vectors[tokens.starts[i] : tokens.stops[i]].mean(axis=0)
    return pooled


def inverse_document_frequencies(token_lists):
    """Return the dict token -> ln((N + 1) / (df + 1)) of the tokens of N texts.

    Examples
    --------
    >>> inverse_document_frequencies([["a", "b"], ["a"]])["a"]
    0.0
    """
    counts, n_texts = Counter(), 0
    for tokens in token_lists:
        counts.update(set(tokens))
        n_texts += 1
    return {token: math.log((n_texts + 1) / (df + 1)) for token, df in counts.items()}


def frequency_weight(idf, n_texts, token):
    """Return idf of a token by the dict of N texts, ln(N + 1) for one that they lack."""
    return idf.get(token, math.log(n_texts + 1))


def token_weights(tokens, weigh):
    """Return ``(weights, fell_back)``: weights float64 summing to 1; uniform, and True, if all of them are 0.

    Parameters
    ----------
    tokens : tuple of str
    weigh : callable token -> non-negative float, or None for uniform weights
    """
    n = len(tokens)
    uniform = np.full(n, 1.0 / n) if n else np.zeros(0)
    if weigh is None or not n:
        return uniform, False
    weights = np.array([token_weight(weigh, token) for token in tokens], dtype=np.float64)
    total = weights.sum()
    return (weights / total, False) if total > 0 else (uniform, True)


def token_weight(weigh, token):
    """Return the weight of a token, a finite non-negative float.

    Raises
    ------
    InvalidInputError
        If it is negative or not finite.
    """
    weight = float(weigh(token))
    if not 0 <= weight < math.inf:
        raise InvalidInputError(f"weighting must give finite non-negative weights, got {weight} for {token!r}.")
    return weight
