"""EstimatorDiagnostics: exact truths, formulas, intervals, samplers, failures, determinism."""

import math

import numpy as np
import pytest
import scipy.stats as stats

from kexuestat.estimation import Bootstrap, EstimatorDiagnostics, compare_estimators
from kexuestat.estimation.samplers import LAWS, make_sampler
from kexuestat.exceptions import EstimationWarning, InvalidInputError

MANY = 100_000
MEASURES = ("bias", "empse", "variance", "mse", "rmse")


def _fit(estimator, replicates=MANY, **parameters):
    return EstimatorDiagnostics(estimator, n_replicates=replicates, random_state=1, **parameters).fit()


def _within(fit, measure, truth, j=0):
    value, error = getattr(fit, f"{measure}_")[j], getattr(fit, f"{measure}_mcse_")[j]
    assert abs(value - truth) < 5 * error, (measure, value, truth, error)


@pytest.mark.slow
@pytest.mark.parametrize("n", [5, 10, 30])
def test_variance_with_divisor_n_of_normal_data(n):
    fit = _fit("var0", truth=1.0, n_samples=n)
    _within(fit, "bias", -1 / n)
    _within(fit, "variance", 2 * (n - 1) / n**2)
    _within(fit, "mse", (2 * n - 1) / n**2)


@pytest.mark.slow
def test_standard_deviation_of_normal_data_is_short_by_c4():
    from kexuestat.estimation import c4

    fit = _fit(["std1", "std_unbiased"], truth=1.0, n_samples=10)
    _within(fit, "bias", c4(10) - 1)
    _within(fit, "variance", 1 - c4(10) ** 2)
    _within(fit, "bias", 0.0, 1)


@pytest.mark.slow
def test_uniform_maximum_and_its_rivals():
    n = 10
    fit = _fit(
        ["max", lambda x, axis=-1: (n + 1) / n * x.max(axis), lambda x, axis=-1: 2 * x.mean(axis)],
        sampler="uniform",
        truth=1.0,
        n_samples=n,
    )
    _within(fit, "bias", -1 / (n + 1))
    _within(fit, "variance", n / ((n + 1) ** 2 * (n + 2)))
    _within(fit, "variance", 1 / (n * (n + 2)), 1)
    _within(fit, "variance", 1 / (3 * n), 2)
    np.testing.assert_array_equal(fit.is_unbiased_, [False, True, True])


@pytest.mark.slow
def test_exponential_rate_and_its_efficiency():
    n = 10
    fit = _fit(
        [lambda x, axis=-1: 1 / x.mean(axis), lambda x, axis=-1: (n - 1) / n / x.mean(axis)],
        sampler="exponential",
        truth=1.0,
        n_samples=n,
        fisher_information=1.0,
    )
    _within(fit, "bias", 1 / (n - 1))
    _within(fit, "variance", n**2 / ((n - 1) ** 2 * (n - 2)))
    _within(fit, "variance", 1 / (n - 2), 1)
    np.testing.assert_allclose(fit.crlb_, 0.1)
    _within(fit, "efficiency", 0.8, 1)


@pytest.mark.slow
def test_poisson_probability_of_zero():
    n = 5
    fit = _fit(
        [lambda x, axis=-1: np.exp(-x.mean(axis)), lambda x, axis=-1: (1 - 1 / n) ** x.sum(axis)],
        sampler="poisson",
        truth=math.exp(-1),
        n_samples=n,
    )
    _within(fit, "bias", math.exp(n * math.expm1(-1 / n)) - math.exp(-1))
    _within(fit, "bias", 0.0, 1)
    _within(fit, "variance", math.exp(-2) * math.expm1(1 / n), 1)


@pytest.mark.slow
def test_error_of_the_bias_is_within_ten_percent_of_theory():
    fit = _fit("var0", truth=1.0, n_samples=5)
    np.testing.assert_allclose(fit.bias_mcse_[0], math.sqrt(0.32 / MANY), rtol=0.1)


@pytest.mark.slow
def test_monte_carlo_errors_match_the_spread_over_seeds():
    fits = [
        EstimatorDiagnostics("var1", truth=1.0, n_samples=8, n_replicates=400, interval=None, random_state=s).fit()
        for s in range(200)
    ]
    for measure in MEASURES:
        spread = np.std([getattr(f, f"{measure}_")[0] for f in fits], ddof=1)
        claimed = np.mean([getattr(f, f"{measure}_mcse_")[0] for f in fits])
        np.testing.assert_allclose(claimed, spread, rtol=0.25)  # 200 seeds know a spread to 5 percent; tails add


