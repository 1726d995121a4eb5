"""Smooth maximum and minimum of two numbers, elementwise.

Ramp kernels: y + w Ψ((x - y) / w), above the maximum. Gates "erf" and "swish": y + (x - y) Φ, below it, no
convolution. "pnorm": (x^p + y^p)^(1/p), p = 1 / w. Sources: kexue.fm/archives/3290, kexue.fm/archives/8718.
"""

from typing import NamedTuple

import numpy as np

from kexuestat._kernels.pairs import pair_maxima
from kexuestat.exceptions import InvalidInputError
from kexuestat.smooth._elementwise import KERNELS
from kexuestat.smooth._frames import finish, write, write_each
from kexuestat.smooth._fused import fused
from kexuestat.validation.arrays import first_bad
from kexuestat.validation.options import check_option
from kexuestat.validation.smooth import check_scale, check_smooth_array, result_dtype

_CODES = {name: (code, False, 1.0) for code, name in enumerate(KERNELS) if name != "cauchy"}
_CODES |= {"lse": (0, False, 1.0), "erf": (1, True, 2.0**-0.5), "swish": (0, True, 1.0), "pnorm": (8, False, 1.0)}


class PairGrad(NamedTuple):
    """Derivatives of a function of two arguments."""

    x: float | np.ndarray
    y: float | np.ndarray


def smooth_maximum(x, y, *, method="lse", width=1.0, out=None):
    """Return a smooth maximum of x and y, elementwise, symmetric in both.

    Parameters
    ----------
    x, y : array_like
        Real numbers that broadcast; non-negative for "pnorm".
    method : str, default="lse"
        "lse" (= "logistic"), "gaussian", "laplace", "uniform", "triangular", "epanechnikov", "squareplus": ramps, above
        the maximum; "erf", "swish": gates, below it; "pnorm".
    width : float or array_like, default=1.0
        w >= 0; 0 is the maximum.
    out : ndarray, default=None
        Where to write the result.

    Returns
    -------
    float or ndarray
        In the common shape.

    Raises
    ------
    InvalidInputError
        If the method is unknown, the width negative or nan, or an argument negative for "pnorm".

    See Also
    --------
    numpy.maximum : The hard function.

    References
    ----------
    kexue.fm/archives/3290

    Examples
    --------
    >>> from kexuestat.smooth import smooth_maximum
    >>> round(smooth_maximum(3.0, 2.5, method="erf"), 6)
    2.880125
    """
    return write(_pair_both(x, y, method, width)[0], out)


def _pair_both(x, y, method, width, sign=1.0):
    code, gated, stretch = _CODES[check_option(method, "method", tuple(_CODES))]
    given = [check_smooth_array(x, "x"), check_smooth_array(y, "y"), np.asarray(check_scale(width, "width"))]
    try:
        first, second, widths = np.broadcast_arrays(*given)
    except ValueError:
        shapes = ", ".join(str(part.shape) for part in given)
        raise InvalidInputError(f"x, y and width must have shapes that broadcast, got {shapes}.") from None
    flat = [sign * np.ravel(first), sign * np.ravel(second), stretch * np.ravel(widths)]
    if code == 8:
        for name, part in zip("xy", flat):
            if (part < 0).any():
                raise InvalidInputError(
                    f"{name} must be {'non-negative' if sign > 0 else 'at most 0'} for pnorm, "
                    f"got {first_bad(name, sign * part, part < 0)}."
                )
    value, slope = np.empty(first.size), np.empty(first.size)
    pair_maxima(*flat, code, gated, value, slope)
    dtype, scalar = result_dtype(*(part for part in (x, y) if np.ndim(part) or not np.isscalar(part))), first.ndim == 0
    done = [
        finish(part.reshape(first.shape), dtype, scalar)
        for part in (sign * value, slope, _other(flat, code, slope, value, widths))
    ]
    return done[0], PairGrad(done[1], done[2])


def _other(flat, code, slope, value, widths):
    """Return the derivative in y."""
    if code != 8:
        return 1.0 - slope
    other, unused = np.empty(len(slope)), np.empty(len(slope))
    pair_maxima(flat[1], flat[0], flat[2], code, False, unused, other)
    return other


def smooth_maximum_grad(x, y, *, method="lse", width=1.0, out=None):
    """Return the derivatives of `smooth_maximum` in x and in y, a named tuple.

    Examples
    --------
    >>> from kexuestat.smooth import smooth_maximum_grad
    >>> smooth_maximum_grad(1.0, 1.0)
    PairGrad(x=0.5, y=0.5)
    """
    return write_each(_pair_both(x, y, method, width)[1], out)


@fused(smooth_maximum)
def _smooth_maximum_both(x, y, *, method="lse", width=1.0):
    return _pair_both(x, y, method, width)


def smooth_minimum(x, y, *, method="lse", width=1.0, out=None):
    """Return a smooth minimum of x and y: -smooth_maximum(-x, -y); "pnorm" takes x, y <= 0.

    Parameters and errors are those of `smooth_maximum`.

    Examples
    --------
    >>> from kexuestat.smooth import smooth_minimum
    >>> round(smooth_minimum(3.0, 8.0), 6)
    2.993285
    """
    return write(_pair_both(x, y, method, width, -1.0)[0], out)


def smooth_minimum_grad(x, y, *, method="lse", width=1.0, out=None):
    """Return the derivatives of `smooth_minimum` in x and in y, a named tuple.

    Examples
    --------
    >>> from kexuestat.smooth import smooth_minimum_grad
    >>> smooth_minimum_grad(1.0, 1.0)
    PairGrad(x=0.5, y=0.5)
    """
    return write_each(_pair_both(x, y, method, width, -1.0)[1], out)


@fused(smooth_minimum)
def _smooth_minimum_both(x, y, *, method="lse", width=1.0):
    return _pair_both(x, y, method, width, -1.0)
