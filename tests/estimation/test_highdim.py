"""Random directions: angles, hashes, arcs."""

import math
from fractions import Fraction

import mpmath
import numpy as np
import pytest
import scipy.stats as stats

from kexuestat import estimation as ks
from kexuestat.exceptions import InvalidInputError


def _log_cdf(n, theta):
    """ln cdf by the hypergeometric series in sin² θ, 40 digits."""
    with mpmath.workdps(40):
        t, a = mpmath.mpf(theta), mpmath.mpf(n - 1) / 2
        x, term, total, k = mpmath.sin(t) ** 2, mpmath.mpf(1), mpmath.mpf(1), 0
        while term > mpmath.mpf(10) ** -25 * total:
            term *= (a + mpmath.mpf(1) / 2 + k) / (a + 1 + k) * x
            total, k = total + term, k + 1
        log_constant = mpmath.loggamma(mpmath.mpf(n) / 2) - mpmath.loggamma(a) - mpmath.log(mpmath.pi) / 2
        head = (n - 1) * mpmath.log(mpmath.sin(t)) + mpmath.log(mpmath.cos(t)) - mpmath.log(n - 1)
        return log_constant + head + mpmath.log(total)


@pytest.mark.parametrize(
    ("n", "theta"), [(2, 0.3), (3, 1e-3), (5, 1.5), (20, 0.1), (300, 0.4), (1000, 1.0), (10**5, 1.5), (10**4, 1.52)]
)
def test_cdf_is_right_to_thirteen_digits_in_both_tails(n, theta):
    angle, truth = ks.RandomAngle(n), _log_cdf(n, theta)
    np.testing.assert_allclose(angle.cdf(theta), float(mpmath.exp(truth)), rtol=1e-13)
    np.testing.assert_allclose(angle.logcdf(theta), float(truth), rtol=1e-13)
    # π - θ is rounded, which the steep tail magnifies
    np.testing.assert_allclose(angle.sf(math.pi - theta), angle.cdf(theta), rtol=1e-9)
    np.testing.assert_allclose(angle.cdf(theta) + angle.sf(theta), 1.0, rtol=1e-15)


def test_logarithms_stay_finite_where_probabilities_underflow():
    angle = ks.RandomAngle(10**6)
    assert angle.cdf(1.0) == 0.0
    np.testing.assert_allclose(angle.logcdf(1.0), float(_log_cdf(10**6, 1.0)), rtol=1e-13)
    np.testing.assert_allclose(angle.logsf(math.pi - 1.0), angle.logcdf(1.0), rtol=1e-12)
    assert np.isfinite(angle.logpdf(1.0))
    assert angle.logcdf(0.0) == -math.inf
    assert angle.pdf(-0.1) == angle.pdf(3.2) == 0.0


@pytest.mark.parametrize("n", [2, 3, 4, 20, 1000, 10**6])
def test_variance_follows_its_recursion_and_ppf_inverts_cdf(n):
    angle = ks.RandomAngle(n)
    np.testing.assert_allclose(angle.var() - ks.RandomAngle(n + 2).var(), 2 / n**2, rtol=1e-9)
    q = np.array([1e-20, 1e-6, 0.2, 0.3, 0.5, 0.8, 1 - 1e-6])
    # an angle is known to one ulp of π/2, which n magnifies in the tail
    np.testing.assert_allclose(angle.cdf(angle.ppf(q)), q, rtol=1e-9)
    np.testing.assert_allclose(angle.ppf([0.0, 1.0]), [0.0, math.pi])


@pytest.mark.parametrize("n", [2, 3, 50])
def test_random_angles_have_the_law_of_random_directions(n, rng):
    angle = ks.RandomAngle(n)
    assert stats.kstest(angle.rvs(4000, random_state=0), angle.cdf).pvalue > 1e-3
    a, b = rng.normal(size=(2, 4000, n))
    cosine = (a * b).sum(1) / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1)
    assert stats.kstest(np.arccos(np.clip(cosine, -1, 1)), angle.cdf).pvalue > 1e-3
    np.testing.assert_allclose(np.abs(cosine).mean(), angle.mean_abs_cosine(), rtol=0.05)
    np.testing.assert_allclose(np.mean(np.abs(cosine) >= 0.3), ks.cosine_pvalue(0.3, n), atol=0.04)


