"""Unbiased moments: exact expectations over all samples, no cancellation, known values."""

import itertools
import math
from fractions import Fraction

import numpy as np
import pytest

from kexuestat import estimation as ks
from kexuestat.estimation import cumulants
from kexuestat.exceptions import InvalidInputError

POINTS = (Fraction(0), Fraction(1), Fraction(5))
SHARES = (Fraction(1, 2), Fraction(1, 3), Fraction(1, 6))
DATA = [1, 2, 3, 4, 5, 6, 8, 13]


def _moment(r):
    return sum(p * x**r for p, x in zip(SHARES, POINTS))


def _cumulants(order):
    """κ_1 … κ_order by the recursion of moments and cumulants."""
    found = {}
    for r in range(1, order + 1):
        found[r] = _moment(r) - sum(math.comb(r - 1, j - 1) * found[j] * _moment(r - j) for j in range(1, r))
    return found


def _samples(n):
    """Yield every sample of size n by its counts, with its probability."""
    for first in range(n + 1):
        for second in range(n - first + 1):
            counts = (first, second, n - first - second)
            ways = math.factorial(n) // math.prod(math.factorial(c) for c in counts)
            share = ways * math.prod(p**c for p, c in zip(SHARES, counts))
            yield np.repeat([float(x) for x in POINTS], counts), float(share)


def _expectation(function, n):
    return math.fsum(share * function(sample) for sample, share in _samples(n))


KAPPA = _cumulants(8)
CENTRAL_4 = KAPPA[4] + 3 * KAPPA[2] ** 2


@pytest.mark.parametrize("order", range(1, 9))
@pytest.mark.parametrize("extra", [0, 1])
def test_kstat_has_the_cumulant_as_its_exact_mean(order, extra):
    mean = _expectation(lambda x: ks.kstat(x, order), order + extra)
    np.testing.assert_allclose(mean, float(KAPPA[order]), rtol=1e-11)


@pytest.mark.parametrize("orders", [(1, 1), (1, 2), (2, 2), (2, 3), (1, 1, 2), (4, 4), (2, 2, 2, 2), (1, 3, 4)])
def test_polykay_has_the_product_of_cumulants_as_its_exact_mean(orders):
    mean = _expectation(lambda x: ks.polykay(x, orders), sum(orders))
    np.testing.assert_allclose(mean, float(math.prod(KAPPA[r] for r in orders)), rtol=1e-10)


@pytest.mark.parametrize("order", [2, 3, 4])
def test_hstat_has_the_central_moment_as_its_exact_mean(order):
    centre = _moment(1)
    truth = sum(p * (x - centre) ** order for p, x in zip(SHARES, POINTS))
    np.testing.assert_allclose(_expectation(lambda x: ks.hstat(x, order), 6), float(truth), rtol=1e-12)


@pytest.mark.parametrize("order", [1, 2, 3, 4])
def test_kstatvar_has_the_variance_of_kstat_as_its_exact_mean(order):
    n = 2 * order + 1
    mean = _expectation(lambda x: ks.kstat(x, order), n)
    variance = _expectation(lambda x: (ks.kstat(x, order) - mean) ** 2, n)
    np.testing.assert_allclose(_expectation(lambda x: ks.kstatvar(x, order), n), variance, rtol=1e-11)


def test_optimal_var_has_least_mean_squared_error_among_multiples_of_the_sum_of_squares():
    n, truth = 6, float(KAPPA[2])
    excess = float(KAPPA[4] / KAPPA[2] ** 2)

    def error(factor):
        return _expectation(lambda x: (factor * ks.optimal_var(x, excess) - truth) ** 2, n)

    assert error(1.0) < min(error(0.999), error(1.001))


@pytest.mark.parametrize("order", range(2, 9))
@pytest.mark.parametrize("offset", [1e2, 1e4, 1e9])
@pytest.mark.parametrize("size", [10, 3000, 20000])
def test_kstat_does_not_change_when_whole_data_are_shifted(order, offset, size, rng):
    x = rng.poisson(3.0, size=size).astype(float)
    np.testing.assert_allclose(ks.kstat(x + offset, order), ks.kstat(x, order), rtol=1e-13)


