"""What the map equation sees of a graph: the border between flow models, scoring and search."""

from functools import cached_property
from typing import NamedTuple

import numpy as np

from kexuestat._kernels.flow import scaled_rows
from kexuestat.graph.rows import UNIT, Rows


class FlowNetwork:
    """Flows between nodes (or states), the one form that scoring and search take.

    Loops are left out (they never cross a border). For undirected flow the rows are symmetric and each entry holds
    w_ij / W, half of the link's flow, so that for every flow model the exit flow of a module is the sum of the
    entries that leave it and its enter flow the sum of those that come in (plus teleportation where it is recorded:
    exit + t_m (1 - v_m), enter + (T - t_m) v_m).

    Attributes
    ----------
    indptr, indices : ndarray of int64
        Compressed rows, row = source; ``indices`` are made and kept when first asked for, from ``columns`` (int32).
    flow : ndarray of float64, shape (n_entries,)
        Flow along each entry per step, Markov time in it; made and kept when first asked for. What is stored is
        ``row_scale[i] * values[e]`` for the entries of row i, without ``values`` (empty) where they are all 1.
    node_flow : ndarray of float64, shape (n_nodes,)
        Visit rates p, sum 1.
    teleport_flow, teleport_weight : ndarray of float64, shape (n_nodes,), or (0,)
        t and v of recorded teleportation; empty where teleportation is not recorded.
    undirected : bool
    physical : ndarray of int64, shape (n_nodes,), or (0,)
        Physical node of each state, dense 0 … n_physical - 1; empty where every node is its own physical node.
    """

    def __init__(self, indptr, indices, flow, node_flow, teleport_flow, teleport_weight, undirected, physical):
        self._keep(Rows(indptr, indices, flow), None, node_flow, teleport_flow, teleport_weight, undirected, physical)

    @classmethod
    def of_rows(cls, rows, row_scale, node_flow, teleport_flow, teleport_weight, undirected, physical):
        """Return the network of Rows without loops whose entries are to be multiplied by row_scale (None: 1)."""
        network = cls.__new__(cls)
        network._keep(rows, row_scale, node_flow, teleport_flow, teleport_weight, undirected, physical)
        return network

    def _keep(self, rows, row_scale, node_flow, teleport_flow, teleport_weight, undirected, physical):
        self.rows, self.row_scale = rows, np.ones(rows.n_nodes) if row_scale is None else row_scale
        self.node_flow, self.teleport_flow, self.teleport_weight = node_flow, teleport_flow, teleport_weight
        self.undirected, self.physical = undirected, physical

    def replaced(self, **changes):
        """Return this network with other values of some attributes."""
        names = ("rows", "row_scale", "node_flow", "teleport_flow", "teleport_weight", "undirected", "physical")
        return self.of_rows(**{name: changes.get(name, getattr(self, name)) for name in names})

    @property
    def entries(self):
        """(indptr, columns, values, row_scale), what kernels take."""
        return self.rows.indptr, self.rows.columns, self.rows.values, self.row_scale

    @property
    def n_entries(self):
        """Number of entries (int)."""
        return self.rows.n_entries

    @property
    def indptr(self):
        return self.rows.indptr

    @property
    def columns(self):
        return self.rows.columns

    @property
    def indices(self):
        return self.rows.indices

    @property
    def end_flows(self):
        """Flow of the first and of the last entry (floats)."""
        values, scale = self.rows.values, self.row_scale
        ends = (np.searchsorted(self.indptr, e, "right") - 1 for e in (0, self.n_entries - 1))
        return tuple(float(scale[i] * (values[e] if len(values) else 1.0)) for i, e in zip(ends, (0, -1)))

    @cached_property
    def flow(self):
        return scaled_rows(self.rows.indptr, self.rows.values, self.row_scale)

    def __getstate__(self):
        return {name: value for name, value in vars(self).items() if name != "flow"}


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
    lossy_lambda : float
        Price of a lost bit in the lossy map equation, negative when off.
    next_step_bits : ndarray of float64, shape (n_nodes,), or (0,)
        Visit rate times entropy of the next step, for the lossy map equation.
    """

    meta_rate: float
    categories: np.ndarray
    meta_weight: np.ndarray
    bits_per_codeword: float
    preferred_modules: int
    lossy_lambda: float = -1.0
    next_step_bits: np.ndarray = UNIT


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
