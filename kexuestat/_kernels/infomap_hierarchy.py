"""From two levels to many: modules of modules above, modules within modules below.

The codebook of a module M names its submodules c by their enter flow, beside its own exit word:

    plogp(exit_M + sum enter_c) - plogp(exit_M) - sum plogp(enter_c).

So groups of modules are sought like modules of nodes, with enter flow in the place of the visit rate, and modules
within M like modules of a whole graph, with exit_M added to the sum of enter flows (``_Rule.offset``). A division is
kept only where it is shorter than the plain list of what it divides.
"""

import numpy as np

from kexuestat._kernels._jit import bare_kernel, kernel
from kexuestat._kernels.infomap_contract import _compact, _members, contract
from kexuestat._kernels.infomap_terms import _Level, _Rule, _term
from kexuestat._kernels.infomap_trial import two_level_trial

_STREAM = 1 << 20


@bare_kernel
def _copy_rows(level, members, local, rows):
    """Fill the rows of the members with links among them; ``local`` numbers them; return the number of entries."""
    indptr, indices, weights, nodes = rows
    unit = level.weights.shape[0] == 0
    end = np.int64(0)
    for k in range(members.shape[0]):
        i = members[k]
        for c in range(4):
            nodes[4 * k + c] = level.nodes[4 * i + c]
        for e in range(level.indptr[i], level.indptr[i + 1]):
            j = local[level.indices[e]]
            if j >= 0:
                indices[end] = j
                weights[end] = 1 if unit else level.weights[e]
                end += 1
        indptr[k + 1] = end
    return end


@kernel
def _inner_level(level, members, local):
    """Return the _Level of the members alone; what leaves them stays in their exit and enter flow."""
    most = np.int64(0)
    for k in range(members.shape[0]):
        local[members[k]] = k
        most += level.indptr[members[k] + 1] - level.indptr[members[k]]
    indptr = np.zeros(members.shape[0] + 1, level.indptr.dtype)
    indices, weights = np.empty(most, np.int32), np.empty(most, level.nodes.dtype)
    nodes = np.empty(4 * members.shape[0], level.nodes.dtype)
    end = _copy_rows(level, members, local, _Level(indptr, indices, weights, nodes))
    for k in range(members.shape[0]):
        local[members[k]] = -1
    return _Level(indptr, indices[:end].copy(), weights[:end].copy(), nodes)


@kernel
def _border(level, inner, rule):
    """Return (exit flow, enter flow) in quanta of all nodes of ``inner`` as one module, and their volume."""
    leave, volume, enter, inside = np.int64(0), np.int64(0), np.int64(0), np.int64(0)
    for i in range(inner.indptr.shape[0] - 1):
        leave += inner.nodes[4 * i]
        volume += inner.nodes[4 * i + 1]
        enter += inner.nodes[4 * i + 3]
    for e in range(inner.weights.shape[0]):
        inside += inner.weights[e]
    if rule.undirected:
        return leave - inside, leave - inside, volume
    return leave - inside // 2, enter - inside // 2, volume


