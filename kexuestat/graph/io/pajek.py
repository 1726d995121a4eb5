"""Pajek and Infomap networks: headings *Vertices, *Edges, *Arcs, *Links, *Bipartite, *States, *Multilayer, *Intra …"""

import logging
import re
from typing import NamedTuple

import numpy as np

from kexuestat.exceptions import FileFormatError
from kexuestat.graph.csr import CSRGraph
from kexuestat.graph.io.edge_list import read_edge_list
from kexuestat.graph.io.rows import Rows
from kexuestat.graph.io.source import bad_line, decode, held, label_of, read_bytes

log = logging.getLogger(__name__)

_HEADING = re.compile(rb"^[ \t]*\*([^\s]+)[ \t]*([^\r\n]*)", re.M)
_LINKS = {"edges": False, "arcs": True, "links": None}  # heading -> what it says about direction
_SKIPPED = ("contexts", "paths")
_LAYERED = {
    "multilayer": (4, "a line must be: layer node layer node [weight]"),
    "multiplex": (4, "a line must be: layer node layer node [weight]"),
    "intra": (3, "a line must be: layer node node [weight]"),
    "inter": (3, "a line must be: layer node layer [weight]"),
}
_KNOWN = ("vertices", "bipartite", "states", *_LINKS, *_LAYERED, *_SKIPPED)


class Section(NamedTuple):
    """A heading, what stands behind it, the bytes below it and the line number of the heading."""

    kind: str
    argument: str
    data: bytes
    line: int


class Vertices(NamedTuple):
    """Declared ids, their names and weights (dicts by id)."""

    ids: list
    names: dict
    weights: dict


def read_pajek(source, directed=None, weight="weight", threshold=0.0):
    """Return the network of a Pajek or Infomap file: CSRGraph, StateNetwork or MultilayerNetwork.

    ``*Edges`` says undirected, ``*Arcs`` directed, an explicit ``directed`` wins. Without any heading the file is a
    link list. Node keys are the integer ids; the quoted names go to ``names``.
    """
    name = label_of(source)
    data = read_bytes(source)
    data = data if data.endswith(b"\n") else data + b"\n"
    sections = _sections(data, name)
    if all(section.kind == "links" and not section.line for section in sections):
        return read_edge_list(held(data, name), directed, weight, threshold)
    kinds = {section.kind for section in sections}
    vertices = _vertices([s for s in sections if s.kind == "vertices"], name)
    if "states" in kinds:
        from kexuestat.graph.io.states import state_network

        return state_network(sections, vertices, directed, name)
    if kinds & set(_LAYERED):
        from kexuestat.graph.io.states import multilayer_network

        return multilayer_network(sections, vertices, directed, name)
    return _graph(sections, vertices, directed, name, threshold, weight is not None)


def _sections(data, name):
    found = list(_HEADING.finditer(data))
    sections, stop = [], found[0].start() if found else len(data)
    if re.search(rb"^[ \t]*[^#%\s]", data[:stop], re.M):  # links before any heading
        sections.append(Section("links", "", data[:stop], 0))
    line, passed = 1, 0
    for k, match in enumerate(found):
        line += data.count(b"\n", passed, match.start())
        passed = match.start()
        kind = match.group(1).decode("utf-8", "replace").lower().rstrip(":")
        if kind not in _KNOWN:
            listed = ", ".join("*" + known.capitalize() for known in _KNOWN)
            raise bad_line(
                name, line, match.group(0).decode("utf-8", "replace"), f"the heading must be one of {listed}"
            )
        below = data.index(b"\n", match.end()) + 1
        end = found[k + 1].start() if k + 1 < len(found) else len(data)
        if kind in _SKIPPED:
            log.info("%s, line %d: section *%s is skipped", name, line, kind)
        else:
            sections.append(Section(kind, match.group(2).decode("utf-8", "replace").strip(), data[below:end], line))
    return sections


def numbered_lines(section, name):
    """Yield line number and text of the lines of a section that are neither empty nor comments."""
    for k, text in enumerate(decode(section.data, name).split("\n"), section.line + 1):
        text = text.strip()
        if text and not text.startswith("#"):
            yield k, text


