"""Kernels of softmax by rows, without a rounded difference to the largest entry, so that every entry keeps its digits.

At tau = 1 the power of two that belongs to the largest entry is left out of e**x itself; else the differences are
double-doubles. Terms are computed 2**900 too large, so that the division by their sum rounds a subnormal share once.
tau = 0 is the hard function (ties share), tau = inf the uniform limit. Arrays are float64; tau has one entry, or one
per row.
"""

import math

import numpy as np

from kexuestat._kernels._intrinsics import fma
from kexuestat._kernels._jit import kernel, parallel_kernel, prange
from kexuestat._kernels.double_double import _two_sum
from kexuestat._kernels.exp import _DEPTH, _NEAR, _scaled_exp, _shift_of, _shifted_exp, log
from kexuestat._kernels.log_sum import (
    _LANES,
    _TINY,
    _UNSCALE,
    _careful,
    _exact_rest,
    _is_delicate,
    _lane_top,
    _row_rest,
    _row_sum,
    _row_top,
    log_sum_row,
)

_SHORT = 48  # rows up to this length are turned, so that 64 rows are worked on side by side
_STAGED = 512  # rows up to this length are worked on in stages
_RUN = 1024  # entries of a stage: with their terms they take half of the first cache
_SPAN = 500.0  # tops that differ by less share their power of two
_STEP = 32  # entries a compiled sum takes at a time
_BLOCK = 2 * _STEP  # entries summed before errors are looked at
_PEAK = 6.0  # sums below so many times their largest term are taken with care


@kernel
def _direct_terms(x, top, out):
    """Write 2**900 exp(x - top), up to a factor common to all, to out; |top| < 2**40."""
    least, shift = top - _DEPTH, _shift_of(top)
    for i in range(x.shape[0]):
        out[i] = _shifted_exp(x[i], least, shift)


@kernel
def _row_terms_tempered(x, top, tau, out):
    """Write 2**900 exp((x - top) / tau) to out."""
    if tau < _TINY:
        for i in range(x.shape[0]):
            out[i] = _scaled_exp((x[i] - top) / tau, 0.0)
        return
    inverse = 1.0 / tau
    for i in range(x.shape[0]):
        d = x[i] - top
        back = x[i] - d
        z = d * inverse
        out[i] = _scaled_exp(z, (fma(-z, tau, d) + ((x[i] - (d + back)) + (back - top))) * inverse)


@kernel
def _per_sum(x, peak):
    """Return 1 / sum of a row of terms as a double-double.

    Whole steps are added 64 entries at a time, side by side, and what is left over by itself, so that few roundings
    add up; one at a time if a single one makes up most of the sum, which is then below the peak, because then the
    roundings do not average out.
    """
    whole = x.shape[0] - x.shape[0] % _STEP
    total, low = _row_sum(x[whole:]), 0.0
    for start in range(0, whole, _BLOCK):
        total, error = _two_sum(total, _row_sum(x[start : min(start + _BLOCK, whole)]))
        low += error
    if total < peak:
        total, low = 0.0, 0.0
        for i in range(x.shape[0]):
            total, error = _two_sum(total, x[i])
            low += error
    factor = 1.0 / total
    return factor, -factor * (fma(factor, total, -1.0) + factor * low)


@kernel
def _row_scale(x, factor, low):
    """Multiply a row by factor + low in place."""
    for i in range(x.shape[0]):
        x[i] = fma(x[i], factor, x[i] * low)


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
    if tau == 1.0 and abs(top) < _NEAR:
        _direct_terms(x, top, out)
    else:
        _row_terms_tempered(x, top, tau, out)
    factor, low = _per_sum(out, _PEAK * 2.0**900)
    _row_scale(out, factor, low)


@kernel
def _lane_terms(x, top, tau, inverse, total, low):
    """Replace a row of lanes by 2**900 exp((x - top) / tau) and add it to total + low."""
    for i in range(x.shape[0]):
        d = x[i] - top[i]
        back = x[i] - d
        z = d * inverse[i]
        rest = fma(-z, tau[i], d) + ((x[i] - (d + back)) + (back - top[i]))
        x[i] = _scaled_exp(z, rest * inverse[i])
        whole = total[i] + x[i]
        part = whole - total[i]
        low[i] += (total[i] - (whole - part)) + (x[i] - part)
        total[i] = whole


@kernel
def _lane_factors(total, low):
    """Replace total + low by its inverse, as a double-double."""
    for i in range(total.shape[0]):
        factor = 1.0 / total[i]
        low[i] = -factor * (fma(factor, total[i], -1.0) + factor * low[i])
        total[i] = factor


@kernel
def _lane_scale(x, factor, low):
    """Multiply a row of lanes by factor + low."""
    for i in range(x.shape[0]):
        x[i] = fma(x[i], factor[i], x[i] * low[i])


