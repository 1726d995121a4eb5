"""Smooth penalties, elementwise: Huber, pseudo-Huber, log-cosh.

Symbols: δ = delta where Huber turns from parabola to line, w = width. log-cosh is w ln cosh(x/w) = |x| + w
log1p(e^(-2|x|/w)) - w ln 2, computed as w log1p(2 sinh²(x/2w)) where that would cancel.
"""

import numpy as np

from kexuestat.smooth._elementwise import flat
from kexuestat.smooth._frames import finish, write
from kexuestat.smooth._fused import fused

_LN2 = 0.6931471805599453


def _applied(formula, x, scale, name):
    """Return value and derivative of a formula in (x, scale), in the shape of x."""
    data, scales, shape, dtype = flat(x, scale, width_name=name)
    with np.errstate(all="ignore"):
        parts = formula(data, scales)
    return tuple(finish(part.reshape(shape), dtype, shape == ()) for part in parts)


def _huber(x, delta):
    size = np.abs(x)
    inside = size <= delta
    value = np.where(inside, 0.5 * x * x, np.where(delta == 0, 0.0, delta * (size - 0.5 * delta)))
    return np.where(np.isnan(x), x, value), np.clip(x, -delta, delta)


def huber(x, *, delta=1.0, out=None):
    """Return Huber's function: x²/2 for |x| <= δ, δ(|x| - δ/2) beyond.

    Parameters
    ----------
    x : array_like
        Real numbers.
    delta : float or array_like, default=1.0
        δ >= 0.
    out : ndarray, default=None
        Where to write the result.

    Returns
    -------
    float or ndarray
        In the shape of x.

    Raises
    ------
    InvalidInputError
        If delta is negative or nan.

    Examples
    --------
    >>> from kexuestat.smooth import huber
    >>> huber([0.5, 3.0])
    array([0.125, 2.5  ])
    """
    return write(_applied(_huber, x, delta, "delta")[0], out)


def huber_grad(x, *, delta=1.0, out=None):
    """Return the derivative of `huber`: x clipped to [-δ, δ].

    Examples
    --------
    >>> from kexuestat.smooth import huber_grad
    >>> huber_grad([0.5, 3.0])
    array([0.5, 1. ])
    """
    return write(_applied(_huber, x, delta, "delta")[1], out)


@fused(huber)
def _huber_both(x, *, delta=1.0):
    return _applied(_huber, x, delta, "delta")


def _pseudo_huber(x, delta):
    size = np.abs(x)
    r = size / np.where(delta == 0, 1.0, delta)
    root = np.hypot(1.0, r)
    value = np.where(r > 1e8, delta * (size - delta), size * (size / (1.0 + root)))
    value = np.where(delta == 0, 0.0 * np.where(np.isinf(x), 0.0, x), value)
    slope = np.where(r > 1e8, np.sign(x) * delta, x / root)
    return value, np.where(delta == 0, 0.0 * np.where(np.isinf(x), 0.0, x), slope)


def pseudo_huber(x, *, delta=1.0, out=None):
    """Return δ²(sqrt(1 + (x/δ)²) - 1), smooth everywhere, x²/2 near 0.

    Parameters and errors are those of `huber`.

    Examples
    --------
    >>> from kexuestat.smooth import pseudo_huber
    >>> round(pseudo_huber(1.0), 6)
    0.414214
    """
    return write(_applied(_pseudo_huber, x, delta, "delta")[0], out)


def pseudo_huber_grad(x, *, delta=1.0, out=None):
    """Return the derivative of `pseudo_huber`: x / sqrt(1 + (x/δ)²).

    Examples
    --------
    >>> from kexuestat.smooth import pseudo_huber_grad
    >>> round(pseudo_huber_grad(1.0), 6)
    0.707107
    """
    return write(_applied(_pseudo_huber, x, delta, "delta")[1], out)


@fused(pseudo_huber)
def _pseudo_huber_both(x, *, delta=1.0):
    return _applied(_pseudo_huber, x, delta, "delta")


def _logcosh(x, width):
    size = np.abs(x)
    z = size / np.where(width == 0, 1.0, width)
    half = np.sinh(0.5 * np.minimum(z, 2.0))
    near = np.where(z < 1e-8, 0.5 * size * z, width * np.log1p(2.0 * half * half))  # no square underflows
    far = size - width * (_LN2 - np.log1p(np.exp(-2.0 * z)))
    value = np.where(width == 0, size, np.where(z < 1.5, near, far))
    value = np.where((width == np.inf) & (size < np.inf), 0.0, value)
    return np.where(np.isnan(x), x, value), np.where(width == 0, np.sign(x), np.sign(x) * np.tanh(z))


def logcosh(x, *, width=1.0, out=None):
    """Return w ln cosh(x/w), below |x| by at most w ln 2; 0 at 0.

    Parameters
    ----------
    x : array_like
        Real numbers.
    width : float or array_like, default=1.0
        w >= 0; 0 is |x|.
    out : ndarray, default=None
        Where to write the result.

    Returns
    -------
    float or ndarray
        In the shape of x.

    Raises
    ------
    InvalidInputError
        If the width is negative or nan.

    Examples
    --------
    >>> from kexuestat.smooth import logcosh
    >>> round(logcosh(1.0), 6)
    0.433781
    """
    return write(_applied(_logcosh, x, width, "width")[0], out)


def logcosh_grad(x, *, width=1.0, out=None):
    """Return the derivative of `logcosh`: tanh(x/w).

    Examples
    --------
    >>> from kexuestat.smooth import logcosh_grad
    >>> round(logcosh_grad(1.0), 6)
    0.761594
    """
    return write(_applied(_logcosh, x, width, "width")[1], out)


@fused(logcosh)
def _logcosh_both(x, *, width=1.0):
    return _applied(_logcosh, x, width, "width")
