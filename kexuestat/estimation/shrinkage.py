"""Shrinkage: biased estimators of smaller total error."""

import math
from typing import NamedTuple

import numpy as np

from kexuestat.exceptions import InvalidInputError
from kexuestat.validation.arrays import check_finite, check_real_array
from kexuestat.validation.options import check_boolean, check_integer, check_real


class ShrunkCovariance(NamedTuple):
    """Covariance matrix and the share of the multiple of the identity in it."""

    covariance: np.ndarray
    intensity: float


def james_stein(x, sigma2=1.0, target=0.0, positive_part=True):
    """Return x shrunk towards the target: t + (1 - (p-2)σ²/|x-t|²) (x - t), the factor at least 0 if positive_part.

    Parameters
    ----------
    x : array_like of shape (p,)
        One observation of a normal vector, p >= 3.
    sigma2 : float
        Variance of each entry.
    target : float or array_like of shape (p,)
        Where to shrink to.
    positive_part : bool
        Whether a negative factor becomes 0.

    Returns
    -------
    ndarray of float64, shape (p,)

    Raises
    ------
    InvalidInputError
        If p is below 3.

    References
    ----------
    James, W. and Stein, C. (1961), Proc. Fourth Berkeley Symposium 1, 361-379.

    Examples
    --------
    >>> from kexuestat.estimation import james_stein
    >>> james_stein([3.0, 0.0, 0.0]).round(6).tolist()
    [2.666667, 0.0, 0.0]
    """
    x = check_finite(check_real_array(x, "x", ndim=1), "x")
    if len(x) < 3:
        raise InvalidInputError(f"x must have at least 3 entries for shrinkage to help, got {len(x)}.")
    sigma2 = check_real(sigma2, "sigma2", 0.0)
    d = x - check_finite(check_real_array(target, "target"), "target")
    square = float(d @ d)
    factor = 1.0 - (len(x) - 2.0) * sigma2 / square if square > 0.0 else 0.0
    return x - d + (max(factor, 0.0) if check_boolean(positive_part, "positive_part") else factor) * d


def james_stein_risk(p, theta_sq):
    """Return the risk E |θ̂ - θ|² of the James-Stein estimator (without positive part), unit variance.

    p - (p-2)² E[1/(p-2+2N)], N Poisson with mean |θ|²/2.

    Parameters
    ----------
    p : int
        Dimension, at least 3.
    theta_sq : float
        |θ|², distance from the target squared.

    Returns
    -------
    float
        Between 2 and p.

    Examples
    --------
    >>> from kexuestat.estimation import james_stein_risk
    >>> james_stein_risk(10, 0.0)
    2.0
    """
    p = check_integer(p, "p", 3)
    mean = 0.5 * check_real(theta_sq, "theta_sq", 0.0)
    reach = 12.0 * math.sqrt(mean) + 60.0
    k = np.arange(max(0.0, math.floor(mean - reach)), math.ceil(mean + reach))
    steps = np.log(mean / k[1:]) if mean > 0.0 else np.full(len(k) - 1, -np.inf)
    log_mass = np.concatenate([[0.0], np.cumsum(steps)])
    mass = np.exp(log_mass - log_mass.max())
    return float(p - (p - 2.0) ** 2 * (mass / (p - 2.0 + 2.0 * k)).sum() / mass.sum())


def ledoit_wolf(X):
    """Return the covariance shrunk to a multiple of the identity, and the intensity, by scikit-learn's estimator.

    Parameters
    ----------
    X : array_like of shape (n, p)
        Rows are observations.

    Returns
    -------
    ShrunkCovariance
        Named fields covariance (p, p) and intensity, in [0, 1].

    References
    ----------
    Ledoit, O. and Wolf, M. (2004), doi:10.1016/S0047-259X(03)00096-4.

    Examples
    --------
    >>> import numpy as np
    >>> from kexuestat.estimation import ledoit_wolf
    >>> ledoit_wolf(np.random.default_rng(0).normal(size=(20, 3))).covariance.shape
    (3, 3)
    """
    from sklearn.covariance import ledoit_wolf as estimate

    X = check_finite(check_real_array(X, "X", ndim=2), "X")
    covariance, intensity = estimate(X)
    return ShrunkCovariance(covariance, float(intensity))
