"""partial_emd and emd_hat: reference values, Rubner's definition, potentials without the dummies."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import kexuestat.transport as kt
from kexuestat.exceptions import InvalidInputError


def test_reference_values(reference):
    for case in reference("transport")["sections"]["transport"]["cases"]:
        if case["call"] not in ("partial_emd", "emd_hat"):
            continue
        options = {k: case[k] for k in ("mass", "penalty") if k in case}
        found = getattr(kt, case["call"])(case["a"], case["b"], case["cost"], **options)
        value, want = (found, "value") if case["call"] == "emd_hat" else (found.cost, "total_cost")
        np.testing.assert_allclose(value, float(case[want]), rtol=1e-9, atol=1e-12, err_msg=case["key"])


@given(st.integers(0, 2**32 - 1), st.floats(0.01, 1))
def test_plan_moves_the_mass_within_the_weights_and_is_certified(seed, share):
    rng = np.random.default_rng(seed)
    a, b = rng.random(rng.integers(1, 8)), rng.random(rng.integers(1, 8))
    cost = rng.random((len(a), len(b)))
    mass = share * min(a.sum(), b.sum())
    found = kt.partial_emd(a, b, cost, mass=mass)
    np.testing.assert_allclose([found.mass, found.plan.sum()], mass, rtol=1e-12, atol=1e-14 * (a.sum() + b.sum()))
    assert (found.plan.sum(1) <= a + 1e-12).all()
    assert (found.plan.sum(0) <= b + 1e-12).all()
    assert (found.potential_a[:, None] + found.potential_b <= cost + 1e-12).all()
    assert abs(found.gap) < 1e-11
    assert found.cost <= kt.partial_emd(a, b, cost).cost + 1e-12


def test_equal_totals_give_emd_and_emd_hat_is_symmetric(rng):
    a, b, cost = rng.random(5), rng.random(6), rng.random((5, 6))
    np.testing.assert_allclose(
        kt.partial_emd(a / a.sum(), b / b.sum(), cost).cost, kt.emd_cost(a, b, cost, normalize=True), rtol=1e-12
    )
    np.testing.assert_allclose(kt.emd_hat(a, b, cost), kt.emd_hat(b, a, cost.T), rtol=1e-12)


def test_bad_input_is_refused_with_a_sentence():
    for mass in (0, -1, 1.2, "much", np.nan):
        with pytest.raises(InvalidInputError, match=r"mass must be in \(0, min\(sum a, sum b\)\] = \(0, 0.9\], got "):
            kt.partial_emd([0.9], [1.0], [[1]], mass=mass)
    with pytest.raises(InvalidInputError, match="penalty must be in"):
        kt.emd_hat([1], [2], [[1]], penalty=-1)
    with pytest.raises(InvalidInputError, match="penalty must be given and finite"):
        kt.emd_hat([1, 1], [3], [[1], [np.inf]])
