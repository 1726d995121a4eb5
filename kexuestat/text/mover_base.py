"""What Word Mover's and Word Rotator's Distance between raw texts share: a transformer of documents."""

import warnings
from typing import NamedTuple

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from kexuestat.base import DocumentInputMixin
from kexuestat.exceptions import EmptyTextWarning, InvalidInputError
from kexuestat.text.mover_documents import aligned, fitted_space, joined
from kexuestat.text.pairs import ROTATOR_METRICS
from kexuestat.text.weights import check_weights
from kexuestat.transport.batch import emd_batch
from kexuestat.transport.costs import METRICS, TRUE_METRICS, WordCosts, cost_matrix
from kexuestat.transport.exact import emd
from kexuestat.transport.search import DocumentIndex
from kexuestat.validation.options import check_boolean, check_integer, check_option, check_real
from kexuestat.validation.text import check_paired
from kexuestat.validation.transport import check_cancel, check_memory


class Move(NamedTuple):
    """One row of an explanation: mass that goes from a word of x to a word of y.

    Attributes
    ----------
    word_x, word_y : str
    mass : float
        Share of the text's mass.
    cost : float
    share : float
        mass * cost / distance; 0 where the distance is 0.
    place_x, place_y : int
        Number of the point in its text: contextual vectors may have a word several times.
    """

    word_x: str
    word_y: str
    mass: float
    cost: float
    share: float
    place_x: int
    place_y: int


class NeighborsResult(NamedTuple):
    """The nearest fitted documents of each query, and how much work it was.

    Attributes
    ----------
    distances : ndarray of float64, shape (n_queries, n_neighbors)
        Ascending; nan where there is no neighbour.
    indices : ndarray of int64, shape (n_queries, n_neighbors)
        Of equal distances the smaller index first; -1 where there is no neighbour.
    n_solved : ndarray of int64, shape (n_queries,)
        Exact problems solved.
    n_candidates : ndarray of int64, shape (n_queries,)
        Documents with known words that could be neighbours.
    recall : ndarray of float64, shape (n_queries,)
        Share of the true neighbours that is proved to be found: 1 for an exact search, else a lower bound of the truth.
    """

    distances: np.ndarray
    indices: np.ndarray
    n_solved: np.ndarray
    n_candidates: np.ndarray
    recall: np.ndarray


