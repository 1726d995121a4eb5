"""Moves of nodes between modules under every term of the codelength.

A node, and a module, is a row of eight sums: flow out, flow in (links to itself left out), mass of its codewords, sum
of plogp over them, their number, teleport flow, teleport weight, entropy of the next step. With x = flow between node
and module, both ways,

    exit' = exit + out - x        enter' = enter + in - x        every other sum adds up,

but states of a physical node share a codeword: for a shared word the sum of plogp changes by
plogp(w + f) - plogp(w) - plogp(f) more, and the number by -1. The codelength of modules m is

    plogp(root exit + sum E_m) + sum_m [plogp(X_m + mass) - plogp(X_m) - words - plogp(E_m) + bits * number + metadata]
    + bits * modules + |modules - wanted|,     X = exit + t (1 - v),  E = enter + (T - t) v,

and, where the code may be lossy, each module with max(0, plogp(mass) - words - lambda entropy) less.
"""

import numpy as np

from kexuestat._kernels._jit import inline_kernel, kernel
from kexuestat._kernels.entropy import plogp

_OUT, _IN, _MASS, _WORDS, _COUNT, _T, _V, _NEXT = range(8)
_SUMS = 8


@inline_kernel
def _entering(row, rule):
    return row[_IN] + (rule.teleport - row[_T]) * row[_V]


@inline_kernel
def _own_bits(row, rule):
    """Return the part of the codelength that belongs to a module, its entry in the index codebook included.

    With ``rule.collapse`` (modules of modules) a module with a single codeword is that module itself.
    """
    if rule.collapse and row[_COUNT] < 1.5:
        return -plogp(_entering(row, rule))
    leaving = row[_OUT] + row[_T] * (1.0 - row[_V])
    bits = plogp(leaving + row[_MASS]) - plogp(leaving) - row[_WORDS] - plogp(_entering(row, rule))
    if rule.lossy >= 0.0:
        bits -= max(0.0, plogp(row[_MASS]) - row[_WORDS] - rule.lossy * row[_NEXT])
    return bits + rule.bits_per_codeword * row[_COUNT]


@inline_kernel
def _meta_bits(weights, rule):
    """Return rate * F * H(category) of the weights of a module's categories."""
    total = 0.0
    bits = 0.0
    for c in range(weights.shape[0]):
        total += weights[c]
        bits -= plogp(weights[c])
    return rule.meta_rate * (bits + plogp(total))


@inline_kernel
def _shared_bits(entering, n_modules, rule):
    """Return the part of the codelength that all modules share."""
    bits = plogp(rule.root_exit + entering) + rule.bits_per_codeword * n_modules
    if n_modules == 1 and rule.top:
        bits -= rule.bits_per_codeword
    if rule.preferred > 0:
        bits += abs(n_modules - rule.preferred)
    return bits


@kernel
def _put(modules, categories, m, level, a, sign, x, words, count):
    """Add (sign 1) or remove (-1) node a to module m; x as above, words and count what sharing changes."""
    row, node = modules[m], level.nodes[a]
    for k in range(_SUMS):
        row[k] += sign * node[k]
    row[_OUT] -= sign * x
    row[_IN] -= sign * x
    row[_WORDS] += sign * words
    row[_COUNT] += sign * count
    for c in range(categories.shape[1]):
        categories[m, c] += sign * level.categories[a, c]


@kernel
def _gather(level, a, labels, x, seen, touched):
    """Collect the flow x between node a and modules; return how many modules were touched."""
    n_touched = 0
    for e in range(level.indptr[a], level.indptr[a + 1]):
        m = labels[level.indices[e]]
        if not seen[m]:
            seen[m] = True
            touched[n_touched] = m
            n_touched += 1
        x[m] += level.x[e]
    return n_touched


@kernel
def _gather_words(level, a, labels, words, count, seen, touched, n_touched, sums, holders):
    """Continue _gather with the physical nodes of a; sums and holders (modules) are scratch."""
    for k in range(level.word_ptr[a], level.word_ptr[a + 1]):
        word, flow = level.word_id[k], level.word_flow[k]
        n_holders = 0
        for h in range(level.holder_ptr[word], level.holder_ptr[word + 1]):
            b = level.holder[h]
            if b != a:
                m = labels[b]
                if sums[m] < 0.0:
                    sums[m] = 0.0
                    holders[n_holders] = m
                    n_holders += 1
                sums[m] += level.holder_flow[h]
        for h in range(n_holders):
            m = holders[h]
            if not seen[m]:
                seen[m] = True
                touched[n_touched] = m
                n_touched += 1
            words[m] += plogp(sums[m] + flow) - plogp(sums[m]) - plogp(flow)
            count[m] -= 1.0
            sums[m] = -1.0
    return n_touched


