"""Named piecewise-linear functions, smoothed: leaky ReLU, clip, hinge, pinball, soft threshold.

Each takes the kernel of a `Mollifier` and a width w >= 0 (0 is the hard function). Values are the hard function plus
tails, so that the parts where the hard function is 0 keep their relative accuracy. Sources: kexue.fm/archives/8718;
the leaky ReLU with the Gaussian kernel is the activation SAU (β = 1 / w), arXiv:2109.13210.
"""

from kexuestat.exceptions import InvalidInputError
from kexuestat.smooth._fused import fused
from kexuestat.smooth.mollify import PiecewiseLinear
from kexuestat.validation.options import check_real


def smooth_leaky_relu(x, *, alpha=0.01, kernel="gaussian", width=1.0, out=None):
    """Return a smooth leaky ReLU: slope alpha on the left, 1 on the right.

    Parameters
    ----------
    x : array_like
        Real numbers.
    alpha : float, default=0.01
        Slope on the left.
    kernel : str, default="gaussian"
        Mollifier with a ramp; see `Mollifier`.
    width : float or array_like, default=1.0
        w >= 0, in the unit of x; 0 is the hard function.
    out : ndarray, default=None
        Where to write the result.

    Returns
    -------
    float or ndarray
        In the shape of x.

    Raises
    ------
    InvalidInputError
        If the kernel is unknown or has no ramp, or the width is negative or nan.

    References
    ----------
    kexue.fm/archives/8718

    Examples
    --------
    >>> from kexuestat.smooth import smooth_leaky_relu
    >>> round(smooth_leaky_relu(0.0, alpha=0.25, width=0.5), 6)
    0.149603
    """
    return _smooth_leaky_relu_pieces(alpha).smooth(x, kernel, width, out=out)


def smooth_leaky_relu_grad(x, *, alpha=0.01, kernel="gaussian", width=1.0, out=None):
    """Return the derivative of `smooth_leaky_relu`, in the shape of x.

    Examples
    --------
    >>> from kexuestat.smooth import smooth_leaky_relu_grad
    >>> smooth_leaky_relu_grad(0.0, alpha=0.5)
    0.75
    """
    return _smooth_leaky_relu_pieces(alpha).smooth_grad(x, kernel, width, out=out)


@fused(smooth_leaky_relu)
def _smooth_leaky_relu_both(x, *, alpha=0.01, kernel="gaussian", width=1.0):
    return _smooth_leaky_relu_pieces(alpha).value_and_grad(x, kernel, width)


def _smooth_leaky_relu_pieces(alpha):
    alpha = check_real(alpha, "alpha")
    return PiecewiseLinear(alpha, 0.0, [0.0], [1.0 - alpha])


def smooth_clip(x, *, lo=-1.0, hi=1.0, kernel="gaussian", width=1.0, out=None):
    """Return a smooth clip of x to [lo, hi].

    Parameters
    ----------
    x : array_like
        Real numbers.
    lo, hi : float, default=-1.0, 1.0
        Bounds, lo <= hi.
    kernel : str, default="gaussian"
        Mollifier with a ramp; see `Mollifier`.
    width : float or array_like, default=1.0
        w >= 0, in the unit of x; 0 is the hard function.
    out : ndarray, default=None
        Where to write the result.

    Returns
    -------
    float or ndarray
        In the shape of x.

    Raises
    ------
    InvalidInputError
        If the kernel is unknown or has no ramp, or the width is negative or nan, or lo > hi.

    References
    ----------
    kexue.fm/archives/8718

    Examples
    --------
    >>> from kexuestat.smooth import smooth_clip
    >>> round(smooth_clip(0.9, width=1.0), 6)
    0.560119
    """
    return _smooth_clip_pieces(lo, hi).smooth(x, kernel, width, out=out)


def smooth_clip_grad(x, *, lo=-1.0, hi=1.0, kernel="gaussian", width=1.0, out=None):
    """Return the derivative of `smooth_clip`, in the shape of x.

    Examples
    --------
    >>> from kexuestat.smooth import smooth_clip_grad
    >>> round(smooth_clip_grad(0.0, width=0.1), 6)
    1.0
    """
    return _smooth_clip_pieces(lo, hi).smooth_grad(x, kernel, width, out=out)


