"""Kernels of softmax by rows, with arguments as double-doubles so that every entry keeps its digits.

Terms are computed 2**1000 too large, so that the division by their sum rounds a subnormal share once. tau = 0 is the
hard function (ties share), tau = inf the uniform limit. Arrays are float64; tau has one entry, or one per row.
"""

import numpy as np

from kexuestat._kernels._intrinsics import fma
from kexuestat._kernels._jit import kernel, parallel_kernel, prange, sum_kernel
from kexuestat._kernels.exp import _scaled_exp, log
from kexuestat._kernels.log_sum import _BLOCK, _LANES, _UNSCALE, _careful, _is_delicate, _row_top, log_sum_row


@kernel
def _row_terms(x, top, out):
    """Write 2**1000 exp(x - top) to out."""
    for i in range(x.shape[0]):
        d = x[i] - top
        back = x[i] - d
        out[i] = _scaled_exp(d, (x[i] - (d + back)) + (back - top))


@kernel
def _row_terms_tempered(x, top, tau, out):
    """Write 2**1000 exp((x - top) / tau) to out."""
    inverse = 1.0 / tau
    for i in range(x.shape[0]):
        d = x[i] - top
        back = x[i] - d
        z = d * inverse
        out[i] = _scaled_exp(z, (fma(-z, tau, d) + ((x[i] - (d + back)) + (back - top))) * inverse)


@sum_kernel
def _row_sum(x):
    """Return the sum of a row, in any order."""
    total = 0.0
    for i in range(x.shape[0]):
        total += x[i]
    return total


@kernel
def _blocked_sum(x):
    """Return the sum of a row, block by block."""
    if x.shape[0] <= _BLOCK:
        return _row_sum(x)
    total = 0.0
    for start in range(0, x.shape[0], _BLOCK):
        total += _row_sum(x[start : start + _BLOCK])
    return total


@kernel
def _row_scale(x, factor):
    """Multiply a row by factor in place."""
    for i in range(x.shape[0]):
        x[i] *= factor


@kernel
def _share(x, top, out):
    """Write equal shares for the entries of x that are top."""
    ties = 0
    for i in range(x.shape[0]):
        ties += x[i] == top
    for i in range(x.shape[0]):
        out[i] = 1.0 / ties if x[i] == top else 0.0


@kernel
def _softmax_limit(x, top, tau, out):
    """Write softmax where top or 1 / tau is not finite or tau is 0: shares of the top, or of all above -inf."""
    above = 0
    for i in range(x.shape[0]):
        if x[i] != x[i]:
            out[:] = np.nan
            return
        above += x[i] > -np.inf
    if tau == np.inf and abs(top) < np.inf:
        for i in range(x.shape[0]):
            out[i] = 1.0 / above if x[i] > -np.inf else 0.0
    else:
        _share(x, top, out)


@kernel
def softmax_row(x, tau, out):
    """Write softmax(x / tau) of a 1-D array to out."""
    top = _row_top(x)
    if not (abs(top) < np.inf and 0.0 < tau < np.inf):
        _softmax_limit(x, top, tau, out)
        return
    if tau == 1.0:
        _row_terms(x, top, out)
    else:
        _row_terms_tempered(x, top, tau, out)
    _row_scale(out, 1.0 / _blocked_sum(out))


@kernel
def _row_differences(x, top, d, low):
    """Write x - top exactly, as d + low."""
    for i in range(x.shape[0]):
        d[i] = x[i] - top
        back = x[i] - d[i]
        low[i] = (x[i] - (d[i] + back)) + (back - top)


@kernel
def _flat_terms(d, low, inverse, tau):
    """Replace d by 2**1000 exp((d + low) / tau)."""
    for i in range(d.shape[0]):
        z = d[i] * inverse[i]
        d[i] = _scaled_exp(z, (fma(-z, tau[i], d[i]) + low[i]) * inverse[i])


@kernel
def _flat_terms_plain(d, low):
    """Replace d by 2**1000 exp(d + low)."""
    for i in range(d.shape[0]):
        d[i] = _scaled_exp(d[i], low[i])


@kernel
def _row_shares(terms, out):
    """Write terms divided by their sum to out."""
    factor = 1.0 / _row_sum(terms)
    for i in range(terms.shape[0]):
        out[i] = terms[i] * factor


