"""Checks of the smooth functions: arrays that keep float32, axes, temperatures and widths."""

import operator

import numpy as np

from kexuestat.exceptions import InvalidInputError
from kexuestat.validation.arrays import check_real_array, first_bad

_NARROW = (np.dtype(np.float32), np.dtype(np.float16))


def result_dtype(*arrays):
    """Return float32 (or float16) if every array has it, else float64."""
    dtypes = {_numpy_dtype(a) for a in arrays}
    kind = dtypes.pop() if len(dtypes) == 1 else None
    return kind if kind in _NARROW else np.dtype(np.float64)


def _as_numpy(values):
    """Return arrays of the array-API standard that numpy cannot read by itself through DLPack, others as they are."""
    if hasattr(values, "__array_namespace__") and not hasattr(values, "__array__"):
        return np.from_dlpack(values)
    return values


def _numpy_dtype(values):
    dtype = getattr(values, "dtype", None)
    return dtype if dtype is None or isinstance(dtype, np.dtype) else np.asarray(_as_numpy(values)).dtype


def check_smooth_array(values, name):
    """Return values as float64 array of any layout, not copied if it is one already.

    Raises
    ------
    TypeError
        If the values are complex, text or objects.
    """
    if type(values) is np.ndarray and values.dtype == np.float64:
        return values
    values = _as_numpy(values)
    return check_real_array(values, name).reshape(np.shape(values))


def check_scale(value, name, *, scalar=False):
    """Return value as a float, or as a float64 array if it is one, if it is positive, 0 (the hard limit) or inf."""
    if type(value) is float or type(value) is int:
        if value >= 0:
            return float(value)
        raise InvalidInputError(f"{name} must be non-negative (0 is the hard function), got {value!r}.")
    array = check_real_array(value, name).reshape(np.shape(value))
    bad = ~(array >= 0)
    if bad.any():
        where = first_bad(name, array, bad) if array.ndim else repr(value)
        raise InvalidInputError(f"{name} must be non-negative (0 is the hard function), got {where}.")
    if scalar and array.ndim:
        raise InvalidInputError(f"{name} must be one number, got shape {array.shape}.")
    return float(array) if array.ndim == 0 else array


def check_axes(axis, ndim):
    """Return axis (int, tuple of int, or None for all) as a sorted tuple of distinct non-negative ints."""
    if axis is None:
        return tuple(range(ndim))
    given = axis if isinstance(axis, tuple) else (axis,)
    try:
        axes = tuple(operator.index(a) for a in given)
    except TypeError:
        raise InvalidInputError(f"axis must be an int, a tuple of ints or None, got {axis!r}.") from None
    low = -max(ndim, 1)
    if any(not low <= a < max(ndim, 1) for a in axes):
        raise InvalidInputError(f"axis must lie in {low} … {max(ndim, 1) - 1} for {ndim} dimension(s), got {axis!r}.")
    axes = tuple(sorted(a % ndim for a in axes)) if ndim else ()
    if len(set(axes)) < len(axes):
        raise InvalidInputError(f"axis must not name a dimension twice, got {axis!r}.")
    return axes


def check_not_empty(length, name):
    """Raise if a slice to be reduced has no entry."""
    if length == 0:
        raise InvalidInputError(f"{name} must have at least one entry along axis, got none.")


def check_out(out, shape):
    """Return out if it is a writable float array of this shape."""
    if not isinstance(out, np.ndarray) or out.dtype.kind != "f" or out.shape != tuple(shape) or not out.flags.writeable:
        raise InvalidInputError(f"out must be a writable float array of shape {tuple(shape)}, got {_described(out)}.")
    return out


def check_outs(out, count):
    """Return out as a tuple of count arrays, or of count Nones if it is None."""
    if out is None:
        return (None,) * count
    if not isinstance(out, tuple) or len(out) != count:
        raise InvalidInputError(f"out must be a tuple of {count} arrays, one per result, got {_described(out)}.")
    return out


def _described(value):
    return f"shape {value.shape}, dtype {value.dtype}" if isinstance(value, np.ndarray) else repr(value)


def check_probabilities(values, name):
    """Return values if every entry lies in [0, 1]."""
    bad = ~((values >= 0) & (values <= 1))
    if bad.any():
        where = first_bad(name, values, bad) if values.ndim else f"{name} = {float(values)}"
        raise InvalidInputError(f"{name} must lie in [0, 1], got {where}.")
    return values


def check_same_shape(first, second, names):
    """Return both arrays broadcast against each other."""
    try:
        return np.broadcast_arrays(first, second)
    except ValueError:
        raise InvalidInputError(
            f"{names[0]} and {names[1]} must have shapes that broadcast, got {first.shape} and {second.shape}."
        ) from None
