"""Multi-label losses with gradients: ZLPR for any number of labels, softmax over subsets for a known number.

Symbols: s scores, t targets in [0, 1], s0 the score of the threshold class. Sources: kexue.fm/archives/7359 and
arXiv:2208.02955 (ZLPR), kexue.fm/archives/9064 (soft targets), kexue.fm/archives/10373 (subsets).
"""

import numpy as np

from kexuestat._kernels.losses import zlpr_rows, zlpr_rows_parallel
from kexuestat.exceptions import InvalidInputError
from kexuestat.smooth._elementwise import SIGN_SLOPE, STEP, mollified
from kexuestat.smooth._frames import PARALLEL_SIZE, finish, per_row
from kexuestat.smooth._fused import fused
from kexuestat.smooth._losses import reduce_loss, score_rows, spread_grad
from kexuestat.smooth.log_sums import log_sum_both
from kexuestat.smooth.topk import _chosen
from kexuestat.validation.options import check_integer, check_real
from kexuestat.validation.smooth import check_smooth_array, result_dtype


def zlpr_loss(scores, targets, *, threshold=0.0, axis=-1, reduction="none", out=None):
    """Return the ZLPR loss ln(e^s0 + sum (1 - t) e^s) + ln(e^-s0 + sum t e^-s), along axis.

    Labels with a score above the threshold are chosen: their number needs no tuning. For soft targets the minimiser is
    t = σ(2(s - s0)), see `zlpr_probability`.

    Parameters
    ----------
    scores : array_like
        Real numbers; infinite wrong scores give an infinite loss.
    targets : array_like of the shape of scores
        In [0, 1]; labels with t = 0 or 1 enter one sum only, so that no masks are needed.
    threshold : float or array_like, default=0.0
        s0, one number or one per slice.
    axis : int, tuple of int or None, default=-1
        The axis of labels.
    reduction : {"none", "mean", "sum"}, default="none"
        Over the slices.
    out : ndarray, default=None
        Where to write the result.

    Returns
    -------
    float or ndarray
        At least 0, in nats; 1e-14 of relative accuracy, for tiny losses as well.

    Raises
    ------
    InvalidInputError
        If a target is outside [0, 1], or shapes differ.

    References
    ----------
    kexue.fm/archives/7359; arXiv:2208.02955

    Examples
    --------
    >>> from kexuestat.smooth import zlpr_loss
    >>> zlpr_loss([0.0, 0.0, 0.0], [1, 0, 0])
    1.791759469228055
    >>> zlpr_loss([800.0, -800.0, 3.0], [0, 1, 1])
    1600.0
    """
    framed, value, _ = _zlpr(scores, targets, threshold, axis)
    return reduce_loss(value, framed, reduction, out)


def _zlpr(scores, targets, threshold, axis):
    framed, data, wanted = score_rows(scores, targets, axis)
    level = check_smooth_array(threshold, "threshold")
    levels = np.full(1, float(level)) if level.ndim == 0 else per_row(level, framed, "threshold")
    value, grad = np.empty(len(data)), np.empty(data.shape)
    run = zlpr_rows if data.size < PARALLEL_SIZE else zlpr_rows_parallel
    run(data, wanted, levels, value, grad)
    return framed, value, grad


def zlpr_loss_grad(scores, targets, *, threshold=0.0, axis=-1, reduction="none", out=None):
    """Return the gradient of `zlpr_loss` in the scores: (1 - t) e^s / N - t e^-s / P, N and P the two sums.

    Examples
    --------
    >>> from kexuestat.smooth import zlpr_loss_grad
    >>> zlpr_loss_grad([0.0, 0.0, 0.0], [1, 0, 0]).round(6)
    array([-0.5     ,  0.333333,  0.333333])
    """
    framed, _, grad = _zlpr(scores, targets, threshold, axis)
    return spread_grad(grad, framed, reduction, out)


@fused(zlpr_loss)
def _zlpr_loss_both(scores, targets, *, threshold=0.0, axis=-1, reduction="none"):
    framed, value, grad = _zlpr(scores, targets, threshold, axis)
    return reduce_loss(value, framed, reduction), spread_grad(grad, framed, reduction)


def zlpr_probability(scores, *, threshold=0.0, out=None):
    """Return σ(2(s - s0)), the soft target at which ZLPR's gradient vanishes: not σ(s).

    Parameters
    ----------
    scores : array_like
        Real numbers.
    threshold : float or array_like, default=0.0
        s0, broadcast against the scores.
    out : ndarray, default=None
        Where to write the result.

    Returns
    -------
    float or ndarray
        In [0, 1], in the shape of scores.

    References
    ----------
    kexue.fm/archives/9064

    Examples
    --------
    >>> from kexuestat.smooth import zlpr_probability
    >>> zlpr_probability([0.0, 1.0]).round(6)
    array([0.5     , 0.880797])
    """
    shifted = check_smooth_array(scores, "scores") - check_smooth_array(threshold, "threshold")
    return finish(
        np.asarray(mollified(shifted, 0.5, "logistic", STEP)), result_dtype(scores), np.ndim(shifted) == 0, out
    )


