"""One trial of the two-level search, compiled from end to end: a Python loop around the same kernels costs 6 times."""

import numpy as np

from kexuestat._kernels._jit import kernel
from kexuestat._kernels.infomap_contract import _compact, contract
from kexuestat._kernels.infomap_moves import _move_nodes, _refine
from kexuestat._kernels.infomap_terms import _Level, _objective, _Rule, module_records, plogp_table
from kexuestat._kernels.infomap_verify import _split_modules
from kexuestat._kernels.random import shuffle, stream_key

_LOOK_AHEAD = 4
_CACHED_NODES = 30000
_MANY_SWEEPS = 1000
_COARSE_UP, _COARSE_DOWN = 5, 4
_COARSE_GATE = 1e-4


@kernel
def _random_order(n, seed, trial, step):
    order = np.arange(n).astype(np.int32)
    shuffle(order, stream_key(seed, step, trial))
    return order


@kernel
def _settle(level, labels, rule, seed, trial, step, sweeps, connected, abort):
    """Move the nodes of a level from the modules in labels; return (number of moves, modules, objective)."""
    n = labels.shape[0]
    records = np.empty(4 * n, level.nodes.dtype)
    total = module_records(level, labels, rule.undirected, records)
    order = _random_order(n, seed, trial, step)
    ahead = _LOOK_AHEAD if n > _CACHED_NODES else 0
    moves, total = _move_nodes(level, labels, records, total, order, rule, ahead, sweeps * n, connected, abort)
    return moves, _compact(labels), _objective(records, rule)


@kernel
def _climb(level, labels, n_modules, refined, rule, seed, trial, step, sweeps, abort):
    """Move ever larger blocks of nodes: submodules while ``refined``, then whole modules; labels change in place.

    Returns (modules, objective, next step of the random streams); objective is inf when nothing was contracted.
    """
    place = np.arange(labels.shape[0]).astype(np.int32)
    current = labels.copy()
    objective = np.inf
    while n_modules > 1 and abort[0] == 0:
        n = current.shape[0]
        parts = current
        n_parts = n_modules
        if refined:
            parts = np.empty(n, np.int32)
            records = np.empty(4 * n, level.nodes.dtype)
            ahead = _LOOK_AHEAD if n > _CACHED_NODES else 0
            _refine(level, current, parts, records, _random_order(n, seed, trial, step), rule, ahead)
            step += 1
            n_parts = _compact(parts)
            if n_parts == n:
                parts = current
                n_parts = n_modules
                refined = False
        if n_parts == n:
            break
        level = contract(level, parts, n_parts, rule.undirected)
        upper = np.empty(n_parts, np.int32)
        for i in range(n):
            upper[parts[i]] = current[i]
        for i in range(place.shape[0]):
            place[i] = parts[place[i]]
        current = upper
        moves, n_modules, objective = _settle(level, current, rule, seed, trial, step, sweeps, False, abort)
        step += 1
        if moves == 0:
            if not refined:
                break
            refined = False
    for i in range(place.shape[0]):
        labels[i] = current[place[i]]
    return n_modules, objective, step


@kernel
def _round(level, labels, refined, rule, seed, trial, step, sweeps, abort):
    """Move nodes, then blocks of nodes; return (objective, modules, next step)."""
    _, n_modules, objective = _settle(level, labels, rule, seed, trial, step, sweeps, False, abort)
    n_modules, upper, step = _climb(level, labels, n_modules, refined, rule, seed, trial, step + 1, sweeps, abort)
    return min(objective, upper), n_modules, step


