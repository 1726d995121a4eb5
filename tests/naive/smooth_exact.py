"""The smooth functions of rows as formulas in 60 digits, and pullbacks by differences; see ``smooth_points``.

``ROWS`` maps a name to f(list of x, options), which gives a number or a list.
"""

import itertools

from tests.naive.smooth import _MP, _step
from tests.naive.smooth_points import PROX, H, mpf, prox, rise


def exact(values):
    """A float, or nested lists of floats, in many digits."""
    return [exact(v) for v in values] if hasattr(values, "__len__") else mpf(float(values))


def _mean(values):
    return sum(values) / len(values)


def _dot(first, second):
    return sum(a * b for a, b in zip(first, second))


def _falling_root(f, low, high):
    """Where a falling function vanishes, by bisection."""
    for _ in range(230):
        middle = (low + high) / 2
        low, high = (middle, high) if f(middle) > 0 else (low, middle)
    return (low + high) / 2


def value_and_pullback(name, row, g, options):
    """f of a row, and the sum of g times the Jacobian, as floats; g = None for a single number."""
    with _MP.workdps(60):
        x, f = exact(row), ROWS[name]
        weights = [mpf(1)] if g is None else exact(g)
        pulled = []
        for i in range(len(x)):
            up, down = (f([v + sign * H * (i == j) for j, v in enumerate(x)], **options) for sign in (1, -1))
            up, down = ([up], [down]) if g is None else (up, down)
            pulled.append(float(sum(w * (a - b) for w, a, b in zip(weights, up, down)) / (2 * H)))
        value = f(x, **options)
        return (float(value) if g is None else [float(v) for v in value]), pulled


def _softmax(x, temperature=1.0):
    terms = [_MP.exp(v / mpf(temperature)) for v in x]
    return [t / sum(terms) for t in terms]


def _lse(x, temperature=1.0, b=None):
    weights = [1] * len(x) if b is None else exact(b)
    return mpf(temperature) * _MP.log(sum(w * _MP.exp(v / mpf(temperature)) for v, w in zip(x, weights)))


def _signed(x, b, temperature=1.0):
    return mpf(temperature) * _MP.log(abs(_dot(exact(b), [_MP.exp(v / mpf(temperature)) for v in x])))


def _maximum(x, method="lse", temperature=1.0):
    tau = mpf(temperature)
    return {
        "lse": lambda: _lse(x, tau),
        "mellowmax": lambda: _lse(x, tau) - tau * _MP.log(len(x)),
        "boltzmann": lambda: _dot(x, _softmax(x, tau)),
        "pnorm": lambda: sum(v ** (1 / tau) for v in x) ** tau,
    }[method]()


def _minimum(x, **options):
    return -_maximum([-v for v in x], **options)


def _entmax(x, alpha=1.5):
    if alpha == 1.0:
        return _softmax(x)
    beta = mpf(alpha) - 1
    top = beta * max(x)

    def shares(level):
        return [rise(beta * v - level) ** (1 / beta) for v in x]

    return shares(_falling_root(lambda level: sum(shares(level)) - 1, top - 1, top))


def _sparse_softmax(x, k):
    edge = sorted(x)[-k]
    terms = [_MP.exp(v) if v >= edge else mpf(0) for v in x]
    return [t / sum(terms) for t in terms]


def _taylor(x, order=2):
    terms = [sum(v**m / _MP.factorial(m) for m in range(order + 1)) for v in x]
    return [t / sum(terms) for t in terms]


def _perturbed(x, noise="normal", scale=1.0):
    if noise == "gumbel":
        return _softmax(x, scale)
    z = [v / mpf(scale) for v in x]
    total = [mpf(0)] * len(z)
    for step in range(-160, 161):  # the trapezoid rule, whose error is far below 1e-20 here
        t = max(z) + mpf(step) / 14
        chances = [_step("gaussian", t - v) for v in z]
        for i, v in enumerate(z):
            total[i] += _MP.npdf(t - v) * _MP.fprod(chances[:i] + chances[i + 1 :]) / 14
    return total


def _subset_weights(x, k):
    return {s: _MP.exp(sum((x[i] for i in s), mpf(0))) for s in itertools.combinations(range(len(x)), k)}


