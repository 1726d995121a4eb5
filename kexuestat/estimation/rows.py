"""Apply a statistic of rows along any axis, with a rule for missing values."""

import numpy as np

from kexuestat.validation.estimation import check_enough, check_nan_policy, check_sample


def reduce_rows(function, x, *, axis=-1, nan_policy="raise", minimum=1, what="this statistic"):
    """Return function(rows) for the rows of x along axis, a float for a vector.

    Parameters
    ----------
    function : callable
        Takes a C-contiguous float64 array (n_rows, n) and returns (n_rows,).
    x : array_like
        Data.
    axis : int
        Sampling axis.
    nan_policy : {"raise", "omit", "propagate"}
        What nan does; "omit" leaves it out row by row.
    minimum : int
        Fewest observations that function can take.
    what : str
        Name of the statistic, for the complaint.
    """
    x = check_sample(x)
    moved = np.moveaxis(x, axis, -1)
    rows = np.ascontiguousarray(moved.reshape(-1, moved.shape[-1]))
    has_nan = check_nan_policy(rows, nan_policy)
    if nan_policy == "omit" and has_nan:
        result = np.array([_omitting(function, row, minimum, what) for row in rows])
    else:
        check_enough(rows.shape[1], minimum, what=what)
        result = _propagating(function, rows)
    result = result.reshape(moved.shape[:-1])
    return result if result.ndim else float(result)


def _omitting(function, row, minimum, what):
    kept = row[~np.isnan(row)]
    check_enough(len(kept), minimum, what=what)
    return function(kept[None, :])[0]


def _propagating(function, rows):
    finite = np.isfinite(rows).all(axis=1)
    if finite.all():
        return np.asarray(function(rows), dtype=np.float64)
    result = np.full(len(rows), np.nan)
    if finite.any():
        result[finite] = function(np.ascontiguousarray(rows[finite]))
    return result
