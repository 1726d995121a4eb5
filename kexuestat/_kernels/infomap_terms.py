"""The pieces of the map equation that moves need, on whole numbers of flow.

The search counts flow in whole quanta: the weights themselves where they are whole numbers, else multiples of 2**-52.
Sums are then exact, so a module's record never drifts and "no flow left" is an ordinary comparison.

A record of module m is four numbers: ``records[4 m]`` exit flow, ``[4 m + 1]`` visit rate, ``[4 m + 2]`` scratch sum
of the links between the node at hand and m, ``[4 m + 3]`` enter flow (unused, 0, for undirected flow, where it equals
the exit flow). One cache line serves a candidate. ``nodes`` has the same form, with exit and enter of single nodes.
With the links x between node i and module m counted in both directions,

    exit' = exit + exit_i - x      enter' = enter + enter_i - x      volume' = volume + volume_i

where x is twice the sum over the row of i for undirected flow. The codelength without its constant part
-sum plogp(p_i) is

    plogp(sum enter) - sum plogp(enter) - sum plogp(exit) + sum plogp(exit + volume).
"""

import math
from typing import NamedTuple

import numpy as np

from kexuestat._kernels._jit import bare_inline_kernel, bare_kernel, inline_kernel, kernel

_PER_LN2 = 1.4426950408889634
_SERIES_RANGE = 1e-2
_SHORT_RANGE = 1e-3


class _Level(NamedTuple):
    """A graph as the search sees it: rows of links in quanta, int32 or int64; no weights mean 1 for every entry.

    For directed flow the rows hold the flow of both directions, f_ij + f_ji.
    """

    indptr: np.ndarray
    indices: np.ndarray
    weights: np.ndarray
    nodes: np.ndarray


class _Rule(NamedTuple):
    """How flow is counted: table[q] = plogp(q scale) for small q, scale = flow of one quantum, direction, tolerance.

    ``offset`` is the exit flow of the module within which modules are sought (0 at the root): its codebook holds the
    exit word beside the modules, so plogp(offset + sum enter) takes the place of plogp(sum enter). Link flow counts
    ``up`` times and visit rates ``down`` times; where these are not 1, the table has one entry.
    """

    table: np.ndarray
    scale: float
    undirected: bool
    tol: float
    offset: int
    up: int
    down: int


@inline_kernel
def _unsigned(level):
    """Return the level with its rows as unsigned numbers.

    An index that may be negative costs a test at every access; without them gathering is twice as fast.
    """
    return _Level(level.indptr.view(np.uint64), level.indices.view(np.uint32), level.weights, level.nodes)


@bare_inline_kernel
def _term(quanta, rule):
    """Return plogp(quanta scale)."""
    if quanta < rule.table.shape[0]:
        return rule.table[np.uint64(quanta)]
    flow = quanta * rule.scale
    return flow * math.log(flow) * _PER_LN2


@kernel
def plogp_table(size, scale):
    """Return the float64 array of plogp(q scale), q = 0 … size-1."""
    table = np.zeros(size)
    for q in range(1, size):
        table[q] = q * scale * math.log(q * scale) * _PER_LN2
    return table


@bare_inline_kernel
def _index_change(base, per_base, slope, total, scale, table):
    """Return plogp(total) - plogp(base), both in quanta; per_base = 1 / base, slope = log2(base scale).

    Near base by its Taylor series: what is left out is below 1e-16 of base with three terms and |r| < 0.001, below
    2e-18 with seven and |r| < 0.01. Else from the table where it reaches so far.
    """
    y = np.float64(total - base)
    r = y * per_base
    if abs(r) < _SHORT_RANGE:
        bend = r * (0.5 + r * (-0.16666666666666666 + r * 0.08333333333333333))
        return y * scale * (slope + _PER_LN2 + _PER_LN2 * bend)
    if abs(r) < _SERIES_RANGE:
        bend = -0.05 + r * (0.03333333333333333 + r * (-0.023809523809523808 + r * 0.017857142857142856))
        bend = r * (0.5 + r * (-0.16666666666666666 + r * (0.08333333333333333 + r * bend)))
        return y * scale * (slope + _PER_LN2 + _PER_LN2 * bend)
    if 0 <= total < table.shape[0]:
        return table[np.uint64(total)] - base * scale * slope
    flow = total * scale
    rest = flow * math.log(flow) * _PER_LN2 if flow > 0.0 else 0.0
    return rest - base * scale * slope


