"""Hierarchies of the plain engine: grown from a two-level partition, grouped anew, settled as a whole."""

import numpy as np

from kexuestat._kernels.infomap_contract import contract
from kexuestat._kernels.infomap_hierarchy import hierarchy_below
from kexuestat._kernels.infomap_tree import tree_moves
from kexuestat._kernels.infomap_trial import other_time
from kexuestat._kernels.infomap_verify import _split_modules
from kexuestat.graph.codelength import codelength
from kexuestat.graph.hierarchy import levels_of_tree
from kexuestat.graph.module_tree import tree_of_levels

_LARGE = 1_000_000
_MOVABLE = 4000
_TIMES = ((1, 1), (5, 4), (2, 1), (4, 5), (3, 2))


def _dense(labels):
    return np.unique(labels, return_inverse=True)[1].astype(np.int32)


class HierarchySearch:
    """Growth of trees in one trial.

    A tree is grown from two-level modules, upwards and downwards; then its leaf modules are grouped anew, which costs
    little as only they count, from starts at several Markov times; at last nodes and modules move inside the whole
    tree. It is grown again from its own finest modules, and from those above them, as long as that helps.
    """

    def __init__(self, space, network, objective, seed, trial, effort, abort):
        self.space, self.network, self.objective = space, network, objective
        self.seed, self.trial, self.effort, self.abort = seed, trial, effort, abort
        self.large = network.n_entries > _LARGE

    def best(self, labels, length):
        """Return (levels from fine to coarse, codelength) of the best tree, or labels alone where none is shorter."""
        best = [labels]
        starts = [(labels, False)] if self.large else [(labels, True), (labels, False)]
        for number in range(self.effort.growths):
            if not starts or self.abort[0]:
                break
            levels = self._tree(*starts.pop(0), number)
            found = self._length(levels)
            if found < length - max(self.space.rule.tol, 1e-5 * length):
                best, length = levels, found
                starts = [(each, True) for each in levels[:2]] + [start for start in starts if not start[1]]
        return best, length

    def _length(self, levels):
        return codelength(self.network, tree_of_levels(levels), self.objective).total

    def _tree(self, start, grouped, number):
        if self.large:
            start = self._shortest([[start]], number)[:2][-1]
        grown = self._grown(self.space.level, _dense(start), grouped, number)
        tree = tree_of_levels(self._shortest([grown], number))
        return self._moved(self.space.level, tree.leaf.copy(), tree.parent, number)

    def _shortest(self, trees, number):
        """Return the shortest of a list with one tree and other trees over its leaf modules."""
        others = [self._regrouped(trees[0][0], number, attempt) for attempt in range(self.effort.regroupings)]
        return min(trees + others, key=self._length)

    def _grown(self, level, labels, grouped, number):
        leaf, parent = hierarchy_below(
            level, labels, self.space.rule, self.seed + number, self.trial, grouped, self.effort.min_gain, self.abort
        )
        return levels_of_tree(leaf, parent)

    def _moved(self, level, leaf, parent, number):
        """Return the levels of a tree after its nodes and modules have moved; every module is connected."""
        leaf, parent, _ = tree_moves(
            level, leaf, parent, self.space.rule, self.seed + number, self.trial, _MOVABLE, self.abort
        )
        return [_connected(level, labels) for labels in levels_of_tree(leaf, parent)]

    def _regrouped(self, labels, number, attempt):
        """Return levels over the same leaf modules: their hierarchy as nodes whose visit rates are the enter flows."""
        labels, rule = _dense(labels), self.space.rule
        level = contract(self.space.level, labels, int(labels.max()) + 1, rule.undirected)
        entering = level.nodes[0::4] if rule.undirected else level.nodes[3::4]
        level.nodes[1::4] = np.maximum(entering, np.diff(level.indptr) > 0)
        groups = np.arange(level.indptr.shape[0] - 1, dtype=np.int32)
        times = _TIMES[attempt % len(_TIMES)]
        other_time(level, groups, rule, self.seed + number, self.trial, *times, self.abort)
        above = tree_of_levels(self._grown(level, _dense(groups), True, number + attempt))
        above = self._moved(level, above.leaf.copy(), above.parent, number)
        return [labels.astype(np.int64)] + [each[labels] for each in above]


def _connected(level, labels):
    """Return labels in which every connected piece of a module is a module."""
    pieces = labels.astype(np.int32)
    _split_modules(level, pieces)
    return pieces.astype(np.int64)
