"""The search for the partition of shortest codelength: trials, threads, start partitions, interrupts.

A trial is one call of ``two_level_trial``; trial t depends on (seed, t) alone, so any number of threads gives the
same result.
"""

import logging
import os
import time
import warnings
from concurrent.futures import ThreadPoolExecutor, wait
from functools import partial
from itertools import combinations
from typing import NamedTuple

import numpy as np

from kexuestat._kernels.infomap_terms import _objective
from kexuestat._kernels.infomap_trial import other_time, two_level_trial
from kexuestat.graph.codelength import codelength
from kexuestat.graph.general_search import general_partition, is_plain
from kexuestat.graph.module_tree import distinct, tree_of_levels
from kexuestat.graph.network import SearchResult
from kexuestat.graph.search_effort import effort_of
from kexuestat.graph.search_hierarchy import HierarchySearch
from kexuestat.graph.search_level import search_space

logger = logging.getLogger(__name__)

_TIMES = ((5, 4), (2, 3), (2, 1), (8, 9), (3, 2), (1, 2), (9, 8), (4, 5))  # Markov times of detours, as fractions
_DETOUR_STREAM = 1 << 40
_LONG_RUN = 200_000
_ROUGH = 1e-6
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
    first, dense = distinct(labels)
    flow = np.bincount(dense, weights=node_flow)
    rank = np.empty(first.shape[0], np.int64)
    rank[np.lexsort((first, -flow))] = np.arange(first.shape[0])
    return rank[dense]


def _one_module(network):
    """Return the labels of one module for all nodes with links; a node without links keeps its own."""
    n = network.node_flow.shape[0]
    linked = np.diff(network.indptr) > 0
    linked[network.columns] = True
    labels = np.arange(n)
    if linked.any():
        labels[linked] = np.argmax(linked)
    return labels


def _trivial_lengths(space):
    """Return the codelengths, but for rounding, of one module for all linked nodes and of single nodes."""
    level, rule, node_term = space
    nodes = level.nodes.reshape(-1, 4)
    linked = np.diff(level.indptr) > 0
    whole = np.zeros((1, 4), nodes.dtype)
    whole[0, 1] = nodes[linked, 1].sum()
    partitions = np.concatenate([whole, nodes[~linked]]).ravel(), level.nodes
    return [_objective(records, rule) + node_term for records in partitions]


def _length(network, levels, objective):
    return codelength(network, tree_of_levels(levels), objective).total


def _two_level(space, network, effort, seed, trial, max_iter, start, abort):
    labels = np.arange(network.node_flow.shape[0], dtype=np.int32) if start is None else start.astype(np.int32)
    max_iter = min(max_iter, effort.rounds)
    history = np.zeros(max_iter)
    level, rule, node_term = space
    length, rounds, converged = two_level_trial(
        level, labels, rule, seed, trial, node_term, max_iter, effort.min_gain, abort, history
    )
    for detour in range(effort.detours if trial >= effort.detours_from else 0):
        changed = _by_another_time(space, effort, seed, trial, detour, labels, abort)
        if changed[0] < length - rule.tol:
            length, labels = changed
    converged = converged or max_iter == effort.rounds
    return Trial([labels], float(length), int(rounds), bool(converged), history[:rounds].tolist())


def _by_another_time(space, effort, seed, trial, detour, labels, abort):
    """Return (codelength, labels) after the modules have settled under another Markov time and then again.

    Longer times merge modules, shorter ones split them; what comes back is often a better optimum (citation and
    collaboration graphs: up to 0.1 %).
    """
    labels = labels.copy()
    up, down = _TIMES[(trial + detour) % len(_TIMES)]
    number = trial + (detour + 1) * _DETOUR_STREAM
    other_time(space.level, labels, space.rule, seed, number, up, down, abort)
    level, rule, node_term = space
    history = np.zeros(effort.rounds)
    found = two_level_trial(
        level, labels, rule, seed, number, node_term, effort.rounds, effort.min_gain, abort, history
    )
    return float(found[0]), labels


def _with_hierarchy(search, trial):
    """Return the trial with the tree grown from its modules, where that is shorter."""
    levels, length = search.best(trial.levels[0], trial.codelength)
    return trial if length == trial.codelength else trial._replace(levels=levels, codelength=length)


def _with_at_most(n_levels, trial, network, objective):
    """Return the trial with at most n_levels of its levels, those that give the shortest code."""
    if n_levels is None or len(trial.levels) <= n_levels:
        return trial
    choices = [list(levels) for levels in combinations(trial.levels, n_levels)]
    best = min(choices, key=lambda levels: _length(network, levels, objective))
    return trial._replace(levels=best, codelength=_length(network, best, objective))


def _finished(trial, network, objective, trivial_lengths):
    """Return the trial with ranked labels and fresh codelength; one module or single nodes where these are shorter."""
    n = network.node_flow.shape[0]
    best = trial._replace(
        levels=[ranked_labels(labels, network.node_flow) for labels in trial.levels],
        codelength=_length(network, trial.levels, objective),
    )
    for rough, make in zip(trivial_lengths, (_one_module, lambda network: np.arange(n))):
        if rough <= best.codelength + _ROUGH * abs(best.codelength):
            labels = make(network)
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
    effort="balanced",
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
    effort : {"fast", "balanced", "thorough"}, default="balanced"
        How much a trial tries, see ``kexuestat.graph.search_effort``.

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
    work = effort_of(effort, network.n_entries)
    abort = np.zeros(1, np.int64)
    start = None if init is None else np.unique(init, return_inverse=True)[1].astype(np.int64)
    finished = partial(_finished, network=network, objective=objective, trivial_lengths=_trivial_lengths(space))

    def run(t):
        trial = finished(_two_level(space, network, work, seed, t, max_iter, None, abort))
        if t == 0 and start is not None:
            warm = finished(_two_level(space, network, work, seed, t, max_iter, start, abort))
            given = Trial([ranked_labels(start, network.node_flow)], _length(network, [start], objective), 0, True, [])
            trial = min(trial, warm, given, key=lambda each: each.codelength)
        if not two_level:
            trial = _with_hierarchy(HierarchySearch(space, network, objective, seed, t, work, abort), trial)
        return _with_at_most(preferred_levels, trial, network, objective)

    n_threads = _threads(n_jobs)
    threaded = n_threads > 1 or network.n_entries > _LONG_RUN
    most = _MOST_TRIALS if auto_trials else n_trials
    trials = _run_trials(run, most, auto_trials, n_threads, threaded, abort, verbose)
    lengths = np.array([trial.codelength for trial in trials])
    best = int(np.argmin(lengths))
    found = trials[best]
    return SearchResult(
        found.levels, found.codelength, lengths, best, found.n_iter, found.converged, [t.history for t in trials]
    )
