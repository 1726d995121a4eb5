"""Checks of the rows that make state and multilayer networks."""

import numbers

import numpy as np

from kexuestat.exceptions import InvalidInputError
from kexuestat.validation.options import check_integer, check_real


def _check_weights(weights, rows, name):
    bad = ~(np.isfinite(weights) & (weights >= 0))
    if bad.any():
        place = int(np.argmax(bad))
        raise InvalidInputError(
            f"weights must be finite and non-negative, got {weights[place]} for {name} {rows[place]!r}."
        )
    return weights


def _columns(rows, name, n_keys):
    """Return the n_keys key columns of rows as lists and their weights, 1 where a row ends before the weight."""
    rows = [tuple(row.tolist() if isinstance(row, np.ndarray) else row) for row in rows]
    for place, row in enumerate(rows):
        if len(row) not in (n_keys, n_keys + 1):
            raise InvalidInputError(
                f"every row of {name} must have {n_keys} entries and perhaps a weight, got {row!r} in row {place}."
            )
    try:
        weights = np.array([float(row[n_keys]) if len(row) > n_keys else 1.0 for row in rows])
    except (TypeError, ValueError):
        raise InvalidInputError(f"the weights of {name} must be numbers.") from None
    return [[row[k] for row in rows] for k in range(n_keys)], _check_weights(weights, rows, f"row of {name}")


def check_link_rows(links):
    """Return the sources, targets and weights of rows (state, state[, weight])."""
    (source, target), weights = _columns(links, "links", 2)
    return source, target, weights


def _check_layers(layers, name):
    for layer in layers:
        if isinstance(layer, bool) or not isinstance(layer, numbers.Integral):
            raise InvalidInputError(f"layers in {name} must be integers, got {layer!r}.")
    return np.array(layers, dtype=np.int64)


def _layer_columns(rows, name, n_keys, layer_columns):
    if rows is None:
        return None
    columns, weights = _columns(rows, name, n_keys)
    for k in layer_columns:
        columns[k] = _check_layers(columns[k], name)
    return (*columns, weights)


def check_layer_rows(links, intra, inter):
    """Return the columns of the three kinds of rows of a multilayer network, None where a kind is absent."""
    if (links is None) == (intra is None):
        raise InvalidInputError("pass either links (explicit) or intra (with inter, if any), and not both.")
    if links is not None and inter is not None:
        raise InvalidInputError("inter links belong to intra links; explicit links already join layers.")
    links = _layer_columns(links, "links", 4, (0, 2))
    intra = _layer_columns(intra, "intra", 3, (0,))
    inter = _layer_columns(inter, "inter", 3, (0, 2))
    if inter is not None and (inter[0] == inter[2]).any():
        place = int(np.argmax(inter[0] == inter[2]))
        raise InvalidInputError(
            f"inter links must join different layers, got layer {int(inter[0][place])} twice for node "
            f"{inter[1][place]!r} in row {place}; put links inside a layer into intra."
        )
    return links, intra, inter


def check_paths(source, weights, order):
    """Return paths as tuples, their weights and the Markov order."""
    order = check_integer(order, "order", 1)
    paths = [tuple(path) for path in source]
    values = np.ones(len(paths)) if weights is None else np.asarray(weights, dtype=np.float64)
    if values.shape != (len(paths),):
        raise InvalidInputError(f"weights must have one entry per path ({len(paths)}), got shape {values.shape}.")
    _check_weights(values, paths, "path")
    if not any(len(path) > order for path in paths):
        raise InvalidInputError(f"no path is longer than order = {order} nodes, so there is no step to learn from.")
    return paths, values.tolist(), order


def check_return_probability(probability, order):
    """Return the probability of going back, which needs a memory of two nodes."""
    if order != 2:
        raise InvalidInputError(f"return_probability makes a memory of order 2, got order = {order}.")
    return check_real(probability, "return_probability", 0, 1)
