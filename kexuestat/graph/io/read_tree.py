"""Readers of partitions: .clu .tree .ftree, csv, JSON, Newick -> one row (path, keys, name, flow) per node."""

import csv
import io
import json
import logging
from typing import NamedTuple

import numpy as np

from kexuestat.exceptions import FileFormatError
from kexuestat.graph.csr import as_list
from kexuestat.graph.io.pajek import is_number, named_fields, whole
from kexuestat.graph.io.source import bad_line
from kexuestat.graph.partition import Partition

log = logging.getLogger(__name__)

_TREE_RULE = 'a line must be: path flow "name" id [node_id [layer_id]]'


class Row(NamedTuple):
    """One node of a partition file.

    Attributes
    ----------
    path : tuple of int
        Module numbers of the file from the top down, without the rank inside the leaf module.
    ids : tuple of int
        (node,) or (state, node) or (state, node, layer).
    name : str or None
    flow : float or None
    """

    path: tuple
    ids: tuple
    name: str | None
    flow: float | None


def _lines(text):
    for k, line in enumerate(text.split("\n"), 1):
        line = line.strip()
        if line and not line.startswith("#"):
            yield k, line


def read_clu(text, name):
    """Return the rows of a .clu file: id module [flow [node_id [layer_id]]]."""
    rows = []
    for line, content in _lines(text):
        words = content.split()
        if words[0].startswith("*"):
            continue
        if len(words) < 2:
            raise bad_line(name, line, content, "a line must be: id module [flow]")
        ids = (whole(words[0], name, line, content), *(whole(w, name, line, content) for w in words[3:5]))
        flow = float(words[2]) if len(words) > 2 and is_number(words[2]) else None
        rows.append(Row((whole(words[1], name, line, content),), ids, None, flow))
    return rows


def read_tree(text, name):
    """Return the rows of a .tree file or of the tree part of an .ftree file."""
    rows, widths = [], set()
    for line, content in _lines(text):
        if content.startswith("*"):
            break
        fields, at = named_fields(content)
        if len(fields) < 4 or at not in (2, None):
            raise bad_line(name, line, content, _TREE_RULE)
        ids = tuple(whole(word, name, line, content) for word in fields[3:6])
        widths.add(min(len(ids), 2))
        if len(widths) > 1:
            raise bad_line(name, line, content, "all lines must have the same columns (physical or state ids)")
        if not is_number(fields[1]):
            raise bad_line(name, line, content, _TREE_RULE)
        rows.append(Row(_module_path(fields[0], name, line, content), ids, fields[2], float(fields[1])))
    return rows


def _module_path(word, name, line, content):
    path = tuple(whole(part, name, line, content) for part in word.split(":"))
    if min(path) < 1:
        raise bad_line(name, line, content, "the numbers of a path must be at least 1")
    return path[:-1] or path


def read_csv(text, name):
    """Return the rows of a csv file with columns path, flow, name and ids."""
    reader = csv.DictReader(io.StringIO(text))
    columns = reader.fieldnames or []
    keys = [key for key in ("state_id", "node_id", "layer_id") if key in columns]
    if "path" not in columns or not keys:
        raise FileFormatError(f"{name or 'input'}, line 1: the header must have path and node_id, got {columns}.")
    rows = []
    for entry in reader:
        line, content = reader.line_num, ",".join(str(value) for value in entry.values())
        ids = tuple(whole(entry[key], name, line, content) for key in keys)
        flow = float(entry["flow"]) if is_number(entry.get("flow") or "") else None
        rows.append(Row(_module_path(entry["path"], name, line, content), ids, entry.get("name"), flow))
    return rows


def read_json(text, name):
    """Return the rows of a JSON tree: nodes with path and id (stateId, layerId).

    In a JSON network the paths lead to the module of a node, in a JSON tree to its rank inside the module.
    """
    try:
        data = json.loads(text)
        if data.get("format") == "infomap-network":
            nodes = [node | {"path": [*node["path"], 1]} for node in data.get("states", data["nodes"])]
        else:
            nodes = data["nodes"]
        return [_json_row(node, name) for node in nodes]
    except (json.JSONDecodeError, AttributeError, KeyError, TypeError) as error:
        raise FileFormatError(f"{name or 'input'}: no JSON tree with nodes, paths and ids ({error}).") from None


def _json_row(node, name):
    keys = [key for key in ("stateId", "id", "layerId") if key in node]
    path = tuple(node["path"])
    if not path or any(not isinstance(number, int) or number < 1 for number in path):
        raise FileFormatError(f"{name or 'input'}: the numbers of a path must be at least 1, got {node['path']!r}.")
    return Row(path[:-1] or path, tuple(int(node[key]) for key in keys), node.get("name"), node.get("flow"))