def _log_subsets(x, k, temperature=1.0):
    return _MP.log(sum(_subset_weights([v / mpf(temperature) for v in x], k).values()))


_THRESHOLDS = {
    "threshold_exp": lambda z: min(mpf(1), _MP.exp(z)),
    "threshold_sigmoid": lambda z: _step("logistic", z),
    "threshold_laplace": lambda z: _step("laplace", z),
}


def _threshold(x, k, method="threshold_sigmoid", temperature=1.0):
    tau, f = mpf(temperature), _THRESHOLDS[method]
    return _falling_root(lambda level: sum(f((v - level) / tau) for v in x) - k, min(x) - 99, max(x) + 99)


def _topk(x, k, method="subset", temperature=1.0):
    tau = mpf(temperature)
    if method in _THRESHOLDS:
        level = _threshold(x, k, method, temperature)
        return [_THRESHOLDS[method]((v - level) / tau) for v in x]
    if method == "subset":
        weights = _subset_weights([v / tau for v in x], k)
        return [sum(w for s, w in weights.items() if i in s) / sum(weights.values()) for i in range(len(x))]
    p = [mpf(0)] * len(x)
    for _ in range(k):
        share = _softmax([(1 - c) * (v - min(x)) for c, v in zip(p, x)], tau)
        p = [c + s for c, s in zip(p, share)]
    return p


def _projected(a, b, kl):
    """a minus the falling fit of a - b, by the minimax formula; a and b fall."""

    def level(i, j):
        part, other = a[i : j + 1], b[i : j + 1]
        return _lse(part) - _lse(other) if kl else _mean(part) - _mean(other)

    n = len(a)
    return [a[i] - min(max(level(first, last) for last in range(i, n)) for first in range(i + 1)) for i in range(n)]


def _rank(x, regularization="l2", epsilon=1.0, descending=False):
    x, kl, n = [-v for v in x] if descending else x, regularization == "kl", len(x)
    order = sorted(range(n), key=lambda i: -x[i])
    ladder = [_MP.log(v) if kl else mpf(v) for v in range(n, 0, -1)]
    found = _projected([x[i] / mpf(epsilon) for i in order], ladder, kl)
    return [_MP.exp(found[order.index(i)]) if kl else found[order.index(i)] for i in range(n)]


def _sort(x, regularization="l2", epsilon=1.0, descending=False):
    sign, n = (-1 if descending else 1), len(x)
    falling = sorted((sign * v for v in x), reverse=True)
    found = _projected([v / mpf(epsilon) for v in range(n, 0, -1)], falling, regularization == "kl")
    return [sign * v for v in reversed(found)]


def _quantile(x, q, epsilon=1.0):
    found, place = _sort(x, "l2", epsilon), mpf(q) * (len(x) - 1)
    low = int(place)
    return found[low] + (place - low) * (found[low + 1] - found[low])


def _exponent(p, target_entropy):
    logs = [_MP.log(v) for v in p]

    def excess(gamma):
        q = _softmax([gamma * v for v in logs])
        return -sum(v * _MP.log(v) for v in q) - mpf(target_entropy)

    return _falling_root(excess, mpf(0), mpf(64))


def _normalized(p, target_entropy):
    gamma = _exponent(p, target_entropy)
    return [v**gamma / sum(w**gamma for w in p) for v in p]


def _prox_row(x, name, mu=1.0, **options):
    mu, size = mpf(mu), _MP.sqrt(_dot(x, x))
    if name in PROX:
        return [prox(v, name, mu, **options) for v in x]
    return {
        "l2_norm": lambda: [v * rise(1 - mu / size) for v in x],
        "max": lambda: [v - mu * s for v, s in zip(x, _entmax([u / mu for u in x], 2.0))],
        "simplex": lambda: _entmax(x, 2.0),
    }[name]()


def _envelope_row(x, name, mu=1.0):
    y = _prox_row(x, name, mu)
    hard = {"l2_norm": lambda: _MP.sqrt(_dot(y, y)), "max": lambda: max(y), "simplex": lambda: mpf(0)}[name]()
    return hard + sum((a - b) ** 2 for a, b in zip(x, y)) / (2 * mpf(mu))


