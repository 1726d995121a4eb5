"""Curves of estimators: consistency in n, sensitivity to one more point, influence, breakdown.

T = estimator of a sample. Influence and breakdown: Hampel 1974 (doi:10.1080/01621459.1974.10482962), Donoho and Huber
1983.
"""

from typing import NamedTuple

import numpy as np

from kexuestat.estimation.callables import CallableEvaluator, parameters_of
from kexuestat.estimation.diagnostics import EstimatorDiagnostics
from kexuestat.estimation.jackknife import Jackknife
from kexuestat.estimation.named import NAMED, Moment
from kexuestat.estimation.replicates import make_evaluator
from kexuestat.estimation.samplers import make_sampler
from kexuestat.exceptions import InvalidInputError
from kexuestat.validation.arrays import check_finite, check_real_array
from kexuestat.validation.options import check_integer, check_seed

_HUGE = 1e9  # of the sample's spread: what is moved by a share of this is unbounded
_UNBOUNDED = 1e6


class ConsistencyCurve(NamedTuple):
    """Sample sizes, root mean squared errors with their errors, and the fitted rate rmse ~ n^rate."""

    n: np.ndarray
    rmse: np.ndarray
    rmse_mcse: np.ndarray
    rate: float
    rate_std_error: float
    is_consistent: bool


class SensitivityCurve(NamedTuple):
    """Places of one more point, and (n + 1) times the change that it makes."""

    grid: np.ndarray
    value: np.ndarray


class InfluenceFunction(NamedTuple):
    """Observations, ascending, and the influence of each."""

    x: np.ndarray
    influence: np.ndarray


def consistency_curve(estimator, sampler="normal", truth=0.0, n_grid=(10, 30, 100, 300, 1000), **parameters):
    """Return how the root mean squared error falls with the sample size.

    The rate is the slope of a line through ln rmse against ln n, weighted by the errors of rmse; the estimator counts
    as consistent if it lies below 0 by 3 standard errors. A sample of n observations begins the one of n + 1, so the
    points of the curve are positively correlated, and the error of the rate is on the safe side.

    Parameters
    ----------
    estimator : str or callable
        See ``EstimatorDiagnostics``.
    sampler : str, frozen distribution or callable
        See ``EstimatorDiagnostics``.
    truth : float
        The estimand.
    n_grid : sequence of int
        At least two sample sizes.
    **parameters
        Other parameters of ``EstimatorDiagnostics``: sampler_params, n_replicates, random_state, n_jobs.

    Returns
    -------
    ConsistencyCurve
        Named fields n, rmse, rmse_mcse, rate, rate_std_error, is_consistent.

    Examples
    --------
    >>> from kexuestat.estimation import consistency_curve
    >>> curve = consistency_curve("mean", n_grid=(10, 40, 160), n_replicates=2000, random_state=0)
    >>> bool(abs(curve.rate + 0.5) < 4 * curve.rate_std_error)
    True
    """
    sizes = np.array([check_integer(n, f"n_grid[{i}]", 1) for i, n in enumerate(n_grid)], dtype=np.int64)
    if len(np.unique(sizes)) < 2:
        raise InvalidInputError(f"n_grid must hold at least two different sample sizes, got {sizes.tolist()}.")
    parameters["random_state"] = check_seed(parameters.get("random_state"))
    fits = [
        EstimatorDiagnostics(estimator, sampler=sampler, truth=truth, n_samples=int(n), **parameters).fit()
        for n in sizes
    ]
    rmse = np.array([fit.rmse_[0] for fit in fits])
    error = np.array([fit.rmse_mcse_[0] for fit in fits])
    rate, rate_error = _slope(np.log(sizes), np.log(rmse), error / rmse)
    return ConsistencyCurve(sizes, rmse, error, rate, rate_error, bool(rate + 3.0 * rate_error < 0.0))


def _slope(x, y, error):
    """Return the weighted least-squares slope and its standard error."""
    weight = 1.0 / error**2
    centred = x - np.average(x, weights=weight)
    spread = (weight * centred**2).sum()
    return float((weight * centred * y).sum() / spread), float(1.0 / np.sqrt(spread))


