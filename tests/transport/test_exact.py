"""emd and emd_cost: optimal, certified, exact on the margins; every complaint names what is wrong."""

import re

import numpy as np
import ot
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

import kexuestat as ks
from kexuestat.exceptions import ConvergenceWarning, InvalidInputError
from kexuestat.transport import cost_matrix, emd, emd_cost
from tests.naive import transport as naive


@st.composite
def problems(draw, largest=12):
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n, m = draw(st.integers(1, largest)), draw(st.integers(1, largest))
    a, b = rng.integers(0, 5, n) + 0.0, rng.integers(0, 5, m) + 0.0
    a[rng.integers(n)] += 1
    b[rng.integers(m)] += 1
    cost = rng.integers(-2, 3, (n, m)) * 1.0 if draw(st.booleans()) else rng.random((n, m))
    return a * b.sum(), b * a.sum(), cost


def pot(a, b, cost):
    """POT's value; it calls problems with negative costs infeasible, so they are moved up."""
    return ot.emd2(a, b, cost - cost.min()) + cost.min()


def largest(cost):
    return np.abs(cost).max() or 1.0


@given(problems())
def test_plan_has_the_given_margins_and_is_a_vertex(problem):
    a, b, cost = problem
    found = emd(a, b, cost)
    np.testing.assert_allclose(found.plan.sum(1), a, atol=1e-12 * a.sum())
    np.testing.assert_allclose(found.plan.sum(0), b, atol=1e-12 * a.sum())
    assert (found.plan >= 0).all()
    assert (found.plan > 0).sum() <= len(a) + len(b) - 1
    assert found.marginal_error <= 1e-12 * a.sum()
    np.testing.assert_allclose(found.mass, a.sum())
    np.testing.assert_allclose(found.mean_cost * found.mass, found.cost)


@given(problems())
def test_potentials_are_feasible_and_tight_where_mass_flows(problem):
    a, b, cost = problem
    found = emd(a, b, cost)
    slack = cost - found.potential_a[:, None] - found.potential_b
    assert slack.min() >= -1e-12 * largest(cost)
    np.testing.assert_allclose(slack[found.plan > 0], 0, atol=1e-12 * largest(cost))
    assert abs(found.gap) <= 1e-12 * largest(cost) * a.sum()
    assert found.converged


@given(problems())
def test_value_equals_pot_and_plan_cost(problem):
    a, b, cost = problem
    total = a.sum()
    want = pot(a / total, b / total, cost) * total
    np.testing.assert_allclose(emd(a, b, cost).cost, want, rtol=1e-9, atol=1e-9 * total)
    np.testing.assert_allclose(emd_cost(a, b, cost), want, rtol=1e-9, atol=1e-9 * total)


@given(problems())
def test_value_is_symmetric_and_scales_with_mass_and_cost(problem):
    a, b, cost = problem
    value = emd_cost(a, b, cost)
    close = {"rtol": 1e-11, "atol": 1e-12 * largest(cost) * a.sum()}
    np.testing.assert_allclose(emd_cost(b, a, cost.T), value, **close)
    np.testing.assert_allclose(emd_cost(8 * a, 8 * b, cost / 2), 4 * value, **close)
    np.testing.assert_allclose(emd_cost(a, b, cost + 3), value + 3 * a.sum(), **close)


@given(problems(6))
def test_splitting_a_row_changes_nothing(problem):
    a, b, cost = problem
    split = np.concatenate([a[:1] / 4, a[:1] * 3 / 4, a[1:]])
    np.testing.assert_allclose(
        emd_cost(split, b, np.vstack([cost[:1], cost])), emd_cost(a, b, cost), rtol=1e-11, atol=1e-11 * a.sum()
    )


@pytest.mark.parametrize("n", [1, 2, 7, 40])
def test_uniform_weights_give_the_optimal_assignment(n, rng):
    cost = rng.random((n, n))
    rows, columns = linear_sum_assignment(cost)
    np.testing.assert_allclose(emd_cost(None, [], cost), cost[rows, columns].mean(), rtol=1e-12)


def test_triangle_inequality_holds_for_metric_costs(rng):
    points = rng.random((3, 6, 4))
    weights = rng.random((3, 6))
    for metric in ("euclidean", "rms", "chord"):
        x, y, z = (
            emd_cost(weights[i], weights[j], cost_matrix(points[i], points[j], metric=metric), normalize=True)
            for i, j in ((0, 1), (1, 2), (0, 2))
        )
        assert z <= x + y + 1e-12


def _decimal(values):
    return np.array([[float(v) for v in row] for row in values])


@pytest.mark.parametrize("function", ["emd", "emd_cost"])
def test_reference_values(reference, function):
    for case in reference("transport")["sections"]["transport"]["cases"]:
        if case["call"] != "emd":
            continue
        cost = _decimal(case["cost"])
        if "raises" in case:
            with pytest.raises(InvalidInputError, match="cost forbids every plan: at least"):
                getattr(ks, function)(case["a"], case["b"], cost)
            continue
        found = getattr(ks, function)(case["a"], case["b"], cost)
        value = found if function == "emd_cost" else found.cost
        want = float(case["total_cost"])
        np.testing.assert_allclose(
            value, want, rtol=case.get("rtol", 1e-9), atol=0 if want else 1e-12 * sum(case["a"]), err_msg=case["key"]
        )


