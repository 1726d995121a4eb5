"""Links between the children of every module of a tree, the second part of an .ftree file."""

from collections import Counter

from kexuestat._kernels.csr import entry_rows
from kexuestat.exceptions import InvalidInputError


def link_sections(partition, table, precision):
    """Yield the lines of the link sections: root first, then the modules in the order of their paths."""
    network = partition.network
    if network is None:
        raise InvalidInputError("an .ftree file needs the flow of links, which this partition does not carry.")
    yield "*Links undirected\n" if network.undirected else "*Links directed\n"
    yield "#*Links path enterFlow exitFlow numEdges numChildren\n"
    full = [None] * len(table.rows)
    for row, path, rank in zip(table.rows.tolist(), table.modules, table.ranks):
        full[row] = (*path, rank)
    n_children = _n_children(full)
    links, borders = _flows(full, network)
    _add_teleportation(full, network, borders)
    for path in sorted(n_children):
        rows = links.get(path, [])
        enter, leave = borders.get(path, (0.0, 0.0))
        name = ":".join(map(str, path)) or "root"
        yield f"*Links {name} {enter:.{precision}g} {leave:.{precision}g} {len(rows)} {n_children[path]}\n"
        for first, second, flow in rows:
            yield f"{first} {second} {flow:.{precision}g}\n"


def _n_children(full):
    """Path -> number of children, of the root and every module."""
    below = {path[:length] for path in full for length in range(1, len(path) + 1)}
    return Counter(path[:-1] for path in below)


def _flows(full, network):
    """Path -> list of (child, child, flow), and path -> [enter, exit flow] over links."""
    sums, borders = {}, {}
    for i, j, flow in zip(entry_rows(network.indptr).tolist(), network.indices.tolist(), network.flow.tolist()):
        if i == j:
            continue
        depth = _meeting(full[i], full[j])
        first, second = full[i][depth], full[j][depth]
        if network.undirected and first > second:
            first, second = second, first
        key = full[i][:depth], first, second
        sums[key] = sums.get(key, 0.0) + flow
        for side, path in ((1, full[i]), (0, full[j])):
            for length in range(depth + 1, len(path)):
                borders.setdefault(path[:length], [0.0, 0.0])[side] += flow
    links = {}
    for (path, first, second), flow in sorted(sums.items(), key=lambda item: (item[0][0], -item[1], item[0])):
        links.setdefault(path, []).append((first, second, flow))
    return links, borders


def _add_teleportation(full, network, borders):
    """Recorded teleportation: exit + t_m (1 - v_m), enter + (T - t_m) v_m."""
    if not len(network.teleport_flow):
        return
    jumps, weights = Counter(), Counter()
    for path, jump, weight in zip(full, network.teleport_flow.tolist(), network.teleport_weight.tolist()):
        for length in range(1, len(path)):
            jumps[path[:length]] += jump
            weights[path[:length]] += weight
    total = float(network.teleport_flow.sum())
    for path, jump in jumps.items():
        border = borders.setdefault(path, [0.0, 0.0])
        border[0] += (total - jump) * weights[path]
        border[1] += jump * (1 - weights[path])


def _meeting(first, second):
    """Return how deep the deepest module lies that holds both nodes."""
    for depth, (a, b) in enumerate(zip(first, second)):
        if a != b:
            return depth
    raise InvalidInputError("a module holds a node as well as submodules.")
