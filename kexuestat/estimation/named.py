"""The statistics that have a name: what sums or ranks they need and how those become a value.

Moment statistics are functions of n and the sums S_1 … S_k of powers of the centred data d; pair statistics of the
sums of x, y, x², xy, y²; order statistics combine quantiles; the rest is computed from sorted data with counts.
All formulas work on arrays, one entry per resample.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from kexuestat._kernels import weighted
from kexuestat.estimation.constants import c4

_ROUNDING = 8 * np.finfo(np.float64).eps


@dataclass(frozen=True)
class Moment:
    """A statistic of the sums of d, d², …; ``finish(n, sums)`` gives it for data scaled by s, in units of s**degree."""

    finish: Callable
    n_powers: int
    degree: int
    minimum: int = 1
    shifts: bool = False
    logs: bool = False
    finish_se: Callable | None = None
    se_powers: int = 0


@dataclass(frozen=True)
class Paired:
    """A statistic of two columns, from the sums of x, y, x², xy, y²; ``finish(n, sums, centres)``."""

    finish: Callable
    minimum: int
    degrees: tuple
    finish_se: Callable | None = None


@dataclass(frozen=True)
class Sorted:
    """A statistic of sorted data with counts; ``quantiles`` is its form as Σ factor · quantile(q), if it has one."""

    code: int
    quantiles: tuple = ()
    minimum: int = 1
    positive: bool = False


def _second(n, sums):
    """Return Σ (d - mean)², zero where it is only rounding."""
    spread = sums[1] - sums[0] * sums[0] / n
    return np.where(spread > _ROUNDING * sums[1], spread, 0.0)


def _mean(n, sums):
    return sums[0] / n


def _mean_se(n, sums):
    return np.sqrt(_second(n, sums) / (n - 1.0) / n)


def _var(ddof):
    return lambda n, sums: _second(n, sums) / (n - ddof)


def _std(ddof):
    return lambda n, sums: np.sqrt(_second(n, sums) / (n - ddof))


def _std_unbiased(n, sums):
    whole = np.maximum(np.rint(n), 2.0)  # Poisson weights may leave fewer than two: then the value is nan anyway
    return np.sqrt(_second(n, sums) / (n - 1.0)) / c4(whole)


def _third(n, sums):
    m = sums[0] / n
    return sums[2] - 3.0 * m * sums[1] + 2.0 * n * (m * m * m)


def _fourth(n, sums):
    m = sums[0] / n
    return sums[3] - 4.0 * m * sums[2] + 6.0 * (m * m) * sums[1] - 3.0 * n * (m * m) * (m * m)


def _skew(n, sums):
    spread = _second(n, sums) / n
    return np.where(spread > 0.0, _third(n, sums) / n / (spread * np.sqrt(spread)), np.nan)


def _kurtosis(n, sums):
    spread = _second(n, sums) / n
    return np.where(spread > 0.0, _fourth(n, sums) / n / (spread * spread) - 3.0, np.nan)


def _var_se(ddof):
    def standard_error(n, sums):
        spread = _second(n, sums) / n
        return np.sqrt(np.maximum(_fourth(n, sums) / n - spread * spread, 0.0) / n) * (n / (n - ddof))

    return standard_error


def _std_se(ddof):
    def standard_error(n, sums):
        return _var_se(ddof)(n, sums) / (2.0 * _std(ddof)(n, sums))

    return standard_error


def _cross(n, sums):
    """Return Σ (x-x̄)², Σ (x-x̄)(y-ȳ), Σ (y-ȳ)², zero where only rounding."""
    xx = sums[2] - sums[0] * sums[0] / n
    yy = sums[4] - sums[1] * sums[1] / n
    xy = sums[3] - sums[0] * sums[1] / n
    return np.where(xx > _ROUNDING * sums[2], xx, 0.0), xy, np.where(yy > _ROUNDING * sums[4], yy, 0.0)


def _corr(n, sums, centres):
    xx, xy, yy = _cross(n, sums)
    scale = np.sqrt(xx) * np.sqrt(yy)
    return np.where(scale > 0.0, np.clip(xy / scale, -1.0, 1.0), np.nan)


def _slope(n, sums, centres):
    xx, xy, _ = _cross(n, sums)
    return np.where(xx > 0.0, xy / xx, np.nan)


def _slope_se(n, sums, centres):
    xx, xy, yy = _cross(n, sums)
    return np.sqrt(np.maximum(yy - xy * xy / xx, 0.0) / (n - 2.0) / xx)


def _ratio(n, sums, centres):
    below = centres[1] + sums[1] / n
    return np.where(below != 0.0, (centres[0] + sums[0] / n) / below, np.nan)


def _ratio_se(n, sums, centres):
    xx, xy, yy = _cross(n, sums)
    ratio = _ratio(n, sums, centres)
    rest = np.maximum(xx - 2.0 * ratio * xy + ratio * ratio * yy, 0.0)
    return np.sqrt(rest / (n - 1.0) / n) / np.abs(centres[1] + sums[1] / n)


_HALVES = ((0.5, 0.0), (0.5, 1.0))

NAMED = {
    "mean": Moment(_mean, 1, 1, shifts=True, finish_se=_mean_se, se_powers=2),
    "var0": Moment(_var(0), 2, 2, finish_se=_var_se(0), se_powers=4),
    "var1": Moment(_var(1), 2, 2, 2, finish_se=_var_se(1), se_powers=4),
    "std0": Moment(_std(0), 2, 1, finish_se=_std_se(0), se_powers=4),
    "std1": Moment(_std(1), 2, 1, 2, finish_se=_std_se(1), se_powers=4),
    "std_unbiased": Moment(_std_unbiased, 2, 1, 2),
    "skew": Moment(_skew, 4, 0),
    "kurtosis": Moment(_kurtosis, 4, 0),
    "geometric_mean": Moment(_mean, 1, 1, shifts=True, logs=True),
    "median": Sorted(weighted.MEDIAN, ((1.0, 0.5),)),
    "min": Sorted(weighted.MIN, ((1.0, 0.0),)),
    "max": Sorted(weighted.MAX, ((1.0, 1.0),)),
    "midrange": Sorted(weighted.MIDRANGE, _HALVES),
    "range": Sorted(weighted.RANGE, ((-1.0, 0.0), (1.0, 1.0))),
    "iqr": Sorted(weighted.IQR, ((-1.0, 0.25), (1.0, 0.75))),
    "trimmed_mean": Sorted(weighted.TRIMMED_MEAN),
    "mad": Sorted(weighted.MAD),
    "gini": Sorted(weighted.GINI, positive=True),
    "corr": Paired(_corr, 2, (0, 0)),
    "slope": Paired(_slope, 2, (-1, 1), finish_se=_slope_se),
    "ratio": Paired(_ratio, 1, (1, -1), finish_se=_ratio_se),
}


def quantile_ranks(n, q):
    """Return (lower rank, upper rank, share) of the quantile q of n sorted values, ranks from 1, numpy's default."""
    position = q * (n - 1.0)
    low = int(np.floor(position))
    share = position - low
    return low + 1, (low + 2 if share > 0.0 else low + 1), share


def quantile_value(pick, n, quantiles):
    """Return Σ factor · quantile(q), where pick(rank) gives the values of a rank (from 1)."""
    total = 0.0
    for factor, q in quantiles:
        low, high, share = quantile_ranks(n, q)
        below = pick(low)
        value = below + share * (pick(high) - below) if share > 0.0 else below
        total = total + factor * value
    return total
