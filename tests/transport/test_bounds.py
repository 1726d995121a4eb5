"""Every bound is below the exact value, in the order of its strength, and equals the reference."""

import re
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import kexuestat.transport as kt
from kexuestat.exceptions import InvalidInputError


@st.composite
def weighted_vectors(draw):
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    d = draw(st.sampled_from([1, 2, 30]))
    X = rng.standard_normal((draw(st.integers(1, 10)), d)) + draw(st.sampled_from([0.0, 1.0, 1e6]))
    Y = np.vstack([X[rng.integers(0, len(X), 2)], rng.standard_normal((draw(st.integers(0, 8)), d))])
    return X, Y, rng.integers(1, 5, len(X)) * 1.0, rng.integers(0, 5, len(Y)) + 1.0 * (np.arange(len(Y)) == 0)


@given(weighted_vectors())
def test_bounds_keep_their_order_below_the_exact_value(problem):
    X, Y, a, b = problem
    for metric in ("euclidean", "cosine"):
        cost = kt.cost_matrix(X, Y, metric=metric)
        exact = kt.emd_cost(a, b, cost, normalize=True)
        slack = 1e-13 * cost.max()
        chain = [
            kt.relaxed_bound(a, b, cost),
            kt.overlap_bound(a, b, cost),
            kt.capacity_bound(a, b, cost, k=1),
            kt.capacity_bound(a, b, cost, k=3),
            kt.capacity_bound(a, b, cost),
            exact,
        ]
        assert all(low <= high + slack for low, high in pairwise(chain))
        assert chain[0] - slack <= kt.dual_bound(a, b, cost) <= exact + slack
        if metric == "euclidean":
            assert kt.centroid_bound(X, Y, a, b) <= exact + 1e-9 * np.abs(X).max()


@given(weighted_vectors())
def test_rotator_bounds_keep_their_order_below_the_rotators_distance(problem):
    X, Y, a, b = problem
    cost = kt.cost_matrix(X, Y, metric="cosine")
    norms = np.linalg.norm(X, axis=1), np.linalg.norm(Y, axis=1)
    exact = kt.emd_cost(a * norms[0], b * norms[1], cost, normalize=True)
    assert kt.rotator_centroid_bound(X, Y, a, b) <= kt.rotator_bound(X, Y, a, b) + 1e-15
    assert kt.rotator_bound(X, Y, a, b) <= exact + 1e-13


def test_rotator_bound_of_one_word_texts_is_exact_though_the_subtraction_loses_all_digits():
    x, y = [[1.0, 2.0, 3.0]], [[3.0, 2.0, 1.0000001]]
    exact = kt.cost_matrix(x, y, metric="cosine")[0, 0]
    np.testing.assert_allclose(kt.rotator_bound(x, y), exact, rtol=1e-12)
    assert kt.rotator_bound(x, np.array(x) * 7) <= 1e-32


@given(st.integers(0, 2**32 - 1))
def test_bounds_of_negative_costs_hold(seed):
    rng = np.random.default_rng(seed)
    cost = rng.integers(-3, 3, (rng.integers(1, 7), rng.integers(1, 7))) * 1.0
    exact = kt.emd_cost(None, None, cost)
    for bound in (kt.relaxed_bound, kt.capacity_bound, kt.dual_bound):
        assert bound(None, None, cost) <= exact + 1e-13
    with pytest.raises(InvalidInputError, match="cost must be non-negative, got cost"):
        kt.overlap_bound(None, None, -1 - np.abs(cost))


def test_infinite_costs_that_forbid_every_plan_bound_by_infinity():
    assert kt.dual_bound([1, 1], [1], [[np.inf], [1]]) == np.inf
    assert kt.relaxed_bound([0, 1], [1], [[np.inf], [1]]) == 1


def test_reference_bounds(reference):
    for case in reference("transport")["sections"]["vectors"]["cases"]:
        X, Y, a, b = (np.array(case[k], dtype=float) for k in ("X", "Y", "a", "b"))
        cost, cosine = kt.cost_matrix(X, Y), kt.cost_matrix(X, Y, metric="cosine")
        masses = a * np.linalg.norm(X, axis=1), b * np.linalg.norm(Y, axis=1)
        found = {
            "centroid_bound": kt.centroid_bound(X, Y, a, b),
            "relaxed_bound": kt.relaxed_bound(a, b, cost),
            "overlap_bound": kt.overlap_bound(a, b, cost),
            "capacity_bound[1]": kt.capacity_bound(a, b, cost, k=1),
            "capacity_bound[3]": kt.capacity_bound(a, b, cost, k=3),
            "capacity_bound[None]": kt.capacity_bound(a, b, cost),
            "dual_bound": kt.dual_bound(a, b, cost),
            "rotator_centroid_bound": kt.rotator_centroid_bound(X, Y, a, b),
            "rotator_bound": kt.rotator_bound(X, Y, a, b),
            "relaxed_bound[rotator]": kt.relaxed_bound(*masses, cosine),
            "dual_bound[rotator]": kt.dual_bound(*masses, cosine),
            "word_rotator_distance[cosine]": kt.emd_cost(*masses, cosine, normalize=True),
        }
        for metric in ("euclidean", "rms", "cosine", "chord"):
            exact = kt.emd_cost(a, b, kt.cost_matrix(X, Y, metric=metric), normalize=True)
            found[f"word_mover_distance[{metric}]"] = exact
        for name, value in found.items():
            want = float(case[name])
            np.testing.assert_allclose(
                value, want, rtol=1e-9, atol=0 if want else 1e-9, err_msg=f"{case['key']} {name}"
            )


@pytest.mark.parametrize(
    ("X", "Y", "a", "message"),
    [
        ([[1.0, 2.0]], [[1.0]], None, "X and Y must have vectors of the same width, got shapes (1, 2) and (1, 1)."),
        ([[1.0, np.nan]], [[1.0, 2.0]], None, "X must be finite, got X[0, 1] = nan."),
        ([[1.0, 2.0]], [[1.0, 2.0]], [1, 2], "a must have one entry per entry of X (1), got 2."),
        (np.zeros((0, 2)), [[1.0, 2.0]], None, "X must not be empty, got shape (0, 2)."),
    ],
)
def test_bad_vectors_are_refused_with_a_sentence(X, Y, a, message):
    for bound in (kt.centroid_bound, kt.rotator_bound, kt.rotator_centroid_bound):
        with pytest.raises(InvalidInputError, match=re.escape(message)):
            bound(X, Y, a)


def test_a_text_of_zero_vectors_has_no_rotator_bound():
    with pytest.raises(InvalidInputError, match=r"the norms of X must have a positive sum, got 0.0"):
        kt.rotator_bound([[0.0, 0.0]], [[1.0, 0.0]])
