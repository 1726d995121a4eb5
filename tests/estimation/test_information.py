"""Entropy, U-statistics, L-moments, correlation, shrinkage, contrastive densities, pointwise mutual information."""

import itertools
import math

import numpy as np
import pytest
import scipy.stats as stats
from scipy import sparse

from kexuestat import estimation as ks
from kexuestat.exceptions import InvalidInputError


def test_plugin_entropy_and_its_corrections(rng):
    counts = np.array([3, 0, 5, 2])
    np.testing.assert_allclose(ks.entropy(counts), stats.entropy(counts), rtol=1e-14)
    np.testing.assert_allclose(ks.entropy(counts, "miller_madow"), stats.entropy(counts) + 2 / 20, rtol=1e-14)
    truth, cells = math.log(40), np.ones(40) / 40
    samples = rng.multinomial(60, cells, size=400)
    bias = {
        m: abs(np.mean([ks.entropy(c, m) for c in samples]) - truth)
        for m in ("plugin", "miller_madow", "grassberger", "chao_shen")
    }
    assert max(bias["miller_madow"], bias["grassberger"], bias["chao_shen"]) < 0.5 * bias["plugin"]


@pytest.mark.parametrize("method", ["plugin", "miller_madow", "grassberger", "chao_shen"])
def test_entropy_of_one_cell_and_of_singletons_is_finite(method):
    assert np.isfinite(ks.entropy([7], method))
    assert np.isfinite(ks.entropy([1, 1, 1], method))
    assert np.isfinite(ks.entropy([1], method))


def test_entropy_refuses_bad_counts():
    with pytest.raises(InvalidInputError, match="whole numbers, not all zero"):
        ks.entropy([0, 0])
    with pytest.raises(InvalidInputError, match="non-negative"):
        ks.entropy([1, -1])


def test_neighbour_entropy_of_a_normal_law(rng):
    np.testing.assert_allclose(ks.knn_entropy(rng.normal(size=(4000, 2))), math.log(2 * math.pi * math.e), atol=0.08)
    with pytest.raises(InvalidInputError, match=r"X must have no 4 equal rows, but row 0 has"):
        ks.knn_entropy(np.zeros(10))


def test_u_statistics(rng):
    x = rng.normal(size=14)
    exact = ks.ustat(lambda a, b: (a - b) ** 2 / 2, x)
    np.testing.assert_allclose(exact.value, x.var(ddof=1), rtol=1e-13)
    assert exact.mcse == 0.0
    scalar = ks.ustat(lambda a, b: abs(a - b) if a > b else abs(b - a), x)
    np.testing.assert_allclose(scalar.value, ks.gini_mean_difference(x), rtol=1e-13)
    part = ks.ustat(lambda a, b: (a - b) ** 2 / 2, x, n_subsets=2000, random_state=0)
    assert abs(part.value - exact.value) < 5 * part.mcse
    mean = ks.ustat(lambda a: a, x, order=1)
    np.testing.assert_allclose(mean.variance, x.var(ddof=1) / 14, rtol=1e-12)
    X = rng.normal(size=(9, 2))
    distances = [np.linalg.norm(a - b) for a, b in itertools.combinations(X, 2)]
    np.testing.assert_allclose(ks.ustat(lambda a, b: np.linalg.norm(a - b), X).value, np.mean(distances))
    with pytest.raises(InvalidInputError, match="pass n_subsets"):
        ks.ustat(lambda a, b, c, d, e: a, rng.normal(size=100), order=5)


@pytest.mark.parametrize("order", [1, 2, 3, 4])
def test_l_moments_equal_means_over_subsets(order, rng):
    x = rng.gamma(2.0, size=9) + 1e6
    signs = [(-1) ** k * math.comb(order - 1, k) for k in range(order)]
    parts = [np.dot(signs, sorted(c, reverse=True)) / order for c in itertools.combinations(x - 1e6, order)]
    expected = np.mean(parts) + (1e6 if order == 1 else 0.0)
    np.testing.assert_allclose(ks.lmoment(x, order), expected, rtol=1e-8)  # adding 1e6 rounds the data


