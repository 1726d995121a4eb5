"""Alternatives to softmax: sparsemax, entmax, sparse softmax, Taylor softmax, with pullbacks.

Sources: kexue.fm/archives/10145; sparsemax: Martins and Astudillo 2016, arXiv:1602.02068; entmax: Peters, Niculae and
Martins 2019, arXiv:1905.05702.
"""

import numpy as np

from kexuestat._kernels.projections import entmax_pullback_rows, entmax_rows
from kexuestat.exceptions import InvalidInputError
from kexuestat.smooth._frames import frame, rows, unrows
from kexuestat.smooth.log_sums import softmax_of
from kexuestat.smooth.relaxations import centred, pull_inputs
from kexuestat.validation.options import check_integer, check_real


def sparsemax(x, *, axis=-1, out=None):
    """Return the Euclidean projection of x onto the probability simplex, along axis.

    Parameters
    ----------
    x : array_like
        Real numbers; nan poisons its slice, several +inf share.
    axis : int, tuple of int or None, default=-1
        Along what the result sums to 1.
    out : ndarray, default=None
        Where to write the result.

    Returns
    -------
    ndarray
        relu(x - λ), sums to 1; zeros are exact.

    References
    ----------
    arXiv:1602.02068

    Examples
    --------
    >>> from kexuestat.smooth import sparsemax
    >>> sparsemax([1.0, 0.5, -1.0])
    array([0.75, 0.25, 0.  ])
    """
    return entmax(x, alpha=2.0, axis=axis, out=out)


def sparsemax_vjp(x, cotangent, *, axis=-1, out=None):
    """Return the pullback of g = cotangent through `sparsemax`: g minus its mean over the support, 0 off it.

    Examples
    --------
    >>> from kexuestat.smooth import sparsemax_vjp
    >>> sparsemax_vjp([1.0, 0.5, -1.0], [1.0, 0.0, 0.0])
    array([ 0.5, -0.5,  0. ])
    """
    return entmax_vjp(x, cotangent, alpha=2.0, axis=axis, out=out)


def entmax(x, *, alpha=1.5, axis=-1, out=None):
    """Return alpha-entmax of x along axis: relu(βx - λ)^(1/β), β = alpha - 1.

    Parameters
    ----------
    x : array_like
        Real numbers; nan poisons its slice, several +inf share.
    alpha : float, default=1.5
        At least 1; 1 is softmax, 2 is sparsemax.
    axis : int, tuple of int or None, default=-1
        Along what the result sums to 1.
    out : ndarray, default=None
        Where to write the result.

    Returns
    -------
    ndarray
        Probabilities in the shape of x; for alpha > 1 zeros are exact.

    Raises
    ------
    InvalidInputError
        If alpha is below 1.

    References
    ----------
    arXiv:1905.05702

    Examples
    --------
    >>> from kexuestat.smooth import entmax
    >>> entmax([1.0, 0.5, -1.0]).round(6)
    array([0.673993, 0.326007, 0.      ])
    """
    framed = frame(x, axis)
    return unrows(entmax_of(rows(framed), _check_alpha(alpha)), framed, out)


def _check_alpha(alpha):
    alpha = check_real(alpha, "alpha", 1.0)
    if alpha == np.inf:
        raise InvalidInputError("alpha must be finite, got inf.")
    return alpha


def entmax_of(data, alpha):
    """Return entmax of every row of contiguous data; for this package's own use."""
    if alpha == 1.0:
        return softmax_of(data, np.ones(1))
    result = np.empty(data.shape)
    entmax_rows(data, alpha, result)
    return result


def entmax_vjp(x, cotangent, *, alpha=1.5, axis=-1, out=None):
    """Return the pullback of g = cotangent through `entmax`: s (g - <s, g> / sum s), s = p^(2 - alpha).

    Examples
    --------
    >>> from kexuestat.smooth import entmax_vjp
    >>> entmax_vjp([0.0, 0.0], [1.0, 0.0]).round(6)
    array([ 0.353553, -0.353553])
    """
    alpha = _check_alpha(alpha)
    framed, g, tau = pull_inputs(x, cotangent, axis, 1.0)
    p = entmax_of(rows(framed), alpha)
    if alpha == 1.0:
        return unrows(centred(p, g, tau), framed, out)
    result = np.empty(p.shape)
    entmax_pullback_rows(p, alpha, g, result)
    return unrows(result, framed, out)


