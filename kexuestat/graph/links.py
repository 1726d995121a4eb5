"""The links that a flow model starts from: filtered, summed, in compressed rows of nodes or states."""

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from kexuestat.graph.csr import CSRGraph
from kexuestat.graph.state_networks import MultilayerNetwork, StateNetwork
from kexuestat.validation.flow import check_has_nodes, check_total_weight

NOTHING = np.empty(0)
NO_IDS = np.empty(0, dtype=np.int64)


class Links(NamedTuple):
    """Preprocessed links.

    Attributes
    ----------
    indptr, indices, weights : ndarray
        Compressed rows, row = source; symmetric for undirected links, a loop once.
    undirected : bool
    node_weights : ndarray of float64, shape (n_nodes,), or None
    physical : ndarray of int64, shape (n_nodes,), or (0,)
        Physical node of each state; empty where nodes are their own.
    features : ndarray of bool, shape (n_nodes,), or (0,)
        The secondary side of a bipartite network.
    """

    indptr: np.ndarray
    indices: np.ndarray
    weights: np.ndarray
    undirected: bool
    node_weights: object
    physical: np.ndarray
    features: np.ndarray

    @property
    def n_nodes(self):
        return self.indptr.shape[0] - 1


def is_undirected(graph, options):
    """Return whether the flow on graph is undirected: flow_model wins over directed, directed over the graph."""
    if options.flow_model is not None:
        return options.flow_model == "undirected"
    directed = graph.directed if options.directed is None else options.directed
    return not directed


def prepare_links(graph, options, node_weights=None):
    """Return the Links of a CSRGraph, StateNetwork or MultilayerNetwork.

    In this order: weight 0 dropped, weight below ``weight_threshold`` dropped, loops dropped if ``no_self_links``,
    equal links summed.
    """
    undirected = is_undirected(graph, options)
    if isinstance(graph, MultilayerNetwork):
        from kexuestat.graph.multilayer import couple_layers

        graph, undirected = couple_layers(graph, options, undirected)
    if isinstance(graph, StateNetwork):
        links = _links_of_states(graph, options, undirected)
    else:
        links = _links_of_graph(graph, options, undirected)
    check_has_nodes(links.n_nodes)
    check_total_weight(links.weights.sum())
    return links if node_weights is None else links._replace(node_weights=node_weights)


def _links_of_graph(graph, options, undirected):
    kept = graph.weights >= options.weight_threshold
    if options.no_self_links:
        kept &= graph.rows() != graph.indices
    if not kept.all():
        graph = _filtered(graph, kept)
    if undirected and graph.directed:
        graph = graph.with_direction(False)
    features = NO_IDS if graph.features is None else graph.features
    return Links(graph.indptr, graph.indices, graph.weights, undirected, graph.node_weights, NO_IDS, features)


def _filtered(graph, kept):
    before = np.concatenate(([0], np.cumsum(kept, dtype=np.int64)))
    return replace(graph, indptr=before[graph.indptr], indices=graph.indices[kept], weights=graph.weights[kept])


def _links_of_states(network, options, undirected):
    kept = (network.weight > 0) & (network.weight >= options.weight_threshold)
    if options.no_self_links:
        kept &= network.source != network.target
    rows = (network.source[kept], network.target[kept], network.weight[kept])
    graph = CSRGraph.from_rows(*rows, range(network.n_states), not undirected)
    return Links(
        graph.indptr, graph.indices, graph.weights, undirected, network.state_weights, network.physical, NO_IDS
    )
