"""Soft top-k: smooth indicators of the k largest entries that sum to k.

"subset": the chance that an entry is in a subset S of size k drawn with probability proportional to exp(sum over S of
x / tau). "threshold_*": f((x - λ) / tau) with the λ at which the sum is k. "iterative": softmax k times, what was
chosen weighted down. Sources: kexue.fm/archives/10373, kexue.fm/archives/6620 (iterative), kexue.fm/archives/7359.
"""

import numpy as np

from kexuestat._kernels.topk import sample_subset_rows, subset_rows, threshold_rows
from kexuestat.exceptions import InvalidInputError
from kexuestat.smooth._frames import frame, reduced, rows, temperatures, unrows
from kexuestat.smooth._fused import fused
from kexuestat.smooth.log_sums import softmax_of
from kexuestat.smooth.relaxations import centred, pull_inputs
from kexuestat.validation.arrays import first_bad
from kexuestat.validation.options import check_integer, check_option, check_seed

_THRESHOLDS = ("threshold_exp", "threshold_sigmoid", "threshold_laplace")
_METHODS = ("subset", *_THRESHOLDS, "iterative")
_FAR = 1e300  # beyond it (x - centre) / tau counts as infinite
_PURPOSE = 71  # stream of subset draws, apart from other uses of the same seed


def soft_topk(x, k, *, method="subset", axis=-1, temperature=1.0, out=None):
    """Return a smooth indicator of the k largest entries along axis; it sums to k.

    Parameters
    ----------
    x : array_like
        Real numbers.
    k : int
        From 0 to the length n of axis; 0 gives zeros, n gives ones.
    method : {"subset", "threshold_exp", "threshold_sigmoid", "threshold_laplace", "iterative"}, default="subset"
        "subset": chances of inclusion, 1e-14 of relative accuracy, O(n k). Thresholds: f((x - λ) / tau) with f
        min(1, e^x), the logistic or the Laplace step, O(n log n). "iterative": k softmaxes; entries may exceed 1.
    axis : int, tuple of int or None, default=-1
        Along what to choose.
    temperature : float or array_like, default=1.0
        tau >= 0, one number or one per slice; 0 gives the hard indicator (ties share), inf gives k / n.
    out : ndarray, default=None
        Where to write the result.

    Returns
    -------
    ndarray
        In the shape of x.

    Raises
    ------
    InvalidInputError
        If k is outside its range, the method unknown, or the temperature negative or nan.

    References
    ----------
    kexue.fm/archives/10373

    Examples
    --------
    >>> from kexuestat.smooth import soft_topk
    >>> soft_topk([3.0, 2.0, 1.0, 4.0], 2).round(6)
    array([0.694413, 0.305587, 0.119203, 0.880797])
    """
    framed = frame(x, axis)
    tau = temperatures(temperature, framed)
    k = _check_k(k, framed)
    data = rows(framed)
    return unrows(_chosen(data, k, method, tau, np.zeros(data.shape))[0], framed, out)


def _check_k(k, framed):
    return check_integer(k, "k", 0, framed.data.shape[1])


def soft_topk_vjp(x, cotangent, k, *, method="subset", axis=-1, temperature=1.0, out=None):
    """Return the pullback of `soft_topk`: for "subset" the covariance of the inclusions times cotangent / tau.

    Examples
    --------
    >>> from kexuestat.smooth import soft_topk_vjp
    >>> soft_topk_vjp([0.0, 0.0], [1.0, 0.0], 1)
    array([ 0.25, -0.25])
    """
    framed, g, tau = pull_inputs(x, cotangent, axis, temperature)
    k = _check_k(k, framed)
    return unrows(_chosen(rows(framed), k, method, tau, g)[1], framed, out)


def _chosen(data, k, method, tau, g):
    """Return the soft indicator of rows, the pullback of g, and ln Z or λ (nan where the method has none)."""
    check_option(method, "method", _METHODS)
    p, pulled, level = _hard(data, k, tau)
    live = (tau > 0) & (tau < np.inf) & np.isfinite(data).all(axis=1) & (0 < k < data.shape[1])
    if live.any():
        own = np.broadcast_to(tau, len(data))[live][:, None]
        part, weights = data[live], g[live]
        centre = np.partition(part, -k, axis=1)[:, -k, None]  # λ lies near the k-th largest: its rounding is small
        if method == "subset":
            centre = np.where(own == 1.0, 0.0, centre)
        with np.errstate(over="ignore"):
            z, lifted = np.clip((part - centre) / own, -_FAR, _FAR), (centre / own)[:, 0]
        if method == "subset":
            p[live], change, logs = _by_subsets(z, k, weights)
            level[live] = logs + k * np.clip(lifted, -_FAR, _FAR)
        elif method == "iterative":
            p[live], change = _iterative(z, k, weights)
        else:
            p[live], change, levels = _by_threshold(z, k, method, weights)
            level[live] = levels * own[:, 0] + centre[:, 0]
        with np.errstate(over="ignore"):
            pulled[live] = change / own
    for row in np.flatnonzero(~live & (0 < k < data.shape[1]) & ~np.isnan(data).any(axis=1) & (tau > 0)):
        p[row] = _with_infinite(data[row], k, method, tau[row % len(tau)])
    return p, pulled, level


