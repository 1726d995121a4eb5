"""Smooth maxima and minima along an axis, and the soft argmax.

Temperature tau = 1/k of the articles; p = softmax(x / tau). Sources: kexue.fm/archives/3290 (smooth maximum),
kexue.fm/archives/9070 (bounds of log-sum-exp), kexue.fm/archives/6620 (soft argmax); mellowmax: Asadi and Littman
2017, arXiv:1612.05628.
"""

import numpy as np

from kexuestat._kernels import extrema as kernels
from kexuestat.exceptions import InvalidInputError
from kexuestat.smooth._frames import frame, reduced, rows, temperatures, unrows, write
from kexuestat.smooth._fused import fused
from kexuestat.smooth.log_sums import log_sum_both, log_sum_of, softmax_of
from kexuestat.validation.arrays import first_bad
from kexuestat.validation.options import check_option
from kexuestat.validation.smooth import check_not_empty, check_smooth_array, result_dtype

_METHODS = ("lse", "mellowmax", "boltzmann", "pnorm")


def smooth_max(x, *, axis=-1, method="lse", temperature=1.0, keepdims=False, out=None):
    """Return a smooth maximum along axis.

    =========== ================================ ===========================
    method      formula (p = softmax(x / tau))   as tau grows from 0
    =========== ================================ ===========================
    lse         tau ln sum exp(x / tau)          max ... infinity
    mellowmax   lse - tau ln n                   max ... mean
    boltzmann   sum p x                          max ... mean
    pnorm       (sum x^p)^(1/p), p = 1 / tau     max ... infinity; x >= 0
    =========== ================================ ===========================

    Parameters
    ----------
    x : array_like
        Real numbers.
    axis : int, tuple of int or None, default=-1
        What to reduce.
    method : {"lse", "mellowmax", "boltzmann", "pnorm"}, default="lse"
        Which one; only Boltzmann's is not monotone in each entry.
    temperature : float or array_like, default=1.0
        tau >= 0, one number or one per slice; 0 gives the hard maximum.
    keepdims : bool, default=False
        Whether reduced axes stay, with length 1.
    out : ndarray, default=None
        Where to write the result.

    Returns
    -------
    float or ndarray
        "lse" exceeds the maximum by at most tau ln n; "mellowmax" and "boltzmann" never exceed it.

    Raises
    ------
    InvalidInputError
        If the axis is empty, the temperature negative or nan, or x negative with "pnorm".

    See Also
    --------
    numpy.max : The hard function.

    References
    ----------
    kexue.fm/archives/3290; arXiv:1612.05628

    Examples
    --------
    >>> from kexuestat.smooth import smooth_max
    >>> smooth_max([1.0, 2.0, 3.0])
    3.4076059644443806
    >>> smooth_max([1.0, 2.0, 3.0], method="boltzmann", temperature=0.01)
    3.0
    """
    framed = _not_empty(x, axis)
    tau = temperatures(temperature, framed)
    if check_option(method, "method", _METHODS) == "lse":
        return reduced(log_sum_of(framed, tau), framed, keepdims, out)
    return reduced(_maximum(rows(framed), method, tau)[0], framed, keepdims, out)


def _not_empty(x, axis):
    framed = frame(x, axis)
    check_not_empty(framed.data.shape[1], "x")
    return framed


def _maximum(data, method, tau):
    """Return values and gradients of rows."""
    if method == "lse":
        return log_sum_both(data, tau)
    value = np.empty(len(data))
    if method == "pnorm":
        if (data < 0).any():
            raise InvalidInputError(f"x must be non-negative for pnorm, got {first_bad('x', data, data < 0)}.")
        grad = np.empty(data.shape)
        kernels.pnorm_rows(data, tau, value, grad)
        return value, grad
    p = softmax_of(data, tau)
    if method == "mellowmax":
        kernels.mellowmax_rows(data, tau, value)
        return value, p
    grad = np.empty(data.shape)
    kernels.boltzmann_rows(data, p, tau, value, grad)
    return value, grad


