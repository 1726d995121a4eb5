"""Cost matrices between vectors: C_ij from x_i and y_j, by one matrix product and direct repair of near pairs.

Up to eight dimensions go coordinate by coordinate, in half the time.

euclidean |x - y|; rms |x - y| / sqrt(d); sqeuclidean |x - y|^2; cosine 1 - cos(x, y) = |u - v|^2 / 2;
chord |u - v|, with u, v the unit vectors. Metrics in the mathematical sense: euclidean, rms, chord.
"""

from functools import cached_property
from threading import Lock
from typing import NamedTuple

import numpy as np

from kexuestat._kernels.distances import direct_costs, root, squared_distances, squared_norms
from kexuestat.validation.options import check_option
from kexuestat.validation.transport import check_directions, check_vectors

METRICS = ("euclidean", "rms", "sqeuclidean", "cosine", "chord")
TRUE_METRICS = ("euclidean", "rms", "chord")
DIRECTIONAL = ("cosine", "chord")
_FEW_DIMENSIONS = 8


def cost_matrix(X, Y=None, *, metric="euclidean"):
    """Return the costs (n, m), float64, between the rows of X and of Y.

    Equal rows cost exactly 0, and near ones keep their digits.

    Parameters
    ----------
    X : array-like (n, d)
        Finite vectors.
    Y : array-like (m, d), optional
        Default X.
    metric : {"euclidean", "rms", "sqeuclidean", "cosine", "chord"}, default "euclidean"
        Ranges: [0, inf) for the first three; 1 - cos and chord = sqrt(2 (1 - cos)) in [0, 2].

    Raises
    ------
    InvalidInputError
        nan or inf, different widths, an unknown metric, or a zero vector where the metric needs a direction.

    Examples
    --------
    >>> from kexuestat.transport import cost_matrix
    >>> cost_matrix([[0.0, 0.0], [3.0, 4.0]])
    array([[0., 5.],
           [5., 0.]])
    """
    check_option(metric, "metric", METRICS)
    X = check_vectors(X, "X")
    Y = X if Y is None else check_vectors(Y, "Y", like=X)
    return checked_cost_matrix(X, Y, metric)


class PreparedVectors(NamedTuple):
    """Checked vectors made ready for many cost matrices.

    ``rows`` are of length 1 where the metric looks at directions alone; ``largest`` is their greatest length or entry;
    ``norms`` holds their squared lengths, and is empty where squares would overflow or vanish.
    """

    rows: np.ndarray
    largest: float
    norms: np.ndarray


def prepared_vectors(X, metric, name="X"):
    """Return the PreparedVectors of checked float64 vectors."""
    if metric in DIRECTIONAL:
        X = unit_vectors(X, name)
        return PreparedVectors(X, 1.0, squared_norms(X))
    norms = squared_norms(X)
    longest = np.sqrt(norms.max()) if len(norms) else 0.0  # one pass finds nan and inf as well
    if _is_safe(longest) and longest > 0:
        return PreparedVectors(X, longest, norms)
    return PreparedVectors(X, max(X.max(initial=0.0), -X.min(initial=0.0)), np.empty(0))


def checked_cost_matrix(X, Y, metric):
    """Return the cost matrix of checked float64 vectors; Y may be X itself."""
    prepared = prepared_vectors(X, metric, "X")
    return prepared_cost_matrix(prepared, prepared if Y is X else prepared_vectors(Y, metric, "Y"), metric)


def prepared_cost_matrix(X, Y, metric):
    """Return the cost matrix of two PreparedVectors of this metric; Y may be X itself."""
    rooted, factor = cost_form(metric, X.rows.shape[1])
    largest, scale = max(X.largest, Y.largest), 1.0
    if not (_is_safe(largest) and X.norms.size and Y.norms.size):
        scale = 1.0 if _is_safe(largest) else largest
        same = Y is X
        X = _scaled(X, scale)
        Y = X if same else _scaled(Y, scale)
    if X.rows.shape[1] <= _FEW_DIMENSIONS:
        columns = np.ascontiguousarray(Y.rows.T)
        return direct_costs(X.rows, columns, rooted, (scale if rooted else scale**2) * factor)
    costs = X.rows @ Y.rows.T
    squared_distances(X.rows, Y.rows, X.norms, Y.norms, costs)
    if rooted:
        root(costs, scale * factor)
    elif scale * factor != 1.0:
        np.multiply(costs, scale**2 * factor, out=costs)
    return costs


def cost_form(metric, width):
    """Return (whether the cost is a root, factor): cost = factor * |x - y|, or factor * |x - y|^2."""
    return metric in TRUE_METRICS, {"cosine": 0.5, "rms": 1.0 / np.sqrt(width)}.get(metric, 1.0)


class WordCosts:
    """Costs between all words of a vocabulary, computed on first use and kept, if they fit into the memory.

    Parameters
    ----------
    vectors : ndarray (n_words, d), float64
        Checked.
    metric : str
    memory : float
        Bytes.
    """

    def __init__(self, vectors, metric, memory):
        self.vectors, self.metric = vectors, metric
        self.fits = 8 * len(vectors) ** 2 <= memory
        self._lock = Lock()

    @cached_property
    def prepared(self):
        """The vectors as PreparedVectors; a zero vector, which has no mass in any text, may point anywhere."""
        vectors = self.vectors
        if self.metric in DIRECTIONAL and not vectors.any(axis=1).all():
            vectors = vectors.copy()
            vectors[~vectors.any(axis=1)] = 1.0
        return prepared_vectors(vectors, self.metric, "vectors")

    @property
    def table(self):
        """The costs (n_words, n_words), float64; only if they fit."""
        with self._lock:
            return self._table

    @cached_property
    def _table(self):
        return prepared_cost_matrix(self.prepared, self.prepared, self.metric)


def _is_safe(largest):
    return largest == 0.0 or 1e-100 < largest < 1e100


def _scaled(vectors, scale):
    rows = vectors.rows / scale
    return PreparedVectors(rows, vectors.largest / scale, squared_norms(rows))


def unit_vectors(X, name):
    """Return the rows of X scaled to length 1."""
    X = X / check_directions(X, name)[:, None]
    return X / np.sqrt(squared_norms(X))[:, None]
