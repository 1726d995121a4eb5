"""Characteristic functions of the mollifiers: the Fourier transforms of their densities."""

import numpy as np


def characteristic_values(kernel, s):
    """Return φ̂(s) for s >= 0 at unit width; 1 at 0, 0 at infinity."""
    with np.errstate(all="ignore"):
        values = _TABLE[kernel](np.asarray(s, dtype=np.float64))
    return np.where(s == 0, 1.0, np.where(np.isinf(s), 0.0, values))


def _logistic(s):
    t = np.pi * s
    return np.where(t > 700, 2 * t * np.exp(-np.minimum(t, 745.0)), t / np.sinh(np.minimum(t, 700.0)))


def _sinc(s):
    return np.sin(s / 2) / (s / 2)


def _epanechnikov(s):
    q = s * s
    return np.where(s < 1, _epanechnikov_series(np.minimum(q, 1)), 3 * (np.sin(s) - s * np.cos(s)) / (q * s))


def _epanechnikov_series(q):
    total = np.ones_like(q)  # 3 (sin s - s cos s) / s³ by its Taylor series, since the quotient cancels
    for m in range(12, 0, -1):
        total = 1 - q / (2 * m * (2 * m + 3)) * total
    return total


def _squareplus(s):
    from scipy.special import k1e

    return s * k1e(s) * np.exp(-s)


_TABLE = {
    "logistic": _logistic,
    "gaussian": lambda s: np.exp(-s * s / 2),
    "laplace": lambda s: 1 / (1 + s * s),
    "uniform": _sinc,
    "triangular": lambda s: _sinc(s) ** 2,
    "epanechnikov": _epanechnikov,
    "squareplus": _squareplus,
    "cauchy": lambda s: np.exp(-s),
}
