"""A small reader of the reference networks' text and a runner of its rows."""

import numpy as np

from kexuestat.graph.csr import CSRGraph
from kexuestat.graph.state_networks import MultilayerNetwork, StateNetwork

_BARE = ("*vertices", "*edges", "*arcs", "*links", "*bipartite", "*states")


def _sections(text):
    rows, head = {"*links": []}, "*links"
    for line in text.splitlines():
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        if line.startswith("*"):
            words = line.split()
            head = words[0].lower()
            rows.setdefault(head, [])
            if head == "*bipartite":
                rows["start"] = int(words[1])
        else:
            rows[head].append(line)
    return rows


def _named(line):
    before, _, rest = line.partition('"')
    _, _, after = rest.rpartition('"')
    return [int(word) for word in before.split()], [float(word) for word in after.split()]


def _links(lines, n_keys):
    rows = (line.split() for line in lines)
    return [(*map(int, row[:n_keys]), float(row[n_keys]) if len(row) > n_keys else 1.0) for row in rows]


def read(text, options):
    """Return the graph of a network text as the flow model of options wants it: CSRGraph or a network of states."""
    parts = _sections(text)
    directed = options["flow_model"] != "undirected"
    if "*multilayer" in parts or "*intra" in parts:
        return MultilayerNetwork.from_links(
            _links(parts["*multilayer"], 4) if "*multilayer" in parts else None,
            intra=_links(parts["*intra"], 3) if "*intra" in parts else None,
            inter=_links(parts["*inter"], 3) if "*inter" in parts else None,
            directed=directed,
        )
    rows = [
        row
        for head in ("*links", "*edges", "*arcs", "*bipartite")
        for row in _links(parts.get(head, []), 2)
        if row[2] >= options.get("weight_threshold", 0.0)
    ]
    vertices = [_named(line) for line in parts.get("*vertices", [])]
    if "*states" in parts:
        states = [_named(line) for line in parts["*states"]]
        weights = {ids[0]: after[0] for ids, after in states if after}
        return StateNetwork.from_links(
            rows, {ids[0]: ids[1] for ids, _ in states}, directed=directed, weights=weights or None
        )
    ids = sorted({ids[0] for ids, _ in vertices} | {i for row in rows for i in row[:2]})
    weights = {ids[0]: (after or [1.0])[0] for ids, after in vertices}
    source, target, weight = (np.array(column) for column in zip(*rows))
    graph = CSRGraph.from_edges(
        source,
        target,
        weight,
        nodes=ids,
        directed=directed,
        node_weights=np.array([weights.get(i, 1.0) for i in ids]),
    )
    return graph.bipartite(start=parts["start"]) if "start" in parts else graph


def key_of(node):
    """Return the key of a node in the reference: its id, or "layer,node"."""
    return f"{node[0]},{node[1]}" if isinstance(node, tuple) else str(node)
