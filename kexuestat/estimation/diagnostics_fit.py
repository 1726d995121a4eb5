"""The steps of EstimatorDiagnostics: check, simulate in batches, measure."""

import math
import warnings

import numpy as np

from kexuestat.estimation import metrics
from kexuestat.estimation.chunks import replicate_chunks
from kexuestat.estimation.input import check_rows
from kexuestat.estimation.nested import StudentInterval, make_interval, mean_error
from kexuestat.estimation.sample_statistics import Batch, Column, apply, sample_statistics
from kexuestat.estimation.samplers import make_sampler
from kexuestat.exceptions import EstimationWarning, InvalidInputError
from kexuestat.validation.arrays import check_real_array
from kexuestat.validation.estimation import check_level, check_nan_policy
from kexuestat.validation.options import check_integer, check_option, check_real, check_seed, check_unknown

_BATCH_NUMBERS = 1 << 17  # observations in a batch, so that it stays in the second-level cache
_INFORMATION = {
    "normal": lambda loc, scale: 1.0 / scale**2,
    "exponential": lambda scale: 1.0 / scale**2,
    "poisson": lambda lam: 1.0 / lam,
    "bernoulli": lambda p: 1.0 / (p * (1.0 - p)),
}
_MEASURES = (
    "bias",
    "relative_bias",
    "empse",
    "variance",
    "mse",
    "rmse",
    "model_se",
    "relative_error_model_se",
    "coverage",
    "coverage_bias_eliminated",
    "power",
    "interval_width",
    "efficiency",
)
_SHARES = ("coverage", "coverage_bias_eliminated", "power")


def fit(diagnostics, X):
    """Write the fitted attributes."""
    estimators = diagnostics.estimator
    estimators = list(estimators) if isinstance(estimators, (list, tuple)) else [estimators]
    if not estimators:
        raise InvalidInputError("estimator must be a name, a callable or a non-empty list of them, got [].")
    n = check_integer(diagnostics.n_samples, "n_samples", 1)
    k = check_integer(diagnostics.n_replicates, "n_replicates", 2)
    margin = check_real(diagnostics.unbiased_margin, "unbiased_margin", 0.0, open_low=True)
    level, seed = check_level(diagnostics.confidence_level), check_seed(diagnostics.random_state)
    population = _population(diagnostics, X)
    _check_metrics(diagnostics.metrics)
    sampler = make_sampler(diagnostics.sampler, diagnostics.sampler_params, n, seed, population)
    statistics = sample_statistics(
        estimators, n, 1 if population is None or population.ndim == 1 else population.shape[1]
    )
    truth = _truth(diagnostics.truth, statistics, population)
    interval = make_interval(diagnostics.interval, estimators, level, seed)
    _warn_of_infinite_variance(sampler)
    values = _simulate(sampler, statistics, interval, diagnostics.standard_error, k, diagnostics.n_jobs)
    diagnostics.truth_, diagnostics.seed_ = truth, seed
    diagnostics.names_ = [_name(statistic, j) for j, statistic in enumerate(statistics)]
    _store(diagnostics, statistics, interval, values, margin)
    _store_efficiency(diagnostics, n)


def _population(diagnostics, X):
    if X is None:
        return None
    x = check_rows(diagnostics, X, minimum=2)
    check_nan_policy(x, "raise", "X")
    return x


def _check_metrics(chosen):
    if not (isinstance(chosen, str) and chosen == "all"):
        check_unknown([chosen] if isinstance(chosen, str) else chosen, _MEASURES, "metric")


def _truth(truth, statistics, population):
    """Return the estimands (n_estimators,)."""
    n = len(statistics)
    if truth is None and population is not None:
        whole = _Whole(population)
        return np.array([statistic(whole)[0] for statistic in statistics])
    values = check_real_array(0.0 if truth is None else truth, "truth")
    if values.ndim > 1 or values.size not in (1, n):
        raise InvalidInputError(f"truth must be one number or one per estimator ({n}), got shape {values.shape}.")
    return np.broadcast_to(values.reshape(-1), (n,)).copy()


