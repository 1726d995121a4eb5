"""Races of the smooth part: scipy.special, plain numpy, and published algorithms written row by row.

fast-soft-sort is not on the package index; ``_soft_rank_row`` is its published algorithm (arXiv:2002.08871): sort,
isotonic regression with scikit-learn's compiled solver, unsort, one row at a time, as that library does.
"""

import numpy as np

from kexuestat import smooth
from tests.contract import Race


def _normal(shape):
    return np.random.default_rng(17).standard_normal(shape)


def _numpy_logsumexp(x, axis):
    top = x.max(axis=axis, keepdims=True)
    return np.squeeze(top + np.log(np.exp(x - top).sum(axis=axis, keepdims=True)), axis=axis)


def _logsumexp_race(shape, axis, targets, slow=False):
    def setup():
        from scipy.special import logsumexp

        x = _normal(shape)
        return {
            "kexuestat": lambda: smooth.logsumexp(x, axis=axis),
            "scipy": lambda: logsumexp(x, axis=axis),
            "numpy in three passes": lambda: _numpy_logsumexp(x, axis),
        }

    def quality(result):
        exact = _normal(shape).astype(np.longdouble)
        top = exact.max(axis=axis, keepdims=True)
        wanted = np.squeeze(top + np.log(np.exp(exact - top).sum(axis=axis, keepdims=True)), axis=axis)
        return {"worst error in ulp": float(np.max(np.abs(result - wanted) / np.spacing(np.abs(wanted).astype(float))))}

    name = f"logsumexp {'x'.join(map(str, shape))} axis {axis}"
    return Race(name, "smooth", setup, quality, {"scipy": targets[0], "numpy in three passes": targets[1]}, slow=slow)


def _softmax_race(shape, slow=False):
    def setup():
        from scipy.special import softmax

        x = _normal(shape)
        return {"kexuestat": lambda: smooth.softmax(x, axis=-1), "scipy": lambda: softmax(x, axis=-1)}

    def quality(result):
        exact = np.exp(_normal(shape).astype(np.longdouble))
        wanted = exact / exact.sum(axis=-1, keepdims=True)
        return {"worst error in ulp": float(np.max(np.abs(result - wanted) / np.spacing(wanted.astype(float))))}

    return Race(f"softmax {'x'.join(map(str, shape))}", "smooth", setup, quality, {"scipy": 2.5}, slow=slow)


def _soft_rank_row(values):
    from sklearn.isotonic import isotonic_regression

    order = np.argsort(-values)
    falling = values[order]
    ladder = np.arange(len(values), 0, -1, dtype=np.float64)
    dual = isotonic_regression(falling - ladder, increasing=False)
    ranks = np.empty(len(values))
    ranks[order] = falling - dual
    return ranks


def _soft_rank_race(shape, target, slow=False):
    def setup():
        x = _normal(shape)
        return {
            "kexuestat": lambda: smooth.soft_rank(x),
            "row by row": lambda: np.array([_soft_rank_row(row) for row in x]),
        }

    def quality(result):
        n = shape[1]
        return {"worst error of the sum": float(np.max(np.abs(result.sum(axis=1) - n * (n + 1) / 2)))}

    return Race(f"soft rank {'x'.join(map(str, shape))}", "smooth", setup, quality, {"row by row": target}, slow=slow)


def _numpy_zlpr(scores, targets):
    negative = np.where(targets < 1, scores, -np.inf)
    positive = np.where(targets > 0, -scores, -np.inf)
    sides = []
    for side, weight in ((negative, 1 - targets), (positive, targets)):
        top = np.maximum(side.max(axis=1, keepdims=True), 0)
        terms = weight * np.exp(side - top)
        total = np.exp(-top) + terms.sum(axis=1, keepdims=True)
        sides.append((np.squeeze(top + np.log(total)), terms / total))
    return sides[0][0] + sides[1][0], sides[0][1] - sides[1][1]


def _zlpr_race(shape, slow=False):
    def setup():
        scores = 3 * _normal(shape)
        targets = (np.random.default_rng(5).random(shape) < 0.1).astype(float)
        return {
            "kexuestat": lambda: smooth.value_and_grad(smooth.zlpr_loss, scores, targets),
            "numpy": lambda: _numpy_zlpr(scores, targets),
        }

    return Race(
        f"zlpr value and gradient {'x'.join(map(str, shape))}",
        "smooth",
        setup,
        lambda result: {"mean loss": float(np.mean(result[0]))},
        {"numpy": 3.0},
        slow=slow,
    )


def _call_race(name, targets):
    def setup():
        import scipy.special

        x, ours, theirs = _normal((10,)), getattr(smooth, name), getattr(scipy.special, name)

        def repeated(function):
            return lambda: [function(x) for _ in range(1000)][-1]

        return {"kexuestat": repeated(ours), "scipy": repeated(theirs)}

    return Race(f"1000 calls of {name} on 10 numbers", "smooth", setup, lambda r: {"sum": float(np.sum(r))}, targets)


def _elementwise_race(name, ours, theirs):
    def setup():
        x = 3 * _normal((100_000,))
        return {"kexuestat": lambda: ours(x), "scipy and numpy": lambda: theirs(x)}

    return Race(name, "smooth", setup, lambda r: {"mean": float(np.mean(r))})


def _scipy_gelu(x):
    from scipy.special import ndtr

    return x * ndtr(x)


PEERS = [
    _logsumexp_race((1_000_000,), -1, (10, 2)),
    _logsumexp_race((10_000_000,), -1, (10, 2), slow=True),
    _logsumexp_race((1000, 1000), -1, (10, 2)),
    _logsumexp_race((100_000, 10), -1, (10, 2)),
    _logsumexp_race((10_000, 100), -1, (10, 2)),
    _logsumexp_race((1000, 1000), 0, (5, 1)),
    _logsumexp_race((100_000, 10), 0, (5, 1)),
    _logsumexp_race((10_000, 100), 0, (5, 1)),
    _softmax_race((1000, 1000)),
    _softmax_race((100_000, 10)),
    _softmax_race((10_000, 100)),
    _soft_rank_race((1000, 100), 3),
    _soft_rank_race((20_000, 10), 25, slow=True),
    _soft_rank_race((1, 100_000), 1),
    _zlpr_race((10_000, 100)),
    _call_race("logsumexp", {"scipy": 10.0}),
    _call_race("softmax", {"scipy": 4.0}),
    _elementwise_race(
        "softplus of 100000 numbers",
        lambda x: smooth.smooth_relu(x, kernel="logistic"),
        lambda x: np.logaddexp(0, x),
    ),
    _elementwise_race("gelu of 100000 numbers", smooth.gelu, _scipy_gelu),
]
