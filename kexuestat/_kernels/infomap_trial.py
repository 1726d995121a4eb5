"""One trial of the two-level search, compiled from end to end: a Python loop around the same kernels costs 6 times."""

import numpy as np

from kexuestat._kernels._jit import inline_kernel, kernel
from kexuestat._kernels.infomap_contract import _compact, contract
from kexuestat._kernels.infomap_leads import _new_memory
from kexuestat._kernels.infomap_moves import _move_nodes, _refine
from kexuestat._kernels.infomap_terms import _objective, _overwrite, _Rule, module_records
from kexuestat._kernels.infomap_verify import _split_modules
from kexuestat._kernels.random import shuffle, stream_key

_CACHED_NODES, _FAR_NODES = 30_000, 500_000
_MANY_ENTRIES = 1_000_000
_SAMPLE = 8
_SHUFFLED, _VERIFIED, _CONNECTED = np.int64(0), np.int64(1), np.int64(2)  # numba compiles anew for every literal
_NONE, _EVERY = np.int64(0), np.int64(1)
_MANY_SWEEPS = np.int64(1000)
_COARSE_UP, _COARSE_DOWN = np.int64(5), np.int64(4)
_COARSE_GATE = 1e-4


@kernel
def _random_order(n, seed, trial, step):
    order = np.arange(n).astype(np.int32)
    shuffle(order, stream_key(seed, step, trial))
    return order


@inline_kernel
def _ahead(n):
    """Return how deep to prefetch: not at all in cache (harmful there), else rows; 2 adds labels and records."""
    return 0 if n <= _CACHED_NODES else 1 if n <= _FAR_NODES else 2


@kernel
def _settle(level, labels, rule, seed, trial, step, sweeps, manner, memory, abort):
    """Move the nodes of a level from the modules in labels; return (number of moves, modules, objective).

    The first turns are ``_SHUFFLED``. Where few nodes will move they are ``_VERIFIED``: in the end none gains by a
    move; large graphs are then read as they lie, and what ``memory`` knows of nodes spares them their turn.
    ``_CONNECTED`` keeps modules connected, too.
    """
    n = labels.shape[0]
    records = np.empty(4 * n, level.nodes.dtype)
    total = module_records(level, labels, rule.undirected, records) + rule.offset
    ordered = manner != _SHUFFLED and n > _CACHED_NODES
    order = np.arange(n).astype(np.int32) if ordered else _random_order(n, seed, trial, step)
    remembered = memory if manner != _SHUFFLED else _new_memory(0)
    moves, total = _move_nodes(
        level, labels, records, total, order, rule, _ahead(n), sweeps * n, manner == _CONNECTED, remembered, abort
    )
    return moves, _compact(labels), _objective(records, rule)


@kernel
def _climb(level, labels, n_modules, share, rule, seed, trial, step, sweeps, abort):
    """Move ever larger blocks of nodes, then whole modules; labels change in place.

    The first blocks are submodules of every ``share``-th module (0: none) and the other modules whole; then come
    submodules of these, ever larger (on large graphs only while they still move), at last whole modules. Returns
    (modules, objective, next step of the random streams, moves, level of the modules); the objective is inf when
    nothing was contracted.
    """
    place = np.arange(labels.shape[0]).astype(np.int32)
    current = labels.copy()
    objective = np.inf
    all_moves = 0
    while n_modules > 1 and abort[0] == 0:
        n = current.shape[0]
        parts = current
        n_parts = n_modules
        if share > 0:
            parts = np.empty(n, np.int32)
            records = np.empty(4 * n, level.nodes.dtype)
            order = _random_order(n, seed, trial, step)
            _refine(level, current, parts, records, order, rule, _ahead(n), share)
            step += 1
            n_parts = _compact(parts)
            if n_parts == n:
                parts = current
                n_parts = n_modules
                share = _NONE
        if n_parts == n:
            break
        level = contract(level, parts, n_parts, rule.undirected)
        upper = np.empty(n_parts, np.int32)
        for i in range(n):
            upper[parts[i]] = current[i]
        for i in range(place.shape[0]):
            place[i] = parts[place[i]]
        current = upper
        moves, n_modules, objective = _settle(
            level, current, rule, seed, trial, step, sweeps, _SHUFFLED, _new_memory(0), abort
        )
        all_moves += moves
        step += 1
        if moves == 0 and n_modules == n_parts:
            break
        if share > 1 or (moves == 0 and labels.shape[0] > _CACHED_NODES):
            share = _NONE
    for i in range(place.shape[0]):
        labels[i] = current[place[i]]
    return n_modules, objective, step, all_moves, level


@inline_kernel
def _at_time(rule, up, down):
    """Return the rule under which link flow counts up / down times."""
    return _Rule(rule.table[:1], rule.scale / down, rule.undirected, rule.tol, rule.offset, up, down)


@kernel
def other_time(level, labels, rule, seed, trial, up, down, abort):
    """Let nodes, submodules and modules move as if link flow were up / down times as large; labels change in place.

    Returns the codelength under that flow, without -sum plogp(p_i).
    """
    changed = _at_time(rule, up, down)
    _, n_modules, settled = _settle(
        level, labels, changed, seed, trial, _NONE, _MANY_SWEEPS, _SHUFFLED, _new_memory(0), abort
    )
    climbed = _climb(level, labels, n_modules, _EVERY, changed, seed, trial, _EVERY, _MANY_SWEEPS, abort)[1]
    return settled if climbed == np.inf else climbed