def _hard(data, k, tau):
    """Return the hard indicator of rows (ties share), zeros for the pullback, and nan levels."""
    n = data.shape[1]
    p = np.full(data.shape, float(k > 0))
    if 0 < k < n:
        edge = np.partition(data, n - k, axis=1)[:, n - k, None]
        above, ties = data > edge, data == edge
        p = above + ties * ((k - above.sum(axis=1, keepdims=True)) / np.maximum(ties.sum(axis=1, keepdims=True), 1))
    pulled, poisoned = np.zeros(data.shape), np.isnan(data).any(axis=1)
    p[poisoned] = pulled[poisoned] = np.nan
    return p, pulled, np.full(len(data), np.nan)


def _with_infinite(row, k, method, tau):
    """Return the indicator of a row with infinite entries, or for tau = inf: the limit."""
    sure, open_ = row == np.inf, np.isfinite(row)
    left = k - sure.sum()
    p = np.zeros(row.shape)
    if left <= 0:
        p[sure] = k / max(sure.sum(), 1)
        return p
    p[sure] = 1.0
    count = open_.sum()
    if left >= count:
        p[open_] = 1.0
        p[row == -np.inf] = (left - count) / max((row == -np.inf).sum(), 1)
    elif tau == np.inf:
        p[open_] = left / count
    else:
        given = row[open_][None]
        p[open_] = _chosen(given, left, method, np.full(1, tau), np.zeros(given.shape))[0][0]
    return p


def _by_subsets(z, k, g):
    p, pulled, logs = np.empty(z.shape), np.empty(z.shape), np.empty(len(z))
    subset_rows(np.ascontiguousarray(z), k, np.ascontiguousarray(g), p, logs, pulled)
    return p, pulled, logs


def _by_threshold(z, k, method, g):
    z = np.ascontiguousarray(z)
    p, slope, level = np.empty(z.shape), np.empty(z.shape), np.empty(len(z))
    ordered = np.ascontiguousarray(np.sort(z, axis=1)[:, ::-1])
    threshold_rows(z, ordered, k, _THRESHOLDS.index(method), level, p, slope)
    total = slope.sum(axis=1, keepdims=True)
    mean = (slope * g).sum(axis=1, keepdims=True) / np.where(total > 0, total, 1.0)
    return p, slope * (g - mean), level


def _iterative(z, k, g):
    """Return p after k softmaxes of (1 - p) x, x from its minimum, and the pullback by going back through them."""
    x = z - z.min(axis=1, keepdims=True)
    one = np.ones(1)
    p, steps = np.zeros(z.shape), []
    for _ in range(k):
        share = softmax_of((1.0 - p) * x, one)
        steps.append((p, share))
        p = p + share
    to_x, to_p = np.zeros(z.shape), g
    for before, share in reversed(steps):
        inner = centred(share, to_p, one)
        to_x += (1.0 - before) * inner
        to_p = to_p - x * inner
    least = z == z.min(axis=1, keepdims=True)
    return p, to_x - to_x.sum(axis=1, keepdims=True) * least / least.sum(axis=1, keepdims=True)


def log_subset_sum(x, k, *, axis=-1, temperature=1.0, keepdims=False, out=None):
    """Return ln Z_k, the logarithm of the sum over subsets S of size k of exp(sum over S of x / tau), along axis.

    Parameters
    ----------
    x, k, axis, temperature
        As in `soft_topk`; x finite, the temperature positive and finite.
    keepdims : bool, default=False
        Whether reduced axes stay, with length 1.
    out : ndarray, default=None
        Where to write the result.

    Returns
    -------
    float or ndarray
        At most 1e-13 off; 0 for k = 0, sum x / tau for k = n.

    Examples
    --------
    >>> from kexuestat.smooth import log_subset_sum
    >>> round(log_subset_sum([3.0, 2.0, 1.0, 4.0], 2), 6)
    7.534534
    """
    value, _, framed = _log_weights(x, k, axis, temperature)
    return reduced(value, framed, keepdims, out)


def _log_weights(x, k, axis, temperature):
    framed = frame(x, axis)
    tau = temperatures(temperature, framed)
    k = _check_k(k, framed)
    data = _bounded(rows(framed), tau)
    p, _, value = _chosen(data, k, "subset", tau, np.zeros(data.shape))
    if k in (0, data.shape[1]):
        value = data.sum(axis=1) / tau if k else np.zeros(len(data))
    return value, p / tau[:, None], framed


def _bounded(data, tau):
    """Return rows for which x / tau stays a number; there is no other limit for λ or ln Z."""
    if not ((tau > 0) & (tau < np.inf)).all():
        raise InvalidInputError("temperature must be positive and finite here; soft_topk takes the limits 0 and inf.")
    if np.isinf(data).any():
        raise InvalidInputError(f"x must be finite here, got {first_bad('x', data, np.isinf(data))}.")
    if (np.abs(data) / _FAR > tau[:, None]).any():
        raise InvalidInputError("temperature must be at least |x| / 1e300; a smaller one has no finite result.")
    return data


