"""Softmax, its logarithm, and their pullbacks.

Temperature tau; p = softmax(x / tau). Entries keep 4 ulp of relative accuracy however far they lie below the largest.
Source: kexue.fm/archives/9070.
"""

import numpy as np

from kexuestat._kernels.softmax import log_softmax_rows, softmax_row
from kexuestat.exceptions import InvalidInputError
from kexuestat.smooth._frames import frame, is_plain_row, rows, rows_of_out, temperatures, unrows
from kexuestat.smooth.log_sums import softmax_of
from kexuestat.validation.smooth import check_smooth_array


def softmax(x, axis=None, temperature=1.0, *, out=None):
    """Return exp(x / tau) divided by its sum along axis.

    ``scipy.special.softmax`` has the same arguments, save temperature. Where entries are infinite the limit is
    returned: several +inf share equally, and so do all -inf.

    Parameters
    ----------
    x : array_like
        Real numbers; nan poisons its own slice.
    axis : int, tuple of int or None, default=None
        Along what the result sums to 1; None is everything.
    temperature : float or array_like, default=1.0
        tau >= 0, one number or one per slice; 0 gives the hard function (ties share), inf equal shares.
    out : ndarray, default=None
        Where to write the result.

    Returns
    -------
    float or ndarray
        Probabilities in the shape of x.

    Raises
    ------
    InvalidInputError
        If the temperature is negative or nan, or axis does not fit.

    Examples
    --------
    >>> from kexuestat.smooth import softmax
    >>> softmax([float("inf"), 0.0])
    array([1., 0.])
    >>> softmax([1.0, 2.0], temperature=0.01)
    array([3.72007598e-44, 1.00000000e+00])
    """
    if out is None and is_plain_row(x, axis, temperature):
        result = np.empty(x.shape[0])
        softmax_row(x, temperature, result)
        return result
    framed = frame(x, axis)
    place = rows_of_out(framed, out)
    p = softmax_of(rows(framed), temperatures(temperature, framed), place)
    return unrows(p, framed, out) if place is None else out


def softmax_vjp(x, cotangent, axis=None, temperature=1.0, *, out=None):
    """Return the pullback of g = cotangent through `softmax`: p (g - <p, g>) / tau; 0 at temperature 0.

    Examples
    --------
    >>> from kexuestat.smooth import softmax_vjp
    >>> softmax_vjp([0.0, 0.0], [1.0, 0.0])
    array([ 0.25, -0.25])
    """
    framed, g, tau = pull_inputs(x, cotangent, axis, temperature)
    return unrows(centred(softmax_of(rows(framed), tau), g, tau), framed, out)


def pull_inputs(x, cotangent, axis, temperature):
    """Return the frame of x, the cotangent as rows and the temperatures; for this package's own use."""
    framed = frame(x, axis)
    wide = check_smooth_array(cotangent, "cotangent")
    if wide.shape != framed.shape:
        raise InvalidInputError(f"cotangent must have the shape of the result, {framed.shape}, got {wide.shape}.")
    return framed, rows(frame(wide, axis, "cotangent")), temperatures(temperature, framed)


def centred(p, g, tau):
    """Return p (g - <p, g>) / tau for rows p and g, 0 where tau is 0; for this package's own use."""
    difference = p * (g - (p * g).sum(axis=1, keepdims=True))
    column = tau[:, None]
    with np.errstate(over="ignore"):
        return np.where(column == 0, 0.0 * p, difference / np.where(column == 0, 1.0, column))


def log_softmax(x, axis=None, temperature=1.0, *, out=None):
    """Return the logarithm of `softmax`, x / tau minus its log-sum-exp, without a loss of tiny probabilities.

    Parameters
    ----------
    x, axis, temperature, out
        As in `softmax`.

    Returns
    -------
    float or ndarray
        At most 0, in the shape of x.

    Examples
    --------
    >>> from kexuestat.smooth import log_softmax
    >>> log_softmax([0.0, -40.0])
    array([-4.24835426e-18, -4.00000000e+01])
    """
    framed = frame(x, axis)
    data = rows(framed)
    result = np.empty(data.shape)
    log_softmax_rows(data, temperatures(temperature, framed), result)
    return unrows(result, framed, out)


def log_softmax_vjp(x, cotangent, axis=None, temperature=1.0, *, out=None):
    """Return the pullback of g = cotangent through `log_softmax`: (g - p sum g) / tau; 0 at temperature 0.

    Examples
    --------
    >>> from kexuestat.smooth import log_softmax_vjp
    >>> log_softmax_vjp([0.0, 0.0], [1.0, 0.0])
    array([ 0.5, -0.5])
    """
    framed, g, tau = pull_inputs(x, cotangent, axis, temperature)
    p = softmax_of(rows(framed), tau)
    column = tau[:, None]
    with np.errstate(over="ignore"):  # a tiny temperature has steep slopes
        pulled = (g - p * g.sum(axis=1, keepdims=True)) / np.where(column == 0, 1.0, column)
    return unrows(np.where(column == 0, 0.0 * p, pulled), framed, out)
