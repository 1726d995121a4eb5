"""Smooth stand-ins for max, argmax, top-k, sort, rank, floor, sign and every piecewise-linear function."""

from kexuestat._lazy import attach

__getattr__, __dir__, __all__ = attach(__name__, {})
