"""Statistics of many samples at once: what EstimatorDiagnostics applies to every batch."""

import inspect

import numpy as np

from kexuestat._kernels import variates
from kexuestat.estimation.callables import CallableEvaluator
from kexuestat.estimation.evaluators import silent
from kexuestat.estimation.named import NAMED, Moment, Paired, quantile_value
from kexuestat.exceptions import InvalidInputError
from kexuestat.validation.estimation import check_enough
from kexuestat.validation.options import check_option

_TRIALS = 64  # samples tried before an estimator is called broken


class Batch:
    """Samples of some replicates, as columns (n, count) or rows (count, n[, p]), each form made on first use."""

    def __init__(self, sampler, first, count):
        self.sampler, self.first, self.count = sampler, first, count
        self._columns = self._rows = self._sorted = None

    @property
    def rows(self):
        """Samples (count, n) or (count, n, p)."""
        if self._rows is None:
            fresh = self._columns is None
            self._rows = (
                self.sampler.samples(self.first, self.count) if fresh else np.ascontiguousarray(self._columns.T)
            )
        return self._rows

    @property
    def columns(self):
        """Samples (n, count)."""
        if self._columns is None:
            direct = hasattr(self.sampler, "columns") and self._rows is None
            self._columns = (
                self.sampler.columns(self.first, self.count) if direct else np.ascontiguousarray(self.rows.T)
            )
        return self._columns

    @property
    def ordered(self):
        """Samples (n, count), each column ascending."""
        if self._sorted is None:
            self._sorted = np.ascontiguousarray(np.sort(self.rows, axis=1).T)
        return self._sorted


class Column(Batch):
    """One column of a batch of several."""

    def __init__(self, batch, column):
        super().__init__(None, batch.first, batch.count)
        self._rows = np.ascontiguousarray(batch.rows[..., column])


def named_values(name, batch):
    """Return the named statistic of every sample of a batch, (count,)."""
    spec = NAMED[name]
    if isinstance(spec, Paired):
        return _paired(spec, batch.rows)
    if isinstance(spec, Moment):
        return _moment(spec, np.log(batch.columns) if spec.logs else batch.columns)
    return _sorted(name, spec, batch.ordered)


def _moment(spec, columns):
    anchors = columns[0]
    sums = np.empty((spec.n_powers, columns.shape[1]))
    variates.column_power_sums(columns, anchors, sums)
    with silent():
        value = spec.finish(float(len(columns)), list(sums))
    value = value + anchors if spec.shifts else value
    return np.exp(value) if spec.logs else value


def _paired(spec, rows):
    if rows.ndim != 3 or rows.shape[2] != 2:
        raise InvalidInputError(f"estimator needs samples of pairs (n, 2), got samples of shape {rows.shape[1:]}.")
    x, y = rows[..., 0], rows[..., 1]
    dx, dy = x - x[:, :1], y - y[:, :1]
    sums = [t.sum(axis=1) for t in (dx, dy, dx * dx, dx * dy, dy * dy)]
    with silent():
        return spec.finish(float(rows.shape[1]), sums, (x[:, 0], y[:, 0]))


def _sorted(name, spec, ordered):
    n = len(ordered)
    if spec.quantiles:
        return quantile_value(lambda rank: ordered[rank - 1], n, spec.quantiles)
    if name == "trimmed_mean":
        cut = int(np.floor(0.1 * n))
        return ordered[cut : n - cut].sum(axis=0) / (n - 2 * cut)
    if name == "mad":
        centre = quantile_value(lambda rank: ordered[rank - 1], n, ((1.0, 0.5),))
        distance = np.sort(np.abs(ordered - centre), axis=0)
        return 1.482602218505602 * quantile_value(lambda rank: distance[rank - 1], n, ((1.0, 0.5),))
    place = 2.0 * np.arange(1, n + 1) - n - 1.0
    with silent():
        return (place[:, None] * ordered).sum(axis=0) / (n * ordered.sum(axis=0))


def sample_statistics(estimators, n, n_columns):
    """Return a SampleStatistic per estimator; a name of one column counts once per column of the samples."""
    result = []
    for estimator in estimators:
        single = isinstance(estimator, str) and not isinstance(NAMED.get(estimator), Paired)
        columns = range(n_columns) if single and n_columns > 1 else [None]
        result += [SampleStatistic(estimator, n, column) for column in columns]
    return result


class SampleStatistic:
    """An estimator of samples: a name, or a callable f(sample) or f(samples, axis=-1)."""

    def __init__(self, estimator, n, column=None):
        self.estimator, self.column, self.first_failure = estimator, column, None
        if isinstance(estimator, str):
            check_option(estimator, "estimator", NAMED)
            check_enough(n, NAMED[estimator].minimum, "n_samples", f"estimator {estimator!r}")
        elif not callable(estimator):
            raise InvalidInputError(f"estimator must be a name or a callable, got {estimator!r}.")

    def __call__(self, batch):
        """Return the estimates (count,) of a batch, nan where the estimator failed."""
        batch = batch if self.column is None or isinstance(batch, Column) else Column(batch, self.column)
        if isinstance(self.estimator, str):
            return named_values(self.estimator, batch)
        rows = batch.rows
        evaluator = self._evaluator(rows)
        values = evaluator.on_samples(rows)
        if values.shape[1] != 1:
            raise InvalidInputError(f"estimator must return one number per sample, got {values.shape[1]}.")
        self.first_failure = self.first_failure or evaluator.first_failure
        return values[:, 0]

    def _evaluator(self, rows):
        """Return an evaluator bound to the first sample on which the estimator works."""
        for sample in rows[:_TRIALS]:
            try:
                with silent():
                    return CallableEvaluator(self.estimator, sample)
            except InvalidInputError:
                raise
            except Exception as error:
                self.first_failure = self.first_failure or f"{type(error).__name__}: {error}"
        raise InvalidInputError(
            f"estimator must work on most samples, but failed on the first {len(rows[:_TRIALS])}"
            f" ({self.first_failure})."
        )


def apply(function, rows, outputs):
    """Return function of every sample as (count, outputs); axis=-1 is used if the function takes it."""
    takes_axis = "axis" in inspect.signature(function).parameters
    if takes_axis:
        result = function(np.moveaxis(rows, 1, -1), axis=-1)
        result = np.asarray(result, dtype=np.float64)
        return result.T if outputs > 1 else result[:, None]
    return np.array([function(sample) for sample in rows], dtype=np.float64).reshape(len(rows), outputs)
