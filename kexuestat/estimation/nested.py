"""Intervals of simulated samples: Student's t of the mean, a function, or a bootstrap of every sample."""

import math

import numpy as np
from scipy import special

from kexuestat._kernels.random import stream_key
from kexuestat.estimation import bootstrap_fit
from kexuestat.estimation.bootstrap import Bootstrap
from kexuestat.estimation.nested_batch import batch_ends, can_batch
from kexuestat.estimation.sample_statistics import apply, named_values
from kexuestat.exceptions import InvalidInputError

PURPOSE = 7  # seeds of the bootstraps of replicates


class StudentInterval:
    """x̄ ± t s/√n."""

    kinds = ("t",)

    def __init__(self, estimators, level):
        if any(estimator != "mean" for estimator in estimators):
            raise InvalidInputError("interval 't' is for the estimator 'mean' only; pass a callable or a Bootstrap.")
        self.level = level

    def ends(self, estimator, batch):
        """Return the ends (count, kinds, 2) of one estimator on a batch."""
        n = batch.rows.shape[1]
        centre = named_values("mean", batch)
        margin = special.stdtrit(n - 1.0, 0.5 + 0.5 * self.level) * mean_error(batch)
        return np.stack([centre - margin, centre + margin], axis=-1)[:, None, :]


def mean_error(batch):
    """Return s/√n of every sample."""
    return named_values("std1", batch) / math.sqrt(batch.rows.shape[1])


class CallableInterval:
    """A function samples -> (lower, upper)."""

    kinds = ("given",)

    def __init__(self, function):
        self.function = function

    def ends(self, estimator, batch):
        """Return the ends (count, 1, 2) of one estimator on a batch."""
        return apply(self.function, batch.rows, 2)[:, None, :]


class BootstrapInterval:
    """A Bootstrap of every sample, all its intervals from one pass, seeded by the replicate."""

    def __init__(self, bootstrap, seed):
        self.bootstrap, self.seed = bootstrap, seed
        self.kinds = bootstrap_fit.check_settings(bootstrap).kinds

    def ends(self, estimator, batch):
        """Return the ends (count, kinds, 2) of one estimator on a batch."""
        chosen = Bootstrap(**{**self.bootstrap.get_params(deep=False), "statistic": estimator})
        settings = bootstrap_fit.check_settings(chosen)
        seeds = [int(stream_key(self.seed, PURPOSE, batch.first + b) >> np.uint64(1)) for b in range(batch.count)]
        if not can_batch(settings):
            return np.stack([self._of_sample(settings, x, seed) for x, seed in zip(batch.rows, seeds)])
        ends, done = batch_ends(settings, batch.rows, seeds)
        for b in np.flatnonzero(~done):
            ends[b] = self._of_sample(settings, batch.rows[b], seeds[b])
        return ends

    def _of_sample(self, settings, x, seed):
        data = bootstrap_fit.Data(x, None, None, None, None)
        try:
            run = bootstrap_fit.resample(settings, data, seed)
        except InvalidInputError:
            return np.full((len(self.kinds), 2), np.nan)
        found = bootstrap_fit.component(run, 0, run.law(0))[0]
        return np.array([found[kind].ends for kind in self.kinds])


def make_interval(interval, estimators, level, seed):
    """Return what gives the intervals, or None."""
    if interval is None:
        return None
    if isinstance(interval, Bootstrap):
        return BootstrapInterval(interval, seed)
    if isinstance(interval, str) and interval == "t":
        return StudentInterval(estimators, level)
    if callable(interval):
        return CallableInterval(interval)
    raise InvalidInputError(f"interval must be None, 't', a callable or a Bootstrap, got {interval!r}.")
