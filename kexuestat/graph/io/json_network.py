"""JSON networks: Infomap's network format 1.0 and node-link data."""

import json
import logging

import numpy as np

from kexuestat.exceptions import FileFormatError
from kexuestat.graph.csr import CSRGraph
from kexuestat.graph.io.foreign import node_link_graph
from kexuestat.graph.io.source import label_of, read_text

log = logging.getLogger(__name__)

_TYPES = ("standard", "bipartite", "state", "multilayer")
_FIELDS = {
    "network": {"format", "version", "type", "directed", "bipartiteStartId", "multilayer", "nodes", "states", "edges"},
    "node": {"id", "name", "weight", "meta", "path"},
    "state": {"id", "node", "name", "weight", "path"},
    "edge": {"source", "target", "weight", "layers"},
}
_MAX_ID = 2**32 - 1


def read_json(source, directed=None, weight="weight", threshold=0.0):
    """Return the network of a JSON file: Infomap's format or node-link data."""
    name = label_of(source)
    try:
        data = json.loads(read_text(source))
    except json.JSONDecodeError as error:
        raise FileFormatError(f"{name or 'input'}, line {error.lineno}: no JSON: {error.msg}.") from None
    if not isinstance(data, dict) or not ("format" in data or "nodes" in data):
        raise FileFormatError(f"{name or 'input'}: expected an object with nodes and edges (or links).")
    if "format" not in data and ("graph" in data or "links" in data or "multigraph" in data):
        return node_link_graph(data, directed, weight, threshold)
    return _Reader(data, name, threshold).network(directed, weight)


