"""Every accepted form of a partition -> ModuleTree, with each node in exactly one module."""

import os

import numpy as np

from kexuestat.graph.csr import as_list
from kexuestat.graph.module_tree import tree_of_levels, tree_of_paths
from kexuestat.validation.partitions import check_cover, check_label_array, check_no_doubles


def tree_of_partition(partition, nodes):
    """Return the ModuleTree of a partition of nodes (row order).

    ``partition`` is a list of sets, a dict node -> label or node -> tuple, a label array, a list of label arrays from
    fine to coarse, a Partition, or the path of a partition file.
    """
    if isinstance(partition, (str, os.PathLike)):
        from kexuestat.graph.io.dispatch import read_partition

        partition = read_partition(partition, nodes=nodes)
    if hasattr(partition, "paths") and hasattr(partition, "levels"):
        partition = dict(zip(as_list(partition.nodes), partition.paths))
    if isinstance(partition, dict):
        return _of_mapping(partition, as_list(nodes))
    partition = list(partition)
    if partition and isinstance(partition[0], (set, frozenset)):
        return _of_sets(partition, as_list(nodes))
    if partition and np.ndim(partition[0]) == 1:
        levels = [check_label_array(labels, f"levels[{k}]", len(nodes)) for k, labels in enumerate(partition)]
        return tree_of_levels([_dense(labels) for labels in levels])
    return tree_of_levels([_dense(check_label_array(partition, "partition", len(nodes)))])


def _dense(labels):
    return np.unique(labels, return_inverse=True)[1]


def _of_mapping(partition, nodes):
    check_cover(partition, nodes)
    values = [partition[node] for node in nodes]
    if any(isinstance(value, tuple) for value in values):
        return tree_of_paths([value if isinstance(value, tuple) else (value,) for value in values])
    number = {}
    return tree_of_levels([np.array([number.setdefault(value, len(number)) for value in values], dtype=np.int64)])


def _of_sets(partition, nodes):
    label = {}
    for number, members in enumerate(partition):
        for node in members:
            check_no_doubles(label, node)
            label[node] = number
    check_cover(label, nodes)
    return tree_of_levels([_dense(np.array([label[node] for node in nodes], dtype=np.int64))])
