"""The map equation on a FlowNetwork: codelength of a tree of modules, with every extra term, in bits per step.

L is the sum over modules m of the codebooks (``kexuestat._kernels.map_equation``)

    module with submodules c:   plogp(exit_m + sum enter_c) - plogp(exit_m) - sum plogp(enter_c)
    module with codewords i:    plogp(exit_m + p_m) - plogp(exit_m) - sum plogp(p_i)

and of the terms of :class:`kexuestat.graph.network.Objective` (Rosvall and Bergstrom 2008,
doi:10.1073/pnas.0706851105; Rosvall and Bergstrom 2011, doi:10.1371/journal.pone.0018209).
"""

from typing import NamedTuple

import numpy as np

from kexuestat._kernels.map_equation import (
    border_flows,
    codebook_lengths,
    flat_border_flows,
    plogp_by_module,
    sums_by_module,
)
from kexuestat.exceptions import InvalidInputError
from kexuestat.graph.lossy import saved_by_noise
from kexuestat.graph.module_tree import one_module


class ModuleFlows(NamedTuple):
    """Flows of every module of a tree, root included, each of shape (n_modules,)."""

    flow: np.ndarray
    enter: np.ndarray
    exit: np.ndarray


class CodeLength(NamedTuple):
    """A codelength and its parts, in bits per step.

    ``by_module`` holds, for each module of the tree (root first), its codebook with the extra terms that belong to it;
    the term of the preferred number of modules belongs to none.
    """

    total: float
    index: float
    module: float
    meta: float
    by_module: np.ndarray


def module_flows(network, tree):
    """Return the ModuleFlows of a tree; a module that holds all nodes has no border."""
    leaf, parent, depth = tree
    flow = sums_by_module(leaf, parent, network.node_flow)
    if parent.shape[0] == 2:
        return ModuleFlows(flow, np.zeros(2), np.zeros(2))
    indptr, columns, values, row_scale = network.entries
    entries = indptr, columns.view(np.uint32), values, row_scale  # numba tests every index that may be negative
    if depth.max() <= 1:
        exits, enters = flat_border_flows(*entries, leaf, parent.shape[0], network.undirected)
    else:
        places = leaf.view(np.uint64), parent.view(np.uint64)
        exits, enters = border_flows(*entries, *places, depth)
    if network.teleport_flow.shape[0]:
        teleport = sums_by_module(leaf, parent, network.teleport_flow)
        weight = sums_by_module(leaf, parent, network.teleport_weight)
        exits += teleport * np.maximum(1.0 - weight, 0.0)
        enters += np.maximum(teleport[0] - teleport, 0.0) * weight
    whole = sums_by_module(leaf, parent, np.ones(leaf.shape[0])) == leaf.shape[0]
    exits[whole] = 0.0
    enters[whole] = 0.0
    return ModuleFlows(flow, enters, exits)


def grouped(module, key, values):
    """Return the distinct (module, key) pairs as their modules and the sums of values over them."""
    pairs = module * (key.max() + 1) + key
    distinct, inside = np.unique(pairs, return_inverse=True)
    return distinct // (key.max() + 1), np.bincount(inside, weights=values)


def codewords(network, tree):
    """Return module and flow of each codeword: one per node, or per physical node in a module."""
    if network.physical.shape[0]:
        return grouped(tree.leaf, network.physical, network.node_flow)
    return tree.leaf, network.node_flow


def _meta_lengths(objective, tree, n_modules):
    """Return rate * F_m * H(category in m) for each module, 0 for modules without nodes of their own."""
    if objective.meta_rate == 0.0 or not objective.categories.shape[0]:
        return np.zeros(n_modules)
    module, weight = grouped(tree.leaf, objective.categories, objective.meta_weight)
    total = np.bincount(module, weights=weight, minlength=n_modules)
    bits = plogp_by_module(np.arange(n_modules), total, n_modules) - plogp_by_module(module, weight, n_modules)
    return objective.meta_rate * bits


def _codeword_counts(tree, words_of):
    """Return the number of codewords less one of each codebook: the index codebook and a lone module have no exit."""
    counts = tree.n_children + np.bincount(words_of, minlength=tree.parent.shape[0])
    counts[0] -= 1
    if tree.top.shape[0] == 1:
        counts[tree.top] -= 1
    return counts


def codelength(network, tree, objective, flows=None):
    """Return the CodeLength of a ModuleTree on a FlowNetwork under an Objective; ``flows`` are its ModuleFlows."""
    n_modules = tree.parent.shape[0]
    flows = module_flows(network, tree) if flows is None else flows
    words_of, word_flow = codewords(network, tree)
    words = plogp_by_module(words_of, word_flow, n_modules)
    is_leaf = tree.n_children == 0
    lengths = codebook_lengths(tree.parent, is_leaf, flows.flow, flows.exit, flows.enter, words)
    if objective.bits_per_codeword:
        lengths += objective.bits_per_codeword * _codeword_counts(tree, words_of)
    if objective.lossy_lambda >= 0:
        if tree.depth.max() > 1:
            raise InvalidInputError("lossy=True needs a partition with two levels, got a deeper one.")
        lengths -= saved_by_noise(network, objective, tree.leaf, n_modules)
    meta = _meta_lengths(objective, tree, n_modules)
    preference = 0.0
    if objective.preferred_modules:
        preference = float(abs(tree.top.shape[0] - objective.preferred_modules))
    by_module = lengths + meta
    module = float(by_module[1:].sum()) + preference
    return CodeLength(float(by_module[0]) + module, float(by_module[0]), module, float(meta.sum()), by_module)


def one_level_codelength(network, objective):
    """Return the codelength of the partition into one module, under the same objective."""
    return codelength(network, one_module(network.node_flow.shape[0]), objective).total
