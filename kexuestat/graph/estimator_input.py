"""What InfoMap.fit makes of its arguments: a graph, and the arguments of the search."""

import numpy as np
from sklearn.utils.validation import validate_data

from kexuestat.exceptions import InvalidInputError
from kexuestat.graph.codelength import codelength
from kexuestat.graph.inputs import NETWORKS, as_network
from kexuestat.graph.module_tree import levels_of_tree, tree_of_levels
from kexuestat.graph.search_model import whole_weights
from kexuestat.validation.flow import check_model_options
from kexuestat.validation.infomap import check_frozen, check_groups
from kexuestat.validation.options import check_seed


def is_matrix(X):
    """Return whether X means a matrix: a sparse or array-like one, or a square frame that is no list of links."""
    if isinstance(X, NETWORKS) or hasattr(X, "adj") or hasattr(X, "get_edgelist") or hasattr(X, "edge_index"):
        return False
    if hasattr(X, "columns"):
        square = len(X.columns) == len(X) and len(X.columns) > 3
        return square and not {"source", "target"} <= {str(name) for name in X.columns}
    if hasattr(X, "tocoo"):
        return True
    if isinstance(X, (list, tuple)):
        return len(X) == 0 or not isinstance(X[0], tuple)
    return isinstance(X, np.ndarray) and not _is_edge_array(X)


def _is_edge_array(X):
    return X.ndim == 2 and X.shape[0] != X.shape[1] and X.dtype.kind in "iu" and 2 in X.shape


def graph_of_input(estimator, X, reset=True):
    """Return the graph that the estimator searches, and let it remember the columns of X."""
    options = check_model_options(estimator._options())
    if estimator.affinity == "knn":
        return _graph_of_features(estimator, X, reset)
    if not is_matrix(X):
        graph = as_network(X, options)
        if reset:
            estimator.n_features_in_ = graph.n_nodes
        return graph
    X = validate_data(estimator, X, accept_sparse="csr", dtype="numeric", reset=reset)
    if X.shape[0] != X.shape[1]:
        raise InvalidInputError(
            f'a matrix with affinity="precomputed" must be square, got shape {X.shape}; pass affinity="knn" for '
            "features."
        )
    values = X.data if hasattr(X, "tocoo") else X
    if values.size and values.min() < 0:
        at = np.argmin(values) if values.ndim == 1 else np.unravel_index(np.argmin(values), X.shape)
        raise InvalidInputError(
            "Negative values in data passed to InfoMap: weights must be finite and non-negative, "
            f"got {values.min()} at {tuple(int(i) for i in np.atleast_1d(at))}."
        )
    return as_network(X.astype(np.float64) if X.dtype.kind in "iub" else X, options)


def _graph_of_features(estimator, X, reset):
    from kexuestat.graph.neighbors import knn_graph

    X = validate_data(
        estimator, X, accept_sparse="csr", dtype=[np.float64, np.float32], ensure_min_samples=2, reset=reset
    )
    if reset:
        estimator._fit_X = X
    return knn_graph(
        X,
        n_neighbors=estimator.n_neighbors,
        metric=estimator.metric,
        min_similarity=estimator.min_similarity,
        directed=bool(estimator.directed),
    )


def search_arguments(estimator, model, start, frozen, groups):
    """Return the keyword arguments of search_partition; start is a ModuleTree or None."""
    nodes = model.nodes
    return {
        "two_level": estimator.two_level,
        "n_trials": 1 if estimator.n_trials == "auto" else estimator.n_trials,
        "auto_trials": estimator.n_trials == "auto",
        "seed": check_seed(estimator.random_state),
        "n_jobs": estimator.n_jobs,
        "tol": estimator.tol,
        "max_iter": estimator.max_iter,
        "init": None if start is None else start.leaf,
        "frozen": check_frozen(frozen, start, nodes),
        "groups": check_groups(groups, nodes),
        "integer_weights": whole_weights(model),
        "preferred_levels": estimator.preferred_number_of_levels,
        "effort": estimator.effort,
        "verbose": estimator.verbose,
    }


def towards_levels(found, wanted, model):
    """Return the SearchResult with so many levels dropped, the cheapest first, that ``wanted`` (or None) are left."""
    levels, length = found.levels, found.codelength
    while wanted is not None and len(levels) + 1 > max(wanted, 2):
        fewer = [levels[:k] + levels[k + 1 :] for k in range(len(levels))]
        lengths = [codelength(model.network, tree_of_levels(each), model.objective).total for each in fewer]
        best = int(np.argmin(lengths))
        levels, length = fewer[best], lengths[best]
    return found._replace(levels=levels, codelength=length)


def better_of(found, start, estimator, model):
    """Return the SearchResult, with the levels of a hierarchical start where these are shorter."""
    if start is None or estimator.two_level or not start.depth.max() > 1:
        return found
    length = codelength(model.network, start, model.objective).total
    return found if found.codelength <= length else found._replace(levels=levels_of_tree(start), codelength=length)
