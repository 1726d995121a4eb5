"""The bootstrap: exact enumeration, identities, intervals, schemes, degenerate data."""

import pickle
import warnings

import numpy as np
import pytest
import scipy.stats as stats
from sklearn.base import clone

from kexuestat.estimation import Bootstrap, bootstrap_interval
from kexuestat.estimation.named import NAMED
from kexuestat.exceptions import EstimationWarning, InvalidInputError
from tests.naive.estimation_bootstrap import STATISTICS, all_resamples

SINGLE = [name for name in NAMED if name not in ("corr", "slope", "ratio")]
SMALL = 199


@pytest.fixture
def x(rng):
    return rng.lognormal(size=30)


@pytest.mark.slow
@pytest.mark.parametrize("name", STATISTICS)
@pytest.mark.parametrize("n", [4, 5])
def test_monte_carlo_agrees_with_all_resamples(name, n, rng):
    x = rng.normal(size=n)
    truth = STATISTICS[name](all_resamples(x), axis=1)
    boot = Bootstrap(name, interval="percentile", n_resamples=4000, random_state=0).fit(x)
    error = truth.std() / np.sqrt(4000)
    np.testing.assert_allclose(boot.replicates_.mean(), truth.mean(), atol=5 * error)
    spread = np.sqrt((stats.kurtosis(truth, fisher=False) - 1) / 4000) / 2 * truth.std()
    np.testing.assert_allclose(boot.std_error_, truth.std(), atol=5 * spread)
    for point in np.unique(np.round(truth, 9))[::7]:
        share = np.mean(truth <= point + 1e-9)
        tolerance = 5 * np.sqrt(share * (1 - share) / 4000) + 1e-12
        np.testing.assert_allclose(np.mean(boot.replicates_ <= point + 1e-9), share, atol=tolerance)


@pytest.mark.slow
@pytest.mark.parametrize("name", SINGLE)
@pytest.mark.parametrize("n", [30, 100])
def test_fused_replicates_have_the_law_of_row_by_row_ones(name, n, rng):
    from kexuestat.estimation.evaluators import named_evaluator
    from kexuestat.estimation.schemes import Plan

    evaluator = named_evaluator(name, rng.lognormal(size=n), None)
    fused = evaluator.fused(3, 0, 2000, n)[:, 0]
    rows = evaluator.on_rows(Plan("multinomial", n, 4, n).rows(0, 2000))[:, 0]
    assert stats.ks_2samp(fused, rows).pvalue > 1e-3


@pytest.mark.slow
@pytest.mark.parametrize("name", ["mean", "std1", "median", "skew", "mad", "gini"])
def test_bca_agrees_with_scipy(name, x):
    functions = {
        "mean": np.mean,
        "std1": lambda a: np.std(a, ddof=1),
        "median": np.median,
        "skew": stats.skew,
        "mad": lambda a: stats.median_abs_deviation(a, scale="normal"),
        "gini": lambda a: np.abs(a[:, None] - a).mean() / 2 / a.mean(),
    }
    ours = Bootstrap(name, n_resamples=3999, random_state=0).fit(x)
    theirs = stats.bootstrap((x,), functions[name], vectorized=False, n_resamples=3999, rng=np.random.default_rng(1))
    gap = np.abs(ours.confidence_interval_ - theirs.confidence_interval)
    assert (gap <= 6 * ours.interval_mcse_ + 0.03 * ours.std_error_).all()


@pytest.mark.slow
def test_pairs_agree_with_scipy(x, rng):
    y = x + rng.normal(size=30)
    for name, function in (
        ("corr", lambda a, b: np.corrcoef(a, b)[0, 1]),
        ("slope", lambda a, b: np.polyfit(a, b, 1)[0]),
        ("ratio", lambda a, b: a.mean() / b.mean()),
    ):
        ours = Bootstrap(name, n_resamples=1999, random_state=0).fit(x, y)
        theirs = stats.bootstrap(
            (x, y), function, paired=True, vectorized=False, n_resamples=1999, rng=np.random.default_rng(1)
        )
        gap = np.abs(ours.confidence_interval_ - theirs.confidence_interval)
        assert (gap <= 7 * ours.interval_mcse_ + 0.03 * ours.std_error_).all()
        two_columns = Bootstrap(name, n_resamples=1999, random_state=0).fit(np.column_stack([x, y]))
        np.testing.assert_array_equal(two_columns.replicates_, ours.replicates_)


