"""Kernels, estimators and rivals of kexuestat.estimation."""

import numpy as np

from kexuestat.estimation import Bootstrap, Jackknife
from tests.contract import EstimatorCase
from tests.registry.estimation_kernels import PAIRS as KERNEL_PAIRS
from tests.registry.estimation_races import PEERS as RACES

ONE_DIMENSION = {"check_fit1d": "one-dimensional samples are the common case here and are accepted"}


def _sample():
    return np.random.default_rng(0).lognormal(size=(25, 2))


PAIRS = [*KERNEL_PAIRS]
ESTIMATORS = [
    EstimatorCase(
        lambda: Bootstrap(n_resamples=99, random_state=0),
        "features",
        _sample,
        ("estimate_", "replicates_", "confidence_interval_", "interval_mcse_", "interval_jab_se_", "seed_"),
        expected_failed=ONE_DIMENSION,
    ),
    EstimatorCase(
        lambda: Jackknife(random_state=0),
        "features",
        _sample,
        ("estimate_", "replicates_", "bias_", "std_error_", "influence_"),
        expected_failed=ONE_DIMENSION,
    ),
]
PEERS = [*RACES]
