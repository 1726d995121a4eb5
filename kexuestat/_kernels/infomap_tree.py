"""Moves inside a whole tree of modules: single nodes between leaf modules, and modules anywhere else in the tree.

Every module M but the root costs plogp(exit + content) - plogp(exit) - plogp(enter), the root plogp(content), where the
content of a leaf module is the sum of its visit rates and that of another one the sum of its submodules' enter flows.
A unit (a node or a module) that joins a module changes exit and enter of it and of all modules above, and each of
these changes the content of the next one; the change of the codelength is the sum along that path to the root.
"""

from typing import NamedTuple

import numpy as np

from kexuestat._kernels._jit import bare_inline_kernel, bare_kernel, kernel
from kexuestat._kernels.infomap_contract import _compact, contract
from kexuestat._kernels.infomap_terms import _term, _unsigned
from kexuestat._kernels.random import shuffle, stream_key

_STAY, _JOIN, _MERGE, _PAIR = 0, 1, 2, 3
_SWEEPS, _ROUNDS = 20, 20


class _Tree(NamedTuple):
    """Modules of a tree, module 0 the root: parent, flows in quanta, number of children, children are modules."""

    parent: np.ndarray
    leave: np.ndarray
    enter: np.ndarray
    content: np.ndarray
    children: np.ndarray
    inner: np.ndarray


@bare_inline_kernel
def _book(leave, enter, content, rule):
    return _term(leave + content, rule) - _term(leave, rule) - _term(enter, rule)


@bare_kernel
def _is_inside(tree, m, u):
    """Tell whether module m is u or below it."""
    while m != u and m != 0:
        m = tree.parent[m]
    return m == u


@bare_kernel
def _add_up(level, leaf, depth, rule, inside, tree):
    """Fill flows and children of the tree from the leaf module of each node.

    A link counts at the lowest module that holds both ends; sums then go from modules to those above them.
    """
    parent, leave, enter, content, children, inner = tree
    unit = level.weights.shape[0] == 0
    for i in range(leaf.shape[0]):
        own = np.int64(leaf[i])
        content[own] += level.nodes[4 * i + 1]
        children[own] += 1
        leave[own] += level.nodes[4 * i]
        enter[own] += level.nodes[4 * i if rule.undirected else 4 * i + 3]
        for e in range(level.indptr[i], level.indptr[i + 1]):
            m, k = own, np.int64(leaf[level.indices[e]])
            while m != k:
                if depth[m] >= depth[k]:
                    m = parent[m]
                else:
                    k = parent[k]
            inside[m] += 1 if unit else level.weights[e]
    for m in range(parent.shape[0] - 1, 0, -1):
        above = parent[m]
        leave[above] += leave[m]
        enter[above] += enter[m]
        inside[above] += inside[m]
    leave[0], enter[0] = 0, 0
    for m in range(1, parent.shape[0]):
        leave[m] -= inside[m] if rule.undirected else inside[m] // 2
        enter[m] -= inside[m] if rule.undirected else inside[m] // 2
    for m in range(1, parent.shape[0]):
        if depth[m] > 0:
            content[parent[m]] += enter[m]
            children[parent[m]] += 1
            inner[parent[m]] = 1


@bare_kernel
def _change(tree, m, weight, leave, enter, x, sign, rule, apply):
    """Return the change of the codelength when a unit joins (sign 1) or leaves (-1) module m; carry it out if asked.

    ``weight`` is its codeword's flow, x[M] its links with M, both ways.
    """
    change = 0.0
    content = sign * weight
    while m != 0:
        old_leave, old_enter, old_content = tree.leave[m], tree.enter[m], tree.content[m]
        new_leave, new_enter = old_leave + sign * (leave - x[m]), old_enter + sign * (enter - x[m])
        new_content = old_content + content
        change += _book(new_leave, new_enter, new_content, rule) - _book(old_leave, old_enter, old_content, rule)
        if apply:
            tree.leave[m], tree.enter[m], tree.content[m] = new_leave, new_enter, new_content
        content = new_enter - old_enter
        m = tree.parent[m]
    change += _term(tree.content[0] + content, rule) - _term(tree.content[0], rule)
    if apply:
        tree.content[0] += content
    return change


@bare_kernel
def _note(tree, m, flow, x, touched, n_touched):
    """Add flow to x of module m and of all above but the root; list modules met first; return how many are listed."""
    while m != 0:
        if x[m] == 0:
            touched[n_touched] = m
            n_touched += 1
        x[m] += flow
        m = tree.parent[m]
    return n_touched


