"""A Partition as table, graph of another library, text or HTML."""

import html as markup

import numpy as np

from kexuestat.exceptions import InvalidInputError, MissingDependencyError


def _optional(module, use):
    import importlib

    try:
        return importlib.import_module(module)
    except ImportError:
        raise MissingDependencyError(f"{use} needs {module}; install it with: pip install {module}") from None


def rows(partition):
    """Return columns of the table of a partition, a dict of lists in row order."""
    nodes, names = partition._node_list, partition.names or {}
    table = {"node": nodes, "name": [str(names.get(node, node)) for node in nodes]}
    if partition.physical is not None:
        physical = [partition.physical_nodes[i] for i in partition.physical.tolist()]
        table = {"node": physical, "name": _state_names(nodes, physical, names), "state_id": nodes}
        if nodes and all(isinstance(node, tuple) and len(node) == 2 for node in nodes):
            table |= {"state_id": list(range(len(nodes))), "layer": [layer for layer, _ in nodes]}
    table |= {"module": partition.labels.tolist(), "path": [":".join(str(p + 1) for p in q) for q in partition.paths]}
    if partition.node_flow is not None:
        table["flow"] = partition.node_flow.tolist()
    return table


def _state_names(states, physical, names):
    return [str(names.get(state, names.get(node, node))) for state, node in zip(states, physical)]


def to_dataframe(partition):
    """Return the table as a pandas frame."""
    return _optional("pandas", "to_dataframe").DataFrame(rows(partition))


def to_networkx(partition, graph=None):
    """Return a networkx graph whose nodes carry module, path and flow."""
    import networkx as nx

    graph = nx.Graph() if graph is None else graph.copy()
    table = rows(partition)
    graph.add_nodes_from(partition._node_list)
    for key in ("module", "path", "flow"):
        if key in table:
            nx.set_node_attributes(graph, dict(zip(partition._node_list, table[key])), key)
    return graph


def to_igraph(partition, graph):
    """Return an igraph VertexClustering."""
    if graph.vcount() != len(partition.labels):
        raise InvalidInputError(f"graph must have {len(partition.labels)} vertices, got {graph.vcount()}.")
    # the class comes from the graph's own library, which is never imported here
    clustering = __import__(type(graph).__module__.partition(".")[0]).VertexClustering
    return clustering(graph, membership=partition.membership)


def to_cdlib(partition, graph):
    """Return a cdlib NodeClustering."""
    cdlib = _optional("cdlib", "to_cdlib")
    return cdlib.NodeClustering([sorted(c, key=str) for c in partition.communities()], graph, "kexuestat")


def _head(partition):
    facts = [f"{len(partition.labels)} nodes, {partition.n_modules} modules"]
    if partition.n_levels > 2:
        facts.append(f"{partition.n_levels} levels")
    if not np.isnan(partition.codelength):
        facts.append(f"codelength {partition.codelength:.6f} bits per step")
    if not np.isnan(partition.one_level_codelength):
        facts.append(f"{100 * partition.relative_savings:.1f} % below one module")
    return ", ".join(facts)


def _largest(partition, n_modules, n_nodes):
    flow, sizes = partition.module_flow, partition.sizes()
    names = partition.names or {}
    for k in range(min(n_modules, partition.n_modules)):
        members = [str(names.get(node, node)) for node in partition.module(k)[:n_nodes]]
        more = ", …" if sizes[k] > n_nodes else ""
        yield k, int(sizes[k]), float(flow[k]), ", ".join(members) + more


def summary(partition, n_modules, n_nodes):
    """Return a few lines of text."""
    lines = [_head(partition)]
    lines += [
        f"  {k:>4}  {size:>7} nodes  flow {flow:.4f}  {members}"
        for k, size, flow, members in _largest(partition, n_modules, n_nodes)
    ]
    if partition.n_modules > n_modules:
        lines.append(f"  … and {partition.n_modules - n_modules} more")
    return "\n".join(lines)


def html(partition):
    """Return a small HTML table."""
    body = "".join(
        f"<tr><td>{k}</td><td>{size}</td><td>{flow:.4f}</td><td>{markup.escape(members)}</td></tr>"
        for k, size, flow, members in _largest(partition, 10, 5)
    )
    head = "<tr><th>module</th><th>nodes</th><th>flow</th><th>largest</th></tr>"
    return f"<p>{markup.escape(_head(partition))}</p><table>{head}{body}</table>"
