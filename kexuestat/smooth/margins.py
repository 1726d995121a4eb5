"""Circle loss, and Fenchel-Young losses of softmax, sparsemax and entmax, with gradients.

A Fenchel-Young loss is Ω*(x) + Ω(t) - <x, t>; it is computed as the Bregman divergence of t from ŷ(x) plus the
targets off the support, so that nothing cancels and it never falls below 0. Sources: kexue.fm/archives/7359 (circle
loss as a multi-label loss), arXiv:2002.10857; Fenchel-Young losses: arXiv:1901.02324.
"""

import numpy as np

from kexuestat._kernels.softmax import log_softmax_rows
from kexuestat.exceptions import InvalidInputError
from kexuestat.smooth._elementwise import RAMP, STEP, mollified
from kexuestat.smooth._frames import frame, rows
from kexuestat.smooth._fused import fused
from kexuestat.smooth._losses import reduce_loss, score_rows, spread_grad
from kexuestat.smooth.log_sums import log_sum_both
from kexuestat.smooth.projections import _check_alpha, entmax_of
from kexuestat.validation.arrays import first_bad
from kexuestat.validation.options import check_option, check_real
from kexuestat.validation.smooth import check_smooth_array

_REGULARIZERS = {"softmax": 1.0, "sparsemax": 2.0, "entmax": None}


def circle_loss(scores, targets, *, gamma=1.0, margin=0.0, axis=-1, reduction="none", out=None):
    """Return ln(1 + sum over negatives of e^(γ(s + m)) times sum over positives of e^(-γ s)), along axis.

    Parameters
    ----------
    scores : array_like
        Real numbers.
    targets : array_like of the shape of scores
        0 or 1.
    gamma : float, default=1.0
        γ > 0.
    margin : float, default=0.0
        m.
    axis : int, tuple of int or None, default=-1
        The axis of labels.
    reduction : {"none", "mean", "sum"}, default="none"
        Over the slices.
    out : ndarray, default=None
        Where to write the result.

    Returns
    -------
    float or ndarray
        At least 0; 0 where a slice has no positive or no negative.

    Raises
    ------
    InvalidInputError
        If a target is neither 0 nor 1, or γ is not positive.

    References
    ----------
    kexue.fm/archives/7359; arXiv:2002.10857

    Examples
    --------
    >>> from kexuestat.smooth import circle_loss
    >>> circle_loss([0.0, 0.0], [1, 0])
    0.6931471805599453
    """
    framed, value, _ = _circle(scores, targets, gamma, margin, axis)
    return reduce_loss(value, framed, reduction, out)


def _circle(scores, targets, gamma, margin, axis):
    gamma = check_real(gamma, "gamma", 0.0, open_low=True)
    margin = check_real(margin, "margin")
    framed, data, wanted = score_rows(scores, targets, axis, binary=True)
    one = np.ones(1)
    with np.errstate(over="ignore"):
        raised, lowered = gamma * (data + margin), -gamma * data
    up, share_up = log_sum_both(np.where(wanted == 0, raised, -np.inf), one)
    down, share_down = log_sum_both(np.where(wanted == 1, lowered, -np.inf), one)
    one_sided = (wanted == wanted[:, :1]).all(axis=1) if wanted.shape[1] else np.ones(len(wanted), dtype=bool)
    with np.errstate(invalid="ignore"):  # an infinite wrong score beside an infinite right one has no limit
        total = np.where(one_sided & ~np.isnan(data).any(axis=1), -np.inf, up + down)
    pull = gamma * mollified(total, 1.0, "logistic", STEP)[:, None]
    return framed, mollified(total, 1.0, "logistic", RAMP), np.where(wanted == 0, share_up, -share_down) * pull


def circle_loss_grad(scores, targets, *, gamma=1.0, margin=0.0, axis=-1, reduction="none", out=None):
    """Return the gradient of `circle_loss` in the scores.

    Examples
    --------
    >>> from kexuestat.smooth import circle_loss_grad
    >>> circle_loss_grad([0.0, 0.0], [1, 0])
    array([-0.5,  0.5])
    """
    framed, _, grad = _circle(scores, targets, gamma, margin, axis)
    return spread_grad(grad, framed, reduction, out)


