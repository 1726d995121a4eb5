"""What the map equation sees of a graph: the border between flow models, scoring and search."""

from typing import NamedTuple

import numpy as np


class FlowNetwork(NamedTuple):
    """Flows between nodes (or states), the one form that scoring and search take.

    Loops are left out (they never cross a border). For undirected flow the rows are symmetric and each entry holds
    w_ij / W, half of the link's flow, so that for every flow model the exit flow of a module is the sum of the
    entries that leave it and its enter flow the sum of those that come in (plus teleportation where it is recorded:
    exit + t_m (1 - v_m), enter + (T - t_m) v_m).

    Attributes
    ----------
    indptr, indices : ndarray of int64
        Compressed rows, row = source.
    flow : ndarray of float64, shape (n_entries,)
        Flow along each entry per step; Markov time is already in it.
    node_flow : ndarray of float64, shape (n_nodes,)
        Visit rates p, sum 1.
    teleport_flow, teleport_weight : ndarray of float64, shape (n_nodes,), or (0,)
        t and v of recorded teleportation; empty where teleportation is not recorded.
    undirected : bool
    physical : ndarray of int64, shape (n_nodes,), or (0,)
        Physical node of each state, dense 0 … n_physical - 1; empty where every node is its own physical node.
    """

    indptr: np.ndarray
    indices: np.ndarray
    flow: np.ndarray
    node_flow: np.ndarray
    teleport_flow: np.ndarray
    teleport_weight: np.ndarray
    undirected: bool
    physical: np.ndarray


class Objective(NamedTuple):
    """The extra terms of the codelength, in bits; a plain map equation has all of them off.

    Attributes
    ----------
    meta_rate : float
        0 when there is no metadata.
    categories : ndarray of int64, shape (n_nodes,), or (0,)
        Dense metadata category of each node.
    meta_weight : ndarray of float64, shape (n_nodes,), or (0,)
        Weight of each node in the metadata entropy: p_i, or 1/N when unweighted.
    bits_per_codeword : float
        Entropy correction c / (2 D ln 2), 0 when off.
    preferred_modules : int
        Wanted number of top modules, 0 when off.
    """

    meta_rate: float
    categories: np.ndarray
    meta_weight: np.ndarray
    bits_per_codeword: float
    preferred_modules: int


class SearchResult(NamedTuple):
    """What a search returns.

    Attributes
    ----------
    levels : list of ndarray of int64, each of shape (n_nodes,)
        Module labels from fine to coarse; one array for a two-level partition. Nodes equal in a level are equal in
        every coarser level.
    codelength : float
        Bits per step, as a fresh evaluation of ``levels`` gives it.
    trial_codelengths : ndarray of float64, shape (n_trials,)
    best_trial : int
    n_iter : int
        Outer iterations of the best trial.
    converged : bool
        Whether the best trial ended because nothing improved, not by ``max_iter``.
    history : list of list of float
        Codelength after each outer iteration, per trial.
    """

    levels: list
    codelength: float
    trial_codelengths: np.ndarray
    best_trial: int
    n_iter: int
    converged: bool
    history: list