def _zlpr(x, targets, threshold=0.0):
    level, t = mpf(threshold), exact(targets)
    negative = _MP.exp(level) + sum((1 - b) * _MP.exp(v) for v, b in zip(x, t))
    positive = _MP.exp(-level) + sum(b * _MP.exp(-v) for v, b in zip(x, t))
    return _MP.log(negative) + _MP.log(positive)


def _subset_loss(x, targets, at_most=None, null_score=0.0):
    count, chosen = int(sum(targets)), _dot(x, exact(targets))
    if at_most is None:
        return _log_subsets(x, count) - chosen
    null = mpf(null_score)
    total = sum(_MP.exp(_log_subsets(x, j) + (at_most - j) * null) for j in range(at_most + 1))
    return _MP.log(total) - chosen - (at_most - count) * null


def _circle(x, targets, gamma=1.0, margin=0.0):
    gamma, margin = mpf(gamma), mpf(margin)
    up = sum(_MP.exp(gamma * (v + margin)) for v, t in zip(x, targets) if t == 0)
    return _MP.log(1 + up * sum(_MP.exp(-gamma * v) for v, t in zip(x, targets) if t == 1))


def _omega(p, alpha):
    live = [v for v in p if v > 0]
    if alpha == 1.0:
        return sum(v * _MP.log(v) for v in live)
    return (sum(v ** mpf(alpha) for v in live) - 1) / (mpf(alpha) * (mpf(alpha) - 1))


def _fenchel_young(x, target, regularizer="softmax", alpha=1.5):
    order = {"softmax": 1.0, "sparsemax": 2.0, "entmax": alpha}[regularizer]
    if not hasattr(target, "__len__"):
        target = [float(i == target) for i in range(len(x))]
    t, p = exact(target), _entmax(x, order)
    return _dot(x, p) - _omega(p, order) + _omega(t, order) - _dot(x, t)


def _ratio(factor, a, b):
    return lambda p, t: factor * _dot(p, exact(t)) / (a * sum(p) + b * sum(exact(t)))


ROWS = {
    "logsumexp": _lse,
    "signed_logsumexp": _signed,
    "smooth_max": _maximum,
    "smooth_min": _minimum,
    "soft_argmax": lambda x, temperature=1.0: _dot(range(len(x)), _softmax(x, temperature)),
    "softmax": _softmax,
    "log_softmax": lambda x, temperature=1.0: [_MP.log(p) for p in _softmax(x, temperature)],
    "sparsemax": lambda x: _entmax(x, 2.0),
    "entmax": _entmax,
    "sparse_softmax": _sparse_softmax,
    "taylor_softmax": _taylor,
    "perturb_max": _perturbed,
    "gumbel_softmax": lambda x, noise, temperature=1.0: _softmax([v + g for v, g in zip(x, exact(noise))], temperature),
    "log_subset_sum": _log_subsets,
    "topk_threshold": _threshold,
    "soft_topk": _topk,
    "soft_rank": _rank,
    "soft_sort": _sort,
    "soft_quantile": _quantile,
    "entropy_exponent": _exponent,
    "entropy_normalize": _normalized,
    "prox": _prox_row,
    "moreau_envelope": _envelope_row,
    "zlpr_loss": _zlpr,
    "subset_softmax_loss": _subset_loss,
    "circle_loss": _circle,
    "fenchel_young_loss": _fenchel_young,
    "sparsemax_loss": lambda x, target: _fenchel_young(x, target, "sparsemax"),
    "entmax_loss": lambda x, target, alpha=1.5: _fenchel_young(x, target, "entmax", alpha),
    "soft_accuracy": lambda p, t, rows: _dot(p, exact(t)) / rows,
    "soft_precision": _ratio(1, 1, 0),
    "soft_recall": _ratio(1, 0, 1),
    "soft_f1": _ratio(2, 1, 1),
    "soft_confusion": lambda p, t: [
        _dot(p, exact(t)),
        _dot(p, [1 - v for v in exact(t)]),
        _dot([1 - v for v in p], exact(t)),
    ],
}
