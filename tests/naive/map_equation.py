"""The map equation from its formulas, with dictionaries and sets: no arrays, no speed."""

import math


def plogp(x):
    return x * math.log2(x) if x > 0 else 0.0


def prefixes(paths):
    """Return {module prefix: set of nodes} of paths (tuples from the top down), the root included."""
    modules = {(): set(range(len(paths)))}
    for node, path in enumerate(paths):
        for length in range(1, len(path) + 1):
            modules.setdefault(tuple(path[:length]), set()).add(node)
    return modules


def border(members, links, teleport_flow, teleport_weight, n_nodes):
    """Return exit and enter flow of a set of nodes; links are (i, j, flow)."""
    if len(members) == n_nodes:
        return 0.0, 0.0
    leaving = sum(f for i, j, f in links if i in members and j not in members)
    arriving = sum(f for i, j, f in links if i not in members and j in members)
    if teleport_flow is not None:
        t = sum(teleport_flow[i] for i in members)
        v = sum(teleport_weight[i] for i in members)
        leaving += t * (1 - v)
        arriving += (sum(teleport_flow) - t) * v
    return leaving, arriving


def codelength(
    links,
    node_flow,
    paths,
    teleport_flow=None,
    teleport_weight=None,
    physical=None,
    categories=None,
    meta_rate=0.0,
    meta_weight=None,
    bits_per_codeword=0.0,
    preferred=0,
):
    """Return (codelength, index codelength) of the tree that paths describe."""
    n_nodes = len(paths)
    modules = prefixes(paths)
    flows = {m: border(s, links, teleport_flow, teleport_weight, n_nodes) for m, s in modules.items()}
    physical = physical if physical is not None else list(range(n_nodes))
    n_top = sum(len(m) == 1 for m in modules)
    total = index = 0.0
    for module, members in modules.items():
        children = [m for m in modules if len(m) == len(module) + 1 and m[:-1] == module]
        leaving = flows[module][0]
        if children:
            words = [flows[c][1] for c in children]
        else:
            words = [sum(node_flow[i] for i in members if physical[i] == k) for k in {physical[i] for i in members}]
        length = plogp(leaving + sum(words)) - plogp(leaving) - sum(plogp(w) for w in words)
        has_exit = module != () and not (len(module) == 1 and n_top == 1)
        length += bits_per_codeword * (len(words) + has_exit - 1)
        if categories is not None and not children:
            weight = sum(meta_weight[i] for i in members)
            parts = [sum(meta_weight[i] for i in members if categories[i] == c) for c in set(categories)]
            length += meta_rate * (plogp(weight) - sum(plogp(x) for x in parts))
        total += length
        index += length if module == () else 0.0
    return total + (abs(n_top - preferred) if preferred else 0), index


def lossy_parts(links, node_flow, labels):
    """Return [(cost of naming, entropy rate)] of the modules; links are (i, j, flow), both directions, no loops."""
    bits = []
    for i, p in enumerate(node_flow):
        row = [f for a, _, f in links if a == i]
        bits.append(-p * sum(plogp(f / sum(row)) for f in row))
    parts = []
    for module in sorted(set(labels)):
        members = [i for i, label in enumerate(labels) if label == module]
        naming = plogp(sum(node_flow[i] for i in members)) - sum(plogp(node_flow[i]) for i in members)
        parts.append((naming, sum(bits[i] for i in members)))
    return parts
