"""What functions and the estimator take as a graph: anything CSRGraph.of knows, and networks of states."""

import os

from kexuestat.graph.csr import CSRGraph
from kexuestat.graph.state_networks import MultilayerNetwork, StateNetwork

NETWORKS = (CSRGraph, StateNetwork, MultilayerNetwork)


def as_network(graph, options, weight="weight"):
    """Return graph as CSRGraph, StateNetwork or MultilayerNetwork; flow_model wins over the direction it states."""
    if isinstance(graph, NETWORKS):
        return graph
    directed = options.directed if options.flow_model is None else options.flow_model != "undirected"
    if isinstance(graph, (str, os.PathLike)):
        from kexuestat.graph.io.dispatch import read_graph

        return read_graph(graph, directed=directed, weight=weight, weight_threshold=options.weight_threshold)
    return CSRGraph.of(graph, weight=weight, directed=directed, weight_threshold=options.weight_threshold)


def keys_of(network):
    """Return the caller's keys of the rows: nodes of a graph, states of a network of states."""
    return network.nodes if isinstance(network, CSRGraph) else network.states
