"""Search under every extra term: states, recorded teleportation, metadata, entropy correction, wanted modules.

The plain engine (``search``) keeps cut and volume only; here a module also carries teleportation, codewords of physical
nodes and categories, and every change of the codelength is exact under all of them. Nodes may be frozen or grouped, and
the same moves on modules, or inside one, build a hierarchy (``general_hierarchy``).
"""

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from kexuestat._kernels.general_moves import general_codelength, general_moves, module_rows
from kexuestat._kernels.random import shuffle, stream_key
from kexuestat.graph.codelength import codelength
from kexuestat.graph.general_level import GeneralRule, at_time, contracted, first_level
from kexuestat.graph.module_tree import ModuleTree, levels_of_tree, tree_of_levels
from kexuestat.graph.network import SearchResult

_NO_CLASSES = np.empty(0, dtype=np.int64)
_SWEEPS = 100
_TIMES = (1.0, 1.5, 0.6, 2.5, 0.35)  # Markov times whose modules are a second start, one per trial
_PATIENCE, _SMALL = 3, 2000
_EVERYWHERE_UP_TO = 300  # modules; beyond, only linked modules are candidates


class Moves:
    """Moves on levels with one random stream: what a trial needs to know beside the level it works on."""

    def __init__(self, seed, trial, max_iter, unlinked):
        self.seed, self.trial, self.max_iter, self.unlinked = seed, trial, max_iter, unlinked
        self.step = 0
        self.history = []

    def _order(self, n_nodes):
        order = np.arange(n_nodes)
        shuffle(order, np.uint64(stream_key(self.seed, self.step, self.trial)))
        self.step += 1
        return order

    def settle(self, level, labels, fixed, rule, within=_NO_CLASSES):
        """Move the nodes of a level; labels change in place. Return the number of moves."""
        everywhere = self.unlinked and level.n_nodes <= _EVERYWHERE_UP_TO and not within.shape[0]
        order = self._order(level.n_nodes)
        return general_moves(level, labels, order, within, fixed, everywhere, rule, _SWEEPS)

    def climb(self, level, labels, fixed, rule):
        """Return labels after whole modules have moved as long as that helps."""
        while True:
            labels = dense(labels)
            n_modules = int(labels.max()) + 1
            if n_modules == 1 or n_modules == level.n_nodes:
                return labels
            above = np.arange(n_modules)
            if not self.settle(contracted(level, labels, module_rows), above, _any(fixed, labels), rule):
                return labels
            labels = above[labels]

    def refine(self, level, labels, fixed, rule):
        """Return labels after submodules, found from single nodes inside each module, have moved."""
        labels = dense(labels)
        parts = self.parts(level, labels, fixed, rule)
        above = np.empty(int(parts.max()) + 1, dtype=np.int64)
        above[parts] = labels
        self.settle(contracted(level, parts, module_rows), above, _any(fixed, parts), rule)
        return self.climb(level, above[parts], fixed, rule)

    def two_level(self, level, labels, fixed, rule):
        """Return the best labels found from the given ones, or from one module or single nodes where these are better.

        Rounds of node moves, module moves and refinement; the latter is random: on small levels the rounds go on until
        three in a row have found nothing.
        """
        best, bits = self._rounds(level, labels, fixed, rule)
        trivial = [np.arange(level.n_nodes)]
        if fixed.sum() <= 1:
            trivial.append(np.zeros(level.n_nodes, dtype=np.int64))
        for labels in trivial:
            found = general_codelength(level, labels, rule)
            if found < bits - rule.tol:
                best, bits = labels, found
                further, more = self._rounds(level, labels, fixed, rule)
                if more < bits - rule.tol:
                    best, bits = further, more
        return self._connected(level, best, bits, rule)

    def _connected(self, level, labels, bits, rule):
        """Return labels in which modules that fall apart are taken apart, where terms beside links bind: if it pays.

        A node without links stays only where that saves bits, too.
        """
        lone = np.diff(level.indptr) == 0
        alone = dense(np.where(lone, level.n_nodes + np.arange(level.n_nodes), labels))
        if lone.any() and general_codelength(level, alone, rule) <= bits + rule.tol:
            labels = alone
        rows = np.repeat(np.arange(level.n_nodes), np.diff(level.indptr))
        same = labels[rows] == labels[level.indices]
        links = (np.ones(int(same.sum())), (rows[same], level.indices[same]))
        _, apart = connected_components(sparse.coo_array(links, shape=(level.n_nodes, level.n_nodes)), directed=False)
        if apart.max() == labels.max():
            return labels
        pays = not self.unlinked or general_codelength(level, apart.astype(np.int64), rule) < bits
        return dense(apart) if pays else labels

    def _rounds(self, level, labels, fixed, rule):
        best, bits, idle = dense(labels), np.inf, 0
        patience = _PATIENCE if level.n_nodes <= _SMALL else 1
        for _ in range(self.max_iter):
            labels = best.copy()
            self.settle(level, labels, fixed, rule)
            labels = self.climb(level, labels, fixed, rule)
            labels = self.refine(level, labels, fixed, rule)
            found = general_codelength(level, labels, rule)
            idle += 1
            if found < bits - max(rule.tol, 1e-10):
                best, bits, idle = labels, found, 0
                self.history.append(found)
            if idle >= patience:
                break
        return best, bits

    def over_times(self, level, labels, fixed, rule, time):
        """Return two-level labels, also from those of another Markov time, and from random groups on small levels.

        Groups find partitions between one module and what single nodes merge to (recorded teleportation: 4.1437 bits
        from four in ten of them, 4.1483 without).
        """
        best = self.two_level(level, labels, fixed, rule)
        if time == 1.0:
            return best
        starts = [self.two_level(at_time(level, time), best.copy(), fixed, rule)]
        if level.n_nodes <= _SMALL:
            starts.append(self._random_groups(fixed))
        found = [best] + [self.two_level(level, start, fixed, rule) for start in starts]
        return min(found, key=lambda each: general_codelength(level, each, rule))

    def _random_groups(self, fixed):
        """Return labels of about sqrt(n) random groups; every fixed node is a group of its own."""
        n_nodes = fixed.shape[0]
        labels = self._order(n_nodes) % max(1, round(np.sqrt(n_nodes)))
        return dense(np.where(fixed == 1, n_nodes + np.arange(n_nodes), labels))

    def with_wanted_number(self, level, labels, fixed, rule, time):
        """Return two-level labels under a wanted number of modules, also from those found without it."""
        no_wish = rule._replace(preferred=0)
        free = self.two_level(at_time(level, time), labels.copy(), fixed, no_wish)
        starts = [labels, free, self.parts(level, free, fixed, no_wish)]
        found = [self.two_level(level, start, fixed, rule) for start in starts]
        return min(found, key=lambda each: general_codelength(level, each, rule))

    def parts(self, level, labels, fixed, rule):
        """Return submodules: what moves inside modules make of single nodes."""
        parts = np.arange(level.n_nodes)
        self.settle(level, parts, fixed, rule, within=dense(labels))
        return dense(parts)


