"""Flow with a Bayesian prior network: every pair of nodes is linked a little, as recorded teleportation.

With k_i links and strength s_i of node i: u_i = s_i / k_i is its mean link weight (nodes without links take the
smallest), U = sum u, lambda = c ln N / N. The prior link weight out of node i is tau_i = (lambda / w) u_i U for the
mean link weight w, so the walker teleports with probability a_i = tau_i / (s_i + tau_i), to node j with v_j = u_j / U
(Smiljanić, Blöcker, Edler, Rosvall 2021, doi:10.1093/comnet/cnab044).
"""

import numpy as np

from kexuestat._kernels.flow import column_sums, row_sums
from kexuestat.graph.flow_models import RawFlow, Walk, quotient, stationary_distribution


def _mean_weight(strength, degree):
    """Return u: strength per link, the smallest one where there is no link."""
    linked = degree > 0
    if not linked.any():
        return np.ones_like(strength)
    u = quotient(strength, degree)
    return np.where(linked, u, u[linked].min())


def _prior_strength(links, options):
    """Return lambda, which falls with the number of nodes."""
    n_nodes = links.n_nodes
    n_physical = len(np.unique(links.physical)) if len(links.physical) else n_nodes
    if n_physical < n_nodes:
        return options.regularization_strength * np.log(n_physical) / n_physical**3
    return options.regularization_strength * np.log(n_nodes) / max(n_nodes - options.no_self_links, 1)


def _in_counts(links):
    return np.bincount(links.rows.columns, minlength=links.n_nodes).astype(np.float64)


def regularized_flow(links, options):
    """Return the RawFlow of links with a prior network, teleportation recorded."""
    rows = links.rows
    strength = row_sums(rows.indptr, rows.values)
    degree = np.diff(rows.indptr).astype(np.float64)
    n_links = rows.n_entries
    if n_links == 0:
        uniform = np.full(links.n_nodes, 1.0 / links.n_nodes)
        return RawFlow(uniform, np.zeros(links.n_nodes), uniform, uniform)
    u_out = _mean_weight(strength, degree)
    u_in = u_out
    if not links.undirected:
        in_strength = column_sums(rows.indptr, rows.columns, rows.values, np.ones(links.n_nodes))
        u_in = _mean_weight(in_strength, _in_counts(links))
    reach = u_in.sum() - (u_in if options.no_self_links else 0.0)
    tau = _prior_strength(links, options) * n_links / rows.total_weight * u_out * reach
    target = u_in / u_in.sum()
    jump = np.where(strength + tau > 0, quotient(tau, strength + tau), 1.0)
    jump_elsewhere = jump / np.maximum(1.0 - target, np.finfo(float).tiny) if options.no_self_links else jump
    if links.undirected:
        total = strength.sum() + tau.sum()
        p = (strength + tau) / total
        return RawFlow(p, np.full(links.n_nodes, 1.0 / total), jump_elsewhere * p, target)
    per_strength = (1.0 - jump) * quotient(1.0, strength)
    walk = Walk(per_strength, jump_elsewhere, target, float(options.no_self_links), in_place=True)
    p, steps, change = stationary_distribution(links, walk, options)
    return RawFlow(p, p * per_strength, jump_elsewhere * p, target, steps, change)