@kernel
def _lanes_softmax(turned, top, tau, inverse, total, low):
    """Replace the columns of turned (n, lanes) by their softmax; finite tops only."""
    top[:] = -np.inf
    total[:] = 0.0
    low[:] = 0.0
    for j in range(turned.shape[0]):
        _lane_top(turned[j], top)
    for j in range(turned.shape[0]):
        _lane_terms(turned[j], top, tau, inverse, total, low)
    _lane_factors(total, low)
    for j in range(turned.shape[0]):
        _lane_scale(turned[j], total, low)


@kernel
def _direct_lane_terms(x, least, shift, total, low):
    """Replace a row of lanes by 2**900 exp(x - top), up to a factor for each lane, and add it to total + low."""
    for i in range(x.shape[0]):
        x[i] = _shifted_exp(x[i], least[i], shift[i])
        whole = total[i] + x[i]
        part = whole - total[i]
        low[i] += (total[i] - (whole - part)) + (x[i] - part)
        total[i] = whole


@kernel
def _direct_lanes(turned, top, least, shift, total, low):
    """Replace the columns of turned (n, lanes) by their softmax at tau = 1; |top| < 2**40 only."""
    top[:] = -np.inf
    total[:] = 0.0
    low[:] = 0.0
    for j in range(turned.shape[0]):
        _lane_top(turned[j], top)
    for i in range(top.shape[0]):
        least[i], shift[i] = top[i] - _DEPTH, _shift_of(top[i])
    for j in range(turned.shape[0]):
        _direct_lane_terms(turned[j], least, shift, total, low)
    _lane_factors(total, low)
    for j in range(turned.shape[0]):
        _lane_scale(turned[j], total, low)


@kernel
def _short_rows(x, tau, out):
    """Do softmax_rows for short rows: 64 of them are turned and worked on side by side."""
    n_rows, n = x.shape
    turned = np.zeros((n, _LANES))
    top, total, low, own = np.empty(_LANES), np.empty(_LANES), np.empty(_LANES), np.ones(_LANES)
    least, shift = np.empty(_LANES), np.empty(_LANES)
    plain = np.all(tau == 1.0)
    for first in range(0, n_rows, _LANES):
        size = min(_LANES, n_rows - first)
        for i in range(size):
            own[i] = tau[first + i] if tau.shape[0] > 1 else tau[0]
            for j in range(n):
                turned[j, i] = x[first + i, j]
        if plain:
            _direct_lanes(turned, top, least, shift, total, low)
        else:
            _lanes_softmax(turned, top, own, 1.0 / own, total, low)
        for i in range(size):
            if abs(top[i]) < _NEAR and _TINY < own[i] < np.inf:
                for j in range(n):
                    out[first + i, j] = turned[j, i]
            else:
                softmax_row(x[first + i], own[i], out[first + i])


@kernel
def _peaks(tops, least, shift, out):
    """Write the sums below which a single entry makes up most of them."""
    for i in range(tops.shape[0]):
        out[i] = _PEAK * _shifted_exp(tops[i], least, shift)


@kernel
def _staged_rows(x, out):
    """Write softmax of every row at tau = 1, several rows a stage: their terms are one run, their divisions overlap."""
    n_rows, n = x.shape
    rows = max(8, _RUN // n)
    tops, peaks, factors, lows = np.empty(rows), np.empty(rows), np.empty(rows), np.empty(rows)
    run, terms = x.reshape(n_rows * n), out.reshape(n_rows * n)
    for first in range(0, n_rows, rows):
        size = min(rows, n_rows - first)
        for i in range(size):
            tops[i] = _row_top(x[first + i])
        top = tops[:size].max()
        if not (top < _NEAR and tops[:size].min() > max(top - _SPAN, -_NEAR)):
            for i in range(size):
                softmax_row(x[first + i], 1.0, out[first + i])
            continue
        _direct_terms(run[first * n : (first + size) * n], top, terms[first * n : (first + size) * n])
        _peaks(tops[:size], top - _DEPTH, _shift_of(top), peaks)
        for i in range(size):
            factors[i], lows[i] = _per_sum(out[first + i], peaks[i])
        for i in range(size):
            _row_scale(out[first + i], factors[i], lows[i])


@kernel
def softmax_rows(x, tau, out):
    """Write softmax(x / tau) of every row of x (rows, n) to out (rows, n)."""
    n_rows, n = x.shape
    if n <= _SHORT and n_rows >= 8:
        _short_rows(x, tau, out)
    elif 0 < n <= _STAGED and n_rows > 1 and np.all(tau == 1.0):
        _staged_rows(x, out)
    else:
        for i in range(n_rows):
            softmax_row(x[i], tau[i if tau.shape[0] > 1 else 0], out[i])


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
        factor, low = _per_sum(out[i], _PEAK * 2.0**900)
        _row_scale(out[i], factor, low)
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
        rest, count = _row_rest(x[i], top, 1.0 / own)
        rest *= _UNSCALE
        if own < _TINY or (count == 1.0 and rest < 0.1):
            rest = _exact_rest(x[i], top, own)
        shift = math.log1p(rest + (count - 1.0))
        for j in range(x.shape[1]):
            out[i, j] = (x[i, j] - top) / own - shift
