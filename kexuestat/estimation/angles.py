"""The angle θ between two random directions in n dimensions (kexue.fm/archives/7076).

Density Γ(n/2)/(Γ((n-1)/2) √π) sin^(n-2) θ on [0, π]; sin² θ ~ Beta((n-1)/2, ½) on each half; (1 + cos θ)/2 ~
Beta((n-1)/2, (n-1)/2). For large n about N(π/2, 1/(n-2)). The ratio of gamma functions comes from c4, without
logarithms; tails come from sin² θ, never from 1 - ….
"""

import math

import numpy as np
from scipy import special

from kexuestat.estimation.constants import c4
from kexuestat.exceptions import InvalidInputError
from kexuestat.validation.arrays import check_real_array
from kexuestat.validation.options import check_generator, check_integer

_MIDDLE = 1e-2  # above this share ½ - ½ I is right to 1e-14


def _gamma_ratio(n):
    """Return Γ(n/2) / Γ((n-1)/2)."""
    return c4(n) * math.sqrt(0.5 * (n - 1.0))


def _scalar_or_array(values):
    return values if np.ndim(values) else float(values)


class RandomAngle:
    """Distribution of the angle between two independent random directions in n dimensions.

    Parameters
    ----------
    n : int
        Dimension, at least 2.

    Examples
    --------
    >>> from kexuestat.estimation import RandomAngle
    >>> angle = RandomAngle(1000)
    >>> angle.cdf(1.0)
    3.02999603718...e-77
    >>> round(angle.var(), 9)
    0.001001001
    """

    def __init__(self, n):
        self.n = check_integer(n, "n", 2)
        self._shape = 0.5 * (self.n - 1.0)
        self._log_constant = math.log(_gamma_ratio(self.n) / math.sqrt(math.pi))

    def __repr__(self):
        return f"RandomAngle({self.n})"

    def logpdf(self, theta):
        """Return the logarithm of the density at angles theta (radians); -inf outside [0, π]."""
        theta = check_real_array(theta, "theta")
        inside = (theta >= 0.0) & (theta <= math.pi)
        bounded = np.where(inside, theta, 1.0)
        power = (self.n - 2.0) * _log_sine(bounded) if self.n > 2 else np.zeros_like(bounded)
        return _scalar_or_array(np.where(inside, self._log_constant + power, -np.inf))

    def pdf(self, theta):
        """Return the density at angles theta (radians)."""
        return _scalar_or_array(np.exp(self.logpdf(theta)))

    def cdf(self, theta):
        """Return P(angle <= theta), with full relative accuracy in the lower tail."""
        theta = check_real_array(theta, "theta")
        tail = self._tail(np.minimum(theta, math.pi - theta))
        return _scalar_or_array(np.where(theta <= 0.5 * math.pi, tail, 1.0 - tail))

    def sf(self, theta):
        """Return P(angle > theta), with full relative accuracy in the upper tail."""
        theta = check_real_array(theta, "theta")
        tail = self._tail(np.minimum(theta, math.pi - theta))
        return _scalar_or_array(np.where(theta >= 0.5 * math.pi, tail, 1.0 - tail))

    def logcdf(self, theta):
        """Return ln P(angle <= theta), finite where the probability underflows."""
        theta = check_real_array(theta, "theta")
        low = theta <= 0.5 * math.pi
        tail = self._log_tail(np.minimum(theta, math.pi - theta))
        return _scalar_or_array(np.where(low, tail, np.log1p(-np.exp(np.where(low, -1.0, tail)))))

    def logsf(self, theta):
        """Return ln P(angle > theta), finite where the probability underflows."""
        theta = check_real_array(theta, "theta")
        high = theta >= 0.5 * math.pi
        tail = self._log_tail(np.minimum(theta, math.pi - theta))
        return _scalar_or_array(np.where(high, tail, np.log1p(-np.exp(np.where(high, -1.0, tail)))))

    def _tail(self, theta):
        """Return ½ I_{sin² θ}((n-1)/2, ½) for θ up to π/2; 0 below 0."""
        theta = np.clip(theta, 0.0, 0.5 * math.pi)
        middle = 0.5 - 0.5 * special.betainc(0.5, self._shape, np.cos(theta) ** 2)
        return np.where(middle > _MIDDLE, middle, np.exp(self._log_far_tail(theta)))

    def _log_tail(self, theta):
        theta = np.clip(theta, 0.0, 0.5 * math.pi)
        middle = 0.5 - 0.5 * special.betainc(0.5, self._shape, np.cos(theta) ** 2)
        return np.where(middle > _MIDDLE, np.log(np.maximum(middle, _MIDDLE)), self._log_far_tail(theta))

    def _log_far_tail(self, theta):
        """Return ln of sin^(n-1) θ cos θ Γ(n/2) / (2 √π Γ((n-1)/2)) over a continued fraction (DLMF 8.17.22)."""
        with np.errstate(divide="ignore", invalid="ignore"):
            head = (self.n - 1.0) * _log_sine(theta) + np.log(np.cos(theta)) - math.log(2.0)
        fraction = _tail_fraction(self._shape, np.sin(theta) ** 2, np.cos(theta) ** 2)
        return np.where(theta <= 0.0, -np.inf, self._log_constant + head - np.log(fraction))

    def ppf(self, q):
        """Return the angle whose cdf is q, q in [0, 1]."""
        q = check_real_array(q, "q")
        if not ((q >= 0.0) & (q <= 1.0)).all():
            raise InvalidInputError("q must be in [0, 1].")
        tail = np.minimum(q, 1.0 - q)
        far = np.arcsin(np.sqrt(special.betaincinv(self._shape, 0.5, np.minimum(2.0 * tail, 0.5))))
        near = np.arccos(np.sqrt(special.betaincinv(0.5, self._shape, np.maximum(1.0 - 2.0 * tail, 0.0))))
        theta = np.where(tail < 0.25, far, near)
        return _scalar_or_array(np.where(q <= 0.5, theta, math.pi - theta))

    def rvs(self, size=None, random_state=None):
        """Return random angles of that shape."""
        share = check_generator(random_state).beta(self._shape, self._shape, size=size)
        return _scalar_or_array(2.0 * np.arcsin(np.sqrt(1.0 - share)))

    def mean(self):
        """Return the mean angle, π/2."""
        return 0.5 * math.pi

    def var(self):
        """Return the variance of the angle, ½ ψ'(n/2) = 1/n + 1/n² + 2/(3n³) - …"""
        return 0.5 * float(special.polygamma(1, 0.5 * self.n))

    def mean_abs_cosine(self):
        """Return E |cos θ| = Γ(n/2) / (√π Γ((n+1)/2))."""
        return 1.0 / (math.sqrt(math.pi) * _gamma_ratio(self.n + 1))

    def var_cosine(self):
        """Return Var cos θ = 1/n."""
        return 1.0 / self.n


