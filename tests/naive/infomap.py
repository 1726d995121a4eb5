"""Slow references of the search: the codelength of a partition, all connected partitions of a small graph.

Graphs are dense matrices of flow without loops; for undirected flow both directions hold half of the link's flow.
Formulas: Rosvall and Bergstrom 2008, doi:10.1073/pnas.0706851105.
"""

import math

import numpy as np


def plogp(x):
    return x * math.log2(x) if x > 0 else 0.0


def plogp_table(size, scale):
    return np.array([plogp(q * scale) for q in range(size)])


def module_sums(flow, node_flow, labels, n_modules):
    """Exit flow, visit rate and enter flow of each module."""
    sums = np.zeros((n_modules, 3))
    for i, a in enumerate(labels):
        sums[a, 1] += node_flow[i]
        for j, b in enumerate(labels):
            if a != b:
                sums[a, 0] += flow[i, j]
                sums[b, 2] += flow[i, j]
    return sums


def codelength(flow, node_flow, labels):
    """Two-level map equation in bits per step."""
    labels = np.unique(labels, return_inverse=True)[1]
    length = 0.0
    total = 0.0
    for leave, volume, enter in module_sums(flow, node_flow, labels, labels.max() + 1):
        total += enter
        length += plogp(leave + volume) - plogp(leave) - plogp(enter)
    return length + plogp(total) - sum(plogp(p) for p in node_flow)


def is_connected(flow, nodes):
    """Whether the nodes hang together through links between them, in either direction."""
    nodes = list(nodes)
    seen, stack = {nodes[0]}, [nodes[0]]
    while stack:
        i = stack.pop()
        for j in nodes:
            if j not in seen and flow[i, j] + flow[j, i] > 0:
                seen.add(j)
                stack.append(j)
    return len(seen) == len(nodes)


def modules_are_connected(flow, labels):
    return all(is_connected(flow, np.flatnonzero(labels == m)) for m in np.unique(labels))


def partitions(n):
    """All partitions of n things, as label lists."""
    if n == 0:
        yield []
        return
    for labels in partitions(n - 1):
        for m in range(max(labels, default=-1) + 2):
            yield [*labels, m]


def shortest(flow, node_flow):
    """The smallest codelength over all partitions into connected modules, and of the single module of linked nodes."""
    n = len(node_flow)
    linked = (flow + flow.T).sum(axis=0) > 0
    one = np.where(linked, n, np.arange(n))
    best = codelength(flow, node_flow, one)
    for labels in partitions(n):
        labels = np.array(labels)
        if modules_are_connected(flow, labels):
            best = min(best, codelength(flow, node_flow, labels))
    return best


def best_move(flow, node_flow, labels):
    """The largest gain in bits of a single-node move to a linked or empty module that leaves its module connected."""
    before = codelength(flow, node_flow, labels)
    gain = 0.0
    for i in range(len(labels)):
        rest = np.flatnonzero((labels == labels[i]) & (np.arange(len(labels)) != i))
        if len(rest) and not is_connected(flow, rest):
            continue
        linked = {labels[j] for j in range(len(labels)) if flow[i, j] + flow[j, i] > 0}
        for m in linked | {max(labels) + 1}:
            moved = np.array(labels)
            moved[i] = m
            gain = max(gain, before - codelength(flow, node_flow, moved))
    return gain


def best_merge(flow, node_flow, labels):
    """The largest gain in bits of a merge of two linked modules."""
    before = codelength(flow, node_flow, labels)
    gain = 0.0
    for a in np.unique(labels):
        for b in np.unique(labels):
            if a < b and (flow + flow.T)[np.ix_(labels == a, labels == b)].sum() > 0:
                gain = max(gain, before - codelength(flow, node_flow, np.where(labels == b, a, labels)))
    return gain


def contracted(weights, labels, n_modules):
    """Dense sums of links between modules, without those inside."""
    result = np.zeros((n_modules, n_modules))
    for i, a in enumerate(labels):
        for j, b in enumerate(labels):
            if a != b:
                result[a, b] += weights[i, j]
    return result


def both_directions(weights):
    """Dense f_ij + f_ji without loops, with the out- and in-sums of each node."""
    bare = weights - np.diag(np.diag(weights))
    return bare + bare.T, bare.sum(axis=1), bare.sum(axis=0)


def is_symmetric(weights):
    return bool((weights == weights.T).all() and not np.diag(weights).any())


def quanta(flow, factor):
    return np.array([max(1, round(f * factor * 2.0**52)) for f in flow], dtype=np.int64)


def tree_codelength(flow, node_flow, paths):
    """Map equation of a tree, one tuple of module names per node from the top down."""
    n = len(paths)

    def crossing(module):
        inside = np.array([path[: len(module)] == module for path in paths])
        return flow[np.ix_(inside, ~inside)].sum(), flow[np.ix_(~inside, inside)].sum()

    length = 0.0
    for module in {path[:k] for path in paths for k in range(max(map(len, paths)) + 1) if k <= len(path)}:
        leave = crossing(module)[0] if module else 0.0
        words = [node_flow[i] for i in range(n) if paths[i] == module]
        words += [
            crossing(child)[1]
            for child in {p[: len(module) + 1] for p in paths if p[: len(module)] == module and len(p) > len(module)}
        ]
        length += plogp(leave + sum(words)) - plogp(leave) - sum(plogp(word) for word in words)
    return length
