"""What a fitted InfoMap can do: predict, share nodes between modules, aggregate flow, score other graphs."""

import numpy as np
from scipy import sparse
from sklearn.utils.validation import check_is_fitted, validate_data

from kexuestat.exceptions import InvalidInputError
from kexuestat.graph.codelength import codelength
from kexuestat.graph.csr import CSRGraph
from kexuestat.graph.estimator_input import graph_of_input, is_matrix
from kexuestat.graph.inputs import as_network
from kexuestat.graph.membership import (
    module_flow_matrix,
    module_shares,
    new_shares,
    overlapping_nodes,
    overlapping_states,
    predicted_labels,
)
from kexuestat.graph.model import build_model
from kexuestat.graph.module_tree import tree_of_levels
from kexuestat.graph.neighbors import knn_links
from kexuestat.graph.partition_trees import tree_of_partition
from kexuestat.validation.flow import check_model_options

_UNSEEN = -2


class MembershipMethods:
    """Methods of a fitted InfoMap, beside ``fit``."""

    def predict(self, X):
        """Return the fitted module of each row of X with the largest share of its link weight (int64).

        Parameters
        ----------
        X : features, or matrix of shape (n_new, n_fitted)
            With ``affinity="knn"`` features, linked to their ``n_neighbors`` nearest fitted points of sufficient
            similarity; else the link weights of new nodes to fitted ones. The fitted X, and rows equal to one of its
            rows, get the fitted labels.

        Returns
        -------
        ndarray of int64, shape (n_new,)
            -1 for a node without a link to a fitted one.
        """
        check_is_fitted(self)
        if self._is_fitted_input(X):
            return self.labels_.copy()
        X, fitted, links = self._rows(X)
        found = predicted_labels(links, self.labels_, self.n_modules_)
        rows = _equal_rows(X, fitted, self.labels_)
        return np.where(rows == _UNSEEN, found, self.labels_[rows])

    def predict_proba(self, X=None):
        """Return soft membership: the share of each node's link flow into each module.

        Parameters
        ----------
        X : as in ``predict``, default=None
            None means the fitted nodes, both directions of their links and their loops counted; so do rows equal to
            fitted ones. Features must be dense.

        Returns
        -------
        csr_array of float64, shape (n_nodes, n_modules)
            Rows sum to 1; all zero for a new node without a link.
        """
        check_is_fitted(self)
        shares = module_shares(self._model.network, self.labels_, self.n_modules_, loop_flow=self._model.loop_flow)
        if X is None or X is self.graph_:
            return shares
        if self.affinity == "knn" and sparse.issparse(X):
            raise TypeError("predict_proba does not take sparse features; pass X.toarray().")
        X, fitted, links = self._rows(X)
        new = new_shares(links, self.labels_, self.n_modules_)
        return _rows_of_equal(shares, new, _equal_rows(X, fitted))

    def overlapping(self, threshold=0.2):
        """Return the top modules as a list of sets of nodes that may overlap.

        A node joins each module with at least this share of its link flow, and always its own. In networks of states
        the overlap is exact: a physical node is in every module that holds one of its states.

        Parameters
        ----------
        threshold : float, default=0.2
            In (0, 1]; without effect on networks of states.
        """
        check_is_fitted(self)
        physical = self._model.network.physical
        if physical.shape[0]:
            return overlapping_states(self.labels_, physical, self._model.physical_nodes, self.n_modules_)
        return overlapping_nodes(self.predict_proba(), self.labels_, self.nodes_, threshold)

    def aggregate(self):
        """Return the flow between top modules per step, float64 of shape (n_modules, n_modules), loops left out.

        Entry (a, b) is the flow along links from module a to module b; undirected links count half in each direction.
        """
        check_is_fitted(self)
        return module_flow_matrix(self._model.network, self.labels_, self.n_modules_).toarray()

    def score(self, X, y=None):
        """Return minus the codelength (float, bits per step) of a partition of the graph X; higher is better.

        Parameters
        ----------
        X : graph or features, as in ``fit``, or a matrix of shape (n_new, n_fitted)
            New nodes, given by their links to fitted ones, are scored together with the fitted graph.
        y : partition, optional
            Any form that :func:`score_partition` takes. By default the fitted partition; for new points or nodes the
            predicted one, where those without a link are modules of their own.
        """
        check_is_fitted(self)
        if self.affinity != "knn" and is_matrix(X) and np.shape(X)[0] != np.shape(X)[1]:
            graph, labels = self._extended(X)
        else:
            graph, labels = graph_of_input(self, X, reset=False), None
        model = build_model(graph, self._options())
        if y is not None:
            tree = tree_of_partition(y, model.nodes)
        elif labels is None and len(model.nodes) == len(self.labels_) and self._is_fitted_size(X):
            tree = tree_of_levels(self.levels_)
        else:
            tree = tree_of_levels([_singles_apart(self.predict(X) if labels is None else labels)])
        return -codelength(model.network, tree, model.objective).total

    def _is_fitted_size(self, X):
        """Return whether the fitted levels belong to the rows of X: any graph of that size, or the fitted features."""
        return self.affinity != "knn" or self._is_fitted_input(X)

    def _is_fitted_input(self, X):
        """Return whether X is what was fitted."""
        if self.affinity == "knn":
            X = validate_data(self, X, accept_sparse="csr", dtype=[np.float64, np.float32], reset=False)
            return _equal_matrices(X, self._fit_X)
        if X is self.graph_:
            return True
        if is_matrix(X) and np.shape(X) != (len(self.labels_), len(self.labels_)):
            return False
        graph = graph_of_input(self, X, reset=False)
        return isinstance(graph, CSRGraph) and _equal_graphs(graph, self.graph_)

    def _rows(self, X):
        """Return new rows, the fitted rows they may equal, and the links of new rows to fitted nodes."""
        if self.affinity == "knn":
            X = validate_data(self, X, accept_sparse="csr", dtype=[np.float64, np.float32], reset=False)
            links = knn_links(
                X,
                self._fit_X,
                n_neighbors=self.n_neighbors,
                metric=self.metric,
                min_similarity=self.min_similarity,
            )
            return X, self._fit_X, links
        if not isinstance(self.graph_, CSRGraph) or not is_matrix(X):
            raise InvalidInputError(
                "predict needs the links of new nodes to fitted ones as a matrix of shape "
                f"(n_new, {len(self.labels_)}), got {type(X).__name__}."
            )
        X = validate_data(self, X, accept_sparse="csr", dtype=np.float64, reset=False)
        links = sparse.csr_array(X)
        links.sort_indices()
        return links, self.graph_.to_scipy(), links

    def _extended(self, X):
        """Return the fitted graph with the rows of X as further nodes, and fitted and predicted labels."""
        _, _, links = self._rows(X)
        fitted = self.graph_.to_scipy()
        back = None if self.graph_.directed else links.T
        matrix = sparse.block_array([[fitted, back], [links, None]], format="csr")
        graph = as_network(matrix, check_model_options(self._options() | {"directed": self.graph_.directed}))
        return graph, np.concatenate((self.labels_, self.predict(X)))


