"""Sampling by Gumbel noise: indices with the law of softmax, soft samples, ordered draws without replacement.

With g = -ln(-ln u), argmax(o + g) has the law softmax(o); softmax((o + g)/tau) is its soft twin, and the k largest are
an ordered draw without replacement by successive softmax. Source: kexue.fm/archives/6705; Gumbel top-k: Kool, van Hoof
and Welling 2019, arXiv:1903.06059.
"""

import numpy as np

from kexuestat._kernels.gumbel import gumbel_noise, gumbel_order
from kexuestat.exceptions import InvalidInputError
from kexuestat.smooth._frames import finish
from kexuestat.smooth.log_sums import softmax_of
from kexuestat.smooth.relaxations import centred
from kexuestat.validation.arrays import first_bad
from kexuestat.validation.options import check_integer, check_seed
from kexuestat.validation.smooth import check_axes, check_scale, check_smooth_array, result_dtype

_INDEX, _SOFT, _TOPK = 72, 73, 74  # streams apart from each other for the same seed


def _logit_rows(logits, axis, k):
    """Return logits with the axis last, as rows, after checking that every slice has k entries above -inf."""
    array = check_smooth_array(logits, "logits")
    if array.ndim == 0:
        raise InvalidInputError("logits must have at least one dimension, got a number.")
    (axis,) = check_axes(axis, array.ndim)
    moved = np.moveaxis(array, axis, -1)
    bad = np.isnan(moved) | (moved == np.inf)
    if bad.any():
        raise InvalidInputError(f"logits must be finite or -inf, got {first_bad('logits', moved, bad)}.")
    live = (moved > -np.inf).sum(axis=-1)
    if live.size and live.min() < k:
        raise InvalidInputError(
            f"logits must have at least {k} entries above -inf in every slice, got one with {live.min()}."
        )
    return np.ascontiguousarray(moved).reshape(-1, moved.shape[-1]), moved.shape, axis


def _draw_shape(size):
    shape = () if size is None else tuple(int(s) for s in np.atleast_1d(size))
    return shape, int(np.prod(shape, dtype=np.int64))


def gumbel_max(logits, *, size=None, axis=-1, random_state=None):
    """Return indices drawn with the probabilities softmax(logits), along axis.

    Parameters
    ----------
    logits : array_like
        Finite or -inf (never drawn), not all -inf in a slice.
    size : int or tuple of int, default=None
        Shape of the draws; None is one draw.
    axis : int, default=-1
        Along what to draw.
    random_state : None, int, Generator or RandomState
        Same seed, same draws, for any number of threads.

    Returns
    -------
    int or ndarray of int64
        Shape size + the shape of logits without axis.

    Raises
    ------
    InvalidInputError
        If a slice is all -inf, or a logit is nan or inf.

    References
    ----------
    kexue.fm/archives/6705

    Examples
    --------
    >>> from kexuestat.smooth import gumbel_max
    >>> gumbel_max([0.0, float("-inf")], size=3, random_state=0)
    array([0, 0, 0])
    """
    data, shape, _ = _logit_rows(logits, axis, 1)
    size, draws = _draw_shape(size)
    out = np.empty((draws, len(data), 1), dtype=np.int64)
    gumbel_order(data, check_seed(random_state), _INDEX, 1, out)
    result = out.reshape(size + shape[:-1])
    return int(result) if result.ndim == 0 else result


def gumbel_softmax(logits, *, temperature=1.0, size=None, axis=-1, random_state=None, out=None):
    """Return soft samples softmax((logits + g)/tau), along axis.

    Parameters
    ----------
    logits, size, axis, random_state
        As in `gumbel_max`.
    temperature : float, default=1.0
        tau >= 0; 0 gives one-hot samples with the law softmax(logits).
    out : ndarray, default=None
        Where to write the result.

    Returns
    -------
    ndarray
        Shape size + the shape of logits; sums to 1 along axis.

    Raises
    ------
    InvalidInputError
        If a slice is all -inf, or the temperature negative or nan.

    References
    ----------
    kexue.fm/archives/6705; arXiv:1611.01144

    Examples
    --------
    >>> from kexuestat.smooth import gumbel_softmax
    >>> gumbel_softmax([0.0, float("-inf")], random_state=0)
    array([1., 0.])
    """
    p, _, shape, axis = _soft_draws(logits, temperature, size, axis, check_seed(random_state))
    return finish(np.moveaxis(p.reshape(shape), -1, axis), result_dtype(logits), False, out)