def test_density_integrates_to_the_cdf():
    angle = ks.RandomAngle(7)
    grid = np.linspace(0, 1.2, 20001)
    np.testing.assert_allclose(np.trapezoid(angle.pdf(grid), grid), angle.cdf(1.2), rtol=1e-7)  # step 6e-5


def test_cosine_pvalue_is_two_tails_of_the_angle():
    np.testing.assert_allclose(ks.cosine_pvalue(0.2, 30), 2 * ks.RandomAngle(30).cdf(math.acos(0.2)), rtol=1e-12)
    assert ks.cosine_pvalue(0.0, 5) == 1.0
    with pytest.raises(InvalidInputError, match=r"c must be in \[-1, 1\], got 1\.5"):
        ks.cosine_pvalue(1.5, 3)


def test_orthogonality(rng):
    Q = ks.random_orthogonal(30, random_state=0)
    assert ks.orthogonality_defect(Q).spectral < 1e-13
    signs = [np.sign(np.diag(ks.random_orthogonal(4, random_state=s))) for s in range(400)]
    assert np.abs(np.mean(signs, axis=0)).max() < 0.25
    W = rng.normal(size=(4, 3))
    defect = ks.orthogonality_defect(W)
    gap = W.T @ W - np.eye(3)
    np.testing.assert_allclose(defect, (np.linalg.norm(gap), np.linalg.norm(gap, 2)))


def test_sign_similarity_estimates_the_angle(rng):
    X = np.array([[1.0, 0.0], [math.cos(1.0), math.sin(1.0)]])
    found = ks.sign_similarity(X, rng.normal(size=(2, 40_000)))[0, 1]
    np.testing.assert_allclose(found, 1 - 2 / math.pi, atol=0.025)


def test_hashes_estimate_angles_with_their_error(rng):
    X = rng.normal(size=(6, 8))
    hasher = ks.SimHash(8192, random_state=1).fit(X)
    bits = hasher.transform(X)
    assert bits.dtype == bool
    found = hasher.angle(bits[0], bits[1:])
    unit = X / np.linalg.norm(X, axis=1)[:, None]
    truth = np.arccos(unit[1:] @ unit[0])
    assert (np.abs(found.angle - truth) < 5 * found.std_error).all()
    with pytest.raises(InvalidInputError, match="hashes must end in 8192 bits"):
        hasher.hamming(bits[0, :5], bits[1, :5])


@pytest.mark.parametrize(("n", "fraction"), [(3, 0.6), (12, 0.9), (40, 0.93), (150, 0.97), (60, 0.51)])
def test_arc_probability_equals_the_sum_in_fractions(n, fraction):
    x = 1 - Fraction(fraction)
    truth = sum((-1) ** (k - 1) * math.comb(n, k) * (1 - k * x) ** (n - 1) for k in range(1, n + 1) if k * x < 1)
    np.testing.assert_allclose(ks.arc_probability(n, fraction), float(truth), rtol=1e-12)


def test_arc_probability_is_monotone_and_ends_in_one():
    grid = np.linspace(0, 1, 41)
    values = [ks.arc_probability(30, f) for f in grid]
    assert (np.diff(values) >= 0).all()
    assert values[0] == 0.0
    assert ks.arc_probability(30, 1 - 1 / 30) == values[-1] == 1.0
    assert 0 < ks.arc_probability(10_000, 0.999) < 1


def test_three_points_by_simulation(rng):
    places = np.sort(rng.random((20_000, 3)), axis=1)
    gaps = np.diff(np.hstack([places, places[:, :1] + 1]), axis=1)
    np.testing.assert_allclose(np.mean(gaps.max(axis=1) >= 0.4), ks.arc_probability(3, 0.6), atol=0.02)


def test_jl_dimension_and_bad_input():
    assert ks.jl_dimension(1000, 0.1) == 5921
    with pytest.raises(InvalidInputError, match="eps must be in"):
        ks.jl_dimension(10, 1.0)
    with pytest.raises(InvalidInputError, match="n must be at least 2, got 1"):
        ks.RandomAngle(1)