@bare_kernel
def _move_leaves(level, leaf, order, tree, x, touched, active, rule):
    """Move single nodes between leaf modules until none moves; return (number of moves, change of the codelength)."""
    factor = 2 if rule.undirected else 1
    unit = level.weights.shape[0] == 0
    moves, gained = 0, 0.0
    for i in range(leaf.shape[0]):
        active[i] = 1
    for _ in range(_SWEEPS):
        before = moves
        for i in order:
            if active[i] == 0 or level.indptr[i] == level.indptr[i + 1]:
                continue
            active[i] = 0
            n_leaves = 0
            for e in range(level.indptr[i], level.indptr[i + 1]):
                m = np.int64(leaf[level.indices[e]])
                touched[n_leaves] = m
                n_leaves += x[m] == 0
                x[m] += factor * (1 if unit else level.weights[e])
            n_touched = n_leaves
            for k in range(n_leaves):
                n_touched = _note(tree, tree.parent[touched[k]], x[touched[k]], x, touched, n_touched)
            home = np.int64(leaf[i])
            leave, volume = np.int64(level.nodes[4 * i]), np.int64(level.nodes[4 * i + 1])
            enter = leave if rule.undirected else np.int64(level.nodes[4 * i + 3])
            gained += _change(tree, home, volume, leave, enter, x, -1, rule, True)
            best, lowest = home, _change(tree, home, volume, leave, enter, x, 1, rule, False) - rule.tol
            for k in range(n_leaves):
                m = touched[k]
                if m != home:
                    change = _change(tree, m, volume, leave, enter, x, 1, rule, False)
                    if change < lowest:
                        best, lowest = m, change
            gained += _change(tree, best, volume, leave, enter, x, 1, rule, True)
            if best != home:
                moves += 1
                leaf[i] = best
                tree.children[home] -= 1
                tree.children[best] += 1
                for e in range(level.indptr[i], level.indptr[i + 1]):
                    active[level.indices[e]] = 1
            for k in range(n_touched):
                x[touched[k]] = 0
        if moves == before:
            break
    return moves, gained


@bare_kernel
def _pair_change(tree, u, v, x, rule):
    """Return the change when unit u, out of the tree, forms a new module with v in the place of v."""
    leave, enter = tree.leave[u], tree.enter[u]
    new_leave, new_enter = tree.leave[v] + leave - x[v], tree.enter[v] + enter - x[v]
    change = _book(new_leave, new_enter, tree.enter[v] + enter, rule)
    return change + _change(tree, tree.parent[v], new_enter - tree.enter[v], leave, enter, x, 1, rule, False)


@bare_kernel
def _best_place(tree, u, home, x, touched, n_touched, room, rule):
    """Return (what to do, with which module) so that the codelength falls most, for module u, out of the tree."""
    leave, enter, content = tree.leave[u], tree.enter[u], tree.content[u]
    what, where = _STAY, home
    lowest = _change(tree, home, enter, leave, enter, x, 1, rule, False) - rule.tol
    own = _book(leave, enter, content, rule)
    for k in range(n_touched + 1):
        v = touched[k] if k < n_touched else 0
        if v != home and tree.inner[v] == 1:
            change = _change(tree, v, enter, leave, enter, x, 1, rule, False)
            if change < lowest:
                what, where, lowest = _JOIN, v, change
        if v != 0 and tree.inner[v] == tree.inner[u]:
            change = _change(tree, v, content, leave, enter, x, 1, rule, False) - own
            if change < lowest:
                what, where, lowest = _MERGE, v, change
        if v != 0 and room:
            change = _pair_change(tree, u, v, x, rule)
            if change < lowest:
                what, where, lowest = _PAIR, v, change
    return what, where


@bare_kernel
def _settle_module(tree, u, what, where, x, place, spare, rule):
    """Put module u, out of the tree, to its new place; return the change. ``spare`` is a free module number."""
    change = 0.0
    parent, leave, enter, content, children, inner = tree
    if what == _MERGE:
        change -= _book(leave[u], enter[u], content[u], rule)
        change += _change(tree, where, content[u], leave[u], enter[u], x, 1, rule, True)
        children[where] += children[u]
        for m in range(1, parent.shape[0]):
            if children[m] > 0 and parent[m] == u:
                parent[m] = where
        for k in range(place.shape[0]):
            if place[k] == u:
                place[k] = where
        children[u], inner[u], leave[u], enter[u], content[u] = 0, 0, 0, 0, 0
        return change
    if what == _PAIR:
        leave[spare], enter[spare], content[spare] = leave[where], enter[where], enter[where]
        parent[spare], children[spare], inner[spare] = parent[where], 1, 1
        x[spare] = x[where]
        parent[where] = spare
        where = spare
        change += _book(leave[where], enter[where], content[where], rule)
    change += _change(tree, where, enter[u], leave[u], enter[u], x, 1, rule, True)
    parent[u] = where
    children[where] += 1
    return change


