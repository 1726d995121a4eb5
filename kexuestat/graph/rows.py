"""Compressed rows as graphs, links and flows hold them: narrow inside, wide where somebody looks."""

from functools import cached_property

import numpy as np

from kexuestat._kernels.csr import count_loops, entry_rows
from kexuestat._kernels.infomap_level import is_symmetric

UNIT = np.empty(0)  # weights that are all 1, or nothing at all


class Rows:
    """Weighted rows in the least memory: 4 bytes per entry, 12 if the weights differ from 1.

    Attributes
    ----------
    indptr : ndarray of int64, shape (n_nodes + 1,)
    columns : ndarray of int32, shape (n_entries,)
    values : ndarray of float64, shape (n_entries,), or (0,)
        Weights; empty where every one is 1.
    indices : ndarray of int64, shape (n_entries,)
        The columns, made and kept when first asked for.
    weights : ndarray of float64, shape (n_entries,)
        The weights, made and kept when first asked for.
    """

    def __init__(self, indptr, indices, weights):
        self.indptr = np.ascontiguousarray(indptr, dtype=np.int64)
        self.columns = np.ascontiguousarray(indices, dtype=np.int32)
        weights = np.asarray(weights, dtype=np.float64)
        self.values = UNIT if len(weights) == 0 or (weights[0] == 1.0 and (weights == 1.0).all()) else weights

    @cached_property
    def indices(self):
        return self.columns.astype(np.int64)

    @cached_property
    def weights(self):
        return self.values if len(self.values) else np.ones(self.n_entries)

    @cached_property
    def symmetric(self):
        """Whether sorted rows hold every entry in both directions with one value, and none on the diagonal (bool)."""
        return bool(is_symmetric(self.indptr, self.columns, self.values))

    def __getstate__(self):
        return {name: value for name, value in vars(self).items() if name not in ("indices", "weights")}

    @property
    def n_nodes(self):
        return self.indptr.shape[0] - 1

    @property
    def n_entries(self):
        """Number of stored entries (int)."""
        return len(self.columns)

    @property
    def n_loops(self):
        """Number of nodes with a link to themselves (int)."""
        return int(count_loops(self.indptr, self.columns))

    @property
    def total_weight(self):
        """Sum of all entries (float)."""
        return float(self.values.sum()) if len(self.values) else float(self.n_entries)

    def rows(self):
        """Return the source row of every entry, int64, shape (n_entries,)."""
        return entry_rows(self.indptr)
