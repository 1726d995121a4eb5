"""Races of the estimation part: resampling, jackknife, diagnostics, moments, robust statistics."""

import math

import numba
import numpy as np
import scipy.stats as stats

from kexuestat.estimation import Bootstrap, EstimatorDiagnostics, Jackknife, hodges_lehmann, kstat, qn
from tests.contract import Race

STATISTICS = {"mean": np.mean, "std0": np.std, "median": np.median}
MANY = 9999


def _sample(n):
    return np.random.default_rng(0).lognormal(size=n)


def _interval(result):
    """Ends of the interval, from our result, scipy's or arch's."""
    if isinstance(result, np.ndarray):
        low, high = result.ravel()
    else:
        found = getattr(result, "confidence_interval_", None)
        low, high = result.confidence_interval if found is None else found
    return {"low": float(low), "high": float(high)}


def _scipy(x, statistic, **parameters):
    return stats.bootstrap(
        (x,), statistic, **{"n_resamples": MANY, "method": "BCa", "rng": np.random.default_rng(0), **parameters}
    )


def _bca(name, n):
    def setup():
        x = _sample(n)
        return {
            "kexuestat": lambda: Bootstrap(name, n_resamples=MANY, random_state=0).fit(x),
            "scipy": lambda: _scipy(x, STATISTICS[name], vectorized=True),
        }

    return setup


def _bca_against_arch(n):
    def setup():
        x = _sample(n)
        sides = {"kexuestat": lambda: Bootstrap("mean", n_resamples=MANY, random_state=0).fit(x)}
        try:
            from arch.bootstrap import IIDBootstrap
        except ImportError:
            return sides
        sides["arch"] = lambda: IIDBootstrap(x, seed=0).conf_int(np.mean, MANY, method="bca")
        return sides

    return setup


def _bca_against_percentile(name, n):
    """Our BCa against scipy's percentile interval of the same statistic, in batches that fit memory.

    Scipy's BCa would need n² numbers for its jackknife.
    """

    def setup():
        x = _sample(n)
        return {
            "kexuestat": lambda: Bootstrap(name, n_resamples=MANY, random_state=0).fit(x),
            "scipy, percentile": lambda: _scipy(x, STATISTICS[name], method="percentile", batch=100),
        }

    return setup


def _large_bca(n):
    """No rival: scipy's jackknife would need n² numbers."""

    def setup():
        x = _sample(n)
        return {"kexuestat": lambda: Bootstrap("mean", n_resamples=999, random_state=0).fit(x)}

    return setup


@numba.njit
def root_mean_square(sample):
    """A statistic that has no name."""
    return math.sqrt((sample * sample).mean())


def _plain_root_mean_square(sample, axis=-1):
    return np.sqrt((sample * sample).mean(axis))


def _own_statistic(compiled):
    def setup():
        x = _sample(1000)
        statistic = root_mean_square if compiled else _plain_root_mean_square
        return {
            "kexuestat": lambda: Bootstrap(statistic, n_resamples=MANY, random_state=0).fit(x),
            "scipy": lambda: _scipy(x, _plain_root_mean_square, vectorized=True),
        }

    return setup


