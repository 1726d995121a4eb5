"""From an array and its axes to contiguous rows for the kernels, and back."""

import math
from typing import NamedTuple

import numpy as np

from kexuestat.exceptions import InvalidInputError
from kexuestat.validation.smooth import check_axes, check_out, check_outs, check_scale, check_smooth_array, result_dtype

PARALLEL_SIZE = 1 << 17  # entries from which threads pay (measured: waking them takes about 20 microseconds)


class Frame(NamedTuple):
    """An array seen as (outer, n, inner): the axis in the middle, without a copy where the layout allows."""

    data: np.ndarray
    shape: tuple
    axes: tuple
    dtype: np.dtype
    scalar: bool

    @property
    def kept_shape(self):
        """Shape with the axes reduced to 1."""
        return tuple(1 if i in self.axes else size for i, size in enumerate(self.shape))

    @property
    def moved(self):
        """Whether the axes were carried to the end, which took a copy."""
        return not _adjacent(self.axes)


def is_plain_row(x, axis, temperature):
    """Return whether x is one float64 row that needs no preparation: the way of the smallest overhead."""
    return (
        type(x) is np.ndarray
        and x.ndim == 1
        and x.dtype == np.float64
        and type(temperature) is float
        and temperature > 0.0
        and (axis is None or axis == -1 or axis == 0)
        and x.flags.c_contiguous
    )


def _adjacent(axes):
    return not axes or axes[-1] - axes[0] == len(axes) - 1


def frame(x, axis, name="x"):
    """Return the Frame of x along axis."""
    array = check_smooth_array(x, name)
    axes = check_axes(axis, array.ndim)
    scalar = array.ndim == 0
    shape = array.shape
    if not _adjacent(axes):
        array = np.moveaxis(array, axes, range(-len(axes), 0))
        first = array.ndim - len(axes)
        split = first, array.ndim
    else:
        split = (axes[0], axes[-1] + 1) if axes else (0, 0)
    array = np.ascontiguousarray(array)
    outer, n, inner = (math.prod(part) for part in _parts(array.shape, split))
    return Frame(array.reshape(outer, n, inner), shape, axes, result_dtype(x), scalar)


def _parts(shape, split):
    return shape[: split[0]], shape[split[0] : split[1]], shape[split[1] :]


def rows(framed):
    """Return the frame's data as contiguous rows (n_rows, n)."""
    outer, n, inner = framed.data.shape
    if inner == 1:
        return framed.data.reshape(outer, n)
    return np.ascontiguousarray(framed.data.transpose(0, 2, 1)).reshape(outer * inner, n)


def rows_of_out(framed, out):
    """Return out as rows if results can be written there without a copy, else None."""
    fits = isinstance(out, np.ndarray) and out.dtype == np.float64 and out.shape == framed.shape
    plain = fits and out.flags.c_contiguous and out.flags.writeable and framed.data.shape[2] == 1 and not framed.moved
    if not plain or np.may_share_memory(out, framed.data):
        return None
    return out.reshape(framed.data.shape[:2])


def unrows(values, framed, out=None):
    """Return row results (n_rows, n) in the shape of the frame's array."""
    outer, n, inner = framed.data.shape
    if inner != 1:
        values = values.reshape(outer, inner, n).transpose(0, 2, 1)
    if framed.moved:
        rest = tuple(size for i, size in enumerate(framed.shape) if i not in framed.axes)
        along = tuple(framed.shape[i] for i in framed.axes)
        values = np.moveaxis(values.reshape(rest + along), range(-len(along), 0), framed.axes)
    return finish(values.reshape(framed.shape), framed.dtype, framed.scalar, out)


def reduced(values, framed, keepdims=False, out=None):
    """Return one result per row, shaped as numpy's reductions are."""
    shape = framed.kept_shape
    if not keepdims:
        shape = tuple(size for i, size in enumerate(shape) if i not in framed.axes)
    return finish(np.asarray(values).reshape(shape), framed.dtype, shape == (), out)


def finish(values, dtype, scalar, out=None):
    """Return values as Python float if scalar, else in the dtype asked for, written to out if given."""
    if out is not None:
        check_out(out, values.shape)[...] = values
        return out
    if scalar:
        return float(values) if dtype == np.float64 else dtype.type(values.reshape(())[()])
    return values if values.dtype == dtype else values.astype(dtype)


def write(values, out):
    """Return values, or out with them written to it."""
    if out is None:
        return values
    check_out(out, np.shape(values))[...] = values
    return out


def write_each(parts, out):
    """Return a named tuple of values, each written to its array where out is a tuple of arrays."""
    outs = check_outs(out, len(parts))
    return type(parts)(*(write(part, one) for part, one in zip(parts, outs)))


def temperatures(temperature, framed, name="temperature"):
    """Return one temperature, or one per row, as a contiguous float64 array."""
    value = check_scale(temperature, name)
    if isinstance(value, float):
        return np.full(1, value)
    return per_row(value, framed, name)


def per_row(value, framed, name):
    """Return an array that broadcasts to the frame's array with its axes reduced to 1, as one value per row."""
    try:
        wide = np.broadcast_to(value, framed.kept_shape)
    except ValueError:
        raise InvalidInputError(
            f"{name} must broadcast to shape {framed.kept_shape} (one value per slice), got shape {value.shape}."
        ) from None
    return np.array(wide, dtype=np.float64).ravel()
