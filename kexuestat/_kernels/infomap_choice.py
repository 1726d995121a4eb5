"""The choice of one node: its links summed by module, and the module where it costs least.

The terms of a module after the node has joined come from the table where it reaches, else from logarithms, eight
modules at a time: the compiler then works on them side by side, which makes the first moves under directed flow 1.5
times as fast. The terms of all modules before are then kept in ``books``.
"""

from typing import NamedTuple

import numpy as np

from kexuestat._kernels._jit import bare_inline_kernel, bare_kernel, kernel
from kexuestat._kernels.exp import log_normal
from kexuestat._kernels.infomap_terms import _index_change, _join_change

_LANES = 8
_PER_LN2 = 1.4426950408889634
_TINY = 1e-300


class _Desk(NamedTuple):
    """Working memory for one node at a time, as long as the longest row; the last two only where books are kept.

    ``values`` holds blocks of eight modules: eight exit flows, eight of exit and volume, eight index terms and, where
    flow is directed, eight enter flows.
    """

    touched: np.ndarray
    near: np.ndarray
    near_weights: np.ndarray
    xs: np.ndarray
    values: np.ndarray


@kernel
def _new_desk(level, with_books):
    """Return a _Desk for the rows of a level."""
    longest = np.int64(0)
    for i in range(level.indptr.shape[0] - 1):
        longest = max(longest, np.int64(level.indptr[i + 1] - level.indptr[i]))
    blocks = (longest + 1) // _LANES + 1 if with_books else 0
    return _Desk(
        np.empty(longest + 2, np.uint32),
        np.empty(longest + 1, np.uint32),
        np.empty(longest + 1, level.weights.dtype),
        np.empty(blocks * _LANES, np.int64),
        np.zeros(blocks * _LANES * 4),
    )


@bare_inline_kernel
def _gather(level, places, i, own, alone, records, desk):
    """Sum the links of node i by module into the scratch fields; list the modules, ``own`` first, return their number.

    Own comes first, linked or not: its cost is rarely beaten, so the comparisons after it are foreseen. Its links are
    told apart before the sums are made, without a branch: sums of one module one after the other wait for each other.
    """
    touched, near, near_weights = desk.touched, desk.near, desk.near_weights
    begin, end = level.indptr[i], level.indptr[i + 1]
    touched[0] = own
    n_touched, away = 1, 0
    unit = level.weights.shape[0] == 0
    if alone:
        records[4 * own + 2] = 1
        for e in range(begin, end):
            m = places[2 * level.indices[e]] >> 1
            before = records[4 * m + 2]
            touched[n_touched] = m
            n_touched += before == 0
            records[4 * m + 2] = before + (1 if unit else level.weights[e])
        records[4 * own + 2] = 0
    elif unit:
        for e in range(begin, end):
            m = places[2 * level.indices[e]] >> 1
            near[away] = m
            away += m != own
        records[4 * own + 2] = np.int64(end - begin) - away
        for k in range(away):
            m = near[k]
            before = records[4 * m + 2]
            touched[n_touched] = m
            n_touched += before == 0
            records[4 * m + 2] = before + 1
    else:
        inside = level.weights[0] * 0
        for e in range(begin, end):
            m = places[2 * level.indices[e]] >> 1
            near[away], near_weights[away] = m, level.weights[e]
            away += m != own
            inside += level.weights[e] * (m == own)
        records[4 * own + 2] = inside
        for k in range(away):
            m = near[k]
            before = records[4 * m + 2]
            touched[n_touched] = m
            n_touched += before == 0
            records[4 * m + 2] = before + near_weights[k]
    return n_touched


@bare_inline_kernel
def _best_by_table(records, desk, n_touched, own, empty, leave, enter, volume, total, base, per_base, slope, rule):
    """Return (module whose terms grow least when the node joins it, its x, lead); clear the scratch fields.

    ``own`` wins unless another is better by more than tol; ``empty`` is an empty module, or -1. The lead is what the
    second best costs more, in bits.
    """
    touched = desk.touched
    factor = 2 if rule.undirected else 1
    arrive = leave if rule.undirected else enter
    if empty >= 0:
        touched[n_touched] = empty
        n_touched += 1
    best, best_x, best_change, second = own, np.int64(0), np.inf, np.inf
    scale = rule.scale * rule.up
    for k in range(n_touched):
        m = np.int64(touched[k])
        x = factor * np.int64(records[4 * m + 2])
        records[4 * m + 2] = 0
        change = _join_change(records, m, leave - x, enter - x, volume, rule)
        change += _index_change(base, per_base, slope, total + arrive - x, scale, rule.table)
        if m == own:
            change -= rule.tol
        better = change < best_change
        second = min(second, max(best_change, change))
        best = m if better else best
        best_x = x if better else best_x
        best_change = min(best_change, change)
    return best, best_x, second - best_change


@bare_kernel
def _take_logarithms(values, n, scale):
    """Replace the first n numbers of quanta by plogp(quanta scale)."""
    for k in range(n):
        flow = values[k] * scale
        values[k] = flow * (_PER_LN2 * log_normal(max(flow, _TINY)))


@bare_inline_kernel
def _best_by_logarithms(records, books, desk, n_touched, own, empty, leave, enter, volume, total, rule):
    """Do the same as _best_by_table; return also the terms of own without the node, and of the best with it.

    ``records`` know that the node has left its module, ``books`` do not.
    """
    touched, _, _, xs, values = desk
    factor = 2 if rule.undirected else 1
    kinds = 3 if rule.undirected else 4
    last = 0 if rule.undirected else 3
    arrive = leave if rule.undirected else enter
    if empty >= 0:
        touched[n_touched] = empty
        n_touched += 1
    for k in range(n_touched):
        m = np.int64(touched[k])
        x = factor * np.int64(records[4 * m + 2])
        records[4 * m + 2] = 0
        joins = k > 0
        exit_flow = rule.up * (np.int64(records[4 * m]) + (leave - x) * joins)
        at = kinds * (k - k % _LANES) + k % _LANES
        xs[k] = x
        values[at] = exit_flow
        values[at + _LANES] = exit_flow + rule.down * (np.int64(records[4 * m + 1]) + volume * joins)
        values[at + 2 * _LANES] = rule.up * (total + arrive - x)
        if not rule.undirected:
            values[at + 3 * _LANES] = rule.up * (np.int64(records[4 * m + 3]) + (enter - x) * joins)
    _take_logarithms(values, kinds * _LANES * ((n_touched + _LANES - 1) // _LANES), rule.scale)
    left = values[_LANES] - values[0] - values[last * _LANES]
    joined = books[own]
    at = 0
    best_change, second = joined - left + values[2 * _LANES] - rule.tol, np.inf
    for k in range(1, n_touched):
        place = kinds * (k - k % _LANES) + k % _LANES
        terms = values[place + _LANES] - values[place] - values[place + last * _LANES]
        change = terms - books[touched[k]] + values[place + 2 * _LANES]
        better = change < best_change
        second = min(second, max(best_change, change))
        at = k if better else at
        joined = terms if better else joined
        best_change = min(best_change, change)
    return np.int64(touched[at]), xs[at], second - best_change, left, joined