def _soft_draws(logits, temperature, size, axis, seed):
    """Return soft samples (draws, rows, n), tau, and the shape of the result with its axis last and in place."""
    tau = check_scale(temperature, "temperature", scalar=True)
    data, shape, axis = _logit_rows(logits, axis, 1)
    size, draws = _draw_shape(size)
    noise = np.empty((draws * len(data), data.shape[1]))
    gumbel_noise(seed, _SOFT, 0, noise)
    noisy = (noise.reshape(draws, *data.shape) + data).reshape(noise.shape)
    return softmax_of(noisy, np.full(1, tau)).reshape(draws, *data.shape), tau, size + shape, len(size) + axis


def gumbel_softmax_vjp(logits, cotangent, *, temperature=1.0, size=None, axis=-1, random_state=0, out=None):
    """Return the pullback of cotangent through `gumbel_softmax` of the same seed, summed over the draws.

    The noise is a constant (reparameterisation): per draw p (g - <p, g>) / tau, with p the sample; 0 at temperature 0.

    Parameters
    ----------
    logits, temperature, size, axis
        As in `gumbel_softmax`.
    cotangent : array_like
        In the shape of the samples, size + the shape of logits.
    random_state : int, default=0
        The seed of the samples; an int, since no other state draws the same noise twice.
    out : ndarray, default=None
        Where to write the result.

    Returns
    -------
    ndarray
        In the shape of logits.

    Raises
    ------
    InvalidInputError
        If random_state is no int or cotangent has not the shape of the samples.

    Examples
    --------
    >>> from kexuestat.smooth import gumbel_softmax_vjp
    >>> gumbel_softmax_vjp([0.0, 0.0], [3.0, 3.0], random_state=0).round(6)
    array([0., 0.])
    """
    seed = check_seed(check_integer(random_state, "random_state", 0))
    p, tau, shape, place = _soft_draws(logits, temperature, size, axis, seed)
    wide = check_smooth_array(cotangent, "cotangent")
    wanted = np.moveaxis(np.empty(shape), -1, place).shape
    if wide.shape != wanted:
        raise InvalidInputError(f"cotangent must have the shape of the samples, {wanted}, got {wide.shape}.")
    n = p.shape[-1]
    g = np.moveaxis(wide, place, -1).reshape(-1, n)
    pulled = centred(p.reshape(-1, n), g, np.full(1, tau)).reshape(p.shape).sum(axis=0)
    moved = pulled.reshape(shape[len(shape) - np.ndim(logits) :])
    return finish(np.moveaxis(moved, -1, place - len(shape)), result_dtype(logits), False, out)


def gumbel_topk(logits, k, *, size=None, axis=-1, random_state=None):
    """Return ordered draws of k indices without replacement, by successive softmax, along axis.

    The first index has the law softmax(logits), the next that of softmax over the rest, and so on. The set drawn does
    not have the law of `sample_subset`, which weights a subset by the product of its exp(logits).

    Parameters
    ----------
    logits, size, axis, random_state
        As in `gumbel_max`.
    k : int
        From 1 to the number of entries above -inf.

    Returns
    -------
    ndarray of int64
        Shape size + the shape of logits with k in place of the length of axis.

    Raises
    ------
    InvalidInputError
        If k is outside its range.

    References
    ----------
    arXiv:1903.06059

    Examples
    --------
    >>> from kexuestat.smooth import gumbel_topk
    >>> gumbel_topk([50.0, 0.0, 100.0], 2, random_state=0)
    array([2, 0])
    """
    k = check_integer(k, "k", 1)
    data, shape, axis = _logit_rows(logits, axis, k)
    size, draws = _draw_shape(size)
    out = np.empty((draws, len(data), k), dtype=np.int64)
    gumbel_order(data, check_seed(random_state), _TOPK, k, out)
    return np.moveaxis(out.reshape(size + shape[:-1] + (k,)), -1, len(size) + axis)
