"""Unbiased estimators of cumulants, central moments, variances and covariances.

κ_r = cumulants, k_r = their unbiased estimates, S_r = Σ (x - mean)^r, V_j = Σ w^j. The mean of a non-linear function
is not the function of the mean, so plug-in moments are biased (kexue.fm/archives/6747).
"""

import math
from fractions import Fraction

import numpy as np

from kexuestat.estimation.cumulants import means, unbiased_products
from kexuestat.estimation.rows import reduce_rows
from kexuestat.exceptions import InvalidInputError
from kexuestat.validation.options import check_integer, check_real


def kstat(x, order=2, *, axis=-1, nan_policy="raise"):
    """Return the k-statistic of that order: the unbiased estimate of the cumulant κ_order.

    k1 = mean, k2 = S2/(n-1), k3 = n S3/((n-1)(n-2)), and so on. Right for data far from zero: samples of up to 1024
    numbers (16384 for orders above 4) are computed exactly and rounded once.

    Parameters
    ----------
    x : array_like of real numbers
        Sample, or several along the other axes.
    order : int
        1 to 8; the sample needs at least that many observations.
    axis : int
        Sampling axis.
    nan_policy : {"raise", "omit", "propagate"}
        What nan does.

    Returns
    -------
    float or ndarray of float64
        One value per sample, in units of x to the power order.

    Raises
    ------
    InvalidInputError
        If there are fewer observations than the order, or values that the policy forbids.

    References
    ----------
    Fisher, R. A. (1930), doi:10.1112/plms/s2-30.1.199.

    Examples
    --------
    >>> from kexuestat.estimation import kstat
    >>> kstat([1, 2, 3, 4, 5, 6, 8, 13], order=3)
    69.0
    """
    order = check_integer(order, "order", 1, 8)
    if order == 1:
        return reduce_rows(means, x, axis=axis, nan_policy=nan_policy, what="kstat of order 1")
    return _estimate([(1, (order,))], x, axis, nan_policy, order, f"kstat of order {order}")


def _estimate(terms, x, axis, nan_policy, minimum, what):
    def rows_estimate(rows):
        return unbiased_products(rows, terms)

    return reduce_rows(rows_estimate, x, axis=axis, nan_policy=nan_policy, minimum=minimum, what=what)


def polykay(x, orders, *, axis=-1, nan_policy="raise"):
    """Return the polykay of those orders: the unbiased estimate of the product κ_r κ_s ….

    Parameters
    ----------
    x : array_like of real numbers
        Sample, or several along the other axes, with at least sum(orders) observations.
    orders : sequence of int
        Orders of the factors, each at least 1, of total at most 8.
    axis : int
        Sampling axis.
    nan_policy : {"raise", "omit", "propagate"}
        What nan does.

    Returns
    -------
    float or ndarray of float64
        One value per sample.

    Raises
    ------
    InvalidInputError
        If there are too few observations or the orders break their rule.

    References
    ----------
    Tukey, J. W. (1956), doi:10.1214/aoms/1177728350.

    Examples
    --------
    >>> from kexuestat.estimation import polykay
    >>> round(polykay([1, 2, 3, 4, 5, 6, 8, 13], (2, 2)), 6)
    136.485714
    """
    orders = tuple(sorted(check_integer(r, f"orders[{i}]", 1, 8) for i, r in enumerate(orders)))
    if not orders or sum(orders) > 8:
        raise InvalidInputError(f"orders must be a non-empty sequence of total at most 8, got {orders}.")

    def rows_estimate(rows):
        return _with_first_orders(rows, orders)

    what = f"polykay of orders {orders}"
    return reduce_rows(rows_estimate, x, axis=axis, nan_policy=nan_policy, minimum=sum(orders), what=what)


def _with_first_orders(rows, orders):
    """Return polykays that may hold κ_1: shift by the mean c, κ_1(x) = c + κ_1(x - c)."""
    ones, rest = orders.count(1), tuple(r for r in orders if r > 1)
    if ones == 0:
        return unbiased_products(rows, [(1, rest)])
    centre = means(rows)
    total = np.zeros(len(rows))
    for j in range(ones + 1):
        total += math.comb(ones, j) * centre ** (ones - j) * _centred_polykay(rows, j, rest)
    return total


def _centred_polykay(rows, ones, rest):
    """Return the polykay of orders (1, …, 1, rest) of the rows less their means."""
    orders = (1,) * ones + rest
    if not orders:
        return np.ones(len(rows))
    if orders == (1,):
        return np.zeros(len(rows))
    return unbiased_products(rows, [(1, orders)])


def kstatvar(x, order=2, *, axis=-1, nan_policy="raise"):
    """Return the unbiased estimate of the variance of kstat(x, order).

    k_r² - polykay(r, r); order 1: k2/n; order 2: (2n k2² + (n-1) k4)/(n (n+1)). It may be negative.

    Parameters
    ----------
    x : array_like of real numbers
        Sample, or several along the other axes, with at least 2·order observations.
    order : int
        1 to 4.
    axis : int
        Sampling axis.
    nan_policy : {"raise", "omit", "propagate"}
        What nan does.

    Returns
    -------
    float or ndarray of float64
        One value per sample.

    Raises
    ------
    InvalidInputError
        If there are too few observations.

    Examples
    --------
    >>> from kexuestat.estimation import kstatvar
    >>> round(kstatvar([1, 2, 3, 4, 5, 6, 8, 13]), 6)
    82.131633
    """
    order = check_integer(order, "order", 1, 4)

    def rows_estimate(rows):
        if order == 1:
            return unbiased_products(rows, [(Fraction(1, rows.shape[1]), (2,))])
        return _square_less_polykay(rows, order)

    what = f"kstatvar of order {order}"
    return reduce_rows(rows_estimate, x, axis=axis, nan_policy=nan_policy, minimum=2 * order, what=what)


