"""The bootstrap: resample, compute, read off bias, standard error and intervals, each with its own error.

θ̂ = estimate_, θ*_b = replicates_. Same seed, same replicates for any number of jobs and any batch size, and the first
B of a longer run (Efron and Tibshirani 1993, doi:10.1201/9780429246593). Functions see the drawn rows in the order
of the draws; names need less: how often each row was drawn, or only which row a rank falls on.
"""

from dataclasses import dataclass

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from kexuestat.estimation import bootstrap_fit
from kexuestat.estimation.jackknife_after import jackknife_after_bootstrap
from kexuestat.validation.options import check_seed


class Bootstrap(BaseEstimator):
    """Bootstrap of a statistic: bias, standard error and confidence intervals, with their Monte Carlo errors.

    Parameters
    ----------
    statistic : str or callable
        A name (mean, median, var0, var1, std0, std1, std_unbiased, min, max, midrange, range, trimmed_mean, iqr,
        mad, skew, kurtosis, geometric_mean, gini; corr, slope, ratio for pairs), or a function of the sample; one
        that takes ``axis`` is called on batches, one compiled by numba is fused with the resampling, one that takes
        ``weights`` also serves weighted schemes.
    n_resamples : int
        Number of resamples B, at least 2 / (1 - confidence_level).
    scheme : str or callable
        "multinomial", "without_replacement", "poisson", "bayesian", "block", "circular", "stationary", "cluster",
        "strata", "parametric" (normal law fitted to the data), "smooth" (kernel-smoothed) or "exact"; a callable
        (generator, size) -> sample is a parametric law. "exact" draws nothing: it knows the law of midrange, range and
        every quantile, and mean and variance of every other fixed linear combination of the ordered sample (mean,
        iqr, trimmed_mean, functions; with the interval "normal", and without replicates).
    interval : str or list of str
        "percentile", "basic", "bca", "t", "abc", "normal"; all of a list come from one pass.
    confidence_level : float
        In (0, 1).
    jackknife : {"auto", "full"} or int
        Rows left out for the acceleration of "bca": "auto" takes a closed form, or at most 2000 random rows; an int
        sets that number.
    block_length : int or "auto", optional
        Length of blocks (mean length for "stationary"); size m of the subsample for "without_replacement".
    degenerate : {"percentile", "nan", "raise"}
        What "bca" does where every replicate lies on one side of the estimate.
    nan_policy : {"raise", "omit", "propagate"}
        What nan in the data does; "omit" drops the row.
    max_memory_mb : float
        Memory of one batch for statistics in Python.
    random_state : None, int, Generator or RandomState
        Seed.
    n_jobs : int, optional
        joblib's convention.

    Attributes
    ----------
    estimate_ : float or ndarray
        θ̂, of the statistic's shape.
    replicates_ : ndarray of float64, shape (..., n_resamples - n_failed_)
        Resamples last.
    bias_ : float or ndarray
        Mean of the replicates - θ̂.
    std_error_ : float or ndarray
        Standard deviation of the replicates.
    confidence_interval_ : ndarray of float64, shape (..., 2)
        Lower and upper end of the (first) interval.
    interval_mcse_ : ndarray of float64, shape (..., 2)
        Standard error of both ends that comes from the finite number of resamples.
    intervals_, intervals_mcse_ : dict of str to ndarray
        Every interval asked for, and its Monte Carlo error.
    interval_jab_se_ : ndarray of float64, shape (..., 2)
        Standard error of both ends that comes from the data, by the jackknife after the bootstrap (Efron 1992);
        computed on first access, from at most 400 rows (or clusters) left out; for "t" and "abc" that of the
        percentile ends; refused for schemes that leave no row out ("bayesian", new values, "exact").
    acceleration_, z0_ : float or ndarray
        Of the BCa interval; nan where none was asked for.
    degenerate_ : bool
        Whether an interval fell under the rule ``degenerate``.
    n_failed_ : int
        Resamples on which the statistic was nan or raised.
    seed_ : int
        The seed used; pass it as random_state to repeat the run.
    n_features_in_ : int
        Columns of X.
    feature_names_in_ : ndarray of str
        Their names, if X has names.

    Examples
    --------
    >>> import numpy as np
    >>> from kexuestat.estimation import Bootstrap
    >>> x = np.arange(50.0)
    >>> boot = Bootstrap("mean", random_state=0).fit(x)
    >>> boot.estimate_
    24.5
    >>> bool(boot.confidence_interval_[0] < 24.5 < boot.confidence_interval_[1])
    True
    """

    def __init__(
        self,
        statistic="mean",
        *,
        n_resamples=9999,
        scheme="multinomial",
        interval="bca",
        confidence_level=0.95,
        jackknife="auto",
        block_length=None,
        degenerate="percentile",
        nan_policy="raise",
        max_memory_mb=64,
        random_state=None,
        n_jobs=None,
    ):
        self.statistic = statistic
        self.n_resamples = n_resamples
        self.scheme = scheme
        self.interval = interval
        self.confidence_level = confidence_level
        self.jackknife = jackknife
        self.block_length = block_length
        self.degenerate = degenerate
        self.nan_policy = nan_policy
        self.max_memory_mb = max_memory_mb
        self.random_state = random_state
        self.n_jobs = n_jobs

    def fit(self, X, y=None, sample_weight=None, groups=None, strata=None):
        """Return self, fitted to the observations X (n,) or (n, p).

        Parameters
        ----------
        X : array_like of shape (n,) or (n, p)
            Rows are observations.
        y : array_like of shape (n,), optional
            Second member of pairs; statistics of one sample ignore it.
        sample_weight : array_like of shape (n,), optional
            Non-negative weights; the statistic must take them.
        groups, strata : array_like of shape (n,), optional
            Labels for the schemes "cluster" and "strata". Several samples are one sample with strata: stack them, and
        let a statistic of (x, y) tell them apart by the labels y.

        Returns
        -------
        Bootstrap
        """
        settings = bootstrap_fit.check_settings(self)
        data = bootstrap_fit.check_data(self, X, y, sample_weight, groups, strata)
        run = bootstrap_fit.resample(settings, data, check_seed(self.random_state))
        bootstrap_fit.store(self, run)
        return self

    @property
    def interval_jab_se_(self):
        """Standard error (..., 2) of both ends by the jackknife after the bootstrap."""
        check_is_fitted(self)
        if not hasattr(self, "_jab"):
            self._jab = jackknife_after_bootstrap(self._run)
        return self._jab


