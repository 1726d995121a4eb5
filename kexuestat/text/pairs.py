"""Word Mover's and Word Rotator's Distance of two sets of token vectors (kexue.fm/archives/7388).

WMD: masses a, b, cost C_ij = |x_i - y_j|. WRD: masses a_i |x_i| / Z, Z = Σ a_i |x_i|, cost C_ij = 1 - cos(x_i, y_j).
"""

import numpy as np

from kexuestat.exceptions import InvalidInputError
from kexuestat.text.similar import vector_lengths
from kexuestat.transport.costs import METRICS, checked_cost_matrix
from kexuestat.transport.exact import emd_cost
from kexuestat.validation.arrays import check_finite, check_non_negative
from kexuestat.validation.options import check_option
from kexuestat.validation.transport import writable_array

ROTATOR_METRICS = ("cosine", "chord")


def word_mover_distance(X, Y, *, a=None, b=None, metric="euclidean"):
    """Return the Word Mover's Distance (float) of two texts given as token vectors.

    min over g >= 0 of Σ g_ij C_ij with row sums a and column sums b, both scaled to total 1.

    The code published with the article divides Euclid by the root of the width, and most copies carry that; the
    default here is the formula, ``metric="rms"`` is that code. ``metric="chord"`` is gensim's ``norm=True``.

    Parameters
    ----------
    X : array-like (n, d)
        Token vectors of the first text; a repeated token equals a heavier one.
    Y : array-like (m, d)
    a : array-like (n,), optional
        Non-negative weights of any positive total; default uniform.
    b : array-like (m,), optional
    metric : {"euclidean", "rms", "sqeuclidean", "cosine", "chord"}, default "euclidean"

    Returns
    -------
    float
        In [0, inf); 0 for equal texts.

    Raises
    ------
    InvalidInputError
        If an array is empty or not finite, widths differ, weights are negative or all zero, or a vector is zero where
        the metric needs a direction.

    References
    ----------
    M. Kusner, Y. Sun, N. Kolkin, K. Weinberger, "From word embeddings to document distances", ICML 2015;
    kexue.fm/archives/7388.

    Examples
    --------
    >>> from kexuestat.text import word_mover_distance
    >>> word_mover_distance([[0.0, 0.0], [1.0, 0.0]], [[0.0, 0.0], [0.0, 1.0]])
    0.7071...
    """
    check_option(metric, "metric", METRICS)
    X, Y = _token_vectors(X, Y)
    return _cost(_shares(a, X, "a", "X"), _shares(b, Y, "b", "Y"), X, Y, metric)


def word_mover_similarity(X, Y, *, a=None, b=None, metric="euclidean"):
    """Return 1 / (1 + Word Mover's Distance), a float in (0, 1] that grows with likeness.

    Parameters are those of `word_mover_distance`.

    Examples
    --------
    >>> from kexuestat.text import word_mover_similarity
    >>> word_mover_similarity([[0.0]], [[1.0]])
    0.5
    """
    return 1.0 / (1.0 + word_mover_distance(X, Y, a=a, b=b, metric=metric))


def word_rotator_distance(X, Y, *, a=None, b=None, metric="cosine"):
    """Return the Word Rotator's Distance (float) of two texts given as token vectors.

    The mass of a token is its weight times the length of its vector, the cost 1 - cos. Zero vectors have no mass.

    Parameters
    ----------
    X : array-like (n, d)
        Token vectors of the first text.
    Y : array-like (m, d)
    a : array-like (n,), optional
        Non-negative weights that multiply the lengths; default uniform.
    b : array-like (m,), optional
    metric : {"cosine", "chord"}, default "cosine"
        1 - cos, or sqrt(2 (1 - cos)), which is a metric and in nearly all settings the better one.

    Returns
    -------
    float
        In [0, 2]; 0 for equal texts.

    Raises
    ------
    InvalidInputError
        If an array is empty or not finite, widths differ, weights are negative, or all masses are zero.

    References
    ----------
    S. Yokoi, R. Takahashi, R. Akama, J. Suzuki, K. Inui, "Word Rotator's Distance", EMNLP 2020,
    doi:10.18653/v1/2020.emnlp-main.236; kexue.fm/archives/7388.

    Examples
    --------
    >>> from kexuestat.text import word_rotator_distance
    >>> word_rotator_distance([[2.0, 0.0]], [[0.0, 5.0]])
    1.0
    """
    check_option(metric, "metric", ROTATOR_METRICS)
    X, Y = _token_vectors(X, Y)
    sides = []
    for weights, vectors, name, of in ((a, X, "a", "X"), (b, Y, "b", "Y")):
        masses = _shares(weights, vectors, name, of) * vector_lengths(vectors)
        moving = masses > 0
        if not moving.any():
            raise InvalidInputError(f"{of} must hold a vector of positive length and weight, all masses are zero.")
        sides.append((masses[moving] / masses[moving].sum(), vectors[moving]))
    (a, X), (b, Y) = sides
    return _cost(a, b, X, Y, metric)


def word_rotator_similarity(X, Y, *, a=None, b=None, metric="cosine"):
    """Return 1 - Word Rotator's Distance, a float in [-1, 1] that grows with likeness.

    Parameters are those of `word_rotator_distance`.

    Examples
    --------
    >>> from kexuestat.text import word_rotator_similarity
    >>> word_rotator_similarity([[2.0, 0.0]], [[3.0, 0.0]])
    1.0
    """
    return 1.0 - word_rotator_distance(X, Y, a=a, b=b, metric=metric)


def _token_vectors(X, Y):
    X, Y = _rows(X, "X"), _rows(Y, "Y")
    if X.shape[1] != Y.shape[1]:
        raise InvalidInputError(f"X and Y must have equal widths, got {X.shape[1]} and {Y.shape[1]}.")
    return X, Y


def _rows(vectors, name):
    vectors = writable_array(vectors, name, 2)
    if vectors.shape[0] == 0:
        raise InvalidInputError(f"{name} must have at least one row, got shape {vectors.shape}.")
    if vectors.size and -np.inf < vectors.min() and vectors.max() < np.inf:  # a third of the work of a mask
        return vectors
    return check_finite(vectors, name)


def _shares(weights, vectors, name, of):
    """Weights scaled to total 1; None or empty is uniform."""
    n = vectors.shape[0]
    if weights is None or len(weights) == 0:
        return np.full(n, 1.0 / n)
    weights = writable_array(weights, name, 1)
    if weights.shape[0] != n:
        raise InvalidInputError(f"{name} must have one weight per row of {of} ({n}), got {weights.shape[0]}.")
    largest = weights.max()
    if weights.min() >= 0 and 1e-290 < largest < 1e290:
        return weights / weights.sum()
    check_non_negative(check_finite(weights, name), name)
    if not largest > 0:
        raise InvalidInputError(f"{name} must have a positive sum, got {weights.sum()}.")
    weights = weights / largest  # the sum of huge weights is infinite
    return weights / weights.sum()


def _cost(a, b, X, Y, metric):
    if a.min() == 0 or b.min() == 0:  # a zero vector of no weight needs no direction
        moving_a, moving_b = a > 0, b > 0
        a, X, b, Y = a[moving_a], X[moving_a], b[moving_b], Y[moving_b]
    return float(emd_cost(a, b, checked_cost_matrix(X, Y, metric)))
