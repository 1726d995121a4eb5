"""Robust centres of points: geometric median, coordinate median, α-means (kexue.fm/archives/11693).

f(y) = Σ w_i |x_i - y|, R(y) = its pull Σ w_i (x_i - y)/|x_i - y| over the points off y. A point y of weight w is the
minimum when |R(y)| <= w (Vardi and Zhang 2000, doi:10.1073/pnas.97.4.1423).
"""

import math
import warnings

import numpy as np

from kexuestat._kernels.robust import pull_towards
from kexuestat.exceptions import InvalidInputError
from kexuestat.validation.arrays import check_finite
from kexuestat.validation.estimation import check_sample, check_weights
from kexuestat.validation.options import check_integer, check_real

_NEAR = 1e-5  # of the spread: closer to a data point than this, that point is tried itself


def _points(X, weights):
    X = np.asarray(X)
    X = check_finite(check_sample(X[:, None] if X.ndim == 1 else X, "X", ndim=2), "X")
    return X, np.ones(len(X)) if weights is None else check_weights(weights, "weights", len(X))


def geometric_median(X, weights=None, tol=1e-12, max_iter=1000):
    """Return the point of least weighted distance sum Σ w_i |x_i - y|.

    Steps of Vardi and Zhang, shortened to Newton's where that is better; ended by the subgradient, not by the step.
    On a line, where a whole interval may be least, its midpoint.

    Parameters
    ----------
    X : array_like of shape (n, p) or (n,)
        Points.
    weights : array_like of shape (n,), optional
        Non-negative weights.
    tol : float
        Largest subgradient, as a share of the total weight.
    max_iter : int
        Largest number of steps.

    Returns
    -------
    ndarray of float64, shape (p,)

    Raises
    ------
    InvalidInputError
        If a point is not finite or a weight negative.

    Examples
    --------
    >>> from kexuestat.estimation import geometric_median
    >>> geometric_median([[0, 0], [1, 0], [0, 1], [1, 1], [50, 50]]).round(6).tolist()
    [0.788675, 0.788675]
    """
    X, weights = _points(X, weights)
    tol = check_real(tol, "tol", 0.0)
    max_iter = check_integer(max_iter, "max_iter", 1)
    X, weights = X[weights > 0], weights[weights > 0]
    direction = _line(X)
    if direction is not None:
        return _median_on_line(X, weights, *direction)
    return _iterate(X, weights, tol, max_iter)


def _line(X):
    """Return (base, unit direction) if all points lie on one line, else None."""
    base = X[0]
    offsets = X - base
    lengths = np.sqrt((offsets**2).sum(axis=1))
    if lengths.max() == 0.0 or X.shape[1] == 1:
        return base, np.eye(X.shape[1])[0]
    unit = offsets[lengths.argmax()] / lengths.max()
    rest = offsets - (offsets @ unit)[:, None] * unit
    return (base, unit) if np.abs(rest).max() <= 1e-14 * lengths.max() else None


def _median_on_line(X, weights, base, unit):
    places = (X - base) @ unit
    order = np.argsort(places, kind="stable")
    below = np.cumsum(weights[order])
    half = 0.5 * below[-1]
    low = np.searchsorted(below, half, side="left")
    high = np.searchsorted(below, half, side="right")
    return 0.5 * (X[order[low]] + X[order[min(high, len(X) - 1)]])


def _iterate(X, weights, tol, max_iter):
    total, spread = weights.sum(), np.abs(X - X.mean(axis=0)).max()
    point = np.average(X, axis=0, weights=weights)
    pull, best = np.empty(X.shape[1]), math.inf
    for _ in range(max_iter):
        nearest = X[np.argmin(((X - point) ** 2).sum(axis=1))]
        if np.abs(nearest - point).max() < _NEAR * spread and _is_minimum(X, weights, nearest):
            return nearest.copy()
        inverse, here = pull_towards(X, weights, point, pull)
        size = math.sqrt((pull**2).sum())
        best = max(0.0, size - here) / total
        if best <= tol:
            return point
        point = _better(X, weights, point, pull, inverse, max(0.0, 1.0 - here / size))
    _warn(best, tol, max_iter)
    return point


def _is_minimum(X, weights, point):
    pull = np.empty(X.shape[1])
    _, here = pull_towards(X, weights, point, pull)
    return math.sqrt((pull**2).sum()) <= here