class _Reader:
    """Infomap's network format: checks and conversion of one parsed file."""

    def __init__(self, data, name, threshold):
        self.data, self.name, self.threshold, self._noted = data, name or "input", threshold, set()

    def network(self, directed, weight):
        data = self.data
        if data.get("format") != "infomap-network" or data.get("version") != "1.0":
            found = f"{data.get('format')!r} {data.get('version')!r}"
            raise self._error(f"format must be 'infomap-network' and version '1.0', got {found}")
        kind = data.get("type", "standard")
        if kind not in _TYPES:
            raise self._error(f"type must be one of {', '.join(_TYPES)}, got {kind!r}")
        if not isinstance(data.get("edges"), list):
            raise self._error("edges must be a list")
        self._note_unknown(data, "network")
        directed = bool(data.get("directed", False)) if directed is None else bool(directed)
        return getattr(self, f"_{kind}")(directed, weight is not None)

    def _error(self, rule):
        return FileFormatError(f"{self.name}: {rule}.")

    def _note_unknown(self, entry, what):
        for field in entry.keys() - _FIELDS[what] - self._noted:
            self._noted.add(field)
            log.info("%s: unknown field %r of a %s is left out", self.name, field, what)

    def _id(self, value, what):
        whole = isinstance(value, (int, float)) and not isinstance(value, bool) and value == int(value)
        if not whole or not 0 <= value <= _MAX_ID:
            raise self._error(f"{what} must be an integer in 0 ... {_MAX_ID}, got {value!r}")
        return int(value)

    def _number(self, value, what):
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < float("inf"):
            raise self._error(f"{what} must be finite and non-negative, got {value!r}")
        return float(value)

    def _entries(self, key, what):
        for k, entry in enumerate(self.data.get(key, [])):
            if not isinstance(entry, dict) or "id" not in entry:
                raise self._error(f"{key}[{k}] must be an object with an id, got {entry!r}")
            self._note_unknown(entry, what)
            yield k, entry

    def _nodes(self, path_allowed=True):
        """Ids, names, weights of the declared nodes."""
        ids, names, weights = [], {}, {}
        for k, entry in self._entries("nodes", "node"):
            node = self._id(entry["id"], f"nodes[{k}].id")
            if not path_allowed and "path" in entry:
                raise self._error(f"nodes[{k}].path is not allowed in a multilayer network")
            ids.append(node)
            if "name" in entry:
                names[node] = str(entry["name"])
            if "weight" in entry:
                weights[node] = self._number(entry["weight"], f"nodes[{k}].weight")
        return ids, names, weights

    def _links(self):
        source, target, weights, layers = [], [], [], []
        for k, entry in enumerate(self.data["edges"]):
            if not isinstance(entry, dict) or "source" not in entry or "target" not in entry:
                raise self._error(f"edges[{k}] must be an object with source and target, got {entry!r}")
            self._note_unknown(entry, "edge")
            source.append(self._id(entry["source"], f"edges[{k}].source"))
            target.append(self._id(entry["target"], f"edges[{k}].target"))
            weights.append(self._number(entry.get("weight", 1.0), f"edges[{k}].weight"))
            layers.append(entry.get("layers"))
        return source, target, weights, layers

    def _standard(self, directed, weighted):
        ids, names, node_weights = self._nodes()
        source, target, weights, _ = self._links()
        nodes = np.unique(np.array([*ids, *source, *target], dtype=np.int64))
        if not len(nodes):
            raise self._error("graph has no nodes")
        return CSRGraph.from_edges(
            np.searchsorted(nodes, source),
            np.searchsorted(nodes, target),
            weights if weighted and set(weights) != {1.0} else None,
            n_nodes=len(nodes),
            directed=directed,
            nodes=nodes,
            node_weights=[node_weights.get(node, 1.0) for node in nodes.tolist()] if node_weights else None,
            names=names or None,
            weight_threshold=self.threshold,
        )

    def _bipartite(self, directed, weighted):
        if "bipartiteStartId" not in self.data:
            raise self._error("a bipartite network needs bipartiteStartId")
        start = self._id(self.data["bipartiteStartId"], "bipartiteStartId")
        return self._standard(directed, weighted).bipartite(start=start)

    def _state(self, directed, weighted):
        from kexuestat.graph.io.pajek import Vertices
        from kexuestat.graph.io.states import packed_states

        physical, state_weights = {}, {}
        for k, entry in self._entries("states", "state"):
            if "meta" in entry:
                raise self._error(f"states[{k}].meta is not allowed; metadata belongs to nodes")
            state = self._id(entry["id"], f"states[{k}].id")
            physical[state] = self._id(entry.get("node", state), f"states[{k}].node")
            if "weight" in entry:
                state_weights[state] = self._number(entry["weight"], f"states[{k}].weight")
        source, target, weights, _ = self._links()
        ends = np.array(source, dtype=np.int64), np.array(target, dtype=np.int64)
        weights = np.array(weights) if weighted else None
        return packed_states(*ends, weights, physical, state_weights, Vertices(*self._nodes()), directed)

    def _multilayer(self, directed, weighted):
        from kexuestat.graph.state_networks import MultilayerNetwork

        kind = self.data.get("multilayer", "full")
        if kind not in ("full", "intra", "intra-inter"):
            raise self._error(f"multilayer must be full, intra or intra-inter, got {kind!r}")
        ids, names, _ = self._nodes(path_allowed=False)
        rows = {"links": [], "intra": [], "inter": []}
        for k, (i, j, w, layers) in enumerate(zip(*self._links())):
            part, row = self._layered(k, kind, i, j, layers)
            rows[part].append((*row, w if weighted else 1.0))
        return MultilayerNetwork.from_links(
            rows["links"] or None,
            intra=rows["intra"] or None,
            inter=rows["inter"] or None,
            directed=directed,
            nodes=ids,
            names=names or None,
        )

    def _layered(self, k, kind, i, j, layers):
        """The part of a multilayer network an edge belongs to, and its row."""
        if not isinstance(layers, list) or len(layers) not in (1, 2):
            raise self._error(f"edges[{k}].layers must have 1 or 2 entries, got {layers!r}")
        layers = [self._id(layer, f"edges[{k}].layers") for layer in layers]
        if kind == "full":
            if len(layers) != 2:
                raise self._error(f"edges[{k}].layers must have 2 entries in a full multilayer network, got {layers!r}")
            return "links", (layers[0], i, layers[1], j)
        if len(layers) == 1 or layers[0] == layers[1]:
            return "intra", (layers[0], i, j)
        if kind == "intra" or i != j:
            raise self._error(f"edges[{k}] joins two layers, which must be one node of an intra-inter network")
        return "inter", (layers[0], i, layers[1])