class _Whole(Batch):
    """The population as a batch of one sample."""

    def __init__(self, population):
        super().__init__(None, 0, 1)
        self._rows = population[None]


def _warn_of_infinite_variance(sampler):
    if math.isinf(sampler.variance) or (math.isnan(sampler.variance) and getattr(sampler, "name", None) == "t"):
        warnings.warn(
            "The sampler has infinite variance: means and standard errors over replicates need not settle.",
            EstimationWarning,
            stacklevel=4,
        )


def _simulate(sampler, statistics, interval, standard_error, k, n_jobs):
    """Return (K, n_estimators, 1 + 1 + 2 kinds): estimate, standard error, interval ends."""
    width = getattr(sampler, "population", np.empty(0))
    columns = width.shape[1] if width.ndim == 2 else 1
    largest = max(64, _BATCH_NUMBERS // (sampler.n * columns) // 64 * 64)

    def replicate(first, count):
        batch = Batch(sampler, first, count)
        return np.stack([_of_batch(s, batch, interval, standard_error) for s in statistics], axis=1)

    return replicate_chunks(replicate, k, n_jobs=n_jobs, largest=largest)


def _of_batch(statistic, batch, interval, standard_error):
    kinds = len(interval.kinds) if interval else 0
    batch = batch if statistic.column is None else Column(batch, statistic.column)
    result = np.full((batch.count, 2 + 2 * kinds), np.nan)
    result[:, 0] = statistic(batch)
    if standard_error is not None:
        result[:, 1] = apply(standard_error, batch.rows, 1)[:, 0]
    elif isinstance(interval, StudentInterval):
        result[:, 1] = mean_error(batch)
    if interval:
        result[:, 2:] = interval.ends(statistic.estimator, batch).reshape(batch.count, -1)
    return result


def _store(diagnostics, statistics, interval, values, margin):
    diagnostics.estimates_ = np.ascontiguousarray(values[:, :, 0].T)
    good = np.isfinite(diagnostics.estimates_)
    diagnostics.n_failed_ = (~good).sum(axis=1)
    _check_failures(diagnostics, statistics, good)
    rows = []
    for j, truth in enumerate(diagnostics.truth_):
        mine = values[:, j] if good[j].all() else values[good[j], j]
        row = metrics.of_estimator(np.ascontiguousarray(mine[:, 0]), truth, margin)
        row |= _standard_errors(mine[:, 1], row["empse"])
        row |= _intervals(mine[:, 2:4], truth, row["mean"])
        rows.append(row)
    for name in rows[0]:
        setattr(diagnostics, f"{name}_", np.array([row[name] for row in rows]))
    whole = diagnostics.estimates_ if good.all() else diagnostics.estimates_[:, good.all(axis=0)]
    diagnostics.relative_precision_, diagnostics.relative_precision_mcse_ = metrics.relative_precision(whole)
    diagnostics.intervals_ = np.ascontiguousarray(np.moveaxis(values[:, :, 2:4], 0, 1)) if interval else None
    diagnostics.coverages_ = _coverages(interval, values, diagnostics.truth_)


def _check_failures(diagnostics, statistics, good):
    for j, statistic in enumerate(statistics):
        failed = int(diagnostics.n_failed_[j])
        if 2 * failed > good.shape[1] or good.shape[1] - failed < 2:
            why = statistic.first_failure or "the value is nan"
            raise InvalidInputError(
                f"estimator {j} must have a value on most samples, but failed on {failed} of {good.shape[1]}; the first"
                f" is replicate {int(np.argmin(good[j]))} under seed {diagnostics.seed_} ({why})."
            )


def _standard_errors(errors, spread):
    errors = errors[np.isfinite(errors)]
    if len(errors) > 1:
        return metrics.of_standard_errors(errors, spread)
    names = ("model_se", "relative_error_model_se")
    return {f"{name}{suffix}": math.nan for name in names for suffix in ("", "_mcse")}


def _intervals(ends, truth, mean):
    ends = ends[np.isfinite(ends).all(axis=1)] if ends.shape[1] else ends
    if ends.shape[1] and len(ends) > 1:
        return metrics.of_intervals(ends, truth, mean)
    names = ("coverage", "coverage_bias_eliminated", "power", "interval_width")
    return {f"{name}{suffix}": math.nan for name in names for suffix in ("", "_mcse")}


def _coverages(interval, values, truth):
    """Return {kind: coverage (n_estimators,)}."""
    found = {}
    for q, kind in enumerate(interval.kinds if interval else ()):
        ends = values[:, :, 2 + 2 * q : 4 + 2 * q]
        inside = (ends[..., 0] <= truth) & (truth <= ends[..., 1])
        found[kind] = inside.sum(axis=0) / np.isfinite(ends).all(axis=2).sum(axis=0)
    return found


def _store_efficiency(diagnostics, n):
    information = _information(diagnostics)
    bound = 1.0 / (n * information)
    with np.errstate(divide="ignore", invalid="ignore"):
        efficiency = bound / diagnostics.variance_
        relative = diagnostics.variance_mcse_ / diagnostics.variance_
    diagnostics.crlb_, diagnostics.efficiency_ = bound, efficiency
    diagnostics.efficiency_mcse_ = efficiency * relative


def _information(diagnostics):
    given, truth = diagnostics.fisher_information, diagnostics.truth_
    if given is None:
        return np.full(len(truth), np.nan)
    if isinstance(given, str):
        return np.full(len(truth), _automatic_information(given, diagnostics))
    values = np.array([given(float(t)) for t in truth]) if callable(given) else np.asarray(given, dtype=np.float64)
    values = np.broadcast_to(values, truth.shape)
    if not (values > 0).all():
        raise InvalidInputError(f"fisher_information must be positive, got {values.tolist()}.")
    return values


def _automatic_information(given, diagnostics):
    if given != "auto" or diagnostics.sampler not in _INFORMATION:
        known = ", ".join(_INFORMATION)
        raise InvalidInputError(
            f"fisher_information must be None, a number, a callable or 'auto' with one of the samplers {known},"
            f" got {given!r} with sampler {diagnostics.sampler!r}."
        )
    sampler = make_sampler(diagnostics.sampler, diagnostics.sampler_params, 1, 0)
    return _INFORMATION[diagnostics.sampler](*sampler.parameters)


def _name(statistic, j):
    estimator = statistic.estimator
    if not isinstance(estimator, str):
        return getattr(estimator, "__name__", f"estimator {j}")
    return estimator if statistic.column is None else f"{estimator}[{statistic.column}]"


def required_replicates(diagnostics, metric, mcse):
    """Return the replicates (n_estimators,) that bring the standard error of a metric down to mcse."""
    check_option(metric, "metric", _MEASURES)
    mcse = check_real(mcse, "mcse", 0.0, open_low=True)
    k = diagnostics.estimates_.shape[1] - diagnostics.n_failed_
    errors = getattr(diagnostics, f"{metric}_mcse_")
    if metric in _SHARES:
        errors = np.where(np.isnan(errors), 0.5 / np.sqrt(k), errors)
    if not np.isfinite(errors).all():
        raise InvalidInputError(f"metric {metric!r} has no error in this run; fit with what it needs.")
    needed = np.ceil(k * (errors / mcse) ** 2 * (1.0 - 1e-12))  # every error falls as 1/√K
    return np.maximum(needed, 2.0).astype(np.int64)


def summary(diagnostics):
    """Return value and mcse of each metric, one row per estimator."""
    chosen = diagnostics.metrics
    chosen = _MEASURES if isinstance(chosen, str) and chosen == "all" else chosen
    columns = {"estimator": diagnostics.names_}
    for metric in [chosen] if isinstance(chosen, str) else chosen:
        columns[metric] = getattr(diagnostics, f"{metric}_")
        columns[f"{metric}_mcse"] = getattr(diagnostics, f"{metric}_mcse_")
    try:
        import pandas
    except ImportError:
        kinds = [(name, "U64" if name == "estimator" else np.float64) for name in columns]
        return np.array(list(zip(*columns.values())), dtype=kinds)
    return pandas.DataFrame(columns).set_index("estimator")
