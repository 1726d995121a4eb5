"""Estimators under the lens: unbiased moments, jackknife, bootstrap, Monte Carlo diagnostics, robust statistics."""

from kexuestat._lazy import attach

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        "moments": [
            "adjusted_kurtosis",
            "adjusted_skew",
            "hstat",
            "kstat",
            "kstatvar",
            "optimal_var",
            "polykay",
        ],
        "variances": ["unbiased_cov", "unbiased_std", "unbiased_var"],
        "constants": [
            "OrderStatisticMoments",
            "c4",
            "d2",
            "d3",
            "expected_normal_max",
            "one_minus_c4",
            "order_statistic_moments",
        ],
        "bootstrap": ["Bootstrap", "BootstrapResult", "bootstrap_interval"],
        "jackknife": ["Jackknife", "JackknifeResult", "jackknife_estimate"],
    },
)
