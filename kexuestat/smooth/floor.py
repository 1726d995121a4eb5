"""Smooth floor, ceiling and rounding: the floor convolved with a mollifier.

⌊x⌋ * φ = x - 1/2 + sum over k >= 1 of φ̂(2πkw) sin(2πkx) / (πk); summed directly where the kernel is narrow. The
floor counts as n - 1/2 at an integer n, the mean of both sides. Source: kexue.fm/archives/8718.
"""

import numpy as np

from kexuestat._kernels.floor import floor_values
from kexuestat.smooth._elementwise import KERNELS, flat
from kexuestat.smooth._frames import finish, write
from kexuestat.smooth._fused import fused
from kexuestat.validation.options import check_option

_KERNELS = ("logistic", "gaussian", "laplace", "uniform", "triangular", "epanechnikov")


def _floor_both(x, kernel, width, shift=0.0, sign=1.0):
    """Return sign * floor(sign * x + shift), smoothed, and its slope."""
    code = KERNELS.index(check_option(kernel, "kernel", _KERNELS))
    data, widths, shape, dtype = flat(x, width)
    value, slope = np.empty(data.shape), np.empty(data.shape)
    floor_values(sign * data + shift, widths, code, value, slope)
    scalar = shape == ()
    return finish((sign * value).reshape(shape), dtype, scalar), finish(slope.reshape(shape), dtype, scalar)


def smooth_floor(x, *, kernel="logistic", width=0.1, out=None):
    """Return a smooth floor, at most 4 ulp of max(1, |x|) off.

    Parameters
    ----------
    x : array_like
        Real numbers.
    kernel : {"logistic", "gaussian", "laplace", "uniform", "triangular", "epanechnikov"}, default="logistic"
        Mollifier; the others have tails too heavy for the sum over all steps.
    width : float or array_like, default=0.1
        w >= 0; 0 is the floor, inf the line x - 1/2.
    out : ndarray, default=None
        Where to write the result.

    Returns
    -------
    float or ndarray
        Exactly n - 1/2 at an integer n, and n at n + 1/2, for every width.

    Raises
    ------
    InvalidInputError
        If the kernel is not among those listed, or the width negative or nan.

    See Also
    --------
    numpy.floor : The hard function.

    References
    ----------
    kexue.fm/archives/8718

    Examples
    --------
    >>> from kexuestat.smooth import smooth_floor
    >>> smooth_floor([2.0, 2.5, 2.95]).round(6)
    array([1.5     , 2.      , 2.377493])
    """
    return write(_floor_both(x, kernel, width)[0], out)


def smooth_floor_grad(x, *, kernel="logistic", width=0.1, out=None):
    """Return the derivative of `smooth_floor`, in the shape of x; infinite at integers for width 0.

    Examples
    --------
    >>> from kexuestat.smooth import smooth_floor_grad
    >>> round(smooth_floor_grad(2.0), 6)
    2.500908
    """
    return write(_floor_both(x, kernel, width)[1], out)


@fused(smooth_floor)
def _smooth_floor_both(x, *, kernel="logistic", width=0.1):
    return _floor_both(x, kernel, width)


def smooth_round(x, *, kernel="logistic", width=0.1, out=None):
    """Return a smooth rounding to the nearest integer, smooth_floor(x + 1/2).

    Parameters and errors are those of `smooth_floor`.

    Examples
    --------
    >>> from kexuestat.smooth import smooth_round
    >>> smooth_round([2.0, 2.5])
    array([2. , 2.5])
    """
    return write(_floor_both(x, kernel, width, 0.5)[0], out)


def smooth_round_grad(x, *, kernel="logistic", width=0.1, out=None):
    """Return the derivative of `smooth_round`, in the shape of x.

    Examples
    --------
    >>> from kexuestat.smooth import smooth_round_grad
    >>> round(smooth_round_grad(2.5), 6)
    2.500908
    """
    return write(_floor_both(x, kernel, width, 0.5)[1], out)


@fused(smooth_round)
def _smooth_round_both(x, *, kernel="logistic", width=0.1):
    return _floor_both(x, kernel, width, 0.5)


def smooth_ceil(x, *, kernel="logistic", width=0.1, out=None):
    """Return a smooth ceiling, -smooth_floor(-x).

    Parameters and errors are those of `smooth_floor`.

    Examples
    --------
    >>> from kexuestat.smooth import smooth_ceil
    >>> smooth_ceil([2.0, 2.5])
    array([2.5, 3. ])
    """
    return write(_floor_both(x, kernel, width, 0.0, -1.0)[0], out)


def smooth_ceil_grad(x, *, kernel="logistic", width=0.1, out=None):
    """Return the derivative of `smooth_ceil`, in the shape of x.

    Examples
    --------
    >>> from kexuestat.smooth import smooth_ceil_grad
    >>> round(smooth_ceil_grad(2.0), 6)
    2.500908
    """
    return write(_floor_both(x, kernel, width, 0.0, -1.0)[1], out)


@fused(smooth_ceil)
def _smooth_ceil_both(x, *, kernel="logistic", width=0.1):
    return _floor_both(x, kernel, width, 0.0, -1.0)
