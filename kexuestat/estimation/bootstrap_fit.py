"""The steps of fitting a Bootstrap: check, resample, drop failures, read off the intervals."""

import warnings
from dataclasses import dataclass

import numpy as np

from kexuestat.estimation import abc_interval, exact, intervals, new_values
from kexuestat.estimation.influence import jackknife_values, weighted_acceleration
from kexuestat.estimation.input import check_rows
from kexuestat.estimation.replicates import all_replicates, make_evaluator, statistic_shape
from kexuestat.estimation.schemes import SCHEMES, VALUES, WEIGHTED, Plan, make_plan
from kexuestat.exceptions import EstimationWarning, InvalidInputError
from kexuestat.validation.arrays import check_real_array
from kexuestat.validation.estimation import (
    check_enough,
    check_labels,
    check_level,
    check_nan_policy,
    check_resamples,
    check_weights,
)
from kexuestat.validation.options import check_option, check_real


@dataclass(frozen=True)
class Data:
    """Checked data: x (n,) or (n, p), y (n,) or None, weights scaled to sum n or None, group numbers or None."""

    x: np.ndarray
    y: np.ndarray | None
    weights: np.ndarray | None
    groups: np.ndarray | None
    strata: np.ndarray | None


@dataclass
class Run:
    """Everything that the fitted attributes are read from; arrays are (n_replicates, n_components)."""

    data: Data
    statistic: object
    plan: Plan
    evaluator: object
    kinds: tuple
    level: float
    shape: tuple
    estimate: np.ndarray
    errors_of_estimate: np.ndarray | None
    values: np.ndarray
    errors: np.ndarray | None
    n_failed: int
    left_out: object = None
    rule: str = "percentile"
    laws: list | None = None

    def law(self, j):
        """Return the law of component j: its replicates, or the exact one."""
        return self.laws[j] if self.laws else intervals.Sample(np.ascontiguousarray(self.values[:, j]))


def check_data(estimator, X, y, sample_weight, groups, strata):
    """Return the Data, with rows that hold nan left out if the policy says so; sets n_features_in_."""
    x = check_rows(estimator, X)
    y = check_second(y, len(x), estimator.statistic)
    parts = [check_labels(v, k, len(x)) if v is not None else None for k, v in (("groups", groups), ("strata", strata))]
    weights = None if sample_weight is None else check_weights(sample_weight, "sample_weight", len(x))
    x, y, weights, *parts = leave_out_nan(estimator, x, y, weights, *parts)
    check_enough(len(x), 2, "X", "a bootstrap")
    if weights is not None:
        weights = weights * (len(x) / weights.sum())
    return Data(x, y, weights, *parts)


def check_second(y, n, statistic):
    """Return y as float64 if the statistic takes pairs."""
    if y is None or (isinstance(statistic, str) and statistic not in ("corr", "slope", "ratio")):
        return None
    y = check_real_array(y, "y")
    if len(y) != n:
        raise InvalidInputError(f"y must have one entry per row of X ({n}), got {len(y)}.")
    return y


def leave_out_nan(estimator, x, y, *others):
    has_nan = check_nan_policy(x, estimator.nan_policy, "X")
    has_nan = (y is not None and check_nan_policy(y, estimator.nan_policy, "y")) or has_nan
    if not (has_nan and estimator.nan_policy == "omit"):
        return (x, y, *others)
    bad = np.isnan(x.reshape(len(x), -1)).any(axis=1)
    if y is not None:
        bad |= np.isnan(y.reshape(len(y), -1)).any(axis=1)
    return tuple(None if v is None else np.ascontiguousarray(v[~bad]) for v in (x, y, *others))


def _check_kinds(interval):
    kinds = (interval,) if isinstance(interval, str) else tuple(interval)
    if not kinds:
        raise InvalidInputError("interval must name at least one kind, got an empty list.")
    return tuple(check_option(kind, "interval", intervals.KINDS) for kind in kinds)


@dataclass(frozen=True)
class Settings:
    """The checked parameters of a Bootstrap."""

    statistic: object
    n_resamples: int
    scheme: object
    kinds: tuple
    level: float
    jackknife: object
    block_length: object
    rule: str
    nan_policy: str
    max_memory_mb: float
    n_jobs: int | None