@kernel
def module_rows(level, labels):
    """Return the eight sums, the category weights and the number of nodes of each module 0 … n - 1."""
    n = labels.shape[0]
    modules = np.zeros((n, _SUMS))
    categories = np.zeros((n, level.categories.shape[1]))
    sizes = np.zeros(n, np.int64)
    for a in range(n):
        m = labels[a]
        sizes[m] += 1
        for k in range(_SUMS):
            modules[m, k] += level.nodes[a, k]
        for c in range(categories.shape[1]):
            categories[m, c] += level.categories[a, c]
        for e in range(level.indptr[a], level.indptr[a + 1]):
            if labels[level.indices[e]] == m:
                modules[m, _OUT] -= 0.5 * level.x[e]
                modules[m, _IN] -= 0.5 * level.x[e]
    _share_words(level, labels, modules)
    return modules, categories, sizes


@kernel
def _share_words(level, labels, modules):
    """Correct words and count of modules for codewords that several of their nodes share."""
    sums = np.full(labels.shape[0], -1.0)
    for word in range(level.holder_ptr.shape[0] - 1):
        first, last = level.holder_ptr[word], level.holder_ptr[word + 1]
        for h in range(first, last):
            m = labels[level.holder[h]]
            flow = level.holder_flow[h]
            if sums[m] >= 0.0:
                modules[m, _WORDS] += plogp(sums[m] + flow) - plogp(sums[m]) - plogp(flow)
                modules[m, _COUNT] -= 1.0
                sums[m] += flow
            else:
                sums[m] = flow
        for h in range(first, last):
            sums[labels[level.holder[h]]] = -1.0


@kernel
def general_codelength(level, labels, rule):
    """Return the codelength of the modules in labels (0 … n - 1), up to a constant of the level."""
    modules, categories, sizes = module_rows(level, labels)
    entering = 0.0
    bits = 0.0
    n_modules = 0
    for m in range(labels.shape[0]):
        if sizes[m] > 0:
            n_modules += 1
            entering += _entering(modules[m], rule)
            bits += _own_bits(modules[m], rule) + _meta_bits(categories[m], rule)
    return bits + _shared_bits(entering, n_modules, rule)


@kernel
def _best_module(level, a, home, state, scratch, rule, candidates, n_candidates, fixed):
    """Return the module where node a, taken out of all, costs least, that cost, and the cost at home."""
    modules, categories, sizes, n_fixed, shared = state
    x, words, count, trial, weights = scratch
    best, best_bits, home_bits = home, np.inf, np.inf
    for k in range(n_candidates):
        m = candidates[k]
        if fixed[a] and n_fixed[m] > 0:
            continue
        for c in range(weights.shape[0]):
            weights[c] = categories[m, c] + level.categories[a, c]
        for c in range(_SUMS):
            trial[c] = modules[m, c] + level.nodes[a, c]
        trial[_OUT] -= x[m]
        trial[_IN] -= x[m]
        trial[_WORDS] += words[m]
        trial[_COUNT] += count[m]
        bits = _own_bits(trial, rule) + _meta_bits(weights, rule)
        entering = shared[0] + _entering(trial, rule)
        n_modules = shared[1] + 1
        if sizes[m] > 0:
            bits -= _own_bits(modules[m], rule) + _meta_bits(categories[m], rule)
            entering -= _entering(modules[m], rule)
            n_modules -= 1
        bits += _shared_bits(entering, n_modules, rule)
        if m == home:
            home_bits = bits
        if bits < best_bits:
            best, best_bits = m, bits
    return best, best_bits, home_bits


@kernel
def _leave(level, a, home, state, scratch, rule):
    """Take node a out of its module."""
    modules, categories, sizes, _, shared = state
    x, words, count, _, _ = scratch
    shared[0] -= _entering(modules[home], rule)
    _put(modules, categories, home, level, a, -1.0, x[home], words[home], count[home])
    sizes[home] -= 1
    if sizes[home] == 0:
        modules[home] = 0.0
        categories[home] = 0.0
        shared[1] -= 1
    else:
        shared[0] += _entering(modules[home], rule)


