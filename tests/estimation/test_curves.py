"""Curves, decomposition and gradient estimators against closed forms."""

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from kexuestat import estimation as ks
from kexuestat.exceptions import InvalidInputError


@pytest.mark.slow
def test_the_mean_is_root_n_consistent_and_the_first_observation_is_not():
    curve = ks.consistency_curve("mean", n_grid=(10, 40, 160), n_replicates=3000, random_state=0)
    assert abs(curve.rate + 0.5) < 4 * curve.rate_std_error
    assert curve.is_consistent
    stuck = ks.consistency_curve(lambda x: x[0], n_grid=(10, 40), n_replicates=500, random_state=0)
    assert not stuck.is_consistent


@pytest.mark.slow
def test_the_uniform_maximum_converges_like_one_over_n():
    curve = ks.consistency_curve(
        "max", "uniform", truth=1.0, n_grid=(50, 100, 200, 400), n_replicates=3000, random_state=0
    )
    assert abs(curve.rate + 1.0) < 0.05


def test_sensitivity_curves_of_mean_and_median():
    sample = np.arange(-5.0, 6.0)
    np.testing.assert_allclose(ks.sensitivity_curve("mean", sample, [-3.0, 7.0]).value, [-3.0, 7.0])
    for median in ("median", np.median, lambda a: np.median(a)):
        value = ks.sensitivity_curve(median, sample, [-1e9, 0.0, 1e9]).value
        np.testing.assert_allclose(value, [-6.0, 0.0, 6.0])


def test_influence_of_the_variance_is_a_parabola(rng):
    x = rng.normal(size=40)
    found = ks.influence_function("var0", x)
    np.testing.assert_allclose(found.influence, (np.sort(x) - x.mean()) ** 2 - x.var(), atol=1e-6)
    assert len(ks.influence_function("median", "normal", n=25, random_state=0).x) == 25
    weighted = ks.influence_function(lambda a, weights=None: np.average(a, weights=weights), x)
    np.testing.assert_allclose(weighted.influence, np.sort(x) - x.mean(), atol=1e-8)


@pytest.mark.parametrize(
    ("estimator", "low", "high"),
    [
        ("mean", 0.025, 0.025),
        ("median", 0.475, 0.525),
        (ks.mad, 0.475, 0.525),
        (ks.qn, 0.45, 0.55),
        (ks.sn, 0.45, 0.55),
        (ks.hodges_lehmann, 0.27, 0.33),
        (ks.geometric_median, 0.475, 0.525),
        (lambda x: 0.0, 1.0, 1.0),
    ],
)
def test_breakdown_points(estimator, low, high):
    assert low <= ks.breakdown_point(estimator, 40) <= high


def test_squared_loss_is_bias_plus_variance_to_rounding(rng):
    X = rng.normal(size=(80, 3))
    y = X[:, 0] ** 2 + 0.1 * rng.normal(size=80)
    line = ks.BiasVarianceDecomposition(LinearRegression(), n_replicates=30, random_state=0).fit(X, y)
    tree = ks.BiasVarianceDecomposition(DecisionTreeRegressor(random_state=0), n_replicates=30, random_state=0).fit(
        X, y
    )
    for fit in (line, tree):
        np.testing.assert_allclose(fit.expected_loss_, fit.bias_squared_ + fit.variance_, rtol=1e-12)
        assert set(fit.summary()) == {"bias_squared", "variance", "expected_loss", "full_fit_loss"}
    assert line.bias_squared_ > tree.bias_squared_


@pytest.mark.slow
def test_variance_of_a_constant_model_is_that_of_the_mean(rng):
    from sklearn.dummy import DummyRegressor

    y = rng.normal(size=400)
    fit = ks.BiasVarianceDecomposition(DummyRegressor(), n_replicates=400, random_state=0)
    fit.fit(np.zeros((400, 1)), y, np.zeros((1, 1)), np.zeros(1))
    np.testing.assert_allclose(fit.variance_, y.var() / 400, atol=5 * fit.variance_mcse_)


def test_zero_one_loss_votes(rng):
    X = rng.normal(size=(90, 2))
    y = np.where(X[:, 0] + X[:, 1] > 0, "b", "a")
    fit = ks.BiasVarianceDecomposition(
        DecisionTreeClassifier(random_state=0), loss="zero_one", scheme="split", n_replicates=25, random_state=0
    ).fit(X, y)
    np.testing.assert_allclose(fit.expected_loss_, np.mean(fit.predictions_ != _held_out(fit, X, y)))
    assert 0 <= fit.bias_squared_ <= fit.expected_loss_ + 0.1


def _held_out(fit, X, y):
    from sklearn.model_selection import train_test_split

    return train_test_split(X, y, test_size=0.3, random_state=fit.seed_ % 2**32)[3]


@pytest.mark.slow
@pytest.mark.parametrize(("mu", "sigma"), [(1.0, 1.0), (0.0, 2.0), (-2.0, 0.5)])
def test_gradient_estimators_of_a_square_have_their_closed_variances(mu, sigma):
    found = ks.compare_gradient_estimators(lambda z: z**2, lambda z: 2 * z, mu, sigma, random_state=0)
    score = mu**4 / sigma**2 + 14 * mu**2 + 15 * sigma**2
    assert abs(found.score_variance - score) < 5 * found.score_variance_mcse
    assert abs(found.pathwise_variance - 4 * sigma**2) < 5 * found.pathwise_variance_mcse
    assert abs(found.score_mean - 2 * mu) < 5 * found.score_mean_mcse
    assert abs(found.pathwise_mean - 2 * mu) < 5 * found.pathwise_mean_mcse


@pytest.mark.slow
def test_gumbel_softmax_is_less_variable_and_biased_for_curved_functions():
    target = np.array([0.3, 1.0, -0.5])

    def f(x):
        return ((x - target) ** 2).sum(axis=1)

    found = ks.compare_categorical_gradients(f, lambda x: 2 * (x - target), [0.2, -0.1, 0.4], 1.0, random_state=0)
    assert (np.abs(found.score_mean - found.exact) < 5 * found.score_mean_mcse).all()
    assert (found.gumbel_variance < found.score_variance).all()
    np.testing.assert_allclose(found.exact.sum(), 0.0, atol=1e-15)


def test_bad_input_is_named():
    with pytest.raises(InvalidInputError, match="at least two different sample sizes"):
        ks.consistency_curve("mean", n_grid=(10, 10))
    with pytest.raises(InvalidInputError, match="f must return an array of shape"):
        ks.compare_gradient_estimators(lambda z: 1.0, lambda z: z)
    with pytest.raises(InvalidInputError, match="y_test must be given"):
        ks.BiasVarianceDecomposition().fit(np.eye(5), np.arange(5.0), np.eye(5))
    with pytest.raises(InvalidInputError, match="len\\(estimators\\) must be at least 2"):
        ks.compare_estimators(["mean"])
