"""Kernels of the map equation on a tree of modules.

The tree: module 0 is the root, ``parent[m] < m``, ``depth[m]`` counts from 0 at the root, and ``leaf[i]`` is the module
that holds node i. A module holds either only modules or only nodes.
"""

import numpy as np

from kexuestat._kernels._jit import kernel
from kexuestat._kernels.entropy import plogp


@kernel
def sums_by_module(leaf, parent, values):
    """Return the sum of node values in each module of the tree, nested modules included."""
    sums = np.zeros(parent.shape[0])
    for i in range(leaf.shape[0]):
        sums[leaf[i]] += values[i]
    for m in range(parent.shape[0] - 1, 0, -1):
        sums[parent[m]] += sums[m]
    return sums


@kernel
def border_flows(indptr, indices, values, row_scale, leaf, parent, depth):
    """Return exit and enter flow of each module: a link counts at every border between its ends.

    The flow of an entry of row i is row_scale[i] * value; empty ``values`` are all 1.
    """
    exits = np.zeros(parent.shape[0])
    enters = np.zeros(parent.shape[0])
    for i in range(leaf.shape[0]):
        for e in range(indptr[i], indptr[i + 1]):
            a, b = leaf[i], leaf[indices[e]]
            flow = row_scale[i] * (1.0 if values.shape[0] == 0 else values[e])
            while a != b:
                if depth[a] >= depth[b]:
                    exits[a] += flow
                    a = parent[a]
                else:
                    enters[b] += flow
                    b = parent[b]
    return exits, enters


@kernel
def flat_border_flows(indptr, indices, values, row_scale, leaf, n_modules, symmetric):
    """Do the same as border_flows for modules without submodules; symmetric flow enters as it leaves."""
    exits = np.zeros(n_modules)
    enters = np.zeros(n_modules)
    for i in range(leaf.shape[0]):
        a, leaving = leaf[i], 0.0
        for e in range(indptr[i], indptr[i + 1]):
            b = leaf[indices[e]]
            flow = 1.0 if values.shape[0] == 0 else values[e]
            flow = flow if a != b else 0.0
            leaving += flow
            if not symmetric:
                enters[b] += row_scale[i] * flow
        exits[a] += row_scale[i] * leaving
    return exits, exits.copy() if symmetric else enters


@kernel
def codebook_lengths(parent, is_leaf, module_flow, exits, enters, words):
    """Return the bits per step of each module's codebook; words[m] = sum of plogp over the codewords of a leaf."""
    n_modules = parent.shape[0]
    used = np.where(is_leaf, module_flow, 0.0)
    named = np.where(is_leaf, words, 0.0)
    for m in range(1, n_modules):
        used[parent[m]] += enters[m]
        named[parent[m]] += plogp(enters[m])
    lengths = np.empty(n_modules)
    for m in range(n_modules):
        lengths[m] = plogp(exits[m] + used[m]) - plogp(exits[m]) - named[m]
    return lengths


@kernel
def plogp_by_module(module, values, n_modules):
    """Return the sum of plogp(values) over the entries of each module, shape (n_modules,)."""
    sums = np.zeros(n_modules)
    for k in range(module.shape[0]):
        sums[module[k]] += plogp(values[k])
    return sums