def sparse_softmax(x, k, *, axis=-1, out=None):
    """Return softmax over the k largest entries along axis, 0 elsewhere; ties at the edge all enter.

    Parameters
    ----------
    x : array_like
        Real numbers.
    k : int
        From 1 to the length of axis.
    axis : int, tuple of int or None, default=-1
        Along what the result sums to 1.
    out : ndarray, default=None
        Where to write the result.

    Returns
    -------
    ndarray
        Probabilities in the shape of x.

    Raises
    ------
    InvalidInputError
        If k is outside its range.

    References
    ----------
    kexue.fm/archives/10145

    Examples
    --------
    >>> from kexuestat.smooth import sparse_softmax
    >>> sparse_softmax([1.0, 1.0, 0.0], 2)
    array([0.5, 0.5, 0. ])
    """
    framed = frame(x, axis)
    return unrows(_sparse(rows(framed), k), framed, out)


def _sparse(data, k):
    n = data.shape[1]
    k = check_integer(k, "k", 1, n)
    edge = np.partition(data, n - k, axis=1)[:, n - k, None]
    return softmax_of(np.where(data < edge, -np.inf, data), np.ones(1))


def sparse_softmax_vjp(x, cotangent, k, *, axis=-1, out=None):
    """Return the pullback of `sparse_softmax`: that of softmax on the chosen set.

    Examples
    --------
    >>> from kexuestat.smooth import sparse_softmax_vjp
    >>> sparse_softmax_vjp([1.0, 1.0, 0.0], [1.0, 0.0, 5.0], 2)
    array([ 0.25, -0.25,  0.  ])
    """
    framed, g, tau = pull_inputs(x, cotangent, axis, 1.0)
    return unrows(centred(_sparse(rows(framed), k), g, tau), framed, out)


def taylor_softmax(x, *, order=2, axis=-1, out=None):
    """Return T(x) / sum T(x) along axis, T the Taylor polynomial of exp of an even order.

    Parameters
    ----------
    x : array_like
        Real numbers; entries of infinite size share.
    order : int, default=2
        Even, so that T > 0.
    axis : int, tuple of int or None, default=-1
        Along what the result sums to 1.
    out : ndarray, default=None
        Where to write the result.

    Returns
    -------
    ndarray
        Positive, in the shape of x; not monotone in x.

    Raises
    ------
    InvalidInputError
        If the order is odd or below 2.

    References
    ----------
    kexue.fm/archives/10145

    Examples
    --------
    >>> from kexuestat.smooth import taylor_softmax
    >>> taylor_softmax([0.0, 1.0])
    array([0.28571429, 0.71428571])
    """
    framed = frame(x, axis)
    return unrows(_taylor(rows(framed), order)[0], framed, out)


def _taylor(data, order):
    """Return the probabilities of rows and T' / sum T."""
    if check_integer(order, "order", 2) % 2:
        raise InvalidInputError(f"order must be even, since odd polynomials are negative somewhere, got {order}.")
    huge = np.isinf(data)
    lost = huge.any(axis=1, keepdims=True)
    finite = np.where(huge, 0.0, data)
    size = np.maximum(1.0, np.abs(finite).max(axis=1, keepdims=True, initial=0.0))
    t, unit = finite / size, 1.0 / size  # T / size^order: no power overflows
    with np.errstate(under="ignore"):
        total, slope = _polynomial(t, unit, order), _polynomial(t, unit, order - 1) * unit
    weight = total.sum(axis=1, keepdims=True)
    p = np.where(lost, huge / np.maximum(huge.sum(axis=1, keepdims=True), 1), total / weight)
    poisoned = np.isnan(data).any(axis=1, keepdims=True)
    return np.where(poisoned, np.nan, p), np.where(lost, 0.0, slope / weight)


def _polynomial(t, unit, order):
    """Return the sum of t^m unit^(order - m) / m! for m <= order."""
    total = np.ones_like(t)
    for m in range(order, 0, -1):
        total = total * t / m + unit ** (order - m + 1)
    return total


def taylor_softmax_vjp(x, cotangent, *, order=2, axis=-1, out=None):
    """Return the pullback of g = cotangent through `taylor_softmax`: (g - <p, g>) T' / sum T.

    Examples
    --------
    >>> from kexuestat.smooth import taylor_softmax_vjp
    >>> taylor_softmax_vjp([0.0, 0.0], [1.0, 0.0])
    array([ 0.25, -0.25])
    """
    framed, g, _ = pull_inputs(x, cotangent, axis, 1.0)
    p, slope = _taylor(rows(framed), order)
    return unrows((g - (p * g).sum(axis=1, keepdims=True)) * slope, framed, out)