def _distance_sum(X, weights, point):
    return float(weights @ np.sqrt(((X - point) ** 2).sum(axis=1)))


def _better(X, weights, point, pull, inverse, share):
    """Return the lower of the step of Vardi and Zhang and Newton's."""
    plain = point + share * pull / inverse
    offsets = X - point
    distance = np.sqrt((offsets**2).sum(axis=1))
    if share < 1.0 or distance.min() == 0.0:
        return plain
    unit, shares = offsets / distance[:, None], weights / distance
    curvature = shares.sum() * np.eye(len(point)) - (unit * shares[:, None]).T @ unit
    try:
        newton = point + np.linalg.solve(curvature, pull)
    except np.linalg.LinAlgError:
        return plain
    # near the end both sums agree to the last digit, and Newton's step is the closer one
    gain = _distance_sum(X, weights, plain) - _distance_sum(X, weights, newton)
    return newton if gain >= -1e-15 * inverse * distance.max() ** 2 else plain


def _warn(gap, tol, max_iter):
    from kexuestat.exceptions import ConvergenceWarning

    warnings.warn(f"stopped after {max_iter} steps with gap {gap:.3g} above tol {tol:.3g}.", ConvergenceWarning, 4)


def coordinate_median(X):
    """Return the median of every column.

    Parameters
    ----------
    X : array_like of shape (n, p) or (n,)
        Points.

    Returns
    -------
    ndarray of float64, shape (p,)

    Examples
    --------
    >>> from kexuestat.estimation import coordinate_median
    >>> coordinate_median([[0, 5], [1, 3], [9, 4]]).tolist()
    [1.0, 4.0]
    """
    X, _ = _points(X, None)
    return np.median(X, axis=0)


def alpha_mean(X, alpha, weights=None, tol=1e-12, max_iter=1000):
    """Return argmin Σ w_i |x_i - μ|^α: the geometric median for α = 1, the mean for α = 2.

    Parameters
    ----------
    X : array_like of shape (n, p) or (n,)
        Points.
    alpha : float
        Power, at least 1.
    weights : array_like of shape (n,), optional
        Non-negative weights.
    tol : float
        Largest gradient, as a share of the sum of the sizes of its terms.
    max_iter : int
        Largest number of steps.

    Returns
    -------
    ndarray of float64, shape (p,)

    Examples
    --------
    >>> from kexuestat.estimation import alpha_mean
    >>> alpha_mean([0, 1, 5], 2).tolist()
    [2.0]
    """
    alpha = check_real(alpha, "alpha", 1.0)
    if alpha == 1.0:
        return geometric_median(X, weights, tol, max_iter)
    X, weights = _points(X, weights)
    if not math.isfinite(alpha):
        raise InvalidInputError("alpha must be finite; the limit is the centre of the smallest enclosing ball.")
    mean = np.average(X, axis=0, weights=weights)
    return mean if alpha == 2.0 else _descend(X, weights, alpha, mean, tol, check_integer(max_iter, "max_iter", 1))


def _descend(X, weights, alpha, point, tol, max_iter):
    """Newton's method with halved steps on the convex sum of powers; distances are scaled by the largest."""
    scale = np.abs(X - point).max()
    if scale == 0.0:
        return point
    X, point, gap = X / scale, point / scale, math.inf

    def height(y):
        return float(weights @ ((X - y) ** 2).sum(axis=1) ** (alpha / 2.0))

    for _ in range(max_iter):
        offsets = X - point
        square = np.maximum((offsets**2).sum(axis=1), 1e-30)
        pull = weights * square ** (alpha / 2.0 - 1.0)
        gradient = pull @ offsets
        gap = np.abs(gradient).max() / (pull * np.sqrt(square)).sum()
        if gap <= tol:
            return point * scale
        bend = (offsets * (pull / square)[:, None]).T @ offsets * (alpha - 2.0)
        step = np.linalg.solve(pull.sum() * np.eye(len(point)) + bend, gradient)
        start, share = height(point), 1.0
        while height(point + share * step) > start * (1.0 + 1e-15) and share > 1e-9:
            share *= 0.5
        point = point + share * step
    _warn(gap, tol, max_iter)
    return point * scale
