"""Hierarchies by the general search: modules of modules, and modules inside modules, wherever they save bits.

A module may hold either codewords or submodules. Inside a module the same search runs on its nodes alone, with the
module's exit as a codeword of the index codebook (``root_exit``); above, modules take the place of nodes with their
enter flow as codewords. What is kept at each place is the shorter of both.
"""

from typing import NamedTuple

import numpy as np

from kexuestat._kernels.general_moves import general_codelength, module_rows
from kexuestat.graph.general_level import contracted, cut_down, of_modules, plogp
from kexuestat.graph.general_search import dense
from kexuestat.graph.module_tree import tree_of_paths

_LEAST_GAIN = 1e-10


class Branch(NamedTuple):
    """A module: bits of everything inside it, and its submodules as (members, Branch), none in a leaf."""

    bits: float
    groups: tuple = ()


def hierarchy(moves, level, labels, fixed, rule):
    """Return the ModuleTree of the shortest hierarchy found from the two-level labels of a level."""
    found = _divide(moves, level, fixed, rule, labels)
    groups = found.groups or ((np.arange(level.n_nodes), Branch(0.0)),)
    paths = [()] * level.n_nodes
    _write_paths(groups, (), np.arange(level.n_nodes), paths)
    return tree_of_paths(paths)


def _write_paths(groups, prefix, rows, paths):
    for k, (members, branch) in enumerate(groups):
        inside = rows[members]
        if branch.groups:
            _write_paths(branch.groups, (*prefix, k), inside, paths)
        else:
            for row in inside.tolist():
                paths[row] = (*prefix, k)


def _borders(modules, rule):
    """Return effective exit and enter flow of module rows."""
    exits = modules[:, 0] + modules[:, 5] * (1.0 - modules[:, 6])
    enters = modules[:, 1] + (rule.teleport - modules[:, 5]) * modules[:, 6]
    return np.maximum(exits, 0.0), np.maximum(enters, 0.0)


def _index_bits(enters, rule):
    """Return the bits of a codebook over modules with these enter flows, with the module's own exit."""
    bits = plogp(rule.root_exit + enters.sum()) - plogp(rule.root_exit) - plogp(enters).sum()
    k = enters.shape[0]
    bits += rule.bits_per_codeword * (k - 1 if rule.top else k)
    return float(bits) + (abs(k - rule.preferred) if rule.preferred else 0.0)


def _leaf_bits(level, rule):
    """Return the bits of all nodes of a level in one leaf module."""
    enters = _borders(module_rows(level, np.zeros(level.n_nodes, dtype=np.int64))[0][:1], rule)[1]
    all_in_one = general_codelength(level, np.zeros(level.n_nodes, dtype=np.int64), rule._replace(preferred=0))
    # general_codelength counts the module's own entry in an index codebook: take it out again
    index = plogp(rule.root_exit + enters.sum()) - plogp(enters).sum() + rule.bits_per_codeword * (not rule.top)
    return float(all_in_one - index) + (abs(1 - rule.preferred) if rule.top and rule.preferred else 0.0)


def _divide(moves, level, fixed, rule, labels=None):
    """Return the shortest Branch found for the nodes of a level: a leaf, or a codebook over submodules."""
    leaf = Branch(_leaf_bits(level, rule))
    if level.n_nodes < 2:
        return leaf
    if labels is None:
        labels = moves.two_level(level, np.arange(level.n_nodes), fixed, rule)
    k = int(labels.max()) + 1
    if k == 1:
        return leaf
    exits, enters = _borders(module_rows(level, labels)[0][:k], rule)
    children = [_child(moves, level, fixed, rule, np.flatnonzero(labels == m), exits[m]) for m in range(k)]
    found = Branch(_index_bits(enters, rule) + sum(child.bits for _, child in children), tuple(children))
    found = _grouped(moves, level, fixed, rule, labels, enters, found)
    must_split = fixed.sum() > 1
    return found if must_split or found.bits < leaf.bits - _LEAST_GAIN else leaf


def _child(moves, level, fixed, rule, members, root_exit):
    inner = rule._replace(root_exit=float(root_exit), top=False, preferred=0)
    if len(members) == level.n_nodes:
        return members, Branch(_leaf_bits(level, inner))
    return members, _divide(moves, cut_down(level, members), fixed[members], inner)


def _grouped(moves, level, fixed, rule, labels, enters, found):
    """Return found with modules of its modules between, as many levels as save bits."""
    while len(found.groups) > 2:
        k = len(found.groups)
        above = of_modules(contracted(level, labels, module_rows), enters)
        above_fixed = np.bincount(labels, weights=fixed, minlength=k).astype(np.int64)
        parts = _modules_of_modules(moves, above, above_fixed, rule)
        n_parts = int(parts.max()) + 1
        if n_parts in (1, k):
            break
        exits, part_enters = _borders(module_rows(above, parts)[0][:n_parts], rule)
        groups = [
            _group(moves, level, fixed, rule, np.flatnonzero(parts == s), exits[s], enters, found.groups)
            for s in range(n_parts)
        ]
        bits = _index_bits(part_enters, rule) + sum(branch.bits for _, branch in groups)
        if bits >= found.bits - _LEAST_GAIN:
            break
        found, labels, enters = Branch(bits, tuple(groups)), parts[labels], part_enters
    return found


def _modules_of_modules(moves, above, fixed, rule):
    """Return labels of modules: grouped all at once, or one by one, whichever is shorter."""
    collapse = rule._replace(collapse=True)
    single = np.arange(above.n_nodes)
    starts = (single, moves.two_level(above, single.copy(), fixed, rule))
    found = [moves.two_level(above, start, fixed, collapse) for start in starts]
    best = min(found, key=lambda labels: general_codelength(above, labels, collapse))
    return dense(_dissolved(above, best, collapse))


def _dissolved(above, labels, rule):
    """Return labels in which modules that cost more than their parts apart are dissolved."""
    bits = general_codelength(above, labels, rule)
    for m in range(int(labels.max()) + 1):
        inside = np.flatnonzero(labels == m)
        if len(inside) > 1:
            apart = labels.copy()
            apart[inside] = labels.max() + np.arange(len(inside))
            apart[inside[0]] = m
            fewer = dense(apart)
            found = general_codelength(above, fewer, rule)
            if found < bits - _LEAST_GAIN:
                labels, bits = apart, found
    return labels


def _group(moves, level, fixed, rule, chosen, root_exit, enters, groups):
    """Return the members and the Branch of a module of the chosen modules, or of their nodes divided anew."""
    if len(chosen) == 1:
        return groups[chosen[0]]
    members = np.sort(np.concatenate([groups[c][0] for c in chosen]))
    inner = rule._replace(root_exit=float(root_exit), top=False, preferred=0)
    place = np.empty(level.n_nodes, dtype=np.int64)
    place[members] = np.arange(len(members))
    inside = tuple((place[groups[c][0]], groups[c][1]) for c in chosen)
    bits = _index_bits(enters[chosen], inner) + sum(branch.bits for _, branch in inside)
    kept = Branch(bits, inside)
    anew = _divide(moves, cut_down(level, members), fixed[members], inner)
    return members, anew if anew.bits < kept.bits - _LEAST_GAIN else kept
