"""The links that a flow model starts from: filtered, summed, in compressed rows of nodes or states."""

from typing import NamedTuple

import numpy as np

from kexuestat._kernels.infomap_level import are_whole
from kexuestat.graph.csr import CSRGraph, with_entries
from kexuestat.graph.rows import Rows
from kexuestat.graph.state_networks import MultilayerNetwork, StateNetwork
from kexuestat.validation.flow import check_has_nodes, check_total_weight

NOTHING = np.empty(0)
NO_IDS = np.empty(0, dtype=np.int64)


class Links(NamedTuple):
    """Preprocessed links.

    Attributes
    ----------
    rows : Rows
        Row = source; symmetric for undirected links, a loop once.
    undirected : bool
    node_weights : ndarray of float64, shape (n_nodes,), or None
    physical : ndarray of int64, shape (n_nodes,), or (0,)
        Physical node of each state; empty where nodes are their own.
    features : ndarray of bool, shape (n_nodes,), or (0,)
        The secondary side of a bipartite network.
    """

    rows: Rows
    undirected: bool
    node_weights: object
    physical: np.ndarray
    features: np.ndarray

    @property
    def n_nodes(self):
        return self.rows.n_nodes

    @property
    def weight_kind(self):
        """What the search counts: "directed" flow, or undirected links of weight 1, of whole or of other weights."""
        if not self.undirected:
            return "directed"
        if not len(self.rows.values):
            return "unit"
        return "whole" if are_whole(self.rows.values) else "real"


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
    check_total_weight(links.rows.total_weight)
    return links if node_weights is None else links._replace(node_weights=node_weights)


def _links_of_graph(graph, options, undirected):
    threshold = options.weight_threshold
    light = threshold > 0 and (graph.values.min(initial=1.0) if len(graph.values) else 1.0) < threshold
    if light or (options.no_self_links and graph.n_loops):
        kept = graph.weights >= threshold
        if options.no_self_links:
            kept &= graph.rows() != graph.columns
        graph = with_entries(graph, kept)
    if undirected and graph.directed:
        graph = graph.with_direction(False)
    features = NO_IDS if graph.features is None else graph.features
    return Links(graph, undirected, graph.node_weights, NO_IDS, features)


def _links_of_states(network, options, undirected):
    kept = (network.weight > 0) & (network.weight >= options.weight_threshold)
    if options.no_self_links:
        kept &= network.source != network.target
    rows = (network.source[kept], network.target[kept], network.weight[kept])
    graph = CSRGraph.from_rows(*rows, range(network.n_states), not undirected)
    return Links(graph, undirected, network.state_weights, network.physical, NO_IDS)
