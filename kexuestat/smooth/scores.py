"""Soft classification scores: accuracy, confusion, precision, recall and F1 of probabilities p against targets t.

TP = sum p t, FP = sum p (1 - t), FN = sum (1 - p) t, over the whole array. Source: kexue.fm/archives/6620.
"""

from typing import NamedTuple

import numpy as np

from kexuestat.exceptions import InvalidInputError
from kexuestat.smooth._frames import finish, write, write_each
from kexuestat.smooth._fused import fused
from kexuestat.validation.options import check_real
from kexuestat.validation.smooth import (
    check_axes,
    check_not_empty,
    check_probabilities,
    check_smooth_array,
    result_dtype,
)


class SoftConfusion(NamedTuple):
    """True positives, false positives, false negatives, as sums of probabilities."""

    true_positive: float | np.ndarray
    false_positive: float | np.ndarray
    false_negative: float | np.ndarray


def _given(p, t):
    first = check_probabilities(check_smooth_array(p, "p"), "p")
    second = check_probabilities(check_smooth_array(t, "t"), "t")
    if first.shape != second.shape:
        raise InvalidInputError(f"t must have the shape of p, {first.shape}, got {second.shape}.")
    check_not_empty(first.size, "p")
    return first, second


def _number(total, p):
    return finish(np.asarray(total), result_dtype(p), True)


def _graded(grad, p):
    return finish(np.asarray(grad), result_dtype(p), np.ndim(grad) == 0)


def soft_accuracy(p, t, *, axis=-1):
    """Return the mean of <t, p> over the slices along axis: the accuracy expected when labels are drawn from p.

    Parameters
    ----------
    p : array_like
        Probabilities.
    t : array_like of the shape of p
        Targets in [0, 1], one-hot for plain accuracy.
    axis : int, default=-1
        The axis of classes.

    Returns
    -------
    float
        In [0, 1].

    Raises
    ------
    InvalidInputError
        If an entry is outside [0, 1], or shapes differ.

    References
    ----------
    kexue.fm/archives/6620

    Examples
    --------
    >>> from kexuestat.smooth import soft_accuracy
    >>> soft_accuracy([[0.75, 0.25], [0.5, 0.5]], [[1, 0], [1, 0]])
    0.625
    """
    first, second = _given(p, t)
    (along,) = check_axes(axis, first.ndim)
    return _number((first * second).sum() * first.shape[along] / first.size, p)


def soft_accuracy_grad(p, t, *, axis=-1, out=None):
    """Return the gradient of `soft_accuracy` in p: t over the number of slices.

    Examples
    --------
    >>> from kexuestat.smooth import soft_accuracy_grad
    >>> soft_accuracy_grad([[0.75, 0.25], [0.5, 0.5]], [[1, 0], [1, 0]])
    array([[0.5, 0. ],
           [0.5, 0. ]])
    """
    first, second = _given(p, t)
    (along,) = check_axes(axis, first.ndim)
    return write(_graded(second * (first.shape[along] / first.size), p), out)


@fused(soft_accuracy)
def _soft_accuracy_both(p, t, *, axis=-1):
    return soft_accuracy(p, t, axis=axis), soft_accuracy_grad(p, t, axis=axis)


def soft_confusion(p, t):
    """Return TP = sum p t, FP = sum p (1 - t), FN = sum (1 - p) t, a named tuple.

    Parameters
    ----------
    p : array_like
        Probabilities.
    t : array_like of the shape of p
        Targets in [0, 1].

    Returns
    -------
    SoftConfusion
        Three sums over the whole array.

    Raises
    ------
    InvalidInputError
        If an entry is outside [0, 1], or shapes differ.

    Examples
    --------
    >>> from kexuestat.smooth import soft_confusion
    >>> soft_confusion([0.75, 0.5], [1, 0])
    SoftConfusion(true_positive=0.75, false_positive=0.5, false_negative=0.25)
    """
    first, second = _given(p, t)
    sums = (first * second).sum(), (first * (1 - second)).sum(), ((1 - first) * second).sum()
    return SoftConfusion(*(_number(total, p) for total in sums))


def soft_confusion_grad(p, t, *, out=None):
    """Return the gradients of the three sums of `soft_confusion` in p: t, 1 - t and -t.

    Examples
    --------
    >>> from kexuestat.smooth import soft_confusion_grad
    >>> soft_confusion_grad([0.75, 0.5], [1, 0]).false_negative
    array([-1., -0.])
    """
    _, second = _given(p, t)
    return write_each(SoftConfusion(*(_graded(part, p) for part in (second.copy(), 1 - second, -second))), out)