def log_subset_sum_grad(x, k, *, axis=-1, temperature=1.0, keepdims=False, out=None):
    """Return the gradient of `log_subset_sum`: the inclusion chances divided by tau, in the shape of x.

    Examples
    --------
    >>> from kexuestat.smooth import log_subset_sum_grad
    >>> log_subset_sum_grad([0.0, 0.0], 1)
    array([0.5, 0.5])
    """
    _, grad, framed = _log_weights(x, k, axis, temperature)
    return unrows(grad, framed, out)


@fused(log_subset_sum)
def _log_subset_sum_both(x, k, *, axis=-1, temperature=1.0, keepdims=False):
    value, grad, framed = _log_weights(x, k, axis, temperature)
    return reduced(value, framed, keepdims), unrows(grad, framed)


def topk_threshold(x, k, *, method="threshold_sigmoid", axis=-1, temperature=1.0, keepdims=False, out=None):
    """Return the λ at which f((x - λ) / tau) sums to k, along axis.

    Parameters
    ----------
    x, k, axis, temperature
        As in `soft_topk`, with 0 < k < n, x finite and the temperature positive and finite.
    method : {"threshold_exp", "threshold_sigmoid", "threshold_laplace"}, default="threshold_sigmoid"
        Which f.
    keepdims : bool, default=False
        Whether reduced axes stay, with length 1.
    out : ndarray, default=None
        Where to write the result.

    Returns
    -------
    float or ndarray
        In the unit of x.

    Examples
    --------
    >>> from kexuestat.smooth import topk_threshold
    >>> topk_threshold([3.0, 2.0, 1.0, 4.0], 2, method="threshold_laplace")
    2.5
    """
    value, _, framed = _thresholds(x, k, method, axis, temperature)
    return reduced(value, framed, keepdims, out)


def _thresholds(x, k, method, axis, temperature):
    check_option(method, "method", _THRESHOLDS)
    framed = frame(x, axis)
    tau = temperatures(temperature, framed)
    check_integer(k, "k", 1, framed.data.shape[1] - 1)
    data = _bounded(rows(framed), tau)
    _, _, value = _chosen(data, k, method, tau, np.zeros(data.shape))
    z = (data - value[:, None]) / tau[:, None]
    size = np.abs(z)
    logs = {  # of f': the shares of the slopes stay known where all slopes vanish
        "threshold_exp": np.where(z < 0, z, np.where(z == 0, np.log(0.5), np.where(z > 0, -np.inf, z))),
        "threshold_sigmoid": -size - 2 * np.log1p(np.exp(-size)),
        "threshold_laplace": -size,
    }[method]
    return value, softmax_of(logs, np.ones(1)), framed


def topk_threshold_grad(x, k, *, method="threshold_sigmoid", axis=-1, temperature=1.0, keepdims=False, out=None):
    """Return the gradient of `topk_threshold`: f' divided by its sum, in the shape of x.

    Examples
    --------
    >>> from kexuestat.smooth import topk_threshold_grad
    >>> topk_threshold_grad([1.0, 1.0], 1)
    array([0.5, 0.5])
    """
    _, grad, framed = _thresholds(x, k, method, axis, temperature)
    return unrows(grad, framed, out)


@fused(topk_threshold)
def _topk_threshold_both(x, k, *, method="threshold_sigmoid", axis=-1, temperature=1.0, keepdims=False):
    value, grad, framed = _thresholds(x, k, method, axis, temperature)
    return reduced(value, framed, keepdims), unrows(grad, framed)


def sample_subset(x, k, *, size=None, random_state=None):
    """Return subsets of size k drawn exactly: S with probability proportional to exp(sum over S of x).

    Its inclusion chances are ``soft_topk(x, k)``; the law is not that of `gumbel_topk`.

    Parameters
    ----------
    x : array_like of shape (..., n)
        Finite numbers.
    k : int
        From 0 to n.
    size : int or tuple of int, default=None
        Shape of the draws; None is one draw.
    random_state : None, int, Generator or RandomState
        Same seed, same draws, for any number of threads.

    Returns
    -------
    ndarray of int64, shape ``(*size, ..., k)``
        Indices, rising.

    Raises
    ------
    InvalidInputError
        If k is outside its range, or x is not finite.

    Examples
    --------
    >>> from kexuestat.smooth import sample_subset
    >>> sample_subset([0.0, 50.0, 50.0], 2, random_state=0)
    array([1, 2])
    """
    framed = frame(x, -1)
    data = rows(framed)
    n = data.shape[1]
    k = check_integer(k, "k", 0, n)
    if not np.isfinite(data).all():
        raise InvalidInputError("x must be finite; leave entries out that can never or must always be drawn.")
    shape = () if size is None else tuple(np.atleast_1d(size))
    draws = int(np.prod(shape, dtype=np.int64))
    out = np.empty((draws, len(data), k), dtype=np.int64)
    if 0 < k < n:
        sample_subset_rows(data, k, check_seed(random_state), _PURPOSE, out)
    else:
        out[...] = np.arange(k)
    return out.reshape(shape + framed.shape[:-1] + (k,))
