"""Every accepted form of graph -> CSRGraph; foreign types are recognised without importing their library."""

import os
from itertools import chain

import numpy as np

from kexuestat._kernels import csr as kernels
from kexuestat.exceptions import InvalidInputError
from kexuestat.graph.csr import CSRGraph, with_entries
from kexuestat.validation.graph import as_weights, check_n_nodes, check_not_ambiguous, check_square, check_weights

_SYMMETRIC = 1e-10  # relative gap between a_ij and a_ji that rounding may leave in a symmetric matrix


def convert(graph, directed, weight, threshold=0.0):
    """Return the CSRGraph of graph; see ``CSRGraph.of``."""
    if isinstance(graph, CSRGraph):
        return heavy_links(graph, threshold).with_direction(directed)
    for recognise, build in _FORMS:
        if recognise(graph):
            return build(graph, directed, weight, threshold)
    raise InvalidInputError(
        f"graph must be a networkx or igraph graph, a square matrix, a frame or list of links, a path or a CSRGraph, "
        f"got {type(graph).__name__}."
    )


def _from_library(*names):
    return lambda graph: any(cls.__module__.partition(".")[0] in names for cls in type(graph).__mro__)


def _is_networkx(graph):
    return hasattr(graph, "is_multigraph") and hasattr(graph, "adj") and hasattr(graph, "is_directed")


def _is_igraph(graph):
    return hasattr(graph, "vcount") and hasattr(graph, "get_edgelist")


def _is_path(graph):
    return isinstance(graph, (str, bytes, os.PathLike))


def _is_sparse(graph):
    return hasattr(graph, "tocoo") and hasattr(graph, "shape")


def _is_edge_data(graph):
    return hasattr(graph, "edge_index")


def _is_nested(graph):
    return hasattr(graph, "__array__") or (
        isinstance(graph, (list, tuple)) and len(graph) > 0 and isinstance(graph[0], (list, np.ndarray))
    )


def _of_path(path, directed, weight, threshold):
    from kexuestat.graph.io.dispatch import read_graph

    graph = read_graph(os.fsdecode(path), directed=directed, weight=weight, weight_threshold=threshold)
    if not isinstance(graph, CSRGraph):
        raise InvalidInputError(f"{os.fsdecode(path)} holds a {type(graph).__name__}; read it with read_graph.")
    return graph


# ------------------------------------------------------------------------------------------------ graph libraries


def _of_networkx(graph, directed, weight, threshold):
    nodes = list(graph)
    check_n_nodes(len(nodes))
    adjacency = graph._adj if hasattr(graph, "_adj") else graph.adj
    both_ways = not graph.is_directed()
    if both_ways and directed:
        return _of_networkx_links(graph, nodes, weight, threshold)
    neighbours = [adjacency[node] for node in nodes]
    row_of = dict(zip(nodes, range(len(nodes))))
    indptr = np.zeros(len(nodes) + 1, dtype=np.int64)
    np.cumsum(np.fromiter(map(len, neighbours), np.int64, len(nodes)), out=indptr[1:])
    indices = np.fromiter(map(row_of.__getitem__, chain.from_iterable(neighbours)), np.int64, int(indptr[-1]))
    weights = _networkx_weights(graph, neighbours, weight, threshold)
    rows = kernels.entry_rows(indptr)
    csr = CSRGraph.from_rows(rows, indices, weights, nodes, True)  # an undirected graph shows each link from both ends
    csr = csr.replaced(directed=not both_ways)
    return heavy_links(csr, threshold).with_direction(directed)


def _networkx_weights(graph, neighbours, weight, threshold):
    data = chain.from_iterable(links.values() for links in neighbours)
    if graph.is_multigraph():
        if weight is None:
            return as_weights([len(parallel) if threshold <= 1 else 0 for parallel in data])
        single = ([d.get(weight, 1) for d in parallel.values()] for parallel in data)
        return as_weights([sum(w for w in parallel if not 0 <= w < threshold) for parallel in single])
    return None if weight is None else as_weights([d.get(weight, 1) for d in data])


