"""Random directions: near-orthogonal matrices, sign similarity, hashing, dimension of a projection.

kexue.fm/archives/7180 (orthogonality of random matrices), 7169 (signs), Goemans and Williamson 1995
(doi:10.1145/227683.227684), Charikar 2002 (doi:10.1145/509907.509965).
"""

import math
from typing import NamedTuple

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from kexuestat.exceptions import InvalidInputError
from kexuestat.validation.arrays import check_finite, check_real_array
from kexuestat.validation.options import check_generator, check_integer, check_real


class OrthogonalityDefect(NamedTuple):
    """Norms of WᵀW - I."""

    frobenius: float
    spectral: float


class AngleEstimate(NamedTuple):
    """Angles in radians and their standard errors."""

    angle: np.ndarray
    std_error: np.ndarray


def orthogonality_defect(W):
    """Return the Frobenius and the spectral norm of WᵀW - I.

    Parameters
    ----------
    W : array_like of shape (n, m)
        Columns are the vectors.

    Returns
    -------
    OrthogonalityDefect
        Named fields frobenius, spectral.

    Examples
    --------
    >>> from kexuestat.estimation import orthogonality_defect
    >>> orthogonality_defect([[1.0, 0.0], [0.0, 2.0]])
    OrthogonalityDefect(frobenius=3.0, spectral=3.0)
    """
    W = check_finite(check_real_array(W, "W", ndim=2), "W")
    if W.size == 0:
        raise InvalidInputError(f"W must not be empty, got shape {W.shape}.")
    gap = W.T @ W - np.eye(W.shape[1])
    return OrthogonalityDefect(float(np.linalg.norm(gap)), float(np.abs(np.linalg.eigvalsh(gap)).max()))


def random_orthogonal(n, random_state=None):
    """Return an orthogonal matrix drawn from the Haar measure.

    Parameters
    ----------
    n : int
        Size.
    random_state : None, int, Generator or RandomState
        Seed.

    Returns
    -------
    ndarray of float64, shape (n, n)

    References
    ----------
    Mezzadri, F. (2007), arXiv:math-ph/0609050: QR of normal numbers, signs of the diagonal of R moved to Q.

    Examples
    --------
    >>> from kexuestat.estimation import orthogonality_defect, random_orthogonal
    >>> orthogonality_defect(random_orthogonal(5, random_state=0)).spectral < 1e-14
    True
    """
    n = check_integer(n, "n", 1)
    q, r = np.linalg.qr(check_generator(random_state).standard_normal((n, n)))
    return q * np.where(np.diag(r) < 0.0, -1.0, 1.0)


def sign_similarity(X, W):
    """Return the mean of sgn(x·u) sgn(x'·u) over the columns u of W, for all rows x, x' of X.

    Its expectation for random directions u is 1 - 2θ/π, θ the angle between x and x'.

    Parameters
    ----------
    X : array_like of shape (n, d)
        Vectors.
    W : array_like of shape (d, m)
        Directions.

    Returns
    -------
    ndarray of float64, shape (n, n)
        In [-1, 1].

    Examples
    --------
    >>> from kexuestat.estimation import sign_similarity
    >>> sign_similarity([[1.0, 0.0], [-1.0, 0.0]], [[1.0, 2.0], [0.5, -1.0]]).tolist()
    [[1.0, -1.0], [-1.0, 1.0]]
    """
    X = check_finite(check_real_array(X, "X", ndim=2), "X")
    W = check_finite(check_real_array(W, "W", ndim=2), "W")
    if X.shape[1] != W.shape[0] or W.shape[1] == 0:
        raise InvalidInputError(f"W must have one row per column of X ({X.shape[1]}), got shape {W.shape}.")
    signs = np.sign(X @ W)
    return signs @ signs.T / W.shape[1]


def jl_dimension(n, eps):
    """Return the dimension ⌈4 ln n / (ε²/2 - ε³/3)⌉ that keeps all distances of n points within 1 ± ε.

    Parameters
    ----------
    n : int
        Number of points, at least 2.
    eps : float
        In (0, 1).

    Returns
    -------
    int

    References
    ----------
    Dasgupta, S. and Gupta, A. (2003), doi:10.1002/rsa.10073.

    Examples
    --------
    >>> from kexuestat.estimation import jl_dimension
    >>> jl_dimension(1000, 0.1)
    5921
    """
    n = check_integer(n, "n", 2)
    eps = check_real(eps, "eps", 0.0, 1.0, open_low=True, open_high=True)
    return math.ceil(4.0 * math.log(n) / (eps**2 / 2.0 - eps**3 / 3.0))


class SimHash(TransformerMixin, BaseEstimator):
    """Bits of random hyperplanes; the Hamming distance of two hashes estimates the angle of the vectors.

    Parameters
    ----------
    n_bits : int
        Number of hyperplanes.
    random_state : None, int, Generator or RandomState
        Seed.

    Attributes
    ----------
    directions_ : ndarray of float64, shape (n_features, n_bits)
        Normals of the hyperplanes.
    n_features_in_ : int
        Columns of X.
    feature_names_in_ : ndarray of str
        Their names, if X has names.

    Examples
    --------
    >>> from kexuestat.estimation import SimHash
    >>> hasher = SimHash(n_bits=4096, random_state=0)
    >>> a, b = hasher.fit_transform([[1.0, 0.0], [1.0, 1.0]])
    >>> found = hasher.angle(a, b)
    >>> bool(abs(found.angle - 0.785398) < 4 * found.std_error)
    True
    """

    def __init__(self, n_bits=256, *, random_state=None):
        self.n_bits = n_bits
        self.random_state = random_state

    def fit(self, X, y=None):
        """Return self with the hyperplanes drawn for the columns of X (n, d)."""
        n_bits = check_integer(self.n_bits, "n_bits", 1)
        X = validate_data(self, X, dtype=np.float64)
        self.directions_ = check_generator(self.random_state).standard_normal((X.shape[1], n_bits))
        return self

    def transform(self, X):
        """Return the hashes, bool (n, n_bits): on which side of each hyperplane every row lies."""
        check_is_fitted(self)
        X = validate_data(self, X, dtype=np.float64, reset=False)
        return X @ self.directions_ > 0.0

    def hamming(self, a, b):
        """Return the number of different bits of hashes a and b (…, n_bits)."""
        check_is_fitted(self)
        a, b = np.asarray(a, dtype=bool), np.asarray(b, dtype=bool)
        bits = self.directions_.shape[1]
        if a.shape[-1:] != (bits,) or b.shape[-1:] != (bits,):
            raise InvalidInputError(f"hashes must end in {bits} bits, got shapes {a.shape} and {b.shape}.")
        return np.count_nonzero(a != b, axis=-1)

    def angle(self, a, b):
        """Return AngleEstimate: π · share of different bits, and its binomial standard error, in radians."""
        bits = self.directions_.shape[1] if hasattr(self, "directions_") else 1
        share = self.hamming(a, b) / bits
        return AngleEstimate(math.pi * share, math.pi * np.sqrt(share * (1.0 - share) / bits))

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = []  # hashes are bits
        return tags

    @property
    def _n_features_out(self):
        return self.directions_.shape[1]
