"""Entropy from counts and from distances, in nats.

n_i = counts, n = their sum. G(m) = ψ(m) + ½ (-1)^m [ψ((m+1)/2) - ψ(m/2)] (Grassberger 2003, arXiv:physics/0307138).
"""

import math

import numpy as np
from scipy import spatial, special

from kexuestat.exceptions import InvalidInputError
from kexuestat.validation.arrays import check_finite, check_non_negative, check_real_array
from kexuestat.validation.estimation import check_sample
from kexuestat.validation.options import check_integer, check_option


def entropy(counts, method="plugin"):
    """Return the entropy of a discrete law, in nats, from counts.

    plugin: -Σ p ln p, too low by about (cells - 1)/2n; miller_madow adds (observed - 1)/2n; grassberger:
    ln n - Σ n_i G(n_i)/n; chao_shen: coverage-adjusted Horvitz-Thompson sum.

    Parameters
    ----------
    counts : array_like of shape (n_cells,)
        Non-negative whole numbers, not all zero.
    method : {"plugin", "miller_madow", "grassberger", "chao_shen"}
        Estimator.

    Returns
    -------
    float

    Raises
    ------
    InvalidInputError
        If counts are negative, not whole, or all zero.

    References
    ----------
    Miller 1955; Chao and Shen 2003, doi:10.1023/A:1026096204727.

    Examples
    --------
    >>> from kexuestat.estimation import entropy
    >>> round(entropy([2, 2]), 6)
    0.693147
    """
    counts = check_finite(check_real_array(counts, "counts", ndim=1), "counts")
    check_non_negative(counts, "counts")
    if (counts != np.floor(counts)).any() or not counts.any():
        raise InvalidInputError("counts must be whole numbers, not all zero.")
    return float(_ENTROPY[check_option(method, "method", _ENTROPY)](counts[counts > 0]))


def _plugin(counts):
    n = counts.sum()
    return math.log(n) - special.xlogy(counts, counts).sum() / n


def _miller_madow(counts):
    return _plugin(counts) + (len(counts) - 1.0) / (2.0 * counts.sum())


def _grassberger(counts):
    n = counts.sum()
    sign = np.where(counts % 2 == 0, 1.0, -1.0)
    g = special.psi(counts) + 0.5 * sign * (special.psi(0.5 * (counts + 1.0)) - special.psi(0.5 * counts))
    return math.log(n) - (counts * g).sum() / n


def _chao_shen(counts):
    n, single = counts.sum(), float((counts == 1).sum())
    single = n - 1.0 if single == n else single  # only singletons would mean no coverage at all
    share = (1.0 - single / n) * counts / n if n > 1 else counts / n
    seen = -np.expm1(n * np.log1p(-share)) if (share < 1).all() else np.ones_like(share)
    return -(share * np.log(share) / seen).sum()


_ENTROPY = {
    "plugin": _plugin,
    "miller_madow": _miller_madow,
    "grassberger": _grassberger,
    "chao_shen": _chao_shen,
}


def knn_entropy(X, k=3):
    """Return the differential entropy, in nats, from distances to the k-th other point.

    ψ(n) - ψ(k) + ln V_d + d · mean ln(distance), V_d the volume of the unit ball.

    Parameters
    ----------
    X : array_like of shape (n, d) or (n,)
        Points.
    k : int
        Neighbour, 1 … n - 1.

    Returns
    -------
    float

    Raises
    ------
    InvalidInputError
        If a distance is 0 (tied points).

    References
    ----------
    Kozachenko and Leonenko 1987; Kraskov, Stögbauer and Grassberger 2004, doi:10.1103/PhysRevE.69.066138.

    Examples
    --------
    >>> import numpy as np
    >>> from kexuestat.estimation import knn_entropy
    >>> bool(abs(knn_entropy(np.random.default_rng(0).random(4000))) < 0.1)
    True
    """
    X = np.asarray(X)
    X = check_finite(check_sample(X[:, None] if X.ndim == 1 else X, "X", ndim=2), "X")
    n, d = X.shape
    k = check_integer(k, "k", 1, n - 1)
    distance = spatial.KDTree(X).query(X, k + 1)[0][:, k]
    if (distance == 0.0).any():
        place = int(np.argmax(distance == 0.0))
        raise InvalidInputError(f"X must have no {k + 1} equal rows, but row {place} has; add noise or raise k.")
    log_volume = 0.5 * d * math.log(math.pi) - math.lgamma(0.5 * d + 1.0)
    return float(special.psi(n) - special.psi(k) + log_volume + d * np.log(distance).mean())
