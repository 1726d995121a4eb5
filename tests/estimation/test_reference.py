"""Every case of the reference file that has a direct public call."""

import numpy as np
import pytest

from kexuestat import estimation as ks


def _cases(reference, section):
    return reference("estimation")["sections"][section]["cases"]


def test_c4(reference):
    for case in _cases(reference, "c4"):
        truth = float(case["expect"]["value"])
        assert abs(ks.c4(case["input"]["n"]) - truth) <= 4 * np.spacing(truth)


@pytest.mark.parametrize("section", ["expected_normal_max", "d2"])
def test_expected_extremes(reference, section):
    for case in _cases(reference, section):
        value = getattr(ks, section)(case["input"]["n"])
        np.testing.assert_allclose(value, float(case["expect"]["value"]), rtol=1e-12)


def test_median_variance(reference):
    for case in _cases(reference, "normal_median_variance"):
        n = case["input"]["n"]
        value = ks.order_statistic_moments(n, (n + 1) // 2)[1]
        np.testing.assert_allclose(value, float(case["expect"]["value"]), rtol=1e-12)


def test_unbiased_moments(reference):
    for case in _cases(reference, "kstat"):
        x, expect = [float(v) for v in case["input"]["x"]], case["expect"]
        for order in range(1, 7):
            np.testing.assert_allclose(ks.kstat(x, order), float(expect[f"k{order}"]), rtol=1e-12)
        np.testing.assert_allclose(ks.hstat(x, 4), float(expect["h4"]), rtol=1e-12)
        np.testing.assert_allclose(ks.kstatvar(x, 2), float(expect["var_k2"]), rtol=1e-12)


def test_random_angle(reference):
    for case in _cases(reference, "random_angle"):
        angle = ks.RandomAngle(case["input"]["n"])
        found = {
            "pdf_half_pi": angle.pdf(np.pi / 2),
            "pdf_1": angle.pdf(1.0),
            "cdf_1_5": angle.cdf(1.5),
            "cdf_1": angle.cdf(1.0),
            "var": angle.var(),
            "mean_abs_cosine": angle.mean_abs_cosine(),
            "var_cosine": angle.var_cosine(),
        }
        assert set(found) == set(case["expect"])
        for field, value in case["expect"].items():
            np.testing.assert_allclose(found[field], float(value), rtol=1e-12, err_msg=field)


def test_arc_probability(reference):
    for case in _cases(reference, "arc_probability"):
        value = ks.arc_probability(case["input"]["n"], float(case["input"]["fraction"]))
        np.testing.assert_allclose(value, float(case["expect"]["value"]), rtol=1e-12)


def test_james_stein_risk(reference):
    for case in _cases(reference, "james_stein_risk"):
        value = ks.james_stein_risk(case["input"]["p"], float(case["input"]["theta_sq"]))
        np.testing.assert_allclose(value, float(case["expect"]["value"]), rtol=1e-12)


def test_olkin_pratt(reference):
    for case in _cases(reference, "olkin_pratt"):
        value = ks.olkin_pratt(float(case["input"]["r"]), case["input"]["n"])
        np.testing.assert_allclose(value, float(case["expect"]["value"]), rtol=1e-12)


@pytest.mark.slow
def test_gradient_estimators(reference):
    for case in _cases(reference, "gradient_estimators"):
        mu, sigma = float(case["input"]["mu"]), float(case["input"]["sigma"])
        found = ks.compare_gradient_estimators(lambda z: z**2, lambda z: 2 * z, mu, sigma, random_state=0)
        for field in ("score_variance", "pathwise_variance"):
            error = getattr(found, f"{field}_mcse")
            assert abs(getattr(found, field) - float(case["expect"][field])) < 5 * error


FAMILIES = {
    "normal_var0": ("normal", 1.0, lambda n: {"": "var0"}),
    "normal_std1": ("normal", 1.0, lambda n: {"": "std1"}),
    "uniform_max": (
        "uniform",
        1.0,
        lambda n: {
            "": "max",
            "_scaled_max": lambda x, axis=-1: (n + 1) / n * x.max(axis),
            "_twice_mean": lambda x, axis=-1: 2 * x.mean(axis),
        },
    ),
    "poisson_zero_probability": (
        "poisson",
        np.exp(-1.0),
        lambda n: {
            "": lambda x, axis=-1: np.exp(-x.mean(axis)),
            "_umvue": lambda x, axis=-1: (1 - 1 / n) ** x.sum(axis),
        },
    ),
    "exponential_rate_mle": (
        "exponential",
        1.0,
        lambda n: {"": lambda x, axis=-1: 1 / x.mean(axis), "_umvue": lambda x, axis=-1: (n - 1) / n / x.mean(axis)},
    ),
}


@pytest.mark.slow
def test_estimator_truths(reference):
    for case in _cases(reference, "estimator_truth"):
        n = case["input"]["n"]
        sampler, truth, estimators = FAMILIES[case["input"]["family"]]
        bound = float(case["expect"].get("crlb", "nan"))
        information = None if np.isnan(bound) else 1 / (n * bound)
        fit = ks.EstimatorDiagnostics(
            list(estimators(n).values()), sampler=sampler, truth=truth, n_samples=n, n_replicates=20_000,
            fisher_information=information, random_state=4,
        ).fit()  # fmt: skip
        for field, value in case["expect"].items():
            measure, _, suffix = field.partition("_")
            if measure == "crlb":
                np.testing.assert_allclose(fit.crlb_, float(value))
                continue
            j = list(estimators(n)).index(f"_{suffix}" if suffix else "")
            gap = abs(getattr(fit, f"{measure}_")[j] - float(value))
            assert gap < 5 * getattr(fit, f"{measure}_mcse_")[j], (case["key"], field)


def test_no_section_of_the_file_is_left_out(reference):
    tested = {
        "c4", "expected_normal_max", "d2", "normal_median_variance", "random_angle", "arc_probability", "kstat",
        "estimator_truth", "james_stein_risk", "olkin_pratt", "gradient_estimators",
    }  # fmt: skip
    assert set(reference("estimation")["sections"]) == tested
