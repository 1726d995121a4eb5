"""Variance of gradient estimators (kexue.fm/archives/6705).

d/dμ E f(z), z = μ + σ ε: score function f(z) (z-μ)/σ² (Williams 1992, doi:10.1007/BF00992696) against pathwise f'(z).
For categories with probabilities softmax(l): score function f(e_k) (e_k - p) against the relaxed sample
softmax((l + g)/τ), g Gumbel noise (Jang, Gu, Poole 2017, arXiv:1611.01144), which is biased.
"""

from typing import NamedTuple

import numpy as np
from scipy import special

from kexuestat._kernels import variates
from kexuestat.exceptions import InvalidInputError
from kexuestat.validation.arrays import check_finite, check_real_array
from kexuestat.validation.options import check_integer, check_real, check_seed

PURPOSE = 9  # stream of the noise


class GradientComparison(NamedTuple):
    """Mean and variance of both estimators of one derivative, each with its Monte Carlo standard error."""

    score_mean: float
    score_mean_mcse: float
    score_variance: float
    score_variance_mcse: float
    pathwise_mean: float
    pathwise_mean_mcse: float
    pathwise_variance: float
    pathwise_variance_mcse: float


class CategoricalComparison(NamedTuple):
    """The exact gradient (k,), and mean and variance of both estimators per logit, each with its standard error."""

    exact: np.ndarray
    score_mean: np.ndarray
    score_mean_mcse: np.ndarray
    score_variance: np.ndarray
    score_variance_mcse: np.ndarray
    gumbel_mean: np.ndarray
    gumbel_mean_mcse: np.ndarray
    gumbel_variance: np.ndarray
    gumbel_variance_mcse: np.ndarray


def _summary(values):
    """Return mean, its error, variance, its error down the first axis."""
    k = len(values)
    d = values - values.mean(axis=0)
    variance = (d * d).sum(axis=0) / (k - 1.0)
    spread = ((d * d - variance) ** 2).mean(axis=0)
    return values.mean(axis=0), np.sqrt(variance / k), variance, np.sqrt(spread / k)


def compare_gradient_estimators(f, df, loc=0.0, scale=1.0, n_replicates=100_000, random_state=None):
    """Return mean and variance of the score-function and the pathwise estimator of d/dμ E f(z), z normal.

    Parameters
    ----------
    f, df : callable
        Function and derivative, on arrays.
    loc, scale : float
        μ and σ > 0.
    n_replicates : int
        Number of draws.
    random_state : None, int, Generator or RandomState
        Seed.

    Returns
    -------
    GradientComparison
        Named fields score_mean, score_variance, pathwise_mean, pathwise_variance, each with ``…_mcse``.

    Raises
    ------
    InvalidInputError
        If f or df does not return one finite number per draw.

    Examples
    --------
    >>> from kexuestat.estimation import compare_gradient_estimators
    >>> g = compare_gradient_estimators(lambda z: z**2, lambda z: 2 * z, loc=1.0, random_state=0)
    >>> bool(abs(g.score_variance - 30) < 5 * g.score_variance_mcse)
    True
    """
    loc, scale = check_real(loc, "loc"), check_real(scale, "scale", 0.0, open_low=True)
    k = check_integer(n_replicates, "n_replicates", 2)
    noise = np.empty(k)
    variates.normal_rows(check_seed(random_state), PURPOSE, 0, noise[None, :])
    z = loc + scale * noise
    score = _evaluated(f, z, "f", (k,)) * noise / scale
    pathwise = _evaluated(df, z, "df", (k,))
    return GradientComparison(*(float(v) for v in (*_summary(score), *_summary(pathwise))))


def _evaluated(function, z, name, shape):
    values = np.asarray(function(z), dtype=np.float64)
    if values.shape != shape:
        raise InvalidInputError(f"{name} must return an array of shape {shape}, got {values.shape}.")
    return check_finite(values, f"{name}(z)")


def compare_categorical_gradients(f, df, logits, temperature=0.5, n_replicates=100_000, random_state=None):
    """Return exact gradient, score-function and Gumbel-softmax estimators of d/dl E f(e_K), K ~ softmax(l).

    Parameters
    ----------
    f : callable
        Rows of the simplex (n, k) -> values (n,).
    df : callable
        Rows of the simplex (n, k) -> gradients (n, k).
    logits : array_like of shape (k,)
        l.
    temperature : float
        τ > 0 of the relaxation.
    n_replicates : int
        Number of draws.
    random_state : None, int, Generator or RandomState
        Seed.

    Returns
    -------
    CategoricalComparison
        Named fields exact, score_mean, score_variance, gumbel_mean, gumbel_variance (k,), each estimate with
        ``…_mcse``.

    Examples
    --------
    >>> import numpy as np
    >>> from kexuestat.estimation import compare_categorical_gradients
    >>> target = np.array([1.0, 2.0, 4.0])
    >>> g = compare_categorical_gradients(lambda x: x @ target, lambda x: 0 * x + target, [0, 0, 0], random_state=0)
    >>> bool((abs(g.score_mean - g.exact) < 5 * g.score_mean_mcse).all())
    True
    """
    logits = check_finite(check_real_array(logits, "logits", ndim=1), "logits")
    temperature = check_real(temperature, "temperature", 0.0, open_low=True)
    n, k = check_integer(n_replicates, "n_replicates", 2), len(logits)
    uniforms = np.empty((k, n))
    variates.simulated_samples(variates.UNIFORM, 0.0, 1.0, check_seed(random_state), PURPOSE, 0, uniforms)
    gumbel = -np.log(-np.log(uniforms)).T
    share = special.softmax(logits)
    corners = np.eye(k)
    heights = _evaluated(f, corners, "f", (k,))
    drawn = np.argmax(logits + gumbel, axis=1)
    score = heights[drawn][:, None] * (corners[drawn] - share)
    relaxed = special.softmax((logits + gumbel) / temperature, axis=1)
    slope = _evaluated(df, relaxed, "df", (n, k))
    pathwise = relaxed * (slope - (slope * relaxed).sum(axis=1, keepdims=True)) / temperature
    exact = share * (heights - share @ heights)
    return CategoricalComparison(exact, *_summary(score), *_summary(pathwise))
