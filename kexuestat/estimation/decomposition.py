"""Bias and variance of a predictor over training sets.

ȳ(x) = mean (or majority) prediction over training sets, loss averaged over test points. Squared loss:
E (y - f)² = (y - ȳ)² + Var f, exactly, with noise inside the bias term as long as y is one observation. Zero-one loss:
bias = loss of the majority vote, variance = expected loss - bias (Kohavi and Wolpert 1996; Domingos 2000).
"""

import numpy as np
from sklearn.base import BaseEstimator, clone
from sklearn.utils.validation import check_array, check_X_y

from kexuestat._kernels import sampling
from kexuestat.exceptions import InvalidInputError
from kexuestat.validation.options import check_integer, check_option, check_seed

PURPOSE = 11  # stream of training rows


class BiasVarianceDecomposition(BaseEstimator):
    """Bias, variance and expected loss of a scikit-learn predictor over training sets.

    Parameters
    ----------
    model : estimator, optional
        Predictor with fit and predict; None is linear regression.
    loss : {"squared", "zero_one"}
        Loss.
    scheme : {"bootstrap", "split"}
        Training sets: resamples of all rows, or random halves.
    n_replicates : int
        Number of training sets.
    test_size : float
        Share of rows held out for testing when ``fit`` gets no test data.
    random_state : None, int, Generator or RandomState
        Seed.
    n_jobs : int, optional
        joblib's convention.

    Attributes
    ----------
    bias_squared_, bias_squared_mcse_ : float
        Loss of the mean (majority) prediction.
    variance_, variance_mcse_ : float
        Expected loss of predictions around it.
    expected_loss_, expected_loss_mcse_ : float
        Bias + variance; the noise of y is part of the bias.
    full_fit_loss_ : float
        Loss of one model fitted to all training rows: what a user of the model sees.
    predictions_ : ndarray of shape (n_replicates, n_test)
        Predictions of every training set.
    seed_ : int
        The seed used.
    n_features_in_ : int
        Columns of X.

    Examples
    --------
    >>> import numpy as np
    >>> from kexuestat.estimation import BiasVarianceDecomposition
    >>> rng = np.random.default_rng(0)
    >>> X = rng.normal(size=(80, 2))
    >>> d = BiasVarianceDecomposition(n_replicates=20, random_state=0).fit(X, X[:, 0] + rng.normal(size=80))
    >>> bool(abs(d.expected_loss_ - d.bias_squared_ - d.variance_) < 1e-12)
    True
    """

    def __init__(
        self,
        model=None,
        *,
        loss="squared",
        scheme="bootstrap",
        n_replicates=200,
        test_size=0.3,
        random_state=None,
        n_jobs=None,
    ):
        self.model = model
        self.loss = loss
        self.scheme = scheme
        self.n_replicates = n_replicates
        self.test_size = test_size
        self.random_state = random_state
        self.n_jobs = n_jobs

    def fit(self, X, y, X_test=None, y_test=None):
        """Return self, fitted to training rows X (n, p), y (n,), tested on X_test, y_test or on a part held out."""
        loss = check_option(self.loss, "loss", _LOSSES)
        check_option(self.scheme, "scheme", ("bootstrap", "split"))
        n_replicates = check_integer(self.n_replicates, "n_replicates", 2)
        self.seed_ = check_seed(self.random_state)
        X, y = check_X_y(X, y, ensure_min_samples=4, y_numeric=loss == "squared", estimator=self)
        self.n_features_in_ = X.shape[1]
        X, y, X_test, y_test = self._test_part(X, y, X_test, y_test)
        model = self._model()
        rows = self._training_rows(len(X), n_replicates)
        self.predictions_ = _predictions(model, X, y, X_test, rows, self.n_jobs)
        full = clone(model).fit(X, y).predict(X_test)
        _LOSSES[loss](self, self.predictions_, np.asarray(y_test), full)
        return self

    def _model(self):
        if self.model is not None:
            return self.model
        from sklearn.linear_model import LinearRegression

        return LinearRegression()

    def _test_part(self, X, y, X_test, y_test):
        if X_test is not None:
            if y_test is None:
                raise InvalidInputError("y_test must be given with X_test.")
            return X, y, check_array(X_test), np.asarray(y_test)
        from sklearn.model_selection import train_test_split

        parts = train_test_split(X, y, test_size=self.test_size, random_state=self.seed_ % 2**32)
        return parts[0], parts[2], parts[1], parts[3]

    def _training_rows(self, n, n_replicates):
        if self.scheme == "bootstrap":
            rows = np.empty((n_replicates, n), np.int64)
            sampling.multinomial_rows(self.seed_, PURPOSE, 0, n, rows)
        else:
            rows = np.empty((n_replicates, max(1, n // 2)), np.int64)
            sampling.subset_rows(self.seed_, PURPOSE, 0, n, rows)
        return rows

    def summary(self):
        """Return {measure: value}: bias², variance, expected loss over training sets, and the loss of the full fit."""
        return {
            "bias_squared": self.bias_squared_,
            "variance": self.variance_,
            "expected_loss": self.expected_loss_,
            "full_fit_loss": self.full_fit_loss_,
        }


def _predictions(model, X, y, X_test, rows, n_jobs):
    from joblib import Parallel, delayed

    def predict(line):
        return clone(model).fit(X[line], y[line]).predict(X_test)

    return np.array(Parallel(n_jobs=n_jobs)(delayed(predict)(line) for line in rows))


def _error(values):
    return float(np.std(values, ddof=1) / np.sqrt(len(values)))


def _squared(result, predictions, y, full):
    mean = predictions.mean(axis=0)
    result.bias_squared_ = float(((y - mean) ** 2).mean())
    spread = ((predictions - mean) ** 2).mean(axis=1)
    losses = ((predictions - y) ** 2).mean(axis=1)
    result.variance_, result.expected_loss_ = float(spread.mean()), float(losses.mean())
    result.variance_mcse_, result.expected_loss_mcse_ = _error(spread), _error(losses)
    # the mean moves with the training sets: d(bias²) = -2 mean((y - mean) d mean)
    result.bias_squared_mcse_ = _error(-2.0 * ((y - mean) * predictions).mean(axis=1))
    result.full_fit_loss_ = float(((y - full) ** 2).mean())


def _zero_one(result, predictions, y, full):
    classes, coded = np.unique(predictions, return_inverse=True)
    coded = coded.reshape(predictions.shape)
    votes = np.array([np.bincount(column, minlength=len(classes)) for column in coded.T])
    majority = classes[votes.argmax(axis=1)]
    losses = (predictions != y).mean(axis=1)
    result.bias_squared_ = float((majority != y).mean())
    result.expected_loss_ = float(losses.mean())
    result.variance_ = result.expected_loss_ - result.bias_squared_
    result.expected_loss_mcse_ = result.variance_mcse_ = _error(losses)
    result.bias_squared_mcse_ = 0.0
    result.full_fit_loss_ = float((full != y).mean())


_LOSSES = {"squared": _squared, "zero_one": _zero_one}
