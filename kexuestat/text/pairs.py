"""Word Mover's and Word Rotator's Distance of two sets of token vectors (kexue.fm/archives/7388).

WMD: masses a, b, cost C_ij = |x_i - y_j|. WRD: masses a_i |x_i| / Z, Z = Σ a_i |x_i|, cost C_ij = 1 - cos(x_i, y_j).
"""

import numpy as np

from kexuestat._kernels.shares import weight_shares
from kexuestat.exceptions import InvalidInputError
from kexuestat.text.similar import vector_lengths
from kexuestat.transport.costs import DIRECTIONAL, METRICS, prepared_cost_matrix, prepared_vectors
from kexuestat.transport.exact import emd_cost
from kexuestat.validation.arrays import check_finite, check_non_negative
from kexuestat.validation.options import check_option
from kexuestat.validation.transport import writable_array

ROTATOR_METRICS = DIRECTIONAL


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
    a, X = _shares(a, X, "a", "X")
    b, Y = _shares(b, Y, "b", "Y")
    return _cost(a, b, _prepared(X, "X", metric), _prepared(Y, "Y", metric), metric)


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
        shares, vectors = _shares(weights, vectors, name, of)
        masses = shares * vector_lengths(check_finite(vectors, of))
        if not masses.max() > 0:
            raise InvalidInputError(f"{of} must hold a vector of positive length and weight, all masses are zero.")
        masses, vectors = _shares(masses, vectors, "masses", of)
        sides.append((masses, _prepared(vectors, of, metric)))
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
    if vectors.shape[0] == 0 or vectors.shape[1] == 0:
        raise InvalidInputError(f"{name} must have at least one row and column, got shape {vectors.shape}.")
    return vectors


def _prepared(vectors, name, metric):
    """The vectors made ready for costs; nan and inf show in their largest magnitude, one pass for both."""
    if metric in DIRECTIONAL:
        return prepared_vectors(check_finite(vectors, name), metric, name)
    prepared = prepared_vectors(vectors, metric, name)
    if not prepared.largest < np.inf:
        check_finite(vectors, name)
    return prepared


def _shares(weights, vectors, name, of):
    """Weights scaled to total 1 and their vectors, without those of weight 0; None or empty is uniform."""
    n = vectors.shape[0]
    if weights is None or len(weights) == 0:
        return np.full(n, 1.0 / n), vectors
    weights = writable_array(weights, name, 1)
    if weights.shape[0] != n:
        raise InvalidInputError(f"{name} must have one weight per row of {of} ({n}), got {weights.shape[0]}.")
    shares, lowest, total = weight_shares(weights)
    if lowest > 0 and 1e-290 < total < 1e290:
        return shares, vectors
    check_non_negative(check_finite(weights, name), name)
    if not weights.any():
        raise InvalidInputError(f"{name} must have a positive sum, got {weights.sum()}.")
    moving = weights > 0
    weights = weights[moving] / weights.max()  # the sum of huge weights is infinite
    return weights / weights.sum(), vectors[moving]


def _cost(a, b, X, Y, metric):
    return float(emd_cost(a, b, prepared_cost_matrix(X, Y, metric)))
