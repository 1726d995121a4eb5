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
