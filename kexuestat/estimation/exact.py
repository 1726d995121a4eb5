"""The bootstrap of quantiles without Monte Carlo.

P(θ* <= x_(k)) = I_{k/n}(r, n-r+1) for the r-th order statistic of a resample; for a median between two neighbours the
joint law of both ranks.
"""


def replicates(statistic, x, n_replicates):
    """Return quantiles of the exact law of the bootstrap replicates."""
    raise NotImplementedError
