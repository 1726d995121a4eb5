"""Resampling schemes: for replicate numbers first … first + count - 1, the drawn rows or the drawn weights.

multinomial: n rows with replacement; without_replacement: m of n; block, circular: blocks of neighbours (Künsch 1989,
doi:10.1214/aos/1176347265); stationary: blocks of geometric length (Politis and Romano 1994,
doi:10.1080/01621459.1994.10476870); cluster: whole groups; strata: within each stratum; poisson, bayesian: weights
(Rubin 1981, doi:10.1214/aos/1176345338); parametric, smooth: new values.
"""

from dataclasses import dataclass

import numpy as np

from kexuestat._kernels import sampling
from kexuestat.estimation.evaluators import PURPOSE
from kexuestat.exceptions import InvalidInputError
from kexuestat.validation.options import check_integer

WEIGHTED = ("poisson", "bayesian")
ROWS = ("multinomial", "without_replacement", "block", "circular", "stationary", "cluster", "strata")
VALUES = ("parametric", "smooth")
SCHEMES = (*ROWS, *WEIGHTED, *VALUES, "exact")


@dataclass(frozen=True)
class Plan:
    """A scheme bound to the number of rows, its groups and its block length; ``scale`` is the rate correction."""

    scheme: str
    n: int
    seed: int
    n_draws: int
    length: int = 1
    groups: np.ndarray | None = None
    scale: float = 1.0

    def rows(self, first, count):
        """Return the rows (count, n_draws) of these replicates, or a list of arrays if their numbers differ."""
        if self.scheme == "cluster":
            return self._cluster_rows(first, count)
        rows = np.empty((count, self.n_draws), np.int64)
        where = (self.seed, PURPOSE, first)
        if self.scheme == "without_replacement":
            sampling.subset_rows(*where, self.n, rows)
        elif self.scheme in ("block", "circular"):
            sampling.block_rows(*where, self.n, self.length, self.scheme == "circular", rows)
        elif self.scheme == "stationary":
            sampling.stationary_rows(*where, self.n, float(self.length), rows)
        elif self.scheme == "strata":
            sampling.strata_rows(*where, *_grouped(self.groups), rows)
        else:
            sampling.multinomial_rows(*where, self.n, rows)
        return rows

    def _cluster_rows(self, first, count):
        indptr, members = _grouped(self.groups)
        drawn = np.empty((count, len(indptr) - 1), np.int64)
        sampling.multinomial_rows(self.seed, PURPOSE, first, drawn.shape[1], drawn)
        parts = np.split(members, indptr[1:-1])
        return [np.concatenate([parts[g] for g in line]) for line in drawn]

    def weights(self, first, count):
        """Return the weights (count, n) of these replicates; for rows, how often each was drawn."""
        if self.scheme in WEIGHTED:
            weights = np.empty((count, self.n))
            fill = sampling.poisson_weights if self.scheme == "poisson" else sampling.bayesian_weights
            fill(self.seed, PURPOSE, first, weights)
            return weights
        return np.stack([np.bincount(line, minlength=self.n) for line in self.rows(first, count)]).astype(np.float64)


def _grouped(labels):
    """Return indptr and members: rows sorted by group."""
    members = np.argsort(labels, kind="stable").astype(np.int64)
    return np.concatenate([[0], np.cumsum(np.bincount(labels))]).astype(np.int64), members


def make_plan(scheme, x, seed, block_length=None, groups=None, strata=None):
    """Return the Plan of a scheme for data x, after checking what it needs."""
    n = len(x)
    if scheme in ("block", "circular", "stationary"):
        return Plan(scheme, n, seed, n, _block_length(block_length, x, scheme))
    if scheme == "without_replacement":
        m = check_integer(block_length, "block_length", 1, n - 1) if block_length is not None else int(np.ceil(n**0.7))
        m = min(m, n - 1)
        return Plan(scheme, n, seed, m, scale=float(np.sqrt(m / (n - m))))
    if scheme == "cluster":
        if groups is None:
            raise InvalidInputError("scheme 'cluster' needs groups: pass fit(X, groups=labels).")
        if groups.max() == 0:
            raise InvalidInputError("groups must name at least 2 groups for scheme 'cluster', got 1.")
        return Plan(scheme, n, seed, n, groups=groups)
    if scheme == "strata" and strata is None:
        raise InvalidInputError("scheme 'strata' needs strata: pass fit(X, strata=labels).")
    if strata is not None and scheme not in ("multinomial", "strata"):
        raise InvalidInputError(f"strata go with the schemes 'strata' and 'multinomial', got scheme {scheme!r}.")
    if strata is not None:
        return Plan("strata", n, seed, n, groups=strata)
    return Plan(scheme, n, seed, n)


def _block_length(block_length, x, scheme):
    n = len(x)
    if block_length is None or (isinstance(block_length, str) and block_length == "auto"):
        return automatic_block_length(x, scheme)
    if isinstance(block_length, str):
        raise InvalidInputError(f"block_length must be an integer or 'auto', got {block_length!r}.")
    return check_integer(block_length, "block_length", 1, n)


def automatic_block_length(x, scheme):
    """Return the block length of Politis and White (2004, doi:10.1081/ETR-120028836), with the correction of 2009.

    Autocovariances are weighted by a flat-top window of twice the lag after which correlations stay insignificant.
    """
    columns = x.reshape(len(x), -1)
    lengths = [_column_block_length(columns[:, j], scheme) for j in range(columns.shape[1])]
    return int(np.clip(np.ceil(np.mean(lengths)), 1, max(1, len(x) // 3)))


def _column_block_length(x, scheme):
    n = len(x)
    d = x - x.mean()
    most = min(n - 1, int(np.ceil(np.sqrt(n))) + max(5, int(np.ceil(np.log10(n)))))
    covariance = np.array([d[: n - k] @ d[k:] for k in range(most + 1)]) / n
    if covariance[0] <= 0.0:
        return 1.0
    small = np.abs(covariance[1:] / covariance[0]) < 2.0 * np.sqrt(np.log10(n) / n)
    run = max(5, int(np.ceil(np.sqrt(np.log10(n)))))
    starts = [k for k in range(len(small) - run + 1) if small[k : k + run].all()]
    last = starts[0] if starts else int(np.flatnonzero(~small).max(initial=0)) + 1
    window = min(2 * max(last, 1), most)
    lag = np.arange(-window, window + 1)
    taper = np.clip(2.0 * (1.0 - np.abs(lag) / window), 0.0, 1.0)
    kept = taper * covariance[np.abs(lag)]
    spectrum, slope = kept.sum(), (np.abs(lag) * kept).sum()
    factor = 2.0 if scheme == "stationary" else 4.0 / 3.0
    return (2.0 * slope**2 / (factor * spectrum**2) * n) ** (1.0 / 3.0) if spectrum != 0 else 1.0