def dense(labels):
    """Return labels as 0 … k - 1."""
    return np.unique(labels, return_inverse=True)[1]


def _any(fixed, labels):
    return np.bincount(labels, weights=fixed, minlength=int(labels.max()) + 1).astype(np.int64)


def rule_of(network, objective, tol):
    """Return the GeneralRule of the whole network."""
    return GeneralRule(
        teleport=float(network.teleport_flow.sum()),
        root_exit=0.0,
        bits_per_codeword=objective.bits_per_codeword,
        meta_rate=objective.meta_rate,
        preferred=objective.preferred_modules,
        top=True,
        collapse=False,
        tol=tol,
        lossy=objective.lossy_lambda,
    )


def must_link(n_nodes, init, frozen, groups):
    """Return blocks of nodes that move as one (0 … k - 1), and which of them are frozen apart from each other."""
    keys = np.arange(n_nodes) if groups is None else dense(groups)
    if frozen is None:
        return dense(keys), np.zeros(int(keys.max()) + 1, dtype=np.int64)
    held = np.flatnonzero(frozen)
    size = int(max(keys.max(), init.max(initial=0))) + 1
    pairs = sparse.coo_array((np.ones(len(held)), (keys[held], size + init[held])), shape=(2 * size, 2 * size))
    _, component = connected_components(pairs, directed=False)
    blocks = component[keys]
    values, blocks = np.unique(blocks, return_inverse=True)
    fixed = np.zeros(len(values), dtype=np.int64)
    fixed[blocks[held]] = 1
    return blocks, fixed


