"""Closed forms of the delete-1 jackknife of named statistics, in O(n) after a sort.

Sums lose one term; a quantile moves by at most one rank; a trimmed sum exchanges one value at its border. Where the
term left out is much of a sum, subtraction would cancel, and that one value is computed afresh from the other rows.
"""

import numpy as np

from kexuestat.estimation.named import NAMED, quantile_value

_HEAVY = 0.5  # of a column's absolute sum: below that, leaving a term out at most doubles the rounding error
_MAD_FACTOR = 1.482602218505602
_TRIM = 0.1


def from_sums(terms, finish, fresh):
    """Return finish(n - 1, sums without row i) for every i, shape (n, k).

    Parameters
    ----------
    terms : list of ndarray of float64, shape (n,)
        What each row adds to each sum.
    finish : callable
        Takes the number of rows and a list of (n,) arrays.
    fresh : callable
        Takes i and returns the value (k,) computed without row i from the start.
    """
    result = finish(len(terms[0]) - 1.0, [term.sum() - term for term in terms])
    sizes = [np.abs(term) for term in terms]
    heavy = [np.flatnonzero(size > _HEAVY * size.sum()) for size in sizes]
    for i in np.unique(np.concatenate(heavy)):
        result[i] = fresh(i)
    return result


def of_sorted(name, ordered, order):
    """Return the statistic of sorted data without entry order[i], for every i of the data before sorting."""
    special = {"trimmed_mean": _trimmed_mean, "mad": _mad, "gini": _gini}
    if name in special:
        values = special[name](ordered)
    else:
        values = _quantiles(ordered, NAMED[name].quantiles)
    result = np.empty(len(ordered))
    result[order] = values
    return result


def _quantiles(ordered, quantiles):
    """Return Σ factor · quantile(q) without entry i, for every i."""
    n = len(ordered)
    place = np.arange(n)

    def pick(rank):
        return np.where(rank - 1 < place, ordered[rank - 1], ordered[rank])

    return quantile_value(pick, n - 1, quantiles)


def _trimmed_mean(ordered):
    n = len(ordered)
    cut = int(np.floor(_TRIM * (n - 1)))
    low, high = cut, n - cut - 1  # of the n entries, low … high hold the window and one more
    place = np.clip(np.arange(n), low, high)
    total = ordered[low : high + 1].sum()
    return (total - ordered[place]) / (high - low) if high > low else np.full(n, np.nan)


def _gini(ordered):
    n = len(ordered)
    m = n - 1
    place = np.arange(n)
    mass = _before(ordered) + _after(ordered)
    spread = _before((2.0 * place + 1.0 - m) * ordered) + _after((2.0 * place - 1.0 - m) * ordered)
    with np.errstate(invalid="ignore", divide="ignore"):
        return spread / (m * mass)


def _before(values):
    """Return the sum of the values before each."""
    return np.concatenate([[0.0], np.cumsum(values)[:-1]])


def _after(values):
    """Return the sum of the values after each."""
    return _before(values[::-1])[::-1]


def _mad(ordered):
    """Return the values for the two or three medians that leaving one out can give, each by one sort."""
    n = len(ordered)
    centres = _quantiles(ordered, ((1.0, 0.5),))
    result = np.empty(n)
    for centre in np.unique(centres):
        distance = np.abs(ordered - centre)
        order = np.argsort(distance, kind="stable")
        left_out = np.empty(n)
        left_out[order] = _quantiles(distance[order], ((1.0, 0.5),))
        mine = centres == centre
        result[mine] = left_out[mine]
    return _MAD_FACTOR * result
