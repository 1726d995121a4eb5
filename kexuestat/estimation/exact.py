"""The bootstrap of quantiles without Monte Carlo: the exact law of the replicates.

With n rows: P(θ* <= x_(k)) = I_{k/n}(r, n-r+1) for the r-th order statistic of a resample (Hutson and Ernst 2000,
doi:10.1111/1467-9868.00221); a quantile between the ranks r and r + 1 has the joint law of both (``rank_law``); both
ends have P(min = x_(i), max = x_(j)) = [(j-i+1)^n - 2 (j-i)^n + (j-i-1)^n] / n^n. Of any other linear combination of
the ordered sample (an L-statistic) mean and variance are known (``linear_orders``).
"""

import numpy as np

from kexuestat.estimation.intervals import Ends
from kexuestat.estimation.linear_orders import bootstrap_moments, coefficients
from kexuestat.estimation.named import NAMED, quantile_ranks
from kexuestat.estimation.rank_law import neighbour_shares, order_statistic_cdf
from kexuestat.estimation.replicates import make_evaluator
from kexuestat.exceptions import InvalidInputError

_ROUNDING = 1e-12
_NEGLIGIBLE = 1e-22  # ranks less likely than this are left out, a total below 1e-17


class Law:
    """An exact law: ascending atoms and their shares; its quantiles have no Monte Carlo error."""

    n_for_error = np.inf

    def __init__(self, atoms, shares):
        order = np.argsort(atoms, kind="stable")
        self.atoms, self.shares = atoms[order], shares[order] / shares.sum()
        self.below = np.cumsum(self.shares)

    def ends(self, levels):
        """Return the smallest atoms of cumulative share at least levels."""
        # the sum of shares is right to a few ulp; a level that falls on a step belongs to that step
        place = np.searchsorted(self.below, np.asarray(levels) - 1e-14)
        return Ends(self.atoms[np.minimum(place, len(self.atoms) - 1)], np.zeros(len(place)))

    def share_below(self, estimate):
        """Return P(θ* < θ̂) + ½ P(θ* = θ̂)."""
        return float(self.shares[self.atoms < estimate].sum() + 0.5 * self.shares[self.atoms == estimate].sum())

    def mean(self):
        """Return the exact mean of the replicates."""
        return float(self.shares @ self.atoms)

    def std(self):
        """Return the exact standard deviation of the replicates."""
        return float(np.sqrt(self.shares @ (self.atoms - self.mean()) ** 2))


class Moments:
    """Exact mean and standard deviation of the replicates of an L-statistic; their quantiles are not known."""

    n_for_error = np.inf

    def __init__(self, mean, variance):
        self._mean, self._std = mean, float(np.sqrt(variance))

    def mean(self):
        """Return the exact mean of the replicates."""
        return self._mean

    def std(self):
        """Return the exact standard deviation of the replicates."""
        return self._std


def laws(statistic, data, kinds):
    """Return the exact law, or Moments, of a statistic of every column; kinds are the intervals wanted."""
    if data.weights is not None or data.y is not None:
        raise InvalidInputError("scheme 'exact' takes neither sample_weight nor y; use 'multinomial'.")
    columns = data.x.T if data.x.ndim == 2 else data.x[None, :]
    if callable(statistic) and len(columns) > 1:
        raise InvalidInputError("scheme 'exact' takes a callable for X of one column only; use 'multinomial'.")
    found = [_law(statistic, np.sort(column)) for column in columns]
    if isinstance(found[0], Moments) and set(kinds) != {"normal"}:
        raise InvalidInputError(
            f"interval must be 'normal' for scheme 'exact' with statistic {statistic!r}, of which only the mean and the"
            f" variance are exact, got {', '.join(map(repr, kinds))}."
        )
    return found


def replicates(found, n_replicates):
    """Return the quantiles of exact laws at (b + ½) / B, float64 (B, n_components); none of Moments."""
    if isinstance(found[0], Moments):
        return np.empty((0, len(found)))
    levels = (np.arange(n_replicates) + 0.5) / n_replicates
    return np.column_stack([law.ends(levels).ends for law in found])


def _law(statistic, x):
    """Return the exact law, or Moments, of a statistic of ascending data."""
    if isinstance(statistic, str) and statistic in ("midrange", "range"):
        return _ends_law(statistic, x)
    quantiles = getattr(NAMED[statistic], "quantiles", ()) if isinstance(statistic, str) else ()
    if len(quantiles) == 1:
        rank, _, share = quantile_ranks(len(x), quantiles[0][1])
        return _rank_law(x, rank, share)
    c = coefficients(lambda sample: float(make_evaluator(statistic, sample).estimate()[0]), x)
    ranks = np.flatnonzero(np.abs(c) > _ROUNDING)
    quantile = len(ranks) > 0 and ranks[-1] - ranks[0] <= 1 and abs(c.sum() - 1.0) < _ROUNDING
    if not quantile:
        return Moments(*bootstrap_moments(x, c))
    return _rank_law(x, int(ranks[0]) + 1, float(c[ranks[-1]]) if len(ranks) == 2 else 0.0)


def _rank_law(x, rank, share):
    """Return the law of (1 - share) x_(rank) + share x_(rank+1)."""
    n = len(x)
    mass = np.diff(order_statistic_cdf(n, rank))
    if share == 0.0:
        return Law(x, mass)
    i = np.flatnonzero(mass > _NEGLIGIBLE)
    j = np.flatnonzero(np.diff(order_statistic_cdf(n, rank + 1)) > _NEGLIGIBLE)
    joint = neighbour_shares(n, rank, i, j)
    same = mass[i] - joint.sum(axis=1)
    atoms = x[i][:, None] + share * (x[j] - x[i][:, None])
    return Law(np.concatenate([atoms.ravel(), x[i]]), np.concatenate([joint.ravel(), np.maximum(same, 0.0)]))


def _ends_law(name, x):
    """Return the law of the midrange or the range."""
    n = len(x)
    near = np.arange(min(n, 60))  # P(the minimum lies above rank 60) < e^-60
    i, j = near[:, None], np.unique(np.concatenate([n - 1 - near[::-1]]))
    width = np.asarray(j - i, dtype=np.float64)

    def power(w):
        return np.maximum(w, 0.0) ** n

    mass = power((width + 1.0) / n) - 2.0 * power(width / n) + power((width - 1.0) / n)
    mass = np.where(width > 0, mass, np.where(width == 0, float(n) ** -n if n < 140 else 0.0, 0.0))
    atoms = 0.5 * (x[i] + x[j]) if name == "midrange" else x[j] - x[i]
    return Law(atoms.ravel(), mass.ravel())