def _jackknife(name, n):
    """Against scipy's own way: an index array of all deletions, in batches of 100 MB."""

    def deletions(x):
        n = len(x)
        step = max(1, 12_500_000 // n)
        for start in range(0, n, step):
            left_out = np.arange(start, min(n, start + step))[:, None]
            kept = np.arange(n - 1)
            yield x[kept + (kept >= left_out)]

    def setup():
        x = _sample(n)
        return {
            "kexuestat": lambda: Jackknife(name).fit(x).replicates_,
            "scipy": lambda: np.concatenate([STATISTICS[name](part, axis=-1) for part in deletions(x)]),
        }

    return setup


def _coverage_study():
    samples = np.random.default_rng(0).lognormal(size=(60, 20))
    kinds = ["percentile", "basic", "bca", "t"]
    study = EstimatorDiagnostics(
        sampler="lognormal", truth=math.exp(0.5), n_samples=20, n_replicates=60,
        interval=Bootstrap(n_resamples=999, interval=kinds), random_state=0,
    )  # fmt: skip
    return {
        "kexuestat": lambda: study.fit().coverages_["bca"][0],
        "scipy": lambda: np.mean([_covers(_scipy(x, np.mean, n_resamples=999)) for x in samples]),
    }


def _covers(result):
    low, high = result.confidence_interval
    return low <= math.exp(0.5) <= high


def _diagnostics(replicates):
    def setup():
        study = EstimatorDiagnostics("std1", truth=1.0, n_samples=30, n_replicates=replicates, random_state=0)
        rng = np.random.default_rng(0)
        return {
            "kexuestat": lambda: study.fit().bias_[0],
            "numpy": lambda: rng.standard_normal((replicates, 30)).std(axis=1, ddof=1).mean() - 1.0,
            "loop": lambda: np.mean([rng.standard_normal(30).std(ddof=1) for _ in range(replicates)]) - 1.0,
        }

    return setup


def _kstat():
    x = np.random.default_rng(0).normal(size=10**6)
    return {"kexuestat": lambda: kstat(x, 4), "scipy": lambda: stats.kstat(x, 4)}


def _all_pairs(ours, theirs, n):
    def setup():
        x = np.random.default_rng(0).normal(size=n)
        return {"kexuestat": lambda: ours(x), "numpy": lambda: theirs(x)}

    return setup


def _qn_of_all_pairs(x):
    gaps = np.abs(x[:, None] - x)[np.triu_indices(len(x), 1)]
    rank = math.comb(len(x) // 2 + 1, 2) - 1
    return np.partition(gaps, rank)[rank] * 2.2219 * len(x) / (len(x) + 3.8)


def _median_of_all_pairs(x):
    return np.median((0.5 * (x[:, None] + x))[np.triu_indices(len(x))])


def _value(result):
    return {"value": float(np.ravel(result)[0])}


PEERS = [
    Race("BCa of the mean, n = 1000", "estimation", _bca("mean", 1000), _interval, {"scipy": 50}),
    Race("BCa of the standard deviation, n = 1000", "estimation", _bca("std0", 1000), _interval, {"scipy": 50}),
    Race("BCa of the median, n = 1000", "estimation", _bca("median", 1000), _interval, {"scipy": 300}),
    Race("BCa of a compiled statistic, n = 1000", "estimation", _own_statistic(True), _interval, {"scipy": 10}),
    Race("BCa of a Python statistic, n = 1000", "estimation", _own_statistic(False), _interval, {"scipy": 1}),
    Race("BCa of the mean, n = 1000, arch", "estimation", _bca_against_arch(1000), _interval, {"arch": 20}),
    Race("Coverage study, n = 20", "estimation", _coverage_study, _value, {"scipy": 5}),
    Race("Diagnostics of 10 000 samples", "estimation", _diagnostics(10_000), _value, {"numpy": 3, "loop": 20}),
    Race("Jackknife of the median, n = 2001", "estimation", _jackknife("median", 2001), _value, {"scipy": 500}),
    Race("Jackknife of the deviation, n = 2001", "estimation", _jackknife("std0", 2001), _value, {"scipy": 500}),
    Race("k-statistic of order 4, n = 10^6", "estimation", _kstat, _value, {"scipy": 5}),
    Race("Qn, n = 2000", "estimation", _all_pairs(qn, _qn_of_all_pairs, 2000), _value, {"numpy": 20}),
    Race(
        "Hodges-Lehmann, n = 2000", "estimation", _all_pairs(hodges_lehmann, _median_of_all_pairs, 2000), _value,
        {"numpy": 20},
    ),
    Race("BCa of the mean, n = 10^4", "estimation", _bca("mean", 10**4), _interval, {"scipy": 25}, 3, slow=True),
    Race(
        "BCa of the standard deviation, n = 10^4", "estimation", _bca("std0", 10**4), _interval, {"scipy": 30}, 3,
        slow=True,
    ),
    Race("BCa of the median, n = 10^4", "estimation", _bca("median", 10**4), _interval, {"scipy": 2000}, 3, slow=True),
    Race(
        "BCa of the mean, n = 10^4, arch", "estimation", _bca_against_arch(10**4), _interval, {"arch": 10}, 3, slow=True
    ),
    Race(
        "BCa of the mean, n = 10^5", "estimation", _bca_against_percentile("mean", 10**5), _interval,
        {"scipy, percentile": 8}, 1, slow=True,
    ),
    Race(
        "BCa of the median, n = 10^5", "estimation", _bca_against_percentile("median", 10**5), _interval,
        {"scipy, percentile": 150}, 1, slow=True,
    ),
    Race("BCa of the mean, n = 10^6, B = 999", "estimation", _large_bca(10**6), _interval, {}, 1, slow=True),
    Race("Jackknife of the mean, 20 000", "estimation", _jackknife("mean", 20_000), _value, {"scipy": 1e4}, slow=True),
    Race(
        "Diagnostics of 100 000 samples", "estimation", _diagnostics(100_000), _value, {"numpy": 3, "loop": 20}, 3,
        slow=True,
    ),
    Race("Qn, n = 10^4", "estimation", _all_pairs(qn, _qn_of_all_pairs, 10**4), _value, {"numpy": 20}, 1, slow=True),
    Race(
        "Hodges-Lehmann, n = 10^4", "estimation", _all_pairs(hodges_lehmann, _median_of_all_pairs, 10**4), _value,
        {"numpy": 20}, 1, slow=True,
    ),
]  # fmt: skip
