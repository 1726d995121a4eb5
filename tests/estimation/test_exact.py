"""The exact bootstrap: laws of quantiles, moments of L-statistics, against all resamples, and against drawn ones."""

import numpy as np
import pytest
import scipy.stats as stats

from kexuestat.estimation import Bootstrap, gini_mean_difference
from tests.naive.estimation_bootstrap import STATISTICS, all_resamples

L_STATISTICS = {
    "mean": "mean",
    "iqr": "iqr",
    "trimmed_mean": "trimmed_mean",
    "ranks": lambda a: float(np.sort(a) @ np.arange(1.0, len(a) + 1.0)),
    "gini_mean_difference": gini_mean_difference,
}


@pytest.mark.parametrize("name", ["median", "min", "max", "midrange", "range"])
@pytest.mark.parametrize("n", [4, 5])
def test_exact_scheme_equals_all_resamples(name, n, rng):
    x = rng.normal(size=n)
    truth = STATISTICS[name](all_resamples(x), axis=1)
    boot = Bootstrap(name, interval="percentile", scheme="exact").fit(x)
    np.testing.assert_allclose(boot.bias_, truth.mean() - STATISTICS[name](x, axis=0), atol=1e-14)
    np.testing.assert_allclose(boot.std_error_, truth.std(), atol=1e-14)
    levels = np.array([0.025, 0.975])
    expected = np.quantile(truth, levels, method="inverted_cdf")
    np.testing.assert_allclose(boot.confidence_interval_, expected, atol=1e-14)
    np.testing.assert_array_equal(boot.interval_mcse_, 0.0)


@pytest.mark.parametrize("name", L_STATISTICS)
@pytest.mark.parametrize("n", [4, 5])
def test_exact_moments_of_l_statistics_equal_all_resamples(name, n, rng):
    x = rng.normal(size=n)
    function = STATISTICS.get(name) or (lambda a, axis: np.apply_along_axis(L_STATISTICS[name], axis, a))
    truth = function(all_resamples(x), axis=1)
    boot = Bootstrap(L_STATISTICS[name], interval="normal", scheme="exact").fit(x)
    np.testing.assert_allclose(boot.bias_, truth.mean() - function(x, axis=0), atol=1e-13)
    np.testing.assert_allclose(boot.std_error_, truth.std(), atol=1e-13)
    assert boot.replicates_.shape == (0,)
    np.testing.assert_array_equal(boot.interval_mcse_, 0.0)


def test_exact_quantile_of_a_function_is_that_of_its_name(rng):
    x = rng.normal(size=12)
    named, given = (Bootstrap(s, interval="percentile", scheme="exact").fit(x) for s in ("median", np.median))
    np.testing.assert_allclose(given.confidence_interval_, named.confidence_interval_, rtol=1e-12)


def test_exact_moments_of_many_rows_are_those_of_the_closed_form_and_of_monte_carlo(rng):
    X = rng.lognormal(size=(150, 2))
    exact = Bootstrap("mean", interval="normal", scheme="exact").fit(X)
    np.testing.assert_allclose(exact.std_error_, X.std(axis=0) / np.sqrt(150), rtol=1e-12)
    exact = Bootstrap("trimmed_mean", interval="normal", scheme="exact").fit(X[:, 0])
    drawn = Bootstrap("trimmed_mean", interval="normal", random_state=0).fit(X[:, 0])
    assert abs(exact.bias_ - drawn.bias_) < 5 * exact.std_error_ / np.sqrt(9999)
    np.testing.assert_allclose(exact.std_error_, drawn.std_error_, rtol=0.04)  # five standard errors
    assert (np.abs(exact.confidence_interval_ - drawn.confidence_interval_) < 5 * drawn.interval_mcse_).all()


@pytest.mark.slow
def test_resampled_order_statistics_have_the_law_of_brute_force_and_the_exact_one(rng):
    x, draws = np.sort(rng.normal(size=25)), 200_000
    boot = Bootstrap("median", interval="percentile", n_resamples=draws, random_state=0).fit(x)
    brute = np.concatenate([np.median(x[rng.integers(25, size=(draws // 10, 25))], axis=1) for _ in range(10)])
    assert stats.ks_2samp(boot.replicates_, brute).pvalue > 1e-3
    exact = Bootstrap("median", interval="percentile", scheme="exact").fit(x)
    law = exact._run.laws[0]
    shares = np.searchsorted(np.sort(boot.replicates_), law.atoms, side="right") / draws
    assert np.abs(shares - law.below).max() <= 4.4e-3  # the 0.1 % point of Kolmogorov's law


@pytest.mark.slow
def test_exact_median_of_many_rows_lies_within_the_error_of_monte_carlo(rng):
    x = rng.normal(size=400)
    exact = Bootstrap("median", scheme="exact", interval="percentile").fit(x)
    drawn = Bootstrap("median", interval="percentile", random_state=0).fit(x)
    gap = np.abs(exact.confidence_interval_ - drawn.confidence_interval_)
    spacing = np.diff(np.sort(x))[180:220].max()
    assert (gap <= 5 * drawn.interval_mcse_ + spacing).all()
