"""Writers of partitions: .clu .tree .ftree, csv, JSON, Newick. Each yields pieces of text."""

import json
from functools import cached_property

import numpy as np

from kexuestat._version import __version__
from kexuestat.graph.io.flow_tree import link_sections


class Table:
    """The rows of a tree file, sorted by path: columns as lists, made when they are asked for.

    ``ids`` is a list of tuples: (node,) or (state, node) or (state, node, layer).
    """

    def __init__(self, partition, precision):
        flow = partition.node_flow
        flow = np.full(len(partition.labels), 1 / len(partition.labels)) if flow is None else flow
        self._partition, self._finest = partition, partition.levels[0]
        self.rows = np.lexsort((-flow, self._finest))
        as_text = f"{{:.{precision}g}}".format
        self.flow = list(map(as_text, flow[self.rows].tolist()))
        self.ids, self.id_names = _identity(partition, self.rows.tolist())

    @cached_property
    def top(self):
        """Top module of each row, from 1."""
        return (self._partition.labels[self.rows] + 1).tolist()

    @cached_property
    def modules(self):
        """Path of the leaf module of each row, a tuple of numbers from 1."""
        paths = self._partition.paths
        shown = {path: tuple(p + 1 for p in path) for path in set(paths)}
        return [shown[paths[row]] for row in self.rows.tolist()]

    @cached_property
    def ranks(self):
        """Rank of each row inside its leaf module, from 1."""
        finest = self._finest[self.rows]
        starts = np.searchsorted(finest, np.arange(finest.max() + 1))
        return (np.arange(len(finest)) - starts[finest] + 1).tolist()

    @cached_property
    def names(self):
        """Shown name of each row's (physical) node."""
        return _shown_names(self._partition, self.rows.tolist())

    def paths(self):
        """Paths as strings such as "1:2:3", whose last number is the rank inside the leaf module."""
        shown = {module: ":".join(map(str, module)) for module in set(self.modules)}
        return [f"{shown[module]}:{rank}" for module, rank in zip(self.modules, self.ranks)]


def node_ids(nodes):
    """Return the integers by which files know nodes: themselves if all are non-negative integers, else the rows."""
    own = all(isinstance(node, (int, np.integer)) and not isinstance(node, bool) and node >= 0 for node in nodes)
    return [int(node) for node in nodes] if own else list(range(len(nodes)))


def _shown_names(partition, order):
    nodes, names = partition._node_list, partition.names or {}
    if partition.physical is None:
        return [str(names.get(nodes[row], nodes[row])) for row in order]
    homes, physical = list(partition.physical_nodes), partition.physical.tolist()
    return [str(names.get(homes[physical[row]], homes[physical[row]])) for row in order]


def _identity(partition, order):
    """Return the ids of the rows in that order, and what the numbers are called."""
    nodes = partition._node_list
    ids = node_ids(nodes)
    if partition.physical is None:
        return [(ids[row],) for row in order], ("node_id",)
    home_ids, physical = node_ids(list(partition.physical_nodes)), partition.physical.tolist()
    pairs = [(ids[row], home_ids[physical[row]]) for row in order]
    if not all(isinstance(state, tuple) and len(state) == 2 for state in nodes):
        return pairs, ("state_id", "node_id")
    return [(*pair, nodes[row][0]) for pair, row in zip(pairs, order)], ("state_id", "node_id", "layer_id")


def _head(partition, columns):
    yield f"# kexuestat {__version__}\n"
    if partition.options:
        yield "# options " + " ".join(f"{key}={value}" for key, value in sorted(partition.options.items())) + "\n"
    yield f"# partitioned into {partition.n_levels} levels with {partition.n_modules} top modules\n"
    if not np.isnan(partition.codelength):
        yield f"# codelength {partition.codelength:.12g} bits\n"
    if not np.isnan(partition.one_level_codelength):
        yield f"# relative codelength savings {100 * partition.relative_savings:.6g}%\n"
    yield "# " + " ".join(columns) + "\n"