def test_mean_squared_error_is_bias_squared_plus_variance():
    fit = _fit("median", sampler="exponential", truth=1.0, replicates=1000)
    np.testing.assert_allclose(fit.mse_, fit.bias_**2 + 999 / 1000 * fit.variance_, rtol=1e-12)


@pytest.mark.slow
def test_student_interval_covers_as_it_says():
    fit = _fit("mean", n_samples=10, interval="t", fisher_information="auto")
    _within(fit, "coverage", 0.95)
    _within(fit, "power", 0.05)
    _within(fit, "efficiency", 1.0)
    _within(fit, "model_se", math.sqrt(0.1))
    shifted = _fit("mean", n_samples=10, interval="t", truth=0.5)
    assert shifted.coverage_[0] < 0.8
    _within(shifted, "coverage_bias_eliminated", 0.95)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("n", "bands"),
    [(10, (0.803, 0.771, 0.823, 0.907)), (20, (0.856, 0.824, 0.872, 0.919)), (50, (0.899, 0.875, 0.906, 0.931))],
)
def test_coverage_of_lognormal_means_lies_in_its_bands(n, bands):
    kinds = ["percentile", "basic", "bca", "t"]
    fit = EstimatorDiagnostics(
        "mean", sampler="lognormal", truth=math.exp(0.5), n_samples=n, n_replicates=20_000,
        interval=Bootstrap(n_resamples=999, interval=kinds), random_state=3,
    ).fit()  # fmt: skip
    np.testing.assert_allclose([fit.coverages_[kind][0] for kind in kinds], bands, atol=0.015)


def test_nested_bootstrap_equals_one_bootstrap_per_sample():
    kinds = ["bca", "percentile"]
    parameters = {"sampler": "exponential", "n_samples": 12, "n_replicates": 5, "random_state": 9}
    fit = EstimatorDiagnostics(
        "mean", interval=Bootstrap(n_resamples=99, interval=kinds), truth=1.0, **parameters
    ).fit()
    sampler = make_sampler("exponential", None, 12, 9)
    from kexuestat._kernels.random import stream_key
    from kexuestat.estimation.nested import PURPOSE

    for b, x in enumerate(sampler.samples(0, 5)):
        seed = int(stream_key(9, PURPOSE, b) >> np.uint64(1))
        alone = Bootstrap("mean", n_resamples=99, interval=kinds, random_state=seed).fit(x)
        np.testing.assert_allclose(fit.intervals_[0, b], alone.confidence_interval_, rtol=1e-13)


def test_callable_interval_and_standard_error():
    def interval(x, axis=-1):
        centre, error = x.mean(axis), x.std(axis, ddof=1) / math.sqrt(x.shape[axis])
        return centre - 2 * error, centre + 2 * error

    def one_by_one(x):
        return interval(x)

    fits = [
        _fit("mean", replicates=500, interval=f, standard_error=lambda x: x.std(ddof=1) / math.sqrt(len(x)))
        for f in (interval, one_by_one)
    ]
    np.testing.assert_allclose(fits[0].coverage_, fits[1].coverage_)
    assert abs(fits[0].relative_error_model_se_[0]) < 5 * fits[0].relative_error_model_se_mcse_[0]


@pytest.mark.slow
def test_relative_precision_of_mean_and_median():
    fit = compare_estimators(["mean", "median"], n_samples=101, n_replicates=MANY, random_state=2)
    truth = 100 * (0.01548623191900136604084411 * 101 - 1)
    assert abs(fit.relative_precision_[1, 0] - truth) < 5 * fit.relative_precision_mcse_[1, 0]
    np.testing.assert_array_equal(np.diag(fit.relative_precision_), 0.0)
    np.testing.assert_array_equal(np.diag(fit.relative_precision_mcse_), 0.0)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "distribution"),
    [
        ("normal", stats.norm()),
        ("uniform", stats.uniform()),
        ("exponential", stats.expon()),
        ("lognormal", stats.lognorm(1.0)),
        ("laplace", stats.laplace()),
        ("t", stats.t(5)),
    ],
)
def test_named_samplers_have_their_distribution(name, distribution):
    draws = make_sampler(name, None, 5, 3).samples(0, 8000)
    assert stats.kstest(draws.ravel(), distribution.cdf).pvalue > 1e-3
    assert abs(np.corrcoef(draws.T) - np.eye(5)).max() < 0.06


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "parameters"), [("poisson", {"lam": 3.5}), ("poisson", {"lam": 900.0}), ("bernoulli", {"p": 0.3})]
)
def test_discrete_samplers_have_their_moments(name, parameters):
    draws = make_sampler(name, parameters, 4, 3).samples(0, 4000).ravel()
    mean = LAWS[name].mean(*parameters.values())
    variance = LAWS[name].variance(*parameters.values())
    np.testing.assert_allclose(draws.mean(), mean, atol=5 * math.sqrt(variance / len(draws)))
    np.testing.assert_allclose(draws.var(), variance, rtol=0.06)


