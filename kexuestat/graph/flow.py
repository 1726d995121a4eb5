"""From a graph to the flow that the map equation sees: stationary_flow for users, flow_network for the rest.

Steps: filtered links (``links``), a flow model (``flow_models``, ``regularized``), then, in this order, node weights as
flow, the bipartite projection and Markov time.
"""

import warnings
from typing import NamedTuple

import numpy as np

from kexuestat._kernels.flow import column_sums, has_loops, row_sums, without_loops
from kexuestat.graph.flow_models import directed_flow, precomputed_flow, raw_flow, undirected_flow
from kexuestat.graph.network import FlowNetwork
from kexuestat.graph.regularized import regularized_flow
from kexuestat.graph.rows import Rows
from kexuestat.validation.flow import check_bipartite_combination, check_total_node_weight

_ARC_MODELS = {
    "rawdir": raw_flow,
    "undirdir": raw_flow,
    "outdirdir": raw_flow,
    "precomputed": precomputed_flow,
}


class Flow(NamedTuple):
    """Stationary flow of a graph.

    Attributes
    ----------
    node_flow : ndarray of float64, shape (n_nodes,)
        Visit rates, sum 1 (all 0 without links, except in regularised flow).
    edge_flow : scipy.sparse.csr_array of float64, shape (n_nodes, n_nodes)
        Flow per step from row to column, loops left out; an undirected link has half its flow in each direction.
    teleport_flow, teleport_weight : ndarray of float64, shape (n_nodes,)
        Recorded teleportation out of each node, and where it goes; 0 where teleportation is not recorded.
    iterations : int
        Steps of the power iteration; 0 for a closed form.
    error : float
        L1 change of the last step.
    """

    node_flow: np.ndarray
    edge_flow: object
    teleport_flow: np.ndarray
    teleport_weight: np.ndarray
    iterations: int
    error: float


def flow_model_of(links, options):
    """Return the function from (links, options) to RawFlow."""
    if options.regularized:
        return regularized_flow
    if links.undirected:
        return undirected_flow
    return _ARC_MODELS.get(options.flow_model, directed_flow)


def raw_flow_of(links, options):
    """Return the RawFlow of links, with a ConvergenceWarning if the power iteration did not end by itself."""
    flow = flow_model_of(links, options)(links, options)
    if not flow_has_converged(flow, options):
        from sklearn.exceptions import ConvergenceWarning

        warnings.warn(
            f"the stationary flow changes by {flow.error:.3g} after max_flow_iterations = {flow.iterations} steps; "
            "raise max_flow_iterations or flow_tolerance.",
            ConvergenceWarning,
            stacklevel=2,
        )
    return _with_node_weights_as_flow(flow, links, options) if options.use_node_weights_as_flow else flow


def flow_has_converged(flow, options):
    """Return whether the last change is within tolerance or at the level of rounding."""
    return flow.error <= max(options.flow_tolerance, 1e-13) or flow.iterations < options.max_flow_iterations


def _with_node_weights_as_flow(flow, links, options):
    weights = np.ones(links.n_nodes) if links.node_weights is None else links.node_weights
    node_flow = weights / check_total_node_weight(weights, "use_node_weights_as_flow=True")
    if not flow.teleport_flow.shape[0]:
        return flow._replace(node_flow=node_flow)
    dangling = np.diff(links.rows.indptr) == 0
    teleport_flow = np.where(dangling, 1.0, options.teleportation_probability) * node_flow
    return flow._replace(node_flow=node_flow, teleport_flow=teleport_flow)


def _project(flow, links):
    """Return the RawFlow on the primary side of a bipartite network, two steps of the walk in one.

    The flow of every link is added to its primary end, features get none, and link flows are doubled.
    """
    primary = ~links.features
    rows = links.rows
    leaving = flow.row_scale * row_sums(rows.indptr, rows.values)
    arriving = column_sums(rows.indptr, rows.columns, rows.values, flow.row_scale)
    node_flow = np.where(primary, flow.node_flow + leaving + arriving, 0.0)
    return flow._replace(node_flow=node_flow / node_flow.sum(), row_scale=2.0 * flow.row_scale)


