"""Many small exact problems between ragged documents over one table of word costs.

A document d is tokens[indptr[d]:indptr[d + 1]], sorted and unique, with whole masses of sum 2**50. Pairs with the same
left document come one after the other: its columns of the table are laid out once, word by word, and every right
document then picks its rows from there without copying. Only where the right document is the longer one, or few pairs
share a left document, is a block copied. Pairs are independent; callers run many calls in threads.
"""

from typing import NamedTuple

import numpy as np

from kexuestat._kernels._jit import bare_kernel, kernel
from kexuestat._kernels.simplex import _solve
from kexuestat._kernels.transport import _WHOLE, whole_masses
from kexuestat._kernels.tree import _empty_tree, _padded, _Tree

SOLVED, UNFINISHED, BLURRED = 0, 1, 2  # status of a pair; BLURRED: infinite or very uneven costs need another way
_TILE = 32  # words laid out at a time: half the time of 8
_BLUR = 1e-9  # relative error of a value that its potentials' rounding may make


class _Left(NamedTuple):
    """A left document: columns of its words with mass, and where[token] = column + 1, 0 for other tokens."""

    places: np.ndarray
    masses: np.ndarray
    where: np.ndarray


class _Space(NamedTuple):
    """Workspace of one problem: places of the right words and starts of the rows, masses of rows and columns, tree."""

    places: np.ndarray
    starts: np.ndarray
    supply: np.ndarray
    demand: np.ndarray
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
def _longest(indptr):
    """Return the largest number of words of a document, at least 1."""
    longest = 1
    for d in range(indptr.shape[0] - 1):
        longest = max(longest, indptr[d + 1] - indptr[d])
    return longest


@kernel
def _empty_left(most, n_tokens):
    """Return an unset left document of at most ``most`` words."""
    return _Left(np.empty(most, np.int64), np.empty(most), np.zeros(n_tokens, np.int32))


@kernel
def _empty_space(most_left, most_right):
    """Return the workspace for problems of at most so many words; the block is made when one is copied."""
    long = max(most_left, most_right)
    block = np.empty(min(most_left, most_right) * _padded(long))
    return _Space(
        np.empty(long, np.int64),
        np.empty(long, np.int64),
        np.empty(long),
        np.empty(long),
        block,
        _empty_tree(long, _padded(long)),
    )


@kernel
def _enter(documents, d, left):
    """Make document d the left one; return its number of words with mass."""
    indptr, tokens, places, masses = documents
    n = 0
    for e in range(indptr[d], indptr[d + 1]):
        if masses[e] > 0.0:
            left.places[n], left.masses[n] = places[e], masses[e]
            n += 1
            left.where[tokens[e]] = n
    return n


@kernel
def _leave(documents, d, left):
    """Forget the tokens of document d."""
    indptr, tokens, _, _ = documents
    for e in range(indptr[d], indptr[d + 1]):
        left.where[tokens[e]] = 0


@bare_kernel
def _meet(left, n, documents, d, cancel, space):
    """Set supply (words of document d) and demand (left words) of a pair, less common mass if cancel.

    Return the number of right words left, -1 where document d has no mass. places of the right words are written; left
    words without mass keep their column with demand 0.
    """
    indptr, tokens, places, masses = documents
    for k in range(n):
        space.demand[k] = left.masses[k]
    m, empty = 0, True
    for e in range(indptr[d], indptr[d + 1]):
        mass = masses[e]
        if mass > 0.0:
            empty = False
            column = left.where[tokens[e]] - 1 if cancel else -1
            if column >= 0:
                common = min(mass, space.demand[column])
                space.demand[column] -= common
                mass -= common
            if mass > 0.0:
                space.places[m], space.supply[m] = places[e], mass
                m += 1
    return -1 if empty else m


@kernel
def _begin(left, n, documents, d, cancel, space):
    """Set up a pair as `_meet` does; return (m, nan), or (0, value) where nothing is left to solve.

    The value is 0 where all mass is common, nan where a document has none.
    """
    m = _meet(left, n, documents, d, cancel, space)
    if n == 0 or m < 0:
        return 0, np.nan
    return m, np.nan if m > 0 else 0.0


@kernel
def lay_out(cost, places, n, width, filled, table):
    """Write the columns of the n places, turned, into the flat table: word w at w * width, padded with inf.

    ``cost`` is (n_left_tokens, n_words); in tiles, since either reading or writing jumps, and four columns at a time.
    Columns of the table from ``filled`` on hold inf already.
    """
    words, whole = cost.shape[1], n - n % 4
    lines = table[: words * width].reshape(words, width)
    for first in range(0, words, _TILE):
        last = min(first + _TILE, words)
        for k in range(0, whole, 4):
            one, two, three, four = cost[places[k]], cost[places[k + 1]], cost[places[k + 2]], cost[places[k + 3]]
            for w in range(first, last):
                line = lines[w]
                line[k], line[k + 1], line[k + 2], line[k + 3] = one[w], two[w], three[w], four[w]
        for k in range(whole, n):
            row = cost[places[k]]
            for w in range(first, last):
                lines[w, k] = row[w]
        for w in range(first, last):
            for k in range(n, filled):
                lines[w, k] = np.inf


