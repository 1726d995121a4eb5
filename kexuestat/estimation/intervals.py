"""Ends of bootstrap intervals from replicates, and their Monte Carlo error.

θ̂ = estimate, θ* = replicates, q_α = their quantile (linear, numpy's default), z_α = Φ⁻¹(α), z0 = bias correction,
a = acceleration. percentile: q; basic: 2θ̂ - q; BCa: q at Φ(z0 + (z0+z_α)/(1 - a(z0+z_α))) (Efron 1987,
doi:10.1080/01621459.1987.10478410); t: θ̂ - se · quantiles of (θ* - θ̂)/se*; normal: θ̂ - bias ± z · se.
"""

from typing import NamedTuple

import numpy as np
from scipy import special

KINDS = ("percentile", "basic", "bca", "t", "abc", "normal")


class Ends(NamedTuple):
    """Both ends of an interval and the standard error of each that comes from a finite number of resamples."""

    ends: np.ndarray
    mcse: np.ndarray


def quantiles(values, levels):
    """Return the quantiles of values at levels in [0, 1], linear between neighbours; only the tails are sorted."""
    position = np.asarray(levels) * (len(values) - 1.0)
    low = np.floor(position).astype(np.int64)
    high = np.minimum(low + 1, len(values) - 1)
    below, above = high[2 * high < len(values)], low[2 * high >= len(values)]
    first, last = below.max(initial=0), above.min(initial=len(values) - 1)
    ordered = np.partition(values, [first, last])
    ordered[:first].sort()
    ordered[last:].sort()
    return ordered[low] + (position - low) * (ordered[high] - ordered[low])


def quantile_ends(values, levels):
    """Return the quantiles at levels and their errors √(q(1-q)/B) over the density there.

    The density comes from spacings, with the bandwidth of Bofinger 1975.
    """
    inner = np.clip(np.asarray(levels, dtype=np.float64), 1e-300, 1.0 - 1e-16)
    z = special.ndtri(inner)
    density = np.exp(-0.5 * z * z) / np.sqrt(2.0 * np.pi)
    n = len(values)
    width = (4.5 * density**4 / (2.0 * z * z + 1.0) ** 2 / n) ** 0.2
    width = np.minimum(width, 0.9 * np.minimum(inner, 1.0 - inner)) + 1e-300
    ends, below, above = quantiles(values, np.stack([levels, inner - width, inner + width]))
    return Ends(ends, np.sqrt(inner * (1.0 - inner) / n) * (above - below) / (2.0 * width))


class Sample:
    """Replicates as a law: quantiles with their Monte Carlo error, mean, standard deviation."""

    def __init__(self, values):
        self.values = values

    def ends(self, levels):
        """Return the quantiles at levels and their Monte Carlo errors."""
        return quantile_ends(self.values, levels)

    def share_below(self, estimate):
        """Return (#{θ* < θ̂} + ½ #{θ* = θ̂}) / B."""
        below, up_to = np.count_nonzero(self.values < estimate), np.count_nonzero(self.values <= estimate)
        return 0.5 * (below + up_to) / len(self.values)

    def mean(self):
        """Return the mean of the replicates."""
        return self.values.mean()

    def std(self):
        """Return the standard deviation of the replicates, exactly 0 if all are equal."""
        return self.values.std(ddof=1) if (self.values != self.values[0]).any() else 0.0

    @property
    def n_for_error(self):
        """Number of replicates that Monte Carlo errors divide by."""
        return len(self.values)


def bias_correction(law, estimate):
    """Return z0 = Φ⁻¹(share of the law below θ̂), infinite if all of it lies on one side."""
    return float(special.ndtri(law.share_below(estimate)))


def acceleration(left_out):
    """Return a = Σ d³ / (6 (Σ d²)^(3/2)), d = mean - left_out, over the first axis; 0 where d is rounding only."""
    centre = left_out.mean(axis=0)
    d = centre - left_out
    largest = np.max(np.abs(d), axis=0)
    negligible = largest <= 8 * np.finfo(np.float64).eps * np.abs(centre)
    d = d / np.where(negligible, 1.0, largest)
    squares = d * d
    square = squares.sum(axis=0)
    result = (squares * d).sum(axis=0) / (6.0 * np.where(square > 0, square, 1.0) ** 1.5)
    return np.where(negligible, 0.0, result)


def bca_levels(levels, z0, a):
    """Return the levels that BCa uses in place of levels, or None where they do not exist."""
    if not (np.isfinite(z0) and np.isfinite(a)):
        return None
    z = z0 + special.ndtri(np.asarray(levels))
    below = 1.0 - a * z
    if (below <= 0).any():
        return None
    return special.ndtr(z0 + z / below)


def percentile(law, levels):
    """Return the quantiles of the replicates' law."""
    return law.ends(levels)


def basic(law, levels, estimate):
    """Return 2θ̂ - q."""
    ends, mcse = law.ends(levels)
    return Ends(2.0 * estimate - ends[::-1], mcse[::-1])


def studentised(replicates, errors, levels, estimate, error):
    """Return the t interval; replicates whose standard error is not positive are left out."""
    usable = errors > 0
    ends, mcse = Sample((replicates[usable] - estimate) / errors[usable]).ends(levels)
    return Ends(estimate - error * ends[::-1], error * mcse[::-1])


def normal(law, levels, estimate):
    """Return θ̂ - bias ± z · se."""
    z = special.ndtri(np.asarray(levels))
    bias, error, n = law.mean() - estimate, law.std(), law.n_for_error
    return Ends(estimate - bias + z * error, error * np.sqrt(1.0 / n + z * z / (2.0 * (n - 1.0))))