def local_time_scale(node_flow, n_directions, damping, min_scale):
    """Return sigma_i = max(min_scale, g(p_i K)) of variable Markov time, K = n_directions.

    With damping q and d = (1 - q)^2: T(k) = (k^(1 - q) - 1) / (1 - q), ln k at q = 1, and
    g(k) = d (T + 1) + (1 - d) T / ln 2, so that g(k) = k at q = 0 and log2 k at q = 1
    (Edler, Smiljanić, Holmgren, Antonelli, Rosvall 2022, arXiv:2211.04287).
    """
    degree = np.maximum(node_flow * n_directions, np.finfo(float).tiny)
    keep = 1.0 - damping
    t = np.log(degree) if keep == 0 else (degree**keep - 1.0) / keep
    d = keep**2
    return np.maximum(min_scale, d * (t + 1.0) + (1.0 - d) * t / np.log(2.0))


def count_directions(links):
    """Return K: links count twice and loops once, over directed links in directed flow."""
    rows = links.rows
    return rows.n_entries if links.undirected else 2 * rows.n_entries - rows.n_loops


def _markov_scaled(network, links, options):
    """Return the FlowNetwork with (variable) Markov time in its link flows."""
    if options.markov_time != 1.0:
        network = network.replaced(row_scale=network.row_scale * options.markov_time)
    if options.variable_markov_time:
        scale = local_time_scale(
            network.node_flow,
            count_directions(links),
            options.variable_markov_damping,
            options.variable_markov_min_scale,
        )
        source = np.repeat(scale, np.diff(network.indptr))
        local = np.maximum(source, scale[network.columns]) if network.undirected else source
        flow = network.flow * (scale.max() / local)
        network = network.replaced(rows=Rows(network.indptr, network.columns, flow), row_scale=None)
    return network


def _rows_without_loops(rows):
    """Return the Rows without loops; where there are none, they are shared."""
    return (
        Rows(*without_loops(rows.indptr, rows.columns, rows.values)) if has_loops(rows.indptr, rows.columns) else rows
    )


def loop_flow_of(flow, links):
    """Return the flow along the loop of each node, shape (n_nodes,)."""
    rows = links.rows
    if not has_loops(rows.indptr, rows.columns):
        return np.zeros(links.n_nodes)
    source = rows.rows()
    loops = source == rows.columns
    values = flow.row_scale[source[loops]] * rows.weights[loops]
    return np.bincount(source[loops], weights=values, minlength=links.n_nodes)


def network_of(flow, links, options):
    """Return the FlowNetwork of a RawFlow: projected if bipartite, without loops, in Markov time."""
    if len(links.features) and not options.skip_adjust_bipartite_flow:
        check_bipartite_combination(options)
        flow = _project(flow, links)
    network = FlowNetwork.of_rows(
        _rows_without_loops(links.rows),
        flow.row_scale,
        flow.node_flow,
        flow.teleport_flow,
        flow.teleport_weight,
        links.undirected,
        links.physical,
    )
    return _markov_scaled(network, links, options)


def stationary_flow(graph, *, weight="weight", node_weights=None, **options):
    """Return the stationary Flow of a graph under a flow model.

    The undirected flow is proportional to strength; the directed one is that of a walker who follows arcs and
    teleports with probability ``teleportation_probability`` (Rosvall and Bergstrom 2008,
    doi:10.1073/pnas.0706851105; Lambiotte and Rosvall 2012, doi:10.1103/PhysRevE.85.056107).

    Parameters
    ----------
    graph : graph
        Anything :meth:`CSRGraph.of` takes, a StateNetwork or a MultilayerNetwork.
    weight : str or None, default="weight"
        Name of the edge attribute with the weights; None counts every link as 1.
    node_weights : array-like of float, shape (n_nodes,), or dict, optional
        Used by ``to_nodes``, ``flow_model="precomputed"`` and ``use_node_weights_as_flow``.
    **options
        Flow and network parameters of :class:`InfoMap` under the same names.

    Returns
    -------
    Flow
        ``node_flow`` sums to 1; rows stand in the order of the graph's nodes.

    Raises
    ------
    InvalidInputError
        If the graph, a weight or an option is bad.

    Examples
    --------
    >>> from kexuestat.graph import stationary_flow
    >>> stationary_flow([("a", "b", 3.0), ("b", "c", 1.0)]).node_flow
    array([0.375, 0.5  , 0.125])
    """
    from scipy.sparse import csr_array

    from kexuestat.graph.model import build_model

    model = build_model(graph, options, weight=weight, node_weights=node_weights)
    network = model.network
    n_nodes = network.node_flow.shape[0]
    edge_flow = csr_array((network.flow, network.indices, network.indptr), shape=(n_nodes, n_nodes))
    teleport = (network.teleport_flow, network.teleport_weight)
    if not network.teleport_flow.shape[0]:
        teleport = (np.zeros(n_nodes), np.zeros(n_nodes))
    return Flow(network.node_flow, edge_flow, *teleport, model.iterations, model.error)