def test_olkin_pratt_removes_the_bias_of_normal_correlations(rng):
    n, rho = 6, 0.6
    z = rng.normal(size=(40_000, n, 2))
    y = rho * z[..., 0] + math.sqrt(1 - rho**2) * z[..., 1]
    dx, dy = z[..., 0] - z[..., 0].mean(1, keepdims=True), y - y.mean(1, keepdims=True)
    r = (dx * dy).sum(1) / np.sqrt((dx**2).sum(1) * (dy**2).sum(1))
    corrected = ks.olkin_pratt(np.clip(r, -1, 1), n)
    error = corrected.std() / math.sqrt(len(r))
    assert abs(corrected.mean() - rho) < 5 * error < abs(r.mean() - rho)
    np.testing.assert_allclose(ks.olkin_pratt([-1.0, 0.0, 1.0], 5), [-1.0, 0.0, 1.0])
    with pytest.raises(InvalidInputError, match="r must be in"):
        ks.olkin_pratt(1.1, 5)


def test_james_stein_has_its_risk(rng):
    theta = np.array([1.0, -1.0, 1.0, 1.0, 0.0])
    x = theta + rng.normal(size=(20_000, 5))
    loss = [((ks.james_stein(row, positive_part=False) - theta) ** 2).sum() for row in x]
    risk = ks.james_stein_risk(5, 4.0)
    assert abs(np.mean(loss) - risk) < 5 * np.std(loss) / math.sqrt(len(loss))
    assert ks.james_stein_risk(5, 1e6) > 4.99
    np.testing.assert_array_equal(ks.james_stein([0.1, 0.0, 0.0]), 0.0)
    np.testing.assert_allclose(ks.james_stein([2.0, 2.0, 3.0], target=2.0), [2.0, 2.0, 2.0])
    with pytest.raises(InvalidInputError, match="at least 3 entries"):
        ks.james_stein([1.0, 2.0])


def test_ledoit_wolf_shrinks(rng):
    X = rng.normal(size=(10, 6))
    found = ks.ledoit_wolf(X)
    assert 0 < found.intensity <= 1
    assert np.linalg.cond(found.covariance) < np.linalg.cond(np.cov(X.T))


def test_contrastive_estimation_of_a_normal_law():
    truth = np.array([0.25, -0.125, 0.125 + math.log(2 * math.sqrt(2 * math.pi))])
    for seed in range(3):
        X = np.random.default_rng(seed).normal(1, 2, size=(4000, 1))
        model = ks.NCEDensity(noise=stats.norm(0, 4), noise_ratio=2.0, random_state=seed).fit(X)
        found = np.append(model.coef_, model.log_normalizer_)
        assert (np.abs(found - truth) < 4 * np.sqrt(np.diag(model.covariance_))).all()
        grid = np.linspace(-15, 17, 4001)
        np.testing.assert_allclose(np.trapezoid(np.exp(model.score_samples(grid[:, None])), grid), 1.0, atol=0.05)


def test_contrastive_errors_match_the_spread_over_data():
    found = []
    for seed in range(60):
        X = np.random.default_rng(seed).normal(size=(500, 1))
        model = ks.NCEDensity(noise=stats.norm(0, 2), random_state=seed).fit(X)
        found.append([*model.coef_, model.log_normalizer_, *np.sqrt(np.diag(model.covariance_))])
    found = np.array(found)
    np.testing.assert_allclose(found[:, 3:].mean(axis=0), found[:, :3].std(axis=0, ddof=1), rtol=0.35)


def test_contrastive_offsets_do_not_overflow_and_separable_classes_are_said():
    X = np.random.default_rng(0).normal(size=(200, 1))
    far = stats.norm(1000, 1)
    with pytest.raises(InvalidInputError, match="pass l2 > 0"):
        ks.NCEDensity(noise=far, random_state=0).fit(X)
    model = ks.NCEDensity(noise=far, l2=1.0, random_state=0).fit(X)
    assert np.isfinite(model.coef_).all()


def test_pmi_dense_and_sparse(rng):
    counts = rng.integers(0, 5, size=(6, 5)).astype(float)
    counts[2], counts[0, 0] = 0.0, 0.0
    dense = ks.pmi(counts)
    p = counts / counts.sum()
    with np.errstate(divide="ignore", invalid="ignore"):
        expected = np.log(p / p.sum(1, keepdims=True) / p.sum(0))
    np.testing.assert_allclose(dense, expected, rtol=1e-12)
    assert np.isnan(dense[2]).all()
    assert dense[0, 0] == -math.inf
    assert ks.pmi(counts, positive=True)[0, 0] == 0.0
    stored = ks.pmi(sparse.coo_matrix(counts), shift=math.log(5))
    np.testing.assert_allclose(stored.data, dense[stored.nonzero()] - math.log(5), rtol=1e-12)
    with pytest.raises(InvalidInputError, match=r"counts must be non-negative, got counts\[0, 1\] = -1.0"):
        ks.pmi([[1.0, -1.0]])