def _ratio(p, t, weights, zero_division):
    """Return 2 sum(t p)/sum(a p + b t) (halved) and its gradient, weights = (factor, a, b)."""
    first, second = _given(p, t)
    zero_division = check_real(zero_division, "zero_division", 0.0, 1.0)
    factor, a, b = weights
    top, bottom = factor * (first * second).sum(), a * first.sum() + b * second.sum()
    if bottom == 0:
        return _number(zero_division, p), _graded(np.zeros(first.shape), p)
    return _number(top / bottom, p), _graded((factor * second - a * (top / bottom)) / bottom, p)


_PRECISION, _RECALL, _F1 = (1.0, 1.0, 0.0), (1.0, 0.0, 1.0), (2.0, 1.0, 1.0)


def soft_precision(p, t, *, zero_division=0.0):
    """Return TP/(TP + FP) = sum t p / sum p.

    Parameters
    ----------
    p : array_like
        Probabilities.
    t : array_like of the shape of p
        Targets in [0, 1].
    zero_division : float, default=0.0
        The result where the denominator is 0.

    Returns
    -------
    float
        In [0, 1].

    Raises
    ------
    InvalidInputError
        If an entry is outside [0, 1], or shapes differ.

    Examples
    --------
    >>> from kexuestat.smooth import soft_precision
    >>> soft_precision([0.75, 0.5], [1, 0])
    0.6
    """
    return _ratio(p, t, _PRECISION, zero_division)[0]


def soft_precision_grad(p, t, *, zero_division=0.0, out=None):
    """Return the gradient of `soft_precision` in p.

    Examples
    --------
    >>> from kexuestat.smooth import soft_precision_grad
    >>> soft_precision_grad([0.75, 0.5], [1, 0])
    array([ 0.32, -0.48])
    """
    return write(_ratio(p, t, _PRECISION, zero_division)[1], out)


@fused(soft_precision)
def _soft_precision_both(p, t, *, zero_division=0.0):
    return _ratio(p, t, _PRECISION, zero_division)


def soft_recall(p, t, *, zero_division=0.0):
    """Return TP/(TP + FN) = sum t p / sum t.

    Parameters and errors are those of `soft_precision`.

    Examples
    --------
    >>> from kexuestat.smooth import soft_recall
    >>> soft_recall([0.75, 0.5], [1, 0])
    0.75
    """
    return _ratio(p, t, _RECALL, zero_division)[0]


def soft_recall_grad(p, t, *, zero_division=0.0, out=None):
    """Return the gradient of `soft_recall` in p.

    Examples
    --------
    >>> from kexuestat.smooth import soft_recall_grad
    >>> soft_recall_grad([0.75, 0.5], [1, 0])
    array([1., 0.])
    """
    return write(_ratio(p, t, _RECALL, zero_division)[1], out)


@fused(soft_recall)
def _soft_recall_both(p, t, *, zero_division=0.0):
    return _ratio(p, t, _RECALL, zero_division)


def soft_f1(p, t, *, zero_division=0.0):
    """Return 2 sum t p / sum (t + p), the soft F1.

    The F1 of a mini-batch is a biased estimator of that of the whole set, since a ratio of sums is not the mean of
    ratios; the jackknife of ``kexuestat.estimation`` measures and removes most of that bias.

    Parameters and errors are those of `soft_precision`.

    Examples
    --------
    >>> from kexuestat.smooth import soft_f1
    >>> round(soft_f1([0.75, 0.5], [1, 0]), 6)
    0.666667
    """
    return _ratio(p, t, _F1, zero_division)[0]


def soft_f1_grad(p, t, *, zero_division=0.0, out=None):
    """Return the gradient of `soft_f1` in p.

    Examples
    --------
    >>> from kexuestat.smooth import soft_f1_grad
    >>> soft_f1_grad([0.75, 0.5], [1, 0]).round(6)
    array([ 0.592593, -0.296296])
    """
    return write(_ratio(p, t, _F1, zero_division)[1], out)


@fused(soft_f1)
def _soft_f1_both(p, t, *, zero_division=0.0):
    return _ratio(p, t, _F1, zero_division)
