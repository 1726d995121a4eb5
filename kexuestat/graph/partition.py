"""The result of a community search: labels on every level, names, flow, and ways out of it."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from kexuestat.graph.csr import as_list
from kexuestat.validation.options import check_integer


@dataclass(frozen=True, eq=False)
class Partition:
    """Communities of a graph, two-level or hierarchical.

    Make it with :meth:`from_levels`, which numbers the modules by decreasing flow. Nothing here holds a Python object
    per node until it is asked for.

    Attributes
    ----------
    levels : list of ndarray of int64, each of shape (n_nodes,)
        Module labels 0 … k-1 from fine to coarse; equal labels on a level are equal on every coarser one. A branch
        without deeper modules stays as it is on finer levels.
    nodes : sequence, shape (n_nodes,)
        The caller's node objects (states of a state network) in row order.
    codelength, one_level_codelength : float
        Bits per step; nan where they are not known.
    node_flow : ndarray of float64, shape (n_nodes,), or None
        Visit rates.
    names : dict or None
        Display names by node.
    physical : ndarray of int64, shape (n_nodes,), or None
        Row in ``physical_nodes`` of each state, for networks of states.
    physical_nodes : sequence or None
    network : FlowNetwork or None
        The flows behind the codelength; needed to write ``.ftree``.
    options : dict or None
        Options that differ from the defaults, for the head of files.

    Examples
    --------
    >>> import numpy as np
    >>> partition = Partition.from_levels([np.array([5, 5, 2])], ["a", "b", "c"], node_flow=np.array([0.1, 0.1, 0.8]))
    >>> partition.labels, partition.n_modules
    (array([1, 1, 0]), 2)
    >>> partition.communities() == [{"c"}, {"a", "b"}]
    True
    """

    levels: list
    nodes: object
    codelength: float = float("nan")
    one_level_codelength: float = float("nan")
    node_flow: np.ndarray | None = None
    names: dict | None = None
    physical: np.ndarray | None = None
    physical_nodes: object = None
    network: object = None
    options: dict | None = None

    @classmethod
    def from_levels(cls, levels, nodes, *, node_flow=None, **facts):
        """Return the Partition of label arrays from fine to coarse, with any labels.

        Modules are numbered by decreasing flow (of nodes, where there is none), ties by the smallest row; modules of
        finer levels in the order of their parents, then the same way.
        """
        return cls(ordered_levels(levels, node_flow), nodes, node_flow=node_flow, **facts)

    @classmethod
    def from_paths(cls, paths, nodes, **facts):
        """Return the Partition of one tuple of module numbers per node, from the top down."""
        return cls.from_levels(levels_of_paths(paths), nodes, **facts)

    @property
    def labels(self):
        """Top modules, int64, shape (n_nodes,)."""
        return self.levels[-1]

    @property
    def membership(self):
        """Top modules as a list of int, under igraph's name."""
        return self.labels.tolist()

    @property
    def n_modules(self):
        """Number of top modules (int)."""
        return int(self.labels.max()) + 1 if len(self.labels) else 0

    @property
    def n_levels(self):
        """Number of levels of the tree, the nodes counted (int): 2 for a two-level partition."""
        return len(self.levels) + 1

    @property
    def relative_savings(self):
        """1 - codelength / one-level codelength."""
        return 1.0 - self.codelength / self.one_level_codelength if self.one_level_codelength > 0 else 0.0

    @property
    def module_flow(self):
        """Visit rate of each top module, float64, shape (n_modules,); the share of nodes where no flow is known."""
        return np.bincount(self.labels, weights=_mass(self.node_flow, self.labels), minlength=self.n_modules)

    @cached_property
    def paths(self):
        """One tuple of module numbers per node, from the top down, numbered from 0 within each parent."""
        return paths_of_levels(self.levels)

    def __repr__(self):
        length = "" if np.isnan(self.codelength) else f", {self.codelength:.6g} bits"
        deep = f", {self.n_levels} levels" if self.n_levels > 2 else ""
        return f"Partition({len(self.labels)} nodes, {self.n_modules} modules{deep}{length})"

    def _level(self, level):
        check_integer(level, "level", -len(self.levels), len(self.levels) - 1)
        return self.levels[level]

    def sizes(self, level=-1):
        """Return the number of nodes of each module of a level (0: finest, -1: top), int64."""
        return np.bincount(self._level(level))

    def module(self, k, level=-1):
        """Return the nodes of module k as a list, largest flow first."""
        labels = self._level(level)
        check_integer(k, "k", 0, int(labels.max()))
        rows = np.flatnonzero(labels == k)
        if self.node_flow is not None:
            rows = rows[np.argsort(-self.node_flow[rows], kind="stable")]
        return [self._node_list[row] for row in rows.tolist()]

    @cached_property
    def _node_list(self):
        return as_list(self.nodes)

    def communities(self, level=-1):
        """Return the modules of a level as a list of sets of nodes, in order of their labels."""
        return [set(members) for members in self.modules(level).values()]

    def modules(self, level=-1):
        """Return ``{label: list of nodes}`` of a level (0: finest, -1: top), nodes by decreasing flow."""
        labels = self._level(level)
        order = np.lexsort((-_mass(self.node_flow, labels), labels))
        stops = np.cumsum(self.sizes(level))
        nodes = self._node_list
        return {k: [nodes[i] for i in rows.tolist()] for k, rows in enumerate(np.split(order, stops[:-1]))}

    def compare(self, other, level=-1):
        """Return how this partition agrees with another one of the same nodes.

        Parameters
        ----------
        other : Partition, label array, dict or list of sets
        level : int, default=-1
            Level of this partition, and of the other if it is a Partition.

        Returns
        -------
        Comparison
            ``ami, nmi, ari`` and the sparse tables ``overlap`` of shared nodes and ``flow`` of their flow.
        """
        from kexuestat.graph.partition_forms import compare_labels, labels_of

        labels = self._level(level)
        return compare_labels(labels, labels_of(other, self.nodes, level), _mass(self.node_flow, labels))

    def to_dataframe(self):
        """Return a pandas frame: node, name, module, path, flow; state_id and layer where they exist."""
        from kexuestat.graph.partition_export import to_dataframe

        return to_dataframe(self)

    def to_networkx(self, graph=None):
        """Return a networkx graph with node attributes module, path and flow (on a copy of graph, if given)."""
        from kexuestat.graph.partition_export import to_networkx

        return to_networkx(self, graph)

    def to_igraph(self, graph):
        """Return an igraph ``VertexClustering`` of an igraph graph whose vertices are the nodes in row order."""
        from kexuestat.graph.partition_export import to_igraph

        return to_igraph(self, graph)

    def to_cdlib(self, graph):
        """Return a cdlib ``NodeClustering`` of graph."""
        from kexuestat.graph.partition_export import to_cdlib

        return to_cdlib(self, graph)

    def write(self, path, *, format=None, precision=6):
        """Write the partition to a file; the suffix chooses the format (see ``write_partition``)."""
        from kexuestat.graph.io.dispatch import write_partition

        write_partition(self, path, format=format, precision=precision)

    def summary(self, n_modules=10, n_nodes=5):
        """Return a few lines of text: codelength and the largest modules with their first nodes."""
        from kexuestat.graph.partition_export import summary

        return summary(self, n_modules, n_nodes)

    def _repr_html_(self):
        from kexuestat.graph.partition_export import html

        return html(self)


