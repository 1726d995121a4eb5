"""Sections of state and multilayer files -> StateNetwork, MultilayerNetwork."""

import numpy as np

from kexuestat.exceptions import FileFormatError
from kexuestat.graph.io.pajek import (
    _LAYERED,
    direction,
    is_number,
    link_columns,
    named_fields,
    numbered_lines,
    section_rows,
    vertex_weight,
    whole,
)
from kexuestat.graph.io.source import bad_line

_RULE = 'a line must be: state node ["name"] [weight]'


def state_network(sections, vertices, directed, name):
    """Return the StateNetwork of *States and *Links; an undeclared state is its own physical node."""
    physical, weights = {}, {}
    for section in sections:
        if section.kind == "states":
            for line, text in numbered_lines(section, name):
                _add_state(text, line, name, physical, weights)
    directed = direction(sections, directed, name)
    source, target, weight = link_columns(sections, name, directed, "a line must be: state state [weight]")
    return packed_states(source, target, weight, physical, weights, vertices, directed)


def _add_state(text, line, name, physical, weights):
    fields, quoted = named_fields(text)
    if len(fields) < 2:
        raise bad_line(name, line, text, _RULE)
    state = whole(fields[0], name, line, text)
    physical[state] = whole(fields[1], name, line, text)
    rest = fields[2:] if quoted is None and len(fields) > 2 and is_number(fields[2]) else fields[3:]
    if rest:
        weight = vertex_weight(rest[0], name, line, text)
        if weight is not None:
            weights[state] = weight


def packed_states(source, target, weight, physical, weights, vertices, directed):
    """Return the StateNetwork of id arrays and dicts by state id."""
    from kexuestat.graph.state_networks import StateNetwork

    states = np.unique(np.concatenate((np.array(list(physical), dtype=np.int64), source, target)))
    if not len(states):
        raise FileFormatError("graph has no nodes.")
    homes = np.array([physical.get(state, state) for state in states.tolist()], dtype=np.int64)
    nodes = np.unique(np.concatenate((np.array(vertices.ids, dtype=np.int64), homes)))
    return StateNetwork(
        np.searchsorted(states, source),
        np.searchsorted(states, target),
        np.ones(len(source)) if weight is None else weight,
        np.searchsorted(nodes, homes),
        states.tolist(),
        nodes.tolist(),
        bool(directed),
        np.array([weights.get(state, 1.0) for state in states.tolist()]) if weights else None,
        vertices.names or None,
    )


def multilayer_network(sections, vertices, directed, name):
    """Return the MultilayerNetwork of *Multilayer, or of *Intra and *Inter."""
    from kexuestat.graph.state_networks import MultilayerNetwork

    parts = {"links": [], "intra": [], "inter": []}
    for section in sections:
        if section.kind in _LAYERED:
            n_ids, rule = _LAYERED[section.kind]
            columns, weights = section_rows(section, n_ids, rule, name)
            if section.kind == "inter":
                _check_layers_differ(section, columns, name)
            weights = np.ones(len(columns[0])) if weights is None else weights
            part = section.kind if section.kind in parts else "links"
            parts[part] += zip(*(column.tolist() for column in columns), weights.tolist())
    return MultilayerNetwork.from_links(
        parts["links"] or None,
        intra=parts["intra"] or None,
        inter=parts["inter"] or None,
        directed=direction(sections, directed, name),
        nodes=vertices.ids,
        names=vertices.names or None,
    )


def _check_layers_differ(section, columns, name):
    same = columns[0] == columns[2]
    if same.any():
        row = int(np.argmax(same))
        lines = [(line, text) for line, text in numbered_lines(section, name) if not text.startswith("%")]
        raise bad_line(name, *lines[row], "a link between layers must join two different layers")
