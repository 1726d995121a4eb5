"""From a FlowNetwork to the arrays of the search kernels."""

from typing import NamedTuple

import numpy as np

from kexuestat._kernels.infomap_level import both_directions, is_symmetric, node_quanta, quanta_of_flow
from kexuestat._kernels.infomap_terms import _Level, _Rule, plogp_table

_TABLE_SIZE = 1 << 16
_INT32_LIMIT = 2**31 - 2
_FLOW_QUANTA = 2.0**52


class SearchSpace(NamedTuple):
    """What the trials of one search share: the finest _Level, its _Rule and -sum plogp(p_i) in bits."""

    level: _Level
    rule: _Rule
    node_term: float


def _node_term(node_flow):
    p = node_flow[node_flow > 0.0]
    return float(-(p * np.log2(p)).sum())


def _whole_volumes(network, weights):
    """Return (volume, W) of whole weights, or None where flows are not weights / W of these weights."""
    if network.n_entries == 0:
        return None
    first, last = (float(weights[e]) if len(weights) else 1.0 for e in (0, -1))
    first_flow, last_flow = network.end_flows
    total = np.rint(first / first_flow)
    scaled = network.node_flow * total
    volume = np.rint(scaled)
    fits = 2 * total < _INT32_LIMIT and np.abs(scaled - volume).max() < 1e-6 * max(1.0, volume.max())
    if not fits or volume.sum() != total or abs(last / total - last_flow) > 1e-14:
        return None
    return volume.astype(np.int64), total


def _whole_space(network, weights, tol):
    found = _whole_volumes(network, weights)
    if found is None:
        return None
    volume, total = found
    unit = len(weights) == 0 or weights.min() == weights.max() == 1
    weights = np.empty(0, np.int32) if unit else weights.astype(np.int32, copy=False)
    indices = network.columns
    symmetric = network.rows.symmetric if unit else is_symmetric(network.indptr, indices, weights)
    if not symmetric:
        return None
    nodes = node_quanta(network.indptr, weights, volume, np.empty(0, np.int32))
    if (nodes[0::4] > nodes[1::4]).any():
        return None
    scale = 1.0 / total
    table = plogp_table(int(min(2 * total + 2, _TABLE_SIZE)), scale)
    return SearchSpace(_Level(network.indptr, indices, weights, nodes), _Rule(table, scale, True, tol, 0, 1, 1), 0.0)


def _flow_space(network, tol):
    table = plogp_table(1, 1.0)
    indptr, indices, values, row_scale = network.entries
    quanta = quanta_of_flow(indptr, values, row_scale)
    if network.undirected and is_symmetric(indptr, indices, quanta):
        volume = np.rint(network.node_flow * _FLOW_QUANTA).astype(np.int64)
        nodes = node_quanta(indptr, quanta, volume, volume)
        rule = _Rule(table, 1.0 / _FLOW_QUANTA, True, tol, 0, 1, 1)
        return SearchSpace(_Level(indptr, indices, quanta, nodes), rule, 0.0)
    indptr, indices, sums, leave, enter = both_directions(indptr, indices, quanta)
    del quanta
    nodes = np.zeros((leave.shape[0], 4), np.int64)
    linked = np.diff(indptr) > 0
    nodes[:, 1] = np.maximum(np.rint(network.node_flow * _FLOW_QUANTA).astype(np.int64), linked)
    nodes[:, 0] = leave
    nodes[:, 3] = enter
    rule = _Rule(table, 1.0 / _FLOW_QUANTA, False, tol, 0, 1, 1)
    return SearchSpace(_Level(indptr, indices, sums, nodes.ravel()), rule, 0.0)


def search_space(network, integer_weights, tol):
    """Return the SearchSpace of a FlowNetwork; whole weights are used where the flow is exactly theirs."""
    space = None
    if integer_weights is not None and network.undirected:
        space = _whole_space(network, np.asarray(integer_weights), tol)
    if space is None:
        space = _flow_space(network, tol)
    return space._replace(node_term=_node_term(network.node_flow))
