"""The jackknife: closed forms against deletion, identities, kinds."""

import numpy as np
import pytest
import scipy.stats as stats

from kexuestat.estimation import Jackknife, jackknife_estimate
from kexuestat.estimation.named import NAMED
from kexuestat.exceptions import InvalidInputError
from tests.naive.estimation import statistic as sorted_statistic
from tests.naive.estimation_bootstrap import leave_one_out

NUMPY = {
    "mean": np.mean,
    "var0": np.var,
    "var1": lambda a: np.var(a, ddof=1),
    "std0": np.std,
    "std1": lambda a: np.std(a, ddof=1),
    "skew": lambda a: stats.skew(a - np.median(a)),
    "kurtosis": lambda a: stats.kurtosis(a - np.median(a)),
    "geometric_mean": stats.gmean,
    **{name: (lambda a, name=name: sorted_statistic(name, a)) for name in ("median", "min", "max", "iqr")},
    **{name: (lambda a, name=name: sorted_statistic(name, a)) for name in ("trimmed_mean", "mad", "gini")},
    **{name: (lambda a, name=name: sorted_statistic(name, a)) for name in ("midrange", "range")},
}
SAMPLES = {
    "odd": np.random.default_rng(1).lognormal(size=31),
    "even": np.random.default_rng(2).lognormal(size=30),
    "ties": np.random.default_rng(3).integers(1, 5, size=25).astype(float),
    "outlier": np.append(np.random.default_rng(4).lognormal(size=20), 1e8),
    "far": np.random.default_rng(5).integers(0, 50, size=24) + 1e9,
}


@pytest.mark.parametrize("sample", SAMPLES)
@pytest.mark.parametrize("name", NUMPY)
def test_closed_forms_equal_deletion(name, sample):
    x = SAMPLES[sample]
    # numpy's own moments are right to 1e-13 only; the closed forms are as good as a fresh computation
    tolerance = 1e-6 if sample == "far" and name in ("gini", "geometric_mean") else 1e-12
    np.testing.assert_allclose(
        Jackknife(name).fit(x).replicates_, leave_one_out(NUMPY[name], x), rtol=tolerance, atol=1e-12
    )


@pytest.mark.parametrize("name", ["corr", "slope", "ratio"])
def test_closed_forms_of_pairs_equal_deletion(name, rng):
    x = rng.normal(size=20) + 4
    y = x + rng.normal(size=20)
    function = {
        "corr": lambda a, b: np.corrcoef(a, b)[0, 1],
        "slope": lambda a, b: np.polyfit(a, b, 1)[0],
        "ratio": lambda a, b: a.mean() / b.mean(),
    }[name]
    np.testing.assert_allclose(Jackknife(name).fit(x, y).replicates_, leave_one_out(function, x, y), rtol=1e-12)


def test_every_single_sample_name_has_a_closed_form_tested_here():
    assert set(NUMPY) == set(NAMED) - {"corr", "slope", "ratio", "std_unbiased"}


def test_bias_corrected_var0_is_var1(rng):
    x = rng.normal(size=17)
    np.testing.assert_allclose(Jackknife("var0").fit(x).corrected_, np.var(x, ddof=1), rtol=1e-13)


def test_variance_of_the_mean_and_its_identities(rng):
    x = rng.normal(size=17)
    for statistic in ("mean", "std1", lambda a: np.log(np.abs(a)).mean()):
        fitted = Jackknife(statistic).fit(x)
        np.testing.assert_allclose(fitted.influence_.sum(), 0.0, atol=1e-11)
        np.testing.assert_allclose(fitted.pseudo_values_.mean(), fitted.corrected_, rtol=1e-12)
    np.testing.assert_allclose(Jackknife("mean").fit(x).variance_, np.var(x, ddof=1) / 17, rtol=1e-13)


def test_infinitesimal_jackknife_is_the_limit_of_delete_one(rng):
    x = rng.normal(size=400)
    for name in ("mean", "std0", "skew"):
        small = Jackknife(name, kind="infinitesimal").fit(x)
        single = Jackknife(name).fit(x)
        np.testing.assert_allclose(small.std_error_, single.std_error_, rtol=0.15)
    np.testing.assert_allclose(Jackknife("mean", kind="infinitesimal").fit(x).variance_, np.var(x) / 400, rtol=1e-8)


def test_delete_one_is_delete_d_for_d_one_and_groups_of_one(rng):
    x = rng.normal(size=9)
    single = Jackknife("std1").fit(x)
    subsets = Jackknife("std1", kind="delete-d", d=1).fit(x)
    grouped = Jackknife("std1", kind="grouped", groups=np.arange(9)).fit(x)
    for other in (subsets, grouped):
        np.testing.assert_allclose(other.variance_, single.variance_, rtol=1e-12)
        np.testing.assert_allclose(other.bias_, single.bias_, rtol=1e-9)


def test_delete_d_makes_the_median_consistent_where_delete_one_does_not(rng):
    x = rng.normal(size=60)
    truth = np.sqrt(np.pi / 2 / 60)
    many = Jackknife("median", kind="delete-d", d=30, random_state=0).fit(x)
    assert 0.4 * truth < many.std_error_ < 2.0 * truth
    assert many.std_error_mcse_ > 0


def test_unequal_groups_have_the_variance_of_the_mean(rng):
    x = rng.normal(size=200)
    groups = np.repeat(np.arange(20), rng.multinomial(180, np.full(20, 0.05)) + 1)
    fitted = Jackknife("mean", kind="grouped", groups=groups).fit(x)
    np.testing.assert_allclose(fitted.std_error_, x.std() / np.sqrt(200), rtol=0.5)
    np.testing.assert_allclose(fitted.bias_, 0.0, atol=1e-14)


def test_subset_reports_its_extra_error(rng):
    x = rng.normal(size=500)
    whole = Jackknife(np.std).fit(x)
    part = Jackknife(np.std, subset=100, random_state=0).fit(x)
    assert len(part.replicates_) == 100
    assert abs(part.std_error_ - whole.std_error_) < 4 * part.std_error_mcse_
    assert whole.std_error_mcse_ == 0.0


def test_jobs_and_function_agree(rng):
    x = rng.normal(size=40)
    one = Jackknife(np.median).fit(x)
    np.testing.assert_array_equal(Jackknife(np.median, n_jobs=2).fit(x).replicates_, one.replicates_)
    np.testing.assert_array_equal(jackknife_estimate(x, np.median).influence, one.influence_)


def test_vector_statistics(rng):
    X = rng.normal(size=(12, 3))
    np.testing.assert_allclose(Jackknife("mean").fit(X).std_error_, X.std(axis=0, ddof=1) / np.sqrt(12), rtol=1e-12)
    assert Jackknife(lambda a: a.mean(axis=0)).fit(X).influence_.shape == (3, 12)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"kind": "delete"}, "Did you mean 'delete-"),
        ({"kind": "delete-d"}, "needs d"),
        ({"kind": "delete-d", "d": 5}, "d must be at most 4, got 5"),
        ({"kind": "grouped"}, "needs groups"),
        ({"kind": "grouped", "groups": [0] * 5}, "at least 2 groups"),
        ({"kind": "grouped", "groups": [0] * 4}, "one label per observation"),
        ({"kind": "infinitesimal", "statistic": np.mean}, "must take an argument 'weights'"),
    ],
)
def test_bad_input_is_named(parameters, message):
    with pytest.raises(InvalidInputError, match=message):
        Jackknife(**parameters).fit([1.0, 2.0, 4.0, 5.0, 9.0])