@fused(circle_loss)
def _circle_loss_both(scores, targets, *, gamma=1.0, margin=0.0, axis=-1, reduction="none"):
    framed, value, grad = _circle(scores, targets, gamma, margin, axis)
    return reduce_loss(value, framed, reduction), spread_grad(grad, framed, reduction)


def fenchel_young_loss(x, target, *, regularizer="softmax", alpha=1.5, axis=-1, reduction="none", out=None):
    """Return the Fenchel-Young loss of a prediction ŷ(x) = softmax, sparsemax or entmax, along axis.

    Parameters
    ----------
    x : array_like
        Finite scores.
    target : array_like
        Probabilities in the shape of x, or class numbers (integers) in that shape without axis.
    regularizer : {"softmax", "sparsemax", "entmax"}, default="softmax"
        Which Ω: negative entropy, half the squared norm, Tsallis' entropy of order alpha.
    alpha : float, default=1.5
        Order for "entmax", at least 1.
    axis : int, default=-1
        The axis of classes.
    reduction : {"none", "mean", "sum"}, default="none"
        Over the slices.
    out : ndarray, default=None
        Where to write the result.

    Returns
    -------
    float or ndarray
        At least 0, and 0 only where ŷ(x) is the target.

    Raises
    ------
    InvalidInputError
        If the target is negative, does not sum to 1, or names a class that does not exist.

    References
    ----------
    arXiv:1901.02324

    Examples
    --------
    >>> from kexuestat.smooth import fenchel_young_loss
    >>> fenchel_young_loss([0.0, 0.0], 1)
    0.6931471805599453
    """
    framed, value, _ = _fenchel_young(x, target, regularizer, alpha, axis)
    return reduce_loss(value, framed, reduction, out)


def _fenchel_young(x, target, regularizer, alpha, axis):
    order = _REGULARIZERS[check_option(regularizer, "regularizer", tuple(_REGULARIZERS))]
    order = _check_alpha(alpha) if order is None else order
    framed = frame(x, axis)
    data = rows(framed)
    if not np.isfinite(data).all():
        raise InvalidInputError(f"x must be finite, got {first_bad('x', data, ~np.isfinite(data))}.")
    wanted = _targets(target, framed, data.shape)
    predicted = entmax_of(data, order)
    value = _shannon(data, wanted) if order == 1.0 else _tsallis(data, wanted, predicted, order)
    return framed, value, predicted - wanted


def _targets(target, framed, shape):
    """Return targets as rows of probabilities."""
    given = check_smooth_array(target, "target")
    without = tuple(size for i, size in enumerate(framed.shape) if i not in framed.axes)
    if given.shape == without and np.asarray(target).dtype.kind in "iu":
        classes = given.ravel().astype(np.int64)
        bad = (classes < 0) | (classes >= shape[1])
        if bad.any():
            raise InvalidInputError(f"target must name classes 0 … {shape[1] - 1}, got {classes[bad][0]}.")
        return (np.arange(shape[1]) == classes[:, None]).astype(np.float64)
    if given.shape != framed.shape:
        raise InvalidInputError(f"target must have shape {framed.shape}, or be classes {without}, got {given.shape}.")
    wanted = rows(frame(given, framed.axes, "target"))
    if not (wanted >= 0).all():
        raise InvalidInputError(f"target must be non-negative, got {first_bad('target', wanted, ~(wanted >= 0))}.")
    sums = wanted.sum(axis=1)
    if not np.allclose(sums, 1.0, rtol=0, atol=1e-6):
        worst = sums[np.argmax(np.abs(sums - 1.0))]
        raise InvalidInputError(f"target must sum to 1 along axis, got {worst:.6g}; divide by the sum.")
    return wanted


def _shannon(data, wanted):
    """Return the divergence of softmax's targets from its predictions, in nats."""
    logs = np.empty(data.shape)
    log_softmax_rows(data, np.ones(1), logs)
    live = wanted > 0
    own = np.log(np.where(live, wanted, 1.0))
    return np.maximum((wanted * np.where(live, own - logs, 0.0)).sum(axis=1), 0.0)


