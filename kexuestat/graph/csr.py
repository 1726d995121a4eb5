"""The border of graphs: every accepted form becomes one CSR form, converted once."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class CSRGraph:
    """A weighted graph in compressed rows: row i lists the targets of the links of node i, sorted.

    An undirected graph is stored symmetrically: a link stands in the rows of both ends with its full weight, a loop
    once. Equal links are summed, zero weights are dropped, isolated nodes keep their (empty) row.

    Attributes
    ----------
    indptr : ndarray of int64, shape (n_nodes + 1,)
    indices : ndarray of int64, shape (n_entries,)
    weights : ndarray of float64, shape (n_entries,)
    directed : bool
    nodes : sequence, shape (n_nodes,)
        The caller's node objects in row order; ``range(n_nodes)`` where there are none.
    node_weights : ndarray of float64, shape (n_nodes,), or None
    names : dict or None
        Display names of nodes by node object, where a file gives them.
    features : ndarray of bool, shape (n_nodes,), or None
        The secondary side of a bipartite graph.
    """

    indptr: np.ndarray
    indices: np.ndarray
    weights: np.ndarray
    directed: bool
    nodes: object
    node_weights: np.ndarray | None = None
    names: dict | None = None
    features: np.ndarray | None = None

    @property
    def n_nodes(self):
        return self.indptr.shape[0] - 1