@kernel
def _enter(level, a, m, state, scratch, rule):
    """Put node a into module m."""
    modules, categories, sizes, _, shared = state
    x, words, count, _, _ = scratch
    if sizes[m] > 0:
        shared[0] -= _entering(modules[m], rule)
    else:
        shared[1] += 1
    _put(modules, categories, m, level, a, 1.0, x[m], words[m], count[m])
    sizes[m] += 1
    shared[0] += _entering(modules[m], rule)


@kernel
def _candidates(a, home, sizes, empty, everywhere, within, classes, seen, touched, n_touched):
    """Add home, all modules if everywhere, and one empty module; return numbers of touched and allowed modules."""
    if not seen[home]:
        seen[home] = True
        touched[n_touched] = home
        n_touched += 1
    if everywhere:
        for m in range(sizes.shape[0]):
            if sizes[m] > 0 and not seen[m]:
                seen[m] = True
                touched[n_touched] = m
                n_touched += 1
    if sizes[home] > 0:
        touched[n_touched] = empty
        n_touched += 1
    n_allowed = 0
    for k in range(n_touched):
        m = touched[k]
        if within.shape[0] == 0 or sizes[m] == 0 or classes[m] == within[a]:
            touched[k] = touched[n_allowed]
            touched[n_allowed] = m
            n_allowed += 1
    return n_touched, n_allowed


@kernel
def _visit(level, a, labels, state, scratch, collected, rule, within, fixed, everywhere, empty):
    """Move node a to the best module; return whether it moved, and a slot of an empty module."""
    sizes, n_fixed = state[2], state[3]
    x, words, count = scratch[:3]
    seen, touched, sums, holders, classes = collected
    home = labels[a]
    n_touched = _gather(level, a, labels, x, seen, touched)
    n_touched = _gather_words(level, a, labels, words, count, seen, touched, n_touched, sums, holders)
    _leave(level, a, home, state, scratch, rule)
    n_fixed[home] -= fixed[a]
    if sizes[home] > 0:
        while sizes[empty] > 0:
            empty = (empty + 1) % sizes.shape[0]
    n_touched, n_allowed = _candidates(a, home, sizes, empty, everywhere, within, classes, seen, touched, n_touched)
    best, bits, home_bits = _best_module(level, a, home, state, scratch, rule, touched, n_allowed, fixed)
    target = best if bits < home_bits - rule.tol else home
    _enter(level, a, target, state, scratch, rule)
    n_fixed[target] += fixed[a]
    labels[a] = target
    if within.shape[0] > 0:
        classes[target] = within[a]
    for k in range(n_touched):
        m = touched[k]
        seen[m] = False
        x[m] = 0.0
        words[m] = 0.0
        count[m] = 0.0
    return target != home, empty


@kernel
def general_moves(level, labels, order, within, fixed, everywhere, rule, max_sweeps):
    """Move nodes, in the given order, to where the codelength falls most, until a whole sweep moves none.

    ``labels`` (0 … n - 1) change in place. With ``within`` (n or 0 entries) a node stays inside its class; a module
    holds at most one ``fixed`` node; with ``everywhere`` every module is a candidate, linked or not. Returns moves.
    """
    n = labels.shape[0]
    modules, categories, sizes = module_rows(level, labels)
    n_fixed, classes, shared = np.zeros(n, np.int64), np.zeros(n, np.int64), np.zeros(2)
    for a in range(n):
        n_fixed[labels[a]] += fixed[a]
        classes[labels[a]] = within[a] if within.shape[0] > 0 else 0
    for m in range(n):
        if sizes[m] > 0:
            shared[0] += _entering(modules[m], rule)
            shared[1] += 1
    scratch = (np.zeros(n), np.zeros(n), np.zeros(n), np.zeros(_SUMS), np.zeros(categories.shape[1]))
    state = (modules, categories, sizes, n_fixed, shared)
    collected = (
        np.zeros(n, np.bool_),
        np.empty(n + 1, np.int64),
        np.full(n, -1.0),
        np.empty(n, np.int64),
        classes,
    )
    active = np.ones(n, np.bool_)
    empty, n_moves, full = 0, 0, True
    for _ in range(max_sweeps):
        before = n_moves
        for k in range(n):
            a = order[k]
            if active[a]:
                active[a] = False
                moved, empty = _visit(
                    level, a, labels, state, scratch, collected, rule, within, fixed, everywhere, empty
                )
                if moved:
                    n_moves += 1
                    for e in range(level.indptr[a], level.indptr[a + 1]):
                        active[level.indices[e]] = True
        if n_moves > before:
            full = False
        elif full:
            break
        else:
            full = True
            active[:] = True
    return n_moves
