"""Checks that a given partition is one: every node of the graph once, and no other."""

import numpy as np

from kexuestat.exceptions import InvalidInputError


def check_label_array(labels, name, n_nodes):
    """Return labels as a 1-D array, one per node."""
    array = np.asarray(labels)
    if array.ndim != 1 or array.shape[0] != n_nodes:
        raise InvalidInputError(f"{name} must have one label per node ({n_nodes}), got shape {array.shape}.")
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        place = int(np.argmin(np.isfinite(array)))
        raise InvalidInputError(f"{name} must not hold nan or infinity, got {name}[{place}] = {array[place]}.")
    return array


def check_no_doubles(label, node):
    """Raise if node is already in label."""
    if node in label:
        raise InvalidInputError(f"communities are no partition: node {node!r} is in more than one of them.")


def check_cover(given, nodes):
    """Raise unless given (a mapping) has exactly the nodes of the graph."""
    missing = [node for node in nodes if node not in given]
    if missing:
        raise InvalidInputError(
            f"communities are no partition: {len(missing)} of {len(nodes)} nodes are in none of them, the first is "
            f"{missing[0]!r}."
        )
    if len(given) > len(nodes):
        known = set(nodes)
        unknown = [node for node in given if node not in known]
        raise InvalidInputError(
            f"communities are no partition: {len(unknown)} of their nodes are not in the graph, the first is "
            f"{unknown[0]!r}."
        )
