"""The maximum under random noise as a distribution, and distributions brought to a wanted entropy.

Sources: kexue.fm/archives/10145 (perturbation), kexue.fm/archives/8829 (entropy normalisation).
"""

import numpy as np

from kexuestat._kernels.perturbation import entropy_exponents, perturbed_rows
from kexuestat.exceptions import InvalidInputError
from kexuestat.smooth._frames import frame, per_row, reduced, rows, unrows
from kexuestat.smooth._fused import fused
from kexuestat.smooth.log_sums import softmax_of
from kexuestat.smooth.relaxations import centred, pull_inputs
from kexuestat.validation.arrays import check_non_negative
from kexuestat.validation.options import check_option
from kexuestat.validation.smooth import check_not_empty, check_scale, check_smooth_array

_NOISES = ("normal", "gumbel")


def perturb_max(x, *, noise="normal", scale=1.0, axis=-1, out=None):
    """Return the chance of every entry to be the largest once independent noise is added, along axis.

    Normal noise: p_i = E prod over j != i of Φ(x_i - x_j + ε), by quadrature, absolute error at most 1e-12. Gumbel
    noise: softmax(x / scale).

    Parameters
    ----------
    x : array_like
        Real numbers.
    noise : {"normal", "gumbel"}, default="normal"
        Law of the noise.
    scale : float, default=1.0
        Its scale >= 0, in the unit of x; 0 is the hard function (ties share).
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
        If the noise is unknown or the scale negative or nan.

    References
    ----------
    kexue.fm/archives/10145

    Examples
    --------
    >>> from kexuestat.smooth import perturb_max
    >>> perturb_max([0.0, 1.0]).round(6)
    array([0.23975, 0.76025])
    """
    framed = frame(x, axis)
    data = rows(framed)
    return unrows(_perturbed(data, np.zeros(data.shape), noise, scale)[0], framed, out)


def _perturbed(data, g, noise, scale):
    """Return probabilities and pullback of rows."""
    scale = check_scale(scale, "scale", scalar=True)
    if check_option(noise, "noise", _NOISES) == "gumbel" or scale == 0 or scale == np.inf:
        p = softmax_of(data, np.full(1, scale))
        return p, centred(p, g, np.full(1, 0.0 if scale == np.inf else scale))
    p, pulled = np.empty(data.shape), np.empty(data.shape)
    top = np.max(data, axis=1, keepdims=True, initial=-np.inf)
    shift = np.where(np.isfinite(top), top, 0.0)
    with np.errstate(over="ignore"):
        perturbed_rows((data - shift) / scale, g, p, pulled)
    pulled[np.isnan(top[:, 0])] = np.nan
    return p, pulled / scale


def perturb_max_vjp(x, cotangent, *, noise="normal", scale=1.0, axis=-1, out=None):
    """Return the pullback of `perturb_max`, whose Jacobian is symmetric with rows that sum to 0.

    Examples
    --------
    >>> from kexuestat.smooth import perturb_max_vjp
    >>> perturb_max_vjp([0.0, 0.0], [1.0, 0.0]).round(6)
    array([ 0.282095, -0.282095])
    """
    framed, g, _ = pull_inputs(x, cotangent, axis, 1.0)
    return unrows(_perturbed(rows(framed), g, noise, scale)[1], framed, out)


def entropy_exponent(p, target_entropy, *, axis=-1, keepdims=False, out=None):
    """Return the exponent γ at which p^γ / sum p^γ has the wanted entropy, along axis.

    Parameters
    ----------
    p : array_like
        Non-negative weights, not all 0 in a slice.
    target_entropy : float or array_like
        In nats, one number or one per slice; from ln(number of largest entries) to ln(number of positive ones).
    axis : int, tuple of int or None, default=-1
        Along what p is a distribution.
    keepdims : bool, default=False
        Whether reduced axes stay, with length 1.
    out : ndarray, default=None
        Where to write the result.

    Returns
    -------
    float or ndarray
        From 0 (uniform on the support) to inf (uniform on the largest entries).

    Raises
    ------
    InvalidInputError
        If p is negative, not finite or sums to 0, or the target cannot be reached.

    References
    ----------
    kexue.fm/archives/8829

    Examples
    --------
    >>> from kexuestat.smooth import entropy_exponent
    >>> round(entropy_exponent([0.9, 0.1], 0.5), 6)
    0.631755
    """
    framed, _, gamma = _exponents(p, target_entropy, axis)
    return reduced(gamma, framed, keepdims, out)


