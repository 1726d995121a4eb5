"""Smooth absolute values, and the gated family: x times a smooth step, which is no convolution.

relu convolved with N(0, w²) is xΦ(x/w) + wφ(x/w), the Gaussian `smooth_relu`; GELU is its first term alone. Gated
functions lie below the hard one and are not monotone. Sources: kexue.fm/archives/3290 (absolute values),
arXiv:1606.08415 (GELU), arXiv:1710.05941 (Swish).
"""

import numpy as np

from kexuestat.smooth._elementwise import (
    ABS,
    GATE,
    KERNELS,
    SIGN,
    SIGN_SLOPE,
    mollified,
    mollified_both,
    mollified_slope,
)
from kexuestat.smooth._frames import finish, write
from kexuestat.smooth._fused import fused
from kexuestat.validation.options import check_option
from kexuestat.validation.smooth import check_scale, check_smooth_array, result_dtype

_GATES = {"erf": ("gaussian", 2.0**-0.5), "tanh": ("logistic", 0.5)}
_METHODS = (*KERNELS, "lse", *_GATES)


def smooth_abs(x, *, method="logistic", width=1.0, out=None):
    """Return a smooth absolute value.

    Parameters
    ----------
    x : array_like
        Real numbers.
    method : str, default="logistic"
        A kernel with a ramp: 2wΨ(x/w) - x, above |x| (logistic: w ln(2 + e^(x/w) + e^(-x/w)); squareplus:
        sqrt(x² + w²)); "lse": w ln(e^(x/w) + e^(-x/w)); "erf": x erf(x/w) and "tanh": x tanh(x/w), gated, below |x|.
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
        If the method is unknown or has no ramp, or the width is negative or nan.

    See Also
    --------
    numpy.abs : The hard function.

    References
    ----------
    kexue.fm/archives/3290

    Examples
    --------
    >>> from kexuestat.smooth import smooth_abs
    >>> round(smooth_abs(0.3), 6)
    1.40871
    """
    return write(_abs_both(x, method, width)[0], out)


def smooth_abs_grad(x, *, method="logistic", width=1.0, out=None):
    """Return the derivative of `smooth_abs`, in the shape of x.

    Examples
    --------
    >>> from kexuestat.smooth import smooth_abs_grad
    >>> smooth_abs_grad(0.0, method="tanh")
    0.0
    """
    return write(_abs_both(x, method, width)[1], out)


@fused(smooth_abs)
def _smooth_abs_both(x, *, method="logistic", width=1.0):
    return _abs_both(x, method, width)


def _abs_both(x, method, width):
    check_option(method, "method", _METHODS)
    scale = check_scale(width, "width")
    if method == "lse":
        return mollified_both(x, 0.5 * scale, "logistic", ABS)
    if method not in _GATES:
        return mollified_both(x, scale, method, ABS)
    kernel, stretch = _GATES[method]
    data = check_smooth_array(x, "x")
    sign = np.asarray(mollified(data, stretch * scale, kernel, SIGN))
    slope = np.asarray(mollified(data, stretch * scale, kernel, SIGN_SLOPE))
    with np.errstate(invalid="ignore"):
        value = data * sign
        grad = sign + np.where(np.isfinite(slope) & (slope != 0), data * slope, 0.0)
    dtype, scalar = result_dtype(x), value.ndim == 0
    return finish(np.asarray(value), dtype, scalar), finish(np.asarray(grad), dtype, scalar)


def gated_relu(x, *, kernel="gaussian", width=1.0, out=None):
    """Return x Φ(x/w), x times a smooth step: below relu, not monotone, no convolution.

    Parameters
    ----------
    x : array_like
        Real numbers.
    kernel : str, default="gaussian"
        Mollifier whose step is taken; see `Mollifier`.
    width : float or array_like, default=1.0
        w >= 0; 0 is relu.
    out : ndarray, default=None
        Where to write the result.

    Returns
    -------
    float or ndarray
        In the shape of x.

    Raises
    ------
    InvalidInputError
        If the kernel is unknown, or the width negative or nan.

    Examples
    --------
    >>> from kexuestat.smooth import gated_relu
    >>> round(gated_relu(1.0), 6)
    0.841345
    """
    return mollified(x, width, kernel, GATE, out)


def gated_relu_grad(x, *, kernel="gaussian", width=1.0, out=None):
    """Return the derivative of `gated_relu`, Φ + zφ with z = x/w.

    Examples
    --------
    >>> from kexuestat.smooth import gated_relu_grad
    >>> gated_relu_grad(0.0)
    0.5
    """
    return mollified_slope(x, width, kernel, GATE, out)


@fused(gated_relu)
def _gated_relu_both(x, *, kernel="gaussian", width=1.0):
    return mollified_both(x, width, kernel, GATE)


def gelu(x, *, width=1.0, out=None):
    """Return GELU, x Φ(x/w) with the Gaussian step in its exact form.

    Parameters and errors are those of `gated_relu`.

    Examples
    --------
    >>> from kexuestat.smooth import gelu
    >>> round(gelu(-1.0), 6)
    -0.158655
    """
    return mollified(x, width, "gaussian", GATE, out)


def gelu_grad(x, *, width=1.0, out=None):
    """Return the derivative of `gelu`.

    Examples
    --------
    >>> from kexuestat.smooth import gelu_grad
    >>> gelu_grad(0.0)
    0.5
    """
    return mollified_slope(x, width, "gaussian", GATE, out)


@fused(gelu)
def _gelu_both(x, *, width=1.0):
    return mollified_both(x, width, "gaussian", GATE)


def swish(x, *, width=1.0, out=None):
    """Return Swish, x σ(x/w).

    Parameters and errors are those of `gated_relu`.

    Examples
    --------
    >>> from kexuestat.smooth import swish
    >>> round(swish(1.0), 6)
    0.731059
    """
    return mollified(x, width, "logistic", GATE, out)


def swish_grad(x, *, width=1.0, out=None):
    """Return the derivative of `swish`.

    Examples
    --------
    >>> from kexuestat.smooth import swish_grad
    >>> swish_grad(0.0)
    0.5
    """
    return mollified_slope(x, width, "logistic", GATE, out)


@fused(swish)
def _swish_both(x, *, width=1.0):
    return mollified_both(x, width, "logistic", GATE)
