"""The steps of fitting a Jackknife, one function per kind."""

import itertools
import math
from typing import NamedTuple

import numpy as np

from kexuestat._kernels import sampling
from kexuestat.estimation import intervals
from kexuestat.estimation.abc_interval import influence_values
from kexuestat.estimation.bootstrap_fit import check_second, leave_out_nan
from kexuestat.estimation.callables import CallableEvaluator
from kexuestat.estimation.chunks import replicate_chunks
from kexuestat.estimation.influence import PURPOSE, chosen_rows
from kexuestat.estimation.input import check_rows
from kexuestat.estimation.replicates import make_evaluator, statistic_shape
from kexuestat.exceptions import InvalidInputError
from kexuestat.validation.estimation import check_enough, check_labels
from kexuestat.validation.options import check_integer, check_option, check_seed

_ALL_SUBSETS = 100_000
_RANDOM_SUBSETS = 1000


class Fitted(NamedTuple):
    """Arrays (n_deletions, k) or (k,)."""

    replicates: np.ndarray
    bias: np.ndarray
    variance: np.ndarray
    pseudo_values: np.ndarray
    influence: np.ndarray
    mcse: np.ndarray


def fit(estimator, X, y):
    """Write the fitted attributes of a Jackknife."""
    x = check_rows(estimator, X)
    y = check_second(y, len(x), estimator.statistic)
    check_option(estimator.nan_policy, "nan_policy", ("raise", "omit"))
    groups = None if estimator.groups is None else check_labels(estimator.groups, "groups", len(x))
    x, y, groups = leave_out_nan(estimator, x, y, groups)
    check_enough(len(x), 2, "X", "a jackknife")
    kind = check_option(estimator.kind, "kind", _KINDS)
    seed = check_seed(estimator.random_state)
    evaluator = make_evaluator(estimator.statistic, x, y)
    estimate = evaluator.estimate()
    found = _KINDS[kind](estimator, evaluator, estimate, seed, groups)
    shape = statistic_shape(evaluator, x)

    def shaped(values):
        values = np.asarray(values, dtype=np.float64)
        return float(values[0]) if shape == () else values.reshape(shape)

    def listed(values):
        return np.ascontiguousarray(values.T).reshape((*shape, len(values)))

    estimator.estimate_, estimator.bias_ = shaped(estimate), shaped(found.bias)
    estimator.corrected_ = shaped(estimate - found.bias)
    estimator.variance_, estimator.std_error_ = shaped(found.variance), shaped(np.sqrt(found.variance))
    estimator.replicates_, estimator.influence_ = listed(found.replicates), listed(found.influence)
    estimator.pseudo_values_, estimator.std_error_mcse_ = listed(found.pseudo_values), shaped(found.mcse)
    estimator.acceleration_ = shaped(intervals.acceleration(-found.influence))
    estimator.seed_ = seed


def _leave_each_out(evaluator, places, n_jobs):
    """Return the statistic without each of the rows places, (n_places, k)."""
    if not isinstance(evaluator, CallableEvaluator):
        return evaluator.leave_one_out()[places]
    return replicate_chunks(
        lambda first, count: evaluator.leave_one_out(places[first : first + count]), len(places), n_jobs=n_jobs
    )


def _delete_one(estimator, evaluator, estimate, seed, groups):
    n = evaluator.n
    most = n if estimator.subset is None else check_integer(estimator.subset, "subset", 2)
    places = chosen_rows(n, most, seed)
    values = _leave_each_out(evaluator, places, estimator.n_jobs)
    centre = values.mean(axis=0)
    influence = (n - 1.0) * (centre - values)
    square = influence * influence
    variance = square.mean(axis=0) / (n - 1.0)
    return Fitted(
        values,
        (n - 1.0) * (centre - estimate),
        variance,
        n * estimate - (n - 1.0) * values,
        influence,
        _subset_error(square / (n - 1.0), variance, n),
    )


def _subset_error(parts, variance, n):
    """Return the standard error of √variance from a random subset of n deletions, finite-population corrected."""
    m = len(parts)
    if m == n:
        return np.zeros_like(variance)
    return _sampling_error(parts, variance) * math.sqrt(1.0 - m / n)


def _sampling_error(parts, variance):
    """Return the standard error of √variance, where variance is the mean of parts."""
    error = parts.std(axis=0, ddof=1) / math.sqrt(len(parts))
    return np.where(variance > 0, error / (2.0 * np.sqrt(np.where(variance > 0, variance, 1.0))), 0.0)


def _delete_d(estimator, evaluator, estimate, seed, groups):
    n = evaluator.n
    if estimator.d is None:
        raise InvalidInputError("kind 'delete-d' needs d, the number of rows left out together.")
    d = check_integer(estimator.d, "d", 1, n - 1)
    rows, complete = _kept_rows(n, d, estimator.subset, seed)
    values = evaluator.on_rows(rows)
    centre = values.mean(axis=0)
    square = (values - centre) ** 2
    variance = (n - d) / d * square.mean(axis=0)
    factor = (n - d) / d
    mcse = np.zeros_like(variance) if complete else _sampling_error(factor * square, variance)
    return Fitted(
        values,
        factor * (centre - estimate),
        variance,
        estimate - factor * (values - estimate),
        factor * (centre - values),
        mcse,
    )


def _kept_rows(n, d, subset, seed):
    """Return the rows kept (n_subsets, n - d) and whether these are all subsets."""
    number = math.comb(n, d)
    if number <= (_ALL_SUBSETS if subset is None else check_integer(subset, "subset", 2)):
        kept = np.array(list(itertools.combinations(range(n), n - d)), dtype=np.int64)
        return kept, True
    rows = np.empty((_RANDOM_SUBSETS if subset is None else subset, n - d), np.int64)
    sampling.subset_rows(seed, PURPOSE, 0, n, rows)
    return np.sort(rows, axis=1), False


def _grouped(estimator, evaluator, estimate, seed, groups):
    if groups is None:
        raise InvalidInputError("kind 'grouped' needs groups: one label per observation.")
    sizes = np.bincount(groups)
    g, n = len(sizes), evaluator.n
    if g < 2:
        raise InvalidInputError("groups must name at least 2 groups, got 1.")
    values = np.concatenate([evaluator.on_rows(np.flatnonzero(groups != j)[None, :]) for j in range(g)])
    h = (n / sizes)[:, None]
    pseudo = h * estimate - (h - 1.0) * values
    corrected = g * estimate - ((1.0 - 1.0 / h) * values).sum(axis=0)
    variance = ((pseudo - corrected) ** 2 / (h - 1.0)).mean(axis=0)
    influence = (h - 1.0) * (values.mean(axis=0) - values)
    return Fitted(values, estimate - corrected, variance, pseudo, influence, np.zeros_like(variance))


def _infinitesimal(estimator, evaluator, estimate, seed, groups):
    n = evaluator.n
    influence, _ = influence_values(evaluator, np.ones(n))
    influence = influence - influence.mean(axis=0)
    variance = (influence**2).sum(axis=0) / n**2
    nothing = np.full_like(variance, np.nan)
    return Fitted(
        estimate - influence / (n - 1.0), nothing, variance, estimate + influence, influence, np.zeros_like(variance)
    )


_KINDS = {
    "delete-1": _delete_one,
    "delete-d": _delete_d,
    "grouped": _grouped,
    "infinitesimal": _infinitesimal,
}