def _mass(node_flow, labels):
    return np.full(len(labels), 1.0 / max(len(labels), 1)) if node_flow is None else node_flow


def ordered_levels(levels, node_flow=None):
    """Return levels (fine to coarse, any labels) numbered by parent, then decreasing flow, then smallest row."""
    parent = np.zeros(len(levels[0]), dtype=np.int64)
    ordered = []
    for labels in reversed(levels):
        first, dense = first_rows(labels)
        flow = np.bincount(dense, weights=_mass(node_flow, dense), minlength=len(first))
        rank = np.empty(len(first), dtype=np.int64)
        # flows are sums in row order: ties of equal modules are exact only up to rounding, hence 12 digits
        rank[np.lexsort((first, -_rounded(flow), parent[first]))] = np.arange(len(first))
        parent = rank[dense]
        ordered.append(parent)
    return ordered[::-1]


def first_rows(labels):
    """Return the first row of each distinct label (rising) and the labels as 0 … k-1, without a sort if possible."""
    if labels.dtype.kind not in "iu" or not len(labels) or labels.min() < 0 or labels.max() >= 2 * len(labels):
        _, first, dense = np.unique(labels, return_index=True, return_inverse=True)
        return first, dense
    first = np.full(int(labels.max()) + 1, -1, dtype=np.int64)
    first[labels[::-1]] = np.arange(len(labels) - 1, -1, -1)  # the last write stays: the smallest row
    used = first >= 0
    if used.all():
        return first, labels.astype(np.int64, copy=False)
    return first[used], (np.cumsum(used) - 1)[labels]


def _rounded(flow):
    scale = flow.max() if flow.size else 0.0
    return np.round(flow / scale, 12) if scale > 0 else flow


def paths_of_levels(levels):
    """Return one tuple per node from the top down; a level that does not split a module adds nothing to its paths.

    Nodes of one module share one tuple.
    """
    first, dense = first_rows(levels[0])
    paths = _module_paths([labels[first] for labels in levels])
    return list(map(paths.__getitem__, dense.tolist()))


def _module_paths(levels):
    parts, kept = [], []
    above = np.zeros(len(levels[0]), dtype=np.int64)
    for depth, labels in enumerate(reversed(levels)):
        first, dense = first_rows(labels)
        n_children = np.bincount(above[first])
        order = np.lexsort((labels[first], above[first]))
        rank = np.empty(len(first), dtype=np.int64)
        rank[order] = np.arange(len(first)) - (np.cumsum(n_children) - n_children)[above[first]][order]
        parts.append(rank[dense].tolist())
        kept.append((n_children[above] > 1).tolist() if depth else [True] * len(labels))
        above = dense
    return [tuple(p for p, k in zip(path, keep) if k) for path, keep in zip(zip(*parts), zip(*kept))]


def levels_of_paths(paths):
    """Return label arrays from fine to coarse of one non-empty tuple per node, from the top down."""
    depth = max(map(len, paths), default=1)
    levels = []
    for length in range(depth, 0, -1):
        number = {}
        labels = [number.setdefault(tuple(path[:length]), len(number)) for path in paths]
        levels.append(np.array(labels, dtype=np.int64))
    return levels