@fused(smooth_clip)
def _smooth_clip_both(x, *, lo=-1.0, hi=1.0, kernel="gaussian", width=1.0):
    return _smooth_clip_pieces(lo, hi).value_and_grad(x, kernel, width)


def _smooth_clip_pieces(lo, hi):
    lo, hi = check_real(lo, "lo"), check_real(hi, "hi")
    if lo > hi:
        raise InvalidInputError(f"lo must not exceed hi, got lo = {lo} and hi = {hi}.")
    return PiecewiseLinear(0.0, lo, [lo, hi], [1.0, -1.0])


def smooth_hard_sigmoid(x, *, kernel="gaussian", width=1.0, out=None):
    """Return a smooth hard sigmoid: 0 below -3, (x + 3) / 6, 1 above 3.

    Parameters
    ----------
    x : array_like
        Real numbers.
    kernel : str, default="gaussian"
        Mollifier with a ramp; see `Mollifier`.
    width : float or array_like, default=1.0
        w >= 0, in the unit of x; 0 is the hard function.
    out : ndarray, default=None
        Where to write the result.

    Returns
    -------
    float or ndarray
        In the shape of x.

    Raises
    ------
    InvalidInputError
        If the kernel is unknown or has no ramp, or the width is negative or nan.

    References
    ----------
    kexue.fm/archives/8718

    Examples
    --------
    >>> from kexuestat.smooth import smooth_hard_sigmoid
    >>> smooth_hard_sigmoid(0.0)
    0.5
    """
    return _smooth_hard_sigmoid_pieces().smooth(x, kernel, width, out=out)


def smooth_hard_sigmoid_grad(x, *, kernel="gaussian", width=1.0, out=None):
    """Return the derivative of `smooth_hard_sigmoid`, in the shape of x.

    Examples
    --------
    >>> from kexuestat.smooth import smooth_hard_sigmoid_grad
    >>> round(smooth_hard_sigmoid_grad(0.0, width=0.1), 6)
    0.166667
    """
    return _smooth_hard_sigmoid_pieces().smooth_grad(x, kernel, width, out=out)


@fused(smooth_hard_sigmoid)
def _smooth_hard_sigmoid_both(x, *, kernel="gaussian", width=1.0):
    return _smooth_hard_sigmoid_pieces().value_and_grad(x, kernel, width)


def _smooth_hard_sigmoid_pieces():
    return PiecewiseLinear(0.0, 0.0, [-3.0, 3.0], [1.0 / 6.0, -1.0 / 6.0])


def smooth_hinge(x, *, kernel="gaussian", width=1.0, out=None):
    """Return a smooth hinge loss, max(0, 1 - x).

    Parameters
    ----------
    x : array_like
        Real numbers.
    kernel : str, default="gaussian"
        Mollifier with a ramp; see `Mollifier`.
    width : float or array_like, default=1.0
        w >= 0, in the unit of x; 0 is the hard function.
    out : ndarray, default=None
        Where to write the result.

    Returns
    -------
    float or ndarray
        In the shape of x.

    Raises
    ------
    InvalidInputError
        If the kernel is unknown or has no ramp, or the width is negative or nan.

    References
    ----------
    kexue.fm/archives/8718

    Examples
    --------
    >>> from kexuestat.smooth import smooth_hinge
    >>> round(smooth_hinge(1.0), 6)
    0.398942
    """
    return _smooth_hinge_pieces().smooth(x, kernel, width, out=out)


def smooth_hinge_grad(x, *, kernel="gaussian", width=1.0, out=None):
    """Return the derivative of `smooth_hinge`, in the shape of x.

    Examples
    --------
    >>> from kexuestat.smooth import smooth_hinge_grad
    >>> smooth_hinge_grad(1.0)
    -0.5
    """
    return _smooth_hinge_pieces().smooth_grad(x, kernel, width, out=out)


@fused(smooth_hinge)
def _smooth_hinge_both(x, *, kernel="gaussian", width=1.0):
    return _smooth_hinge_pieces().value_and_grad(x, kernel, width)