def test_all_intervals_come_from_one_pass(x):
    kinds = ["bca", "percentile", "basic", "normal", "t", "abc"]
    boot = Bootstrap("mean", interval=kinds, random_state=0, n_resamples=999).fit(x)
    for kind in kinds:
        alone = Bootstrap("mean", interval=kind, random_state=0, n_resamples=999).fit(x)
        np.testing.assert_allclose(boot.intervals_[kind], alone.confidence_interval_, rtol=1e-13)
    assert set(boot.intervals_mcse_) == set(kinds)


def test_bca_without_bias_and_acceleration_is_percentile():
    from kexuestat.estimation import intervals

    levels = np.array([0.025, 0.5, 0.975])
    np.testing.assert_allclose(intervals.bca_levels(levels, 0.0, 0.0), levels, rtol=1e-14)


def test_percentile_interval_commutes_with_increasing_maps(x):
    plain = Bootstrap(np.mean, interval="percentile", random_state=0, n_resamples=999).fit(x)
    mapped = Bootstrap(lambda a: np.exp(np.mean(a)), interval="percentile", random_state=0, n_resamples=999).fit(x)
    # up to interpolation between neighbouring replicates
    np.testing.assert_allclose(np.log(mapped.confidence_interval_), plain.confidence_interval_, atol=2e-3)


@pytest.mark.slow
def test_bayesian_bootstrap_of_the_mean_has_its_closed_variance(x):
    boot = Bootstrap("mean", scheme="bayesian", interval="percentile", random_state=0).fit(x)
    truth = np.sqrt(np.var(x) / 31)
    np.testing.assert_allclose(boot.std_error_, truth, rtol=0.04)  # five standard errors of 9999 draws


def test_studentised_interval_of_the_mean_by_hand(x):
    boot = Bootstrap("mean", interval="t", random_state=0, n_resamples=1999).fit(x)
    by_hand = Bootstrap(
        lambda a: (a.mean(), a.std(ddof=1) / np.sqrt(len(a))), interval="t", random_state=1, n_resamples=1999
    ).fit(x)
    np.testing.assert_allclose(boot._run.errors_of_estimate[0], by_hand._run.errors_of_estimate[0], rtol=1e-12)
    gap = np.abs(boot.confidence_interval_ - by_hand.confidence_interval_)
    assert (gap < 5 * np.hypot(boot.interval_mcse_, by_hand.interval_mcse_)).all()


@pytest.mark.slow
@pytest.mark.parametrize("name", ["var0", "std1", "ratio", "slope"])
def test_standard_errors_in_the_pass_match_the_bootstrap(name, rng):
    x = rng.normal(size=(800, 2)) + 5
    X = x if name in ("ratio", "slope") else x[:, 0]
    boot = Bootstrap(name, interval="t", random_state=0, n_resamples=999).fit(X)
    np.testing.assert_allclose(boot._run.errors_of_estimate[0], boot.std_error_, rtol=0.15)


@pytest.mark.slow
def test_monte_carlo_error_of_the_interval_matches_repeated_runs(x):
    runs = [Bootstrap("mean", n_resamples=999, random_state=s).fit(x) for s in range(60)]
    spread = np.std([r.confidence_interval_ for r in runs], axis=0, ddof=1)
    claimed = np.mean([r.interval_mcse_ for r in runs], axis=0)
    # z0 varies too, which the density formula leaves out
    assert (claimed > 0.5 * spread).all()
    assert (claimed < 1.6 * spread).all()


@pytest.mark.slow
def test_jackknife_after_bootstrap_is_near_the_spread_over_new_data():
    rng = np.random.default_rng(5)
    runs = [
        Bootstrap("mean", interval="percentile", n_resamples=999, random_state=0).fit(rng.normal(size=40))
        for _ in range(40)
    ]
    spread = np.std([r.confidence_interval_ for r in runs], axis=0, ddof=1)
    claimed = np.mean([r.interval_jab_se_ for r in runs[:10]], axis=0)
    np.testing.assert_allclose(claimed, spread, rtol=0.6)


