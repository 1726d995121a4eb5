"""One trial of the two-level search, compiled from end to end: a loop in Python around the same kernels costs 6 times."""

import numpy as np

from kexuestat._kernels._jit import kernel
from kexuestat._kernels.infomap_contract import _compact, contract
from kexuestat._kernels.infomap_moves import _move_nodes, _refine
from kexuestat._kernels.infomap_terms import _objective, module_records
from kexuestat._kernels.random import shuffle, stream_key

_LOOK_AHEAD = 4
_CACHED_NODES = 30000


@kernel
def _random_order(n, seed, trial, step):
    order = np.arange(n).astype(np.int32)
    shuffle(order, stream_key(seed, step, trial))
    return order


@kernel
def _settle(level, labels, rule, seed, trial, step, abort):
    """Move the nodes of a level from the modules in labels; return (number of moves, modules, objective)."""
    n = labels.shape[0]
    records = np.empty(4 * n, level.nodes.dtype)
    total = module_records(level, labels, rule.undirected, records)
    order = _random_order(n, seed, trial, step)
    ahead = _LOOK_AHEAD if n > _CACHED_NODES else 0
    moves, total = _move_nodes(level, labels, records, total, order, rule, ahead, abort)
    return moves, _compact(labels), _objective(records, rule)


@kernel
def _climb(level, labels, n_modules, refined, rule, seed, trial, step, abort):
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
        moves, n_modules, objective = _settle(level, current, rule, seed, trial, step, abort)
        step += 1
        if moves == 0:
            if not refined:
                break
            refined = False
    for i in range(place.shape[0]):
        labels[i] = current[place[i]]
    return n_modules, objective, step


@kernel
def two_level_trial(level, labels, rule, seed, trial, max_rounds, min_gain, refined, abort, history):
    """Improve the modules in labels (in place, 0 … k-1) until a round gains less than min_gain of the codelength.

    A round is: nodes move, then blocks of nodes move. Returns (objective, rounds, converged).
    """
    step = 0
    last = np.inf
    converged = False
    rounds = 0
    while rounds < max_rounds and abort[0] == 0:
        moves, n_modules, objective = _settle(level, labels, rule, seed, trial, step, abort)
        n_modules, upper, step = _climb(
            level, labels, n_modules, refined or rounds > 0, rule, seed, trial, step + 1, abort
        )
        objective = min(objective, upper)
        history[rounds] = objective
        rounds += 1
        if last - objective <= min_gain:
            converged = True
            break
        last = objective
    return last if last < objective else objective, rounds, converged
