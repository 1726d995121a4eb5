"""Exact nearest documents of one query: a dual bound for every document, then exact solves in the order of bounds.

``table`` holds the costs of every word of the vocabulary (rows) against the words of the query (columns, padded with
inf to a multiple of 8), so that one document is a few contiguous rows.
"""

from typing import NamedTuple

import numpy as np

from kexuestat._kernels._jit import kernel
from kexuestat._kernels._simd import LANES, argmin_below
from kexuestat._kernels.batch import SOLVED, _cancel, _longest, _Side, _solve_sides, _Space, _take
from kexuestat._kernels.simplex import _empty_tree, _padded

_CERTAIN = 1e-12  # relative rounding that bound and distance may differ by


class _Duals(NamedTuple):
    """Dual values: f and e of the query's words (-inf switches one off), cheapest of the document's words."""

    f: np.ndarray
    e: np.ndarray
    cheapest: np.ndarray


@kernel
def _least(flat, place, width, shift):
    """Return the least flat[place * width + i] - shift[i]."""
    i = argmin_below(flat, place * width, shift, 0, width // LANES, np.inf)
    return flat[place * width + i] - shift[i]


@kernel
def _lower(target, row, change):
    """Lower target to row - change wherever that is less."""
    for i in range(target.shape[0]):
        value = row[i] - change
        target[i] = value if value < target[i] else target[i]


@kernel
def _dual_bound(table, query, n, document, m, duals, nearest, complete):
    """Return the larger of the two dual bounds between the query's n words and the document's m words, in masses.

    complete says that no word of the query was cancelled away, so that ``nearest`` is right for the document's words.
    """
    width = table.shape[1]
    flat = table.reshape(-1)
    f, e, cheapest = duals
    f[:], e[:] = np.inf, np.inf
    for l in range(m):
        _lower(f, table[document.places[l]], 0.0)
    if not complete:
        e[:] = -np.inf
        for k in range(n):
            e[query.places[k]] = 0.0
        for i in range(width):
            f[i] = f[i] if e[i] == 0.0 else -np.inf
    first, second = 0.0, 0.0
    for l in range(m):
        place, mass = document.places[l], document.masses[l]
        first += mass * _least(flat, place, width, f)
        cheapest[l] = nearest[place] if complete else _least(flat, place, width, e)
        second += mass * cheapest[l]
    e[:] = np.inf
    for l in range(m):
        _lower(e, table[document.places[l]], cheapest[l])
    for k in range(n):
        i = query.places[k]
        first += query.masses[k] * f[i]
        second += query.masses[k] * e[i]
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
def _spaces(indptr, n):
    """Return two sides for a document and a query of n words, and the workspace of their problem."""
    most = _longest(indptr)
    document = _Side(np.empty(most, np.int64), np.empty(most, np.int64), np.empty(most))
    query = _Side(np.empty(n, np.int64), np.empty(n, np.int64), np.empty(n))
    short, wide = min(most, n), _padded(max(most, n))
    block = np.empty(short * wide + wide * LANES)
    return document, query, _Space(block, _empty_tree(short, wide, block))


@kernel
def _reduced_sides(words, documents, d, cancel, query, document):
    """Fill both sides for document d, without common mass if cancel; return their numbers of words, -1 if empty."""
    n = _take(words, 0, query)
    m = _take(documents, d, document)
    if m == 0:
        return n, -1
    return _cancel(query, n, document, m) if cancel else (n, m)


@kernel
def lower_bounds(table, words, documents, cancel, bounds):
    """Raise bounds (n_documents,) to the dual bound of every document against one query; inf without mass.

    Parameters
    ----------
    table : float64 (n_words, width)
        Costs of the vocabulary against the query's words, padded with inf.
    words, documents : tuples (indptr, tokens, places, whole masses)
        The query as a single document whose places are columns of the table; documents with rows as places.
    cancel : bool
        Take out the common mass of common words first, for a metric cost.
    """
    n = words[0][1]
    document, query, _ = _spaces(documents[0], n)
    duals = _Duals(np.empty(table.shape[1]), np.empty(table.shape[1]), np.empty(document.tokens.shape[0]))
    nearest = nearest_words(table, n)
    for d in range(documents[0].shape[0] - 1):
        left, m = _reduced_sides(words, documents, d, cancel, query, document)
        if m < 0:
            bounds[d] = np.inf
        elif m == 0:
            bounds[d] = max(bounds[d], 0.0)
        else:
            bound = _dual_bound(table, query, left, document, m, duals, nearest, left == n)
            bounds[d] = max(bounds[d], bound / 1125899906842624.0)


@kernel
def _insert(distances, indices, distance, index):
    """Put (distance, index) into its place in the ascending lists, dropping the last entry."""
    k = distances.shape[0] - 1
    while k > 0 and (distance < distances[k - 1] or (distance == distances[k - 1] and index < indices[k - 1])):
        distances[k], indices[k] = distances[k - 1], indices[k - 1]
        k -= 1
    distances[k], indices[k] = distance, index


@kernel
def nearest_documents(table, words, documents, cancel, bounds, exclude, radius, distances, indices):
    """Write the nearest documents of a query, by (distance, index); return (number of exact solves, all finished).

    Arguments as for lower_bounds, and: bounds (n_documents,), lower bounds that hold; exclude, a document to leave out
    or -1; radius, the largest distance of interest; distances, indices (k,), written, nan and -1 where none is left.
    """
    document, query, space = _spaces(documents[0], words[0][1])
    distances[:], indices[:] = np.inf, bounds.shape[0]
    worst, solved, fine = radius, 0, True
    k = distances.shape[0]
    for d in np.argsort(bounds, kind="mergesort"):
        if bounds[d] == np.inf or bounds[d] - _CERTAIN * abs(bounds[d]) > worst:
            break
        if d == exclude:
            continue
        n, m = _reduced_sides(words, documents, d, cancel, query, document)
        value, status = 0.0, SOLVED
        if n > 0:
            value, status = _solve_sides(table.T, query, n, document, m, space, np.inf)
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
