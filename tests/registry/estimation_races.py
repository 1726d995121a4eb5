"""Races of the estimation part: resampling, jackknife, moments."""

import numpy as np
import scipy.stats as stats

from kexuestat.estimation import Bootstrap, Jackknife, kstat
from tests.contract import Race

STATISTICS = {"mean": np.mean, "std0": np.std, "median": np.median}


def _sample(n):
    return np.random.default_rng(0).lognormal(size=n)


def _interval(result):
    ends = getattr(result, "confidence_interval_", None)
    low, high = result.confidence_interval if ends is None else ends
    return {"low": float(low), "high": float(high)}


def _bca(name, n, n_resamples=9999):
    def setup():
        x = _sample(n)
        return {
            "kexuestat": lambda: Bootstrap(name, n_resamples=n_resamples, random_state=0).fit(x),
            "scipy": lambda: stats.bootstrap(
                (x,), STATISTICS[name], n_resamples=n_resamples, method="BCa", vectorized=True,
                rng=np.random.default_rng(0),
            ),
        }  # fmt: skip

    return setup


def _bca_against_percentile(name, n):
    """Our BCa against scipy's percentile interval of the mean, in batches that fit memory."""

    def setup():
        x = _sample(n)
        return {
            "kexuestat": lambda: Bootstrap(name, random_state=0).fit(x),
            "scipy": lambda: stats.bootstrap(
                (x,), np.mean, n_resamples=9999, method="percentile", batch=100, rng=np.random.default_rng(0)
            ),
        }

    return setup


def _jackknife(name, n):
    from scipy.stats import _resampling

    def setup():
        x = _sample(n)
        return {
            "kexuestat": lambda: Jackknife(name).fit(x).replicates_,
            "scipy": lambda: STATISTICS[name](_deletions(_resampling, x), axis=-1),
        }

    return setup


def _deletions(module, x):
    return np.concatenate(list(module._jackknife_resample(x)), axis=0)


def _kstat(n, order):
    def setup():
        x = np.random.default_rng(0).normal(size=n)
        return {"kexuestat": lambda: kstat(x, order), "scipy": lambda: stats.kstat(x, order)}

    return setup


def _value(result):
    return {"value": float(result)}


PEERS = [
    Race("bca mean n=1000", "estimation", _bca("mean", 1000), _interval, {"scipy": 50}),
    Race("bca std n=1000", "estimation", _bca("std0", 1000), _interval, {"scipy": 50}),
    Race("bca median n=1000", "estimation", _bca("median", 1000), _interval, {"scipy": 300}),
    Race("bca mean n=10000", "estimation", _bca("mean", 10_000), _interval, {"scipy": 25}, rounds=3, slow=True),
    Race("bca std n=10000", "estimation", _bca("std0", 10_000), _interval, {"scipy": 30}, rounds=3, slow=True),
    Race("bca median n=10000", "estimation", _bca("median", 10_000), _interval, {"scipy": 2000}, rounds=3, slow=True),
    Race("kstat of order 4, n=1e6", "estimation", _kstat(10**6, 4), _value, {"scipy": 5}),
]
