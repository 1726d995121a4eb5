"""Checks of graphs at the border: links, weights, ids, shapes, node-wise arrays."""

import numbers

import numpy as np

from kexuestat._kernels.csr import first_bad_weight, first_outside
from kexuestat.exceptions import InvalidInputError

MAX_NODES = 2**31 - 1
_MATRIX_OR_EDGES = (
    "it may be a matrix or a list of edges. Pass a float or sparse matrix for a graph of {n} nodes, or "
    "CSRGraph.from_edges(source, target) for edges."
)


def check_weights(weights, link):
    """Return weights (float64 array) if all are finite and non-negative and so is their sum.

    ``link`` maps a position to the pair of nodes that the complaint names. Weights that are all zero are refused.
    """
    bad = first_bad_weight(weights)
    if bad >= 0:
        raise InvalidInputError(f"weights must be finite and non-negative, got {weights[bad]} for link {link(bad)}.")
    if weights.shape[0]:
        with np.errstate(over="ignore"):
            total = weights.sum()
        if total == 0:
            raise InvalidInputError(f"all {len(weights)} link weights are zero: no flow can be defined.")
        if not total < np.finfo(np.float64).max / 4:
            raise InvalidInputError(f"the total of the weights is not finite ({total}); scale the weights down.")
    return weights


def as_weights(values, name="weights"):
    """Return values as a 1-D C-contiguous float64 array; text, objects that are no numbers and complex are refused."""
    array = np.asarray(values)
    if array.dtype.kind == "O":
        try:
            array = array.astype(np.float64)
        except (TypeError, ValueError):
            raise InvalidInputError(f"{name} must be numbers, got {_first_not_a_number(values)!r}.") from None
    if array.dtype.kind not in "biuf":
        raise InvalidInputError(f"{name} must be numbers, got {_first_not_a_number(values)!r}.")
    if array.ndim != 1:
        raise InvalidInputError(f"{name} must have one dimension, got shape {array.shape}.")
    return np.ascontiguousarray(array, dtype=np.float64)


def _first_not_a_number(values):
    return next((value for value in values if not isinstance(value, numbers.Real)), values)


def check_same_length(source, target, weights):
    """Raise if sources, targets and weights (None: none) differ in length."""
    if len(source) != len(target):
        raise InvalidInputError(f"source and target must have equal length, got {len(source)} and {len(target)}.")
    if weights is not None and len(weights) != len(source):
        raise InvalidInputError(f"weight must have one entry per link ({len(source)}), got {len(weights)}.")


def check_ids(ids, name, n_nodes):
    """Return ids (integer array) if all are in 0 … n_nodes - 1."""
    bad = first_outside(ids, n_nodes)
    if bad >= 0:
        raise InvalidInputError(f"{name} must be ids in 0 ... {n_nodes - 1}, got {name}[{bad}] = {ids[bad]}.")
    return ids


def check_n_nodes(n_nodes):
    """Return n_nodes if a graph can have so many."""
    if n_nodes < 1:
        raise InvalidInputError("graph has no nodes.")
    if n_nodes > MAX_NODES:
        raise InvalidInputError(f"a graph may have at most {MAX_NODES} nodes, got {n_nodes}.")
    return n_nodes


def check_square(shape):
    """Raise unless shape is (n, n)."""
    if len(shape) != 2 or shape[0] != shape[1]:
        raise InvalidInputError(
            f"a graph as a matrix must be square, got shape {tuple(shape)}; pass affinity='knn' for features, "
            "CSRGraph.from_edges(source, target) for edges."
        )


def check_not_ambiguous(array):
    """Raise for an integer array that may be a matrix, (2, E) edges or (E, 2 or 3) edges."""
    if array.dtype.kind in "iu" and array.shape in ((2, 2), (2, 3)):
        raise InvalidInputError(
            f"an integer array of shape {array.shape} is ambiguous: " + _MATRIX_OR_EDGES.format(n=array.shape[0])
        )


def check_node_values(values, name, nodes):
    """Return one float64 per node from an array aligned with the nodes or a dict keyed by node; None stays None."""
    if values is None:
        return None
    if isinstance(values, dict):
        missing = [node for node in nodes if node not in values]
        if missing:
            raise InvalidInputError(f"{name} is missing for {len(missing)} nodes, the first is {missing[0]!r}.")
        values = [values[node] for node in nodes]
    array = as_weights(values, name)
    if len(array) != len(nodes):
        raise InvalidInputError(f"{name} must have one entry per node ({len(nodes)}), got {len(array)}.")
    bad = first_bad_weight(array)
    if bad >= 0:
        raise InvalidInputError(
            f"{name} must be finite and non-negative, got {array[bad]} for node {node_at(nodes, bad)!r}."
        )
    return array


def check_crossing(source, target, features, nodes, rule):
    """Raise if a link joins two nodes of the same side; rule says how the sides are told apart."""
    inside = features[source] == features[target]
    if inside.any():
        e = int(np.argmax(inside))
        link = (node_at(nodes, source[e]), node_at(nodes, target[e]))
        raise InvalidInputError(f"links of a bipartite graph must join its two sides ({rule}), got link {link}.")


def node_at(nodes, row):
    """Return the node of a row, an integer of an array as int."""
    node = nodes[int(row)]
    return node.item() if isinstance(node, np.generic) else node
