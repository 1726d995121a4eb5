"""Proximal maps and Moreau envelopes: e(x) = min over y of f(y) + |x - y|²/2μ, and the y that reaches it.

e <= f <= e + μL²/2 for an f with Lipschitz constant L; e is (1/μ)-smooth with gradient (x - prox)/μ. Sources:
kexue.fm/archives/8718 for the idea of smoothing; Parikh and Boyd 2014, doi:10.1561/2400000003.

=========== ========================= ====================== ==================================
name        f                         along                  prox
=========== ========================= ====================== ==================================
abs         abs(x)                    each entry             soft threshold
relu        max(x, 0)                 each entry             x, 0 or x - μ
hinge       max(0, 1 - x)             each entry             mirror of relu about 1
box         0 on [lo, hi], else inf   each entry             clip
neg_log     -ln x                     each entry             (x + √(x² + 4μ))/2
l2_norm     Euclidean norm            axis                   block soft threshold
max         largest entry             axis                   x - μ sparsemax(x/μ)
simplex     0 on the simplex          axis                   sparsemax
=========== ========================= ====================== ==================================
"""

import numpy as np

from kexuestat._kernels.projections import entmax_pullback_rows
from kexuestat.exceptions import InvalidInputError
from kexuestat.smooth._elementwise import flat
from kexuestat.smooth._frames import finish, frame, reduced, rows, temperatures, unrows, write
from kexuestat.smooth._fused import fused
from kexuestat.smooth.projections import entmax_of
from kexuestat.smooth.relaxations import pull_inputs
from kexuestat.validation.options import check_option, check_real
from kexuestat.validation.smooth import check_not_empty, check_smooth_array


def _abs(x, mu):
    size = np.abs(x)
    slope = np.where(mu > 0, np.clip(x / mu, -1.0, 1.0), np.sign(x))
    value = np.where(size <= mu, 0.5 * x * slope, size - 0.5 * mu)
    return np.where(size <= mu, 0.0 * size, x - np.sign(x) * mu), value, slope, _beyond(size - mu, mu)


def _beyond(distance, mu):
    """Return the derivative of a map that rests at distance < 0 and follows x beyond; the identity for μ = 0."""
    return np.where(mu == 0, 1.0 + 0.0 * distance, 0.5 * (1.0 + np.sign(distance)))


def _relu(x, mu):
    slope = np.where(mu > 0, np.clip(x / mu, 0.0, 1.0), 0.5 * (np.sign(x) + 1.0))
    value = np.where(x <= 0, 0.0, np.where(x <= mu, 0.5 * x * slope, x - 0.5 * mu))
    bend = _beyond(np.maximum(-x, x - mu), mu)
    return np.where(x <= 0, x, np.maximum(x - mu, 0.0)), np.where(np.isnan(x), x, value), slope, bend


def _hinge(x, mu):
    prox, value, slope, bend = _relu(1.0 - x, mu)
    return np.where(x >= 1, x, 1.0 - prox), value, -slope, bend


def _neg_log(x, mu):
    root = np.hypot(x, 2.0 * np.sqrt(mu))
    prox = np.where(x > 0, 0.5 * (x + root), 2.0 * mu / (root - x))
    prox = np.where(mu == 0, np.where(x > 0, x, 0.0 * x), np.where(mu == np.inf, mu + 0.0 * x, prox))
    prox = np.where(np.isinf(x) & (mu < np.inf), np.maximum(x, 0.0), prox)
    slope = -1.0 / prox
    bend = np.where(mu == 0, 0.5 * (1.0 + np.sign(x)), np.where(x == np.inf, 1.0, prox / root))
    free = (mu == np.inf) & ~np.isnan(x)
    value = np.where((mu == 0) | free, -np.log(prox), -np.log(prox) + 0.5 * mu * slope * slope)
    return prox, value, slope, np.where(free, 0.5, bend)


def _box(x, mu, lo, hi):
    prox = np.clip(x, lo, hi)
    gap = x - prox
    value, slope = np.where(gap == 0, 0.0, 0.5 * gap * (gap / mu)), np.where(gap == 0, 0.0, gap / mu)
    return prox, value, slope, 0.5 * (np.sign(x - lo) + np.sign(hi - x))


