"""From a graph and options to what scoring and search take: links, flow and objective, checked once."""

from typing import NamedTuple

from kexuestat.graph.flow import network_of, raw_flow_of
from kexuestat.graph.inputs import as_network, keys_of
from kexuestat.graph.links import Links, prepare_links
from kexuestat.graph.network import FlowNetwork, Objective
from kexuestat.graph.objective import objective_of
from kexuestat.validation.flow import (
    ModelOptions,
    check_meta_data,
    check_model_combination,
    check_model_options,
)
from kexuestat.validation.graph import check_node_values


class Model(NamedTuple):
    """A graph under options.

    ``graph`` is the CSRGraph or network of states, ``nodes`` its row keys, ``iterations`` and ``error`` those of the
    stationary flow.
    """

    graph: object
    nodes: object
    links: Links
    network: FlowNetwork
    objective: Objective
    options: ModelOptions
    iterations: int
    error: float


def build_model(graph, options, *, weight="weight", meta_data=None, node_weights=None):
    """Return the Model of any accepted graph and a dict of options."""
    options = check_model_options(options)
    graph = as_network(graph, options, weight)
    nodes = keys_of(graph)
    links = prepare_links(graph, options, check_node_values(node_weights, "node_weights", nodes))
    check_model_combination(options, links.undirected)
    categories = check_meta_data(meta_data, nodes)
    flow = raw_flow_of(links, options)
    network = network_of(flow, links, options)
    objective = objective_of(links, network, options, categories)
    return Model(graph, nodes, links, network, objective, options, flow.iterations, flow.error)