@pytest.mark.slow
def test_jackknife_after_bootstrap_follows_the_scheme(rng):
    x = rng.normal(size=60)
    error = Bootstrap("mean", interval="percentile", n_resamples=1999, random_state=0).fit(x).interval_jab_se_
    for scheme in ("poisson", "strata", "cluster"):
        boot = Bootstrap("mean", scheme=scheme, interval="percentile", n_resamples=1999, random_state=0)
        boot.fit(x, strata=np.zeros(60) if scheme == "strata" else None, groups=np.arange(60))
        np.testing.assert_allclose(boot.interval_jab_se_, error, rtol=0.3)
    pairs = Bootstrap("mean", scheme="cluster", interval="percentile", n_resamples=1999, random_state=0)
    pairs.fit(np.repeat(x, 2), groups=np.repeat(np.arange(60), 2))  # twice the same rows know no more
    np.testing.assert_allclose(pairs.interval_jab_se_, error, rtol=0.3)
    for scheme in ("bayesian", "smooth", "parametric", "exact"):
        boot = Bootstrap("median", scheme=scheme, interval="percentile", n_resamples=99, random_state=0).fit(x)
        with pytest.raises(InvalidInputError, match="interval_jab_se_ needs a scheme that leaves rows out"):
            _ = boot.interval_jab_se_


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["poisson", "bayesian", "block", "circular", "stationary", "without_replacement"])
def test_schemes_estimate_the_standard_error_of_the_mean(scheme, rng):
    x = rng.normal(size=300)
    boot = Bootstrap("mean", scheme=scheme, interval="percentile", n_resamples=1999, random_state=0).fit(x)
    np.testing.assert_allclose(boot.std_error_, x.std(ddof=1) / np.sqrt(300), rtol=0.25)


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["smooth", "parametric"])
def test_new_values_estimate_the_standard_error_of_the_mean(scheme, rng):
    x = rng.normal(size=50)
    boot = Bootstrap("mean", scheme=scheme, interval="percentile", n_resamples=999, random_state=0).fit(x)
    np.testing.assert_allclose(boot.std_error_, x.std(ddof=1) / np.sqrt(50), rtol=0.2)


def test_a_callable_scheme_is_a_parametric_law(x):
    boot = Bootstrap(
        "mean", scheme=lambda generator, size: generator.exponential(2.0, size), interval="percentile",
        n_resamples=999, random_state=0,
    ).fit(x)  # fmt: skip
    np.testing.assert_allclose(boot.replicates_.mean(), 2.0, rtol=0.05)


@pytest.mark.slow
def test_block_schemes_see_dependence(rng):
    noise = rng.normal(size=1000)
    x = np.empty(1000)
    x[0] = noise[0]
    for i in range(1, 1000):
        x[i] = 0.7 * x[i - 1] + noise[i]
    truth = 1 / 0.3 / np.sqrt(1000)
    for scheme in ("block", "circular", "stationary"):
        boot = Bootstrap(
            "mean", scheme=scheme, block_length="auto", interval="percentile", n_resamples=999, random_state=0
        ).fit(x)
        assert 0.6 * truth < boot.std_error_ < 1.4 * truth


@pytest.mark.slow
def test_clusters_are_drawn_whole(rng):
    effects = np.repeat(rng.normal(size=40), 5)
    boot = Bootstrap("mean", scheme="cluster", n_resamples=999, random_state=0)
    boot.fit(effects, groups=np.repeat(np.arange(40), 5))
    np.testing.assert_allclose(boot.std_error_, effects[::5].std() / np.sqrt(40), rtol=0.15)


@pytest.mark.slow
def test_strata_keep_their_sizes(rng):
    x = np.concatenate([rng.normal(0, 1, 40), rng.normal(100, 1, 60)])
    labels = np.repeat([0, 1], [40, 60])
    boot = Bootstrap("mean", scheme="strata", n_resamples=999, random_state=0).fit(x, strata=labels)
    assert boot.std_error_ < 0.2
    difference = Bootstrap(
        lambda v, s: v[s == 1].mean() - v[s == 0].mean(), scheme="strata", n_resamples=999, random_state=0
    )
    difference.fit(x, labels, strata=labels)
    np.testing.assert_allclose(difference.estimate_, 100, atol=1)
    np.testing.assert_allclose(difference.std_error_, np.sqrt(1 / 40 + 1 / 60), rtol=0.25)


