"""Windows over long texts, and batches of windows of like length."""

from itertools import pairwise
from typing import NamedTuple

import numpy as np


class Window(NamedTuple):
    """Pieces ``start`` … ``end`` of text ``text`` go through the model; ``first`` … ``last`` are taken from the result.

    Every piece of the text is taken from exactly one window.
    """

    text: int
    start: int
    end: int
    first: int
    last: int


def windows(text, n_pieces, size):
    """Return the windows of one text of n_pieces, of at most size pieces each.

    Starts are 0, size//2, 2 (size//2), … and finally n_pieces − size; neighbours are cut in the middle of their
    overlap, so that each piece comes from the window in which its nearer end is farthest away.

    Examples
    --------
    >>> [(w.start, w.end, w.first, w.last) for w in windows(0, 10, 6)]
    [(0, 6, 0, 4), (3, 9, 4, 6), (4, 10, 6, 10)]
    """
    if n_pieces <= size:
        return [Window(text, 0, n_pieces, 0, n_pieces)]
    step = max(size // 2, 1)
    starts = [*range(0, n_pieces - size, step), n_pieces - size]
    cuts = [0, *((after + before + size) // 2 for before, after in pairwise(starts)), n_pieces]
    return [Window(text, start, start + size, first, last) for start, first, last in zip(starts, cuts, cuts[1:])]


def count_windows(n_pieces, size):
    """Return the number of windows of a text of n_pieces.

    Examples
    --------
    >>> count_windows(6, 6), count_windows(10, 6)
    (1, 3)
    """
    return len(windows(0, n_pieces, size))


def batches(lengths, batch_size):
    """Return the batches of sequences as arrays of indices: sorted by length, longest first.

    The longest first, so that trouble with memory shows at once.
    """
    order = np.argsort(-np.asarray(lengths, dtype=np.int64), kind="stable")
    return [order[i : i + batch_size] for i in range(0, order.shape[0], batch_size)]


def padded(sequences, pad_id):
    """Return sequences of ids as one int32 matrix, padded to the longest, and their lengths.

    Not to a multiple of 8, as for processors with tiles: of 400 sentences in sorted batches that made 27 % more tokens
    and 25 % less speed; a new length costs no new trace.

    Examples
    --------
    >>> ids, lengths = padded([[2, 7, 3], [2, 3]], 0)
    >>> ids.tolist(), lengths.tolist()
    ([[2, 7, 3], [2, 3, 0]], [3, 2])
    """
    lengths = np.array([len(sequence) for sequence in sequences], dtype=np.int32)
    ids = np.full((len(sequences), int(lengths.max())), pad_id, dtype=np.int32)
    for row, sequence in zip(ids, sequences):
        row[: len(sequence)] = sequence
    return ids, lengths