def _exponents(p, target_entropy, axis):
    framed = frame(p, axis, "p")
    check_not_empty(framed.data.shape[1], "p")
    data = check_non_negative(rows(framed), "p")
    sums = data.sum(axis=1)
    if not (np.isfinite(sums) & (sums > 0)).all():
        raise InvalidInputError("p must be finite and have a positive sum along axis; pass weights that are not all 0.")
    target = np.asarray(check_smooth_array(target_entropy, "target_entropy"))
    wanted = np.full(len(data), float(target)) if target.ndim == 0 else per_row(target, framed, "target_entropy")
    gamma = np.empty(len(data))
    entropy_exponents(data, wanted, gamma)
    if np.isnan(gamma).any():
        row = int(np.argmax(np.isnan(gamma)))
        least = np.log(np.count_nonzero(data[row] == data[row].max()))
        most = np.log(np.count_nonzero(data[row]))
        raise InvalidInputError(
            f"target_entropy must lie in [{least:.6g}, {most:.6g}] nats for slice {row}, got {wanted[row]:.6g}."
        )
    return framed, data, gamma


def _slopes(data, gamma):
    """Return p^γ / sum of rows, ln p from its mean, and its variance; rows with γ at a limit have variance 0."""
    with np.errstate(divide="ignore"):
        logs = np.log(data)
        q = softmax_of(logs, 1.0 / gamma)
    logs = np.where(q > 0, logs, 0.0)
    deviation = np.where(q > 0, logs - (q * logs).sum(axis=1, keepdims=True), 0.0)
    limit = (gamma == 0) | (gamma == np.inf)
    return q, deviation, np.where(limit, 0.0, (q * deviation**2).sum(axis=1))[:, None]


def _over(top, bottom):
    return np.where(bottom > 0, top / np.where(bottom > 0, bottom, 1.0), 0.0)


def entropy_exponent_grad(p, target_entropy, *, axis=-1, keepdims=False, out=None):
    """Return the gradient of `entropy_exponent` in p: -γ q (ln p - its mean) / (p var ln p), q = p^γ / sum p^γ.

    Entries that are 0 stay so, with gradient 0; it is 0 too where γ is 0 or inf, or all positive entries are equal.

    Examples
    --------
    >>> from kexuestat.smooth import entropy_exponent_grad
    >>> entropy_exponent_grad([0.9, 0.1], 0.5).round(6)
    array([-0.319471,  2.875243])
    """
    framed, data, gamma = _exponents(p, target_entropy, axis)
    return unrows(_exponent_slope(data, gamma), framed, out)


def _exponent_slope(data, gamma):
    q, deviation, variance = _slopes(data, gamma)
    with np.errstate(invalid="ignore"):
        return np.where(variance > 0, -gamma[:, None] * _over(q * _over(deviation, variance), data), 0.0)


@fused(entropy_exponent)
def _entropy_exponent_both(p, target_entropy, *, axis=-1, keepdims=False):
    framed, data, gamma = _exponents(p, target_entropy, axis)
    return reduced(gamma, framed, keepdims), unrows(_exponent_slope(data, gamma), framed)


def entropy_normalize(p, target_entropy, *, axis=-1, out=None):
    """Return p^γ / sum p^γ with the wanted entropy, along axis; errors and limits as in `entropy_exponent`.

    Parameters
    ----------
    p, target_entropy, axis
        As in `entropy_exponent`.
    out : ndarray, default=None
        Where to write the result.

    Returns
    -------
    ndarray
        Probabilities in the shape of p, whose entropy is the wanted one within 1e-13.

    References
    ----------
    kexue.fm/archives/8829

    Examples
    --------
    >>> from kexuestat.smooth import entropy_normalize
    >>> entropy_normalize([0.9, 0.1], 0.5).round(6)
    array([0.80029, 0.19971])
    """
    framed, data, gamma = _exponents(p, target_entropy, axis)
    with np.errstate(divide="ignore"):
        logs = np.log(data)
    with np.errstate(divide="ignore"):
        temperature = 1.0 / gamma
    return unrows(softmax_of(logs, temperature), framed, out)


def entropy_normalize_vjp(p, cotangent, target_entropy, *, axis=-1, out=None):
    """Return the pullback of g = cotangent through `entropy_normalize`: (γ q / p) times what ln p leaves of g.

    That is g less its q-weighted linear regression on ln p: q is free to move only where its entropy stays. Entries
    that are 0 stay so, with gradient 0; at the least and the largest entropy it is 0.

    Examples
    --------
    >>> from kexuestat.smooth import entropy_normalize_vjp
    >>> entropy_normalize_vjp([0.6, 0.3, 0.1], [1.0, 0.0, 0.0], 0.8).round(6)
    array([ 0.123865, -0.404032,  0.468902])
    """
    framed, g, _ = pull_inputs(p, cotangent, axis, 1.0)
    framed, data, gamma = _exponents(p, target_entropy, axis)
    q, deviation, variance = _slopes(data, gamma)
    centre = g - (q * g).sum(axis=1, keepdims=True)
    rest = centre - deviation * _over((q * centre * deviation).sum(axis=1, keepdims=True), variance)
    with np.errstate(invalid="ignore"):
        pulled = np.where(variance > 0, gamma[:, None] * _over(q, data) * rest, 0.0)
    return unrows(pulled, framed, out)
