"""Mollifiers, and every piecewise-linear function smoothed by them.

Smoothing is convolution with a density φ of unit scale, stretched by the width w: step Φ = θ * φ, ramp Ψ = relu * φ,
so that Ψ' = Φ and Φ' = φ. A smoothed piecewise-linear function is the hard one plus w T(|x - b| / w) for every change
of slope at b, where T is the ramp's tail: nothing cancels. Sources: kexue.fm/archives/8718 (mollifiers),
kexue.fm/archives/6620, kexue.fm/archives/3290.
"""

from dataclasses import dataclass

import numpy as np

from kexuestat._kernels.mollify import piecewise_slopes, piecewise_values
from kexuestat.exceptions import InvalidInputError
from kexuestat.smooth._elementwise import (
    DENSITY,
    RAMP,
    STEP,
    flat,
    kernel_code,
    mollified,
)
from kexuestat.smooth._frames import finish
from kexuestat.smooth.transforms import characteristic_values
from kexuestat.validation.arrays import check_finite, check_real_array
from kexuestat.validation.smooth import check_scale, check_smooth_array, result_dtype

SUP_RAMP = {
    "logistic": 0.6931471805599453,
    "gaussian": 0.3989422804014327,
    "laplace": 0.5,
    "uniform": 0.125,
    "triangular": 1.0 / 6.0,
    "epanechnikov": 0.1875,
    "squareplus": 0.5,
    "cauchy": np.inf,
}


@dataclass(frozen=True)
class Mollifier:
    """A symmetric density of a given width, with its step and its ramp.

    ============ ==================================== ======================== =====================
    kernel       density φ at unit width              sup of ramp - relu       characteristic φ̂(s)
    ============ ==================================== ======================== =====================
    logistic     Φ(1 - Φ), Φ = 1 / (1 + e^-x)         ln 2                     πs / sinh πs
    gaussian     e^(-x²/2) / √(2π)                    1 / √(2π)                e^(-s²/2)
    laplace      e^-|x| / 2                           1/2                      1 / (1 + s²)
    uniform      1 on [-1/2, 1/2]                     1/8                      sin(s/2) / (s/2)
    triangular   1 - |x| on [-1, 1]                   1/6                      (sin(s/2) / (s/2))²
    epanechnikov 3/4 (1 - x²) on [-1, 1]              3/16                     3 (sin s - s cos s) / s³
    squareplus   (1 + x²)^(-3/2) / 2                  1/2                      |s| K₁(|s|)
    cauchy       1 / (π (1 + x²))                     none: the ramp diverges  e^-|s|
    ============ ==================================== ======================== =====================

    Values are at most 2 ulp off for unit width (Gaussian ramp: 4), in the far tails as well.

    Parameters
    ----------
    kernel : str, default="gaussian"
        A name of the table.
    width : float, default=1.0
        w >= 0 in the unit of x; 0 is the hard function.

    Raises
    ------
    InvalidInputError
        If the kernel is unknown or the width negative or nan.

    References
    ----------
    kexue.fm/archives/8718

    Examples
    --------
    >>> from kexuestat.smooth import Mollifier
    >>> gauss = Mollifier("gaussian", width=1.0)
    >>> gauss.ramp(-10.0)
    7.474560254589328e-25
    >>> gauss.step([0.0, 1.0]).round(6)
    array([0.5     , 0.841345])
    """

    kernel: str = "gaussian"
    width: float = 1.0

    def __post_init__(self):
        kernel_code(self.kernel)
        object.__setattr__(self, "width", check_scale(self.width, "width", scalar=True))

    def density(self, x, *, out=None):
        """Return φ(x / w) / w, float or float64 array in the shape of x."""
        return mollified(x, self.width, self.kernel, DENSITY, out)

    def step(self, x, *, out=None):
        """Return Φ(x / w), the smooth step, in [0, 1]."""
        return mollified(x, self.width, self.kernel, STEP, out)

    def ramp(self, x, *, out=None):
        """Return w Ψ(x / w), the smooth ReLU; an error for the Cauchy kernel, whose ramp diverges."""
        return mollified(x, self.width, self.kernel, RAMP, out)

    @property
    def sup_error(self):
        """Largest distance of the ramp to max(x, 0), in the unit of x; infinite for the Cauchy kernel."""
        return self.width * SUP_RAMP[self.kernel] if self.kernel != "cauchy" else np.inf

    def characteristic(self, s, *, out=None):
        """Return φ̂(w s), the Fourier transform of the density, in the shape of s."""
        array = check_smooth_array(s, "s")
        values = characteristic_values(self.kernel, self.width * np.abs(array))
        return finish(np.asarray(values), result_dtype(s), array.ndim == 0, out)


