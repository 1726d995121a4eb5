"""Distances of two sets of token vectors: laws, known values, errors."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.optimize import linprog
from scipy.spatial.distance import cdist

from kexuestat.exceptions import InvalidInputError
from kexuestat.text import (
    word_mover_distance,
    word_mover_similarity,
    word_rotator_distance,
    word_rotator_similarity,
)

rows = hnp.arrays(np.float64, st.tuples(st.integers(1, 5), st.just(3)), elements=st.integers(-3, 3).map(float))


def _optimum(a, b, cost):
    n, m = cost.shape
    sums = np.vstack([np.kron(np.eye(n), np.ones(m)), np.kron(np.ones(n), np.eye(m))])
    return linprog(cost.ravel(), A_eq=sums[:-1], b_eq=np.concatenate([a, b])[:-1]).fun


@given(X=rows, Y=rows)
def test_word_mover_distance_is_the_optimum_of_its_linear_program(X, Y):
    a, b = np.full(len(X), 1 / len(X)), np.full(len(Y), 1 / len(Y))
    np.testing.assert_allclose(word_mover_distance(X, Y), _optimum(a, b, cdist(X, Y)), rtol=1e-9, atol=1e-9)
    found = word_mover_distance(X, Y, metric="rms")
    np.testing.assert_allclose(found * np.sqrt(3), word_mover_distance(X, Y), rtol=1e-12, atol=1e-12)


@given(X=rows.filter(lambda X: X.any()), Y=rows.filter(lambda Y: Y.any()))
def test_word_rotator_distance_is_the_optimum_over_lengths_and_cosines(X, Y):
    x, y = X[X.any(axis=1)], Y[Y.any(axis=1)]
    a, b = (np.linalg.norm(v, axis=1) for v in (x, y))
    wanted = _optimum(a / a.sum(), b / b.sum(), cdist(x, y, "cosine"))
    np.testing.assert_allclose(word_rotator_distance(X, Y), wanted, atol=1e-9)
    chord = word_rotator_distance(X, Y, metric="chord")
    assert 0 <= chord <= 2
    assert word_rotator_distance(X, Y) >= 0.5 * chord**2 - 1e-12  # Jensen


@given(X=rows, Y=rows)
def test_distances_are_symmetric_and_zero_between_equal_sets(X, Y):
    np.testing.assert_allclose(word_mover_distance(X, Y), word_mover_distance(Y, X), atol=1e-12)
    assert word_mover_distance(X, X) == 0.0
    assert word_mover_similarity(X, X) == 1.0


def test_distances_follow_rotation_translation_and_scale():
    rng = np.random.default_rng(0)
    X, Y = rng.normal(size=(4, 3)), rng.normal(size=(6, 3))
    turn, _ = np.linalg.qr(rng.normal(size=(3, 3)))
    wmd, wrd = word_mover_distance(X, Y), word_rotator_distance(X, Y)
    np.testing.assert_allclose(word_mover_distance(X @ turn + 5, Y @ turn + 5), wmd)
    np.testing.assert_allclose(word_mover_distance(7 * X, 7 * Y), 7 * wmd)
    np.testing.assert_allclose(word_rotator_distance(3 * X @ turn, 0.2 * Y @ turn), wrd)


def test_repeated_tokens_are_weights():
    X, Y = np.array([[0.0, 1.0], [2.0, 0.0]]), np.array([[1.0, 1.0]])
    repeated = X[[0, 1, 1, 1]]
    for function in (word_mover_distance, word_rotator_distance):
        np.testing.assert_allclose(function(repeated, Y), function(X, Y, a=[1, 3]))
        np.testing.assert_allclose(function(X, Y, a=[5, 0]), function(X[:1], Y))
        assert function(X, Y, a=[], b=None) == function(X, Y)


def test_extreme_sizes_keep_their_digits():
    X, Y = np.array([[1.0, 2.0], [3.0, 1.0]]), np.array([[0.5, -1.0]])
    for scale in (1e-200, 1e150):
        np.testing.assert_allclose(word_mover_distance(X * scale, Y * scale), scale * word_mover_distance(X, Y))
        np.testing.assert_allclose(word_rotator_distance(X * scale, Y * scale), word_rotator_distance(X, Y))
    np.testing.assert_allclose(word_mover_distance(X, Y, a=[1e308, 1e308]), word_mover_distance(X, Y))


@pytest.mark.parametrize(
    "function", [word_mover_distance, word_mover_similarity, word_rotator_distance, word_rotator_similarity]
)
def test_any_layout_and_number_type_is_accepted_and_not_changed(function):
    X, Y = np.arange(1.0, 13).reshape(4, 3), np.arange(6.0).reshape(2, 3)
    wanted = function(X, Y, a=[1, 2, 3, 4])
    assert isinstance(wanted, float)
    locked = X.copy()
    locked.setflags(write=False)
    strided = np.zeros((8, 6))
    strided[::2, ::2] = X
    for form in (X.tolist(), X.astype(int), X.astype(np.float32), np.asfortranarray(X), locked, strided[::2, ::2]):
        np.testing.assert_allclose(function(form, Y, a=np.array([1, 2, 3, 4])), wanted, rtol=1e-6)
    np.testing.assert_array_equal(X, np.arange(1.0, 13).reshape(4, 3))


@pytest.mark.parametrize(
    ("X", "Y", "options", "error", "match"),
    [
        ([[1.0]], [[1.0, 2.0]], {}, InvalidInputError, "X and Y must have equal widths, got 1 and 2"),
        (np.zeros((0, 2)), [[1.0, 2.0]], {}, InvalidInputError, "X must have at least one row"),
        ([1.0], [[1.0]], {}, InvalidInputError, r"X must have 2 dimension\(s\), got shape \(1,\)"),
        ([[1.0]], [[np.nan]], {}, InvalidInputError, r"Y must be finite, got Y\[0, 0\] = nan"),
        ([["a"]], [[1.0]], {}, TypeError, "X must hold real numbers"),
        ([[1.0]], [[1j]], {}, TypeError, "Y must hold real numbers, got dtype complex128"),
        ([[1.0]], [[1.0]], {"a": [-0.5]}, InvalidInputError, r"a must be non-negative, got a\[0\] = -0.5"),
        ([[1.0]], [[1.0]], {"a": [np.nan]}, InvalidInputError, r"a must be finite, got a\[0\] = nan"),
        ([[1.0]], [[1.0]], {"b": [0.0]}, InvalidInputError, "b must have a positive sum, got 0.0"),
        ([[1.0]], [[1.0]], {"b": [1, 2]}, InvalidInputError, r"b must have one weight per row of Y \(1\), got 2"),
        ([[1.0]], [[1.0]], {"metric": "l1"}, InvalidInputError, "metric must be one of"),
    ],
)
@pytest.mark.parametrize("function", [word_mover_distance, word_rotator_distance])
def test_bad_input_is_refused(function, X, Y, options, error, match):
    with pytest.raises(error, match=match):
        function(X, Y, **options)


def test_vectors_without_direction():
    X, Y = [[0.0, 0.0], [1.0, 0.0]], [[0.0, 1.0]]
    assert word_rotator_distance(X, Y) == 1.0
    with pytest.raises(InvalidInputError, match="X must hold a vector of positive length and weight"):
        word_rotator_distance([[0.0, 0.0]], Y)
    with pytest.raises(InvalidInputError, match="X must have no zero vector for this metric"):
        word_mover_distance(X, Y, metric="cosine")
    assert word_mover_distance(X, Y, a=[0, 1], metric="cosine") == 1.0