def named_fields(text):
    """Return the fields of a line with one name in it: from its first to its last quote, or one word."""
    first, last = text.find('"'), text.rfind('"')
    if first < last:
        return [*text[:first].split(), text[first + 1 : last], *text[last + 1 :].split()], len(text[:first].split())
    return text.split(), None


def _vertices(sections, name):
    vertices = Vertices([], {}, {})
    for section in sections:
        for line, text in numbered_lines(section, name):
            fields, _ = named_fields(text)
            node = whole(fields[0], name, line, text)
            vertices.ids.append(node)
            if len(fields) > 1:
                vertices.names[node] = fields[1]
            if len(fields) == 3 or (len(fields) > 3 and not is_number(fields[3])):  # two numbers are coordinates
                number = vertex_weight(fields[2], name, line, text)
                if number is not None:
                    vertices.weights[node] = number
    return vertices


def whole(word, name, line, text):
    """Return word as int, or raise with the line."""
    try:
        return int(word)
    except ValueError:
        raise bad_line(name, line, text, "the id must be an integer") from None


def is_number(word):
    """Return whether word reads as a float."""
    try:
        float(word)
    except ValueError:
        return False
    return True


def vertex_weight(word, name, line, text):
    """Return the weight of a vertex line, None if the word is no number."""
    if not is_number(word):
        return None
    if not 0 <= float(word) < np.inf:
        raise bad_line(name, line, text, "the weight of a node must be finite and non-negative")
    return float(word)


def section_rows(section, n_ids, rule, name):
    """Return the id columns and weights (or None) of a section of links."""
    rows = Rows(n_ids, name, rule)
    rows.line = section.line
    rows.add(section.data)
    return rows.columns, rows.weights


def direction(sections, directed, name):
    """Return the direction: as asked, else directed iff a non-empty section says arcs."""
    said = {_LINKS[s.kind] for s in sections if s.kind in _LINKS and s.data.strip()} - {None}
    if directed is None:
        return True in said
    if said - {directed}:
        log.info("%s: read as %s, as asked, though a heading says otherwise", name, "arcs" if directed else "links")
    return bool(directed)


def link_columns(sections, name, directed, rule="a line must be: source target [weight]"):
    """Return source, target, weights (or None) of all link sections; *Edges beside *Arcs count in both directions."""
    kinds = {s.kind for s in sections if s.data.strip()}
    sources, targets, weights = [np.empty(0, np.int64)], [np.empty(0, np.int64)], []
    for section in sections:
        if section.kind not in (*_LINKS, "bipartite"):
            continue
        (source, target), weight = section_rows(section, 2, rule, name)
        turned = [(source, target)]
        if directed and section.kind == "edges" and "arcs" in kinds:
            turned.append((target, source))
        for first, second in turned:
            sources.append(first)
            targets.append(second)
            weights.append(np.ones(len(source)) if weight is None else weight)
    weight = np.concatenate(weights) if weights else np.empty(0)
    return np.concatenate(sources), np.concatenate(targets), None if (weight == 1).all() else weight


def _graph(sections, vertices, directed, name, threshold, weighted):
    directed = direction(sections, directed, name)
    source, target, weights = link_columns(sections, name, directed)
    ids = np.unique(np.concatenate((np.array(vertices.ids, dtype=np.int64), source, target)))
    if not len(ids):
        raise FileFormatError(f"{name or 'input'}: graph has no nodes.")
    node_weights = None
    if vertices.weights:
        node_weights = [vertices.weights.get(node, 1.0) for node in ids.tolist()]
    source, target = np.searchsorted(ids, source), np.searchsorted(ids, target)
    options = {"n_nodes": len(ids), "nodes": ids, "node_weights": node_weights, "names": vertices.names or None}
    options["weight_threshold"] = threshold
    weights = weights if weighted else None
    graph = CSRGraph.from_edges(source, target, weights, directed=directed, **options)
    starts = [section for section in sections if section.kind == "bipartite"]
    if not starts:
        return graph
    start = whole(starts[0].argument.split()[0] if starts[0].argument else "", name, starts[0].line, "*Bipartite")
    return graph.bipartite(start=start)
