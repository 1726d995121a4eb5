"""Robust statistics against all pairs, optimality and equivariance."""

import numpy as np
import pytest
from scipy.optimize import minimize

from kexuestat import estimation as ks
from kexuestat.exceptions import InvalidInputError
from tests.naive import estimation_robust as naive

PAIRS = {"sn": naive.sn, "qn": naive.qn, "hodges_lehmann": naive.hodges_lehmann}


@pytest.mark.parametrize("name", PAIRS)
@pytest.mark.parametrize("n", [*range(2, 14), 51, 100])
def test_pair_statistics_equal_all_pairs(name, n, rng):
    for x in (rng.normal(size=n), rng.integers(0, 4, size=n).astype(float), rng.standard_cauchy(n)):
        np.testing.assert_allclose(getattr(ks, name)(x), PAIRS[name](x), rtol=1e-14, atol=1e-14)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["mad", "sn", "qn"])
def test_scales_are_consistent_for_normal_data(name, rng):
    np.testing.assert_allclose(getattr(ks, name)(rng.normal(5.0, 3.0, size=40_000)), 3.0, rtol=0.03)


@pytest.mark.parametrize("name", ["mad", "sn", "qn", "hodges_lehmann"])
def test_statistics_follow_shift_and_scale(name, rng):
    x = rng.normal(size=31)
    value = getattr(ks, name)(x)
    moved = getattr(ks, name)(4.0 * x + 8.0)
    np.testing.assert_allclose(moved, 4.0 * value + (8.0 if name == "hodges_lehmann" else 0.0), rtol=1e-13)


def test_axis_and_nan(rng):
    x = rng.normal(size=(9, 3))
    np.testing.assert_allclose(ks.qn(x, axis=0), [ks.qn(column) for column in x.T])
    x[0, 0] = np.nan
    np.testing.assert_allclose(ks.sn(x, axis=0, nan_policy="omit")[0], ks.sn(x[1:, 0]))


@pytest.mark.parametrize("p", [2, 3, 5])
def test_geometric_median_is_stationary(p, rng):
    X, weights = rng.standard_cauchy((60, p)), rng.uniform(0.5, 2.0, 60)
    point = ks.geometric_median(X, weights)
    offsets = X - point
    pull = (weights[:, None] * offsets / np.linalg.norm(offsets, axis=1)[:, None]).sum(axis=0)
    np.testing.assert_allclose(pull, 0.0, atol=1e-9)


def test_geometric_median_at_a_data_point():
    X = np.array([[0.0, 0.0], [1.0, 0.0], [-1.0, 0.1], [0.0, 1.0], [0.1, -1.0]])
    np.testing.assert_array_equal(ks.geometric_median(X, [5, 1, 1, 1, 1]), [0.0, 0.0])
    start_on_point = np.array([[0.0, 0.0], [2.0, 0.0], [-2.0, 0.0], [0.0, 3.0], [0.0, -3.0]])
    np.testing.assert_allclose(ks.geometric_median(start_on_point), [0.0, 0.0], atol=1e-12)


def test_geometric_median_on_a_line_is_the_middle_of_the_flat_part():
    np.testing.assert_allclose(ks.geometric_median([0.0, 1.0, 5.0, 9.0]), [3.0])
    np.testing.assert_allclose(ks.geometric_median([[0, 0], [1, 1], [5, 5], [9, 9]]), [3.0, 3.0])
    np.testing.assert_allclose(ks.geometric_median(np.full((4, 2), 7.0)), [7.0, 7.0])


@pytest.mark.parametrize("alpha", [1.3, 1.5, 2.5, 4.0])
def test_alpha_mean_minimises_its_sum(alpha, rng):
    X = rng.normal(size=(30, 2))

    def height(y):
        return (((X - y) ** 2).sum(axis=1) ** (alpha / 2)).sum()

    best = minimize(height, X.mean(axis=0), method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-12})
    np.testing.assert_allclose(ks.alpha_mean(X, alpha), best.x, atol=1e-6)


def test_alpha_mean_joins_median_and_mean(rng):
    X = rng.normal(size=(21, 3))
    np.testing.assert_allclose(ks.alpha_mean(X, 2), X.mean(axis=0))
    np.testing.assert_allclose(ks.alpha_mean(X, 1), ks.geometric_median(X))
    np.testing.assert_allclose(ks.alpha_mean(X, 1.0001), ks.geometric_median(X), atol=1e-3)
    np.testing.assert_allclose(ks.coordinate_median(X), np.median(X, axis=0))


def test_unfinished_iterations_are_said(rng):
    from kexuestat.exceptions import ConvergenceWarning

    with pytest.warns(ConvergenceWarning, match="stopped after 1 steps"):
        ks.geometric_median(rng.normal(size=(10, 2)), max_iter=1)


def test_bad_input_is_named():
    with pytest.raises(InvalidInputError, match="at least 2 observations for qn"):
        ks.qn([1.0])
    with pytest.raises(InvalidInputError, match="alpha must be in"):
        ks.alpha_mean([1.0, 2.0], 0.5)
    with pytest.raises(InvalidInputError, match=r"weights must be non-negative"):
        ks.geometric_median([[0, 1], [1, 0]], [-1, 1])