def _size_and_unit(x):
    """Return the Euclidean norms of rows, and the rows divided by them; the largest entry first, so none overflows."""
    top = np.abs(x).max(axis=1, keepdims=True)
    scaled = np.where(np.isinf(top), np.isinf(x) * np.sign(x), x / np.where(top > 0, top, 1.0))
    scaled = np.where(np.isnan(top), top, np.where(top > 0, scaled, 0.0))
    length = np.sqrt((scaled * scaled).sum(axis=1, keepdims=True))
    return np.where(top > 0, top * length, top), scaled / np.where(length > 0, length, 1.0)


def _l2_norm(x, mu):
    size, unit = _size_and_unit(x)
    share = np.where(size < mu, size / mu, 1.0)
    value = np.where(size <= mu, 0.5 * size * share, size - 0.5 * mu)
    return np.where(size <= mu, 0.0 * x, np.where(np.isnan(size), size, x - mu * unit)), value[:, 0], unit * share


def _max(x, mu):
    top = x.max(axis=1, keepdims=True)
    below = np.where(x == top, 0.0, np.where((mu > 0) & (top < np.inf), (x - top) / np.where(mu > 0, mu, 1.0), -np.inf))
    share = entmax_of(np.where(np.isnan(top), top, below), 2.0)
    prox = np.where(share > 0, x - mu * share, x)
    value = prox.max(axis=1, keepdims=True) + 0.5 * mu * (share * share).sum(axis=1, keepdims=True)
    return np.where(np.isnan(top), top, prox), np.where(mu == np.inf, -mu + 0.0 * top, value)[:, 0], share


def _simplex(x, mu):
    prox = entmax_of(x, 2.0)
    gap = x - prox
    slope = np.where(gap == 0, 0.0, gap / mu)
    return prox, 0.5 * np.where(gap == 0, 0.0, gap * slope).sum(axis=1), slope


def _l2_norm_pull(x, mu, g):
    size, unit = _size_and_unit(x)
    along = unit * (unit * g).sum(axis=1, keepdims=True)
    shrunk = np.where(mu > 0, along + (g - along) * np.maximum(1.0 - mu / size, 0.0), g)
    return shrunk * _beyond(size - mu, mu)


def _max_pull(x, mu, g):
    pulled = np.empty(x.shape)
    entmax_pullback_rows(_max(x, mu)[2], 2.0, g, pulled)
    return np.where(mu > 0, g - pulled, g)


def _simplex_pull(x, mu, g):
    pulled = np.empty(x.shape)
    entmax_pullback_rows(entmax_of(x, 2.0), 2.0, g, pulled)
    return pulled


_ENTRIES = {"abs": _abs, "relu": _relu, "hinge": _hinge, "neg_log": _neg_log, "box": _box}
_SLICES = {"l2_norm": _l2_norm, "max": _max, "simplex": _simplex}
_PULLS = {"l2_norm": _l2_norm_pull, "max": _max_pull, "simplex": _simplex_pull}
_NAMES = (*_ENTRIES, *_SLICES)


def _moreau(x, name, mu, axis, lo, hi, keepdims=False):
    """Return prox, envelope, its gradient, and for functions of each entry the derivative of prox."""
    if check_option(name, "name", _NAMES) in _SLICES:
        return _by_slices(x, name, mu, axis, keepdims)
    data, scales, shape, dtype = flat(x, mu, width_name="mu")
    bounds = _bounds(lo, hi) if name == "box" else ()
    with np.errstate(all="ignore"):
        parts = _ENTRIES[name](data, scales, *bounds)
    return tuple(finish(part.reshape(shape), dtype, shape == ()) for part in parts)


def _by_slices(x, name, mu, axis, keepdims):
    framed = frame(x, axis)
    check_not_empty(framed.data.shape[1], "x")
    scales = temperatures(mu, framed, "mu")[:, None]
    with np.errstate(all="ignore"):
        prox_rows, value, slope = _SLICES[name](rows(framed), scales)
    return unrows(prox_rows, framed), reduced(value, framed, keepdims), unrows(slope, framed)


