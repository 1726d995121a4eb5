"""How far a smooth function is from the hard one: the largest distance, and the width that keeps it below a bound.

Gates: the largest x(1 - Φ(x)) is where x σ(x) = 1 (logistic: W(1/e)) and where Q(x) = xφ(x) (Gaussian).
"""

import numbers

import numpy as np

from kexuestat.exceptions import InvalidInputError
from kexuestat.smooth._elementwise import kernel_code
from kexuestat.smooth.mollify import SUP_RAMP
from kexuestat.validation.options import check_integer, check_option, check_real
from kexuestat.validation.smooth import check_scale

_SWISH = 0.2784645427610738
_GELU = 0.16997120747990366
_GATES = {"swish": _SWISH, "gelu": _GELU, "abs_erf": 0.240375586831011, "abs_tanh": _SWISH}
_NAMES = ("relu", "abs", "lse", *_GATES)


def sup_error(name, kernel=None, *, width=1.0, n=None):
    """Return the largest distance of a smooth function to the hard one.

    Parameters
    ----------
    name : {"relu", "abs", "lse", "swish", "gelu", "abs_erf", "abs_tanh"}
        The function; "relu" and "abs" need a kernel, "lse" (log-sum-exp against max) needs n.
    kernel : str, default=None
        Mollifier of "relu" and "abs".
    width : float, default=1.0
        Width or temperature.
    n : int, default=None
        Number of entries, for "lse".

    Returns
    -------
    float
        In the unit of x; the bound is reached, at most 4 ulp off. Infinite for the Cauchy kernel.

    Raises
    ------
    InvalidInputError
        If a name is unknown, or kernel or n is missing.

    Examples
    --------
    >>> from kexuestat.smooth import sup_error
    >>> sup_error("relu", kernel="squareplus", width=0.2)
    0.1
    >>> round(sup_error("lse", n=8), 6)
    2.079442
    """
    return float(check_scale(width, "width", scalar=True) * _unit_error(name, kernel, n))


def _unit_error(name, kernel, n):
    if check_option(name, "name", _NAMES) in _GATES:
        return _GATES[name]
    if name == "lse":
        if not isinstance(n, numbers.Integral):
            raise InvalidInputError(f"n, the number of entries, is needed for 'lse', got {n!r}.")
        return float(np.log(check_integer(n, "n", 1)))
    if kernel is None:
        raise InvalidInputError(f"kernel is needed for {name!r}: one of {', '.join(SUP_RAMP)}.")
    kernel_code(kernel)
    return SUP_RAMP[kernel] * (2.0 if name == "abs" else 1.0)


def width_for_error(name, error, kernel=None, *, n=None):
    """Return the largest width (or temperature) whose `sup_error` is at most error.

    Parameters
    ----------
    name, kernel, n
        As in `sup_error`.
    error : float
        Wanted bound, > 0, in the unit of x.

    Returns
    -------
    float
        error divided by the largest distance at unit width; infinite where that is 0.

    Raises
    ------
    InvalidInputError
        As in `sup_error`; or if error is not positive, or the distance is infinite (Cauchy kernel).

    Examples
    --------
    >>> from kexuestat.smooth import width_for_error
    >>> width_for_error("relu", 0.1, kernel="squareplus")
    0.2
    """
    error = check_real(error, "error", 0.0, open_low=True)
    unit = _unit_error(name, kernel, n)
    if unit == np.inf:
        raise InvalidInputError("kernel 'cauchy' has no ramp at a finite distance; choose another kernel.")
    return error / unit if unit > 0 else float("inf")
