"""The bootstrap of quantiles without Monte Carlo: the exact law of the replicates.

With n rows: P(θ* <= x_(k)) = I_{k/n}(r, n-r+1) for the r-th order statistic of a resample (Hutson and Ernst 2000,
doi:10.1111/1467-9868.00221); a quantile between the ranks r and r + 1 has the joint law of both (``rank_law``); both
ends have P(min = x_(i), max = x_(j)) = [(j-i+1)^n - 2 (j-i)^n + (j-i-1)^n] / n^n.
"""

import numpy as np

from kexuestat.estimation.evaluators import ColumnsEvaluator, SortedEvaluator
from kexuestat.estimation.intervals import Ends
from kexuestat.estimation.named import NAMED, quantile_ranks
from kexuestat.estimation.rank_law import neighbour_shares, order_statistic_cdf
from kexuestat.exceptions import InvalidInputError

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


def laws(statistic, data, evaluator):
    """Return the exact law of every column for a statistic of one quantile or of both ends."""
    if not isinstance(statistic, str) or statistic not in _LAWS:
        known = ", ".join(repr(name) for name in _LAWS)
        raise InvalidInputError(f"scheme 'exact' knows the statistics {known}, got {statistic!r}; use 'multinomial'.")
    if data.weights is not None:
        raise InvalidInputError("scheme 'exact' takes no sample_weight; use 'multinomial'.")
    parts = evaluator.parts if isinstance(evaluator, ColumnsEvaluator) else [evaluator]
    return [_LAWS[statistic](part) for part in parts if isinstance(part, SortedEvaluator)]


def replicates(found, n_replicates):
    """Return the quantiles of exact laws at (b + ½) / B, float64 (B, n_components)."""
    levels = (np.arange(n_replicates) + 0.5) / n_replicates
    return np.column_stack([law.ends(levels).ends for law in found])


def _quantile_law(part):
    x, n = part.ordered, part.n
    ((_, q),) = NAMED[part.name].quantiles
    low, high, share = quantile_ranks(n, q)
    mass = np.diff(order_statistic_cdf(n, low))
    if high == low:
        return Law(x, mass)
    i = np.flatnonzero(mass > _NEGLIGIBLE)
    j = np.flatnonzero(np.diff(order_statistic_cdf(n, high)) > _NEGLIGIBLE)
    joint = neighbour_shares(n, low, i, j)
    same = mass[i] - joint.sum(axis=1)
    atoms = x[i][:, None] + share * (x[j] - x[i][:, None])
    return Law(np.concatenate([atoms.ravel(), x[i]]), np.concatenate([joint.ravel(), np.maximum(same, 0.0)]))


def _ends_law(part):
    x, n = part.ordered, part.n
    near = np.arange(min(n, 60))  # P(the minimum lies above rank 60) < e^-60
    i, j = near[:, None], np.unique(np.concatenate([n - 1 - near[::-1]]))
    width = np.asarray(j - i, dtype=np.float64)

    def power(w):
        return np.maximum(w, 0.0) ** n

    mass = power((width + 1.0) / n) - 2.0 * power(width / n) + power((width - 1.0) / n)
    mass = np.where(width > 0, mass, np.where(width == 0, float(n) ** -n if n < 140 else 0.0, 0.0))
    atoms = 0.5 * (x[i] + x[j]) if part.name == "midrange" else x[j] - x[i]
    return Law(atoms.ravel(), mass.ravel())


_LAWS = {
    "median": _quantile_law,
    "min": _quantile_law,
    "max": _quantile_law,
    "midrange": _ends_law,
    "range": _ends_law,
}