def zlpr_probability_grad(scores, *, threshold=0.0, out=None):
    """Return the derivative of `zlpr_probability`, 2 p (1 - p).

    Examples
    --------
    >>> from kexuestat.smooth import zlpr_probability_grad
    >>> zlpr_probability_grad(0.0)
    0.5
    """
    shifted = check_smooth_array(scores, "scores") - check_smooth_array(threshold, "threshold")
    slope = 0.5 * np.asarray(mollified(shifted, 0.5, "logistic", SIGN_SLOPE))
    return finish(slope, result_dtype(scores), np.ndim(shifted) == 0, out)


@fused(zlpr_probability)
def _zlpr_probability_both(scores, *, threshold=0.0):
    return zlpr_probability(scores, threshold=threshold), zlpr_probability_grad(scores, threshold=threshold)


def subset_softmax_loss(scores, targets, *, at_most=None, null_score=0.0, axis=-1, reduction="none", out=None):
    """Return the loss of softmax over subsets: ln Z_K(s) - sum of the target scores, K = number of targets.

    With at_most = K every subset of at most K labels is a class: Z̄_K = Z_K + e^s0 Z̄_(K-1), Z̄_0 = 1, and targets are
    filled up to K with the null score s0.

    Parameters
    ----------
    scores : array_like
        Finite numbers.
    targets : array_like of the shape of scores
        0 or 1.
    at_most : int, default=None
        K; None: each slice has its own number of targets, taken as known.
    null_score : float, default=0.0
        s0.
    axis : int, tuple of int or None, default=-1
        The axis of labels.
    reduction : {"none", "mean", "sum"}, default="none"
        Over the slices.
    out : ndarray, default=None
        Where to write the result.

    Returns
    -------
    float or ndarray
        At least 0, in nats.

    Raises
    ------
    InvalidInputError
        If a target is neither 0 nor 1, a score is not finite, or a slice has more than at_most targets.

    References
    ----------
    kexue.fm/archives/10373

    Examples
    --------
    >>> from kexuestat.smooth import subset_softmax_loss
    >>> round(subset_softmax_loss([3.0, 2.0, 1.0, 4.0], [1, 0, 0, 1]), 6)
    0.534534
    """
    framed, value, _ = _subset(scores, targets, at_most, null_score, axis)
    return reduce_loss(value, framed, reduction, out)


def _subset(scores, targets, at_most, null_score, axis):
    framed, data, wanted = score_rows(scores, targets, axis, binary=True)
    if not np.isfinite(data).all():
        raise InvalidInputError("scores must be finite for the sum over subsets.")
    counts = wanted.sum(axis=1).astype(np.int64)
    value, grad = np.zeros(len(data)), np.zeros(data.shape)
    if at_most is None:
        for k in np.unique(counts):
            own = counts == k
            value[own], grad[own] = _log_weights(data[own], int(k))
        chosen = (data * wanted).sum(axis=1)
    else:
        at_most = check_integer(at_most, "at_most", 0, data.shape[1])
        null = check_real(null_score, "null_score")
        if (counts > at_most).any():
            raise InvalidInputError(f"targets must number at most {at_most} in every slice, got {counts.max()}.")
        value, grad = _at_most(data, at_most, null)
        chosen = (data * wanted).sum(axis=1) + (at_most - counts) * null
    return framed, np.maximum(value - chosen, 0.0), grad - wanted


def _log_weights(data, k):
    """Return ln Z_k of rows and its gradient."""
    p, _, value = _chosen(data, k, "subset", np.ones(1), np.zeros(data.shape))
    if k == 0:
        value = np.zeros(len(data))
    elif k == data.shape[1]:
        value = data.sum(axis=1)
    return value, p


def _at_most(data, most, null):
    """Return ln Z̄ of rows and its gradient."""
    parts = [_log_weights(data, j) for j in range(most + 1)]
    logs = np.stack([value + (most - j) * null for j, (value, _) in enumerate(parts)], axis=1)
    value, weight = log_sum_both(logs, np.ones(1))
    return value, sum(weight[:, j, None] * p for j, (_, p) in enumerate(parts))


def subset_softmax_loss_grad(scores, targets, *, at_most=None, null_score=0.0, axis=-1, reduction="none", out=None):
    """Return the gradient of `subset_softmax_loss` in the scores: inclusion chance - t.

    Examples
    --------
    >>> from kexuestat.smooth import subset_softmax_loss_grad
    >>> subset_softmax_loss_grad([0.0, 0.0], [1, 0])
    array([-0.5,  0.5])
    """
    framed, _, grad = _subset(scores, targets, at_most, null_score, axis)
    return spread_grad(grad, framed, reduction, out)


@fused(subset_softmax_loss)
def _subset_softmax_loss_both(scores, targets, *, at_most=None, null_score=0.0, axis=-1, reduction="none"):
    framed, value, grad = _subset(scores, targets, at_most, null_score, axis)
    return reduce_loss(value, framed, reduction), spread_grad(grad, framed, reduction)
