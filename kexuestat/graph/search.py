"""The search for the partition of shortest codelength: trials, threads, start partitions, interrupts.

A trial is one call of ``two_level_trial``; trial t depends on (seed, t) alone, so any number of threads gives the
same result.
"""

import logging
import os
import time
import warnings
from concurrent.futures import ThreadPoolExecutor, wait
from itertools import combinations
from typing import NamedTuple

import numpy as np

from kexuestat._kernels.infomap_hierarchy import hierarchy_below
from kexuestat._kernels.infomap_tree import tree_moves
from kexuestat._kernels.infomap_trial import other_time, two_level_trial
from kexuestat._kernels.infomap_verify import _split_modules
from kexuestat.graph.codelength import codelength
from kexuestat.graph.general_search import general_partition, is_plain
from kexuestat.graph.hierarchy import levels_of_tree
from kexuestat.graph.module_tree import tree_of_levels
from kexuestat.graph.network import SearchResult
from kexuestat.graph.search_level import search_space

logger = logging.getLogger(__name__)

_MIN_GAIN, _MIN_GAIN_SMALL, _SMALL = 4e-3, 1e-5, 20_000
_FIRST_SWEEPS = 1000
_TIMES = ((5, 4), (2, 3), (2, 1), (8, 9), (3, 2), (1, 2), (9, 8), (4, 5))  # Markov times of detours, as fractions
_DETOURS, _DETOURS_FROM, _DETOUR_STREAM = 4, 500, 1 << 40
_LONG_RUN = 200_000
_GROWTHS = ((10_000, 6), (1_000_000, 2), (np.inf, 1))
_MOVABLE = 4000  # modules of a tree; in larger ones only nodes move
_PATIENCE, _MOST_TRIALS, _AUTO_GAIN = 5, 50, 1e-6


class Trial(NamedTuple):
    """Outcome of one trial: labels from fine to coarse, codelength and how it was reached."""

    levels: list
    codelength: float
    n_iter: int
    converged: bool
    history: list


def ranked_labels(labels, node_flow):
    """Return labels 0 … k-1 by decreasing module flow; ties go to the module with the smallest node."""
    _, first, dense = np.unique(labels, return_index=True, return_inverse=True)
    flow = np.bincount(dense, weights=node_flow)
    rank = np.empty(first.shape[0], np.int64)
    rank[np.lexsort((first, -flow))] = np.arange(first.shape[0])
    return rank[dense]


def _one_module(network):
    """Return the labels of one module for all nodes with links; a node without links keeps its own."""
    n = network.node_flow.shape[0]
    linked = np.diff(network.indptr) > 0
    linked[network.indices] = True
    labels = np.arange(n)
    if linked.any():
        labels[linked] = np.argmax(linked)
    return labels


def _length(network, levels, objective):
    return codelength(network, tree_of_levels(levels), objective).total


def _min_gain(network):
    """Return the share of the codelength that a round must gain for another one to follow.

    Where a trial takes milliseconds, rounds go on to the end; beyond, 0.4 % keeps the mean below the official one at a
    third of the time.
    """
    return _MIN_GAIN_SMALL if network.indices.shape[0] < _SMALL else _MIN_GAIN


def _two_level(space, network, objective, seed, trial, max_iter, start, abort):
    labels = np.arange(network.node_flow.shape[0], dtype=np.int32) if start is None else start.astype(np.int32)
    history = np.zeros(max_iter)
    level, rule, node_term = space
    length, rounds, converged = two_level_trial(
        level, labels, rule, seed, trial, node_term, max_iter, _min_gain(network), _FIRST_SWEEPS, abort, history
    )
    for detour in range(_n_detours(network)):
        changed = _by_another_time(space, seed, trial, detour, labels, max_iter, abort)
        if changed[0] < length - rule.tol:
            length, labels = changed
    return Trial([labels], float(length), int(rounds), bool(converged), history[:rounds].tolist())


def _n_detours(network):
    """Return how many detours a trial makes: none on the smallest graphs, where moves alone find the optimum."""
    return _DETOURS if _DETOURS_FROM <= network.indices.shape[0] < _SMALL else 0