def test_one_row_stratum_stays_fixed_with_one_warning(x):
    with pytest.warns(EstimationWarning, match="1 strata have one row") as caught:
        Bootstrap("mean", scheme="strata", n_resamples=99, random_state=0).fit(x, strata=[0] * 29 + [1])
    assert len(caught) == 1


def test_whole_sample_weights_scale_like_repeated_data(rng):
    x, weights = rng.normal(size=12), rng.integers(1, 4, size=12)
    for name in ("mean", "median"):
        boot = Bootstrap(name, n_resamples=99, interval="percentile", random_state=0).fit(x, sample_weight=weights)
        expected = np.average(x, weights=weights) if name == "mean" else boot.estimate_
        np.testing.assert_allclose(boot.estimate_, expected, rtol=1e-13)


def test_vector_statistics_work_with_every_interval(rng):
    X = rng.normal(size=(25, 3))
    for statistic in ("mean", lambda a: a.mean(axis=0), np.mean):
        boot = Bootstrap(statistic, interval=["bca", "percentile", "basic", "normal"], n_resamples=199, random_state=0)
        boot.fit(X)
        assert boot.confidence_interval_.shape == (3, 2)
        assert boot.replicates_.shape == (3, 199)
        alone = statistic if isinstance(statistic, str) else np.mean
        columns = [Bootstrap(alone, n_resamples=199, random_state=0).fit(X[:, j]) for j in range(3)]
        np.testing.assert_allclose(boot.confidence_interval_, [c.confidence_interval_ for c in columns], rtol=1e-10)


@pytest.mark.parametrize("n", [12, 100])
def test_columns_of_one_fit_are_the_fits_of_the_columns(n, rng):
    X = rng.lognormal(size=(n, 3))
    for name in ("mean", "std1"):
        boot = Bootstrap(name, interval=["t", "bca"], n_resamples=199, random_state=1).fit(X)
        for j in range(3):
            alone = Bootstrap(name, interval=["t", "bca"], n_resamples=199, random_state=1).fit(X[:, j])
            np.testing.assert_array_equal(boot.replicates_[j], alone.replicates_)
            np.testing.assert_array_equal(boot.intervals_["t"][j], alone.intervals_["t"])


@pytest.mark.parametrize("jobs", [1, 2, 3])
def test_same_bits_for_any_number_of_jobs_and_batch_size(jobs, x):
    for statistic in ("mean", "std1", "median", "mad", np.mean, lambda a: np.median(a)):
        base = Bootstrap(statistic, n_resamples=SMALL, random_state=7).fit(x)
        other = Bootstrap(statistic, n_resamples=SMALL, random_state=7, n_jobs=jobs, max_memory_mb=0.01).fit(x)
        np.testing.assert_array_equal(base.replicates_, other.replicates_)
        np.testing.assert_array_equal(base.confidence_interval_, other.confidence_interval_)


@pytest.mark.parametrize("statistic", ["mean", "median", "trimmed_mean", np.median])
def test_a_short_run_is_the_beginning_of_a_long_one(statistic, x):
    short = Bootstrap(statistic, n_resamples=100, random_state=3).fit(x)
    long = Bootstrap(statistic, n_resamples=300, random_state=3).fit(x)
    np.testing.assert_array_equal(short.replicates_, long.replicates_[:100])


def test_pickle_and_clone_keep_the_result(x):
    boot = Bootstrap("std1", n_resamples=SMALL, random_state=3).fit(x)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(boot)).interval_jab_se_, boot.interval_jab_se_)
    np.testing.assert_array_equal(clone(boot).fit(x).replicates_, boot.replicates_)


def test_fresh_entropy_is_stored_and_repeats_the_run(x):
    boot = Bootstrap("mean", n_resamples=SMALL).fit(x)
    again = Bootstrap("mean", n_resamples=SMALL, random_state=boot.seed_).fit(x)
    np.testing.assert_array_equal(boot.replicates_, again.replicates_)