def test_wrong_optimum_of_pot_with_huge_costs_is_not_repeated():
    # POT issue 229: 57.5432103832 is optimal, POT 0.9.7 returns 88.509 without a warning
    cost = np.array(
        [[250.0, 370.0, 2413.0, 1e32, 0.0], [213.0, 328.0, 2294.0, 1e32, 0.1], [1e32, 1e32, 1e32, 0.0, 1e32]]
    )
    weights = np.array([0.25, 0.5, 0.25]), np.array([0.125, 0.125, 0.25, 0.25, 0.25])
    capped = np.minimum(cost, 1e6)
    np.testing.assert_allclose(emd_cost(*weights, cost), naive.optimal_value(capped, *weights), rtol=1e-9)


def test_costs_of_order_1e_minus_28_are_solved_like_any_other(rng):
    a, b, cost = rng.random(6), rng.random(7), rng.random((6, 7))
    tiny = emd_cost(a, b, cost * 2.0**-93, normalize=True)
    np.testing.assert_allclose(tiny, emd_cost(a, b, cost, normalize=True) * 2.0**-93, rtol=1e-12)


def test_infinite_cost_forbids_an_entry():
    found = emd([1, 1], [1, 1], [[0, np.inf], [-5, 3]])
    assert found.plan[0, 1] == 0
    assert found.cost == 3
    assert np.isfinite(found.gap)


def test_all_zero_costs_with_forbidden_entries_cost_nothing():
    assert emd_cost([1, 1], [1, 1], [[np.inf, 0], [0, 0]]) == 0


def test_pot_gives_a_second_opinion(rng):
    a, b, cost = rng.random(20), rng.random(30), rng.random((20, 30))
    ours, theirs = (emd(a, b, cost, normalize=True, method=m) for m in ("simplex", "pot"))
    np.testing.assert_allclose(ours.cost, theirs.cost, rtol=1e-12)
    assert abs(theirs.gap) < 1e-12


@pytest.mark.parametrize("method", ["simplex", "pot"])
def test_a_sparse_plan_is_the_dense_one(method, rng):
    a, b, cost = rng.random(20) * (rng.random(20) < 0.7), rng.random(30), rng.random((20, 30))
    dense, sparse = (emd(a, b, cost, normalize=True, method=method, sparse=s) for s in (False, True))
    np.testing.assert_array_equal(sparse.plan.toarray(), dense.plan)
    assert sparse.plan.format == "csr"
    assert sparse.plan.nnz == np.count_nonzero(dense.plan) < 50
    assert sparse.plan.has_canonical_format
    assert (sparse.cost, sparse.gap, sparse.marginal_error) == (dense.cost, dense.gap, dense.marginal_error)
    partial = [ks.transport.partial_emd(a, b, cost, mass=0.5, sparse=s).plan for s in (False, True)]
    np.testing.assert_array_equal(partial[1].toarray(), partial[0])
    with pytest.raises(InvalidInputError, match="sparse must be True or False"):
        emd(a, b, cost, sparse="csr")


def test_limit_of_pivots_warns_with_the_gap_and_keeps_the_plan_feasible(rng):
    a, b, cost = rng.random(30), rng.random(30), rng.random((30, 30))
    with pytest.warns(ConvergenceWarning, match=r"stopped after 3 pivots with gap \d"):
        found = emd(a, b, cost, normalize=True, max_iter=3)
    assert not found.converged
    assert found.gap > 0
    assert found.marginal_error < 1e-12


def test_input_of_any_layout_is_accepted_and_not_changed(rng):
    a, b, cost = rng.random(5), rng.random(8), rng.random((5, 8))
    a, b = a / a.sum(), b / b.sum()
    want = emd_cost(a, b, cost)
    wide = np.zeros((10, 16))
    wide[::2, ::2] = cost
    frozen = [x.copy() for x in (a, b, cost)]
    for x in frozen:
        x.setflags(write=False)
    for layout in (np.asfortranarray(cost), wide[::2, ::2], cost.tolist(), frozen[2]):
        assert emd_cost(frozen[0], frozen[1], layout) == want
    np.testing.assert_array_equal(frozen[2], cost)
    single = emd_cost(a.astype(np.float32), b.astype(np.float32), cost.astype(np.float32))
    np.testing.assert_allclose(single, want, rtol=1e-5)  # the input has 7 digits
    assert emd_cost([1, 3], [2, 2], np.array([[0, 1], [1, 0]])) == 1.0
    assert type(emd_cost([1], [1], [[2]])) is float