class Mover(DocumentInputMixin, TransformerMixin, BaseEstimator):
    """What the two distances share; a subclass says its metrics, its masses and its similarity."""

    _metrics = METRICS
    _use_norms = False

    def fit(self, documents, y=None):
        """Return self, fitted to the documents that `transform` compares with.

        Parameters
        ----------
        documents : sequence of str, of token lists or of (n_tokens, d) arrays, count matrix, Documents or TokenVectors
        y : ignored

        Returns
        -------
        object
            self.

        Raises
        ------
        InvalidInputError
            If an option is unknown, a word needs a direction and has none, or, where the user says so, a word is
            unknown or a text empty.
        """
        self._check_options()
        self._space = fitted_space(documents, self)
        return self._set_fitted(self._space, self._clouds_of(documents))

    def _set_fitted(self, space, clouds):
        """Take a fitted space and the fitted documents; return self."""
        self._space, self._clouds, self._search_index, self._costs = space, clouds, None, None
        self.vocabulary_ = clouds.words
        self.vectors_ = clouds.vectors
        self.documents_ = clouds.bags
        self.n_documents_ = len(clouds)
        self.oov_rate_ = clouds.unknown / clouds.found if clouds.found else 0.0
        self.empty_ = clouds.empty
        if self.weights == "tfidf":
            self.idf_ = space.weights.of(clouds.words)
        return self

    def transform(self, documents):
        """Return the distances (n, n_fitted) from documents to the fitted ones.

        Parameters
        ----------
        documents : as in `fit`

        Returns
        -------
        ndarray of float64, shape (n, n_fitted)
        """
        fitted = self._fitted
        return self._between(self._clouds_of(documents), fitted)

    def fit_transform(self, documents, y=None):
        """Return the distances (n, n) between the documents, which are fitted first.

        Parameters
        ----------
        documents : as in `fit`
        y : ignored

        Returns
        -------
        ndarray of float64, shape (n, n)
        """
        return self.fit(documents, y).pairwise()

    def pairwise(self, X=None, Y=None):
        """Return the distances between all documents of X and all of Y.

        Word distances of the fitted documents are computed once and kept, if they fit into ``max_memory``.

        Parameters
        ----------
        X : documents, optional
            Default: the fitted ones.
        Y : documents, optional
            Default: X.

        Returns
        -------
        ndarray of float64, shape (n_x, n_y)
            nan, or ``empty_value``, where a text has no known word.
        """
        check_is_fitted(self)
        left = self._fitted if X is None else self._clouds_of(X)
        if Y is not None:
            return self._between(left, self._clouds_of(Y))
        if X is None and self._word_costs.fits and len(left.vectors):
            cancel = check_cancel(self._cancel, self.metric, TRUE_METRICS, True)
            table = emd_batch(
                left.bags, cost=self._word_costs.table, cancel=cancel, n_jobs=self.n_jobs, progress=self.progress
            )
        else:
            table = self._batch(left.bags, None, left.vectors)
        return self._finished(table, left)

    def _between(self, left, right):
        left, vectors = joined(right, left)
        return self._finished(self._batch(left.bags, right.bags, vectors), left, right)

    def paired(self, X, Y):
        """Return the distance of each document of X and the document of Y at the same place.

        Parameters
        ----------
        X, Y : documents, equally many

        Returns
        -------
        ndarray of float64, shape (n,)
        """
        check_is_fitted(self)
        left, right = self._clouds_of(X), self._clouds_of(Y)
        check_paired(len(left), len(right))
        same_places = np.repeat(np.arange(len(left))[:, None], 2, axis=1)
        left, vectors = joined(right, left)
        return self._finished(self._batch(left.bags, right.bags, vectors, same_places), left, right)

    def similarity(self, X=None, Y=None):
        """Return the similarities between all documents of X and all of Y; the arguments are those of `pairwise`.

        Parameters
        ----------
        X, Y : documents, optional

        Returns
        -------
        ndarray of float64, shape (n_x, n_y)
        """
        return self._likeness(self.pairwise(X, Y))

    def paired_similarity(self, X, Y):
        """Return the similarity of each document of X and the document of Y at the same place.

        Parameters
        ----------
        X, Y : documents, equally many

        Returns
        -------
        ndarray of float64, shape (n,)
        """
        return self._likeness(self.paired(X, Y))

    def explain(self, x, y):
        """Return why two texts are as far apart as they are: which word goes where, largest share first.

        Parameters
        ----------
        x, y : str, token list, or (n_tokens, d) array
            One document each.

        Returns
        -------
        list of Move
            Rows ``(word_x, word_y, mass, cost, share, place_x, place_y)``; masses sum to 1, shares to 1 where the
            distance is positive.

        Raises
        ------
        InvalidInputError
            If a text has no known word.
        """
        check_is_fitted(self)
        sides = [self._clouds_of([text]) for text in (x, y)]
        for name, side in zip("xy", sides):
            if not len(side.tokens):
                raise InvalidInputError(f"{name} has no known word; there is nothing to explain.")
        left, right = sides
        (X, a), (Y, b) = left.points(0), right.points(0)
        cost = cost_matrix(X, Y, metric=self.metric)
        solution = emd(a / a.sum(), b / b.sum(), cost)
        rows, columns = np.nonzero(solution.plan)
        moves = []
        for i, j in zip(rows.tolist(), columns.tolist()):
            mass, price = float(solution.plan[i, j]), float(cost[i, j])
            share = mass * price / solution.cost if solution.cost > 0 else 0.0
            words = left.words[left.tokens[i]], right.words[right.tokens[j]]
            moves.append(Move(*words, mass, price, share, i, j))
        return sorted(moves, key=lambda move: (-move.share, -move.mass))

    def kneighbors(self, X=None, n_neighbors=5, return_distance=True):
        """Return distances and indices of the nearest fitted documents, as scikit-learn's neighbours do.

        Parameters
        ----------
        X : documents, optional
            Default: the fitted ones; then a document is not its own neighbour.
        n_neighbors : int, default 5
        return_distance : bool, default True

        Returns
        -------
        (distances, indices), or indices where return_distance is False
            Of equal distances the smaller index first; -1 and nan for a query without known words, and where there are
            no more documents with known words.
        """
        check_is_fitted(self)
        result = self._nearest(X, n_neighbors, n_jobs=self.n_jobs, progress=self.progress)
        return (result.distances, result.indices) if return_distance else result.indices

    def _nearest(self, X, k, *, radius=None, recall=1.0, n_jobs=None, progress=False):
        """The NeighborsResult of k neighbours of each document of X, or of each fitted one where X is None."""
        fitted = self._fitted
        queries = fitted if X is None else self._clouds_of(X)
        check_integer(k, "n_neighbors", 1, max(1, len(fitted) - (X is None)))
        self._report(queries)
        if not fitted.tokens.size or not queries.tokens.size:
            return _no_neighbors(len(queries), k)
        bags = more = None
        if X is not None:
            queries, more = aligned(fitted, queries)
            bags = queries.bags
        options = {"radius": radius, "recall": recall, "n_jobs": n_jobs, "progress": progress}
        return NeighborsResult(*self._index.nearest(bags, more=more, n_neighbors=k, **options))

    @property
    def _index(self):
        """The fitted documents made ready for search, on first use."""
        if self.__dict__.get("_search_index") is None:
            clouds = self._fitted
            self._search_index = DocumentIndex(
                clouds.bags, clouds.vectors, metric=self.metric, cancel=self._cancel, costs=self._word_costs
            )
        return self._search_index

    @property
    def _word_costs(self):
        """Costs between the words of the fitted documents, computed on first use if they fit into the memory."""
        if self.__dict__.get("_costs") is None:
            self._costs = WordCosts(self._fitted.vectors, self.metric, check_memory(self.max_memory))
        return self._costs

    @property
    def _cancel(self):
        """Whether common words may stay where they are; tokens of contextual points are all distinct."""
        return False if self._space.contextual else self.cancel

    def __getstate__(self):
        state = super().__getstate__()
        return {name: value for name, value in state.items() if name not in ("_search_index", "_costs")}

    @property
    def _fitted(self):
        check_is_fitted(self)
        return self._clouds

    def _check_options(self):
        check_option(self.metric, "metric", self._metrics)
        check_weights(self.weights)
        check_real(self.sif_a, "sif_a", 0, open_low=True)
        check_option(self.oov, "oov", ("drop", "error"))
        check_option(self.empty, "empty", ("warn", "error", "ignore"))
        check_boolean(self.progress, "progress")
        if self.max_memory is not None:
            check_integer(self.max_memory, "max_memory", 1)
        if not isinstance(self.cancel, (bool, np.bool_)):
            check_option(self.cancel, "cancel", ("auto", True, False))
        elif self.cancel and self.metric not in TRUE_METRICS:
            raise InvalidInputError(
                f'cancel=True needs a metric cost; metric="{self.metric}" breaks the triangle inequality and would '
                "give wrong distances."
            )

    def _clouds_of(self, X):
        clouds = self._space.clouds(X, self._use_norms)
        if not self._use_norms and self.metric in ROTATOR_METRICS:
            self._refuse_zero_vectors(clouds)
        return clouds

    def _refuse_zero_vectors(self, clouds):
        used = np.unique(clouds.tokens)
        zero = used[~clouds.vectors[used].any(axis=1)]
        if zero.size:
            raise InvalidInputError(
                f'metric="{self.metric}" needs a direction, but the vector of {clouds.words[zero[0]]!r} is zero.'
            )

    def _batch(self, left, right, vectors, pairs=None):
        if not vectors.shape[0]:
            shape = (len(left.indptr) - 1, len((right or left).indptr) - 1)
            return np.full(shape if pairs is None else len(pairs), np.nan)
        return emd_batch(
            left,
            right,
            vectors=vectors,
            metric=self.metric,
            pairs=pairs,
            cancel=self._cancel,
            n_jobs=self.n_jobs,
            max_memory=self.max_memory,
            progress=self.progress,
        )

    def _finished(self, distances, *sides):
        """The distances with empty_value in the place of nan; empty texts are reported."""
        if not self._report(*sides):
            return distances
        return np.where(np.isnan(distances), self.empty_value, distances)

    def _report(self, *sides):
        """Warn of texts without known words, or refuse them; return whether there are any."""
        empty = [i for side in sides for i in side.empty.tolist()]
        if not empty:
            return False
        n = sum(len(side) for side in sides)
        sentence = (
            f"{len(empty)} of {n} texts have no known word; their distances are {self.empty_value} "
            f"(first: text {empty[0]})."
        )
        if self.empty == "error":
            raise InvalidInputError(sentence)
        if self.empty == "warn":
            warnings.warn(sentence, EmptyTextWarning, stacklevel=4)
        return True


def _no_neighbors(n, k):
    none = np.zeros(n, dtype=np.int64)
    indices = np.full((n, k), -1, dtype=np.int64)
    return NeighborsResult(np.full((n, k), np.nan), indices, none, none.copy(), np.ones(n))
