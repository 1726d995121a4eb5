"""U-statistics: the mean of a symmetric function over all subsets, or over random ones."""

import itertools
import math
from typing import NamedTuple

import numpy as np

from kexuestat._kernels import sampling
from kexuestat.exceptions import InvalidInputError
from kexuestat.validation.arrays import check_finite
from kexuestat.validation.estimation import check_enough, check_sample
from kexuestat.validation.options import check_integer, check_seed

PURPOSE = 8  # stream of random subsets
_MOST = 2_000_000


class UStatistic(NamedTuple):
    """Value, its jackknife variance, and the standard error that comes from sampling subsets (0 for all)."""

    value: float
    variance: float
    mcse: float


def ustat(kernel, x, order=2, n_subsets=None, random_state=None):
    """Return the mean of a symmetric function over all subsets of a size, or over random subsets.

    Parameters
    ----------
    kernel : callable
        Takes order arguments (observations; rows for (n, p) data) and returns a number. It is called with arrays of
        observations first; if it cannot take them, once per subset.
    x : array_like of shape (n,) or (n, p)
        Data.
    order : int
        Size of the subsets.
    n_subsets : int, optional
        Number of random subsets (drawn with replacement among subsets); None takes all.
    random_state : None, int, Generator or RandomState
        Seed of the random subsets.

    Returns
    -------
    UStatistic
        Named fields value, variance, mcse.

    Raises
    ------
    InvalidInputError
        If there are fewer than order observations, or over two million subsets and n_subsets is None.

    References
    ----------
    Hoeffding, W. (1948), doi:10.1214/aoms/1177730196; Arvesen 1969 for the variance.

    Examples
    --------
    >>> from kexuestat.estimation import ustat
    >>> round(ustat(lambda a, b: (a - b) ** 2 / 2, [1.0, 2.0, 4.0]).value, 6)
    2.333333
    """
    order = check_integer(order, "order", 1)
    x = np.asarray(x)
    x = check_finite(check_sample(x if x.ndim == 1 else x.T), "x").T
    check_enough(len(x), order, what=f"subsets of {order}")
    subsets = _all_subsets(len(x), order) if n_subsets is None else _random_subsets(x, order, n_subsets, random_state)
    values = _values(kernel, x, subsets)
    mcse = 0.0 if n_subsets is None else float(values.std(ddof=1) / math.sqrt(len(values)))
    return UStatistic(float(values.mean()), _variance(values, subsets, len(x)), mcse)


def _all_subsets(n, order):
    if math.comb(n, order) > _MOST:
        raise InvalidInputError(
            f"x has {math.comb(n, order)} subsets of {order}, more than {_MOST}; pass n_subsets for random ones."
        )
    return np.array(list(itertools.combinations(range(n), order)), dtype=np.int64)


def _random_subsets(x, order, n_subsets, random_state):
    rows = np.empty((check_integer(n_subsets, "n_subsets", 2), order), np.int64)
    sampling.subset_rows(check_seed(random_state), PURPOSE, 0, len(x), rows)
    return rows


def _values(kernel, x, subsets):
    columns = [x[subsets[:, j]] for j in range(subsets.shape[1])]
    try:
        values = np.asarray(kernel(*columns), dtype=np.float64)
    except (TypeError, ValueError):
        values = np.empty(0)
    if values.shape == (len(subsets),):
        return values
    return np.array([float(kernel(*(c[i] for c in columns))) for i in range(len(subsets))])


def _variance(values, subsets, n):
    """Return the jackknife variance from the means over subsets without each observation."""
    total, count = values.sum(), len(values)
    with_row, times = np.zeros(n), np.zeros(n)
    np.add.at(with_row, subsets, values[:, None])
    np.add.at(times, subsets, 1.0)
    left = count - times
    if (left == 0).any():
        return math.nan
    without = (total - with_row) / left
    return float((n - 1.0) / n * ((without - without.mean()) ** 2).sum())
