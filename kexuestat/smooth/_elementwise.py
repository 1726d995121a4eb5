"""From array and widths to the elementwise kernels, and back."""

import numpy as np

from kexuestat._kernels.mollify import mollified_pairs, mollified_values
from kexuestat.exceptions import InvalidInputError
from kexuestat.smooth._frames import finish
from kexuestat.validation.options import check_option
from kexuestat.validation.smooth import check_scale, check_smooth_array, result_dtype

KERNELS = ("logistic", "gaussian", "laplace", "uniform", "triangular", "epanechnikov", "squareplus", "cauchy")
RAMP, STEP, DENSITY, DENSITY_SLOPE, SIGN, SIGN_SLOPE, ABS, GATE, GATE_SLOPE = range(9)
_SLOPE_OF = {
    RAMP: STEP,
    STEP: DENSITY,
    DENSITY: DENSITY_SLOPE,
    SIGN: SIGN_SLOPE,
    ABS: SIGN,
    GATE: GATE_SLOPE,
}


def kernel_code(kernel, *, ramp=False):
    """Return the code of a mollifier by its name; the Cauchy kernel has no ramp."""
    code = KERNELS.index(check_option(kernel, "kernel", KERNELS))
    if ramp and kernel == "cauchy":
        raise InvalidInputError(
            "kernel 'cauchy' smooths steps only: its ramp, the integral of its step, diverges; choose another kernel."
        )
    return code


def flat(x, width, name="x", width_name="width"):
    """Return x and width as flat contiguous arrays, and the shape, dtype and scalarness of the result."""
    array = check_smooth_array(x, name)
    scale = check_scale(width, width_name)
    if isinstance(scale, float):
        return np.ascontiguousarray(array).reshape(-1), np.full(1, scale), array.shape, result_dtype(x)
    try:
        array, scale = np.broadcast_arrays(array, scale)
    except ValueError:
        raise InvalidInputError(
            f"{name} and {width_name} must have shapes that broadcast, got {array.shape} and {scale.shape}."
        ) from None
    return _ravel(array), _ravel(scale), array.shape, result_dtype(x)


def _ravel(array):
    return np.array(array, order="C").reshape(-1)  # a copy: views of broadcast arrays are not writable


def mollified(x, width, kernel, quantity, out=None):
    """Return one quantity of a mollifier, elementwise."""
    code = kernel_code(kernel, ramp=quantity in (RAMP, ABS))
    data, widths, shape, dtype = flat(x, width)
    values = np.empty(data.shape)
    mollified_values(data, widths, code, quantity, values)
    return finish(values.reshape(shape), dtype, shape == (), out)


def mollified_slope(x, width, kernel, quantity, out=None):
    """Return the derivative of a quantity of a mollifier, elementwise."""
    kernel_code(kernel, ramp=quantity in (RAMP, ABS))
    return mollified(x, width, kernel, _SLOPE_OF[quantity], out)


def mollified_both(x, width, kernel, quantity):
    """Return a quantity of a mollifier and its derivative from one pass."""
    code = kernel_code(kernel, ramp=quantity in (RAMP, ABS))
    data, widths, shape, dtype = flat(x, width)
    values, grads = np.empty(data.shape), np.empty(data.shape)
    mollified_pairs(data, widths, code, quantity, _SLOPE_OF[quantity], values, grads)
    scalar = shape == ()
    return finish(values.reshape(shape), dtype, scalar), finish(grads.reshape(shape), dtype, scalar)
