"""Constants of normal samples against many-digit arithmetic and identities."""

import mpmath
import numpy as np
import pytest

from kexuestat import estimation as ks
from kexuestat.exceptions import InvalidInputError


def _c4(n):
    with mpmath.workdps(60):
        m = mpmath.mpf(n)
        return mpmath.sqrt(2 / (m - 1)) * mpmath.exp(mpmath.loggamma(m / 2) - mpmath.loggamma((m - 1) / 2))


@pytest.mark.parametrize("n", [*range(2, 60), 341, 999, 1000, 1001, 10**5, 10**6, 10**9, 10**12, 10**15])
def test_c4_is_right_to_one_unit_in_the_last_place(n):
    truth = _c4(n)
    assert abs(ks.c4(n) - truth) <= np.spacing(ks.c4(n))
    with mpmath.workdps(60):
        assert abs(ks.one_minus_c4(n) / (1 - truth) - 1) < 1e-13


def test_c4_takes_arrays():
    np.testing.assert_array_equal(ks.c4([[2, 3], [3, 2]]), [[ks.c4(2), ks.c4(3)], [ks.c4(3), ks.c4(2)]])


def test_c4_needs_two_observations():
    with pytest.raises(InvalidInputError, match="n must be at least 2, got 1"):
        ks.c4(1)
    with pytest.raises(InvalidInputError, match=r"whole number, got 2\.5"):
        ks.c4(2.5)


@pytest.mark.parametrize("n", [10**4, 10**6, 10**9])
def test_expected_normal_max_is_right_for_large_samples(n):
    def tail(x):
        return -mpmath.expm1(n * mpmath.log1p(-mpmath.ncdf(-x)))

    truth = mpmath.quad(tail, [0, 2, 3, 4, 4.5, 5, 5.5, 6, 6.5, 7, 8, 10, 20])
    np.testing.assert_allclose(ks.expected_normal_max(n), float(truth), rtol=1e-13)


def test_normal_order_statistics_sum_to_zero_and_their_squares_to_n():
    found = [ks.order_statistic_moments(7, r) for r in range(1, 8)]
    np.testing.assert_allclose(sum(f.mean for f in found), 0.0, atol=1e-14)
    np.testing.assert_allclose(sum(f.variance + f.mean**2 for f in found), 7.0, rtol=1e-13)


def test_range_of_two_normals_has_its_closed_form():
    np.testing.assert_allclose(ks.d3(2), np.sqrt(2 - 4 / np.pi), rtol=1e-13)
    np.testing.assert_allclose(ks.d2(2), 2 / np.sqrt(np.pi), rtol=1e-15)


@pytest.mark.parametrize("distribution", ["uniform", "exponential"])
def test_closed_forms_of_order_statistics_match_simulation(distribution, rng):
    draw = {"uniform": rng.uniform, "exponential": rng.exponential}[distribution]
    third = np.sort(draw(size=(40_000, 5)), axis=1)[:, 2]
    mean, variance = ks.order_statistic_moments(5, 3, distribution)
    # five standard errors of 40 000 draws
    np.testing.assert_allclose(third.mean(), mean, atol=5 * np.sqrt(variance / 40_000))
    np.testing.assert_allclose(third.var(), variance, rtol=0.1)


def test_unbiased_std_divides_by_c4(rng):
    x = rng.normal(size=6)
    np.testing.assert_allclose(ks.unbiased_std(x), np.std(x, ddof=1) / ks.c4(6), rtol=1e-14)