def _of_networkx_links(graph, nodes, weight, threshold):
    """Arcs as the edges of an undirected graph are listed."""
    row_of = dict(zip(nodes, range(len(nodes))))
    links = list(graph.edges(data=weight, default=1)) if weight is not None else [(*e, 1) for e in graph.edges()]
    source = np.array([row_of[u] for u, _, _ in links], dtype=np.int64)
    target = np.array([row_of[v] for _, v, _ in links], dtype=np.int64)
    return CSRGraph.from_rows(source, target, as_weights([w for _, _, w in links]), nodes, True, threshold)


def _of_igraph(graph, directed, weight, threshold):
    n_nodes = check_n_nodes(graph.vcount())
    links = np.array(graph.get_edgelist(), dtype=np.int64).reshape(-1, 2)
    weighted = weight is not None and weight in graph.es.attributes()
    weights = as_weights(graph.es[weight]) if weighted else None
    nodes = list(graph.vs["name"]) if "name" in graph.vs.attributes() else range(n_nodes)
    directed = graph.is_directed() if directed is None else directed
    return CSRGraph.from_rows(links[:, 0].copy(), links[:, 1].copy(), weights, nodes, directed, threshold)


# ---------------------------------------------------------------------------------------------- links in a table


def _of_frame(frame, directed, weight, threshold):
    columns = list(frame.columns)
    if hasattr(frame, "index") and list(frame.index) == columns:  # a table of weights, named on both sides
        graph = _of_array(frame.to_numpy(dtype=np.float64), directed, weight, threshold)
        return graph.replaced(nodes=columns)
    named = [c for c in (("source", "target"), ("from", "to"), ("src", "dst")) if set(c) <= set(columns)]
    if not named and len(columns) < 2:
        raise InvalidInputError(f"a frame of links needs columns source and target, got {columns}.")
    source, target = named[0] if named else columns[:2]
    weights = None
    if weight is not None and weight in columns:
        weights = frame[weight]
    elif weight is not None and not named and len(columns) > 2:
        weights = frame[columns[2]]
    ids = [_column(frame[c], c) for c in (source, target)]
    weights = None if weights is None else _column(weights, weight)
    return CSRGraph.from_edges(*ids, weights, directed=bool(directed), weight_threshold=threshold)


def _column(series, name):
    missing = series.is_null() if hasattr(series, "is_null") else series.isna()
    if missing.any():
        raise InvalidInputError(f"column {name!r} has {int(missing.sum())} missing values.")
    values = series.to_numpy()
    return values if values.dtype.kind in "biuf" else np.asarray(values, dtype=object)


def _of_tuples(links, directed, weight, threshold):
    links = list(links)
    lengths = set(map(_n_parts, links))
    if lengths - {2, 3}:
        bad = next(
            link for link in links if not hasattr(link, "__len__") or isinstance(link, str) or len(link) not in (2, 3)
        )
        raise InvalidInputError(f"a list of links must hold tuples (u, v) or (u, v, w), got {bad!r}.")
    weights = None
    if 3 in lengths and weight is not None:
        weights = as_weights([_number(link[2], weight) if len(link) == 3 else 1.0 for link in links])
    source, target = [link[0] for link in links], [link[1] for link in links]
    return CSRGraph.from_edges(source, target, weights, directed=bool(directed), weight_threshold=threshold)


def _n_parts(link):
    return len(link) if hasattr(link, "__len__") and not isinstance(link, str) else 0


def _number(value, weight):
    return value.get(weight, 1) if isinstance(value, dict) else value


def _of_torch(tensor, directed, weight, threshold):
    return _of_array(tensor.detach().cpu().numpy(), directed, weight, threshold)


def _of_edge_data(data, directed, weight, threshold):
    """An object with edge_index (2, E), and perhaps edge_weight and num_nodes, as graph-learning libraries hold it."""
    index = _plain(data.edge_index)
    weights = getattr(data, "edge_weight", None) if weight is not None else None
    weights = None if weights is None else _plain(weights)
    options = {"n_nodes": getattr(data, "num_nodes", None), "weight_threshold": threshold}
    return CSRGraph.from_edges(index[0], index[1], weights, directed=bool(directed), **options)