@pytest.mark.parametrize(
    ("a", "b", "cost", "message"),
    [
        ([1, 1, 1, -0.5], [1], np.ones((4, 1)), "a must be non-negative, got a[3] = -0.5."),
        ([np.nan, 1], [1], np.ones((2, 1)), "a must be finite, got a[0] = nan."),
        ([1], [1, np.inf], np.ones((1, 2)), "b must be finite, got b[1] = inf."),
        ([0, 0], [1], np.ones((2, 1)), "a must have a positive sum, got 0.0."),
        (
            [1.0],
            [1.1],
            np.ones((1, 1)),
            "a and b must have equal sums, got 1.0 and 1.1; pass normalize=True, or use partial_emd or emd_hat.",
        ),
        (
            [1, 1, 1],
            [1, 1, 1, 1],
            np.ones((4, 3)),
            "cost must have shape (len(a), len(b)) = (3, 4), got (4, 3); pass cost.T.",
        ),
        ([1, 1, 1], [3], np.ones((2, 2)), "cost must have shape (len(a), len(b)) = (3, 1), got (2, 2)."),
        ([1, 2, 3], [6], [[1], [2], [np.nan]], "cost must not contain nan, got cost[2, 0] = nan."),
        ([1], [1, 0], [[0, -np.inf]], "cost must be greater than -inf, got cost[0, 1] = -inf."),
        (
            [1, 3],
            [2, 2],
            [[0, np.inf], [0, np.inf]],
            "cost forbids every plan: at least 0.5 of the mass must use an infinite entry.",
        ),
        ([1], [1], np.ones(3), "cost must have 2 dimension(s), got shape (3,)."),
        ([[1]], [1], np.ones((1, 1)), "a must have 1 dimension(s), got shape (1, 1)."),
        (None, None, np.ones((0, 3)), "cost must not be empty, got shape (0, 3)."),
    ],
)
@pytest.mark.parametrize("function", [emd, emd_cost])
def test_bad_input_is_refused_with_a_sentence(function, a, b, cost, message):
    with pytest.raises(InvalidInputError, match=f"^{re.escape(message)}$"):
        function(a, b, cost)


def test_options_are_checked():
    with pytest.raises(InvalidInputError, match=r"method must be one of 'auto', 'simplex', 'pot', got 'sinkhorn'"):
        emd([1], [1], [[1]], method="sinkhorn")
    with pytest.raises(InvalidInputError, match="normalize must be True or False"):
        emd([1], [1], [[1]], normalize="yes")
    with pytest.raises(TypeError, match="cost must hold real numbers"):
        emd([1], [1], [[1j]])


def _adversarial(rng, kind):
    """One problem of a family: random, tied, equal points, zero weights, one row, huge ratios, sparse demand."""
    n, m = rng.integers(1, 13, 2)
    a, b = rng.random(n), rng.random(m)
    cost = rng.random((n, m))
    if kind == 1:
        cost, a, b = rng.integers(0, 3, (n, m)) * 1.0, rng.integers(1, 4, n) * 1.0, rng.integers(1, 4, m) * 1.0
    elif kind == 2:
        points, others = rng.integers(0, 3, (n, 2)), rng.integers(0, 3, (m, 2))
        cost, a, b = np.abs(points[:, None] - others).sum(-1) * 1.0, np.ones(n), np.ones(m)
    elif kind == 3:
        a, b = a * (rng.random(n) < 0.5), b * (rng.random(m) < 0.5)
        a[0], b[0] = 1, 1
    elif kind == 4:
        a, cost = a[:1], cost[:1]
    elif kind == 5:
        a, b = 10.0 ** rng.integers(-7, 1, n), 10.0 ** rng.integers(-7, 1, m)
    elif kind == 6:
        cost = cost * 10.0 ** rng.integers(-3, 4, (n, m)) - 1
    elif kind == 7:
        a, b = np.ones(n), np.ones(m)
    return a / a.sum(), b / b.sum(), cost


def _assert_equal_to_rivals(n_problems, seed):
    rng = np.random.default_rng(seed)
    for k in range(n_problems):
        a, b, cost = _adversarial(rng, k % 8)
        found = emd(a, b, cost)
        close = {"rtol": 1e-9, "atol": 1e-9 * largest(cost) * 1e-3, "err_msg": f"problem {k}"}
        np.testing.assert_allclose(found.cost, pot(a, b, cost), **close)
        assert abs(found.gap) <= 1e-12 * largest(cost)
        assert found.marginal_error <= 1e-12
        np.testing.assert_allclose(found.cost, naive.optimal_value(cost, a, b), **close)
        slack = cost - found.potential_a[:, None] - found.potential_b
        assert slack.min() >= -1e-12 * largest(cost)
        assert slack[found.plan > 0].max() <= 1e-12 * largest(cost)


@pytest.mark.filterwarnings("ignore:numItermax")
def test_400_random_degenerate_and_adversarial_problems_equal_pot_and_linprog():
    _assert_equal_to_rivals(400, 4)


@pytest.mark.slow
def test_10000_random_degenerate_and_adversarial_problems_equal_pot_and_linprog():
    _assert_equal_to_rivals(10000, 10)
