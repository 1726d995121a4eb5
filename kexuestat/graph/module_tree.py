"""One tree form for scoring: two-level partitions, lists of levels and paths of any depth."""

from typing import NamedTuple

import numpy as np

from kexuestat._kernels.labels import distinct_labels
from kexuestat.exceptions import InvalidInputError

_SPARSE = 4  # labels this many times beyond the number of nodes are sorted


class ModuleTree(NamedTuple):
    """A tree of modules over nodes.

    Attributes
    ----------
    leaf : ndarray of int64, shape (n_nodes,)
        Module that holds each node.
    parent, depth : ndarray of int64, shape (n_modules,)
        Module 0 is the root (its own parent, depth 0); a parent stands before its children.
    """

    leaf: np.ndarray
    parent: np.ndarray
    depth: np.ndarray

    @property
    def top(self):
        """Modules of the first level."""
        return np.flatnonzero(self.depth == 1)

    @property
    def n_children(self):
        """Number of submodules of each module."""
        return np.bincount(self.parent[1:], minlength=self.parent.shape[0])

    def ancestor_at_top(self):
        """Return, for each module but the root, the module of the first level that holds it (0 for the root)."""
        top = np.arange(self.parent.shape[0])
        for m in np.flatnonzero(self.depth > 1):
            top[m] = top[self.parent[m]]
        return top


def distinct(labels):
    """Return (first, inside): the first row of each distinct label in rising order, and the number of each row's."""
    if len(labels) and labels.min() >= 0 and labels.max() < _SPARSE * len(labels):
        return distinct_labels(labels, int(labels.max()) + 1)
    return np.unique(labels, return_index=True, return_inverse=True)[1:]


def tree_of_levels(levels):
    """Return the ModuleTree of label arrays from fine to coarse; a level that does not split a module adds nothing."""
    n_nodes = levels[0].shape[0]
    current = np.zeros(n_nodes, dtype=np.int64)
    parents, depths = [np.zeros(1, np.int64)], [np.zeros(1, np.int64)]
    n_modules = 1
    for level, labels in enumerate(reversed(levels)):
        pairs = current * (labels.max() + 1) + labels
        first, inside = distinct(pairs)
        above = current[first]
        if level and distinct(labels)[0].shape[0] != above.shape[0]:
            raise InvalidInputError(
                f"levels[{len(levels) - 1 - level}] must be nested in the next coarser level, but a module of it "
                "has nodes in two modules there."
            )
        splits = (np.bincount(above, minlength=n_modules)[above] > 1) | (level == 0)
        new = np.where(splits, n_modules - 1 + np.cumsum(splits), above)
        parents.append(above[splits])
        depths.append(np.concatenate(depths)[above[splits]] + 1)
        n_modules += int(splits.sum())
        current = new[inside]
    return ModuleTree(current, np.concatenate(parents), np.concatenate(depths))


def tree_of_paths(paths):
    """Return the ModuleTree of one tuple of module numbers per node, from the top down.

    Raises
    ------
    InvalidInputError
        If a path is empty, or a module holds a node as well as submodules.
    """
    modules, parents, depths = {(): 0}, [0], [0]
    leaf = np.empty(len(paths), dtype=np.int64)
    for i, path in enumerate(paths):
        for length in range(1, len(path) + 1):
            prefix = tuple(path[:length])
            if prefix not in modules:
                modules[prefix] = len(parents)
                parents.append(modules[prefix[:-1]])
                depths.append(length)
        leaf[i] = modules[tuple(path)]
    tree = ModuleTree(leaf, np.array(parents), np.array(depths))
    mixed = tree.n_children[leaf] > 0
    if mixed.any():
        raise InvalidInputError(
            f"a module must hold either nodes or submodules, but module {tuple(paths[int(np.argmax(mixed))])!r} "
            "holds both (or a path is empty)."
        )
    return tree


def levels_of_tree(tree):
    """Return label arrays from fine to coarse; a branch without deeper modules stays as it is on finer levels."""
    levels = [tree.leaf]
    for depth in range(int(tree.depth.max()) - 1, 0, -1):
        above = np.where(tree.depth > depth, tree.parent, np.arange(tree.parent.shape[0]))
        levels.append(above[levels[-1]])
    return [distinct(labels)[1] for labels in levels]


def one_module(n_nodes):
    """Return the ModuleTree with all nodes in one module."""
    return ModuleTree(np.ones(n_nodes, np.int64), np.array([0, 0]), np.array([0, 1]))