def sensitivity_curve(estimator, sample, grid):
    """Return (n + 1)(T(x_1 … x_n, z) - T(x_1 … x_n)) for every z of the grid.

    Parameters
    ----------
    estimator : str or callable
        See ``Bootstrap``.
    sample : array_like of shape (n,)
        The other observations.
    grid : array_like of shape (m,)
        Places of the added point.

    Returns
    -------
    SensitivityCurve
        Named fields grid, value (m,).

    Examples
    --------
    >>> from kexuestat.estimation import sensitivity_curve
    >>> sensitivity_curve("mean", [0.0, 0.0, 0.0], [1.0, 5.0]).value.tolist()
    [1.0, 5.0]
    """
    sample = check_finite(check_real_array(sample, "sample", ndim=1), "sample")
    grid = check_finite(check_real_array(grid, "grid", ndim=1), "grid")
    samples = np.hstack([np.broadcast_to(sample, (len(grid), len(sample))), grid[:, None]])
    before = _values(estimator, sample[None])[0]
    return SensitivityCurve(grid, (len(sample) + 1.0) * (_values(estimator, samples) - before))


def _values(estimator, samples):
    """Return the estimator of every row of samples."""
    if callable(estimator):
        return CallableEvaluator(estimator, samples[0]).on_samples(samples)[:, 0]
    return np.array([make_evaluator(estimator, row).estimate()[0] for row in samples])


def influence_function(estimator, sample="normal", n=1000, random_state=None, sampler_params=None):
    """Return the empirical influence of every observation.

    By infinitesimal weights where the estimator takes them (names, or callables with ``weights``) and is smooth in
    them, else by leaving one out.

    Parameters
    ----------
    estimator : str or callable
        See ``Jackknife``.
    sample : array_like of shape (n,), or a sampler
        Observations, or where to draw n of them from (see ``EstimatorDiagnostics``).
    n : int
        Observations to draw.
    random_state : None, int, Generator or RandomState
        Seed of the draw.
    sampler_params : dict, optional
        Parameters of a named sampler.

    Returns
    -------
    InfluenceFunction
        Named fields x (ascending), influence.

    Examples
    --------
    >>> from kexuestat.estimation import influence_function
    >>> influence_function("mean", [3.0, 1.0, 2.0]).influence.round(9).tolist()
    [-1.0, 0.0, 1.0]
    """
    if isinstance(sample, str) or callable(sample) or hasattr(sample, "rvs"):
        sampler = make_sampler(sample, sampler_params, check_integer(n, "n", 2), check_seed(random_state))
        sample = sampler.samples(0, 1)[0]
    x = np.sort(check_finite(check_real_array(sample, "sample", ndim=1), "sample"))
    return InfluenceFunction(x, Jackknife(estimator, kind=_kind(estimator)).fit(x).influence_)


def _kind(estimator):
    smooth = isinstance(NAMED.get(estimator), Moment) if isinstance(estimator, str) else False
    takes_weights = callable(estimator) and "weights" in parameters_of(estimator)
    return "infinitesimal" if smooth or takes_weights else "delete-1"


def breakdown_point(estimator, n=100, random_state=0):
    """Return the smallest share m/n of points whose replacement carries the estimator away.

    m points of a normal sample are moved to one far place, to far places on both sides, or to far places of
    different size; what then grows beyond bounds has broken.

    Parameters
    ----------
    estimator : str or callable
        Of a sample (n,), or of points (n, 1); a result of several numbers counts by its largest.
    n : int
        Sample size, at least 2.
    random_state : None, int, Generator or RandomState
        Seed of the sample.

    Returns
    -------
    float
        In (0, 1]; 1 if it never breaks.

    Examples
    --------
    >>> from kexuestat.estimation import breakdown_point
    >>> breakdown_point("mean", 20), breakdown_point("median", 20)
    (0.05, 0.5)
    """
    n = check_integer(n, "n", 2)
    clean = make_sampler("normal", None, n, check_seed(random_state)).samples(0, 1)[0]
    for m in range(1, n + 1):
        if any(_is_carried_away(estimator, bad) for bad in _contaminated(clean, m)):
            return m / n
    return 1.0


def _contaminated(clean, m):
    """Yield the sample with m points moved to far places."""
    far = _HUGE * np.arange(1, m + 1, dtype=np.float64)
    both = far * np.where(np.arange(m) % 2, -1.0, 1.0)
    for places in (np.full(m, _HUGE), np.full(m, -_HUGE), far, both):
        bad = clean.copy()
        bad[:m] = places
        yield bad


def _is_carried_away(estimator, sample):
    if isinstance(estimator, str):
        value = make_evaluator(estimator, sample).estimate()
    else:
        value = np.asarray(estimator(sample), dtype=np.float64)
    return bool((~np.isfinite(value)).any() or np.abs(value).max() > _UNBOUNDED)