def _tsallis(data, wanted, predicted, alpha):
    """Return Bregman's divergence of Tsallis' entropy plus the targets off the support times their distance to it."""
    beta = alpha - 1.0
    best = np.argmax(predicted, axis=1)[:, None]
    edge = np.take_along_axis(data, best, 1) - np.take_along_axis(predicted, best, 1) ** beta / beta
    if alpha == 2.0:
        divergence = 0.5 * (wanted - predicted) ** 2
    else:
        powers = (wanted**alpha - predicted**alpha) / alpha - predicted**beta * (wanted - predicted)
        divergence = np.maximum(powers / beta, 0.0)
    return (divergence + wanted * np.where(predicted > 0, 0.0, np.maximum(edge - data, 0.0))).sum(axis=1)


def fenchel_young_loss_grad(x, target, *, regularizer="softmax", alpha=1.5, axis=-1, reduction="none", out=None):
    """Return the gradient of `fenchel_young_loss` in x: ŷ(x) - target.

    Examples
    --------
    >>> from kexuestat.smooth import fenchel_young_loss_grad
    >>> fenchel_young_loss_grad([0.0, 0.0], 1)
    array([ 0.5, -0.5])
    """
    framed, _, grad = _fenchel_young(x, target, regularizer, alpha, axis)
    return spread_grad(grad, framed, reduction, out)


@fused(fenchel_young_loss)
def _fenchel_young_loss_both(x, target, *, regularizer="softmax", alpha=1.5, axis=-1, reduction="none"):
    framed, value, grad = _fenchel_young(x, target, regularizer, alpha, axis)
    return reduce_loss(value, framed, reduction), spread_grad(grad, framed, reduction)


def sparsemax_loss(x, target, *, axis=-1, reduction="none", out=None):
    """Return the sparsemax loss; for class t: 1/2 - x_t + 1/2 sum over the support of (x² - λ²).

    Parameters and errors are those of `fenchel_young_loss`.

    Examples
    --------
    >>> from kexuestat.smooth import sparsemax_loss
    >>> sparsemax_loss([1.0, 0.5, -1.0], 0)
    0.0625
    """
    return fenchel_young_loss(x, target, regularizer="sparsemax", axis=axis, reduction=reduction, out=out)


def sparsemax_loss_grad(x, target, *, axis=-1, reduction="none", out=None):
    """Return the gradient of `sparsemax_loss` in x.

    Examples
    --------
    >>> from kexuestat.smooth import sparsemax_loss_grad
    >>> sparsemax_loss_grad([1.0, 0.5, -1.0], 0)
    array([-0.25,  0.25,  0.  ])
    """
    return fenchel_young_loss_grad(x, target, regularizer="sparsemax", axis=axis, reduction=reduction, out=out)


@fused(sparsemax_loss)
def _sparsemax_loss_both(x, target, *, axis=-1, reduction="none"):
    return _fenchel_young_loss_both(x, target, regularizer="sparsemax", axis=axis, reduction=reduction)


def entmax_loss(x, target, *, alpha=1.5, axis=-1, reduction="none", out=None):
    """Return the entmax loss of order alpha.

    Parameters and errors are those of `fenchel_young_loss`.

    Examples
    --------
    >>> from kexuestat.smooth import entmax_loss
    >>> round(entmax_loss([0.0, 0.0], 1), 6)
    0.390524
    """
    return fenchel_young_loss(x, target, regularizer="entmax", alpha=alpha, axis=axis, reduction=reduction, out=out)


def entmax_loss_grad(x, target, *, alpha=1.5, axis=-1, reduction="none", out=None):
    """Return the gradient of `entmax_loss` in x.

    Examples
    --------
    >>> from kexuestat.smooth import entmax_loss_grad
    >>> entmax_loss_grad([0.0, 0.0], 1)
    array([ 0.5, -0.5])
    """
    return fenchel_young_loss_grad(
        x, target, regularizer="entmax", alpha=alpha, axis=axis, reduction=reduction, out=out
    )


@fused(entmax_loss)
def _entmax_loss_both(x, target, *, alpha=1.5, axis=-1, reduction="none"):
    return _fenchel_young_loss_both(x, target, regularizer="entmax", alpha=alpha, axis=axis, reduction=reduction)
