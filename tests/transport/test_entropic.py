"""sinkhorn: the published iteration, in the log domain, with an honest end."""

from itertools import pairwise

import numpy as np
import ot
import pytest

from kexuestat.exceptions import ConvergenceWarning, InvalidInputError
from kexuestat.transport import emd, sinkhorn


def problem(rng, n=12, m=15):
    a, b = rng.random(n), rng.random(m)
    return a / a.sum(), b / b.sum(), rng.random((n, m))


def test_plan_equals_pot(rng):
    a, b, cost = problem(rng)
    want = ot.sinkhorn(a, b, cost, 0.1, stopThr=1e-13, numItermax=10000)
    np.testing.assert_allclose(sinkhorn(a, b, cost, reg=0.1, tol=1e-12).plan, want, rtol=1e-8, atol=1e-14)


def test_cost_falls_to_the_exact_one_as_reg_falls_and_the_gap_bounds_the_error(rng):
    a, b, cost = problem(rng)
    exact = emd(a, b, cost).cost
    found = [sinkhorn(a, b, cost, reg=reg, max_iter=100000) for reg in (1, 0.3, 0.1, 0.03, 0.01)]
    errors = [f.cost - exact for f in found]
    assert all(high > low > 0 for high, low in pairwise(errors))
    assert errors[-1] < 1e-3
    for f, error in zip(found, errors):
        assert f.gap >= error - 1e-9
        assert (f.potential_a[:, None] + f.potential_b <= cost + 1e-12).all()


def test_tiny_reg_does_not_overflow(rng):
    a, b, cost = problem(rng, 4, 4)
    found = sinkhorn(a, b, cost, reg=1e-4, max_iter=200000, tol=1e-6)
    np.testing.assert_allclose(found.cost, emd(a, b, cost).cost, rtol=1e-3)


def test_zero_weights_and_forbidden_entries_get_no_mass():
    found = sinkhorn([0.5, 0.5, 0], [0.7, 0.3], [[0, np.inf], [1, 1], [0, 0]], reg=0.5)
    assert found.plan[0, 1] == 0
    assert (found.plan[2] == 0).all()
    np.testing.assert_allclose(found.plan.sum(1), [0.5, 0.5, 0], atol=1e-8)
    assert np.isfinite(found.gap)


def test_mass_of_any_scale(rng):
    a, b, cost = problem(rng)
    np.testing.assert_allclose(
        sinkhorn(7 * a, 7 * b, cost, reg=0.1).plan, 7 * sinkhorn(a, b, cost, reg=0.1).plan, rtol=1e-12
    )


def test_limit_of_sweeps_warns(rng):
    with pytest.warns(ConvergenceWarning, match=r"stopped after 2 sweeps with marginal error .* > tol = 1e-09"):
        found = sinkhorn(*problem(rng), reg=0.01, max_iter=2)
    assert not found.converged
    assert found.n_iter == 2


def test_bad_input_is_refused_with_a_sentence():
    with pytest.raises(InvalidInputError, match=r"reg must be in \(0, inf\), got 0"):
        sinkhorn([1], [1], [[1]], reg=0)
    with pytest.raises(InvalidInputError, match="cost forbids every plan: at least 1 of the mass"):
        sinkhorn([1], [1], [[np.inf]], reg=1)
    with pytest.raises(InvalidInputError, match="max_iter must be at least 1"):
        sinkhorn([1], [1], [[1]], reg=1, max_iter=0)