def check_settings(estimator):
    """Return the Settings of a Bootstrap."""
    level = check_level(estimator.confidence_level)
    scheme = estimator.scheme if callable(estimator.scheme) else check_option(estimator.scheme, "scheme", SCHEMES)
    return Settings(
        estimator.statistic,
        check_resamples(estimator.n_resamples, level),
        scheme,
        _check_kinds(estimator.interval),
        level,
        estimator.jackknife,
        estimator.block_length,
        check_option(estimator.degenerate, "degenerate", ("percentile", "nan", "raise")),
        estimator.nan_policy,
        check_real(estimator.max_memory_mb, "max_memory_mb", 0.0, open_low=True),
        estimator.n_jobs,
    )


def resample(settings, data, seed):
    """Return the Run: plan, replicates and what the intervals need."""
    evaluator = make_evaluator(settings.statistic, data.x, data.y, "t" in settings.kinds)
    _check_takes_weights(settings, data, evaluator)
    values, plan = _replicates(settings, data, seed, evaluator)
    laws = exact.laws(settings.statistic, data, settings.kinds) if values is None else None
    values = exact.replicates(laws, settings.n_resamples) if values is None else values
    found = _assemble(settings, data, plan, evaluator, _estimate(evaluator, data), values)
    found.laws = laws
    return found


def _check_takes_weights(settings, data, evaluator):
    """Raise before any resampling if weights are needed and a callable does not take them."""
    needed = settings.scheme in WEIGHTED or data.weights is not None or "abc" in settings.kinds
    if needed and not getattr(evaluator, "weighted", True):
        raise InvalidInputError(
            "statistic must take an argument 'weights' for weighted schemes, sample_weight and the interval 'abc'."
        )


def _estimate(evaluator, data):
    return evaluator.estimate() if data.weights is None else evaluator.on_weights(data.weights[None, :])[0]


def _replicates(settings, data, seed, evaluator):
    """Return the replicates and their plan; no replicates for the exact scheme."""
    options = {"max_memory_mb": settings.max_memory_mb, "n_jobs": settings.n_jobs}
    scheme, n_resamples = settings.scheme, settings.n_resamples
    if callable(scheme) or scheme in VALUES:
        plan = Plan(scheme if isinstance(scheme, str) else "parametric", len(data.x), seed, len(data.x))
        return new_values.replicates(settings.statistic, data, scheme, plan, n_resamples, evaluator, options), plan
    if scheme == "exact":
        plan = Plan("exact", len(data.x), seed, len(data.x))
        return None, plan
    plan = make_plan(scheme, data.x, seed, settings.block_length, data.groups, data.strata)
    values = all_replicates(evaluator, plan, n_resamples, sample_weight=data.weights, **options)
    if plan.scale != 1.0:
        values = _estimate(evaluator, data) + plan.scale * (values - _estimate(evaluator, data))
    return values, plan


def _assemble(settings, data, plan, evaluator, estimate, values):
    good = np.isfinite(values[:, 0])
    for j in range(1, evaluator.components):
        good &= np.isfinite(values[:, j])
    if evaluator.studentised and _varies(values, evaluator):
        good &= (values[:, evaluator.components :] > 0).all(axis=1)
    n_failed = int((~good).sum())
    propagates = settings.nan_policy == "propagate" and not np.isfinite(estimate).all()
    if 2 * n_failed > len(values) and not propagates:
        raise InvalidInputError(_failure(evaluator, plan, good, n_failed, len(values)))
    values = values if propagates or n_failed == 0 else values[good]
    k = evaluator.components
    errors = (values[:, k:], estimate[k:]) if evaluator.studentised else (None, None)
    result = Run(
        data,
        settings.statistic,
        plan,
        evaluator,
        settings.kinds,
        settings.level,
        statistic_shape(evaluator, data.x),
        estimate[:k],
        errors[1],
        values[:, :k],
        errors[0],
        0 if propagates else n_failed,
        rule=settings.rule,
    )
    if "bca" in settings.kinds:
        result.left_out = jackknife_values(evaluator, data, plan, settings.jackknife)
    return result


def _varies(values, evaluator):
    """Return whether the replicates differ at all: a constant sample has no standard error, and needs none."""
    first = values[:, : evaluator.components]
    return bool((first != first[0]).any())


def _failure(evaluator, plan, good, n_failed, n):
    why = getattr(evaluator, "first_failure", None) or "the value is nan"
    return (
        f"statistic must have a value on most resamples, but failed on {n_failed} of {n}; the first is replicate"
        f" {int(np.argmin(good))} under seed {plan.seed} ({why})."
    )


