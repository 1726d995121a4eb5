"""Exact nearest documents of one query: a document waits with a bound, and the one of least bound is looked at next.

At each look its bound is raised by the next dearer one: relaxed, relaxed without common words, dual. Then it is solved,
unless an ascent in steps from both sides shows that it is too far. The end has come when the least bound is too far.

``table`` holds the costs of every word of the vocabulary (rows) against the words of the query (columns, padded with
inf to a multiple of 8), so that one document is a few contiguous rows.
"""

from heapq import heapify, heappop, heappush
from typing import NamedTuple

import numpy as np

from kexuestat._kernels._jit import bare_kernel, kernel
from kexuestat._kernels._simd import LANES, argmin_below
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
_BOUNDS = 2  # looks at a document that only raise its bound
_STEPS = 3  # of the ascent on each side: five save few more solves


class Nearest(NamedTuple):
    """For every word of the vocabulary the least cost to a word of the query, and which one that is."""

    cost: np.ndarray
    column: np.ndarray


class _Duals(NamedTuple):
    """Dual values: f and e of the query's words (-inf switches one off), cheapest of the document's words."""

    f: np.ndarray
    e: np.ndarray
    cheapest: np.ndarray


@kernel
def nearest_words(table, n):
    """Return the Nearest of a table (n_words, width) whose first n columns are the query's words."""
    width = table.shape[1]
    flat, zero = table.reshape(-1), np.zeros(width)
    cost, column = np.empty(table.shape[0]), np.empty(table.shape[0], np.int64)
    for w in range(table.shape[0]):
        column[w] = max(argmin_below(flat, w * width, zero, 0, width // LANES, np.inf), 0)  # 0: all are inf
        cost[w] = flat[w * width + column[w]]
    return Nearest(cost, column)


@bare_kernel
def _relaxed(flat, width, n, m, space, duals, nearest):
    """Return what the m words of space.places pay to the nearest of the n columns with demand, in masses.

    What each word pays for a unit is written into duals.cheapest; duals.e becomes 0, -inf for other columns.
    """
    places, supply, demand = space.places, space.supply, space.demand
    for i in range(width):
        duals.e[i] = 0.0 if i < n and demand[i] > 0.0 else -np.inf
    total = 0.0
    for l in range(m):
        word = places[l]
        cost = nearest.cost[word]
        if demand[nearest.column[word]] == 0.0:
            cost = _least(flat, word, width, duals.e)
        duals.cheapest[l] = cost
        total += supply[l] * cost
    return total


@kernel
def _dual_bound(flat, width, n, m, space, duals, nearest):
    """Return the larger of the two dual bounds between the n columns and the m words of space.places, in masses."""
    second = _relaxed(flat, width, n, m, space, duals, nearest)
    f, e, cheapest = duals
    f[:] = np.inf
    for l in range(m):
        start = space.places[l] * width
        _lower(f, flat[start : start + width], 0.0)
    for i in range(width):
        f[i] = f[i] if e[i] == 0.0 else -np.inf
    e[:] = np.inf
    first = 0.0
    for l in range(m):
        start = space.places[l] * width
        first += space.supply[l] * _least(flat, space.places[l], width, f)
        _lower(e, flat[start : start + width], cheapest[l])
    for i in range(n):
        if space.demand[i] > 0.0:
            first += space.demand[i] * f[i]
            second += space.demand[i] * e[i]
    return max(first, second)


@kernel
def relaxed_bounds(nearest, documents, bounds):
    """Write the cost of every document (n_documents,) if all its words go to the query's nearest; inf without mass.

    nearest (n_words,) is what a word pays; documents as for nearest_documents.
    """
    indptr, _, places, masses = documents
    for d in range(bounds.shape[0]):
        total, mass = 0.0, 0.0
        for e in range(indptr[d], indptr[d + 1]):
            total += masses[e] * nearest[places[e]]
            mass += masses[e]
        bounds[d] = total / _WHOLE if mass > 0.0 else np.inf


@kernel
def _too_far(bound, worst):
    """Return whether the bound, less its rounding, is above the worst distance of interest."""
    return bound - _CERTAIN * abs(bound) > worst


@kernel
def _insert(distances, indices, distance, index):
    """Put (distance, index) into its place in the ascending lists, if it has one; the last entry drops out."""
    n = distances.shape[0]
    k = n
    while k > 0 and (distance < distances[k - 1] or (distance == distances[k - 1] and index < indices[k - 1])):
        k -= 1
        if k + 1 < n:
            distances[k + 1], indices[k + 1] = distances[k], indices[k]
    if k < n:
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
def _waiting(bounds, radius):
    """Return the heap of (bound, document) of all documents that may be within the radius."""
    waiting = [(0.0, 0) for _ in range(0)]
    for d in range(bounds.shape[0]):
        if bounds[d] < np.inf and not _too_far(bounds[d], radius):
            waiting.append((bounds[d], d))
    heapify(waiting)
    return waiting


@kernel
def nearest_documents(table, words, documents, n_tokens, cancel, nearest, bounds, radius, distances, indices):
    """Write the nearest documents of a query, by (distance, index); return (number of exact solves, all finished).

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
    nearest : Nearest
        Of the table.
    bounds : float64 (n_documents,)
        Lower bounds that hold; inf leaves a document out.
    radius : float
        The largest distance of interest.
    distances, indices : (k,), written
        nan and -1 where none is left.
    """
    longest = _longest(documents[0])
    left, space = _empty_left(words[0][1], n_tokens), _empty_space(words[0][1], longest)
    n = _enter(words, 0, left)
    most = _padded(max(n, longest))
    other, climb = np.empty(most * _padded(min(n, longest))), _empty_climb(most)
    flat, width = table.reshape(-1), table.shape[1]
    duals = _Duals(np.empty(width), np.empty(width), np.empty(longest))
    distances[:], indices[:] = np.inf, bounds.shape[0]
    worst, solved, fine = radius, 0, True
    looks = np.full(bounds.shape[0], 0 if cancel else 1, np.int8)
    waiting = _waiting(bounds, radius)
    while len(waiting) > 0:
        bound, d = heappop(waiting)
        if _too_far(bound, worst):
            break
        m = _meet(left, n, documents, d, cancel, space)
        looks[d] += 1
        if m > 0 and looks[d] <= _BOUNDS:
            if looks[d] == 1:
                raised = _relaxed(flat, width, n, m, space, duals, nearest)
            else:
                raised = _dual_bound(flat, width, n, m, space, duals, nearest)
            heappush(waiting, (max(bound, raised / _WHOLE), d))
            continue
        value, status = 0.0, SOLVED
        if m > 0:
            rest = _pack(left, n, space)
            wide = _copy(table.T, rest, m, space)
            if worst < np.inf and _is_far(space, rest, m, wide, worst, other, climb):
                continue
            value, status = _solve_block(rest, m, wide, space)
        solved += 1
        fine = fine and status == SOLVED
        if value <= radius:
            _insert(distances, indices, value, d)
            worst = min(radius, distances[-1])
    for place in range(distances.shape[0]):
        if distances[place] == np.inf:
            distances[place], indices[place] = np.nan, -1
    return solved, fine
