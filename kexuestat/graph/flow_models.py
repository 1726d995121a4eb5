"""Flow models: visit rates and link flows of undirected, directed, raw and precomputed flow.

Symbols: w_ij = weights, s_i = strength (row sum), p_i = node_flow, f_ij = edge_flow = row_scale_i w_ij,
t_i = teleport_flow, v_i = teleport_weight, alpha = teleportation_probability, D = flow at dangling nodes.

- undirected: p_i = s_i / W, f_ij = w_ij / W in each direction, W = sum of all s_i.
- directed: p_j = (alpha + (1 - alpha) D) v_j + (1 - alpha) sum_i p_i w_ij / s_i. Unrecorded teleportation adds one step
  without teleportation, f_ij = p_i w_ij / (s_i (1 - D)), and takes p from it; recorded keeps p,
  f_ij = (1 - alpha) p_i w_ij / s_i and t_i = alpha p_i (p_i at dangling nodes).
- rawdir: f_ij = w_ij / sum w, p_j = sum_i f_ij.
- precomputed: f_ij = w_ij, p_i = node weight.
"""

from typing import NamedTuple

import numpy as np

from kexuestat._kernels.csr import transpose
from kexuestat._kernels.flow import column_sums, row_sums, stationary
from kexuestat.graph.links import NOTHING
from kexuestat.validation.flow import check_precomputed_weights, check_total_node_weight


class RawFlow(NamedTuple):
    """Flow before it is adjusted: the flow of entry e of row i is ``row_scale[i] * weights[e]``."""

    node_flow: np.ndarray
    row_scale: np.ndarray
    teleport_flow: np.ndarray
    teleport_weight: np.ndarray
    iterations: int = 0
    error: float = 0.0


class Walk(NamedTuple):
    """A walk with teleportation: from node i along link (i, j) with scale_i w_ij, else to j with target_j.

    ``jump`` is the teleportation rate of each node, ``exclude_self`` (0.0 or 1.0) forbids to land where one starts,
    ``in_place`` lets the solver use new values at once; without it, each step is one step of the walk.
    """

    scale: np.ndarray
    jump: np.ndarray
    target: np.ndarray
    exclude_self: float
    in_place: bool


def quotient(numerator, denominator):
    """Return numerator / denominator, 0 where the denominator is 0."""
    zero = np.zeros(np.broadcast(numerator, denominator).shape)
    return np.divide(numerator, denominator, out=zero, where=denominator != 0)


def undirected_flow(links, options):
    """Return the RawFlow of undirected links: visit rates proportional to strength."""
    strength = row_sums(links.rows.indptr, links.rows.values)
    total = strength.sum()
    scale = 1.0 / total if total > 0 else 0.0
    return RawFlow(strength * scale, np.full(links.n_nodes, scale), NOTHING, NOTHING)


def raw_flow(links, options):
    """Return the RawFlow that takes normalised link weights as flow."""
    rows = links.rows
    total = rows.total_weight
    scale = np.full(links.n_nodes, 1.0 / total if total > 0 else 0.0)
    return RawFlow(column_sums(rows.indptr, rows.columns, rows.values, scale), scale, NOTHING, NOTHING)


def precomputed_flow(links, options):
    """Return the RawFlow that takes link weights as flow and node weights as visit rates."""
    node_flow = check_precomputed_weights(links.node_weights)
    return RawFlow(node_flow, np.ones(links.n_nodes), NOTHING, NOTHING)


def _teleport_weight(links, strength, options):
    """Return v, the distribution of teleportation over nodes."""
    if options.to_nodes:
        weights = np.ones(links.n_nodes) if links.node_weights is None else links.node_weights
        return weights / check_total_node_weight(weights, "to_nodes=True")
    rows = links.rows
    if options.recorded_teleportation:
        strength = column_sums(rows.indptr, rows.columns, rows.values, np.ones(links.n_nodes))
    total = strength.sum()
    return strength / total if total > 0 else strength


def stationary_distribution(links, walk, options):
    """Return p, steps and last change of a Walk along links."""
    rows = links.rows
    alike = len(rows.values) > 0 and (rows.values == rows.values[0]).all()
    if alike:
        walk = walk._replace(scale=walk.scale * rows.values[0])
    in_indptr, in_indices, in_weights = transpose(rows.indptr, rows.columns, NOTHING if alike else rows.values)
    return stationary(in_indptr, in_indices, in_weights, walk, options.flow_tolerance, options.max_flow_iterations)


def directed_flow(links, options):
    """Return the RawFlow of a walk along arcs with teleportation."""
    alpha, rows = options.teleportation_probability, links.rows
    strength = row_sums(rows.indptr, rows.values)
    dangling = strength == 0
    target = _teleport_weight(links, strength, options)
    if dangling.all():
        return RawFlow(np.zeros_like(strength), np.zeros_like(strength), NOTHING, NOTHING)
    per_strength = quotient(1.0, strength)
    jump = np.where(dangling, 1.0, alpha)
    walk = Walk((1 - alpha) * per_strength, jump, target, 0.0, in_place=alpha > 0)
    p, steps, change = stationary_distribution(links, walk, options)
    if options.recorded_teleportation:
        return RawFlow(p, (1 - alpha) * p * per_strength, jump * p, target, steps, change)
    row_scale = p * per_strength / (1 - p[dangling].sum())
    node_flow = column_sums(rows.indptr, rows.columns, rows.values, row_scale)
    return RawFlow(node_flow, row_scale, NOTHING, NOTHING, steps, change)