def test_function_and_class_agree(x):
    result = bootstrap_interval(x, "var1", n_resamples=SMALL, random_state=3)
    fitted = Bootstrap("var1", n_resamples=SMALL, random_state=3).fit(x)
    np.testing.assert_array_equal(result.confidence_interval, fitted.confidence_interval_)


@pytest.mark.parametrize("kind", ["bca", "percentile", "basic", "normal", "t"])
@pytest.mark.parametrize("n", [2, 5])
def test_constant_data_give_a_point_without_a_warning(kind, n):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        boot = Bootstrap("mean", interval=kind, n_resamples=99, random_state=0).fit(np.full(n, 0.1))
    np.testing.assert_array_equal(boot.confidence_interval_, [0.1, 0.1])
    assert boot.std_error_ == 0.0
    if kind == "bca":
        assert boot.acceleration_ == 0.0
        assert boot.z0_ == 0.0


def test_one_sided_replicates_follow_the_rule(x):
    with pytest.warns(EstimationWarning, match="percentile ends are given") as caught:
        boot = _one_sided("percentile", x)
    assert len(caught) == 1
    assert boot.degenerate_
    assert np.isfinite(boot.confidence_interval_).all()
    assert np.isnan(_one_sided("nan", x).confidence_interval_).all()
    with pytest.raises(InvalidInputError, match="BCa does not exist"):
        _one_sided("raise", x)


def _one_sided(rule, x):
    """A statistic that is largest on the data themselves."""
    return Bootstrap(lambda a: float(len(np.unique(a))), n_resamples=99, random_state=0, degenerate=rule).fit(x)


def test_two_departures_are_said_in_one_warning(x):
    boot = Bootstrap(lambda a: float(len(np.unique(a))), scheme="strata", n_resamples=99, random_state=0)
    with pytest.warns(EstimationWarning, match=r"1 strata have one row.*percentile ends are given") as caught:
        boot.fit(x, strata=[0] * 29 + [1])
    assert len(caught) == 1
    assert caught[0].filename == __file__


def test_no_influence_is_no_acceleration_and_a_pole_of_bca_is_no_interval():
    from kexuestat.estimation import intervals

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        boot = Bootstrap("median", n_resamples=999, random_state=0).fit([1.0, 2.0, 2.0, 2.0, 3.0])
    assert boot.acceleration_ == 0.0
    assert boot.std_error_ > 0.0
    assert intervals.bca_levels([0.025, 0.975], 0.0, 0.9) is None


def test_failed_replicates_are_dropped_and_counted():
    x = np.array([0.0, 0.0, 0.0, 1.0, 2.0])
    boot = Bootstrap("skew", interval="percentile", n_resamples=999, random_state=0).fit(x)
    assert 0 < boot.n_failed_ < 499
    assert len(boot.replicates_) == 999 - boot.n_failed_

    def fragile(a):
        if a[0] == 2.0:
            raise RuntimeError("no luck")
        return a.mean()

    boot = Bootstrap(fragile, interval="percentile", n_resamples=999, random_state=0).fit(x)
    assert 0 < boot.n_failed_ < 499


def test_more_than_half_failed_names_the_first_replicate(x):
    def hopeless(a):
        if a is not x and len(np.unique(a)) < 30:
            raise RuntimeError("no luck")
        return a.mean()

    with pytest.raises(InvalidInputError, match=r"failed on 99 of 99; the first is replicate 0 under seed 4 .*no luck"):
        Bootstrap(hopeless, n_resamples=99, random_state=4).fit(x)


