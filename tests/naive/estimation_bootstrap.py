"""Slow references of the bootstrap and jackknife: every one of the n^n resamples, every deletion."""

import itertools

import numpy as np
import scipy.stats as stats

STATISTICS = {
    "mean": np.mean,
    "var0": np.var,
    "std0": np.std,
    "median": np.median,
    "min": np.min,
    "max": np.max,
    "midrange": lambda a, axis: (a.min(axis) + a.max(axis)) / 2,
    "range": np.ptp,
    "iqr": stats.iqr,
    "trimmed_mean": lambda a, axis: stats.trim_mean(a, 0.1, axis),
}


def all_resamples(x):
    """Every resample of x, (n^n, n)."""
    return np.array(list(itertools.product(x, repeat=len(x))))


def leave_one_out(statistic, *columns):
    """The statistic without row i, for every i."""
    return np.array([statistic(*(np.delete(c, i, axis=0) for c in columns)) for i in range(len(columns[0]))])
