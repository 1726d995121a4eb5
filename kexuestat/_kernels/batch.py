"""Many small exact problems between ragged documents over one table of word costs.

A document d is tokens[indptr[d]:indptr[d + 1]], sorted and unique, with whole masses of sum 2**50. Pairs are
independent, each solved in a workspace that is made once per call; callers run many calls in threads.
"""

from typing import NamedTuple

import numpy as np

from kexuestat._kernels._jit import kernel
from kexuestat._kernels.simplex import _empty_tree, _padded, _solve, _Tree, _value
from kexuestat._kernels.transport import _WHOLE, cost_facts, whole_masses

SOLVED, UNFINISHED, WILD = 0, 1, 2  # status of a pair; WILD: the costs need caps, the caller solves it


class _Side(NamedTuple):
    """The words of one document that take part: tokens, their places in the cost table, whole masses."""

    tokens: np.ndarray
    places: np.ndarray
    masses: np.ndarray


class _Space(NamedTuple):
    """Workspace of one problem."""

    block: np.ndarray
    tree: _Tree


@kernel
def ragged_masses(indptr, weights):
    """Return whole masses (as `whole_masses`) of every document; documents without weight keep 0."""
    masses = np.zeros(weights.shape[0])
    for d in range(indptr.shape[0] - 1):
        span = slice(indptr[d], indptr[d + 1])
        whole_masses(weights[span], masses[span])
    return masses


@kernel
def _take(documents, d, side):
    """Copy the words with mass of document d into side; return their number."""
    indptr, tokens, places, masses = documents
    count = 0
    for e in range(indptr[d], indptr[d + 1]):
        if masses[e] > 0.0:
            side.tokens[count], side.places[count], side.masses[count] = tokens[e], places[e], masses[e]
            count += 1
    return count


@kernel
def _keep(side, source, place, taken):
    """Move word source of side to place, less the mass taken; return 1 if mass is left, else 0."""
    left = side.masses[source] - taken
    side.tokens[place], side.places[place], side.masses[place] = side.tokens[source], side.places[source], left
    return 1 if left > 0.0 else 0


@kernel
def _cancel(left, n, right, m):
    """Take the common mass of common words out of both sides; return the numbers of words left."""
    i, j, kept_n, kept_m = 0, 0, 0, 0
    while i < n or j < m:
        order = 0
        if j == m or (i < n and left.tokens[i] < right.tokens[j]):
            order = -1
        elif i == n or left.tokens[i] > right.tokens[j]:
            order = 1
        common = min(left.masses[i], right.masses[j]) if order == 0 else 0.0
        if order <= 0:
            kept_n += _keep(left, i, kept_n, common)
            i += 1
        if order >= 0:
            kept_m += _keep(right, j, kept_m, common)
            j += 1
    return kept_n, kept_m


@kernel
def _gather(cost, left, n, right, m, width, block):
    """Write the padded block, the shorter side as rows."""
    if n <= m:
        for i in range(n):
            source, line = cost[left.places[i]], block[i * width : (i + 1) * width]
            for j in range(m):
                line[j] = source[right.places[j]]
            line[m:] = np.inf
    else:
        for i in range(n):
            source = cost[left.places[i]]
            for j in range(m):
                block[j * width + i] = source[right.places[j]]
        for j in range(m):
            block[j * width + n : (j + 1) * width] = np.inf


@kernel
def _solve_sides(cost, left, n, right, m, space, spread):
    """Return (value, status) of the problem between two sides whose totals are equal."""
    short, long = min(n, m), max(n, m)
    width = _padded(long)
    block = space.block[: short * width]
    _gather(cost, left, n, right, m, width, block)
    if spread < np.inf:
        finite, largest, must = cost_facts(block.reshape(short, width)[:, :long])
        if not finite or largest > spread * must:
            return np.nan, WILD
    supply, demand = (left, right) if n <= m else (right, left)
    limit = 50 * (n + m) + 10000
    root, _, optimal = _solve(block, short, long, width, supply.masses, demand.masses, space.tree, limit)
    value = _value(block, short, long, width, space.tree, root)
    return value / _WHOLE, SOLVED if optimal else UNFINISHED


@kernel
def _longest(indptr):
    longest = 1
    for d in range(indptr.shape[0] - 1):
        longest = max(longest, indptr[d + 1] - indptr[d])
    return longest


@kernel
def solve_pairs(cost, left, right, pairs, cancel, spread, out, status):
    """Write the optimal cost of every pair of documents into out, its status into status.

    Parameters
    ----------
    cost : float64 (n_left_tokens, n_right_tokens)
    left, right : tuples (indptr int64, tokens int64, their places in cost int64, whole masses float64)
    pairs : int64 (n_pairs, 2)
    cancel : bool
        Take out the common mass of common words first; only for a metric cost on one vocabulary.
    spread : float
        Problems whose largest cost exceeds spread times what every node must pay are left to the caller; inf: none.
    out, status : float64, int64 (n_pairs,), written; nan for a document without mass.
    """
    most_n, most_m = _longest(left[0]), _longest(right[0])
    one = _Side(np.empty(most_n, np.int64), np.empty(most_n, np.int64), np.empty(most_n))
    two = _Side(np.empty(most_m, np.int64), np.empty(most_m, np.int64), np.empty(most_m))
    short, wide = min(most_n, most_m), _padded(max(most_n, most_m))
    block = np.empty(short * wide + wide * 8)
    space = _Space(block, _empty_tree(short, wide, block))
    for k in range(pairs.shape[0]):
        n = _take(left, pairs[k, 0], one)
        m = _take(right, pairs[k, 1], two)
        status[k] = SOLVED
        if n == 0 or m == 0:
            out[k] = np.nan
            continue
        if cancel:
            n, m = _cancel(one, n, two, m)
        if n == 0:
            out[k] = 0.0
        else:
            out[k], status[k] = _solve_sides(cost, one, n, two, m, space, spread)
