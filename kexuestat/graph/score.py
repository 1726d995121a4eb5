"""Codelength of a given partition: map_equation for the number, score_partition for its parts."""

from dataclasses import dataclass

import numpy as np

from kexuestat.graph.codelength import codelength, module_flows, one_level_codelength
from kexuestat.graph.model import build_model
from kexuestat.graph.partition_trees import tree_of_partition


@dataclass(frozen=True, eq=False)
class PartitionScore:
    """Codelength of a partition and its parts, in bits per step.

    Attributes
    ----------
    codelength : float
        ``index_codelength + module_codelength``.
    index_codelength : float
        Codebook between the top modules.
    module_codelength : float
        Everything below, with all extra terms of modules.
    meta_codelength : float
        The metadata part of ``module_codelength``, already times ``meta_data_rate``.
    one_level_codelength : float
        Codelength of all nodes in one module, under the same options.
    nodes : sequence
        Row keys of the graph; the order of ``labels`` and ``node_flow``.
    labels : ndarray of int64, shape (n_nodes,)
        Top module of each node, the row of the arrays below.
    node_flow : ndarray of float64, shape (n_nodes,)
    module_flow, enter_flow, exit_flow : ndarray of float64, shape (n_modules,)
        Flow within and across the border of each top module.
    module_codelengths : ndarray of float64, shape (n_modules,)
        Codelength of everything inside each top module; with the term of the preferred number of modules they add up
        to ``module_codelength``.
    """

    codelength: float
    index_codelength: float
    module_codelength: float
    meta_codelength: float
    one_level_codelength: float
    nodes: object
    labels: np.ndarray
    node_flow: np.ndarray
    module_flow: np.ndarray
    enter_flow: np.ndarray
    exit_flow: np.ndarray
    module_codelengths: np.ndarray

    @property
    def n_modules(self):
        """Number of top modules (int)."""
        return self.module_flow.shape[0]

    @property
    def relative_savings(self):
        """1 - codelength / one_level_codelength, 0 where there is nothing to save."""
        return 1.0 - self.codelength / self.one_level_codelength if self.one_level_codelength > 0 else 0.0


def score_tree(model, tree):
    """Return the PartitionScore of a ModuleTree under a Model."""
    flows = module_flows(model.network, tree)
    length = codelength(model.network, tree, model.objective, flows)
    top = tree.top
    ancestor = tree.ancestor_at_top()
    inside = np.bincount(ancestor, weights=length.by_module, minlength=tree.parent.shape[0])[top]
    return PartitionScore(
        codelength=length.total,
        index_codelength=length.index,
        module_codelength=length.module,
        meta_codelength=length.meta,
        one_level_codelength=one_level_codelength(model.network, model.objective),
        nodes=model.nodes,
        labels=np.searchsorted(top, ancestor[tree.leaf]),
        node_flow=model.network.node_flow,
        module_flow=flows.flow[top],
        enter_flow=flows.enter[top],
        exit_flow=flows.exit[top],
        module_codelengths=inside,
    )


def score_partition(graph, partition, *, weight="weight", meta_data=None, node_weights=None, **options):
    """Return the PartitionScore of a partition of a graph, two-level or hierarchical.

    Parameters
    ----------
    graph : graph
        Anything :meth:`CSRGraph.of` takes, a StateNetwork or a MultilayerNetwork.
    partition : partition
        List of sets of nodes; dict node -> label; array of labels; dict node -> tuple, from the top down; list of
        label arrays from fine to coarse; Partition; path of a ``.clu``, ``.tree`` or ``.ftree`` file.
    weight : str or None, default="weight"
        Name of the edge attribute with the weights; None counts every link as 1.
    meta_data : array-like, shape (n_nodes,), or dict, optional
        One category per node.
    node_weights : array-like of float, shape (n_nodes,), or dict, optional
    **options
        Flow, objective and network parameters of :class:`InfoMap` under the same names.

    Returns
    -------
    PartitionScore

    Raises
    ------
    InvalidInputError
        If the partition misses a node, knows a node that the graph does not, or holds one twice; if the graph or an
        option is bad.

    Examples
    --------
    Two triangles joined by a link:

    >>> from kexuestat.graph import score_partition
    >>> links = [(1, 2), (1, 3), (2, 3), (3, 4), (4, 5), (4, 6), (5, 6)]
    >>> score = score_partition(links, [{1, 2, 3}, {4, 5, 6}])
    >>> round(score.codelength, 6), round(score.one_level_codelength, 6)
    (2.32073, 2.556657)
    """
    model = build_model(graph, options, weight=weight, meta_data=meta_data, node_weights=node_weights)
    return score_tree(model, tree_of_partition(partition, model.nodes))


def map_equation(
    G, communities, *, weight="weight", teleportation_probability=0.15, meta_data=None, node_weights=None, **options
):
    """Return the codelength (float, bits per step) of communities of G.

    L(M) = q H(Q) + sum over modules of p_m H(P_m): the rate at which a random walk is described by an index codebook
    for changes of module and one codebook for the nodes of each module (Rosvall, Axelsson, Bergstrom 2009,
    doi:10.1140/epjst/e2010-01179-1; kexue.fm/archives/7006).

    Parameters
    ----------
    G : graph
        Anything :meth:`CSRGraph.of` takes, a StateNetwork or a MultilayerNetwork.
    communities : partition
        As ``partition`` of :func:`score_partition`.
    weight : str or None, default="weight"
        Name of the edge attribute with the weights; None counts every link as 1.
    teleportation_probability : float, default=0.15
        Used by directed flow alone.
    meta_data : array-like, shape (n_nodes,), or dict, optional
        One category per node.
    node_weights : array-like of float, shape (n_nodes,), or dict, optional
    **options
        Flow, objective and network parameters of :class:`InfoMap` under the same names.

    Raises
    ------
    InvalidInputError
        If communities are not a partition of the nodes, or the graph or an option is bad.

    Examples
    --------
    >>> from kexuestat.graph import map_equation
    >>> links = [(1, 2), (1, 3), (2, 3), (3, 4), (4, 5), (4, 6), (5, 6)]
    >>> round(map_equation(links, [{1, 2, 3}, {4, 5, 6}]), 10)
    2.3207303568
    """
    return score_partition(
        G,
        communities,
        weight=weight,
        meta_data=meta_data,
        node_weights=node_weights,
        teleportation_probability=teleportation_probability,
        **options,
    ).codelength