class PiecewiseLinear:
    """A piecewise-linear function, callable, with its smooth twin for every mollifier.

    f(x) = a x + c + sum of Δa_j relu(x - b_j) + Δc_j θ(x - b_j), θ(0) = 1/2.

    Parameters
    ----------
    slope, intercept : float
        a and c, the line far to the left.
    breakpoints : array_like of shape (n,)
        b_j, in any order; equal ones are merged.
    slope_changes : array_like of shape (n,)
        Δa_j.
    jumps : array_like of shape (n,), default=None
        Δc_j; None is no jump.

    Attributes
    ----------
    breakpoints, slope_changes, jumps : ndarray
        Sorted and merged.

    Raises
    ------
    InvalidInputError
        If lengths differ or a number is not finite.

    References
    ----------
    kexue.fm/archives/8718

    Examples
    --------
    >>> from kexuestat.smooth import PiecewiseLinear
    >>> tent = PiecewiseLinear(0, 0, [-1, 0, 1], [1, -2, 1])
    >>> tent([-2.0, -0.5, 0.0, 0.25])
    array([0.  , 0.5 , 1.  , 0.75])
    >>> tent.smooth(0.0, kernel="gaussian", width=0.1)
    0.9202115439197135
    """

    def __init__(self, slope, intercept, breakpoints, slope_changes, jumps=None):
        self.slope = float(check_finite(check_real_array(slope, "slope", ndim=0), "slope"))
        self.intercept = float(check_finite(check_real_array(intercept, "intercept", ndim=0), "intercept"))
        given = [_finite_list(breakpoints, "breakpoints"), _finite_list(slope_changes, "slope_changes")]
        given.append(np.zeros(len(given[0])) if jumps is None else _finite_list(jumps, "jumps"))
        lengths = [len(part) for part in given]
        if len(set(lengths)) > 1:
            raise InvalidInputError(
                f"breakpoints, slope_changes and jumps must have equal lengths, got {lengths[0]}, {lengths[1]} "
                f"and {lengths[2]}."
            )
        self.breakpoints, place = np.unique(given[0], return_inverse=True)
        self.slope_changes = np.bincount(place, given[1], len(self.breakpoints))
        self.jumps = np.bincount(place, given[2], len(self.breakpoints))
        self._pieces = np.vstack([self.breakpoints, self.slope_changes, self.jumps])
        self._slopes = np.concatenate([[self.slope], self.slope + np.cumsum(self.slope_changes)])
        moves = self.jumps - self.slope_changes * self.breakpoints
        self._intercepts = np.concatenate([[self.intercept], self.intercept + np.cumsum(moves)])

    def __repr__(self):
        lists = (part.tolist() for part in self._pieces)
        return f"PiecewiseLinear({self.slope}, {self.intercept}, {', '.join(map(str, lists))})"

    def __call__(self, x):
        """Return the hard function at x; the mean of both sides at a jump."""
        return self.smooth(x, kernel="gaussian", width=0.0)

    def smooth(self, x, kernel="gaussian", width=1.0, *, out=None):
        """Return the function convolved with a mollifier, in the shape of x."""
        data, widths, shape, dtype = flat(x, width)
        values = np.empty(data.shape)
        piecewise_values(data, widths, self._code(kernel), self._pieces, self._slopes, self._intercepts, values)
        return finish(values.reshape(shape), dtype, shape == (), out)

    def smooth_grad(self, x, kernel="gaussian", width=1.0, *, out=None):
        """Return the derivative of `smooth`; at width 0 the mean of both sides, infinite at a jump."""
        data, widths, shape, dtype = flat(x, width)
        values = np.empty(data.shape)
        piecewise_slopes(data, widths, self._code(kernel), self._pieces, self._slopes, values)
        return finish(values.reshape(shape), dtype, shape == (), out)

    def value_and_grad(self, x, kernel="gaussian", width=1.0):
        """Return `smooth` and `smooth_grad` at x."""
        return self.smooth(x, kernel, width), self.smooth_grad(x, kernel, width)

    def _code(self, kernel):
        return kernel_code(kernel, ramp=bool(self.slope_changes.any()))


def _finite_list(values, name):
    return check_finite(check_real_array(values, name, ndim=1), name)
