"""Trees of modules as lists of levels."""

import numpy as np


def levels_of_tree(leaf, parent):
    """Return label arrays from fine to coarse of a tree (parent[m] < m, module 0 the root).

    A branch that ends early stays as it is on the finer levels.
    """
    depth = np.zeros(parent.shape[0], np.int64)
    for m in range(1, parent.shape[0]):
        depth[m] = depth[parent[m]] + 1
    levels = []
    current = leaf.copy()
    for d in range(int(depth[leaf].max()), 0, -1):
        current = np.where(depth[current] > d, parent[current], current)
        levels.append(current)
    return [np.unique(labels, return_inverse=True)[1].astype(np.int64) for labels in levels]
