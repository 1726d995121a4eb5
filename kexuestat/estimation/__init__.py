"""Estimators under the lens: unbiased moments, jackknife, bootstrap, Monte Carlo diagnostics, robust statistics."""

from kexuestat._lazy import attach

__getattr__, __dir__, __all__ = attach(__name__, {})