def _smooth_hinge_pieces():
    return PiecewiseLinear(-1.0, 1.0, [1.0], [1.0])


def smooth_pinball(x, *, q=0.5, kernel="gaussian", width=1.0, out=None):
    """Return a smooth pinball loss: slope q - 1 on the left, q on the right.

    Parameters
    ----------
    x : array_like
        Real numbers.
    q : float, default=0.5
        Quantile level in [0, 1].
    kernel : str, default="gaussian"
        Mollifier with a ramp; see `Mollifier`.
    width : float or array_like, default=1.0
        w >= 0, in the unit of x; 0 is the hard function.
    out : ndarray, default=None
        Where to write the result.

    Returns
    -------
    float or ndarray
        In the shape of x.

    Raises
    ------
    InvalidInputError
        If the kernel is unknown or has no ramp, or the width is negative or nan.

    References
    ----------
    kexue.fm/archives/8718

    Examples
    --------
    >>> from kexuestat.smooth import smooth_pinball
    >>> round(smooth_pinball(-1.0, q=0.9, width=0.01), 6)
    0.1
    """
    return _smooth_pinball_pieces(q).smooth(x, kernel, width, out=out)


def smooth_pinball_grad(x, *, q=0.5, kernel="gaussian", width=1.0, out=None):
    """Return the derivative of `smooth_pinball`, in the shape of x.

    Examples
    --------
    >>> from kexuestat.smooth import smooth_pinball_grad
    >>> round(smooth_pinball_grad(1.0, q=0.9, width=0.01), 6)
    0.9
    """
    return _smooth_pinball_pieces(q).smooth_grad(x, kernel, width, out=out)


@fused(smooth_pinball)
def _smooth_pinball_both(x, *, q=0.5, kernel="gaussian", width=1.0):
    return _smooth_pinball_pieces(q).value_and_grad(x, kernel, width)


def _smooth_pinball_pieces(q):
    return PiecewiseLinear(check_real(q, "q", 0.0, 1.0) - 1.0, 0.0, [0.0], [1.0])


def smooth_soft_threshold(x, *, lam=1.0, kernel="gaussian", width=1.0, out=None):
    """Return a smooth soft threshold: x shrunk towards 0 by lam.

    Parameters
    ----------
    x : array_like
        Real numbers.
    lam : float, default=1.0
        Threshold >= 0.
    kernel : str, default="gaussian"
        Mollifier with a ramp; see `Mollifier`.
    width : float or array_like, default=1.0
        w >= 0, in the unit of x; 0 is the hard function.
    out : ndarray, default=None
        Where to write the result.

    Returns
    -------
    float or ndarray
        In the shape of x.

    Raises
    ------
    InvalidInputError
        If the kernel is unknown or has no ramp, or the width is negative or nan.

    References
    ----------
    kexue.fm/archives/8718

    Examples
    --------
    >>> from kexuestat.smooth import smooth_soft_threshold
    >>> round(smooth_soft_threshold(3.0, lam=1.0, width=0.1), 6)
    2.0
    """
    return _smooth_soft_threshold_pieces(lam).smooth(x, kernel, width, out=out)


def smooth_soft_threshold_grad(x, *, lam=1.0, kernel="gaussian", width=1.0, out=None):
    """Return the derivative of `smooth_soft_threshold`, in the shape of x.

    Examples
    --------
    >>> from kexuestat.smooth import smooth_soft_threshold_grad
    >>> round(smooth_soft_threshold_grad(3.0, lam=1.0, width=0.1), 6)
    1.0
    """
    return _smooth_soft_threshold_pieces(lam).smooth_grad(x, kernel, width, out=out)


@fused(smooth_soft_threshold)
def _smooth_soft_threshold_both(x, *, lam=1.0, kernel="gaussian", width=1.0):
    return _smooth_soft_threshold_pieces(lam).value_and_grad(x, kernel, width)


def _smooth_soft_threshold_pieces(lam):
    lam = check_real(lam, "lam", 0.0)
    return PiecewiseLinear(1.0, lam, [-lam, lam], [-1.0, 1.0])