def _singles_apart(labels):
    """Return labels in which every -1 is a module of its own."""
    alone = labels < 0
    labels = labels.copy()
    labels[alone] = labels.max() + 1 + np.arange(alone.sum())
    return np.unique(labels, return_inverse=True)[1]


def _equal_matrices(a, b):
    if a.shape != b.shape or sparse.issparse(a) != sparse.issparse(b):
        return False
    return (a != b).nnz == 0 if sparse.issparse(a) else np.array_equal(a, b)


def _equal_graphs(a, b):
    return (
        a.directed == b.directed
        and np.array_equal(a.indptr, b.indptr)
        and np.array_equal(a.indices, b.indices)
        and np.array_equal(a.weights, b.weights)
    )


def _row_keys(X):
    if not sparse.issparse(X):
        return [row.tobytes() for row in np.ascontiguousarray(X, dtype=np.float64) + 0.0]
    X = sparse.csr_array(X, dtype=np.float64)
    X.sort_indices()
    ends = zip(X.indptr[:-1].tolist(), X.indptr[1:].tolist())
    indices = X.indices.astype(np.int64)
    return [(indices[a:b].tobytes(), X.data[a:b].tobytes()) for a, b in ends]


def _equal_rows(X, fitted, labels=None):
    """Return the first fitted row that each row equals, _UNSEEN where there is none, or equal ones differ in label."""
    first = {}
    for row, key in enumerate(_row_keys(fitted)):
        other = first.setdefault(key, row)
        if labels is not None and other != _UNSEEN and labels[other] != labels[row]:
            first[key] = _UNSEEN
    return np.array([first.get(key, _UNSEEN) for key in _row_keys(X)], dtype=np.int64)


def _rows_of_equal(shares, new, rows):
    """Return the rows of new, replaced by rows of shares where there is an equal one."""
    seen = rows != _UNSEEN
    kept = sparse.diags_array((~seen).astype(np.float64)) @ new
    shape = (len(rows), shares.shape[0])
    chosen = sparse.csr_array((np.ones(int(seen.sum())), (np.flatnonzero(seen), rows[seen])), shape=shape)
    result = sparse.csr_array(kept + chosen @ shares)
    result.sort_indices()
    return result
