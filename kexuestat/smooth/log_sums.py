"""Log-sum-exp along axes, with weights, signs, temperature and gradient.

Temperature tau = 1/k of the articles. Source: kexue.fm/archives/9070 (bounds of log-sum-exp).
"""

from typing import NamedTuple

import numpy as np

from kexuestat._kernels.extrema import signed_log_sum_rows
from kexuestat._kernels.log_columns import log_sum_lanes
from kexuestat._kernels.log_sum import log_sum_row
from kexuestat._kernels.log_total import log_sum_blocks, log_sum_rows, log_sum_rows_parallel
from kexuestat._kernels.softmax import log_sum_and_softmax_rows, softmax_rows, softmax_rows_parallel
from kexuestat.smooth._frames import (
    PARALLEL_SIZE,
    frame,
    is_plain_row,
    reduced,
    rows,
    temperatures,
    unrows,
    write_each,
)
from kexuestat.smooth._fused import fused
from kexuestat.validation.smooth import check_same_shape, check_smooth_array, result_dtype


class SignedLogSum(NamedTuple):
    """Logarithm of the absolute value of a sum of exponentials, and the sign of the sum."""

    value: float | np.ndarray
    sign: float | np.ndarray


def logsumexp(x, axis=None, b=None, keepdims=False, temperature=1.0, *, out=None):
    """Return tau ln sum b exp(x / tau) along axis, exact to the last digits even where it cancels.

    The absolute error is at most 2 ulp of max(1, |max|); where the terms are exact, as for equal entries, the relative
    error is at most 2 ulp as well. ``scipy.special.logsumexp`` has the same arguments, save temperature.

    Parameters
    ----------
    x : array_like
        Real numbers; any +inf gives +inf, all -inf gives -inf, nan poisons its own slice.
    axis : int, tuple of int or None, default=None
        What to reduce; None is everything.
    b : array_like, default=None
        Weights that broadcast with x; a zero weight drops its term, even where x is +inf.
    keepdims : bool, default=False
        Whether reduced axes stay, with length 1.
    temperature : float or array_like, default=1.0
        tau >= 0, one number or one per slice; 0 gives the maximum.
    out : ndarray, default=None
        Where to write the result.

    Returns
    -------
    float or ndarray
        At least the maximum, at most the maximum + tau ln n; -inf for an empty slice, nan for a negative sum.

    Raises
    ------
    InvalidInputError
        If the temperature is negative or nan, or axis does not fit.

    See Also
    --------
    numpy.max : The hard function.

    References
    ----------
    kexue.fm/archives/9070

    Examples
    --------
    >>> from kexuestat.smooth import logsumexp
    >>> logsumexp([0.0, -40.0])
    4.248354255291589e-18
    >>> logsumexp([[1.0, 2.0], [3.0, 3.0]], axis=1).round(6)
    array([2.313262, 3.693147])
    """
    if b is None and out is None and not keepdims and is_plain_row(x, axis, temperature):
        return float(log_sum_row(x, temperature) if x.shape[0] < PARALLEL_SIZE else log_sum_blocks(x, temperature))
    if b is None:
        framed = frame(x, axis)
        return reduced(log_sum_of(framed, temperatures(temperature, framed)), framed, keepdims, out)
    value, sign, _, framed = _signed(x, axis, b, temperature)
    return reduced(np.where(sign < 0, np.nan, value), framed, keepdims, out)


def log_sum_of(framed, tau):
    """Return log-sum-exp of a frame, one value per slice; for this package's own use."""
    outer, n, inner = framed.data.shape
    out = np.empty(outer * inner)
    if inner > 1:
        log_sum_lanes(framed.data, tau, out.reshape(outer, inner))
    elif framed.data.size < PARALLEL_SIZE:
        log_sum_rows(framed.data.reshape(outer, n), tau, out)
    elif outer == 1:
        out[0] = log_sum_blocks(framed.data.reshape(n), tau[0])
    else:
        log_sum_rows_parallel(framed.data.reshape(outer, n), tau, out)
    return out


