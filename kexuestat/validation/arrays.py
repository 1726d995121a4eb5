"""Checks of arrays: shape, dtype, finite, non-negative; complaints name the first bad place."""

import numpy as np

from kexuestat.exceptions import InvalidInputError


def _place(name, index):
    return f"{name}[{', '.join(str(int(i)) for i in index)}]"


def first_bad(name, values, bad):
    """Return "name[i, j] = value" for the first True of the mask bad."""
    index = np.unravel_index(int(np.argmax(bad)), bad.shape)
    return f"{_place(name, index)} = {values[index]}"


def check_real_array(values, name, *, ndim=None, copy=False):
    """Return values as a C-contiguous float64 array; text, complex and ragged input is refused.

    Raises
    ------
    TypeError
        If the values are complex, text or objects.
    InvalidInputError
        If the number of dimensions is not ndim, or the rows are ragged.
    """
    try:
        array = np.asarray(values)
    except ValueError as error:
        raise InvalidInputError(f"{name} must be a rectangular array of numbers: {error}.") from None
    if array.dtype.kind not in "biuf":
        if array.size == 0:
            array = array.astype(np.float64)
        else:
            raise TypeError(f"{name} must hold real numbers, got dtype {array.dtype}.")
    if ndim is not None and array.ndim != ndim:
        raise InvalidInputError(f"{name} must have {ndim} dimension(s), got shape {array.shape}.")
    return np.array(array, dtype=np.float64, order="C", copy=copy or None)


def check_finite(values, name):
    """Return values if no entry is nan or infinite."""
    bad = ~np.isfinite(values)
    if bad.any():
        raise InvalidInputError(f"{name} must be finite, got {first_bad(name, values, bad)}.")
    return values


def check_non_negative(values, name):
    """Return values if no entry is negative (nan passes; check it with check_finite)."""
    bad = values < 0
    if bad.any():
        raise InvalidInputError(f"{name} must be non-negative, got {first_bad(name, values, bad)}.")
    return values


def check_length(values, name, length, what):
    """Return values if their first dimension is length; what says what that length counts."""
    if len(values) != length:
        raise InvalidInputError(f"{name} must have one entry per {what} ({length}), got {len(values)}.")
    return values
