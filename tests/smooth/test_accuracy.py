"""Errors in units of the last place, against 60 digits."""

import mpmath
import numpy as np
import pytest

import kexuestat.smooth as ks
from tests.naive import smooth as naive

KERNELS = ("logistic", "gaussian", "laplace", "uniform", "triangular", "epanechnikov", "squareplus", "cauchy")


def _ulps(found, wanted):
    return np.max(np.abs(found - wanted) / np.spacing(np.abs(wanted)))


@pytest.mark.parametrize("kernel", KERNELS)
def test_steps_ramps_and_densities_are_good_to_the_last_digits(kernel):
    rng = np.random.default_rng(8)
    x = np.concatenate([rng.normal(size=60), rng.uniform(-36, 8, 60), -np.geomspace(1e-6, 30, 40)])
    m, one = ks.Mollifier(kernel), np.ones(1)
    # the library's erfc is a little worse than 1 ulp
    assert _ulps(m.step(x), naive.mollified(x, one, kernel, "step")) <= (2.6 if kernel == "gaussian" else 2.0)
    assert _ulps(m.density(x), naive.mollified(x, one, kernel, "density")) <= 2.0
    if kernel != "cauchy":
        limit = 4.0 if kernel == "gaussian" else 2.0
        assert _ulps(m.ramp(x), naive.mollified(x, one, kernel, "ramp")) <= limit


def test_softmax_entries_keep_4_ulp_and_sum_to_1(rng):
    for shape, scale in (((30, 10), 30), ((3, 300), 30), ((60, 100), 1), ((300, 60), 30)):
        x = rng.normal(size=shape) * scale
        p = ks.softmax(x, axis=1)
        assert _ulps(p, naive.softmax_rows(x, np.ones(1))) <= 4
        np.testing.assert_allclose(p.sum(axis=1), 1.0, rtol=5e-16)


def test_logsumexp_keeps_2_ulp(rng):
    for n in (1, 10, 300):
        x = rng.normal(size=(30, n)) + 3
        assert _ulps(ks.logsumexp(x, axis=1), naive.log_sum_rows(x, np.ones(1))) <= 2


def test_logsumexp_keeps_the_digits_of_a_tiny_rest():
    for below in (1.5, 8.0, 40.0, 600.0):
        with mpmath.workdps(400):
            wanted = float(mpmath.log1p(3 * mpmath.exp(-below)))
        x = np.array([-below, 0.0, -below, -below])
        assert _ulps(ks.logsumexp(x), wanted) <= 2
        assert _ulps(ks.logsumexp(np.tile(x, (64, 1)), axis=1), np.full(64, wanted)) <= 2
        assert _ulps(ks.logsumexp(np.tile(x[:, None], (1, 64)), axis=0), np.full(64, wanted)) <= 2


@pytest.mark.parametrize("n", [10, 40, 700, 2500])
def test_logsumexp_of_slices_that_lie_far_apart(rng, n):
    offsets = np.array([0.0, 100.0, -650.0, 5000.0, -np.inf, -1e6, 3e12, 2.0, 1e300, -40.0, np.inf, 7.0])
    x = rng.normal(size=(len(offsets), n)) + offsets[:, None]
    x[1, :3] = -np.inf
    x[-1, n // 2] = np.nan
    wanted = naive.log_sum_rows(x, np.ones(1))
    for found in (ks.logsumexp(x, axis=1), ks.logsumexp(np.ascontiguousarray(x.T), axis=0)):
        good = np.isfinite(wanted)
        assert _ulps(found[good], wanted[good]) <= 2
        np.testing.assert_array_equal(found[~good], wanted[~good])


def test_logsumexp_of_a_long_row_that_rises_and_falls():
    steps = np.repeat([0.0, 30.0, 1000.0, -5000.0, 1003.0, 900.0, 1060.0, 0.0], 20_000)
    with mpmath.workdps(60):
        wanted = float(mpmath.log(20_000 * sum(mpmath.exp(v) for v in (0, 0, 30, 1000, -5000, 1003, 900, 1060))))
    assert _ulps(ks.logsumexp(steps), wanted) <= 2
    assert np.isnan(ks.logsumexp(np.append(steps, np.nan)))
    assert ks.logsumexp(np.append(steps, np.inf)) == np.inf


def test_logsumexp_keeps_2_ulp_over_many_entries(rng):
    for x, axis in ((rng.normal(size=(3000, 40)), 0), (rng.normal(size=(40, 3000)), 1)):
        exact = np.exp(x.astype(np.longdouble)).sum(axis=axis)
        assert _ulps(ks.logsumexp(x, axis=axis), np.log(exact).astype(float)) <= 2


@pytest.mark.slow
def test_sums_of_many_millions_of_terms_do_not_overflow():
    x = np.zeros(2**24 + 16)
    assert abs(ks.logsumexp(x) - np.log(len(x))) < 1e-14
    assert ks.softmax(x)[7] == 1 / len(x)


def test_wide_clips_keep_their_digits():
    for width in (1e4, 1e8, 1e300):
        with mpmath.workdps(400):
            w, x = mpmath.mpf(width), mpmath.mpf("0.375")
            exact = [w * sum(s * _gauss_ramp((x - b) / w) for s, b in ((1, -1), (-1, 2))) - 1, 3 / w * mpmath.npdf(0)]
        assert _ulps(ks.smooth_clip(0.375, lo=-1.0, hi=2.0, width=width), float(exact[0])) <= 4
        np.testing.assert_allclose(ks.smooth_clip_grad(0.375, lo=-1.0, hi=2.0, width=width), float(exact[1]), rtol=1e-7)
    assert ks.smooth_clip(0.375, lo=-1.0, hi=2.0, width=np.inf) == 0.5


def _gauss_ramp(z):
    return z * mpmath.ncdf(z) + mpmath.npdf(z)


def test_logcosh_and_pseudo_huber_keep_4_ulp():
    x = np.concatenate([np.geomspace(1e-9, 40, 80), np.linspace(1.3, 1.7, 20)])
    with mpmath.workdps(60):
        wanted = np.array([float(mpmath.log(mpmath.cosh(mpmath.mpf(float(v))))) for v in x])
        huber = np.array([float(mpmath.sqrt(1 + mpmath.mpf(float(v)) ** 2) - 1) for v in x])
    assert _ulps(ks.logcosh(x), wanted) <= 4
    assert _ulps(ks.pseudo_huber(x), huber) <= 4


def test_soft_topk_keeps_14_digits_where_log_space_fails():
    rng = np.random.default_rng(0)
    for n, k, scale in ((100, 30, 1), (100, 10, 5), (100, 50, 1)):
        x = rng.normal(size=n) * scale
        with mpmath.workdps(60):
            terms = [mpmath.exp(mpmath.mpf(float(v))) for v in x]
            whole = _symmetric(terms, k)
            wanted = [float(terms[i] * _symmetric(terms[:i] + terms[i + 1 :], k - 1) / whole) for i in (0, 7, 50)]
            log_whole = float(mpmath.log(whole))
        np.testing.assert_allclose(ks.soft_topk(x, k)[[0, 7, 50]], wanted, rtol=1e-14)
        np.testing.assert_allclose(ks.log_subset_sum(x, k), log_whole, rtol=0, atol=1e-13)


def _symmetric(terms, k):
    """Elementary symmetric polynomial of degree k."""
    row = [mpmath.mpf(1)] + [mpmath.mpf(0)] * k
    for term in terms:
        for j in range(k, 0, -1):
            row[j] += term * row[j - 1]
    return row[k]
