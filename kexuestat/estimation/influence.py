"""Leave-one-out values for the acceleration of BCa: all rows, a random subset, whole groups, or rows within strata."""

from typing import NamedTuple

import numpy as np

from kexuestat._kernels import sampling
from kexuestat.estimation import intervals
from kexuestat.estimation.callables import CallableEvaluator
from kexuestat.estimation.replicates import on_plan_rows
from kexuestat.exceptions import InvalidInputError
from kexuestat.validation.options import check_integer

PURPOSE = 2  # stream of rows left out
_MOST = 2000  # rows left out where each costs a full evaluation


class LeftOut(NamedTuple):
    """Values (n_left_out, n_components) without one row (or group), and the stratum of each, or None."""

    values: np.ndarray
    strata: np.ndarray | None


def chosen_rows(n, most, seed):
    """Return the rows to leave out, ascending: all, or a random subset of at most that many."""
    if n <= most:
        return np.arange(n)
    rows = np.empty((1, most), np.int64)
    sampling.subset_rows(seed, PURPOSE, 0, n, rows)
    return np.sort(rows[0])


def jackknife_values(evaluator, data, plan, jackknife):
    """Return the LeftOut of an evaluator under a plan."""
    most = _most(jackknife, evaluator.n)
    if plan.scheme == "cluster":
        rows = np.arange(plan.n)
        complements = [rows[plan.groups != g] for g in range(plan.groups.max() + 1)]
        return LeftOut(on_plan_rows(evaluator, complements), None)
    if data.weights is not None:
        return LeftOut(_without_weight(evaluator, data.weights, chosen_rows(plan.n, most, plan.seed)), None)
    if not isinstance(evaluator, CallableEvaluator):
        places = np.arange(plan.n)
        values = evaluator.leave_one_out()
    else:
        places = chosen_rows(plan.n, most, plan.seed)
        values = evaluator.leave_one_out(places)
    return LeftOut(values, plan.groups[places] if plan.scheme == "strata" else None)


def _most(jackknife, n):
    if jackknife == "auto":
        return _MOST
    if jackknife == "full":
        return n
    if isinstance(jackknife, str):
        raise InvalidInputError(f"jackknife must be 'auto', 'full' or an integer, got {jackknife!r}.")
    return check_integer(jackknife, "jackknife", 2)


def _without_weight(evaluator, weights, places):
    result = []
    for i in places:
        rest = weights.copy()
        rest[i] = 0.0
        result.append(evaluator.on_weights(rest[None, :])[0])
    return np.array(result)


def weighted_acceleration(left_out, j):
    """Return the acceleration of component j; strata add up, each with its own mean and size."""
    values = left_out.values[:, j]
    values = values[np.isfinite(values)]
    if len(values) < 2:
        return 0.0
    if left_out.strata is None:
        return float(intervals.acceleration(values[:, None])[0])
    return _stratified_acceleration(left_out.values[:, j], left_out.strata)


def _stratified_acceleration(values, strata):
    cubes = squares = 0.0
    for s in np.unique(strata):
        mine = values[strata == s]
        influence = (len(mine) - 1.0) * (mine.mean() - mine) / max(len(mine), 1)
        cubes += (influence**3).sum()
        squares += (influence**2).sum()
    return float(cubes / (6.0 * squares**1.5)) if squares > 0 else 0.0
