"""Unbiased estimates of products of cumulants, as polynomials in power sums of centred data.

κ_r = Σ over set partitions π of (-1)^(|π|-1) (|π|-1)! Π E x^|block|; each product of expectations is estimated without
bias by the mean over distinct index tuples of Π x^|block| (Fisher 1930, doi:10.1112/plms/s2-30.1.199; Tukey 1956).
That mean is a polynomial in S_r = Σ x^r over n (n-1) … , found by taking one index at a time and removing its ties.
Small samples are computed in exact fractions, so a result is the rounded true value whatever the offset of the data;
large ones in doubles from centred, scaled data.
"""

import math
from collections import Counter
from fractions import Fraction
from functools import cache, lru_cache
from itertools import product

import numpy as np

from kexuestat._kernels import moments as kernels

_EXACT_SIZE = {True: 1024, False: 16384}  # entries; orders above 4 cancel more and are exact for longer


def _integer_partitions(total, largest):
    """Yield the partitions of total into parts of at most largest, as descending tuples."""
    if total == 0:
        yield ()
    for part in range(min(total, largest), 0, -1):
        for rest in _integer_partitions(total - part, part):
            yield (part, *rest)


def _number_of_set_partitions(sizes):
    """Return how many set partitions have blocks of these sizes."""
    repeats = Counter(sizes).values()
    below = math.prod(math.factorial(s) for s in sizes) * math.prod(math.factorial(r) for r in repeats)
    return math.factorial(sum(sizes)) // below


@cache
def _distinct_sums(powers):
    """Return Σ over distinct indices of x_i^a x_j^b … as {powers of the factors S: whole coefficient}."""
    if len(powers) == 1:
        return {powers: 1}
    last, rest = powers[-1], powers[:-1]
    result = Counter()
    for factors, coefficient in _distinct_sums(rest).items():
        result[tuple(sorted((*factors, last)))] += coefficient
    for j in range(len(rest)):
        merged = tuple(sorted((*rest[:j], rest[j] + last, *rest[j + 1 :])))
        for factors, coefficient in _distinct_sums(merged).items():
            result[factors] -= coefficient
    return dict(result)


@lru_cache(maxsize=256)
def _coefficients(orders, n):
    """Return the unbiased estimate of Π κ_order as {powers of the factors S: Fraction}, for centred data (S_1 = 0)."""
    result = Counter()
    for choice in product(*(tuple(_integer_partitions(r, r)) for r in orders)):
        coefficient = Fraction(1)
        for sizes in choice:
            m = len(sizes)
            coefficient *= _number_of_set_partitions(sizes) * (-1) ** (m - 1) * math.factorial(m - 1)
        powers = tuple(sorted(part for sizes in choice for part in sizes))
        coefficient /= math.perm(n, len(powers))
        for factors, whole in _distinct_sums(powers).items():
            if 1 not in factors:
                result[factors] += coefficient * whole
    return dict(result)


def _exact_power_sums(row, order):
    """Return {r: Σ (x - mean)^r} for r = 2 … order as exact fractions."""
    ratios = [float(value).as_integer_ratio() for value in row]
    denominator = max(below for _, below in ratios)
    whole = [above * (denominator // below) for above, below in ratios]
    total, n = sum(whole), len(whole)
    deviations = [n * value - total for value in whole]
    return {r: Fraction(sum(d**r for d in deviations), (n * denominator) ** r) for r in range(2, order + 1)}


def _exact(row, terms):
    """Return Σ coefficient · Π (unbiased κ products) of one row, exactly, rounded once."""
    n, weight = len(row), max(sum(orders) for _, orders in terms)
    sums = _exact_power_sums(row, weight)
    value = Fraction(0)
    for coefficient, orders in terms:
        for factors, share in _coefficients(orders, n).items():
            value += coefficient * share * math.prod((sums[r] for r in factors), start=Fraction(1))
    return _rounded(value)


def _rounded(value):
    try:
        return float(value)
    except OverflowError:
        return math.copysign(math.inf, value)


def _in_doubles(rows, terms):
    """Return the same for every row, in doubles."""
    weight = max(sum(orders) for _, orders in terms)
    n = rows.shape[1]
    sums, centres = np.empty((len(rows), max(weight - 1, 1))), np.empty((len(rows), 2))
    exponents = np.empty(len(rows), np.int64)
    kernels.centred_power_sums(rows, sums, centres, exponents)
    value = np.zeros(len(rows))
    for coefficient, orders in terms:
        for factors, share in _coefficients(orders, n).items():
            above = float(coefficient * share * n ** len(factors))
            value += above * np.prod([sums[:, r - 2] / n for r in factors], axis=0)
    return np.ldexp(value, exponents * weight)


def unbiased_products(rows, terms):
    """Return Σ coefficient · unbiased estimate of Π κ_order for every row (n_rows, n) of finite float64 data.

    Parameters
    ----------
    rows : ndarray of float64, shape (n_rows, n)
        Samples.
    terms : list of (int or Fraction, tuple of int)
        Coefficient and orders, all orders at least 2, all of the same total weight.
    """
    weight = max(sum(orders) for _, orders in terms)
    if rows.size <= _EXACT_SIZE[weight <= 4]:
        return np.array([_exact(row, terms) for row in rows])
    return _in_doubles(rows, terms)


def means(rows):
    """Return the mean of every row (n_rows, n), correct to the last place or so."""
    sums, centres = np.empty((len(rows), 0)), np.empty((len(rows), 2))
    kernels.centred_power_sums(rows, sums, centres, np.empty(len(rows), np.int64))
    return centres.sum(axis=1)