@kernel
def _coarser(modules, labels, rule, seed, trial, step, abort):
    """Return the objective after merging modules as if all links were 5/4 as strong; labels change in place.

    Whole groups of modules that only pay when merged together are found so (nested groups: 9.394 instead of 9.547
    bits). The objective is that of the true flow; modules must not move under it before single nodes have, or they
    fall back to where they were.
    """
    n_modules = modules.indptr.shape[0] - 1
    strong_rule = _at_time(rule, _COARSE_UP, _COARSE_DOWN)
    merged = np.arange(n_modules).astype(np.int32)
    _, k, _ = _settle(modules, merged, strong_rule, seed, trial, step, _MANY_SWEEPS, _SHUFFLED, _new_memory(0), abort)
    k = _climb(modules, merged, k, _NONE, strong_rule, seed, trial, step + 1, _MANY_SWEEPS, abort)[0]
    records = np.empty(4 * k, modules.nodes.dtype)
    module_records(modules, merged, rule.undirected, records)
    for i in range(labels.shape[0]):
        labels[i] = merged[labels[i]]
    return _objective(records, rule)


@kernel
def _improve(level, labels, rule, seed, trial, node_term, max_rounds, min_gain, memory, abort, history):
    """Run rounds until one gains less than min_gain of the codelength; return (objective, rounds, converged, settled).

    A round: nodes move, then submodules and modules move. The first starts without submodules. On large graphs the
    second takes submodules of every eighth module only; where these promise too little it is the last. ``settled`` is
    2 where neither nodes nor whole modules move any more, 1 where modules do not, else 0.
    """
    many = level.indices.shape[0] > _MANY_ENTRIES
    best = np.inf
    best_labels = labels.copy()
    share = _NONE
    coarse_steps = 0
    rounds = 0
    settled = 0
    step = _NONE
    while rounds < max_rounds and abort[0] == 0:
        manner = _SHUFFLED if rounds == 0 else _VERIFIED
        _, n_modules, moved = _settle(level, labels, rule, seed, trial, step, _MANY_SWEEPS, manner, memory, abort)
        n_modules, objective, step, climbs, modules = _climb(
            level, labels, n_modules, share, rule, seed, trial, step + 1, _MANY_SWEEPS, abort
        )
        objective = min(objective, moved)
        history[rounds] = objective + node_term
        rounds += 1
        gain = best - objective
        if share > 1:
            gain = min(gain, share * (moved - objective))
        if best > objective:
            best = objective
            settled = 2 if climbs == 0 and manner != _SHUFFLED else 1
            _overwrite(best_labels, labels)
        stuck = gain <= min_gain * abs(best + node_term)
        share = _SAMPLE if many and rounds == 1 else 1
        if (rounds == 1 or stuck) and coarse_steps < 2 and not (many and rounds > 1):
            coarse_steps += 1
            if rounds > 1:
                _overwrite(labels, best_labels)
                modules = contract(level, labels, _compact(labels), rule.undirected)
            objective = _coarser(modules, labels, rule, seed, trial, 1000 * coarse_steps, abort)
            gate = _COARSE_GATE * abs(best + node_term) if stuck else -rule.tol
            if objective <= best + gate and abs(objective - best) > rule.tol:
                stuck = False
                if objective < best:
                    best = objective
                    settled = 0
                    _overwrite(best_labels, labels)
            else:
                _overwrite(labels, best_labels)
        if stuck:
            _overwrite(labels, best_labels)
            return best, rounds, True, settled
    _overwrite(labels, best_labels)
    return best, rounds, False, settled


@kernel
def two_level_trial(level, labels, rule, seed, trial, node_term, max_rounds, min_gain, abort, history):
    """Improve the modules in labels in place; return (codelength, rounds, converged).

    The result has connected modules, and no move of one node or of one whole module lowers the codelength by more
    than the tolerance. ``node_term`` is -sum plogp(p_i), ``history`` gets the codelength after each round.
    """
    memory = _new_memory(labels.shape[0])
    objective, rounds, converged, settled = _improve(
        level, labels, rule, seed, trial, node_term, max_rounds, min_gain, memory, abort, history
    )
    step = np.int64(5000)
    while abort[0] == 0 and step < 10000:
        whole = _compact(labels)
        pieces = _split_modules(level, labels)
        if settled == 2 and pieces == whole:
            break
        moves, n_modules, objective = _settle(
            level, labels, rule, seed, trial, step, _MANY_SWEEPS, _CONNECTED, memory, abort
        )
        if settled > 0 and pieces == whole and moves == 0:
            break
        settled = 0
        step += 50
        _, merged, _, merges, _ = _climb(level, labels, n_modules, _NONE, rule, seed, trial, step, _MANY_SWEEPS, abort)
        objective = min(merged, objective)
        if merges == 0:
            break
    return objective + node_term, rounds, converged
