"""Accepted forms of a flat partition -> labels in row order, and the comparison of two of them."""

from typing import NamedTuple

import numpy as np

from kexuestat.exceptions import InvalidInputError
from kexuestat.graph.csr import as_list


class Comparison(NamedTuple):
    """How two partitions agree.

    Attributes
    ----------
    ami, nmi, ari : float
        Adjusted and normalised mutual information (arithmetic mean), adjusted Rand index; 1 for equal partitions.
    overlap : csr_array of int64, shape (n_modules, n_other_modules)
        Number of nodes that each pair of modules shares.
    flow : csr_array of float64, shape (n_modules, n_other_modules)
        Flow of the nodes that each pair shares, the widths of the streams of an alluvial diagram; sums to 1.
    """

    ami: float
    nmi: float
    ari: float
    overlap: object
    flow: object


def compare_labels(first, second, node_flow):
    """Return the Comparison of two arrays of labels 0 … k-1 whose nodes have the given flow."""
    from scipy.sparse import coo_array
    from sklearn import metrics

    scores = (metrics.adjusted_mutual_info_score, metrics.normalized_mutual_info_score, metrics.adjusted_rand_score)
    shape = (int(first.max()) + 1, int(second.max()) + 1)
    overlap = coo_array((np.ones(len(first), dtype=np.int64), (first, second)), shape=shape).tocsr()
    flow = coo_array((node_flow, (first, second)), shape=shape).tocsr()
    return Comparison(*(float(score(second, first)) for score in scores), overlap, flow)


def labels_of(partition, nodes, level=-1):
    """Return dense int64 labels in row order of a Partition, a label array, a dict node -> label or a list of sets.

    Raises
    ------
    InvalidInputError
        If a node is missing, unknown or in two sets, naming it; or an array has the wrong length.
    """
    if hasattr(partition, "levels") and hasattr(partition, "nodes"):
        partition = dict(zip(as_list(partition.nodes), partition.levels[level].tolist()))
    elif isinstance(partition, (list, tuple)) and partition and isinstance(partition[0], (set, frozenset, list, tuple)):
        partition = _label_by_node(partition)
    if isinstance(partition, dict):
        return _aligned(partition, as_list(nodes))
    labels = np.asarray(partition)
    if labels.shape != (len(nodes),):
        raise InvalidInputError(f"labels must have one entry per node ({len(nodes)}), got shape {labels.shape}.")
    return np.unique(labels, return_inverse=True)[1].astype(np.int64)


def _label_by_node(sets):
    label = {}
    for k, members in enumerate(sets):
        for node in members:
            if node in label:
                raise InvalidInputError(f"node {node!r} is in two communities, {label[node]} and {k}.")
            label[node] = k
    return label


def _aligned(label, nodes):
    missing = [node for node in nodes if node not in label]
    if missing:
        raise InvalidInputError(f"{len(missing)} nodes are in no community, the first is {missing[0]!r}.")
    if len(label) > len(nodes):
        known = set(nodes)
        unknown = [node for node in label if node not in known]
        raise InvalidInputError(f"{len(unknown)} nodes of the partition are unknown, the first is {unknown[0]!r}.")
    number = {}
    return np.array([number.setdefault(label[node], len(number)) for node in nodes], dtype=np.int64)
