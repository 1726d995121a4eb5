"""The nearest texts by a mover's distance: exact, whatever was pruned on the way, or of a stated recall."""

import os

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.utils.validation import check_is_fitted

from kexuestat.base import DocumentInputMixin
from kexuestat.exceptions import InvalidInputError
from kexuestat.text import index_files
from kexuestat.text.mover_base import Mover, NeighborsResult
from kexuestat.text.movers import WordMoverDistance
from kexuestat.validation.options import check_boolean, check_integer, check_option, check_real

__all__ = ["MoverNeighbors", "NeighborsResult"]


class MoverNeighbors(DocumentInputMixin, TransformerMixin, BaseEstimator):
    """Exact nearest neighbours among documents by Word Mover's or Word Rotator's Distance.

    Lower bounds order the documents, exact problems are solved in this order until no bound can beat the last
    neighbour: the result equals brute force, index by index.

    Parameters
    ----------
    distance : WordMoverDistance or WordRotatorDistance, optional
        Cloned and fitted as ``distance_``; default ``WordMoverDistance()``.
    n_neighbors : int, default 5
    recall : float in (0, 1], default 1.0
        1 is exact. Below, only so many documents of least relaxed bound are looked at as held this share of the true
        neighbours of 64 fitted documents; ``search`` says for each query which share is proved.
    n_jobs : int, optional
        Threads, as in joblib; results are the same for any number.
    progress : bool, default False

    Attributes
    ----------
    distance_ : WordMoverDistance or WordRotatorDistance
    n_documents_ : int

    Examples
    --------
    >>> from kexuestat.text import MoverNeighbors, WordMoverDistance
    >>> vectors = {"cat": [1.0, 0.0], "dog": [0.8, 0.6], "car": [0.0, 2.0]}
    >>> index = MoverNeighbors(WordMoverDistance(vectors=vectors), n_neighbors=1).fit(["car", "dog cat", "dog"])
    >>> index.kneighbors(["cat"])[1].tolist()
    [[1]]
    """

    def __init__(self, distance=None, *, n_neighbors=5, recall=1.0, n_jobs=None, progress=False):
        self.distance = distance
        self.n_neighbors = n_neighbors
        self.recall = recall
        self.n_jobs = n_jobs
        self.progress = progress

    def fit(self, documents, y=None):
        """Return self, fitted to the documents that are searched.

        Parameters
        ----------
        documents : what the distance takes
        y : ignored

        Returns
        -------
        MoverNeighbors
        """
        check_integer(self.n_neighbors, "n_neighbors", 1)
        check_real(self.recall, "recall", 0, 1, open_low=True)
        check_boolean(self.progress, "progress")
        distance = WordMoverDistance() if self.distance is None else self.distance
        if not isinstance(distance, Mover):
            raise InvalidInputError(
                f"distance must be a WordMoverDistance or WordRotatorDistance, got {type(distance).__name__}."
            )
        self.distance_ = clone(distance).fit(documents)
        self.n_documents_ = self.distance_.n_documents_
        return self

    def save(self, path):
        """Return the folder that now holds the fitted index, ready to be mapped by `load`.

        Plain arrays, words and one JSON file, no pickle. Callables (tokenizer, weights) and embedders are not saved.

        Parameters
        ----------
        path : path
            A folder that does not exist or is empty; written beside it and renamed at the end.

        Returns
        -------
        path

        Raises
        ------
        InvalidInputError
            If the target is not free, or the converter is not a VectorConverter.
        """
        check_is_fitted(self)
        options = {name: getattr(self, name) for name in ("n_neighbors", "recall", "n_jobs", "progress")}
        return index_files.write_index(os.fspath(path), self.distance_, options)

    @classmethod
    def load(cls, path, *, tokenizer=None, weights=None, embedder=None):
        """Return the fitted index in a folder written by `save`; its arrays are mapped, not read.

        Parameters
        ----------
        path : path
        tokenizer, weights : callable, optional
            Needed again where the index was made with them.
        embedder : embedder, optional
            For an index of contextual vectors that is asked with texts.

        Returns
        -------
        MoverNeighbors

        Raises
        ------
        FileFormatError
            If the folder is no whole index.
        InvalidInputError
            If a callable is needed and not passed.
        """
        mover, options = index_files.read_index(os.fspath(path), tokenizer, weights, embedder)
        index = cls(mover, **options)
        index.distance_ = mover
        index.n_documents_ = mover.n_documents_
        return index

    def search(self, X=None, n_neighbors=None):
        """Return the nearest fitted documents of each document of X.

        Parameters
        ----------
        X : documents, optional
            Default: the fitted ones; then a document is not its own neighbour.
        n_neighbors : int, optional
            Default: the parameter.

        Returns
        -------
        NeighborsResult
        """
        check_is_fitted(self)
        k = self.n_neighbors if n_neighbors is None else n_neighbors
        return self.distance_._nearest(X, k, recall=self.recall, n_jobs=self.n_jobs, progress=self.progress)

    def kneighbors(self, X=None, n_neighbors=None, return_distance=True):
        """Return distances and indices of the nearest fitted documents, as scikit-learn's neighbours do.

        Parameters
        ----------
        X : documents, optional
            Default: the fitted ones; then a document is not its own neighbour.
        n_neighbors : int, optional
        return_distance : bool, default True

        Returns
        -------
        (distances, indices), or indices where return_distance is False
        """
        result = self.search(X, n_neighbors)
        return (result.distances, result.indices) if return_distance else result.indices

    def radius_neighbors(self, X=None, radius=1.0, return_distance=True):
        """Return distances and indices of all fitted documents within a radius, nearest first; always exact.

        Parameters
        ----------
        X : documents, optional
            Default: the fitted ones; then a document is not its own neighbour.
        radius : float, default 1.0
            Largest distance.
        return_distance : bool, default True

        Returns
        -------
        (distances, indices), or indices where return_distance is False
            Object arrays of arrays, one per query, as scikit-learn's radius_neighbors.
        """
        check_is_fitted(self)
        check_real(radius, "radius", 0)
        n = max(1, self.n_documents_ - (X is None))
        result = self.distance_._nearest(X, n, radius=radius, n_jobs=self.n_jobs, progress=self.progress)
        n_queries = result.indices.shape[0]
        distances, indices = np.empty(n_queries, dtype=object), np.empty(n_queries, dtype=object)
        for q in range(n_queries):
            found = result.indices[q] >= 0
            distances[q], indices[q] = result.distances[q][found], result.indices[q][found]
        return (distances, indices) if return_distance else indices

    def kneighbors_graph(self, X=None, n_neighbors=None, mode="distance"):
        """Return the graph of nearest neighbours in the layout of scikit-learn's KNeighborsTransformer.

        Parameters
        ----------
        X : documents, optional
            Default: the fitted ones; each row then begins with the document itself at distance 0.
        n_neighbors : int, optional
        mode : {"distance", "connectivity"}, default "distance"

        Returns
        -------
        csr_matrix of float64, shape (n_queries, n_documents)
            Rows sorted by distance; n_neighbors + 1 entries where X is None, fewer where there are no more neighbours.
        """
        from scipy.sparse import csr_matrix

        check_option(mode, "mode", ("distance", "connectivity"))
        result = self.search(X, n_neighbors)
        distances, indices = result.distances, result.indices
        if X is None:
            own = np.arange(indices.shape[0], dtype=np.int64)[:, None]
            indices = np.hstack([own, indices])
            distances = np.hstack([np.zeros(own.shape), distances])
        found = indices >= 0
        indptr = np.concatenate([[0], np.cumsum(found.sum(axis=1))]).astype(np.int64)
        data = distances[found] if mode == "distance" else np.ones(int(indptr[-1]))
        return csr_matrix((data, indices[found], indptr), shape=(indices.shape[0], self.n_documents_))

    def transform(self, X):
        """Return the graph of neighbours of X, as `kneighbors_graph`, with one neighbour more than asked.

        The extra neighbour is what scikit-learn's KNeighborsTransformer gives as well, so that a fitted document
        finds n_neighbors others beside itself.

        Parameters
        ----------
        X : documents

        Returns
        -------
        csr_matrix of float64, shape (n_queries, n_documents)
        """
        check_is_fitted(self)
        return self.kneighbors_graph(X, min(self.n_neighbors + 1, self.n_documents_))

    def fit_transform(self, documents, y=None):
        """Return the graph of neighbours of the fitted documents, each its own first neighbour.

        Parameters
        ----------
        documents : what the distance takes
        y : ignored

        Returns
        -------
        csr_matrix of float64, shape (n_documents, n_documents)
        """
        return self.fit(documents, y).kneighbors_graph()