@pytest.mark.slow
def test_contaminated_normal_is_a_mixture():
    draws = make_sampler("contaminated_normal", {"eps": 0.2, "scale": 5.0}, 4, 3).samples(0, 5000).ravel()
    mixture = lambda x: 0.8 * stats.norm.cdf(x) + 0.2 * stats.norm.cdf(x / 5)  # noqa: E731
    assert stats.kstest(draws, mixture).pvalue > 1e-3


@pytest.mark.slow
def test_other_samplers_scipy_names_frozen_laws_callables_and_populations(rng):
    by_name = _fit("mean", replicates=600, sampler="gamma", sampler_params={"a": 2.0}, truth=2.0)
    frozen = _fit("mean", replicates=600, sampler=stats.gamma(2.0), truth=2.0)
    np.testing.assert_array_equal(by_name.estimates_, frozen.estimates_)
    given = _fit("mean", replicates=600, sampler=lambda generator, size: generator.gamma(2.0, size=size), truth=2.0)
    _within(given, "bias", 0.0)
    population = rng.gamma(2.0, size=50)
    drawn = EstimatorDiagnostics(["mean", "var0"], n_samples=8, n_replicates=MANY, random_state=0).fit(population)
    np.testing.assert_allclose(drawn.truth_, [population.mean(), population.var()], rtol=1e-13)
    _within(drawn, "bias", 0.0)
    _within(drawn, "bias", -population.var() / 8, 1)


def test_a_population_of_pairs_serves_pair_statistics(rng):
    X = rng.multivariate_normal([0, 0], [[1, 0.6], [0.6, 1]], size=400)
    fit = EstimatorDiagnostics(["corr", lambda x: x[:, 0].mean()], n_samples=20, n_replicates=2000, random_state=0).fit(
        X
    )
    np.testing.assert_allclose(fit.truth_[0], np.corrcoef(X.T)[0, 1], rtol=1e-12)
    assert abs(fit.bias_[0]) < 0.05
    columns = EstimatorDiagnostics("mean", n_samples=20, n_replicates=200, random_state=0).fit(X)
    assert columns.names_ == ["mean[0]", "mean[1]"]
    np.testing.assert_allclose(columns.truth_, X.mean(axis=0), rtol=1e-12)


@pytest.mark.parametrize("sampler", ["normal", "poisson", lambda generator, size: generator.normal(size=size)])
def test_same_bits_for_any_number_of_jobs_and_a_longer_run(sampler):
    estimators = ["mean", "std1", "median", np.median]
    base = _fit(estimators, replicates=300, sampler=sampler)
    for other in (_fit(estimators, replicates=300, sampler=sampler, n_jobs=2), _fit(estimators, 700, sampler=sampler)):
        np.testing.assert_array_equal(base.estimates_, other.estimates_[:, :300])


def test_a_short_sample_is_the_beginning_of_a_long_one():
    short = make_sampler("laplace", None, 3, 1).samples(5, 4)
    np.testing.assert_array_equal(make_sampler("laplace", None, 9, 1).samples(5, 4)[:, :3], short)


def test_names_equal_numpy_on_the_same_samples():
    from tests.naive.estimation import statistic as sorted_statistic

    plain = {
        "mean": np.mean, "var0": np.var, "std1": lambda a: np.std(a, ddof=1), "skew": stats.skew,
        "kurtosis": stats.kurtosis, "geometric_mean": stats.gmean,
    }  # fmt: skip
    for name in ("median", "min", "max", "iqr", "trimmed_mean", "mad", "gini", "midrange", "range"):
        plain[name] = lambda a, name=name: sorted_statistic(name, a)
    parameters = {"sampler": "exponential", "n_samples": 11, "replicates": 50}
    ours = _fit(list(plain), **parameters).estimates_
    theirs = _fit(list(plain.values()), **parameters).estimates_
    np.testing.assert_allclose(ours, theirs, rtol=1e-11, atol=1e-13)


def test_summary_has_a_row_per_estimator_and_an_error_per_metric():
    table = _fit(["mean", np.median], replicates=100, metrics=["bias", "mse"]).summary()
    assert list(table.columns) == ["bias", "bias_mcse", "mse", "mse_mcse"]
    assert list(table.index) == ["mean", "median"]