@pytest.mark.parametrize(
    ("parameters", "fit", "message"),
    [
        ({}, {"X": [1.0]}, "at least 2 observations"),
        ({"confidence_level": 1.0}, {}, r"confidence_level must be in \(0, 1\)"),
        ({"n_resamples": 39}, {}, r"n_resamples must be at least 2 / \(1 - confidence_level\) = 40, got 39"),
        ({"statistic": "meen"}, {}, "Did you mean 'mean'"),
        ({"interval": "bc"}, {}, "interval must be one of"),
        ({"interval": []}, {}, "at least one kind"),
        ({"interval": "t", "statistic": "median"}, {}, "interval 't' needs a standard error, which 'median' has not"),
        ({"interval": "t", "statistic": np.median}, {}, r"returns \(value, standard error\)"),
        ({"interval": "abc", "statistic": "median"}, {}, "needs a statistic smooth in the weights"),
        ({"interval": "abc", "statistic": np.mean}, {}, "must take an argument 'weights'"),
        ({"scheme": "cluster"}, {}, "scheme 'cluster' needs groups"),
        ({"scheme": "cluster"}, {"groups": np.zeros(30)}, "at least 2 groups"),
        ({"scheme": "block", "block_length": 31}, {}, "block_length must be at most 30, got 31"),
        ({"scheme": "exact"}, {}, "interval must be 'normal' for scheme 'exact' with statistic 'mean'"),
        ({"scheme": "exact", "statistic": "var0"}, {}, "a fixed linear combination of the ordered sample"),
        ({"scheme": "exact", "statistic": "geometric_mean"}, {}, "a fixed linear combination of the ordered sample"),
        ({"scheme": "exact", "statistic": np.median}, {"X": np.ones((5, 2))}, "a callable for X of one column only"),
        ({"scheme": "exact"}, {"sample_weight": np.ones(30)}, "neither sample_weight nor y"),
        ({"scheme": "poisson", "statistic": np.mean}, {}, "must take an argument 'weights'"),
        ({}, {"sample_weight": -np.ones(30)}, r"sample_weight must be non-negative, got sample_weight\[0\] = -1.0"),
        ({}, {"sample_weight": np.zeros(30)}, "sample_weight must not be all zero"),
        ({}, {"X": [1.0, np.nan, 2.0]}, r"must not hold NaN, got X\[1\] = nan"),
        ({"nan_policy": "omit"}, {"X": [1.0, np.inf, 2.0]}, "must be finite"),
        ({"statistic": "corr"}, {}, "needs pairs"),
        ({"statistic": "geometric_mean"}, {"X": [1.0, -1.0, 2.0]}, "must be positive"),
        ({"max_memory_mb": 0}, {}, "max_memory_mb"),
        ({"random_state": -1}, {}, "random_state"),
    ],
)
def test_bad_input_is_named_before_any_work(parameters, fit, message, x):
    with pytest.raises(InvalidInputError, match=message):
        Bootstrap(**parameters).fit(**{"X": x, **fit})


def test_nan_policies(x):
    holes = np.append(x, np.nan)
    omitted = Bootstrap("mean", nan_policy="omit", n_resamples=99, random_state=0).fit(holes)
    np.testing.assert_array_equal(
        omitted.replicates_, Bootstrap("mean", n_resamples=99, random_state=0).fit(x).replicates_
    )
    spread = Bootstrap("mean", nan_policy="propagate", n_resamples=99, random_state=0).fit(holes)
    assert np.isnan(spread.estimate_)
    assert np.isnan(spread.confidence_interval_).all()


@pytest.mark.slow
def test_python_callables_stay_within_their_memory(rng):
    import tracemalloc

    X = rng.normal(size=(200_00, 1))[:, 0]
    tracemalloc.start()
    Bootstrap(np.var, n_resamples=60, confidence_level=0.9, interval="percentile", max_memory_mb=2, random_state=0).fit(
        X
    )
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8 * 2**20


@pytest.mark.slow
@pytest.mark.parametrize(("statistic", "n_resamples", "interval"), [("mean", 499, "bca"), (np.var, 60, "percentile")])
def test_a_million_rows_fit_in_memory(statistic, n_resamples, interval, rng):
    import tracemalloc

    x = rng.normal(size=10**6)
    boot = Bootstrap(statistic, n_resamples=n_resamples, interval=interval, confidence_level=0.9, random_state=0)
    tracemalloc.start()
    boot.fit(x)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 160 * 2**20  # an array of all resamples would take 480 MB and more


@pytest.mark.parametrize("name", ["mean", "median", "std_unbiased", "max"])
def test_resamples_without_any_weight_are_dropped(name):
    boot = Bootstrap(name, scheme="poisson", interval="percentile", n_resamples=199, random_state=0).fit(
        [1.0, 2.0, 4.0]
    )
    assert 0 < boot.n_failed_ < 99
    assert np.isfinite(boot.replicates_).all()
