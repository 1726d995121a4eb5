"""From a graph and options to what scoring and search take: links, flow and objective, checked once."""

from typing import NamedTuple

import numpy as np

from kexuestat.graph.codelength import one_level_codelength
from kexuestat.graph.csr import CSRGraph
from kexuestat.graph.flow import flow_has_converged, loop_flow_of, network_of, raw_flow_of
from kexuestat.graph.inputs import as_network, keys_of
from kexuestat.graph.links import Links, prepare_links
from kexuestat.graph.memory import check_search_memory
from kexuestat.graph.network import FlowNetwork, Objective
from kexuestat.graph.objective import objective_of
from kexuestat.validation.flow import (
    ModelOptions,
    check_lossy_combination,
    check_meta_data,
    check_model_combination,
    check_model_options,
)
from kexuestat.validation.graph import check_node_values


class Model(NamedTuple):
    """A graph under options.

    ``graph`` is the CSRGraph or network of states, ``nodes`` its row keys, ``iterations``, ``error`` and
    ``flow_converged`` those of the stationary flow, ``loop_flow`` the flow along loops, which ``network`` leaves out.
    """

    graph: object
    nodes: object
    links: Links
    network: FlowNetwork
    objective: Objective
    options: ModelOptions
    iterations: int
    error: float
    flow_converged: bool
    loop_flow: np.ndarray

    @property
    def one_level_codelength(self):
        """Codelength of all nodes in one module."""
        return one_level_codelength(self.network, self.objective)

    @property
    def physical_nodes(self):
        """The caller's physical nodes of a network of states, else None."""
        return None if isinstance(self.graph, CSRGraph) else self.graph.nodes


def build_model(graph, options, *, weight="weight", meta_data=None, node_weights=None):
    """Return the Model of any accepted graph and a dict of options."""
    options = check_model_options(options)
    graph = as_network(graph, options, weight)
    nodes = keys_of(graph)
    links = prepare_links(graph, options, check_node_values(node_weights, "node_weights", nodes))
    check_model_combination(options, links.undirected)
    check_search_memory(links.rows, links.weight_kind)
    categories = check_meta_data(meta_data, nodes)
    check_lossy_combination(options, links.undirected, len(links.physical) > 0, categories is not None)
    flow = raw_flow_of(links, options)
    network = network_of(flow, links, options)
    objective = objective_of(links, network, options, categories)
    converged = flow_has_converged(flow, options)
    loops = loop_flow_of(flow, links)
    return Model(graph, nodes, links, network, objective, options, flow.iterations, flow.error, converged, loops)