@kernel
def _coarser(level, labels, n_modules, rule, seed, trial, step, abort):
    """Return (objective, modules) after merging modules as if all links were 5/4 as strong; labels change in place.

    Whole groups of modules that only pay when merged together are found so (nested groups: 9.394 instead of 9.547
    bits). The objective is that of the true flow; modules must not move under it before single nodes have, or they
    fall back to where they were.
    """
    modules = contract(level, labels, n_modules, rule.undirected)
    nodes = np.empty(modules.nodes.shape[0], np.int64)
    for k in range(nodes.shape[0]):
        nodes[k] = modules.nodes[k] * (_COARSE_DOWN if k % 4 == 1 else _COARSE_UP)
    weights = np.empty(modules.weights.shape[0], np.int64)
    for e in range(weights.shape[0]):
        weights[e] = modules.weights[e] * np.int64(_COARSE_UP)
    scale = rule.scale / _COARSE_DOWN
    strong = _Level(modules.indptr, modules.indices, weights, nodes)
    strong_rule = _Rule(plogp_table(1, scale), scale, rule.undirected, rule.tol)
    merged = np.arange(n_modules).astype(np.int32)
    _, k, _ = _settle(strong, merged, strong_rule, seed, trial, step, _MANY_SWEEPS, False, abort)
    k, _, _ = _climb(strong, merged, k, False, strong_rule, seed, trial, step + 1, _MANY_SWEEPS, abort)
    records = np.empty(4 * k, modules.nodes.dtype)
    module_records(modules, merged, rule.undirected, records)
    for i in range(labels.shape[0]):
        labels[i] = merged[labels[i]]
    return _objective(records, rule), k


@kernel
def _improve(level, labels, rule, seed, trial, step, node_term, max_rounds, min_gain, first_sweeps, abort, history):
    """Run rounds until one gains less than min_gain of the codelength; return (objective, rounds, converged)."""
    best = np.inf
    best_labels = labels.copy()
    coarse_steps = 0
    rounds = 0
    while rounds < max_rounds and abort[0] == 0:
        sweeps = first_sweeps if rounds == 0 else _MANY_SWEEPS
        objective, n_modules, step = _round(level, labels, rounds > 0, rule, seed, trial, step, sweeps, abort)
        gain = best - objective
        history[rounds] = objective + node_term
        rounds += 1
        if gain > 0.0:
            best = objective
            best_labels[:] = labels
        stuck = gain <= min_gain * abs(best + node_term)
        if (rounds == 1 or stuck) and coarse_steps < 2:
            coarse_steps += 1
            labels[:] = best_labels
            n_modules = _compact(labels)
            objective, n_modules = _coarser(level, labels, n_modules, rule, seed, trial, 1000 * coarse_steps, abort)
            gate = _COARSE_GATE * abs(best + node_term) if stuck else -rule.tol
            if objective <= best + gate and abs(objective - best) > rule.tol:
                stuck = False
            else:
                labels[:] = best_labels
        if stuck:
            labels[:] = best_labels
            return best, rounds, True
    labels[:] = best_labels
    return best, rounds, False


@kernel
def two_level_trial(level, labels, rule, seed, trial, node_term, max_rounds, min_gain, first_sweeps, abort, history):
    """Improve the modules in labels in place; return (codelength, rounds, converged).

    The result has connected modules, and no move of one node or of one whole module lowers the codelength by more
    than the tolerance. One module for all nodes with links is taken if it is no longer. ``node_term`` is
    -sum plogp(p_i), ``history`` gets the codelength after each round.
    """
    objective, rounds, converged = _improve(
        level, labels, rule, seed, trial, 0, node_term, max_rounds, min_gain, first_sweeps, abort, history
    )
    step = 5000
    moves = 1
    while moves > 0 and abort[0] == 0 and step < 5100:
        n_modules = _split_modules(level, labels)
        moves, n_modules, objective = _settle(level, labels, rule, seed, trial, step, _MANY_SWEEPS, True, abort)
        modules = contract(level, labels, n_modules, rule.undirected)
        merged = np.arange(n_modules).astype(np.int32)
        merges, _, upper = _settle(modules, merged, rule, seed, trial, step + 1, _MANY_SWEEPS, False, abort)
        if merges > 0:
            moves += merges
            objective = upper
            for i in range(labels.shape[0]):
                labels[i] = merged[labels[i]]
        step += 2
    return objective + node_term, rounds, converged