def _signed(x, axis, b, temperature):
    wide = check_same_shape(check_smooth_array(x, "x"), check_smooth_array(b, "b"), ("x", "b"))
    framed, weighted = (frame(np.array(part, order="C"), axis) for part in wide)
    framed = framed._replace(dtype=result_dtype(x))
    data = rows(framed)
    value, sign, grad = np.empty(len(data)), np.empty(len(data)), np.empty(data.shape)
    signed_log_sum_rows(data, rows(weighted), temperatures(temperature, framed), value, sign, grad)
    return value, sign, grad, framed


def signed_logsumexp(x, axis=None, b=None, keepdims=False, temperature=1.0, *, out=None):
    """Return tau ln |S| and the sign of S = sum b exp(x / tau) along axis.

    Parameters
    ----------
    x, axis, b, keepdims, temperature
        As in `logsumexp`.
    out : tuple of ndarray, default=None
        Where to write the results.

    Returns
    -------
    SignedLogSum
        The named tuple (value, sign); sign is -1, 0 or 1.

    Examples
    --------
    >>> from kexuestat.smooth import signed_logsumexp
    >>> signed_logsumexp([0.0, 0.0], b=[1.0, -3.0])
    SignedLogSum(value=0.6931471805599453, sign=-1.0)
    """
    value, sign, _, framed = _signed(x, axis, 1.0 if b is None else b, temperature)
    return write_each(SignedLogSum(reduced(value, framed, keepdims), reduced(sign, framed, keepdims)), out)


def logsumexp_grad(x, axis=None, b=None, keepdims=False, temperature=1.0, *, out=None):
    """Return the gradient of `logsumexp`: b exp(x / tau) / sum, in the shape of x.

    Examples
    --------
    >>> from kexuestat.smooth import logsumexp_grad
    >>> logsumexp_grad([0.0, 0.0])
    array([0.5, 0.5])
    """
    if b is None:
        framed = frame(x, axis)
        return unrows(softmax_of(rows(framed), temperatures(temperature, framed)), framed, out)
    _, _, grad, framed = _signed(x, axis, b, temperature)
    return unrows(grad, framed, out)


def signed_logsumexp_grad(x, axis=None, b=None, keepdims=False, temperature=1.0, *, out=None):
    """Return the gradient of the value of `signed_logsumexp`, in the shape of x.

    Examples
    --------
    >>> from kexuestat.smooth import signed_logsumexp_grad
    >>> signed_logsumexp_grad([0.0, 0.0], b=[1.0, -3.0])
    array([-0.5,  1.5])
    """
    return logsumexp_grad(x, axis, 1.0 if b is None else b, keepdims, temperature, out=out)


def softmax_of(data, tau, out=None):
    """Return softmax of every row of contiguous data, in out if given; for this package's own use."""
    out = np.empty(data.shape) if out is None else out
    if data.size < PARALLEL_SIZE or len(data) == 1:
        softmax_rows(data, tau, out)
    else:
        softmax_rows_parallel(data, tau, out)
    return out


@fused(logsumexp)
def _logsumexp_both(x, axis=None, b=None, keepdims=False, temperature=1.0):
    if b is not None:
        value, sign, grad, framed = _signed(x, axis, b, temperature)
        value = np.where(sign < 0, np.nan, value)
    else:
        framed = frame(x, axis)
        value, grad = log_sum_both(rows(framed), temperatures(temperature, framed))
    return reduced(value, framed, keepdims), unrows(grad, framed)


def log_sum_both(data, tau):
    """Return log-sum-exp of rows and its gradient; for this package's own use."""
    value, grad = np.empty(len(data)), np.empty(data.shape)
    log_sum_and_softmax_rows(data, tau, value, grad)
    return value, grad
