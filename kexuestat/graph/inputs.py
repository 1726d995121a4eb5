"""What functions and the estimator take as a graph: anything CSRGraph.of knows, and networks of states."""

from kexuestat.graph.csr import CSRGraph
from kexuestat.graph.state_networks import MultilayerNetwork, StateNetwork


def as_network(graph, options, weight="weight"):
    """Return graph as CSRGraph, StateNetwork or MultilayerNetwork."""
    if isinstance(graph, (CSRGraph, StateNetwork, MultilayerNetwork)):
        return graph
    return CSRGraph.of(graph, weight=weight, directed=_direction(options))


def _direction(options):
    if options.flow_model is not None:
        return options.flow_model != "undirected"
    return options.directed