def _by_another_time(space, seed, trial, detour, labels, max_iter, abort):
    """Return (codelength, labels) after the modules have settled under another Markov time and then again.

    Longer times merge modules, shorter ones split them; what comes back is often a better optimum (citation and
    collaboration graphs: up to 0.1 %).
    """
    labels = labels.copy()
    up, down = _TIMES[(trial + detour) % len(_TIMES)]
    number = trial + (detour + 1) * _DETOUR_STREAM
    other_time(space.level, labels, space.rule, seed, number, up, down, abort)
    history = np.zeros(max_iter)
    found = two_level_trial(
        space.level, labels, space.rule, seed, number, space.node_term, max_iter, _MIN_GAIN_SMALL, 1000, abort, history
    )
    return float(found[0]), labels


def _with_hierarchy(space, network, objective, seed, trial, abort, found):
    """Return the trial with the tree grown from its modules, where that is shorter.

    A tree is grown again from its own finest modules, and from those above them, as long as that helps: groups of
    finer modules fit better (citation graphs: up to 1 %).
    """
    best, starts = found, [(found.levels[0], True), (found.levels[0], False)]
    attempts = next(growths for entries, growths in _GROWTHS if network.indices.shape[0] < entries)
    for attempt in range(attempts):
        if not starts or abort[0]:
            break
        start, grouped = starts.pop(0)
        labels = np.unique(start, return_inverse=True)[1].astype(np.int32)
        leaf, parent = hierarchy_below(
            space.level, labels, space.rule, seed + attempt, trial, grouped, _min_gain(network), abort
        )
        leaf, parent, _ = tree_moves(space.level, leaf, parent, space.rule, seed + attempt, trial, _MOVABLE, abort)
        levels = [_connected(space, each) for each in levels_of_tree(leaf, parent)]
        length = _length(network, levels, objective)
        if length < best.codelength - max(space.rule.tol, 1e-5 * length):
            levels = [ranked_labels(each, network.node_flow) for each in levels]
            best = found._replace(levels=levels, codelength=length)
            starts = [(each, True) for each in levels[:2]] + [s for s in starts if not s[1]]
    return best


def _connected(space, labels):
    """Return labels in which every connected piece of a module is a module."""
    pieces = labels.astype(np.int32)
    _split_modules(space.level, pieces)
    return pieces.astype(np.int64)


def _with_at_most(n_levels, trial, network, objective):
    """Return the trial with at most n_levels of its levels, those that give the shortest code."""
    if n_levels is None or len(trial.levels) <= n_levels:
        return trial
    choices = [list(levels) for levels in combinations(trial.levels, n_levels)]
    best = min(choices, key=lambda levels: _length(network, levels, objective))
    return trial._replace(levels=best, codelength=_length(network, best, objective))


def _finished(trial, network, objective):
    """Return the trial with ranked labels and fresh codelength; one module or single nodes where these are shorter."""
    n = network.node_flow.shape[0]
    best = trial._replace(
        levels=[ranked_labels(labels, network.node_flow) for labels in trial.levels],
        codelength=_length(network, trial.levels, objective),
    )
    if objective.preferred_modules == 0:
        for labels in (_one_module(network), np.arange(n)):
            length = _length(network, [labels], objective)
            if length <= best.codelength:
                best = best._replace(levels=[ranked_labels(labels, network.node_flow)], codelength=length)
    return best


def _threads(n_jobs):
    if n_jobs is None:
        return 1
    return max(1, os.cpu_count() + 1 + n_jobs) if n_jobs < 0 else n_jobs


def _enough(trials):
    """Tell whether the best codelength has not improved by 1e-6 of itself in the last five trials, or 50 were made."""
    best, since = np.inf, 0
    for trial in trials:
        since += 1
        if trial.codelength < best - _AUTO_GAIN * abs(best) or best == np.inf:
            best, since = trial.codelength, 0
    return since >= _PATIENCE or len(trials) >= _MOST_TRIALS


def _run_trials(run, n_trials, auto, n_jobs, threaded, abort, verbose):
    """Return the list of trials 0, 1, … ; with ``auto`` as many as ``_enough`` asks for, counted in order."""
    trials = []
    try:
        if not threaded:
            while len(trials) < n_trials and not (auto and _enough(trials)):
                trials.append(_logged(run, len(trials), verbose))
            return trials
        with ThreadPoolExecutor(n_jobs) as pool:
            try:
                while len(trials) < n_trials and not (auto and _enough(trials)):
                    batch = range(len(trials), min(n_trials, len(trials) + (n_jobs if auto else n_trials)))
                    futures = [pool.submit(_logged, run, t, verbose) for t in batch]
                    while wait(futures, timeout=0.2).not_done:
                        pass
                    for future in futures:
                        if not (auto and _enough(trials)):
                            trials.append(future.result())
            except KeyboardInterrupt:
                trials += [future.result() for future in futures if future.done()]
                abort[0] = 1
                pool.shutdown(cancel_futures=True)
                raise
    except KeyboardInterrupt:
        if not trials:
            raise
        warnings.warn(f"Interrupted: the best of {len(trials)} finished trials is returned.", stacklevel=4)
    return trials


