"""Formats that networkx reads: GML, GraphML, GEXF, node-link JSON; and METIS."""

import io

from kexuestat.exceptions import FileFormatError, InvalidInputError
from kexuestat.graph.convert import heavy_links
from kexuestat.graph.csr import CSRGraph
from kexuestat.graph.io.source import bad_line, label_of, read_bytes, read_text


def _through_networkx(read):
    def reader(source, directed=None, weight="weight", threshold=0.0):
        import networkx as nx

        name, data = label_of(source), read_bytes(source)
        try:
            graph = read(nx, data)
        except InvalidInputError:
            raise
        except Exception as error:  # the parsers below raise errors of half a dozen libraries
            raise FileFormatError(f"{name or 'input'} cannot be read: {error}") from None
        return CSRGraph.of(graph, directed=directed, weight=weight, weight_threshold=threshold)

    return reader


def _gml(nx, data):
    try:
        return nx.read_gml(io.BytesIO(data))
    except nx.NetworkXError as error:
        if "label" not in str(error):
            raise
        return nx.read_gml(io.BytesIO(data), label="id")  # labels missing or not unique


read_gml = _through_networkx(_gml)
read_graphml = _through_networkx(lambda nx, data: nx.read_graphml(io.BytesIO(data)))
read_gexf = _through_networkx(lambda nx, data: nx.read_gexf(io.BytesIO(data)))


def node_link_graph(data, directed, weight, threshold=0.0):
    """Return the CSRGraph of parsed node-link JSON, whose links stand under "links" or "edges"."""
    import networkx as nx

    graph = nx.node_link_graph(data, edges="links" if "links" in data else "edges")
    return CSRGraph.of(graph, directed=directed, weight=weight, weight_threshold=threshold)


def read_metis(source, directed=None, weight="weight", threshold=0.0):
    """Return the CSRGraph of a METIS file: "n m [fmt [ncon]]", then a line of neighbours, from 1, for each node."""
    name = label_of(source)
    lines = [(k, t) for k, t in enumerate(read_text(source).split("\n"), 1) if not t.startswith("%")]
    line, text = next(((k, t) for k, t in lines if t.strip()), (1, ""))
    head = _integers(text, name, line, "the first line must be: nodes links [fmt [ncon]]")
    if len(head) < 2:
        raise bad_line(name, line, text, "the first line must be: nodes links [fmt [ncon]]")
    form = f"{head[2]:03d}" if len(head) > 2 else "000"
    skip = (form[-3] == "1") + (form[-2] == "1") * (head[3] if len(head) > 3 else 1)
    weighted, n_nodes = form[-1] == "1", head[0]
    body = [(k, t) for k, t in lines if k > line][:n_nodes]
    if len(body) < n_nodes:
        raise FileFormatError(f"{name or 'input'}: {n_nodes} nodes are announced, but only {len(body)} lines follow.")
    source_rows, targets, weights, node_weights = [], [], [], []
    for node, (k, t) in enumerate(body):
        words = _integers(t, name, k, "a line must hold integers")
        if form[-2] == "1":
            node_weights.append(float(words[form[-3] == "1"]))
        links = words[skip:]
        step = 2 if weighted else 1
        if len(links) % step or any(not 1 <= j <= n_nodes for j in links[::step]):
            raise bad_line(name, k, t, f"neighbours must be in 1 ... {n_nodes}, each with a weight if fmt says so")
        source_rows += [node] * len(links[::step])
        targets += [j - 1 for j in links[::step]]
        weights += links[1::2] if weighted else [1] * len(links)
    graph = _metis_graph(source_rows, targets, weights, node_weights or None, n_nodes, directed, weight)
    return heavy_links(graph, threshold)


def _metis_graph(source, target, weights, node_weights, n_nodes, directed, weight):
    """Each link stands in the lines of both ends."""
    weights = None if weight is None else [float(w) for w in weights]
    both = CSRGraph.from_edges(source, target, weights, n_nodes, True, node_weights=node_weights)
    rows, columns, values = both.rows(), both.indices, both.weights
    keep = slice(None) if directed else rows <= columns
    return CSRGraph.from_edges(
        rows[keep], columns[keep], values[keep], n_nodes, bool(directed), node_weights=node_weights
    )


def _integers(text, name, line, rule):
    try:
        return [int(word) for word in text.split()]
    except ValueError:
        raise bad_line(name, line, text, rule) from None
