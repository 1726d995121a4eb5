"""Smooth step, sign and ReLU.

Each takes the kernel of a `Mollifier` and a width w >= 0 (0 is the hard function). Values are the hard function plus
tails, so that the parts where the hard function is 0 keep their relative accuracy. Source: kexue.fm/archives/8718.
"""

from kexuestat.smooth._elementwise import RAMP, SIGN, STEP, mollified, mollified_both, mollified_slope
from kexuestat.smooth._fused import fused


def smooth_step(x, *, kernel="gaussian", width=1.0, out=None):
    """Return a smooth Heaviside step, Φ(x / w).

    The hard function is 1/2 at 0. Small results keep their relative accuracy.

    Parameters
    ----------
    x : array_like
        Real numbers.
    kernel : str, default="gaussian"
        Mollifier; see `Mollifier`.
    width : float or array_like, default=1.0
        w >= 0, in the unit of x; 0 is the hard function.
    out : ndarray, default=None
        Where to write the result.

    Returns
    -------
    float or ndarray
        Between 0 and 1, in the shape of x.

    Raises
    ------
    InvalidInputError
        If the kernel is unknown, or the width negative or nan.

    References
    ----------
    kexue.fm/archives/8718

    Examples
    --------
    >>> from kexuestat.smooth import smooth_step
    >>> smooth_step(0.0)
    0.5
    """
    return mollified(x, width, kernel, STEP, out)


def smooth_step_grad(x, *, kernel="gaussian", width=1.0, out=None):
    """Return the derivative of `smooth_step`, in the shape of x.

    Examples
    --------
    >>> from kexuestat.smooth import smooth_step_grad
    >>> round(smooth_step_grad(0.0), 6)
    0.398942
    """
    return mollified_slope(x, width, kernel, STEP, out)


@fused(smooth_step)
def _smooth_step_both(x, *, kernel="gaussian", width=1.0):
    return mollified_both(x, width, kernel, STEP)


def smooth_sign(x, *, kernel="gaussian", width=1.0, out=None):
    """Return a smooth sign, 2 Φ(x / w) - 1.

    It is odd and accurate near 0.

    Parameters
    ----------
    x : array_like
        Real numbers.
    kernel : str, default="gaussian"
        Mollifier; see `Mollifier`.
    width : float or array_like, default=1.0
        w >= 0, in the unit of x; 0 is the hard function.
    out : ndarray, default=None
        Where to write the result.

    Returns
    -------
    float or ndarray
        Between -1 and 1, in the shape of x.

    Raises
    ------
    InvalidInputError
        If the kernel is unknown, or the width negative or nan.

    References
    ----------
    kexue.fm/archives/8718

    Examples
    --------
    >>> from kexuestat.smooth import smooth_sign
    >>> round(smooth_sign(0.5, kernel="logistic", width=0.5), 6)
    0.462117
    """
    return mollified(x, width, kernel, SIGN, out)


def smooth_sign_grad(x, *, kernel="gaussian", width=1.0, out=None):
    """Return the derivative of `smooth_sign`, in the shape of x.

    Examples
    --------
    >>> from kexuestat.smooth import smooth_sign_grad
    >>> round(smooth_sign_grad(0.0, kernel="laplace"), 6)
    1.0
    """
    return mollified_slope(x, width, kernel, SIGN, out)


@fused(smooth_sign)
def _smooth_sign_both(x, *, kernel="gaussian", width=1.0):
    return mollified_both(x, width, kernel, SIGN)


def smooth_relu(x, *, kernel="gaussian", width=1.0, out=None):
    """Return a smooth max(x, 0), w Ψ(x / w); softplus for the logistic kernel.

    It lies above the hard function by at most `sup_error`, reached at 0.

    Parameters
    ----------
    x : array_like
        Real numbers.
    kernel : str, default="gaussian"
        Mollifier; see `Mollifier`.
    width : float or array_like, default=1.0
        w >= 0, in the unit of x; 0 is the hard function.
    out : ndarray, default=None
        Where to write the result.

    Returns
    -------
    float or ndarray
        Positive or 0, in the shape of x.

    Raises
    ------
    InvalidInputError
        If the kernel is unknown, or the width negative or nan.

    References
    ----------
    kexue.fm/archives/8718

    Examples
    --------
    >>> from kexuestat.smooth import smooth_relu
    >>> round(smooth_relu(0.0, kernel="logistic"), 6)
    0.693147
    """
    return mollified(x, width, kernel, RAMP, out)


def smooth_relu_grad(x, *, kernel="gaussian", width=1.0, out=None):
    """Return the derivative of `smooth_relu`, in the shape of x.

    Examples
    --------
    >>> from kexuestat.smooth import smooth_relu_grad
    >>> smooth_relu_grad(0.0)
    0.5
    """
    return mollified_slope(x, width, kernel, RAMP, out)


@fused(smooth_relu)
def _smooth_relu_both(x, *, kernel="gaussian", width=1.0):
    return mollified_both(x, width, kernel, RAMP)
