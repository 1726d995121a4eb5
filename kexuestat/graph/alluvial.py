"""How modules merge, split and move from one partition to the next: the streams of an alluvial diagram."""

from typing import NamedTuple

import numpy as np

from kexuestat.exceptions import InvalidInputError
from kexuestat.graph.csr import as_list


class Streams(NamedTuple):
    """Streams between the modules of one partition and those of the next, one row per pair that shares nodes.

    Attributes
    ----------
    source, target : ndarray of int64
        Top modules in the one and in the other partition; -1 for nodes that the other does not know.
    n_nodes : ndarray of int64
        Number of nodes in the stream.
    source_flow, target_flow : ndarray of float64
        Their flow in the one and in the other partition, the width of the stream on its two sides; 0 beside -1.
    """

    source: np.ndarray
    target: np.ndarray
    n_nodes: np.ndarray
    source_flow: np.ndarray
    target_flow: np.ndarray


def alluvial_streams(partitions):
    """Return the Streams between each partition and the next, for an alluvial diagram of change.

    Nodes are matched by their names, so that graphs of different times may have different nodes (M. Rosvall and
    C. T. Bergstrom 2010, doi:10.1371/journal.pone.0008694).

    Parameters
    ----------
    partitions : list of Partition
        At least two, in the order of time.

    Returns
    -------
    list of Streams
        One fewer than partitions; rows rise by source, then by target.

    Raises
    ------
    InvalidInputError
        If there are fewer than two partitions.

    Examples
    --------
    >>> from kexuestat.graph import Partition, alluvial_streams
    >>> before = Partition.from_paths([(0,), (0,), (1,)], ["a", "b", "c"])
    >>> after = Partition.from_paths([(0,), (1,), (1,)], ["b", "c", "d"])
    >>> streams = alluvial_streams([before, after])[0]
    >>> list(zip(streams.source.tolist(), streams.target.tolist(), streams.n_nodes.tolist()))
    [(-1, 0, 1), (0, -1, 1), (0, 1, 1), (1, 0, 1)]
    """
    partitions = list(partitions)
    if len(partitions) < 2:
        raise InvalidInputError(f"an alluvial diagram needs at least two partitions, got {len(partitions)}.")
    return [_between(*pair) for pair in zip(partitions, partitions[1:])]


def _between(first, second):
    row_in_second = dict(zip(as_list(second.nodes), range(len(second.labels))))
    rows = np.array([row_in_second.pop(node, -1) for node in as_list(first.nodes)], dtype=np.int64)
    new = np.fromiter(row_in_second.values(), np.int64, len(row_in_second))
    n_rows = len(rows) + len(new)
    module, flow = np.full((2, n_rows), -1), np.zeros((2, n_rows))
    module[0, : len(rows)], flow[0, : len(rows)] = first.labels, _flow(first)
    rows = np.concatenate((rows, new))
    known = rows >= 0
    module[1, known], flow[1, known] = second.labels[rows[known]], _flow(second)[rows[known]]
    pairs, stream = np.unique(module, axis=1, return_inverse=True)
    stream = stream.ravel()
    widths = (np.bincount(stream, weights=side) for side in flow)
    return Streams(*pairs, np.bincount(stream), *widths)


def _flow(partition):
    n_nodes = len(partition.labels)
    return np.full(n_nodes, 1.0 / n_nodes) if partition.node_flow is None else partition.node_flow
