"""Exact nearest documents of one query: a dual bound for every document, then exact solves in the order of bounds.

Just before it is solved, a document's bound is raised in steps from both sides; it is skipped if that is enough.

``table`` holds the costs of every word of the vocabulary (rows) against the words of the query (columns, padded with
inf to a multiple of 8), so that one document is a few contiguous rows.
"""

from typing import NamedTuple

import numpy as np

from kexuestat._kernels._jit import kernel
from kexuestat._kernels.ascent import _empty_climb, _least, _lower, raised_bound
from kexuestat._kernels.batch import (
    SOLVED,
    _copy,
    _empty_left,
    _empty_space,
    _enter,
    _longest,
    _meet,
    _pack,
    _solve_block,
)
from kexuestat._kernels.transport import _WHOLE
from kexuestat._kernels.tree import _padded

_CERTAIN = 1e-12  # relative rounding that bound and distance may differ by
_STEPS = 3  # of the ascent on each side: five save few more solves


class _Duals(NamedTuple):
    """Dual values: f and e of the query's words (-inf switches one off), cheapest of the document's words."""

    f: np.ndarray
    e: np.ndarray
    cheapest: np.ndarray


@kernel
def _dual_bound(flat, width, n, m, space, duals, nearest, complete):
    """Return the larger of the two dual bounds between the n columns and the m words of space.places, in masses.

    complete says that no word of the query was cancelled away, so that ``nearest`` is right for the document's words.
    """
    f, e, cheapest = duals
    f[:], e[:] = np.inf, np.inf
    for l in range(m):
        start = space.places[l] * width
        _lower(f, flat[start : start + width], 0.0)
    f[n:] = 0.0  # the padding: inf less inf would be nan
    if not complete:
        for i in range(width):
            present = i < n and space.demand[i] > 0.0
            e[i] = 0.0 if present else -np.inf
            f[i] = f[i] if present else -np.inf
    first, second = 0.0, 0.0
    for l in range(m):
        place, mass = space.places[l], space.supply[l]
        first += mass * _least(flat, place, width, f)
        cheapest[l] = nearest[place] if complete else _least(flat, place, width, e)
        second += mass * cheapest[l]
    e[:] = np.inf
    for l in range(m):
        start = space.places[l] * width
        _lower(e, flat[start : start + width], cheapest[l])
    for i in range(n):
        if space.demand[i] > 0.0:
            first += space.demand[i] * f[i]
            second += space.demand[i] * e[i]
    return max(first, second)


@kernel
def nearest_words(table, n):
    """Return the least cost (n_words,) of every row of the table over its first n columns."""
    width = table.shape[1]
    flat = table.reshape(-1)
    zero = np.zeros(width, table.dtype)
    nearest = np.empty(table.shape[0])
    for w in range(table.shape[0]):
        nearest[w] = _least(flat, w, width, zero)
    return nearest


@kernel
def lower_bounds(table, words, documents, n_tokens, cancel, bounds):
    """Raise bounds (n_documents,) to the dual bound of every document against one query; inf without mass.

    Parameters
    ----------
    table : float64 (n_words, width)
        Costs of the vocabulary against the query's words, padded with inf.
    words, documents : tuples (indptr, tokens, places, whole masses)
        The query as a single document whose places are columns of the table; documents with rows as places.
    n_tokens : int
        Larger than every token.
    cancel : bool
        Take out the common mass of common words first, for a metric cost.
    """
    width, most = table.shape[1], _longest(documents[0])
    left, space = _empty_left(words[0][1], n_tokens), _empty_space(words[0][1], most)
    n = _enter(words, 0, left)
    duals = _Duals(np.empty(width), np.empty(width), np.empty(most))
    nearest = nearest_words(table, n)
    flat = table.reshape(-1)
    for d in range(documents[0].shape[0] - 1):
        m, rest = _meet(left, n, documents, d, cancel, space)
        if m < 0:
            bounds[d] = np.inf
        elif m == 0:
            bounds[d] = max(bounds[d], 0.0)
        else:
            bounds[d] = max(bounds[d], _dual_bound(flat, width, n, m, space, duals, nearest, rest == n) / _WHOLE)


@kernel
def _insert(distances, indices, distance, index):
    """Put (distance, index) into its place in the ascending lists, dropping the last entry."""
    k = distances.shape[0] - 1
    while k > 0 and (distance < distances[k - 1] or (distance == distances[k - 1] and index < indices[k - 1])):
        distances[k], indices[k] = distances[k - 1], indices[k - 1]
        k -= 1
    distances[k], indices[k] = distance, index


@kernel
def _turned(block, short, long, width, other):
    """Write the block of short rows (of the given width) with long rows into other; return the width of these."""
    narrow = _padded(short)
    for j in range(long):
        for i in range(short):
            other[j * narrow + i] = block[i * width + j]
        other[j * narrow + short : (j + 1) * narrow] = np.inf
    return narrow


@kernel
def _is_far(space, n, m, width, worst, other, climb):
    """Return whether the ascent, from one side or the other, shows the copied problem to cost more than worst."""
    short, long = min(n, m), max(n, m)
    a, b = (space.demand, space.supply) if n <= m else (space.supply, space.demand)
    for k in range(long):
        space.starts[k] = k * width
    limit = worst * _WHOLE
    if raised_bound(space.block, space.starts, short, long, width, a, b, _STEPS, climb) > limit:
        return True
    narrow = _turned(space.block, short, long, width, other)
    for k in range(long):
        space.starts[k] = k * narrow
    return raised_bound(other, space.starts, long, short, narrow, b, a, _STEPS, climb) > limit


@kernel
def nearest_documents(table, words, documents, n_tokens, cancel, bounds, exclude, radius, distances, indices):
    """Write the nearest documents of a query, by (distance, index); return (number of exact solves, all finished).

    Arguments as for lower_bounds, and: bounds (n_documents,), lower bounds that hold; exclude, a document to leave out
    or -1; radius, the largest distance of interest; distances, indices (k,), written, nan and -1 where none is left.
    """
    longest = _longest(documents[0])
    left, space = _empty_left(words[0][1], n_tokens), _empty_space(words[0][1], longest)
    n = _enter(words, 0, left)
    most = _padded(max(n, longest))
    other, climb = np.empty(most * _padded(min(n, longest))), _empty_climb(most)
    distances[:], indices[:] = np.inf, bounds.shape[0]
    worst, solved, fine = radius, 0, True
    k = distances.shape[0]
    for d in np.argsort(bounds, kind="mergesort"):
        if bounds[d] == np.inf or bounds[d] - _CERTAIN * abs(bounds[d]) > worst:
            break
        if d == exclude:
            continue
        m, _ = _meet(left, n, documents, d, cancel, space)
        value, status = 0.0, SOLVED
        if m > 0:
            rest = _pack(left, n, space)
            width = _copy(table.T, rest, m, space)
            if worst < np.inf and _is_far(space, rest, m, width, worst, other, climb):
                continue
            value, status = _solve_block(rest, m, width, space)
        solved += 1
        fine = fine and status == SOLVED
        last = distances[k - 1]
        if value <= radius and (value < last or (value == last and d < indices[k - 1])):
            _insert(distances, indices, value, d)
            worst = min(radius, distances[k - 1])
    for place in range(k):
        if distances[place] == np.inf:
            distances[place], indices[place] = np.nan, -1
    return solved, fine