def _bounds(lo, hi):
    lo, hi = check_real(lo, "lo"), check_real(hi, "hi")
    if lo > hi:
        raise InvalidInputError(f"lo must not exceed hi, got lo = {lo} and hi = {hi}.")
    return lo, hi


def prox(x, name, *, mu=1.0, axis=-1, lo=-1.0, hi=1.0, out=None):
    """Return the proximal map: the y that minimises f(y) + |x - y|²/2μ.

    Parameters
    ----------
    x : array_like
        Real numbers.
    name : {"abs", "relu", "hinge", "neg_log", "box", "l2_norm", "max", "simplex"}
        f; see the table of this module.
    mu : float or array_like, default=1.0
        μ >= 0; one number, one per entry, or one per slice for the last three.
    axis : int, tuple of int or None, default=-1
        For "l2_norm", "max", "simplex".
    lo, hi : float, default=-1.0, 1.0
        For "box".
    out : ndarray, default=None
        Where to write the result.

    Returns
    -------
    float or ndarray
        In the shape of x.

    Raises
    ------
    InvalidInputError
        If the name is unknown, μ negative or nan, or lo > hi.

    References
    ----------
    doi:10.1561/2400000003

    Examples
    --------
    >>> from kexuestat.smooth import prox
    >>> prox([3.0, -0.5, -2.0], "abs")
    array([ 2.,  0., -1.])
    """
    return write(_moreau(x, name, mu, axis, lo, hi)[0], out)


def prox_vjp(x, cotangent, name, *, mu=1.0, axis=-1, lo=-1.0, hi=1.0, out=None):
    """Return the pullback of g = cotangent through `prox`; at a kink the mean of both sides.

    Examples
    --------
    >>> from kexuestat.smooth import prox_vjp
    >>> prox_vjp([3.0, -0.5, -2.0], [1.0, 1.0, 5.0], "abs")
    array([1., 0., 5.])
    """
    check_option(name, "name", _NAMES)
    framed, g, _ = pull_inputs(x, cotangent, axis, 1.0)
    if name in _PULLS:
        check_not_empty(framed.data.shape[1], "x")
        with np.errstate(all="ignore"):
            pulled = _PULLS[name](rows(framed), temperatures(mu, framed, "mu")[:, None], g)
        return unrows(pulled, framed, out)
    bend = _moreau(check_smooth_array(x, "x"), name, mu, axis, lo, hi)[3]
    return finish(np.asarray(bend * check_smooth_array(cotangent, "cotangent")), framed.dtype, framed.scalar, out)


def moreau_envelope(x, name, *, mu=1.0, axis=-1, lo=-1.0, hi=1.0, keepdims=False, out=None):
    """Return the Moreau envelope e(x) = min over y of f(y) + |x - y|²/2μ.

    Parameters and errors are those of `prox`; keepdims keeps a reduced axis, with length 1.

    Returns
    -------
    float or ndarray
        In the shape of x; without axis for "l2_norm", "max", "simplex".

    Examples
    --------
    >>> from kexuestat.smooth import moreau_envelope
    >>> moreau_envelope([3.0, -0.5], "abs")
    array([2.5  , 0.125])
    """
    return write(_moreau(x, name, mu, axis, lo, hi, keepdims)[1], out)


def moreau_envelope_grad(x, name, *, mu=1.0, axis=-1, lo=-1.0, hi=1.0, keepdims=False, out=None):
    """Return the gradient of `moreau_envelope`: (x - prox)/μ.

    Examples
    --------
    >>> from kexuestat.smooth import moreau_envelope_grad
    >>> moreau_envelope_grad([3.0, -0.5], "abs")
    array([ 1. , -0.5])
    """
    return write(_moreau(x, name, mu, axis, lo, hi)[2], out)


@fused(moreau_envelope)
def _moreau_envelope_both(x, name, *, mu=1.0, axis=-1, lo=-1.0, hi=1.0, keepdims=False):
    return _moreau(x, name, mu, axis, lo, hi, keepdims)[1:3]
