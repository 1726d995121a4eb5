"""Estimators of kexuestat.estimation; kernels and rivals stand in the files beside this one."""

import numpy as np

from kexuestat.estimation import (
    BiasVarianceDecomposition,
    Bootstrap,
    EstimatorDiagnostics,
    Jackknife,
    NCEDensity,
    SimHash,
)
from tests.contract import EstimatorCase

ONE_DIMENSION = {"check_fit1d": "one-dimensional samples are the common case here and are accepted"}


def _sample():
    return np.random.default_rng(0).lognormal(size=(25, 2))


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
    EstimatorCase(
        lambda: EstimatorDiagnostics(n_replicates=100, n_samples=5, random_state=0),
        "features",
        lambda: np.random.default_rng(0).normal(size=30),
        ("estimates_", "bias_", "bias_mcse_", "mse_", "rmse_mcse_", "truth_"),
        expected_failed=ONE_DIMENSION,
    ),
    EstimatorCase(lambda: SimHash(16, random_state=0), "features", _sample, ("directions_",)),
    EstimatorCase(
        lambda: NCEDensity(random_state=0, l2=1e-3), "features", _sample, ("coef_", "log_normalizer_", "covariance_")
    ),
    EstimatorCase(
        lambda: BiasVarianceDecomposition(n_replicates=5, random_state=0),
        "features",
        _sample,
        ("predictions_", "bias_squared_", "variance_", "full_fit_loss_"),
        fit_kwargs={"y": np.arange(25.0)},
    ),
]
