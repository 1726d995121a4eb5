"""Texts to token vectors with a loaded model: encode, look into the cache, run, pool, weigh, join."""

import warnings
from typing import NamedTuple

import numpy as np
from tqdm import tqdm

from kexuestat.exceptions import InvalidInputError
from kexuestat.text.bert_cache import VectorCache, cache_key
from kexuestat.text.bert_model import piece_vectors
from kexuestat.text.bert_windows import count_windows
from kexuestat.text.bert_words import pool_pieces, select_tokens, token_weights
from kexuestat.text.documents import TokenVectors
from kexuestat.text.wordpiece import WordPieces

_LONGEST = 512
_BATCHES_AT_ONCE = 64  # cached together: a killed run loses at most these


class EncodedTexts(NamedTuple):
    """Distinct texts with their pieces and tokens; text i of the input is number ``place[i]``."""

    texts: list
    place: list
    ids: list
    selected: list


class Run(NamedTuple):
    """How texts go through the model: pieces per window, what a longer text meets, batches, cache, progress bar."""

    window: int
    long_text: str
    batch_size: int
    cache: object
    progress: bool


def window_size(max_length, n_positions):
    """Return the number of pieces in a window, without [CLS] and [SEP].

    Raises
    ------
    InvalidInputError
        If max_length is beyond the positions of the model.
    """
    if max_length is None:
        return min(n_positions, _LONGEST) - 2
    if not 3 <= max_length <= n_positions:
        raise InvalidInputError(f"max_length must be in [3, {n_positions}], got {max_length}.")
    return int(max_length) - 2


def encode_texts(texts, tokenizer, rules, run):
    """Return the :class:`EncodedTexts`; ``long_text`` of run is "window", "truncate" (warns) or "error"."""
    index = {}
    place = [index.setdefault(text, len(index)) for text in texts]
    pieces = [tokenizer.encode(text) for text in index]
    pieces = _shortened(pieces, place, run.long_text, run.window)
    selected = [select_tokens(text, parts, rules) for text, parts in zip(index, pieces)]
    return EncodedTexts(list(index), place, [parts.ids for parts in pieces], selected)


def _shortened(pieces, place, long_text, window):
    long = [i for i, p in enumerate(place) if len(pieces[p].tokens) > window]
    if long_text == "window" or not long:
        return pieces
    if long_text == "error":
        raise InvalidInputError(
            f"texts[{long[0]}] has {len(pieces[place[long[0]]].tokens)} word pieces, the model takes {window}; "
            'use long_text="window".'
        )
    warnings.warn(f"{len(long)} of {len(place)} texts cut to {window} word pieces.", UserWarning, stacklevel=4)
    return [WordPieces(*(part[:window] for part in parts)) for parts in pieces]


def embed_texts(model, encoded, run, weigh):
    """Return the TokenVectors of encoded texts; weigh maps a token to its weight, None = uniform weights."""
    pooled = [None] * len(encoded.texts)
    for i, vectors in _all_pieces(model, encoded, run):
        pooled[i] = pool_pieces(vectors, encoded.selected[i])
    weighed = [token_weights(chosen.tokens, weigh) for chosen in encoded.selected]
    fell_back = sum(weighed[p][1] for p in encoded.place)
    if fell_back:
        warnings.warn(
            f"all tokens of {fell_back} texts have weight 0; their weights are uniform.", UserWarning, stacklevel=3
        )
    return _joined(model.width, pooled, [weights for weights, _ in weighed], encoded)


def _joined(width, pooled, weights, encoded):
    chosen = [encoded.selected[p] for p in encoded.place]
    lengths = [len(tokens.tokens) for tokens in chosen]
    return TokenVectors(
        indptr=np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)]).astype(np.int64),
        vectors=np.concatenate([np.empty((0, width), np.float32), *(pooled[p] for p in encoded.place)]),
        weights=np.concatenate([np.empty(0), *(weights[p] for p in encoded.place)]),
        tokens=tuple(token for tokens in chosen for token in tokens.tokens),
        offsets=np.concatenate([np.empty((0, 2), np.int64), *(tokens.offsets for tokens in chosen)]),
    )


def _all_pieces(model, encoded, run):
    """Yield (number of the text, its piece vectors), longest texts first."""
    order = sorted(range(len(encoded.ids)), key=lambda i: -len(encoded.ids[i]))
    total = sum(count_windows(len(ids), run.window) for ids in encoded.ids)
    store = None if run.cache is None else VectorCache(run.cache)
    step = run.batch_size * _BATCHES_AT_ONCE
    with tqdm(total=total, disable=not run.progress, desc="BERT", unit="window") as bar:
        for start in range(0, len(order), step):
            part = order[start : start + step]
            if store is None:
                yield from zip(part, _computed(model, encoded, part, run, bar))
            else:
                yield from _remembered(model, encoded, part, run, bar, store)


def _computed(model, encoded, part, run, bar):
    return piece_vectors(model, [encoded.ids[i] for i in part], run.window, run.batch_size, bar.update)


def _remembered(model, encoded, part, run, bar, store):
    """The pieces of a part, from the cache where it has them; the others are computed and put there."""
    settings = (*model.settings, run.window, run.long_text)
    keys = {i: cache_key(settings, encoded.texts[i]) for i in part}
    found = _sound(store.get(list(keys.values())), keys, model.width, encoded)
    bar.update(sum(count_windows(len(encoded.ids[i]), run.window) for i in found))
    missing = [i for i in part if i not in found]
    arrays = _computed(model, encoded, missing, run, bar)
    store.put({keys[i]: array for i, array in zip(missing, arrays)})
    yield from found.items()
    yield from zip(missing, arrays)


def _sound(stored, keys, width, encoded):
    """The stored arrays by number of the text; one of another shape counts as absent."""
    arrays = {i: stored[key] for i, key in keys.items() if key in stored}
    return {i: array for i, array in arrays.items() if array.shape == (len(encoded.ids[i]) + 2, width)}