def store(estimator, run):
    """Write the fitted attributes."""
    shape, laws = run.shape, [run.law(j) for j in range(run.values.shape[1])]
    columns = [component(run, j, law) for j, law in enumerate(laws)]

    def shaped(values):
        values = np.asarray(values, dtype=np.float64)
        values = values.reshape(shape + values.shape[1:])
        return values if values.ndim else float(values)

    estimator.estimate_ = shaped(run.estimate)
    estimator.replicates_ = shaped(np.ascontiguousarray(run.values.T))
    estimator.bias_ = shaped([law.mean() for law in laws] - run.estimate)
    estimator.std_error_ = shaped([law.std() for law in laws])
    estimator.intervals_ = {kind: shaped([c[0][kind].ends for c in columns]) for kind in run.kinds}
    estimator.intervals_mcse_ = {kind: shaped([c[0][kind].mcse for c in columns]) for kind in run.kinds}
    estimator.confidence_interval_ = estimator.intervals_[run.kinds[0]]
    estimator.interval_mcse_ = estimator.intervals_mcse_[run.kinds[0]]
    estimator.z0_, estimator.acceleration_ = shaped([c[1] for c in columns]), shaped([c[2] for c in columns])
    estimator.degenerate_ = bool(any(c[3] for c in columns))
    estimator.n_failed_, estimator.seed_ = run.n_failed, run.plan.seed
    estimator._run = run
    estimator.__dict__.pop("_jab", None)
    _warn(run, estimator.degenerate_)


def _warn(run, degenerate):
    """Say in one warning what was done instead of what was asked for."""
    messages = []
    single = np.count_nonzero(np.bincount(run.plan.groups) == 1) if run.plan.scheme == "strata" else 0
    if single:
        messages.append(f"{single} strata have one row, which stays fixed in every resample.")
    if degenerate and run.rule == "percentile":
        messages.append(
            "BCa does not exist where all replicates lie on one side of the estimate; percentile ends are given."
        )
    if messages:
        warnings.warn(" ".join(messages), EstimationWarning, stacklevel=4)


def component(run, j, law):
    """Return ({kind: Ends}, z0, a, degenerate) of component j."""
    a = weighted_acceleration(run.left_out, j) if "bca" in run.kinds else np.nan
    return component_intervals(run, j, law, float(run.estimate[j]), a)


def component_intervals(run, j, law, estimate, a):
    """Return ({kind: Ends}, z0, a, degenerate) from the law of component j."""
    tail = 0.5 * (1.0 - run.level)
    levels = np.array([tail, 1.0 - tail])
    if not (np.isfinite(estimate) and np.isfinite(law.mean())):
        missing = intervals.Ends(np.full(2, np.nan), np.full(2, np.nan))
        return dict.fromkeys(run.kinds, missing), np.nan, np.nan, False
    if law.std() == 0.0 and np.isclose(law.mean(), estimate, rtol=1e-13, atol=0.0):
        fixed = intervals.Ends(np.full(2, estimate), np.zeros(2))
        return dict.fromkeys(run.kinds, fixed), 0.0, 0.0, False
    found, z0, degenerate = {}, np.nan, False
    for kind in run.kinds:
        if kind == "bca":
            found[kind], z0, degenerate = _bca(run, law, levels, estimate, a)
        else:
            found[kind] = _KINDS[kind](run, j, law, levels, estimate)
    return found, z0, a, degenerate


_KINDS = {
    "percentile": lambda run, j, law, levels, estimate: intervals.percentile(law, levels),
    "basic": lambda run, j, law, levels, estimate: intervals.basic(law, levels, estimate),
    "normal": lambda run, j, law, levels, estimate: intervals.normal(law, levels, estimate),
    "abc": lambda run, j, law, levels, estimate: abc_interval.ends(run, j, levels),
    "t": lambda run, j, law, levels, estimate: intervals.studentised(
        run.values[:, j], run.errors[:, j], levels, estimate, run.errors_of_estimate[j]
    ),
}


def _bca(run, law, levels, estimate, a):
    z0 = intervals.bias_correction(law, estimate)
    used = intervals.bca_levels(levels, z0, a)
    if used is not None:
        return intervals.percentile(law, used), z0, False
    if run.rule == "raise":
        raise InvalidInputError(
            "BCa does not exist: every replicate lies on one side of the estimate; pass degenerate='percentile'."
        )
    if run.rule == "nan":
        return intervals.Ends(np.full(2, np.nan), np.full(2, np.nan)), z0, True
    return intervals.percentile(law, levels), z0, True
