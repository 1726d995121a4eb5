"""Mollification of any function by quadrature, for functions without a closed form.

(f * φ_w)(x) = ∫ f(x - w t) φ(t) dt, cut at the breaks of f so that every piece is smooth. Source:
kexue.fm/archives/8718.
"""

from itertools import pairwise

import numpy as np

from kexuestat.exceptions import InvalidInputError
from kexuestat.smooth._elementwise import DENSITY_SLOPE, mollified
from kexuestat.smooth._frames import finish
from kexuestat.smooth.mollify import Mollifier
from kexuestat.validation.arrays import check_finite, check_real_array
from kexuestat.validation.options import check_real
from kexuestat.validation.smooth import check_smooth_array, result_dtype

_REACH = {"uniform": 0.5, "triangular": 1.0, "epanechnikov": 1.0, "gaussian": 10.0, "logistic": 45.0, "laplace": 45.0}


def mollified_function(function, x, *, kernel="gaussian", width=1.0, breaks=(), tolerance=1e-10, out=None):
    """Return a function convolved with a mollifier, by adaptive quadrature.

    Parameters
    ----------
    function : callable
        Takes a float, returns a float; at most countably many breaks, bounded growth (none for heavy tails).
    x : array_like
        Where.
    kernel : str, default="gaussian"
        Mollifier; "cauchy" and "squareplus" need a bounded function (or one of small growth).
    width : float, default=1.0
        w > 0.
    breaks : array_like of shape (n,), default=()
        Places where the function or a derivative jumps.
    tolerance : float, default=1e-10
        Absolute and relative tolerance of each piece.
    out : ndarray, default=None
        Where to write the result.

    Returns
    -------
    float or ndarray
        In the shape of x.

    Raises
    ------
    InvalidInputError
        If the width is not positive, the kernel unknown, a break not finite or function not callable.

    Examples
    --------
    >>> import math
    >>> from kexuestat.smooth import mollified_function
    >>> round(mollified_function(math.floor, 2.95, kernel="logistic", width=0.1, breaks=range(-10, 20)), 6)
    2.377493
    """
    return _swept(_convolved, function, x, kernel, width, breaks, tolerance, out)


def mollified_function_grad(function, x, *, kernel="gaussian", width=1.0, breaks=(), tolerance=1e-10, out=None):
    """Return the derivative of `mollified_function`: the function convolved with the slope of the density.

    Examples
    --------
    >>> from kexuestat.smooth import mollified_function_grad
    >>> round(mollified_function_grad(abs, 0.3, kernel="uniform", width=1.0, breaks=[0.0]), 6)
    0.6
    """
    return _swept(_convolved_slope, function, x, kernel, width, breaks, tolerance, out)


def _swept(integral, function, x, kernel, width, breaks, tolerance, out):
    """Return the integral at every place of x, after the checks."""
    if not callable(function):
        raise InvalidInputError(f"function must be callable, got {function!r}.")
    width = check_real(width, "width", 0.0, open_low=True)
    tolerance = check_real(tolerance, "tolerance", 0.0, open_low=True)
    mollifier = Mollifier(kernel)
    cuts = np.unique(check_finite(check_real_array(list(breaks), "breaks", ndim=1), "breaks"))
    array = check_smooth_array(x, "x")
    values = [integral(function, float(place), mollifier, width, cuts, tolerance) for place in array.ravel()]
    return finish(np.array(values).reshape(array.shape), result_dtype(x), array.ndim == 0, out)


def _convolved(function, place, mollifier, width, cuts, tolerance):
    return _integral(function, mollifier.density, place, mollifier, width, cuts, tolerance)


def _convolved_slope(function, place, mollifier, width, cuts, tolerance):
    if mollifier.kernel == "uniform":
        return (function(place + 0.5 * width) - function(place - 0.5 * width)) / width

    def slope(t):
        return mollified(t, 1.0, mollifier.kernel, DENSITY_SLOPE)

    return _integral(function, slope, place, mollifier, width, cuts, tolerance) / width


def _integral(function, weight, place, mollifier, width, cuts, tolerance):
    from scipy.integrate import quad

    reach = _REACH.get(mollifier.kernel, np.inf)
    inner = np.unique(np.concatenate([(place - cuts) / width, [0.0]]))
    edges = [-reach, *inner[(inner > -reach) & (inner < reach)], reach]
    return sum(
        quad(
            lambda t: function(place - width * t) * weight(t),
            low,
            high,
            epsabs=tolerance,
            epsrel=tolerance,
            limit=200,
        )[0]
        for low, high in pairwise(edges)
    )
