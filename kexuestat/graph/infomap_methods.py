"""What a fitted InfoMap can do: score other graphs, aggregate flow, share nodes between modules, predict."""

import numpy as np
from sklearn.utils.validation import check_is_fitted

from kexuestat.graph.codelength import codelength
from kexuestat.graph.estimator_input import graph_of_input
from kexuestat.graph.model import build_model
from kexuestat.graph.module_tree import tree_of_levels
from kexuestat.graph.partition_trees import tree_of_partition


class MembershipMethods:
    """Methods of a fitted InfoMap, beside ``fit``."""

    def score(self, X, y=None):
        """Return minus the codelength (float, bits per step) of a partition of the graph X; higher is better.

        Parameters
        ----------
        X : graph or features, as in ``fit``
        y : partition, optional
            Any form that :func:`score_partition` takes; the fitted partition by default.
        """
        check_is_fitted(self)
        model = build_model(graph_of_input(self, X, reset=False), self._options())
        if y is not None:
            tree = tree_of_partition(y, model.nodes)
        elif len(model.nodes) == len(self.labels_):
            tree = tree_of_levels(self.levels_)
        else:
            tree = tree_of_levels([np.unique(self.predict(X), return_inverse=True)[1]])
        return -codelength(model.network, tree, model.objective).total

    def aggregate(self):
        """Return the flow between top modules per step, float64 of shape (n_modules, n_modules), without loops.

        Entry (a, b) is the flow along links from module a to module b; undirected links count half in each direction.
        """
        check_is_fitted(self)
        network, k = self._model.network, self.n_modules_
        source = np.repeat(self.labels_, np.diff(network.indptr))
        pairs = source * k + self.labels_[network.indices]
        return np.bincount(pairs, weights=network.flow, minlength=k * k).reshape(k, k)
