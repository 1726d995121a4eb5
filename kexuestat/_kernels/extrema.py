"""Kernels of the other smooth maxima by rows: mellowmax, Boltzmann, p-norm, and log-sum-exp with signed weights.

Everything is measured from the largest entry (top), so that nothing overflows. Arrays are float64; tau has one entry,
or one per row.
"""

import math

import numpy as np

from kexuestat._kernels._intrinsics import fma
from kexuestat._kernels._jit import kernel
from kexuestat._kernels.double_double import _dd_log, _two_product, _two_sum
from kexuestat._kernels.exp import _expm1, _scaled_exp
from kexuestat._kernels.log_sum import _UNSCALE, _limit, _row_rest, _row_top


@kernel
def _mellowmax_row(x, tau):
    """Return tau ln mean exp(x / tau) of a row; by expm1 where the mean is near 1."""
    n = x.shape[0]
    top = _row_top(x)
    if not (abs(top) < np.inf and 0.0 < tau < np.inf):
        return np.mean(x) if tau == np.inf and abs(top) < np.inf else _limit(x, top, 0.0)
    rest, count = _row_rest(x, top, 1.0 / tau)
    share = (rest * _UNSCALE + count) / n
    if not share > 0.5:
        return top + tau * math.log(share)
    total = 0.0
    for i in range(n):
        total += _expm1((x[i] - top) / tau)
    return top + tau * math.log1p(total / n)


@kernel
def mellowmax_rows(x, tau, out):
    """Write tau ln mean exp(x / tau) of every row of x (rows, n) to out (rows,)."""
    for i in range(x.shape[0]):
        out[i] = _mellowmax_row(x[i], tau[i if tau.shape[0] > 1 else 0])


@kernel
def boltzmann_rows(x, p, tau, value, grad):
    """Write the mean of x under the softmax p to value (rows,), and its gradient to grad (rows, n)."""
    for i in range(x.shape[0]):
        own = tau[i if tau.shape[0] > 1 else 0]
        top = _row_top(x[i])
        shift = 0.0
        for j in range(x.shape[1]):
            if p[i, j] != 0.0 and x[i, j] != top:
                shift += p[i, j] * (x[i, j] - top)
        value[i] = top + shift
        for j in range(x.shape[1]):
            above = x[i, j] - top - shift if x[i, j] != top else -shift
            live = p[i, j] != 0.0 and 0.0 < own < np.inf
            grad[i, j] = p[i, j] * (1.0 + above / own) if live else p[i, j]


@kernel
def _pnorm_row(x, tau, grad):
    """Return the p-norm of a row of non-negative numbers, p = 1 / tau, and write its gradient."""
    n = x.shape[0]
    top = _row_top(x)
    rest, count = 0.0, 0
    for j in range(n):
        if x[j] == top:
            count += 1
        elif x[j] != x[j]:
            grad[:] = np.nan
            return np.nan
        elif tau > 0.0 and x[j] > 0.0:
            rest += (x[j] / top) ** (1.0 / tau)
    value = top * math.exp(tau * math.log1p(rest + (count - 1.0))) if 0.0 < top < np.inf else top
    for j in range(n):
        if tau == 0.0 or top == np.inf:
            grad[j] = 1.0 / count if x[j] == top else 0.0
        else:
            grad[j] = (x[j] / value if top > 0.0 else n**-tau) ** (1.0 / tau - 1.0)
    return value


@kernel
def pnorm_rows(x, tau, value, grad):
    """Write the p-norm (p = 1 / tau) of every row of x >= 0 to value (rows,), its gradient to grad (rows, n)."""
    for i in range(x.shape[0]):
        value[i] = _pnorm_row(x[i], tau[i if tau.shape[0] > 1 else 0], grad[i])


@kernel
def _signed_top(x, b, tau):
    """Return the largest entry with a weight that is not 0 (-inf if there is none), nan if a nan is among them."""
    top = -np.inf
    for i in range(x.shape[0]):
        if b[i] != 0.0:
            if x[i] != x[i] or b[i] != b[i]:
                return np.nan
            top = max(top, x[i])
    return top


@kernel
def _signed_terms(x, b, top, tau, terms):
    """Write b exp((x - top) / tau) to terms; return their sum as a double-double."""
    total, low = 0.0, 0.0
    for i in range(x.shape[0]):
        terms[i] = 0.0
        if b[i] != 0.0 and x[i] == top:
            terms[i] = b[i]
        elif b[i] != 0.0 and 0.0 < tau < np.inf and abs(top) < np.inf:
            d, d_low = _two_sum(x[i], -top)
            z = d / tau
            terms[i] = b[i] * (_scaled_exp(z, (fma(-z, tau, d) + d_low) / tau) * _UNSCALE)
        elif b[i] != 0.0 and tau == np.inf and x[i] > -np.inf:
            terms[i] = b[i]
        total, error = _two_sum(total, terms[i])
        low += error
    return _two_sum(total, low if low == low else 0.0)


@kernel
def _signed_row(x, b, tau, grad):
    """Return tau ln |S| and the sign of S, the sum of b exp(x / tau); grad becomes the terms divided by S."""
    top = _signed_top(x, b, tau)
    if top != top:
        grad[:] = np.nan
        return np.nan, np.nan
    total, low = _signed_terms(x, b, top, tau, grad)
    for i in range(x.shape[0]):
        grad[i] = grad[i] / total if total != 0.0 else 0.0
    if total == 0.0 or total != total or top == -np.inf:
        return (-np.inf, 0.0) if total == 0.0 or top == -np.inf else (np.nan, np.nan)
    sign = 1.0 if total > 0.0 else -1.0
    if tau == 0.0 or top == np.inf:
        return top, sign
    if tau == np.inf:
        grown = abs(total)
        return (np.inf, sign) if grown > 1.0 else ((top, sign) if grown == 1.0 else (-np.inf, sign))
    if abs(total) == np.inf:
        return np.inf, sign
    high, rest = _dd_log(abs(total), sign * low)
    y, y_low = _two_product(tau, high)
    result, error = _two_sum(top, y)
    return result + (error + (y_low + tau * rest)), sign


@kernel
def signed_log_sum_rows(x, b, tau, value, sign, grad):
    """Write tau ln |S|, the sign of S = sum b exp(x / tau), and d value / dx, for every row of x and b (rows, n)."""
    for i in range(x.shape[0]):
        own = tau[i if tau.shape[0] > 1 else 0]
        value[i], sign[i] = _signed_row(x[i], b[i], own, grad[i])
