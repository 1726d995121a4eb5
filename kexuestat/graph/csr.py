"""The border of graphs: every accepted form becomes one CSR form, converted once."""

import numpy as np

from kexuestat._kernels import csr as kernels
from kexuestat.graph.rows import Rows
from kexuestat.validation.graph import check_crossing, check_n_nodes, check_node_values, check_weights, node_at
from kexuestat.validation.options import check_real


class CSRGraph(Rows):
    """A weighted graph in compressed rows: row i lists the targets of the links of node i, sorted.

    An undirected graph is stored symmetrically: a link stands in the rows of both ends with its full weight, a loop
    once. Equal links are summed, zero weights are dropped, isolated nodes keep their (empty) row.

    Attributes
    ----------
    indptr : ndarray of int64, shape (n_nodes + 1,)
    indices : ndarray of int64, shape (n_entries,)
        Made when first asked for: inside, ``columns`` holds them as int32.
    weights : ndarray of float64, shape (n_entries,)
        Made when first asked for: inside, ``values`` holds them, or nothing where every weight is 1.
    directed : bool
    nodes : sequence, shape (n_nodes,)
        The caller's node objects in row order; ``range(n_nodes)`` where there are none.
    node_weights : ndarray of float64, shape (n_nodes,), or None
    names : dict or None
        Display names of nodes by node object, where a file gives them.
    features : ndarray of bool, shape (n_nodes,), or None
        The secondary side of a bipartite graph.

    Examples
    --------
    >>> graph = CSRGraph.of([("a", "b", 2.0), ("b", "c", 1.0), ("b", "a", 1.0)])
    >>> graph
    CSRGraph(3 nodes, 2 links, undirected)
    >>> graph.indices, graph.weights
    (array([1, 0, 2, 1]), array([3., 3., 1., 1.]))
    >>> graph.nodes
    ['a', 'b', 'c']
    """

    __networkx_backend__ = "kexuestat"  # networkx functions that we implement take a CSRGraph as it is

    def __init__(self, indptr, indices, weights, directed, nodes, node_weights=None, names=None, features=None):
        super().__init__(indptr, indices, weights)
        self.directed, self.nodes = directed, nodes
        self.node_weights, self.names, self.features = node_weights, names, features

    @classmethod
    def of(cls, graph, *, directed=None, weight="weight", weight_threshold=0.0):
        """Return the CSRGraph of any accepted form of graph.

        Parameters
        ----------
        graph : graph
            A networkx graph (any kind), an igraph graph, a square sparse or dense matrix, a pandas or polars frame
            of links (columns source, target and weight, or the first three), an integer array of shape (2, E) or
            (E, 2), an array of shape (E, 3) with weights, an iterable of tuples (u, v) or (u, v, w), a torch edge
            index, a path of a graph file, or a CSRGraph.
        directed : bool, optional
            By default as the graph says; a matrix is directed iff it is not symmetric (to a relative 1e-10), lists
            of links are undirected. With False the weight between two nodes of a *matrix* is the mean of both
            directions, so that a symmetric matrix means what it shows; arcs of every other form are summed.
        weight : str or None, default="weight"
            Name of the edge attribute or column with the weights; None: every link weighs 1.
        weight_threshold : float, default=0.0
            Links that weigh less are left out, each by itself, before equal links are summed; their nodes stay.

        Returns
        -------
        CSRGraph

        Raises
        ------
        InvalidInputError
            If the form is unknown or ambiguous, or a weight is negative, nan or infinite.
        """
        from kexuestat.graph.convert import convert

        return convert(graph, directed, weight, check_real(weight_threshold, "weight_threshold", 0.0))

    @classmethod
    def from_edges(
        cls,
        source,
        target,
        weight=None,
        n_nodes=None,
        directed=False,
        nodes=None,
        node_weights=None,
        names=None,
        weight_threshold=0.0,
    ):
        """Return the CSRGraph of a list of links; links between the same nodes are summed.

        Parameters
        ----------
        source, target : array-like, shape (n_links,)
            Node ids. Without ``n_nodes`` and ``nodes``, integers need not be contiguous and become rows in rising
            order, other hashable values in order of their first appearance.
        weight : array-like of float, shape (n_links,), optional
            Finite and non-negative; 1 by default, zeros are no links.
        n_nodes : int, optional
            The ids are 0 … n_nodes - 1; nodes without a link keep their row.
        directed : bool, default=False
        nodes : sequence, optional
            Node objects in row order; then the ids are members of ``nodes``, or rows if ``n_nodes`` is given too.
        node_weights : array-like or dict, optional
            One non-negative number per node.
        names : dict, optional
            Display names by node.
        weight_threshold : float, default=0.0
            Links that weigh less are left out before equal links are summed; their nodes stay.

        Returns
        -------
        CSRGraph

        Examples
        --------
        >>> CSRGraph.from_edges([10, 10, 30], [20, 20, 40]).to_scipy().toarray()
        array([[0., 2., 0., 0.],
               [2., 0., 0., 0.],
               [0., 0., 0., 1.],
               [0., 0., 1., 0.]])
        """
        from kexuestat.graph.edges import link_rows

        source, target, weight, nodes = link_rows(source, target, weight, n_nodes, nodes)
        graph = cls.from_rows(source, target, weight, nodes, directed, weight_threshold)
        node_weights = check_node_values(node_weights, "node_weights", nodes)
        return graph.replaced(node_weights=node_weights, names=names)

    @classmethod
    def from_biadjacency(cls, matrix, nodes=None, directed=False):
        """Return the bipartite CSRGraph of a matrix (n_primary, n_features): rows first, then columns as features.

        Parameters
        ----------
        matrix : array-like or sparse, shape (n_primary, n_features)
            Weights of the links between rows and columns, non-negative.
        nodes : sequence, shape (n_primary + n_features,), optional
        directed : bool, default=False
            True: arcs from rows to columns.

        Examples
        --------
        >>> CSRGraph.from_biadjacency([[1, 0, 2], [0, 1, 1]])
        CSRGraph(5 nodes, 4 links, undirected, bipartite)
        """
        from scipy.sparse import coo_array

        entries = coo_array(matrix)
        n_primary, n_nodes = entries.shape[0], sum(entries.shape)
        options = {"n_nodes": n_nodes, "nodes": nodes, "directed": directed}
        graph = cls.from_edges(entries.row, entries.col.astype(np.int64) + n_primary, entries.data, **options)
        return graph.bipartite(np.arange(n_nodes) >= n_primary)

    @classmethod
    def from_rows(cls, source, target, weights, nodes, directed, weight_threshold=0.0):
        """Return the CSRGraph of links between rows (checked integer arrays; weights may be None)."""
        from kexuestat.graph.edges import compressed_rows

        n_nodes = check_n_nodes(len(nodes))
        if weights is not None:
            check_weights(weights, lambda e: (node_at(nodes, source[e]), node_at(nodes, target[e])))
        if weight_threshold > 0:
            kept = np.broadcast_to(1.0, len(source)) if weights is None else weights
            kept = np.flatnonzero(kept >= weight_threshold)
            source, target, weights = source[kept], target[kept], None if weights is None else weights[kept]
        rows = compressed_rows(source, target, weights, n_nodes, not directed)
        return cls(rows.indptr, rows.columns, rows.values, bool(directed), nodes)

    def replaced(self, **changes):
        """Return this graph with other values of some attributes; what is not named is shared."""
        names = ("indptr", "directed", "nodes", "node_weights", "names", "features")
        own = {"indices": self.columns, "weights": self.values} | {name: getattr(self, name) for name in names}
        return type(self)(**(own | changes))

    @property
    def n_links(self):
        """Number of distinct links (int): entries of a directed graph, pairs and loops of an undirected one."""
        if self.directed:
            return self.n_entries
        return (self.n_entries + self.n_loops) // 2

    def __repr__(self):
        kind = "directed" if self.directed else "undirected"
        side = "" if self.features is None else ", bipartite"
        return f"CSRGraph({self.n_nodes} nodes, {self.n_links} links, {kind}{side})"

    def links(self):
        """Return source rows, target rows and weights, one entry per link (undirected: source <= target)."""
        rows = self.rows()
        if self.directed:
            return rows, self.indices, self.weights
        keep = rows <= self.indices
        return rows[keep], self.indices[keep], self.weights[keep]

    def with_direction(self, directed):
        """Return this graph as directed or undirected: arcs become links and opposite arcs add up; links both arcs."""
        if directed is None or bool(directed) == self.directed:
            return self
        if directed:
            return self.replaced(directed=True)
        weights = self.values if len(self.values) else None
        summed = type(self).from_rows(self.rows(), self.columns, weights, self.nodes, False)
        return summed.replaced(node_weights=self.node_weights, names=self.names, features=self.features)

    def bipartite(self, side=None, *, start=None):
        """Return this graph with a secondary side; every link must join the two sides.

        Parameters
        ----------
        side : array-like of bool, shape (n_nodes,), optional
            True for the secondary (feature) nodes.
        start : number, optional
            Nodes (their ids) at least this large are the secondary side.
        """
        if side is None:
            side, rule = [node >= start for node in self.nodes], f"ids below {start}, and from {start} on"
        else:
            rule = "side is False, and side is True"
        side = np.asarray(side, dtype=bool)
        check_node_values(side, "side", self.nodes)
        check_crossing(self.rows(), self.indices, side, self.nodes, rule)
        return self.replaced(features=side)

    def reverse(self):
        """Return the graph with every arc turned round."""
        return self.replaced(**dict(zip(("indptr", "indices", "weights"), self._turned())))

    def transposed(self):
        """Return indptr, indices, weights of the transpose: row i lists the sources of the links into node i."""
        turned = Rows(*self._turned())
        return turned.indptr, turned.indices, turned.weights

    def _turned(self):
        return kernels.transpose(self.indptr, self.columns, self.values)

    def to_scipy(self):
        """Return the weights as a scipy ``csr_array`` of shape (n_nodes, n_nodes); the arrays are shared."""
        from scipy.sparse import csr_array

        return csr_array((self.weights, self.indices, self.indptr), shape=(self.n_nodes, self.n_nodes))

    def to_networkx(self, weight="weight"):
        """Return a networkx Graph or DiGraph with the nodes of this graph."""
        import networkx as nx

        graph = nx.DiGraph() if self.directed else nx.Graph()
        nodes = as_list(self.nodes)
        graph.add_nodes_from(nodes)
        source, target, weights = (part.tolist() for part in self.links())
        graph.add_weighted_edges_from(
            ((nodes[i], nodes[j], w) for i, j, w in zip(source, target, weights)), weight=weight
        )
        return graph


def as_list(nodes):
    """Return nodes as a list of Python objects, integers of an array as int."""
    return nodes.tolist() if isinstance(nodes, np.ndarray) else list(nodes)


def with_entries(graph, kept):
    """Return the graph with the entries where the mask ``kept`` is true."""
    before = np.concatenate(([0], np.cumsum(kept, dtype=np.int64)))
    values = graph.values[kept] if len(graph.values) else graph.values
    return graph.replaced(indptr=before[graph.indptr], indices=graph.columns[kept], weights=values)
