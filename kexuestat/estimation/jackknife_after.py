"""Jackknife after the bootstrap: how much the ends would move with other data, from the resamples already drawn.

A resample without observation i is a resample of the data without i, so the ends from those resamples are the ends
with i left out; their jackknife variance is that of the ends (Efron 1992, doi:10.1111/j.2517-6161.1992.tb01866.x).
"""

from dataclasses import replace

import numpy as np

from kexuestat.estimation import bootstrap_fit
from kexuestat.estimation.influence import chosen_rows, weighted_acceleration
from kexuestat.estimation.intervals import Sample
from kexuestat.estimation.replicates import on_plan_rows
from kexuestat.estimation.schemes import ROWS
from kexuestat.exceptions import InvalidInputError

_MOST_ROWS = 400
_BATCH = 256
_SCHEMES = (*ROWS, "poisson")


def jackknife_after_bootstrap(run):
    """Return the standard errors (..., 2) of both ends of the first interval of a fitted Run."""
    if run.plan.scheme not in _SCHEMES:
        known = ", ".join(map(repr, _SCHEMES))
        raise InvalidInputError(
            f"interval_jab_se_ needs a scheme that leaves rows out ({known}), got scheme {run.plan.scheme!r}."
        )
    places, n_units = _units(run.plan)
    values, absent = _replicates_and_absences(run, places)
    result = np.array([_component_error(run, j, values[:, j], absent, n_units) for j in range(values.shape[1])])
    return result[0] if run.shape == () else result.reshape((*run.shape, 2))


def _units(plan):
    """Return one row of every unit to leave out (a row, or a cluster), and the number of all units."""
    if plan.scheme == "cluster":
        first = np.unique(plan.groups, return_index=True)[1]
        return first[chosen_rows(len(first), _MOST_ROWS, plan.seed)], len(first)
    return chosen_rows(plan.n, _MOST_ROWS, plan.seed), plan.n


def _replicates_and_absences(run, places):
    """Return replicates computed on rows, and whether each of the places is absent (n_replicates, n_places)."""
    n_replicates = len(run.values) + run.n_failed
    values, absent = [], np.empty((n_replicates, len(places)), dtype=bool)
    for first in range(0, n_replicates, _BATCH):
        count = min(_BATCH, n_replicates - first)
        weights = run.plan.weights(first, count)
        absent[first : first + count] = weights[:, places] == 0.0
        values.append(_values(run, first, count, weights))
    values = np.concatenate(values)[:, : len(run.estimate)]
    values = run.estimate + run.plan.scale * (values - run.estimate)
    good = np.isfinite(values).all(axis=1)
    return values[good], absent[good]


def _values(run, first, count, weights):
    if run.data.weights is not None:
        return run.evaluator.on_weights(weights * run.data.weights)
    if run.plan.scheme == "poisson":
        return run.evaluator.on_weights(weights)
    return on_plan_rows(run.evaluator, run.plan.rows(first, count))


def _component_error(run, j, values, absent, n):
    a = weighted_acceleration(run.left_out, j) if run.left_out is not None else 0.0
    kind = run.kinds[0] if run.kinds[0] not in ("t", "abc") else "percentile"
    ends = []
    for column in range(absent.shape[1]):
        mine = values[absent[:, column]]
        if len(mine) > 1:
            estimate = float(run.estimate[j] + mine.mean() - values.mean())
            ends.append(_ends(run, j, kind, mine, estimate, a))
    ends = np.array(ends)
    if len(ends) < 2:
        return np.full(2, np.nan)
    spread = ((ends - ends.mean(axis=0)) ** 2).mean(axis=0) * n
    return np.sqrt((n - 1.0) / n * spread)


def _ends(run, j, kind, values, estimate, a):
    narrowed = replace(run, kinds=(kind,))
    return bootstrap_fit.component_intervals(narrowed, j, Sample(values), estimate, a)[0][kind].ends