def _plain(tensor):
    return np.asarray(tensor.detach().cpu().numpy() if hasattr(tensor, "detach") else tensor)


# ------------------------------------------------------------------------------------------------------- matrices


def _of_array(values, directed, weight, threshold):
    try:
        array = np.asarray(values)
    except ValueError as error:
        raise InvalidInputError(f"graph must be a rectangular array: {error}.") from None
    if array.ndim != 2:
        raise InvalidInputError(f"a graph as an array must have 2 dimensions, got shape {array.shape}.")
    if array.dtype.kind not in "biuf":
        raise TypeError(f"a graph as an array must hold real numbers, got dtype {array.dtype}.")
    check_not_ambiguous(array)
    whole = array.dtype.kind in "iu"
    if whole and array.shape[0] == 2 and array.shape[1] != 2:
        return CSRGraph.from_edges(array[0], array[1], directed=bool(directed), weight_threshold=threshold)
    if array.shape[0] != array.shape[1] and (array.shape[1] == 3 or (whole and array.shape[1] == 2)):
        weights = array[:, 2] if array.shape[1] == 3 and weight is not None else None
        ends = array[:, 0], array[:, 1]
        return CSRGraph.from_edges(*ends, weights, directed=bool(directed), weight_threshold=threshold)
    check_square(array.shape)
    check_n_nodes(len(array))
    rows, columns = np.nonzero(array)
    weights = array[rows, columns].astype(np.float64)
    return heavy_links(_of_matrix(rows, columns, weights, len(array), directed), threshold)


def _of_sparse(matrix, directed, weight, threshold):
    check_square(matrix.shape)
    n_nodes = check_n_nodes(matrix.shape[0])
    if matrix.dtype.kind not in "biuf":
        raise TypeError(f"a graph as a matrix must hold real numbers, got dtype {matrix.dtype}.")
    if getattr(matrix, "format", "") == "csr" and kernels.is_sorted(matrix.indptr, matrix.indices):
        indptr, indices = matrix.indptr.astype(np.int64), matrix.indices.astype(np.int32)
        weights = as_weights(matrix.data)
        if weights.all():
            check_weights(weights, lambda e: (int(np.searchsorted(indptr, e, "right")) - 1, int(indices[e])))
            arcs = CSRGraph(indptr, indices, weights, True, range(n_nodes))
            return heavy_links(settle_matrix(arcs, directed), threshold)
    entries = matrix.tocoo()
    settled = _of_matrix(entries.row, entries.col, as_weights(entries.data), n_nodes, directed)
    return heavy_links(settled, threshold)


def heavy_links(graph, threshold):
    """Return the graph without links that weigh less than threshold."""
    if threshold <= 0:
        return graph
    kept = graph.weights >= threshold
    return graph if kept.all() else with_entries(graph, kept)


def _of_matrix(rows, columns, weights, n_nodes, directed):
    return settle_matrix(CSRGraph.from_rows(rows, columns, weights, range(n_nodes), True), directed)


def settle_matrix(arcs, directed):
    """Return the graph of a matrix, given as arcs: directed as its symmetry says, undirected the mean of both ways."""
    gap = 0.0 if directed else kernels.asymmetry(arcs.indptr, arcs.columns, arcs.values)
    if directed or (directed is None and gap > _SYMMETRIC):
        return arcs
    if gap == 0.0:
        return arcs.replaced(directed=False)
    rows = arcs.rows()
    halves = np.where(rows == arcs.columns, arcs.weights, 0.5 * arcs.weights)
    return CSRGraph.from_rows(rows, arcs.columns, halves, arcs.nodes, False)


_FORMS = (
    (_is_networkx, _of_networkx),
    (_is_igraph, _of_igraph),
    (_is_path, _of_path),
    (_is_sparse, _of_sparse),
    (_from_library("pandas", "polars"), _of_frame),
    (_from_library("torch"), _of_torch),
    (_is_edge_data, _of_edge_data),
    (_is_nested, _of_array),
    (lambda graph: hasattr(graph, "__iter__"), _of_tuples),
)
