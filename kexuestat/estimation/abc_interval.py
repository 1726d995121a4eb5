"""ABC intervals: BCa without resampling, from derivatives of the statistic in the weights.

T(P) = statistic under weights P, P0 = 1/n. Influence t_i = dT/dP_i, quadratic coefficient b = Σ ẗ_i / (2n²), curvature
c_q from the second derivative along the least favourable direction (DiCiccio and Efron 1992,
doi:10.1093/biomet/79.2.231).
"""

import math

import numpy as np
from scipy import special

from kexuestat.estimation.evaluators import SortedEvaluator
from kexuestat.estimation.intervals import Ends
from kexuestat.exceptions import InvalidInputError

_STEP = 0.001


def _along(evaluator, base, directions, size):
    """Return T(P0 + size · direction) for every row of directions, weights in units of 1/n."""
    return evaluator.on_weights(base + size * directions)


def influence_values(evaluator, base, step=_STEP):
    """Return first and second derivatives (n, k) of T along (1 - ε) P + ε e_i, by central differences."""
    n = len(base)
    estimate = evaluator.on_weights(base[None, :])[0]
    first, second = [], []
    for i in range(n):
        direction = -base.copy()
        direction[i] += n
        up, down = evaluator.on_weights(np.stack([base + step / n * direction, base - step / n * direction]))
        first.append((up - down) / (2.0 * step / n))
        second.append((up - 2.0 * estimate + down) / (step / n) ** 2)
    return np.array(first), np.array(second)


def ends(run, j, levels):
    """Return the ends of the ABC interval of component j; they have no Monte Carlo error."""
    n, evaluator = run.plan.n, run.evaluator
    base = np.ones(n) if run.data.weights is None else run.data.weights
    if evaluator.components == 1 and isinstance(evaluator, SortedEvaluator) and evaluator.spec.quantiles:
        raise InvalidInputError(f"interval 'abc' needs a statistic smooth in the weights, not {evaluator.name!r}.")
    first, second = influence_values(evaluator, base)
    first, second = first[:, j], second[:, j]
    square = (first * first).sum()
    if not square > 0.0:
        return Ends(np.full(2, run.estimate[j]), np.zeros(2))
    error = math.sqrt(square) / n
    a = (first**3).sum() / (6.0 * square**1.5)
    bias = second.sum() / (2.0 * n * n)
    towards = first / (n * n * error) * n  # the least favourable direction, in weights of sum n
    up, down = evaluator.on_weights(np.stack([base + _STEP * towards, base - _STEP * towards]))[:, j]
    curvature = (up - 2.0 * run.estimate[j] + down) / (2.0 * error * _STEP**2)
    gamma = bias / error - curvature
    z0 = float(special.ndtri(2.0 * special.ndtr(a) * special.ndtr(-gamma)))
    w = z0 + special.ndtri(levels)
    size = w / (1.0 - a * w) ** 2
    found = evaluator.on_weights(np.maximum(base + size[:, None] * towards, 0.0))[:, j]
    return Ends(found, np.zeros(2))
