"""How far communities agree between searches: stability of modules and nodes, co-assignment of linked nodes.

The stability of a module is the mean, over the other partitions, of its best Jaccard index by flow,
max over m' of p(m and m') / p(m or m') (C. Hennig 2007, doi:10.1016/j.csda.2006.11.025). The co-assignment of a link is
the share of partitions with both ends in one module; weights times co-assignment are a graph whose communities are a
consensus (A. Lancichinetti and S. Fortunato 2012, doi:10.1038/srep00336).
"""

from typing import NamedTuple

import numpy as np

from kexuestat.exceptions import InvalidInputError
from kexuestat.graph.csr import CSRGraph
from kexuestat.graph.partition_forms import labels_of


class Stability(NamedTuple):
    """How far the modules of a partition come back in others.

    Attributes
    ----------
    modules : ndarray of float64, shape (n_modules,)
        Mean best Jaccard index by flow of each module, in [0, 1]; 1: the module is in every other partition.
    nodes : ndarray of float64, shape (n_nodes,)
        Share of the other partitions in which the node lies in the best match of its module.
    """

    modules: np.ndarray
    nodes: np.ndarray


def module_stability(partition, others):
    """Return how far the top modules of a partition, and its nodes, come back in other partitions.

    Parameters
    ----------
    partition : Partition
    others : list of partitions of the same nodes
        Each a Partition, a label array, a dict node -> label or a list of sets; for instance of other seeds.

    Returns
    -------
    Stability

    Raises
    ------
    InvalidInputError
        If there is no other partition, or one does not fit the nodes.

    Examples
    --------
    >>> from kexuestat.graph import Partition
    >>> partition = Partition.from_paths([(1,), (1,), (2,), (2,)], ["a", "b", "c", "d"])
    >>> module_stability(partition, [[0, 0, 1, 1], [0, 0, 1, 2]]).modules
    array([1.  , 0.75])
    """
    from scipy.sparse import coo_array

    labels, n_modules = partition.labels, partition.n_modules
    flow = np.full(len(labels), 1 / len(labels)) if partition.node_flow is None else partition.node_flow
    modules, nodes = np.zeros(n_modules), np.zeros(len(labels))
    mine = np.bincount(labels, flow, n_modules)
    others = _checked(others)
    for other in others:
        found = labels_of(other, partition.nodes)
        theirs = np.bincount(found, flow)
        shared = coo_array((flow, (labels, found)), shape=(n_modules, len(theirs))).tocsr()
        rows = np.repeat(np.arange(n_modules), np.diff(shared.indptr))
        union = mine[rows] + theirs[shared.indices] - shared.data
        # modules without flow are compared by what they are: their only pair counts as equal
        jaccard = np.divide(shared.data, union, out=np.ones(len(rows)), where=union > 0)
        best = np.lexsort((shared.indices, -jaccard, rows))[shared.indptr[:-1]]
        modules += jaccard[best]
        nodes += shared.indices[best][labels] == found
    return Stability(modules / len(others), nodes / len(others))


def co_assignment(graph, partitions):
    """Return the graph with each weight times the share of partitions that hold both ends in one module.

    Links whose ends are never together are left out; their nodes stay.

    Parameters
    ----------
    graph : graph
        Anything that :meth:`CSRGraph.of` takes.
    partitions : list of partitions of its nodes
        Each a Partition, a label array, a dict node -> label or a list of sets.

    Returns
    -------
    CSRGraph

    Examples
    --------
    >>> graph = co_assignment([("a", "b"), ("b", "c")], [[0, 0, 1], [0, 0, 0]])
    >>> graph.weights
    array([1. , 1. , 0.5, 0.5])
    """
    graph = CSRGraph.of(graph)
    rows, partitions = graph.rows(), _checked(partitions)
    together = np.zeros(graph.n_entries)
    for partition in partitions:
        labels = labels_of(partition, graph.nodes)
        together += labels[rows] == labels[graph.columns]
    kept = together > 0
    before = np.concatenate(([0], np.cumsum(kept, dtype=np.int64)))
    weights = (graph.weights * (together / len(partitions)))[kept]
    return graph.replaced(indptr=before[graph.indptr], indices=graph.columns[kept], weights=weights)


def _checked(partitions):
    partitions = list(partitions)
    if not partitions:
        raise InvalidInputError("at least one partition to compare with is needed, got none.")
    return partitions
