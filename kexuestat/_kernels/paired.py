"""Exact problems of given pairs of documents whose costs are computed pair by pair: no table of word costs.

For pairs that hold fewer costs than the table of all their words, and for words that occur only once.
"""

from typing import NamedTuple

import numpy as np

from kexuestat._kernels._jit import kernel
from kexuestat._kernels.batch import (
    SOLVED,
    _begin,
    _empty_left,
    _empty_space,
    _enter,
    _leave,
    _longest,
    _pack,
    _same_left,
    _solve_packed,
)
from kexuestat._kernels.distances import root, squared_distances


class Points(NamedTuple):
    """Vectors (n, d) with their squared norms; a cost is factor times the distance, squared unless rooted."""

    rows: np.ndarray
    norms: np.ndarray
    rooted: bool
    factor: float


@kernel
def _solve_points(points, left, n, m, space):
    """Return (value, status) of a pair from the vectors of its words."""
    n = _pack(left, n, space)
    first, second = space.starts[:n].copy(), space.places[:m].copy()
    X, Y = points.rows[first], points.rows[second]
    cost = np.dot(X, Y.T)
    squared_distances(X, Y, points.norms[first], points.norms[second], cost)
    if points.rooted:
        root(cost, points.factor)
    else:
        cost *= points.factor
    for i in range(n):
        space.starts[i] = i
    for j in range(m):
        space.places[j] = j
    return _solve_packed(cost, n, m, space)


@kernel
def solve_paired(points, left, right, pairs, n_tokens, cancel, out, status):
    """Write the optimal cost of every pair of documents into out, its status into status.

    Parameters
    ----------
    points : Points
    left, right : tuples (indptr int64, tokens int64, their rows in points int64, whole masses float64)
    pairs, n_tokens, cancel, out, status
        As for `solve_pairs`.
    """
    one, space = _empty_left(_longest(left[0]), n_tokens), _empty_space(_longest(left[0]), _longest(right[0]))
    k = 0
    while k < pairs.shape[0]:
        end = _same_left(pairs, k)
        n = _enter(left, pairs[k, 0], one)
        for pair in range(k, end):
            m, out[pair] = _begin(one, n, right, pairs[pair, 1], cancel, space)
            status[pair] = SOLVED
            if m > 0:
                out[pair], status[pair] = _solve_points(points, one, n, m, space)
        _leave(left, pairs[k, 0], one)
        k = end
