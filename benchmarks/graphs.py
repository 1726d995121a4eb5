"""Generated graphs for benchmarks, from a seed alone: planted groups, nested groups, directed groups.

Every function returns (source, target, n_nodes, groups), links in random order, no loops; equal links may occur.
"""

import numpy as np

_BLOCK = 1 << 22


def _power_law(rng, size, low, high, exponent):
    """Draw from p(x) ~ x**-exponent between low and high."""
    a = 1.0 - exponent
    return (low**a + rng.random(size) * (high**a - low**a)) ** (1.0 / a)


def _group_sizes(rng, n_nodes, smallest, largest):
    sizes = _power_law(rng, 2 * n_nodes // smallest + 1, smallest, largest, 1.5).astype(np.int64)
    sizes = sizes[: np.searchsorted(np.cumsum(sizes), n_nodes)]
    return np.append(sizes, n_nodes - sizes.sum())


def _ends(rng, begin, end, edges):
    """Draw nodes with chance proportional to their weight, from the interval [begin, end) of cumulative weight."""
    u = begin + rng.random(begin.shape[0]) * (end - begin)
    return np.minimum(np.searchsorted(edges, u, side="right") - 1, edges.shape[0] - 2)


def _planted_block(rng, n_links, cumulative, group, bounds, mixing):
    everything = np.zeros(n_links), np.full(n_links, cumulative[-1])
    source = _ends(rng, *everything, cumulative)
    inside = rng.random(n_links) >= mixing
    begin = np.where(inside, bounds[group[source]], 0.0)
    end = np.where(inside, bounds[group[source] + 1], cumulative[-1])
    return source, _ends(rng, begin, end, cumulative)


def planted(n_nodes, n_links, *, mixing=0.35, smallest=50, largest=1000, heavy=30.0, seed=1):
    """Planted groups with power-law degrees and group sizes: a share ``mixing`` of the links ignores the groups."""
    rng = np.random.default_rng(seed)
    sizes = _group_sizes(rng, n_nodes, smallest, largest)
    group = np.repeat(np.arange(sizes.shape[0]), sizes)
    cumulative = np.append(0.0, np.cumsum(_power_law(rng, n_nodes, 1.0, heavy, 2.5)))
    bounds = cumulative[np.append(0, np.cumsum(sizes))]
    renamed = rng.permutation(n_nodes).astype(np.int32)
    source, target = np.empty(n_links, np.int32), np.empty(n_links, np.int32)
    for at in range(0, n_links, _BLOCK):
        block = slice(at, min(at + _BLOCK, n_links))
        ends = _planted_block(rng, block.stop - at, cumulative, group, bounds, mixing)
        source[block], target[block] = renamed[ends[0]], renamed[ends[1]]
    keep = source != target
    labels = np.empty(n_nodes, np.int64)
    labels[renamed] = group
    return source[keep], target[keep], n_nodes, labels


def _distinct_block(rng, node, first, size, degree, mixing, n_nodes, largest):
    """Return ends of links of some nodes: to a run of nodes of the group, and to nodes at least ``largest`` away."""
    wanted = _power_law(rng, len(node), 1.0, 30.0, 2.5) * (degree / 2.36)  # the mean of that law
    inner = np.minimum(((1.0 - mixing) * wanted + rng.random(len(node))).astype(np.int64), (size - 1) // 2)
    outer = (mixing * wanted + rng.random(len(node))).astype(np.int64)
    source = np.concatenate([np.repeat(node, inner), np.repeat(node, outer)])
    which = [np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count) for count in (inner, outer)]
    half = np.repeat((size - 1) // 2, inner)
    run = (np.repeat(rng.integers(0, 1 << 30, len(node)), inner) + which[0]) % half
    begin, width = np.repeat(first, inner), np.repeat(size, inner)
    near = begin + (source[: len(run)] - begin + 1 + run) % width
    step = ((n_nodes - 1) // 2 - largest) // np.repeat(outer, outer)
    far = largest + which[1] * step + (rng.random(len(step)) * step).astype(np.int64) + 1
    return source, np.concatenate([near, (source[len(run) :] + far) % n_nodes])


def distinct_planted(n_nodes, n_links, *, mixing=0.35, smallest=50, largest=1000, seed=1):
    """Planted groups without equal links and with about n_links links: (source, target, n_nodes), int32.

    A link is a node and the distance to another, at most half round the ring of its group or of all nodes, so that no
    two are equal. Blocks of nodes are drawn one after the other: beside the links, memory goes by nodes alone.
    """
    rng = np.random.default_rng(seed)
    sizes = _group_sizes(rng, n_nodes, smallest, largest)
    first, size = np.repeat(np.cumsum(sizes) - sizes, sizes), np.repeat(sizes, sizes)
    renamed = rng.permutation(n_nodes).astype(np.int32)
    parts = []
    for at in range(0, n_nodes, 1 << 18):
        block = slice(at, min(at + (1 << 18), n_nodes))
        facts = np.arange(block.start, block.stop), first[block], size[block]
        ends = _distinct_block(rng, *facts, n_links / n_nodes, mixing, n_nodes, largest)
        parts.append([renamed[end] for end in ends])
    return *(np.concatenate(side) for side in zip(*parts)), n_nodes


def nested(branching, per_leaf, mean_degree, *, seed=1):
    """Nested groups, equally large: of the links of a node equal shares stay inside each level, the last inside leaves.

    ``groups`` are the leaf groups; dividing by the branching numbers from the right gives the coarser ones.
    """
    rng = np.random.default_rng(seed)
    n_nodes = int(np.prod(branching)) * per_leaf
    n_links = n_nodes * mean_degree // 2
    source = rng.integers(0, n_nodes, n_links)
    widths = np.array([per_leaf * int(np.prod(branching[level:])) for level in range(len(branching) + 1)])
    width = widths[
        rng.choice(len(widths), n_links, p=np.arange(1, len(widths) + 1) / np.arange(1, len(widths) + 1).sum())
    ]
    target = source // width * width + (rng.random(n_links) * width).astype(np.int64)
    renamed = rng.permutation(n_nodes)
    groups = np.empty(n_nodes, np.int64)
    groups[renamed] = np.arange(n_nodes) // per_leaf
    keep = source != target
    return renamed[source[keep]], renamed[target[keep]], n_nodes, groups


def directed_planted(n_nodes, n_links, *, mixing=0.3, seed=1):
    """Planted groups with directed links; a tenth of the nodes has no outgoing link."""
    source, target, n_nodes, groups = planted(n_nodes, n_links, mixing=mixing, seed=seed)
    sinks = np.random.default_rng(seed).random(n_nodes) < 0.1
    keep = ~sinks[source]
    return source[keep], target[keep], n_nodes, groups
