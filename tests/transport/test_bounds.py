"""Every bound is below the exact value, in the order of its strength, and equals the reference."""

import re
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import kexuestat.transport as kt
from kexuestat.exceptions import InvalidInputError

METRICS = ("euclidean", "rms", "sqeuclidean", "cosine", "chord")


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
        assert kt.tree_bound(a, b, cost) <= exact + slack
        one_sided = [kt.relaxed_bound(a, b, cost, side=side) for side in "ab"]
        assert chain[0] == max(one_sided)
        if metric == "euclidean":
            assert kt.centroid_bound(X, Y, a, b) <= exact + 1e-9 * np.abs(X).max()


@pytest.mark.parametrize("metric", METRICS)
@given(problem=weighted_vectors(), seed=st.integers(0, 99))
def test_projections_bound_from_below_on_any_axes(metric, problem, seed):
    X, Y, a, b = problem
    exact = kt.emd_cost(a, b, kt.cost_matrix(X, Y, metric=metric), normalize=True)
    largest = np.abs(X).max() ** 2 if metric == "sqeuclidean" else np.abs(X).max()
    slack = 1e-13 if metric in ("cosine", "chord") else 1e-9 * largest
    full = kt.projection_bound(X, Y, a, b, metric=metric)
    axes = np.linalg.qr(np.random.default_rng(seed).standard_normal((X.shape[1], X.shape[1])))[0]
    assert full <= exact + slack
    bounds = [kt.projection_bound(X, Y, a, b, metric=metric, axes=axes[:k]) for k in (1, len(axes))]
    assert bounds[0] <= bounds[1] + slack
    assert bounds[1] <= exact + slack
    if metric == "euclidean":
        assert full >= kt.centroid_bound(X, Y, a, b) - slack
    if metric == "cosine":
        norms = np.linalg.norm(X, axis=1), np.linalg.norm(Y, axis=1)
        assert (
            kt.projection_bound(X, Y, a * norms[0], b * norms[1], metric=metric) >= kt.rotator_bound(X, Y, a, b) - slack
        )


def test_projections_of_points_on_a_line_are_exact(rng):
    line = np.array([[0.6, 0.8]])
    X, Y = rng.random((5, 1)) @ line, rng.random((7, 1)) @ line
    exact = kt.emd_cost(None, None, kt.cost_matrix(X, Y))
    np.testing.assert_allclose(kt.projection_bound(X, Y), exact, rtol=1e-12)
    np.testing.assert_allclose(kt.projection_bound(X, Y, axes=line), exact, rtol=1e-12)
    np.testing.assert_allclose(kt.projection_bound(X, Y, metric="rms"), exact / np.sqrt(2), rtol=1e-12)


def test_the_tree_bound_of_an_ultrametric_is_exact_and_beats_relaxed_ones():
    cost = np.where(np.arange(4)[:, None] // 2 == np.arange(4) // 2, 1.0, 5.0)
    a, b = [4, 3, 2, 1], [1, 2, 2, 5]
    np.testing.assert_allclose(kt.tree_bound(a, b, cost), kt.emd_cost(a, b, cost, normalize=True), rtol=1e-12)
    assert kt.tree_bound(a, b, cost) > 2 * kt.relaxed_bound(a, b, cost)


def test_axes_must_be_orthonormal():
    with pytest.raises(InvalidInputError, match=r"axes must have orthonormal rows, got products off by 3; pass np"):
        kt.projection_bound([[1.0, 2.0]], [[1.0, 0.0]], axes=[[2.0, 0.0]])
    with pytest.raises(InvalidInputError, match=r"axes must be as wide as X \(2\), got 3"):
        kt.projection_bound([[1.0, 2.0]], [[1.0, 0.0]], axes=[[1.0, 0.0, 0.0]])


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
    for bound in (kt.relaxed_bound, kt.capacity_bound, kt.dual_bound, kt.tree_bound):
        assert bound(None, None, cost) <= exact + 1e-13
    with pytest.raises(InvalidInputError, match="cost must be non-negative, got cost"):
        kt.overlap_bound(None, None, -1 - np.abs(cost))


def test_infinite_costs_that_forbid_every_plan_bound_by_infinity():
    assert kt.dual_bound([1, 1], [1], [[np.inf], [1]]) == np.inf
    assert kt.relaxed_bound([0, 1], [1], [[np.inf], [1]]) == 1
    assert kt.tree_bound([1, 1], [1], [[np.inf], [1]]) == np.inf
    blocks = np.array([[1.0, np.inf], [np.inf, 2.0]])
    assert kt.tree_bound([1, 1], [1, 1], blocks) == 1.5
    assert kt.tree_bound([1, 3], [2, 2], blocks) == np.inf


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