def is_plain(network, objective, two_level, frozen, groups):
    """Return whether the plain engine sees the whole objective."""
    return (
        two_level
        and frozen is None
        and groups is None
        and not network.teleport_flow.shape[0]
        and not network.physical.shape[0]
        and objective.meta_rate == 0.0
        and objective.bits_per_codeword == 0.0
        and objective.preferred_modules == 0
        and objective.lossy_lambda < 0
    )


def joins_unlinked(network, objective):
    """Return whether modules may hold nodes without a link among them: where terms beside links bind.

    Those are recorded teleportation, states, metadata and the like; and directed flow into nodes without visits, the
    features of a bipartite network: they have no codewords, so a module of all of them needs fewer than many modules.
    """
    if not is_plain(network, objective, True, None, None):
        return True
    return not network.undirected and bool((network.node_flow[network.columns] == 0.0).any())


def general_partition(
    network,
    objective,
    *,
    two_level=True,
    n_trials=1,
    auto_trials=False,
    seed=0,
    n_jobs=1,
    tol=1e-10,
    max_iter=100,
    init=None,
    frozen=None,
    groups=None,
    verbose=0,
    **ignored,
):
    """Return the SearchResult of the general engine; arguments as for ``search_partition``."""
    from kexuestat.graph.general_hierarchy import hierarchy
    from kexuestat.graph.search import Trial, _run_trials, _threads

    n_nodes = network.node_flow.shape[0]
    rule = rule_of(network, objective, tol)
    blocks, fixed = must_link(n_nodes, init, frozen, groups)
    whole = first_level(network, objective)
    level = whole if fixed.shape[0] == n_nodes else contracted(whole, blocks, module_rows)
    unlinked = joins_unlinked(network, objective)
    start = None if init is None else _start_of(blocks, dense(init))

    def search_from(t, labels):
        moves = Moves(seed, t, max_iter, unlinked)
        search = moves.with_wanted_number if rule.preferred else moves.over_times
        labels = search(level, labels, fixed, rule, _TIMES[t % len(_TIMES)])
        if two_level:
            tree = tree_of_levels([labels[blocks]])
        else:
            tree = hierarchy(moves, level, labels, fixed, rule)
            tree = ModuleTree(tree.leaf[blocks], tree.parent, tree.depth)
        length = codelength(network, tree, objective).total
        return Trial(levels_of_tree(tree), length, len(moves.history), len(moves.history) < max_iter, moves.history)

    def run(t):
        trial = search_from(t, np.arange(level.n_nodes))
        if t == 0 and start is not None:
            given = tree_of_levels([start[blocks]])
            kept = Trial([start[blocks]], codelength(network, given, objective).total, 0, True, [])
            trial = min(trial, search_from(t, start.copy()), kept, key=lambda each: each.codelength)
        return trial

    n_threads = _threads(n_jobs)
    most = 50 if auto_trials else n_trials
    trials = _run_trials(run, most, auto_trials, n_threads, n_threads > 1, np.zeros(1, np.int64), verbose)
    lengths = np.array([trial.codelength for trial in trials])
    best = int(np.argmin(lengths))
    found = trials[best]
    return SearchResult(
        found.levels, found.codelength, lengths, best, found.n_iter, found.converged, [t.history for t in trials]
    )


def _start_of(blocks, init):
    """Return the start module of each block: that of its first node."""
    _, first = np.unique(blocks, return_index=True)
    return dense(init[first])