@bare_kernel
def _move_modules(level, place, order, tree, x, touched, rule):
    """Move every module once, in the given order, to where the codelength falls most; return (moves, change).

    ``level`` has the leaf modules of the start as nodes, ``place`` the module that holds each of them now.
    """
    factor = 2 if rule.undirected else 1
    parent, children = tree.parent, tree.children
    spare = parent.shape[0] - 1
    moves, gained = 0, 0.0
    for u in order:
        if u == 0 or children[u] == 0 or children[parent[u]] == 1:
            continue
        n_touched = 0
        for k in range(place.shape[0]):
            if _is_inside(tree, place[k], u):
                for e in range(level.indptr[k], level.indptr[k + 1]):
                    other = place[level.indices[e]]
                    if not _is_inside(tree, other, u):
                        flow = factor * np.int64(level.weights[e])
                        n_touched = _note(tree, other, flow, x, touched, n_touched)
        home = parent[u]
        while spare > 0 and children[spare] > 0:
            spare -= 1
        gained += _change(tree, home, tree.enter[u], tree.leave[u], tree.enter[u], x, -1, rule, True)
        children[home] -= 1
        what, where = _best_place(tree, u, home, x, touched, n_touched, spare > 0, rule)
        gained += _settle_module(tree, u, what, where, x, place, spare, rule)
        moves += what != _STAY
        x[spare] = 0
        for k in range(n_touched):
            x[touched[k]] = 0
    return moves, gained


@bare_kernel
def _dissolve(tree, rule):
    """Take out modules of modules that cost more than they save; return (how many, change)."""
    parent, children = tree.parent, tree.children
    count, gained = 0, 0.0
    for m in range(parent.shape[0] - 1, 0, -1):
        if children[m] == 0 or tree.inner[m] == 0:
            continue
        above = parent[m]
        content = tree.content[above] + tree.content[m] - tree.enter[m]
        change = -_book(tree.leave[m], tree.enter[m], tree.content[m], rule)
        change += _term(tree.leave[above] + content, rule) - _term(tree.leave[above] + tree.content[above], rule)
        if change < -rule.tol or children[m] == 1:
            count += 1
            gained += change
            tree.content[above] = content
            children[above] += children[m] - 1
            for k in range(1, parent.shape[0]):
                if parent[k] == m and children[k] > 0:
                    parent[k] = above
            children[m], tree.inner[m] = 0, 0
            tree.leave[m], tree.enter[m], tree.content[m] = 0, 0, 0
    return count, gained


@kernel
def _renumbered(leaf, tree):
    """Return the parents of the modules that are not empty, every parent before its children; ``leaf`` follows."""
    size = tree.parent.shape[0]
    number = np.full(size, -1, np.int64)
    parent = np.zeros(size, np.int64)
    number[0] = 0
    k, before = 1, 0
    while k > before:
        before = k
        for m in range(1, size):
            if number[m] < 0 and tree.children[m] > 0 and number[tree.parent[m]] >= 0:
                number[m] = k
                parent[k] = number[tree.parent[m]]
                k += 1
    for i in range(leaf.shape[0]):
        leaf[i] = number[leaf[i]]
    return parent[:k].copy()


@kernel
def _tree_of(level, leaf, parent, rule):
    """Return the _Tree of the leaf module of each node, with room for new modules."""
    n_modules = parent.shape[0]
    size = 2 * n_modules + 4
    above, depth = np.zeros(size, np.int64), np.zeros(size, np.int64)
    for m in range(1, n_modules):
        above[m] = parent[m]
        depth[m] = depth[parent[m]] + 1
    flows = np.zeros((3, size), np.int64)
    tree = _Tree(above, flows[0], flows[1], flows[2], np.zeros(size, np.int64), np.zeros(size, np.int64))
    _add_up(_unsigned(level), leaf, depth, rule, np.zeros(size, np.int64), tree)
    return tree


@kernel
def tree_moves(level, leaf, parent, rule, seed, trial, most_modules, abort):
    """Return (leaf, parent, change of the codelength) after nodes and modules of a tree moved until none did.

    Module 0 is the root and stands before its children, as every parent does. Modules stay where they are in trees of
    more than ``most_modules``. Modules may fall apart.
    """
    n = leaf.shape[0]
    leaf = leaf.astype(np.uint32)
    active = np.zeros(n, np.uint8)
    gained = 0.0
    for step in range(_ROUNDS):
        tree = _tree_of(level, leaf, parent, rule)
        size = tree.parent.shape[0]
        x, touched = np.zeros(size, np.int64), np.empty(size + 1, np.int64)
        order = np.arange(n).astype(np.int32)
        shuffle(order, stream_key(seed, step, trial))
        moves, change = _move_leaves(_unsigned(level), leaf, order.view(np.uint32), tree, x, touched, active, rule)
        gained += change
        if parent.shape[0] <= most_modules:
            modules = leaf.astype(np.int32)
            k = _compact(modules)
            place = np.empty(k, np.int64)
            for i in range(n):
                place[modules[i]] = leaf[i]
            above = contract(level, modules, k, rule.undirected)
            order = np.arange(size).astype(np.int32)
            shuffle(order, stream_key(seed, step + _ROUNDS, trial))
            for _ in range(_SWEEPS):
                moved, change = _move_modules(above, place, order, tree, x, touched, rule)
                dissolved, saved = _dissolve(tree, rule)
                gained += change + saved
                moves += moved + dissolved
                if moved + dissolved == 0:
                    break
            for i in range(n):
                leaf[i] = place[modules[i]]
        parent = _renumbered(leaf, tree)
        if moves == 0 or abort[0] != 0:
            break
    return leaf.astype(np.int64), parent, gained