@kernel
def _solved(cost, n, m, width, supply, demand, space):
    """Return (value, status) of the problem whose rows stand at space.starts in the flat cost."""
    limit = 50 * (n + m) + 10000
    _, _, optimal, tolerance, value = _solve(cost, space.starts, n, m, width, supply, demand, space.tree, limit)
    if not tolerance < np.inf:
        return np.nan, BLURRED
    value /= _WHOLE
    if value != 0.0 and tolerance > _BLUR * abs(value):
        return value, BLURRED
    return value, SOLVED if optimal else UNFINISHED


@kernel
def _solve_rows(table, width, n, m, space):
    """Return (value, status): m right words as rows picked from the table of n left words as columns."""
    for k in range(m):
        space.starts[k] = space.places[k] * width
    return _solved(table, m, n, width, space.supply, space.demand, space)


@kernel
def _pack(left, n, space):
    """Bring the left words that have mass to the front of left places' copy in starts; return their number."""
    kept = 0
    for k in range(n):
        if space.demand[k] > 0.0:
            space.starts[kept], space.demand[kept] = left.places[k], space.demand[k]
            kept += 1
    return kept


@kernel
def _copy(cost, n, m, space):
    """Copy the block of n left words (places in starts) and m right words, the fewer as rows; return its width."""
    width = _padded(max(n, m))
    block = space.block
    if n <= m:
        for i in range(n):
            source, line = cost[space.starts[i]], block[i * width : (i + 1) * width]
            for j in range(m):
                line[j] = source[space.places[j]]
            line[m:] = np.inf
    else:
        for i in range(n):
            source = cost[space.starts[i]]
            for j in range(m):
                block[j * width + i] = source[space.places[j]]
        for j in range(m):
            block[j * width + n : (j + 1) * width] = np.inf
    return width


@kernel
def _solve_copy(cost, left, n, m, space):
    """Return (value, status) of a pair by copying its block, the fewer words as rows."""
    return _solve_packed(cost, _pack(left, n, space), m, space)


@kernel
def _solve_packed(cost, n, m, space):
    """Return (value, status) of a pair whose n left words stand in starts, m right ones in places."""
    return _solve_block(n, m, _copy(cost, n, m, space), space)


@kernel
def _solve_block(n, m, width, space):
    """Return (value, status) of the problem whose block of the given width has been copied, the fewer words as rows."""
    short, long = min(n, m), max(n, m)
    for k in range(short):
        space.starts[k] = k * width
    supply, demand = (space.demand, space.supply) if n <= m else (space.supply, space.demand)
    return _solved(space.block, short, long, width, supply, demand, space)


@kernel
def _same_left(pairs, k):
    """Return the end of the run of pairs with the left document of pair k."""
    end = k
    while end < pairs.shape[0] and pairs[end, 0] == pairs[k, 0]:
        end += 1
    return end


@kernel
def _words(indptr, pairs, start, stop):
    """Return the number of right words in a run of pairs."""
    words = 0
    for k in range(start, stop):
        words += indptr[pairs[k, 1] + 1] - indptr[pairs[k, 1]]
    return words


@kernel
def solve_pairs(cost, left, right, pairs, n_tokens, cancel, out, status):
    """Write the optimal cost of every pair of documents into out, its status into status.

    Parameters
    ----------
    cost : float64 (n_left_words, n_right_words)
    left, right : tuples (indptr int64, tokens int64, their places in cost int64, whole masses float64)
    pairs : int64 (n_pairs, 2)
        In the order of left documents.
    n_tokens : int
        Larger than every token.
    cancel : bool
        Take out the common mass of common words first; only for a metric cost on one vocabulary.
    out, status : float64, int64 (n_pairs,), written; nan for a document without mass.
    """
    one, space = _empty_left(_longest(left[0]), n_tokens), _empty_space(_longest(left[0]), _longest(right[0]))
    table, filled, last_width = np.empty(0), 0, 0
    k = 0
    while k < pairs.shape[0]:
        end = _same_left(pairs, k)
        n = _enter(left, pairs[k, 0], one)
        width = _padded(n)
        ready = _words(right[0], pairs, k, end) > cost.shape[1] // 2
        if ready and n > 0:
            if table.shape[0] < cost.shape[1] * width:
                table = np.empty(cost.shape[1] * width)
            lay_out(cost, one.places, n, width, width if width != last_width else filled, table)
            filled, last_width = n, width
        for pair in range(k, end):
            m, out[pair] = _begin(one, n, right, pairs[pair, 1], cancel, space)
            status[pair] = SOLVED
            if m > 0 and ready and m <= n:
                out[pair], status[pair] = _solve_rows(table, width, n, m, space)
            elif m > 0:
                out[pair], status[pair] = _solve_copy(cost, one, n, m, space)
        _leave(left, pairs[k, 0], one)
        k = end