def _log_sine(theta):
    """Return ln sin θ, accurate near π/2 too."""
    cosine = np.cos(theta)
    with np.errstate(divide="ignore"):
        return np.where(
            np.abs(cosine) < 0.7, 0.5 * np.log1p(-cosine * cosine), np.log(np.sin(np.clip(theta, 0, math.pi)))
        )


def _tail_fraction(a, x, y):
    """Return x^a √y / (B(a, ½) I_x(a, ½)) by its continued fraction (modified Lentz); y = 1 - x is given exactly."""
    b, level = 0.5, (a + 0.5) * y - 0.5
    result = _away_from_zero(a / (a + 1.0) * (level + 1.0))
    c, d = result, np.zeros_like(result)
    for m in range(1, 5000):
        step = m * (b - m) * x / (a + 2.0 * m - 1.0)
        below = m + step + (a + m) / (a + 2.0 * m + 1.0) * (level + 1.0 + m * (1.0 + y))
        above = (a + m - 1.0) * (a + b + m - 1.0) * x / (a + 2.0 * m - 1.0) * step
        d = 1.0 / _away_from_zero(below + above * d)
        c = _away_from_zero(below + above / c)
        result = result * c * d
        if np.all(np.abs(c * d - 1.0) < 4e-16):
            break
    return result


def _away_from_zero(values):
    return np.where(np.abs(values) < 1e-300, 1e-300, values)


def cosine_pvalue(c, n):
    """Return P(|cos θ| >= |c|) for random directions in n dimensions: I_{1-c²}((n-1)/2, ½).

    Parameters
    ----------
    c : float or array_like
        Cosine similarities, in [-1, 1].
    n : int
        Dimension, at least 2.

    Returns
    -------
    float or ndarray of float64

    Examples
    --------
    >>> from kexuestat.estimation import cosine_pvalue
    >>> round(cosine_pvalue(0.2, 100), 6)
    0.044935
    """
    c = check_real_array(c, "c")
    if not (np.abs(c) <= 1.0).all():
        raise InvalidInputError(f"c must be in [-1, 1], got {c.flat[np.argmax(~(np.abs(c) <= 1.0))]}.")
    shape = 0.5 * (check_integer(n, "n", 2) - 1.0)
    return _scalar_or_array(special.betainc(shape, 0.5, (1.0 - c) * (1.0 + c)))