def read_newick(text, name):
    """Return the rows of a Newick tree whose leaves are ids."""
    rows, path, children, word = [], [], [0], ""
    for c in "".join(text.split()):
        if c not in "(),;":
            word += c
            continue
        if c == "(":
            children[-1] += 1
            path.append(children[-1])
            children.append(0)
        elif word and not word.startswith(")"):
            leaf, _, flow = word.partition(":")
            ids = (whole(leaf, name, 1, word),)
            rows.append(Row(tuple(path[1:]), ids, None, float(flow) if is_number(flow) else None))
        word = ""
        if c == ")":
            if not path:
                raise FileFormatError(f"{name or 'input'}: a bracket of the Newick tree closes nothing.")
            path.pop()
            children.pop()
            word = ")"
    if path:
        raise FileFormatError(f"{name or 'input'}: {len(path)} brackets of the Newick tree stay open.")
    return [row if row.path else row._replace(path=(k + 1,)) for k, row in enumerate(rows)]


READERS = {
    "clu": read_clu,
    "tree": read_tree,
    "ftree": read_tree,
    "csv": read_csv,
    "json": read_json,
    "newick": read_newick,
}


def aligned(rows, nodes, name, graph=None):
    """Return the Partition of rows over nodes (None: over the ids of the rows).

    Nodes without a row stay alone or, where a graph is given, join the module they have most link weight to.
    """
    if not rows:
        raise FileFormatError(f"{name or 'input'}: the partition has no nodes.")
    _check_not_mixed(rows, name)
    if nodes is None:
        found, nodes = rows, [row.ids[0] for row in rows]
        _check_distinct(nodes, name)
    else:
        found = _matched(rows, as_list(nodes), name)
        if graph is not None:
            _join_neighbours(found, graph)
    own = max(row.path[0] for row in rows)
    paths = [row.path if row else (own + 1 + k,) for k, row in enumerate(found)]
    flows = [row.flow if row else 0.0 for row in found]
    names = {node: row.name for node, row in zip(nodes, found) if row and row.name is not None}
    return Partition(
        levels_in_order(paths),
        nodes,
        node_flow=None if None in flows else np.array(flows, dtype=np.float64),
        names=names or None,
    )


def _join_neighbours(found, graph):
    """Give nodes without a row the path they have most link weight to, in place, as far as links lead."""
    into = graph.transposed()
    missing = [i for i, row in enumerate(found) if row is None]
    while missing:
        joined = [(i, path) for i in missing if (path := _heaviest_path(found, i, graph, into)) is not None]
        for i, path in joined:
            found[i] = Row(path, (), None, 0.0)
        left = [i for i in missing if found[i] is None]
        if len(left) == len(missing):
            return
        missing = left


def _heaviest_path(found, i, graph, into):
    weight = {}
    for indptr, indices, weights in ((graph.indptr, graph.indices, graph.weights), into):
        for e in range(indptr[i], indptr[i + 1]):
            row = found[indices[e]]
            if row is not None:
                weight[row.path] = weight.get(row.path, 0.0) + weights[e]
    return max(weight, key=lambda path: (weight[path], [-number for number in path])) if weight else None


def levels_in_order(paths):
    """Return label arrays from fine to coarse whose numbers follow the order of the paths."""
    levels = []
    for length in range(max(map(len, paths)), 0, -1):
        number = {path: k for k, path in enumerate(sorted({path[:length] for path in paths}))}
        levels.append(np.array([number[path[:length]] for path in paths], dtype=np.int64))
    return levels


def _check_not_mixed(rows, name):
    inner = {row.path[:length] for row in rows for length in range(1, len(row.path))}
    for row in rows:
        if row.path in inner:
            path = ":".join(map(str, row.path))
            raise FileFormatError(
                f"{name or 'input'}: module {path} holds node {row.ids[0]} as well as submodules; it must hold either."
            )


def _check_distinct(keys, name):
    seen = set()
    for key in keys:
        if key in seen:
            raise FileFormatError(f"{name or 'input'}: id {key!r} stands in two lines.")
        seen.add(key)


def _matched(rows, nodes, name):
    """The row of each node, None where the file has none."""
    keys = _keys(rows, nodes)
    _check_distinct(keys, name)
    row_of = dict(zip(keys, rows))
    wanted = nodes if any(node in row_of for node in nodes) else list(range(len(nodes)))
    found = [row_of.get(node) for node in wanted]
    n_missing, n_unknown = found.count(None), len(row_of.keys() - set(wanted))
    if n_missing or n_unknown:
        log.warning(
            "%s: %d ids are not in the graph and left out, %d nodes are not in the file and stay alone",
            name or "input",
            n_unknown,
            n_missing,
        )
    return found


def _keys(rows, nodes):
    """How the rows are called among the nodes: (layer, node), name, or first id."""
    if all(len(row.ids) == 3 for row in rows) and all(isinstance(node, tuple) for node in nodes):
        pairs = [(row.ids[2], row.ids[1]) for row in rows]
        if not set(nodes).isdisjoint(pairs):
            return pairs
    if not all(isinstance(node, (int, np.integer)) for node in nodes):
        known = {str(node): node for node in nodes}
        if all(row.name in known for row in rows) and len({row.name for row in rows}) == len(rows):
            return [known[row.name] for row in rows]
    return [row.ids[0] for row in rows]
