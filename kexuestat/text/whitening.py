"""Whitening of vectors: shift and rotate so that the fitted ones have mean 0 and covariance I (kexue.fm/archives/8069).

With mean μ and covariance Σ = (1/n) Σ_i (x_i - μ)(x_i - μ)' = U Λ U', the matrix is W = U Λ^(-1/2), and x becomes
(x - μ) W. Its first k columns, the directions of largest variance, shorten the vectors.
"""

import warnings

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from kexuestat.exceptions import EmptyTextWarning, InvalidInputError
from kexuestat.text.documents import TokenVectors
from kexuestat.validation.options import check_integer


class Whitening(TransformerMixin, BaseEstimator):
    """Vectors made isotropic: mean 0 and covariance I over the fitted ones, at most n_components wide.

    Cosines between sentence vectors of a BERT that nobody has trained for sentences mean little, because all of them
    lie in a narrow cone; after whitening they compare. Any vectors will do, one row each; of `TokenVectors` the mean
    vector of each text is taken, so that ``make_pipeline(BertEmbedder(path, layers=(1, -1)), Whitening())`` turns
    texts into sentence vectors.

    Parameters
    ----------
    n_components : int, optional
        Directions of largest variance to keep; at most the number of directions in which the fitted vectors vary,
        which is the default.

    Attributes
    ----------
    mean_ : ndarray of float64, shape (n_features,)
    matrix_ : ndarray of float64, shape (n_features, n_components_)
        W; the entry of largest magnitude in each column is positive.
    variances_ : ndarray of float64, shape (n_components_,)
        Λ, descending.
    n_components_ : int
    n_features_in_ : int

    See Also
    --------
    sklearn.decomposition.PCA : with ``whiten=True`` the same up to signs and the factor sqrt((n - 1) / n), for arrays.

    References
    ----------
    kexue.fm/archives/8069; J. Su, J. Cao, W. Liu, Y. Ou, "Whitening sentence representations for better semantics and
    faster retrieval", 2021, https://arxiv.org/abs/2103.15316.

    Examples
    --------
    >>> import numpy as np
    >>> from kexuestat.text import Whitening
    >>> white = Whitening().fit_transform([[0.0, 0.0], [2.0, 0.0], [0.0, 4.0], [2.0, 4.0]])
    >>> white.tolist()
    [[-1.0, -1.0], [-1.0, 1.0], [1.0, -1.0], [1.0, 1.0]]
    """

    def __init__(self, n_components=None):
        self.n_components = n_components

    def fit(self, X, y=None):
        """Return self, fitted to vectors.

        Parameters
        ----------
        X : array-like (n, d) or TokenVectors
            At least two different vectors; texts without tokens are left out.
        y : ignored

        Raises
        ------
        InvalidInputError
            If n_components is not an integer from 1 to the number of directions, or all vectors are equal.
        """
        if self.n_components is not None:
            check_integer(self.n_components, "n_components", 1)
        rows = self._rows(X, reset=True)
        self.mean_ = rows.mean(axis=0)
        # singular values of the centred vectors keep digits that their squares in the covariance would lose
        _, roots, directions = np.linalg.svd((rows - self.mean_) / np.sqrt(len(rows)), full_matrices=False)
        noise = np.finfo(np.float64).eps * max(rows.shape) * max(roots.max(initial=0.0), np.abs(self.mean_).max())
        k = self._kept(int((roots > noise).sum()))
        signs = np.sign(directions[np.arange(k), np.abs(directions[:k]).argmax(axis=1)])
        self.matrix_ = directions[:k].T * (signs / roots[:k])
        self.variances_, self.n_components_ = roots[:k] ** 2, k
        return self

    def _kept(self, found):
        if found == 0:
            raise InvalidInputError("X must hold at least two different vectors, got n_samples = 1 or equal rows.")
        if self.n_components is None:
            return found
        if self.n_components > found:
            raise InvalidInputError(
                f"n_components must be at most {found}, the number of directions in which X varies, got "
                f"{self.n_components}; pass more vectors, or None for all directions."
            )
        return int(self.n_components)

    def transform(self, X):
        """Return the whitened vectors (n, n_components_), float64.

        Parameters
        ----------
        X : array-like (n, d) or TokenVectors
            A text without tokens becomes the zero vector, which is like nothing, with an EmptyTextWarning.
        """
        check_is_fitted(self)
        rows = (self._rows(X, reset=False) - self.mean_) @ self.matrix_
        if not isinstance(X, TokenVectors):
            return rows
        filled = np.diff(X.indptr) > 0
        if not filled.all():
            n_empty = int((~filled).sum())
            warnings.warn(
                f"{n_empty} of {len(X)} texts have no tokens; their vectors are 0.", EmptyTextWarning, stacklevel=2
            )
        whole = np.zeros((len(X), self.n_components_))
        whole[filled] = rows
        return whole

    def _rows(self, X, *, reset):
        """Finite float64 rows; of token vectors the means of the texts that have tokens."""
        if isinstance(X, TokenVectors):
            X = X.means()[np.diff(X.indptr) > 0]
            if not len(X) and not reset:
                return np.zeros((0, self.n_features_in_))
        return validate_data(self, X, reset=reset, dtype=np.float64)
