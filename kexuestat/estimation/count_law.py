"""The law by which 16 random bits become the count of a row in a resample (see ``_kernels.counts``)."""

from functools import lru_cache
from math import exp, factorial, sqrt

import numpy as np

from kexuestat._kernels.counts import STEP

_GAP = 2.0  # standard deviations that the sum of all counts stays below n: to add draws costs less than to take away
_REST = 64  # of 65536 values: for counts of 6 and more, and for what is left of the others


@lru_cache
def count_law(n):
    """Return (cuts, rest) for n draws from n rows, as ``draw_counts`` takes them; no cuts for few rows."""
    if n < STEP:
        return np.empty(0, np.uint16), np.ones(1)
    return _poisson_law(1.0 - _GAP / sqrt(n))


def _poisson_law(rate):
    """Return (cuts, rest) of a Poisson law: multiples of 2^-16 as far as they go, and what is left of it."""
    scaled = 65536.0 * exp(-rate) * np.array([rate**k / factorial(k) for k in range(30)])
    whole = np.floor(scaled)
    whole[6:] = 0.0
    whole[0] -= whole.sum() - (65536 - _REST)
    below = np.cumsum(scaled - whole)
    rest = below / below[-1]
    rest[-1] = 1.0
    return np.cumsum(whole)[:6].astype(np.uint16), rest