@dataclass(frozen=True)
class BootstrapResult:
    """What ``bootstrap_interval`` returns: the fitted attributes of ``Bootstrap`` without their underscore.

    Attributes
    ----------
    estimate, bias, std_error, acceleration, z0 : float or ndarray
    replicates : ndarray of float64, shape (..., n_resamples - n_failed)
    confidence_interval, interval_mcse : ndarray of float64, shape (..., 2)
    intervals, intervals_mcse : dict of str to ndarray
    degenerate : bool
    n_failed, seed : int
    """

    estimate: object
    replicates: np.ndarray
    bias: object
    std_error: object
    confidence_interval: np.ndarray
    interval_mcse: np.ndarray
    intervals: dict
    intervals_mcse: dict
    acceleration: object
    z0: object
    degenerate: bool
    n_failed: int
    seed: int


def bootstrap_interval(x, statistic="mean", *, y=None, sample_weight=None, groups=None, strata=None, **parameters):
    """Return the bootstrap of a statistic with its interval; the function behind ``Bootstrap``.

    Parameters
    ----------
    x : array_like of shape (n,) or (n, p)
        Rows are observations.
    statistic : str or callable
        See ``Bootstrap``.
    y, sample_weight, groups, strata : array_like of shape (n,), optional
        See ``Bootstrap.fit``.
    **parameters
        The other parameters of ``Bootstrap``: n_resamples, scheme, interval, confidence_level, …

    Returns
    -------
    BootstrapResult

    Raises
    ------
    InvalidInputError
        If an argument breaks its rule; the message names it.

    Examples
    --------
    >>> from kexuestat.estimation import bootstrap_interval
    >>> bootstrap_interval([1, 2, 3, 4, 5, 9], "median", random_state=1).estimate
    3.5
    """
    fitted = Bootstrap(statistic, **parameters).fit(x, y, sample_weight, groups, strata)
    return BootstrapResult(**{name: getattr(fitted, f"{name}_") for name in BootstrapResult.__dataclass_fields__})