def _logged(run, t, verbose):
    begin = time.perf_counter()
    trial = run(t)
    if verbose:
        logger.info(
            "trial %d: %.9g bits, %d modules, %.3g s",
            t + 1,
            trial.codelength,
            trial.levels[-1].max() + 1,
            time.perf_counter() - begin,
        )
    return trial


def search_partition(
    network,
    objective,
    *,
    two_level=True,
    n_trials=1,
    seed=0,
    n_jobs=1,
    tol=1e-10,
    max_iter=100,
    init=None,
    frozen=None,
    groups=None,
    integer_weights=None,
    verbose=0,
    auto_trials=False,
    preferred_levels=None,
):
    """Return the SearchResult with the shortest codelength found.

    Parameters
    ----------
    network : FlowNetwork
    objective : Objective
    two_level : bool, default=True
        One level of modules; else a hierarchy, never longer than the two-level partition of the same trial.
    n_trials : int, default=1
        Independent searches; the best is returned.
    seed : int, default=0
        Non-negative; trial t depends on (seed, t) alone.
    n_jobs : int or None, default=1
        Threads over trials; the result does not depend on it.
    tol : float, default=1e-10
        Moves must lower the codelength by more than this many bits.
    max_iter : int, default=100
        Rounds per trial at most.
    init : ndarray of int64, shape (n_nodes,), or None
        Start partition of one extra search, counted with the first trial; the result is never longer than it.
    frozen : ndarray of bool, shape (n_nodes,), or None
        Nodes that stay with those frozen nodes that share their start module, and apart from all others.
    groups : ndarray of int64, shape (n_nodes,), or None
        Nodes of equal group number move as one.
    integer_weights : ndarray of integers, shape (n_entries,), or None
        Weights behind ``network.flow`` where they are whole numbers: sums are then those of the weights.
    verbose : int, default=0
        1 logs a line per trial.
    auto_trials : bool, default=False
        Stop when the best has not improved by 1e-6 of itself for 5 trials, at most 50.
    preferred_levels : int or None
        Levels of modules that a hierarchy should have at most; the shortest choice among its own levels is kept.

    Returns
    -------
    SearchResult

    Notes
    -----
    Frozen or grouped nodes and every extra term of the objective are left to the general engine
    (``kexuestat.graph.general_search``), which moves the same way at a lower speed.
    """
    if not is_plain(network, objective, True, frozen, groups):
        return general_partition(
            network,
            objective,
            two_level=two_level,
            n_trials=n_trials,
            auto_trials=auto_trials,
            seed=seed,
            n_jobs=n_jobs,
            tol=tol,
            max_iter=max_iter,
            init=init,
            frozen=frozen,
            groups=groups,
            verbose=verbose,
        )
    space = search_space(network, integer_weights, tol)
    abort = np.zeros(1, np.int64)
    start = None if init is None else np.unique(init, return_inverse=True)[1].astype(np.int64)

    def run(t):
        trial = _finished(_two_level(space, network, objective, seed, t, max_iter, None, abort), network, objective)
        if t == 0 and start is not None:
            warm = _finished(_two_level(space, network, objective, seed, t, max_iter, start, abort), network, objective)
            given = Trial([ranked_labels(start, network.node_flow)], _length(network, [start], objective), 0, True, [])
            trial = min(trial, warm, given, key=lambda each: each.codelength)
        if not two_level:
            trial = _with_hierarchy(space, network, objective, seed, t, abort, trial)
        return _with_at_most(preferred_levels, trial, network, objective)

    n_threads = _threads(n_jobs)
    threaded = n_threads > 1 or network.indices.shape[0] > _LONG_RUN
    most = _MOST_TRIALS if auto_trials else n_trials
    trials = _run_trials(run, most, auto_trials, n_threads, threaded, abort, verbose)
    lengths = np.array([trial.codelength for trial in trials])
    best = int(np.argmin(lengths))
    found = trials[best]
    return SearchResult(
        found.levels, found.codelength, lengths, best, found.n_iter, found.converged, [t.history for t in trials]
    )
