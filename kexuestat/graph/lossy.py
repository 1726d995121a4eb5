"""The lossy map equation: modules whose nodes are not worth telling apart share one word.

Naming the members of module m costs l_m = plogp(p_m) - sum plogp(p_i) bits per step; not naming them loses what a
reader could have known of the next step, H_m = sum p_i h_i, h_i the entropy of the links of node i. A module is noise
iff l_m > lambda H_m. With noise modules coded by one word each, the rate R = L - sum l_m and the distortion
D = sum H_m, both over noise modules, make up the objective

    J = R + lambda D = L - sum over all modules of max(0, l_m - lambda H_m).
"""

from typing import NamedTuple

import numpy as np

from kexuestat._kernels.flow import row_entropies
from kexuestat._kernels.map_equation import plogp_by_module


class Lossy(NamedTuple):
    """What a lossy code of a partition leaves out.

    Attributes
    ----------
    noise : ndarray of bool, shape (n_modules,)
        Modules whose members share one word.
    rate, distortion : float
        Bits per step of the code, and bits of the next step that it does not tell.
    """

    noise: np.ndarray
    rate: float
    distortion: float


def next_step_bits(network):
    """Return p_i h_i, the entropy of the next step from each node times its visit rate, shape (n_nodes,)."""
    return network.node_flow * row_entropies(network.indptr, network.rows.values)


def naming_and_loss(network, objective, labels, n_modules):
    """Return l_m and H_m of each module, in bits per step, each of shape (n_modules,)."""
    flow = np.bincount(labels, weights=network.node_flow, minlength=n_modules)
    named = plogp_by_module(labels, network.node_flow, n_modules)
    lost = np.bincount(labels, weights=objective.next_step_bits, minlength=n_modules)
    return plogp_by_module(np.arange(n_modules), flow, n_modules) - named, lost


def saved_by_noise(network, objective, labels, n_modules):
    """Return max(0, l_m - lambda H_m) of each module, shape (n_modules,)."""
    naming, lost = naming_and_loss(network, objective, labels, n_modules)
    return np.maximum(0.0, naming - objective.lossy_lambda * lost)


def lossy_facts(network, objective, labels, codelength):
    """Return the Lossy of a two-level partition whose objective is ``codelength``; no noise in a plain code."""
    if objective.lossy_lambda < 0:
        return Lossy(np.zeros(int(labels.max()) + 1, dtype=bool), codelength, 0.0)
    naming, lost = naming_and_loss(network, objective, labels, int(labels.max()) + 1)
    noise = naming > objective.lossy_lambda * lost
    distortion = float(lost[noise].sum())
    return Lossy(noise, codelength - objective.lossy_lambda * distortion, distortion)