@bare_kernel
def _book(records, m, leave, enter, volume, rule):
    """Return all terms of module m, the index term left out, when its record has changed by these amounts."""
    exits = rule.up * (np.int64(records[4 * m]) + leave)
    both = exits + rule.down * (np.int64(records[4 * m + 1]) + volume)
    if rule.undirected:
        return _term(both, rule) - 2.0 * _term(exits, rule)
    return _term(both, rule) - _term(exits, rule) - _term(rule.up * (np.int64(records[4 * m + 3]) + enter), rule)


@bare_inline_kernel
def _join_change(records, m, leave, enter, volume, rule):
    """Return the change of all terms of module m when its record changes by these amounts, the index term left out.

    One test for all look-ups: no number here exceeds the two that are tested.
    """
    exit_before = np.int64(records[4 * m])
    both_before = exit_before + np.int64(records[4 * m + 1])
    both_after = both_before + leave + volume
    if rule.undirected and max(both_before, both_after) < rule.table.shape[0]:
        exits = rule.table[np.uint64(exit_before + leave)] - rule.table[np.uint64(exit_before)]
        return rule.table[np.uint64(both_after)] - rule.table[np.uint64(both_before)] - 2.0 * exits
    before = _book(records, m, np.int64(0), np.int64(0), np.int64(0), rule)
    return _book(records, m, leave, enter, volume, rule) - before


@bare_kernel
def _fill_books(records, books, rule):
    """Note the terms of every module."""
    for m in range(books.shape[0]):
        books[m] = _book(records, m, np.int64(0), np.int64(0), np.int64(0), rule)


@bare_inline_kernel
def _add_to_record(records, m, leave, enter, volume, rule):
    """Change the record of module m by these amounts; return the change of its enter flow."""
    records[4 * m] += leave
    records[4 * m + 1] += volume
    if rule.undirected:
        return leave
    records[4 * m + 3] += enter
    return enter


@bare_kernel
def _objective(records, rule):
    """Return the codelength of the recorded modules without the part -sum plogp(p_i)."""
    total = np.int64(0)
    length = 0.0
    for m in range(records.shape[0] // 4):
        leave = np.int64(records[4 * m])
        enter = leave if rule.undirected else np.int64(records[4 * m + 3])
        total += enter
        length += _term(rule.up * leave + rule.down * np.int64(records[4 * m + 1]), rule)
        length -= _term(rule.up * leave, rule) + _term(rule.up * enter, rule)
    return length + _term(rule.up * (total + rule.offset), rule)


@bare_kernel
def _overwrite(target, source):
    """Copy an array of equal length; a slice assignment would take seconds to compile."""
    for i in range(target.shape[0]):
        target[i] = source[i]


@kernel
def module_records(level, labels, undirected, records):
    """Fill records, 4 numbers per module, from the module of each node; return the sum of enter flows.

    The scratch sums become 0.
    """
    return _sum_modules(_unsigned(level), labels.view(np.uint32), undirected, records)


@bare_kernel
def _sum_modules(level, labels, undirected, records):
    for k in range(records.shape[0]):
        records[k] = 0
    unit = level.weights.shape[0] == 0
    for i in range(labels.shape[0]):
        m = labels[i]
        inside = np.int64(0)
        if unit:
            for e in range(level.indptr[i], level.indptr[i + 1]):
                inside += labels[level.indices[e]] == m
        else:
            for e in range(level.indptr[i], level.indptr[i + 1]):
                inside += level.weights[e] * (labels[level.indices[e]] == m)
        records[4 * m] += level.nodes[4 * i]
        records[4 * m + 1] += level.nodes[4 * i + 1]
        records[4 * m + 2] += inside
        records[4 * m + 3] += level.nodes[4 * i + 3]
    total = np.int64(0)
    for m in range(records.shape[0] // 4):
        inside = np.int64(records[4 * m + 2])
        records[4 * m + 2] = 0
        records[4 * m] -= inside if undirected else inside // 2
        if not undirected:
            records[4 * m + 3] -= inside // 2
        total += records[4 * m] if undirected else records[4 * m + 3]
    return total