def clu(partition, precision):
    """Yield the lines of a .clu file: id, top module (from 1), flow."""
    table = Table(partition, precision)
    yield from _head(partition, (table.id_names[0], "module", "flow", *table.id_names[1:]))
    for module, flow, ids in zip(table.top, table.flow, table.ids):
        others = "".join(f" {other}" for other in ids[1:])
        yield f"{ids[0]} {module} {flow}{others}\n"


def tree(partition, precision):
    """Yield the lines of a .tree file: path, flow, quoted name, id."""
    table = Table(partition, precision)
    yield from _head(partition, ("path", "flow", "name", *table.id_names))
    for path, flow, name, ids in zip(table.paths(), table.flow, table.names, table.ids):
        yield f'{path} {flow} "{_one_line(name)}" {ids[0]}{"".join(f" {other}" for other in ids[1:])}\n'


def _one_line(name):
    return name.replace("\n", " ")


def ftree(partition, precision):
    """Yield the lines of a .ftree file: the tree, then the links between the children of each module."""
    yield from tree(partition, precision)
    yield from link_sections(partition, Table(partition, precision), precision)


def table_csv(partition, precision):
    """Yield the lines of a csv file: path, flow, name, ids."""
    table = Table(partition, precision)
    yield ",".join(("path", "flow", "name", *table.id_names)) + "\n"
    for path, flow, name, ids in zip(table.paths(), table.flow, table.names, table.ids):
        yield f"{path},{flow},{_quoted(name)},{','.join(map(str, ids))}\n"


def _quoted(name):
    return '"' + name.replace('"', '""') + '"' if any(c in name for c in ',"\r\n') else name


def tree_json(partition, precision):
    """Yield a JSON object: facts of the partition and one object per node."""
    table = Table(partition, precision)
    facts = {
        "version": f"kexuestat {__version__}",
        "options": partition.options or {},
        "numLevels": partition.n_levels,
        "numTopModules": partition.n_modules,
        "codelength": _finite(partition.codelength),
        "oneLevelCodelength": _finite(partition.one_level_codelength),
        "higherOrder": partition.physical is not None,
    }
    keys = {"node_id": "id", "state_id": "stateId", "layer_id": "layerId"}
    keys = [keys[name] for name in table.id_names]
    nodes = [
        {"path": [*module, rank], "name": name, "flow": float(flow), **dict(zip(keys, ids))}
        for module, rank, name, flow, ids in zip(table.modules, table.ranks, table.names, table.flow, table.ids)
    ]
    yield json.dumps({**facts, "nodes": nodes}, ensure_ascii=False, default=str) + "\n"


def _finite(value):
    return None if np.isnan(value) else float(value)


def newick(partition, precision):
    """Yield one Newick tree: leaves are ids, branch lengths are flows."""
    table = Table(partition, precision)
    open_modules = ()
    totals = _module_flows(table)
    pieces = ["("]
    for module, flow, ids in zip(table.modules, table.flow, table.ids):
        shared = _n_shared(module, open_modules)
        pieces += [f"):{totals[open_modules[:k]]:.{precision}g}" for k in range(len(open_modules), shared, -1)]
        comma = "," if len(pieces) > 1 else ""
        pieces.append(f"{comma}{'(' * (len(module) - shared)}{ids[0]}:{flow}")
        open_modules = module
    pieces += [f"):{totals[open_modules[:k]]:.{precision}g}" for k in range(len(open_modules), 0, -1)]
    yield "".join(pieces) + ");\n"


def _n_shared(first, second):
    """Return how many leading numbers two paths share."""
    for k, (a, b) in enumerate(zip(first, second)):
        if a != b:
            return k
    return min(len(first), len(second))


def _module_flows(table):
    totals = {}
    for module, flow in zip(table.modules, table.flow):
        for length in range(1, len(module) + 1):
            totals[module[:length]] = totals.get(module[:length], 0.0) + float(flow)
    return totals


WRITERS = {"clu": clu, "tree": tree, "ftree": ftree, "csv": table_csv, "json": tree_json, "newick": newick}