def smooth_max_grad(x, *, axis=-1, method="lse", temperature=1.0, keepdims=False, out=None):
    """Return the gradient of `smooth_max`, in the shape of x; ties share at temperature 0.

    Examples
    --------
    >>> from kexuestat.smooth import smooth_max_grad
    >>> smooth_max_grad([1.0, 1.0], temperature=0)
    array([0.5, 0.5])
    """
    framed = _not_empty(x, axis)
    tau = temperatures(temperature, framed)
    if check_option(method, "method", _METHODS) in ("lse", "mellowmax"):
        return unrows(softmax_of(rows(framed), tau), framed, out)
    return unrows(_maximum(rows(framed), method, tau)[1], framed, out)


@fused(smooth_max)
def _smooth_max_both(x, *, axis=-1, method="lse", temperature=1.0, keepdims=False):
    framed = _not_empty(x, axis)
    check_option(method, "method", _METHODS)
    value, grad = _maximum(rows(framed), method, temperatures(temperature, framed))
    return reduced(value, framed, keepdims), unrows(grad, framed)


def smooth_min(x, *, axis=-1, method="lse", temperature=1.0, keepdims=False, out=None):
    """Return a smooth minimum along axis: -smooth_max(-x), save "pnorm", which takes x <= 0.

    Parameters and errors are those of `smooth_max`.

    Examples
    --------
    >>> from kexuestat.smooth import smooth_min
    >>> round(smooth_min([3.0, 8.0]), 6)
    2.993285
    """
    value = smooth_max(_negative(x), axis=axis, method=method, temperature=temperature, keepdims=keepdims)
    return write(-value, out)


def smooth_min_grad(x, *, axis=-1, method="lse", temperature=1.0, keepdims=False, out=None):
    """Return the gradient of `smooth_min`, in the shape of x.

    Examples
    --------
    >>> from kexuestat.smooth import smooth_min_grad
    >>> smooth_min_grad([3.0, 8.0]).round(6)
    array([0.993307, 0.006693])
    """
    return smooth_max_grad(_negative(x), axis=axis, method=method, temperature=temperature, keepdims=keepdims, out=out)


@fused(smooth_min)
def _smooth_min_both(x, **options):
    value, grad = _smooth_max_both(_negative(x), **options)
    return -value, grad


def _negative(x):
    return (-check_smooth_array(x, "x")).astype(result_dtype(x), copy=False)


def soft_argmax(x, *, axis=-1, temperature=1.0, keepdims=False, out=None):
    """Return the mean index under softmax(x / tau) along axis: a smooth argmax.

    Parameters
    ----------
    x : array_like
        Real numbers.
    axis : int, tuple of int or None, default=-1
        What to reduce; several axes count in C order.
    temperature : float or array_like, default=1.0
        tau >= 0; 0 gives the argmax (the mean index of ties).
    keepdims : bool, default=False
        Whether reduced axes stay, with length 1.
    out : ndarray, default=None
        Where to write the result.

    Returns
    -------
    float or ndarray
        Between 0 and n - 1.

    See Also
    --------
    numpy.argmax : The hard function.

    References
    ----------
    kexue.fm/archives/6620

    Examples
    --------
    >>> from kexuestat.smooth import soft_argmax
    >>> soft_argmax([0.0, 5.0, 0.0], temperature=0.1)
    1.0
    """
    framed = _not_empty(x, axis)
    return reduced(_mean_index(framed, temperature)[0], framed, keepdims, out)


def _mean_index(framed, temperature):
    tau = temperatures(temperature, framed)
    p = softmax_of(rows(framed), tau)
    index = np.arange(p.shape[1], dtype=np.float64)
    mean = (p * index).sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        grad = p * (index - mean[:, None]) / tau[:, None]
    return mean, np.where((tau[:, None] == 0) & ~np.isnan(p), 0.0, grad)


def soft_argmax_grad(x, *, axis=-1, temperature=1.0, keepdims=False, out=None):
    """Return the gradient of `soft_argmax`, p (index - mean) / tau, in the shape of x; 0 at temperature 0.

    Examples
    --------
    >>> from kexuestat.smooth import soft_argmax_grad
    >>> soft_argmax_grad([0.0, 0.0])
    array([-0.25,  0.25])
    """
    framed = _not_empty(x, axis)
    return unrows(_mean_index(framed, temperature)[1], framed, out)


@fused(soft_argmax)
def _soft_argmax_both(x, *, axis=-1, temperature=1.0, keepdims=False):
    framed = _not_empty(x, axis)
    value, grad = _mean_index(framed, temperature)
    return reduced(value, framed, keepdims), unrows(grad, framed)