@bare_kernel
def _node_cost(nodes, rule):
    """Return -sum plogp(p_i) of the nodes."""
    cost = 0.0
    for i in range(nodes.shape[0] // 4):
        cost -= _term(np.int64(nodes[4 * i + 1]), rule)
    return cost


@kernel
def _groups_of_modules(inner, labels, n_modules, rule, seed, trial, min_gain, abort):
    """Return labels of groups of modules, or of the modules themselves where no grouping saves anything, and how many.

    Groups of groups are tried as long as they save; the topmost is returned.
    """
    tops = np.arange(n_modules).astype(np.int32)
    history = np.zeros(100)
    level = contract(inner, labels, n_modules, rule.undirected)
    k = n_modules
    while k > 2 and abort[0] == 0:
        total = np.int64(rule.offset)
        for m in range(k):
            enter = level.nodes[4 * m] if rule.undirected else level.nodes[4 * m + 3]
            level.nodes[4 * m + 1] = max(enter, 1 if level.indptr[m + 1] > level.indptr[m] else 0)
            total += enter
        groups = np.arange(k).astype(np.int32)
        cost = _node_cost(level.nodes, rule)
        length, _, _ = two_level_trial(level, groups, rule, seed, trial, cost, 100, min_gain, abort, history)
        n_groups = _compact(groups)
        if n_groups <= 1 or n_groups == k or length - cost >= _term(total, rule) - rule.tol:
            break
        for m in range(n_modules):
            tops[m] = groups[tops[m]]
        level = contract(level, groups, n_groups, rule.undirected)
        k = n_groups
    return tops, k


@kernel
def _divide(inner, start, rule, volume, seed, trial, min_gain, abort):
    """Return (labels, modules) of the best division of a module; 1 module where none is shorter than the plain list.

    The search starts from single nodes and, where ``start`` has modules, from these as well.
    """
    n = inner.indptr.shape[0] - 1
    history = np.zeros(100)
    cost = _node_cost(inner.nodes, rule)
    best = _term(volume + rule.offset, rule) + cost - rule.tol
    best_labels = np.zeros(n, np.int32)
    for attempt in range(2):
        labels = np.arange(n).astype(np.int32)
        if attempt == 1:
            if start.shape[0] == 0:
                break
            labels[:] = start
            _compact(labels)
        length, _, _ = two_level_trial(inner, labels, rule, seed, trial, cost, 100, min_gain, abort, history)
        if length < best:
            best = length
            best_labels = labels
    return best_labels, _compact(best_labels)


@kernel
def hierarchy_below(level, labels, rule, seed, trial, grouped_first, min_gain, abort):
    """Return (leaf, parent): the module tree grown from a two-level partition, upwards and downwards.

    leaf[i] is the module of node i, parent[m] < m, module 0 is the root (its own parent). Without ``grouped_first``
    the modules in labels are the top modules, and only what lies below is sought.
    """
    n = labels.shape[0]
    _, members = _members(np.zeros(n, np.int32), 1)
    fine = labels.copy()
    parent = np.zeros(2 * n + 2, np.int64)
    first, last = np.zeros(2 * n + 2, np.int64), np.zeros(2 * n + 2, np.int64)
    started = np.zeros(2 * n + 2, np.uint8)
    leaf = np.zeros(n, np.int64)
    local = np.full(n, -1, np.int32)
    last[0] = n
    started[0] = 1
    n_tree = 1
    at = 0
    while at < n_tree:
        nodes_here = members[first[at] : last[at]].copy()
        size = nodes_here.shape[0]
        k = 1
        if size > 2 and abort[0] == 0:
            inner = level if at == 0 else _inner_level(level, nodes_here, local)
            leave, _, volume = (np.int64(0), np.int64(0), np.int64(0)) if at == 0 else _border(level, inner, rule)
            here = _Rule(rule.table, rule.scale, rule.undirected, rule.tol, leave, rule.up, rule.down)
            if at == 0:
                modules, k = fine.copy(), _compact(fine)
                modules = fine.copy()
            else:
                start = fine[nodes_here] if started[at] else np.empty(0, np.int32)
                modules, k = _divide(inner, start, here, volume, seed, trial + at * _STREAM, min_gain, abort)
        if k == 1 and at > 0:
            for i in nodes_here:
                leaf[i] = at
        else:
            if at == 0 and (size <= 2 or not grouped_first):
                modules, k = fine.copy(), _compact(fine)
                tops, n_tops = np.arange(k).astype(np.int32), k
            else:
                tops, n_tops = _groups_of_modules(inner, modules, k, here, seed, trial + at * _STREAM, min_gain, abort)
            for m in range(size):
                fine[nodes_here[m]] = modules[m]
            grouped = np.empty(size, np.int32)
            for m in range(size):
                grouped[m] = tops[modules[m]]
            cuts, inside = _members(grouped, n_tops)
            for m in range(size):
                members[first[at] + m] = nodes_here[inside[m]]
            for t in range(n_tops):
                parent[n_tree] = at
                first[n_tree] = first[at] + cuts[t]
                last[n_tree] = first[at] + cuts[t + 1]
                started[n_tree] = n_tops < k
                n_tree += 1
        at += 1
    return leaf, parent[:n_tree].copy()
