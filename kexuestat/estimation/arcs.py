"""Points on a circle: the probability that some arc holds them all (kexue.fm/archives/9324)."""

import decimal
import math
from fractions import Fraction

from kexuestat.validation.options import check_integer, check_real

_LARGEST_TERM = 1e3


def arc_probability(n, fraction):
    """Return the probability that n uniform points on a circle lie within an arc of that fraction of it.

    Σ over k with k x < 1 of (-1)^(k-1) C(n, k) (1 - k x)^(n-1), x = 1 - fraction; n f^(n-1) for fraction <= ½; 1 for
    fraction >= 1 - 1/n. Where the alternating sum would cancel it is taken with as many digits as its terms need.

    Parameters
    ----------
    n : int
        Number of points, at least 1.
    fraction : float
        Share of the circle, in [0, 1].

    Returns
    -------
    float
        In [0, 1].

    Raises
    ------
    InvalidInputError
        If n or the fraction leaves its range.

    Examples
    --------
    >>> from kexuestat.estimation import arc_probability
    >>> arc_probability(3, 0.5)
    0.75
    """
    n = check_integer(n, "n", 1)
    fraction = check_real(fraction, "fraction", 0.0, 1.0)
    exact = Fraction(fraction)
    if n == 1 or exact >= 1 - Fraction(1, n):
        return 1.0
    if fraction <= 0.5:
        return n * fraction ** (n - 1)
    gap = 1 - exact
    last = math.ceil(1 / gap) - 1
    logs = [_log_term(n, k, float(1 - k * gap)) for k in range(1, last + 1)]
    if n <= 1000 and max(logs) <= math.log(_LARGEST_TERM):
        terms = [(-1) ** (k - 1) * math.comb(n, k) * float(1 - k * gap) ** (n - 1) for k in range(1, last + 1)]
        return min(1.0, max(0.0, math.fsum(terms)))
    return _many_digits(n, gap, last, max(logs) / math.log(10.0))


def _log_term(n, k, rest):
    ways = math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)
    return ways + (n - 1) * math.log(rest) if rest > 0.0 else -math.inf


def _many_digits(n, gap, last, magnitude):
    """Return the sum with digits for its largest term, 10^magnitude, and again with more if the result is tiny."""
    digits = int(magnitude) + 30
    while True:
        with decimal.localcontext(decimal.Context(prec=digits, Emax=decimal.MAX_EMAX, Emin=decimal.MIN_EMIN)):
            x = decimal.Decimal(gap.numerator) / decimal.Decimal(gap.denominator)
            total = decimal.Decimal(0)
            for k in range(1, last + 1):
                term = math.comb(n, k) * (1 - k * x) ** (n - 1)
                total += term if k % 2 else -term
            lost = magnitude - (total.adjusted() if total else -digits)
        if digits - lost >= 18 or digits > 20 * n + 1000:
            return min(1.0, max(0.0, float(total)))
        digits = int(lost) + 30