@kernel
def _chunk_softmax(x, tau, d, low, out):
    """Write softmax of a few rows, their exponentials in one flat loop: rows end without a scalar remainder."""
    n_rows, n = x.shape
    plain = True
    for i in range(n_rows):
        own = tau[i if tau.shape[0] > 1 else 0]
        plain = plain and own == 1.0
        _row_differences(x[i], _row_top(x[i]), d[i * n : (i + 1) * n], low[i * n : (i + 1) * n])
    if plain:
        _flat_terms_plain(d[: n_rows * n], low[: n_rows * n])
    else:
        wide = np.empty(n_rows * n)
        for i in range(n_rows):
            wide[i * n : (i + 1) * n] = tau[i if tau.shape[0] > 1 else 0]
        _flat_terms(d[: n_rows * n], low[: n_rows * n], 1.0 / wide, wide)
    for i in range(n_rows):
        own = tau[i if tau.shape[0] > 1 else 0]
        top = _row_top(x[i])
        if abs(top) < np.inf and 0.0 < own < np.inf:
            _row_shares(d[i * n : (i + 1) * n], out[i])
        else:
            _softmax_limit(x[i], top, own, out[i])


@kernel
def softmax_rows(x, tau, out):
    """Write softmax(x / tau) of every row of x (rows, n) to out (rows, n)."""
    n_rows, n = x.shape
    if n > _BLOCK // 2:
        for i in range(n_rows):
            softmax_row(x[i], tau[i if tau.shape[0] > 1 else 0], out[i])
        return
    chunk = max(1, min(n_rows, _BLOCK // max(n, 1)))
    d, low = np.empty(chunk * n), np.empty(chunk * n)
    for first in range(0, n_rows, chunk):
        stop = min(first + chunk, n_rows)
        own = tau[first:stop] if tau.shape[0] > 1 else tau
        _chunk_softmax(x[first:stop], own, d, low, out[first:stop])


@parallel_kernel
def softmax_rows_parallel(x, tau, out):
    """Do the same as softmax_rows, chunks of rows on all threads."""
    n_rows = x.shape[0]
    chunk = max(1, (n_rows + _LANES - 1) // _LANES)
    for c in prange((n_rows + chunk - 1) // chunk):
        stop = min((c + 1) * chunk, n_rows)
        own = tau[c * chunk : stop] if tau.shape[0] > 1 else tau
        softmax_rows(x[c * chunk : stop], own, out[c * chunk : stop])


@kernel
def log_sum_and_softmax_rows(x, tau, value, out):
    """Write log-sum-exp of every row to value (rows,) and its gradient, the softmax, to out (rows, n)."""
    for i in range(x.shape[0]):
        own = tau[i if tau.shape[0] > 1 else 0]
        top = _row_top(x[i])
        if not (abs(top) < np.inf and 0.0 < own < np.inf):
            value[i] = log_sum_row(x[i], own)
            _softmax_limit(x[i], top, own, out[i])
            continue
        _row_terms_tempered(x[i], top, own, out[i])
        rest, count = 0.0, 0.0
        for j in range(x.shape[1]):
            rest += 0.0 if x[i, j] == top else out[i, j]
            count += 1.0 if x[i, j] == top else 0.0
        _row_scale(out[i], 1.0 / _blocked_sum(out[i]))
        rest *= _UNSCALE
        y = own * np.log1p(rest + (count - 1.0))
        delicate = _is_delicate(top, rest, count, own, y)
        value[i] = _careful(x[i], top, rest, count, own) if delicate else top + y


@kernel
def log_softmax_rows(x, tau, out):
    """Write x / tau minus its log-sum-exp, for every row; the largest entry keeps its tiny distance from 0."""
    for i in range(x.shape[0]):
        own = tau[i if tau.shape[0] > 1 else 0]
        top = _row_top(x[i])
        if not (abs(top) < np.inf and 0.0 < own < np.inf):
            _softmax_limit(x[i], top, own, out[i])
            for j in range(x.shape[1]):
                out[i, j] = log(out[i, j])
            continue
        shift = log_sum_row((x[i] - top) / own, 1.0)
        for j in range(x.shape[1]):
            out[i, j] = (x[i, j] - top) / own - shift