@pytest.mark.slow
@pytest.mark.parametrize("metric", ["bias", "variance", "mse", "rmse", "model_se", "coverage"])
def test_required_replicates_reach_the_wanted_error(metric):
    parameters = {"truth": 0.2, "n_samples": 6, "interval": "t"}
    pilot = _fit("mean", replicates=5000, **parameters)
    wanted = 0.6 * getattr(pilot, f"{metric}_mcse_")[0]
    needed = int(pilot.required_replicates(metric, wanted)[0])
    reached = EstimatorDiagnostics("mean", n_replicates=needed, random_state=5, **parameters).fit()
    np.testing.assert_allclose(getattr(reached, f"{metric}_mcse_")[0], wanted, rtol=0.1)


def test_required_replicates_follow_the_formulas_of_morris():
    fit = _fit("var1", replicates=1000, truth=1.0, n_samples=6)
    assert fit.required_replicates("bias", 0.01)[0] == math.ceil(fit.empse_[0] ** 2 / 0.01**2)
    shape = (fit.kurtosis_[0] - 1) / 4
    assert fit.required_replicates("empse", 0.01)[0] == math.ceil(fit.empse_[0] ** 2 * shape / 0.01**2)
    assert fit.required_replicates("coverage", 0.005)[0] == 10_000  # p(1-p)/K at worst, as there is no interval
    with pytest.raises(InvalidInputError, match="metric 'model_se' has no error"):
        fit.required_replicates("model_se", 0.01)
    with pytest.raises(InvalidInputError, match="metric must be one of"):
        fit.required_replicates("biass", 0.01)


def test_failures_are_counted_and_too_many_named():
    def fragile(x):
        if x[0] > 1.0:
            raise ArithmeticError("too large")
        return x.mean()

    fit = _fit(fragile, replicates=300, n_samples=4)
    assert 10 < fit.n_failed_[0] < 100
    assert np.isnan(fit.estimates_[0]).sum() == fit.n_failed_[0]

    def hopeless(x):
        if x[0] > -1.5:
            raise ArithmeticError("too large")
        return 0.0

    with pytest.raises(
        InvalidInputError, match=r"failed on \d+ of 300; the first is replicate 0 under seed 1 .*too large"
    ):
        _fit(hopeless, replicates=300, n_samples=4)


def test_infinite_variance_is_said_once():
    with pytest.warns(EstimationWarning, match="infinite variance") as caught:
        _fit("mean", replicates=100, sampler="t", sampler_params={"df": 1.5})
    assert len(caught) == 1
    with pytest.warns(EstimationWarning, match="infinite variance"):
        _fit("mean", replicates=100, sampler=stats.t(1.5))


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"estimator": []}, "non-empty list"),
        ({"estimator": "meen"}, "Did you mean 'mean'"),
        ({"estimator": 3}, "a name or a callable, got 3"),
        ({"sampler": "nomral"}, "sampler must be one of normal"),
        ({"sampler": 3}, "sampler must be a name"),
        ({"sampler_params": {"scle": 2.0}}, "Did you mean 'scale'"),
        ({"sampler_params": {"scale": -1.0}}, "must be positive, got -1.0"),
        ({"sampler": "bernoulli", "sampler_params": {"p": 1.5}}, r"must be in \[0, 1\]"),
        ({"sampler": "uniform", "sampler_params": {"low": 2.0}}, "low must be below high"),
        ({"sampler": "gamma", "sampler_params": {"b": 1.0}}, "do not fit scipy.stats.gamma"),
        ({"sampler": lambda generator, size: np.zeros(3)}, "array of the size it is asked for"),
        ({"sampler": lambda generator, size: np.full(size, np.inf)}, "finite numbers"),
        ({"truth": [1.0, 2.0]}, "one number or one per estimator"),
        ({"n_samples": 0}, "n_samples must be at least 1"),
        ({"n_samples": 1, "estimator": "var1"}, "at least 2 observations"),
        ({"n_replicates": 1}, "n_replicates must be at least 2"),
        ({"interval": "t", "estimator": "median"}, "for the estimator 'mean' only"),
        ({"interval": 3}, "interval must be None"),
        ({"fisher_information": "auto", "sampler": "laplace"}, "'auto' with one of the samplers"),
        ({"fisher_information": -1.0}, "fisher_information must be positive"),
        ({"metrics": ["biass"]}, "Did you mean 'bias'"),
        ({"confidence_level": 0.0}, "confidence_level"),
    ],
)
def test_bad_input_is_named(parameters, message):
    with pytest.raises(InvalidInputError, match=message):
        EstimatorDiagnostics(**{"n_replicates": 10, **parameters}).fit()
