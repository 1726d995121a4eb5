"""Unbiased variances and covariances, with reliability or frequency weights.

V_j = Σ w^j, m = Σ w x / V_1. Reliability weights say how sure each value is: Σ w (x-m)² / (V_1 - V_2/V_1). Frequency
weights say how often it was seen: Σ w (x-m)² / (V_1 - 1).
"""

import numpy as np

from kexuestat.estimation.constants import c4
from kexuestat.estimation.moments import kstat
from kexuestat.exceptions import InvalidInputError
from kexuestat.validation.estimation import check_enough, check_nan_policy, check_sample, check_weights
from kexuestat.validation.options import check_option

_FREEDOM = {
    "reliability": lambda w: w.sum() - (w * w).sum() / w.sum(),
    "frequency": lambda w: w.sum() - 1.0,
}


def unbiased_var(x, weights=None, weight_kind="reliability", *, axis=-1, nan_policy="raise"):
    """Return the unbiased variance: S2/(n-1), or its form for weighted data.

    Parameters
    ----------
    x : array_like of real numbers
        Sample, or several along the other axes; one vector if weights are given.
    weights : array_like of shape (n,), optional
        Non-negative weights.
    weight_kind : {"reliability", "frequency"}
        What the weights mean.
    axis : int
        Sampling axis.
    nan_policy : {"raise", "omit", "propagate"}
        What nan does.

    Returns
    -------
    float or ndarray of float64
        One value per sample.

    Raises
    ------
    InvalidInputError
        If fewer than two observations carry weight, or weights are negative.

    Examples
    --------
    >>> from kexuestat.estimation import unbiased_var
    >>> unbiased_var([1, 2, 4], weights=[2, 1, 1], weight_kind="frequency")
    2.0
    """
    check_option(weight_kind, "weight_kind", _FREEDOM)
    if weights is None:
        return kstat(x, 2, axis=axis, nan_policy=nan_policy)
    x = check_sample(x, ndim=1)
    if check_nan_policy(x, nan_policy) and nan_policy == "omit":
        kept = ~np.isnan(x)
        x, weights = x[kept], np.asarray(weights)[kept]
    weights = check_weights(weights, "weights", len(x))
    return float(_weighted_cov(x[:, None], weights, weight_kind)[0, 0])


def unbiased_cov(X, weights=None, weight_kind="reliability"):
    """Return the unbiased covariance matrix of the columns of X.

    Parameters
    ----------
    X : array_like of shape (n, p)
        Rows are observations.
    weights : array_like of shape (n,), optional
        Non-negative weights.
    weight_kind : {"reliability", "frequency"}
        What the weights mean.

    Returns
    -------
    ndarray of float64, shape (p, p)

    Raises
    ------
    InvalidInputError
        If fewer than two observations carry weight.

    Examples
    --------
    >>> from kexuestat.estimation import unbiased_cov
    >>> unbiased_cov([[1, 2], [3, 2], [2, 5]]).tolist()
    [[1.0, 0.0], [0.0, 3.0]]
    """
    check_option(weight_kind, "weight_kind", _FREEDOM)
    X = check_sample(X, "X", ndim=2)
    check_nan_policy(X, "raise", "X")
    weights = np.ones(len(X)) if weights is None else check_weights(weights, "weights", len(X))
    return _weighted_cov(X, weights, weight_kind)


def _weighted_cov(X, weights, weight_kind):
    check_enough(int((weights > 0).sum()), 2, what="a variance with positive weights")
    freedom = _FREEDOM[weight_kind](weights)
    if not freedom > 0.0:
        raise InvalidInputError(f"weights must leave positive degrees of freedom, got {freedom:g} for {weight_kind}.")
    anchored = X - X[0]
    centred = anchored - weights @ anchored / weights.sum()
    return (centred * weights[:, None]).T @ centred / freedom


def unbiased_std(x, *, axis=-1, nan_policy="raise"):
    """Return √k2 / c4(n), the unbiased standard deviation of normal data.

    Parameters
    ----------
    x : array_like of real numbers
        Sample, or several along the other axes, with at least 2 observations.
    axis : int
        Sampling axis.
    nan_policy : {"raise", "omit", "propagate"}
        What nan does.

    Returns
    -------
    float or ndarray of float64
        One value per sample, in units of x.

    Examples
    --------
    >>> from kexuestat.estimation import unbiased_std
    >>> round(unbiased_std([1.0, 3.0]), 6)
    1.772454
    """
    spread = np.sqrt(kstat(x, 2, axis=axis, nan_policy=nan_policy))
    used = np.sum(~np.isnan(np.asarray(x, dtype=np.float64)), axis=axis)
    result = spread / c4(used)
    return result if np.ndim(result) else float(result)
