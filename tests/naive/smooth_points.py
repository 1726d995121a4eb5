"""The elementwise smooth functions as formulas in 60 digits, and derivatives by differences.

A step of 1e-12 leaves an error of 1e-24 in the difference, far below what a test of float64 can see. ``ENTRIES`` maps
a name to f(x, options).
"""

from tests.naive.smooth import _MP, _ramp, _step

H = _MP.mpf(10) ** -12
mpf = _MP.mpf


def value_and_slope(name, x, options):
    """f and f' of a function of one number, as floats."""
    with _MP.workdps(60):
        x, f = mpf(float(x)), ENTRIES[name]
        return float(f(x, **options)), float((f(x + H, **options) - f(x - H, **options)) / (2 * H))


def rise(x):
    """max(x, 0)."""
    return max(x, mpf(0))


def _pieces(slope, intercept, *breaks):
    def smooth(x, kernel="gaussian", width=1.0):
        w = mpf(width)
        return slope * x + intercept + sum(change * w * _ramp(kernel, (x - b) / w) for b, change in breaks)

    return smooth


def _clip(x, lo=-1.0, hi=1.0, **options):
    return _pieces(0, lo, (lo, 1), (hi, -1))(x, **options)


def _leaky(x, alpha=0.01, **options):
    return _pieces(mpf(alpha), 0, (0, 1 - mpf(alpha)))(x, **options)


def _pinball(x, q=0.5, **options):
    return _pieces(mpf(q) - 1, 0, (0, 1))(x, **options)


def _soft_threshold(x, lam=1.0, **options):
    lam = mpf(lam)
    return _pieces(1, lam, (-lam, -1), (lam, 1))(x, **options)


def _abs(x, method="logistic", width=1.0):
    w = mpf(width)
    z = x / w
    special = {
        "lse": lambda: w * _MP.log(_MP.exp(z) + _MP.exp(-z)),
        "erf": lambda: x * _MP.erf(z),
        "tanh": lambda: x * _MP.tanh(z),
    }
    return special[method]() if method in special else 2 * w * _ramp(method, z) - x


def _floor(x, kernel="logistic", width=0.1):
    reach = int(60 * width) + 2
    start = int(_MP.floor(x))
    steps = range(start - reach + 1, start + reach + 2)
    return start - reach + sum(_step(kernel, (x - n) / mpf(width)) for n in steps)


def _huber(x, delta=1.0):
    delta = mpf(delta)
    return x * x / 2 if abs(x) <= delta else delta * (abs(x) - delta / 2)


def _neg_log(x, mu):
    return (x + _MP.sqrt(x * x + 4 * mu)) / 2


PROX = {
    "abs": lambda x, mu, lo, hi: rise(x - mu) - rise(-x - mu),
    "relu": lambda x, mu, lo, hi: min(x, mpf(0)) + rise(x - mu),
    "hinge": lambda x, mu, lo, hi: 1 - min(1 - x, mpf(0)) - rise(1 - x - mu),
    "neg_log": lambda x, mu, lo, hi: _neg_log(x, mu),
    "box": lambda x, mu, lo, hi: min(max(x, lo), hi),
}
_HARD = {
    "abs": abs,
    "relu": rise,
    "hinge": lambda y: rise(1 - y),
    "neg_log": lambda y: -_MP.log(y),
    "box": lambda y: 0,
}


def prox(x, name, mu=1.0, lo=-1.0, hi=1.0):
    return PROX[name](x, mpf(mu), mpf(lo), mpf(hi))


def _envelope(x, name, mu=1.0, lo=-1.0, hi=1.0):
    y = prox(x, name, mu, lo, hi)
    return _HARD[name](y) + (x - y) ** 2 / (2 * mpf(mu))


ENTRIES = {
    "smooth_step": lambda x, kernel="gaussian", width=1.0: _step(kernel, x / mpf(width)),
    "smooth_sign": lambda x, kernel="gaussian", width=1.0: 2 * _step(kernel, x / mpf(width)) - 1,
    "smooth_relu": _pieces(0, 0, (0, 1)),
    "smooth_leaky_relu": _leaky,
    "smooth_clip": _clip,
    "smooth_hard_sigmoid": _pieces(0, 0, (-3, mpf(1) / 6), (3, -mpf(1) / 6)),
    "smooth_hinge": _pieces(-1, 1, (1, 1)),
    "smooth_pinball": _pinball,
    "smooth_soft_threshold": _soft_threshold,
    "smooth_abs": _abs,
    "gated_relu": lambda x, kernel="gaussian", width=1.0: x * _step(kernel, x / mpf(width)),
    "gelu": lambda x, width=1.0: x * _step("gaussian", x / mpf(width)),
    "swish": lambda x, width=1.0: x * _step("logistic", x / mpf(width)),
    "smooth_floor": _floor,
    "smooth_round": lambda x, **options: _floor(x + mpf("0.5"), **options),
    "smooth_ceil": lambda x, **options: -_floor(-x, **options),
    "huber": _huber,
    "pseudo_huber": lambda x, delta=1.0: mpf(delta) ** 2 * (_MP.sqrt(1 + (x / mpf(delta)) ** 2) - 1),
    "logcosh": lambda x, width=1.0: mpf(width) * _MP.log(_MP.cosh(x / mpf(width))),
    "zlpr_probability": lambda x, threshold=0.0: _step("logistic", 2 * (x - mpf(threshold))),
    "moreau_envelope": _envelope,
    "prox": prox,
}
