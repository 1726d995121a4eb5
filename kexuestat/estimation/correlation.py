"""The unbiased correlation of normal pairs."""

import numpy as np
from scipy import special

from kexuestat.exceptions import InvalidInputError
from kexuestat.validation.arrays import check_real_array
from kexuestat.validation.options import check_integer


def olkin_pratt(r, n):
    """Return the unbiased correlation r · ₂F₁(½, ½; (n-2)/2; 1 - r²) of n normal pairs.

    Parameters
    ----------
    r : float or array_like
        Sample correlations, in [-1, 1].
    n : int
        Number of pairs, at least 4.

    Returns
    -------
    float or ndarray of float64

    Raises
    ------
    InvalidInputError
        If r leaves [-1, 1] or n is below 4.

    References
    ----------
    Olkin, I. and Pratt, J. W. (1958), doi:10.1214/aoms/1177706717.

    Examples
    --------
    >>> from kexuestat.estimation import olkin_pratt
    >>> round(olkin_pratt(0.5, 10), 6)
    0.528992
    """
    r, n = check_real_array(r, "r"), check_integer(n, "n", 4)
    if not (np.abs(r) <= 1.0).all():
        raise InvalidInputError(f"r must be in [-1, 1], got {r.flat[np.argmax(~(np.abs(r) <= 1.0))]}.")
    rest = (1.0 - r) * (1.0 + r)
    result = r * special.hyp2f1(0.5, 0.5, 0.5 * n - 1.0, np.where(r == 0.0, 0.0, rest))
    return result if result.ndim else float(result)
