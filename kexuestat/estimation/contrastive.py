"""Noise-contrastive estimation of an exponential family without its normaliser (kexue.fm/archives/5617).

ln p(x) = θ·φ(x) - c. ν noise points per datum come from the known density q; telling data from noise is a logistic
regression on s(x) = θ·φ(x) - c - ln(ν q(x)), convex in (θ, c) (Gutmann and Hyvärinen 2012,
https://jmlr.org/papers/v13/gutmann12a.html). Softplus terms use log1p forms, so offsets beyond 700 do no harm.
"""

import math
import warnings

import numpy as np
from scipy import special
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted, validate_data

from kexuestat.exceptions import InvalidInputError
from kexuestat.validation.arrays import check_finite, check_real_array
from kexuestat.validation.options import check_generator, check_integer, check_real

_SEPARATED = 1e-6  # mean loss below which the classes are told apart for certain


class DiagonalNormal:
    """Independent normal columns with given means and standard deviations, as noise."""

    def __init__(self, mean, std):
        self.mean, self.std = mean, std

    def logpdf(self, X):
        """Return the log density of the rows of X."""
        z = (X - self.mean) / self.std
        return -0.5 * (z * z).sum(axis=1) - np.log(self.std).sum() - 0.5 * X.shape[1] * math.log(2.0 * math.pi)

    def rvs(self, size, random_state):
        """Return size random rows."""
        return self.mean + self.std * random_state.standard_normal((size, len(self.mean)))


def quadratic_features(X):
    """Return the columns of X and their squares, (n, 2p): the sufficient statistics of independent normals."""
    return np.hstack([X, X * X])


class NCEDensity(BaseEstimator):
    """Density of an exponential family fitted by telling data from noise.

    Parameters
    ----------
    features : callable, optional
        φ: rows (n, p) -> (n, k). None takes the columns and their squares.
    noise : optional
        Object with ``logpdf(X)`` and ``rvs(size, random_state)``, such as a frozen scipy distribution. None takes
        independent normals with the data's means and standard deviations.
    noise_ratio : float
        ν, noise points per datum.
    l2 : float
        Weight of ½ |θ|² added to the mean loss.
    tol : float
        Largest Newton decrement √(gᵀ H⁻¹ g) of the mean loss, which no scaling of the features changes.
    max_iter : int
        Largest number of Newton steps.
    random_state : None, int, Generator or RandomState
        Seed of the noise.

    Attributes
    ----------
    coef_ : ndarray of float64, shape (k,)
        θ.
    log_normalizer_ : float
        c.
    covariance_ : ndarray of float64, shape (k + 1, k + 1)
        Of (θ, c).
    n_iter_ : int
        Newton steps.
    converged_ : bool
        Whether tol was reached.
    noise_ : object
        The noise used.
    n_features_in_ : int
        Columns of X.
    feature_names_in_ : ndarray of str
        Their names, if X has names.

    Examples
    --------
    >>> import numpy as np
    >>> from kexuestat.estimation import NCEDensity
    >>> x = np.random.default_rng(0).normal(size=(4000, 1))
    >>> model = NCEDensity(random_state=0).fit(x)
    >>> bool(abs(model.coef_[1] + 0.5) < 0.1)
    True
    """

    def __init__(
        self, features=None, noise=None, *, noise_ratio=1.0, l2=0.0, tol=1e-10, max_iter=100, random_state=None
    ):
        self.features = features
        self.noise = noise
        self.noise_ratio = noise_ratio
        self.l2 = l2
        self.tol = tol
        self.max_iter = max_iter
        self.random_state = random_state

    def fit(self, X, y=None, X_noise=None):
        """Return self, fitted to the rows of X (n, p); X_noise (m, p) are noise points drawn beforehand."""
        ratio = check_real(self.noise_ratio, "noise_ratio", 0.0, open_low=True)
        l2, tol = check_real(self.l2, "l2", 0.0), check_real(self.tol, "tol", 0.0)
        max_iter = check_integer(self.max_iter, "max_iter", 1)
        X = validate_data(self, X, dtype=np.float64, ensure_min_samples=2)
        self.noise_ = _default_noise(X) if self.noise is None else self.noise
        noise = self._noise_points(X, X_noise, ratio)
        data = (self._design(X), self._offset(X, len(noise) / len(X)))
        other = (self._design(noise), self._offset(noise, len(noise) / len(X)))
        beta, hessian, self.n_iter_, self.converged_ = _newton(data, other, l2, tol, max_iter)
        self.coef_, self.log_normalizer_ = beta[:-1], -float(beta[-1])
        self.covariance_ = _covariance(hessian, len(X), len(noise))
        return self

    def _noise_points(self, X, X_noise, ratio):
        if X_noise is not None:
            return check_finite(check_real_array(X_noise, "X_noise", ndim=2), "X_noise")
        generator = check_generator(self.random_state)
        drawn = self.noise_.rvs(size=max(2, round(ratio * len(X))), random_state=generator)
        return np.asarray(drawn, dtype=np.float64).reshape(-1, X.shape[1])

    def _design(self, X):
        features = quadratic_features if self.features is None else self.features
        phi = check_finite(check_real_array(features(X), "features(X)"), "features(X)").reshape(len(X), -1)
        return np.hstack([phi, np.ones((len(X), 1))])

    def _offset(self, X, ratio):
        log_density = self.noise_.logpdf(X if X.shape[1] > 1 or self.noise is None else X[:, 0])
        return math.log(ratio) + np.asarray(log_density, dtype=np.float64).reshape(len(X))

    def score_samples(self, X):
        """Return the log density θ·φ(x) - c of the rows of X (n, p)."""
        check_is_fitted(self)
        X = validate_data(self, X, dtype=np.float64, reset=False)
        return self._design(X)[:, :-1] @ self.coef_ - self.log_normalizer_

    def score(self, X, y=None):
        """Return the mean log density of the rows of X."""
        return float(self.score_samples(X).mean())