def _square_less_polykay(rows, order):
    """Return k_r² - polykay(r, r); for order 2 by the closed form, which does not subtract."""
    if order == 2:
        n = rows.shape[1]
        k2 = unbiased_products(rows, [(1, (2,))])
        return 2.0 * k2 * k2 / (n + 1.0) + unbiased_products(rows, [(Fraction(n - 1, n * (n + 1)), (4,))])
    return unbiased_products(rows, [(1, (order,))]) ** 2 - unbiased_products(rows, [(1, (order, order))])


def hstat(x, order, *, axis=-1, nan_policy="raise"):
    """Return the h-statistic of that order: the unbiased estimate of the central moment μ_order.

    h2 = k2, h3 = k3, h4 = k4 + 3 polykay(2, 2).

    Parameters
    ----------
    x : array_like of real numbers
        Sample, or several along the other axes, with at least order observations.
    order : int
        2 to 4.
    axis : int
        Sampling axis.
    nan_policy : {"raise", "omit", "propagate"}
        What nan does.

    Returns
    -------
    float or ndarray of float64
        One value per sample.

    Raises
    ------
    InvalidInputError
        If there are too few observations.

    Examples
    --------
    >>> from kexuestat.estimation import hstat
    >>> round(hstat([1, 2, 3, 4, 5, 6, 8, 13], 4), 6)
    754.542857
    """
    order = check_integer(order, "order", 2, 4)
    terms = [(1, (4,)), (3, (2, 2))] if order == 4 else [(1, (order,))]
    return _estimate(terms, x, axis, nan_policy, order, f"hstat of order {order}")


def optimal_var(x, excess_kurtosis=0.0, *, axis=-1, nan_policy="raise"):
    """Return the multiple of S2 of least mean squared error: S2/(n + 1 + κ (n-1)/n).

    Parameters
    ----------
    x : array_like of real numbers
        Sample, or several along the other axes, with at least 2 observations.
    excess_kurtosis : float
        κ of the population, at least -2; 0 for normal data.
    axis : int
        Sampling axis.
    nan_policy : {"raise", "omit", "propagate"}
        What nan does.

    Returns
    -------
    float or ndarray of float64
        One value per sample.

    Examples
    --------
    >>> from kexuestat.estimation import optimal_var
    >>> optimal_var([1, 2, 3, 4])
    1.0
    """
    excess_kurtosis = check_real(excess_kurtosis, "excess_kurtosis", -2.0)

    def rows_estimate(rows):
        n = rows.shape[1]
        return unbiased_products(rows, [(1, (2,))]) * ((n - 1.0) / (n + 1.0 + excess_kurtosis * (n - 1.0) / n))

    return reduce_rows(rows_estimate, x, axis=axis, nan_policy=nan_policy, minimum=2, what="optimal_var")


def adjusted_skew(x, *, axis=-1, nan_policy="raise"):
    """Return k3/k2^(3/2): the adjusted (not unbiased) skewness, nan for constant data.

    Parameters
    ----------
    x : array_like of real numbers
        Sample, or several along the other axes, with at least 3 observations.
    axis : int
        Sampling axis.
    nan_policy : {"raise", "omit", "propagate"}
        What nan does.

    Returns
    -------
    float or ndarray of float64
        One value per sample.

    Examples
    --------
    >>> from kexuestat.estimation import adjusted_skew
    >>> adjusted_skew([1.0, 2.0, 3.0])
    0.0
    """
    return reduce_rows(_standardised(3), x, axis=axis, nan_policy=nan_policy, minimum=3, what="adjusted_skew")


def adjusted_kurtosis(x, *, axis=-1, nan_policy="raise"):
    """Return k4/k2²: the adjusted (not unbiased) excess kurtosis, nan for constant data.

    Parameters
    ----------
    x : array_like of real numbers
        Sample, or several along the other axes, with at least 4 observations.
    axis : int
        Sampling axis.
    nan_policy : {"raise", "omit", "propagate"}
        What nan does.

    Returns
    -------
    float or ndarray of float64
        One value per sample.

    Examples
    --------
    >>> from kexuestat.estimation import adjusted_kurtosis
    >>> round(adjusted_kurtosis([1, 2, 3, 4]), 6)
    -1.2
    """
    return reduce_rows(_standardised(4), x, axis=axis, nan_policy=nan_policy, minimum=4, what="adjusted_kurtosis")


def _standardised(order):
    def rows_estimate(rows):
        spread = unbiased_products(rows, [(1, (2,))])
        top = unbiased_products(rows, [(1, (order,))])
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(spread > 0.0, top / spread ** (order / 2.0), np.nan)

    return rows_estimate
