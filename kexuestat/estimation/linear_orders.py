"""L-statistics: fixed linear combinations of the ordered sample, and the exact moments of their bootstrap.

L = Σ c_r x_(r). With N_i = number of draws among the i smallest of the n rows, C(k) = Σ over r > k of c_r, a resample
has L* = x_(1) C(0) + Σ_i (x_(i+1) - x_(i)) C(N_i), and N_1, N_2, … is a Markov chain: N_(i+1) - N_i given N_i = k is
Binomial(n - k, 1/(n - i)). Mean and variance of the sum follow backwards along the chain, in O(n^1.5) steps (the same
moments as from the weights of Hutson and Ernst 2000, doi:10.1111/1467-9868.00221).
"""

import numpy as np
from scipy import special

from kexuestat.exceptions import InvalidInputError

_REACH = 9.0  # standard deviations of N_i that are followed; the rest has a probability below 1e-18
_NEGLIGIBLE = 1e-22


def coefficients(evaluate, ordered):
    """Return c_1 … c_n of an L-statistic: what it gives for samples of zeros and ones, confirmed on other samples.

    Parameters
    ----------
    evaluate : callable
        Takes a sample (n,), returns a float.
    ordered : ndarray of float64, shape (n,)
        Ascending data, on which the coefficients must give the same value.
    """
    n = len(ordered)
    try:
        with np.errstate(all="ignore"):
            steps = np.array([evaluate((np.arange(n) >= r).astype(np.float64)) for r in range(n + 1)])
            found = steps[:-1] - steps[1:]
            linear = all(
                _agrees(evaluate, found, x) for x in (ordered, np.sqrt(np.arange(n) + 1.0), np.arange(n) ** 2.0)
            )
    except (InvalidInputError, ArithmeticError):
        linear = False
    if not linear:
        raise InvalidInputError(
            "scheme 'exact' needs a statistic that is a fixed linear combination of the ordered sample, such as"
            " 'median' or 'trimmed_mean'; this one is not: use 'multinomial'."
        )
    return found


def _agrees(evaluate, c, sample):
    return abs(evaluate(sample) - c @ sample) <= 1e-9 * (np.abs(c) @ np.abs(sample))


def bootstrap_moments(ordered, c):
    """Return mean and variance of Σ c_r x_(r) over all n^n resamples of the ascending data."""
    n = len(ordered)
    above = np.append(np.cumsum(c[::-1])[::-1], 0.0)  # C(0) … C(n)
    means = np.array([_mean_of(above, n, i) for i in range(n)])  # of C(N_i)
    gaps = np.append(0.0, np.diff(ordered))
    return float(ordered[0] * above[0] + gaps @ means), _variance(n, above, means, gaps)


def _likely(n, i):
    """Return the values of N_i that need to be followed."""
    spread = _REACH * np.sqrt(i * (1.0 - i / n)) + 20.0 * (0 < i < n)
    return np.arange(max(0, int(i - spread)), min(n, int(np.ceil(i + spread))) + 1)


def _mean_of(above, n, i):
    """Return E C(N_i)."""
    k = _likely(n, i)
    if i == 0:
        return above[0]
    ways = special.gammaln(n + 1.0) - special.gammaln(k + 1.0) - special.gammaln(n - k + 1.0)
    share = np.exp(ways + k * np.log(i / n) + (n - k) * np.log1p(-i / n))
    return float(share @ above[k] / share.sum())


def _variance(n, above, means, gaps):
    """Return the variance of Σ gaps_i C(N_i), by mean and mean square of what is still to come at each N_i = k."""
    rest = np.zeros((2, n + 1))
    for i in range(n - 2, -1, -1):
        step = gaps[i + 1] * (above - means[i + 1])
        rest[1] += step * (step + 2.0 * rest[0])
        rest[0] += step
        rest = _expected(n, i, rest)
    return float(max(rest[1, 0], 0.0))


def _expected(n, i, after):
    """Return the means of after[:, N_(i+1)] given N_i = k, for every likely k (2 × (n + 1); 0 elsewhere)."""
    k = _likely(n, i)
    left, chance = n - k, 1.0 / (n - i)
    share = np.exp(left * np.log1p(-chance))
    result = np.zeros_like(after)
    total = result[:, k[0] : k[-1] + 1]
    for m in range(n - k[0] + 1):
        total += share * after[:, np.minimum(k + m, n)]  # beyond n the share is 0
        share = share * np.maximum(left - m, 0.0) / (m + 1.0) * (chance / (1.0 - chance))
        if m > 1 and share.max() < _NEGLIGIBLE:
            break
    return result