def _default_noise(X):
    std = X.std(axis=0, ddof=1)
    return DiagonalNormal(X.mean(axis=0), np.where(std > 0, std, 1.0))


def _loss(beta, data, noise, l2):
    """Return the mean of softplus(-s) over the data and softplus(s) over the noise, and the penalty."""
    s, t = data[0] @ beta - data[1], noise[0] @ beta - noise[1]
    return (np.logaddexp(0.0, -s).sum() + np.logaddexp(0.0, t).sum()) / len(s) + 0.5 * l2 * beta[:-1] @ beta[:-1]


def _derivatives(beta, data, noise, l2):
    n = len(data[0])
    p, q = special.expit(data[0] @ beta - data[1]), special.expit(noise[0] @ beta - noise[1])
    gradient = (noise[0].T @ q - data[0].T @ special.expit(data[1] - data[0] @ beta)) / n
    hessian = ((data[0].T * (p * (1.0 - p))) @ data[0] + (noise[0].T * (q * (1.0 - q))) @ noise[0]) / n
    penalty = np.full(len(beta), l2)
    penalty[-1] = 0.0
    return gradient + penalty * beta, hessian + np.diag(penalty)


def _newton(data, noise, l2, tol, max_iter):
    """Return the minimiser, the Hessian of the summed loss, the number of steps, and whether tol was reached."""
    beta, converged = np.zeros(data[0].shape[1]), False
    beta[-1] = np.clip(np.median(np.concatenate([data[1], noise[1]])), -1e6, 1e6)
    n_iter = 0
    while n_iter < max_iter:
        n_iter += 1
        gradient, hessian = _derivatives(beta, data, noise, l2)
        loss = _loss(beta, data, noise, l2)
        direction = np.linalg.lstsq(hessian, gradient, rcond=1e-14)[0]
        gap = math.sqrt(max(gradient @ direction, 0.0))
        if gap <= tol:
            converged = True
            break
        if loss < _SEPARATED and l2 == 0.0:
            break
        beta = _line_search(beta, direction, gradient, loss, data, noise, l2)
    if _loss(beta, data, noise, l2) < _SEPARATED and l2 == 0.0:
        raise InvalidInputError("features tell data from noise for certain (separable classes); pass l2 > 0.")
    if not converged:
        _warn(gap, tol, max_iter)
    return beta, hessian * len(data[0]), n_iter, converged


def _line_search(beta, direction, gradient, loss, data, noise, l2):
    share, slope = 1.0, gradient @ direction
    while share > 1e-10 and _loss(beta - share * direction, data, noise, l2) > loss - 1e-4 * share * slope:
        share *= 0.5
    return beta - share * direction


def _warn(gap, tol, max_iter):
    from kexuestat.exceptions import ConvergenceWarning

    warnings.warn(
        f"stopped after {max_iter} steps with Newton decrement {gap:.3g} above tol {tol:.3g}.", ConvergenceWarning, 4
    )


def _covariance(hessian, n_data, n_noise):
    """Return the covariance of (θ, c): the numbers of data and noise are fixed, which takes their part from c."""
    covariance = np.linalg.pinv(hessian)
    covariance[-1, -1] -= 1.0 / n_data + 1.0 / n_noise
    covariance[-1, :-1] *= -1.0
    covariance[:-1, -1] *= -1.0
    return covariance
