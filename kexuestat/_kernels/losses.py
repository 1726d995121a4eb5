"""Kernel of the ZLPR loss: ln(1 + sum (1 - t) e^z) + ln(1 + sum t e^(-z)), z = s - s0, value and gradient in one pass.

Both sums are shifted by their largest term if it exceeds 1, and kept apart from the 1 otherwise, so that a tiny loss
keeps its digits. Terms of weight 0 are left out, whatever their score.
"""

import math

import numpy as np

from kexuestat._kernels._jit import kernel, parallel_kernel, prange, sum_kernel
from kexuestat._kernels.exp import _scaled_exp
from kexuestat._kernels.log_sum import _UNSCALE, _row_top


@kernel
def _sides(scores, targets, threshold, negative, positive):
    """Write z where t < 1 to negative and -z where t > 0 to positive, -inf elsewhere."""
    for i in range(scores.shape[0]):
        z = scores[i] - threshold
        negative[i] = z if targets[i] < 1.0 else -np.inf
        positive[i] = -z if targets[i] > 0.0 else -np.inf


@kernel
def _weighted_terms(negative, positive, targets, top_n, top_p):
    """Replace both sides by 2**900 times their weighted terms, relative to their tops."""
    for i in range(targets.shape[0]):
        negative[i] = (1.0 - targets[i]) * _scaled_exp(negative[i] - top_n, 0.0)
        positive[i] = targets[i] * _scaled_exp(positive[i] - top_p, 0.0)


@sum_kernel
def _two_sums(negative, positive):
    """Return the sums of both sides."""
    first, second = 0.0, 0.0
    for i in range(negative.shape[0]):
        first += negative[i]
        second += positive[i]
    return first, second


@kernel
def _difference(negative, positive, per_n, per_p, grad):
    """Write negative * per_n - positive * per_p."""
    for i in range(grad.shape[0]):
        grad[i] = negative[i] * per_n - positive[i] * per_p


@kernel
def _limit_row(scores, targets, top_n, top_p, threshold, grad):
    """Return the loss of a row with an infinite wrong score or a nan; the gradient is shared by the infinite ones."""
    for i in range(scores.shape[0]):
        if scores[i] != scores[i] or targets[i] != targets[i] or threshold != threshold:
            grad[:] = np.nan
            return np.nan
    wrong_n, wrong_p = 0.0, 0.0
    for i in range(scores.shape[0]):
        wrong_n += scores[i] == np.inf and targets[i] < 1.0
        wrong_p += scores[i] == -np.inf and targets[i] > 0.0
    for i in range(scores.shape[0]):
        grad[i] = 0.0
        if scores[i] == np.inf and targets[i] < 1.0:
            grad[i] = 1.0 / wrong_n
        elif scores[i] == -np.inf and targets[i] > 0.0:
            grad[i] = -1.0 / wrong_p
    return np.inf


@kernel
def _zlpr_row(scores, targets, threshold, negative, positive, grad):
    """Return the loss of a row and write its gradient."""
    _sides(scores, targets, threshold, negative, positive)
    top_n, top_p = max(_row_top(negative), 0.0), max(_row_top(positive), 0.0)
    if not (top_n < np.inf and top_p < np.inf):
        return _limit_row(scores, targets, top_n, top_p, threshold, grad)
    _weighted_terms(negative, positive, targets, top_n, top_p)
    sum_n, sum_p = _two_sums(negative, positive)
    sum_n, sum_p = sum_n * _UNSCALE, sum_p * _UNSCALE
    one_n, one_p = math.exp(-top_n), math.exp(-top_p)
    _difference(negative, positive, _UNSCALE / (one_n + sum_n), _UNSCALE / (one_p + sum_p), grad)
    loss_n = math.log1p(sum_n) if top_n == 0.0 else top_n + math.log(one_n + sum_n)
    return loss_n + (math.log1p(sum_p) if top_p == 0.0 else top_p + math.log(one_p + sum_p))


@kernel
def zlpr_rows(scores, targets, threshold, value, grad):
    """Write the loss of every row to value (rows,), its gradient to grad (rows, n); threshold has 1 or rows entries."""
    negative, positive = np.empty(scores.shape[1]), np.empty(scores.shape[1])
    for i in range(scores.shape[0]):
        own = threshold[i if threshold.shape[0] > 1 else 0]
        value[i] = _zlpr_row(scores[i], targets[i], own, negative, positive, grad[i])


@parallel_kernel
def zlpr_rows_parallel(scores, targets, threshold, value, grad):
    """Do the same as zlpr_rows, chunks of rows on all threads."""
    n_rows = scores.shape[0]
    chunk = (n_rows + 63) // 64
    for c in prange((n_rows + chunk - 1) // chunk):
        lo, hi = c * chunk, min((c + 1) * chunk, n_rows)
        own = threshold[lo:hi] if threshold.shape[0] > 1 else threshold
        zlpr_rows(scores[lo:hi], targets[lo:hi], own, value[lo:hi], grad[lo:hi])
