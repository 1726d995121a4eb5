"""How good is an estimator? Monte Carlo measures of bias, spread, error and coverage, each with its own error.

θ = truth, θ̂_i = estimates_ of replicate i, K = n_replicates, θ̄ and S their mean and standard deviation.
"""

from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from kexuestat.estimation import diagnostics_fit
from kexuestat.validation.options import check_integer


class EstimatorDiagnostics(BaseEstimator):
    """Monte Carlo diagnostics of one or several estimators on common samples.

    Every measure has shape (n_estimators,), and beside it ``…_mcse_``, its Monte Carlo standard error.

    Parameters
    ----------
    estimator : str, callable or list of them
        Names (see ``Bootstrap``) or functions of a sample, or of samples if they take ``axis``.
    sampler : str, frozen distribution or callable
        "normal" (loc, scale), "uniform" (low, high), "exponential" (scale), "poisson" (lam), "lognormal" (mean,
        sigma), "laplace" (loc, scale), "t" (df), "bernoulli" (p), "contaminated_normal" (eps, scale), any other name
        of scipy.stats, a frozen scipy distribution, or a function (generator, size) -> array.
    sampler_params : dict, optional
        Parameters of a named sampler.
    truth : float or sequence of float, optional
        The estimand, one for all or one per estimator; None is 0, or with ``fit(X)`` the value for X.
    n_samples : int
        Observations n in each sample.
    n_replicates : int
        Number of samples K.
    interval : None, "t", callable or Bootstrap
        "t" is Student's interval of the mean; a callable takes a sample (or samples and axis) and returns (lower,
        upper); a Bootstrap is run on every sample.
    standard_error : callable, optional
        Takes a sample (or samples and axis), returns the model's standard error; the interval "t" brings its own.
    confidence_level : float
        Of the interval.
    fisher_information : None, float, callable or "auto"
        Information per observation about the estimand; a callable takes the truth; "auto" knows the mean of normal,
        exponential, poisson and bernoulli.
    unbiased_margin : float
        Share of S within which a bias counts as none.
    metrics : "all" or list of str
        Rows of ``summary()``.
    random_state : None, int, Generator or RandomState
        Seed.
    n_jobs : int, optional
        joblib's convention.

    Attributes
    ----------
    names_ : list of str
        Name of each estimator; with a population of several columns, a name of one column counts once per column.
    estimates_ : ndarray of float64, shape (n_estimators, n_replicates)
        nan where the estimator failed.
    mean_, skewness_, kurtosis_ : ndarray of float64
        Of the estimates; kurtosis 3 is normal.
    bias_, bias_mcse_, relative_bias_, relative_bias_mcse_ : ndarray of float64
        θ̄ - θ; over θ.
    empse_, empse_mcse_, variance_, variance_mcse_ : ndarray of float64
        S and S².
    mse_, mse_mcse_, rmse_, rmse_mcse_ : ndarray of float64
        Mean squared error and its root.
    relative_precision_, relative_precision_mcse_ : ndarray of float64, shape (n_estimators, n_estimators)
        100 [(S_A/S_B)² - 1] of row A and column B, in percent.
    model_se_, model_se_mcse_, relative_error_model_se_, relative_error_model_se_mcse_ : ndarray of float64
        Root mean square of the model's standard errors; its excess over S in percent.
    coverage_, coverage_mcse_, coverage_bias_eliminated_, coverage_bias_eliminated_mcse_ : ndarray of float64
        Share of intervals that hold θ; that hold θ̄.
    power_, power_mcse_, interval_width_, interval_width_mcse_ : ndarray of float64
        Share of intervals without 0; mean width.
    coverages_ : dict of str to ndarray
        Coverage of every kind of interval of a Bootstrap.
    intervals_ : ndarray of float64, shape (n_estimators, n_replicates, 2), or None
        The (first) intervals.
    crlb_, efficiency_, efficiency_mcse_ : ndarray of float64
        Cramér-Rao bound 1/(n I); bound / variance.
    is_unbiased_ : ndarray of bool
        Whether abs(bias) + 1.645 mcse < unbiased_margin · S.
    n_failed_ : ndarray of int64
        Samples on which the estimator was nan or raised.
    truth_ : ndarray of float64
        The estimand of each estimator.
    seed_ : int
        The seed used.
    n_features_in_ : int
        Columns of X, if fitted to a population.
    feature_names_in_ : ndarray of str
        Their names, if X has names.

    Examples
    --------
    >>> from kexuestat.estimation import EstimatorDiagnostics
    >>> d = EstimatorDiagnostics(["var0", "var1"], truth=1.0, n_samples=5, random_state=0).fit()
    >>> d.is_unbiased_.tolist()
    [False, True]
    >>> bool(abs(d.bias_[0] + 0.2) < 4 * d.bias_mcse_[0])
    True
    """

    def __init__(
        self,
        estimator="mean",
        *,
        sampler="normal",
        sampler_params=None,
        truth=None,
        n_samples=30,
        n_replicates=10_000,
        interval=None,
        standard_error=None,
        confidence_level=0.95,
        fisher_information=None,
        unbiased_margin=0.1,
        metrics="all",
        random_state=None,
        n_jobs=None,
    ):
        self.estimator = estimator
        self.sampler = sampler
        self.sampler_params = sampler_params
        self.truth = truth
        self.n_samples = n_samples
        self.n_replicates = n_replicates
        self.interval = interval
        self.standard_error = standard_error
        self.confidence_level = confidence_level
        self.fisher_information = fisher_information
        self.unbiased_margin = unbiased_margin
        self.metrics = metrics
        self.random_state = random_state
        self.n_jobs = n_jobs

    def fit(self, X=None, y=None):
        """Return self, after drawing the samples; with X, its rows are the population to draw from."""
        diagnostics_fit.fit(self, X)
        return self

    def summary(self):
        """Return the measures as a table: one row per estimator, columns value and mcse of each metric.

        Returns
        -------
        pandas.DataFrame, or structured ndarray where pandas is absent
        """
        check_is_fitted(self)
        return diagnostics_fit.summary(self)

    def required_replicates(self, metric, mcse):
        """Return the replicates that bring the standard error of a metric down to mcse, per estimator.

        Parameters
        ----------
        metric : str
            A measure of ``summary()``. "coverage", "coverage_bias_eliminated" and "power" count as ½, the worst case,
            where no interval was asked for.
        mcse : float
            The wanted Monte Carlo standard error, in the units of the metric.

        Returns
        -------
        ndarray of int64, shape (n_estimators,)

        Raises
        ------
        InvalidInputError
            If the metric is unknown, or has no error in this run.
        """
        check_is_fitted(self)
        return diagnostics_fit.required_replicates(self, metric, mcse)


def compare_estimators(estimators, **parameters):
    """Return the fitted EstimatorDiagnostics of several estimators on common samples.

    Parameters
    ----------
    estimators : list of str or callable
        At least two.
    **parameters
        Other parameters of ``EstimatorDiagnostics``.

    Returns
    -------
    EstimatorDiagnostics
        Fitted; ``relative_precision_`` and its error compare them two by two.

    Examples
    --------
    >>> from kexuestat.estimation import compare_estimators
    >>> d = compare_estimators(["mean", "median"], n_replicates=2000, random_state=0)
    >>> bool(d.relative_precision_[1, 0] > 30)
    True
    """
    estimators = list(estimators)
    check_integer(len(estimators), "len(estimators)", 2)
    return EstimatorDiagnostics(estimators, **parameters).fit()
