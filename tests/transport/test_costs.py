"""cost_matrix: digits survive near pairs, equal rows cost nothing, directions are needed where they are used."""

import numpy as np
import pytest

from kexuestat.exceptions import InvalidInputError
from kexuestat.transport import cost_matrix
from tests.naive import transport as naive

METRICS = ("euclidean", "rms", "sqeuclidean", "cosine", "chord")


@pytest.mark.parametrize("metric", METRICS)
def test_near_pairs_keep_their_digits(metric, rng):
    X = rng.standard_normal((10, 300))
    Y = np.vstack([X * (1 + 1e-6) + 1e-7 * rng.standard_normal(X.shape), X + 0.02 * rng.standard_normal(X.shape)])
    # unit vectors are rounded: their distance carries an absolute error, whatever the formula
    atol = 3e-16 if metric in ("cosine", "chord") else 0
    np.testing.assert_allclose(cost_matrix(X, Y, metric=metric), naive.distances(X, Y, metric), rtol=2e-12, atol=atol)


@pytest.mark.parametrize("metric", METRICS)
def test_equal_rows_cost_exactly_nothing_and_the_matrix_is_symmetric(metric, rng):
    X = rng.standard_normal((30, 50)) * 1e3
    cost = cost_matrix(np.vstack([X, X]), metric=metric)
    assert (np.diag(cost) == 0).all()
    assert (np.diag(cost, 30) == 0).all()
    np.testing.assert_array_equal(cost, cost.T)
    assert cost_matrix(X, X.copy(), metric=metric)[3, 3] == 0


@pytest.mark.parametrize("scale", [1e-170, 1e170])
def test_squares_neither_overflow_nor_vanish(scale, rng):
    X = rng.standard_normal((4, 5))
    np.testing.assert_allclose(cost_matrix(scale * X), scale * cost_matrix(X), rtol=1e-12)
    np.testing.assert_allclose(
        cost_matrix(scale * X, metric="cosine"), cost_matrix(X, metric="cosine"), rtol=1e-12, atol=1e-15
    )


def test_zero_vectors_have_no_direction():
    for metric in ("cosine", "chord"):
        with pytest.raises(InvalidInputError, match=r"Y must have no zero vector for this metric, got Y\[1\] = 0"):
            cost_matrix([[1.0, 2.0]], [[1.0, 0.0], [0.0, 0.0]], metric=metric)
    assert cost_matrix([[0.0, 0.0]])[0, 0] == 0


def test_unknown_metric_lists_the_choices():
    with pytest.raises(InvalidInputError, match=r"metric must be one of 'euclidean', 'rms'.*Did you mean 'cosine'"):
        cost_matrix([[1.0]], metric="cosin")


def test_input_is_not_changed(rng):
    X = rng.integers(0, 5, (4, 3))
    before = X.copy()
    X.setflags(write=False)
    cost_matrix(X, X[::-1].astype(np.float32))
    np.testing.assert_array_equal(X, before)