def test_an_exact_zero_stays_zero_far_from_the_origin():
    assert ks.kstat(np.array([1.0, 2.0, 3.0]) + 1e9, 3) == 0.0
    assert ks.kstat(np.full(7, 1e9 + 1), 4) == 0.0


@pytest.mark.parametrize("order", range(1, 7))
def test_kstat_scales_with_the_power_of_its_order_without_overflow(order, rng):
    x = rng.normal(size=200)
    np.testing.assert_allclose(ks.kstat(x * 1e50, order), 1e50**order * ks.kstat(x, order), rtol=1e-12)


def test_doubles_and_fractions_agree(rng, monkeypatch):
    x = rng.gamma(2.0, size=500)
    exact = [ks.kstat(x, r) for r in range(2, 9)]
    monkeypatch.setattr(cumulants, "_EXACT_SIZE", {True: 0, False: 0})
    # cancellation between the terms of k8 costs three digits
    np.testing.assert_allclose([ks.kstat(x, r) for r in range(2, 9)], exact, rtol=1e-11)


def test_kstat_of_three_equals_scipy(rng):
    from scipy.stats import kstat

    x = rng.normal(size=40)
    np.testing.assert_allclose([ks.kstat(x, r) for r in range(1, 5)], [kstat(x, r) for r in range(1, 5)], rtol=1e-10)


def test_axis_and_nan_policy(rng):
    x = rng.normal(size=(5, 3, 4))
    by_hand = [[ks.kstat(x[:, j, k], 3) for k in range(4)] for j in range(3)]
    np.testing.assert_allclose(ks.kstat(x, 3, axis=0), by_hand)
    x[0, 0, 0] = np.nan
    with pytest.raises(InvalidInputError, match=r"must not hold NaN, got x\[0, 0\] = nan"):
        ks.kstat(x[:, :, 0].T)
    assert np.isnan(ks.kstat(x, 2, axis=0, nan_policy="propagate")[0, 0])
    np.testing.assert_allclose(ks.kstat(x, 2, axis=0, nan_policy="omit")[0, 0], ks.kstat(x[1:, 0, 0]))


def test_too_few_observations_are_named():
    with pytest.raises(InvalidInputError, match="at least 4 observations for kstat of order 4, got n_samples = 3"):
        ks.kstat([1, 2, 3], 4)
    with pytest.raises(InvalidInputError, match="must not be empty"):
        ks.kstat([])
    with pytest.raises(TypeError, match="must hold real numbers"):
        ks.kstat([1 + 2j, 3])


def test_frequency_weights_equal_repeated_data(rng):
    x, counts = rng.normal(size=8), rng.integers(1, 5, size=8)
    repeated = np.repeat(x, counts)
    np.testing.assert_allclose(ks.unbiased_var(x, counts, "frequency"), np.var(repeated, ddof=1))
    X = rng.normal(size=(8, 3))
    np.testing.assert_allclose(
        ks.unbiased_cov(X, counts, "frequency"), np.cov(np.repeat(X, counts, axis=0), rowvar=False)
    )


def test_reliability_weights_are_unbiased_for_equal_variances():
    weights = np.array([1.0, 2.0, 4.0])
    total = 0.0
    for picks in itertools.product(range(3), repeat=3):
        share = float(math.prod(SHARES[i] for i in picks))
        total += share * ks.unbiased_var([float(POINTS[i]) for i in picks], weights)
    np.testing.assert_allclose(total, float(KAPPA[2]), rtol=1e-13)


def test_negative_weights_are_refused_with_their_place():
    with pytest.raises(InvalidInputError, match=r"weights must be non-negative, got weights\[1\] = -1.0"):
        ks.unbiased_var([1, 2, 3], [1, -1, 1])
