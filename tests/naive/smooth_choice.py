"""Slow references of the kernels that choose: projections, noise, top-k, sorting, sampling, ZLPR, pairs, floor."""

import itertools
import math

import mpmath
import numpy as np
from scipy.integrate import quad
from scipy.optimize import brentq
from scipy.stats import norm

from tests.naive.core import random_uniform, stream_key
from tests.naive.smooth import _density, _ramp, _step

_MP = mpmath.MPContext()
_MP.dps = 50


def entmax_rows(x, alpha):
    """relu(βx - λ)^(1/β), λ by bisection."""
    beta = alpha - 1.0
    out = []
    for row in x:
        scaled = [beta * _MP.mpf(float(v)) for v in row]
        low, high = max(scaled) - 1, max(scaled)
        for _ in range(180):
            middle = (low + high) / 2
            total = sum((v - middle) ** (1 / _MP.mpf(beta)) for v in scaled if v > middle)
            low, high = (middle, high) if total > 1 else (low, middle)
        out.append([float((v - low) ** (1 / _MP.mpf(beta))) if v > low else 0.0 for v in scaled])
    return np.array(out)


def entmax_pullback_rows(p, alpha, g):
    """s (g - <s, g> / sum s), s = p^(2 - alpha) on the support."""
    s = np.where(p > 0, np.where(p > 0, p, 1.0) ** (2 - alpha), 0.0)
    return s * (g - (s * g).sum(axis=1, keepdims=True) / s.sum(axis=1, keepdims=True))


def perturbed_rows(x, g):
    """Chances to be the largest under normal noise, and the pullback by their exact Jacobian."""
    rows, pulls = [], []
    for row, weight in zip(x, g):
        n = len(row)
        edges = (row.min() - 9, row.max() + 9)

        def integral(f, edges=edges):
            return quad(f, *edges, epsabs=1e-13, epsrel=1e-12, limit=400)[0]

        def others(t, skip, row=row):
            return math.prod(norm.cdf(t - row[j]) for j in range(len(row)) if j not in skip)

        rows.append([integral(lambda t, i=i, row=row: norm.pdf(t - row[i]) * others(t, (i,))) for i in range(n)])
        jacobian = np.zeros((n, n))
        for i, j in itertools.combinations(range(n), 2):
            value = integral(
                lambda t, i=i, j=j, row=row: norm.pdf(t - row[i]) * norm.pdf(t - row[j]) * others(t, (i, j))
            )
            jacobian[i, j] = jacobian[j, i] = -value
        np.fill_diagonal(jacobian, -jacobian.sum(axis=1))
        pulls.append(jacobian @ weight)
    return np.concatenate([np.array(rows), np.array(pulls)], axis=1)


def entropy_exponents(p, target):
    """γ by bracketing."""

    def entropy(row, gamma):
        q = row[row > 0] / row.max()
        q = q**gamma / (q**gamma).sum()
        return -(q * np.log(np.where(q > 0, q, 1.0))).sum()

    return np.array(
        [brentq(lambda c, r=row, h=h: entropy(r, c) - h, 1e-9, 1e4, xtol=1e-14) for row, h in zip(p, target)]
    )


def _subsets(row, k):
    sets = list(itertools.combinations(range(len(row)), k))
    weights = np.array([math.exp(sum(row[i] for i in s) - k * max(row)) for s in sets])
    return sets, weights


def subset_rows(x, k, g):
    """Inclusion chances, ln Z and covariance times g by listing all subsets."""
    rows = []
    for row, weight in zip(x, g):
        sets, weights = _subsets(row, k)
        marks = np.array([[i in s for i in range(len(row))] for s in sets], dtype=float)
        chance = weights / weights.sum()
        p = chance @ marks
        covariance = (marks - p).T @ (chance[:, None] * (marks - p))
        rows.append([*p, math.log(weights.sum()) + k * max(row), *(covariance @ weight)])
    return np.array(rows)


def threshold_rows(x, k, method):
    """λ by bracketing, and f(x - λ)."""
    f = (
        lambda z: np.exp(np.minimum(z, 0)),
        lambda z: 1 / (1 + np.exp(-z)),
        lambda z: np.where(z < 0, np.exp(np.minimum(z, 0)) / 2, 1 - np.exp(-np.maximum(z, 0)) / 2),
    )[method]
    rows = []
    for row in x:
        level = brentq(lambda c, r=row: f(r - c).sum() - k, row.min() - 60, row.max() + 60, xtol=1e-15)
        rows.append([level, *f(row - level)])
    return np.array(rows)


def sample_subset_rows(x, k, seed, purpose, draws):
    """Entries from the last to the first, each taken with its chance given what is still to be taken."""
    out = np.empty((draws, len(x), k), dtype=np.int64)
    for d, r in itertools.product(range(draws), range(len(x))):
        key = stream_key(seed, purpose, d * len(x) + r)
        left = k
        for i in reversed(range(x.shape[1])):
            if left == 0:
                break
            sets, weights = _subsets(x[r][: i + 1], left)
            chance = sum(w for s, w in zip(sets, weights) if i in s) / sum(weights)
            if random_uniform(key, i) < chance:
                left -= 1
                out[d, r, left] = i
    return out


def pool_rows(a, b, eps, kl):
    """a/ε minus the falling fit of a/ε - b, by the minimax formula over intervals."""
    out = np.empty(a.shape)
    for r in range(len(a)):
        z, n = a[r] / eps[r], a.shape[1]

        def level(i, j, z=z, b=b[r]):
            part, other = z[i : j + 1], b[i : j + 1]
            if not kl:
                return np.mean(part - other)
            return np.logaddexp.reduce(part) - np.logaddexp.reduce(other)

        for i in range(n):
            fit = min(max(level(first, last) for last in range(i, n)) for first in range(i + 1))
            out[r, i] = z[i] - fit
    return out


def falling_rows(x):
    """The stable falling order, and the values in it."""
    order = np.argsort(-x, axis=1, kind="stable")
    return np.concatenate([order, np.take_along_axis(x, order, axis=1)], axis=1)


def block_means_rows(g, weights, start):
    """Weighted means over equal starts."""
    out = np.empty(g.shape)
    for r in range(len(g)):
        for j in range(g.shape[1]):
            own = start[r] == start[r, j]
            out[r, j] = (g[r] * weights[r])[own].sum() / weights[r][own].sum()
    return out


def gumbel_noise(seed, purpose, first, shape):
    """-ln(-ln u)."""
    return np.array(
        [
            [-math.log(-math.log(random_uniform(stream_key(seed, purpose, first + i), j))) for j in range(shape[1])]
            for i in range(shape[0])
        ]
    ).reshape(shape)


def gumbel_order(logits, seed, purpose, k, draws):
    """The k largest of logits plus noise."""
    noise = gumbel_noise(seed, purpose, 0, (draws * len(logits), logits.shape[1]))
    scores = noise.reshape(draws, *logits.shape) + logits
    return np.argsort(-scores, axis=-1, kind="stable")[..., :k]


def zlpr_rows(scores, targets, threshold):
    """The two logarithms and their gradient, term by term."""
    rows = []
    for i, (row, wanted) in enumerate(zip(scores, targets)):
        level = _MP.mpf(float(threshold[i % len(threshold)]))
        pairs = [(_MP.mpf(float(s)) - level, _MP.mpf(float(t))) for s, t in zip(row, wanted)]
        negative = 1 + sum((1 - t) * _MP.exp(z) for z, t in pairs)
        positive = 1 + sum(t * _MP.exp(-z) for z, t in pairs)
        grad = [float((1 - t) * _MP.exp(z) / negative - t * _MP.exp(-z) / positive) for z, t in pairs]
        rows.append([float(_MP.log1p(negative - 1) + _MP.log1p(positive - 1)), *grad])
    return np.array(rows)


def pair_maxima(x, y, width, method):
    """Ramp, gate or p-norm of a pair, and the slope in x."""
    rows = []
    for a, b in zip(x, y):
        first, second, w = _MP.mpf(float(a)), _MP.mpf(float(b)), _MP.mpf(width)
        z = (first - second) / w
        if method == "pnorm":
            value = (first ** (1 / w) + second ** (1 / w)) ** w
            rows.append([float(value), float((first / value) ** (1 / w - 1))])
        elif method in ("erf", "swish"):
            kernel = "gaussian" if method == "erf" else "logistic"
            z = z * _MP.sqrt(2) if method == "erf" else z
            rows.append(
                [
                    float(second + (first - second) * _step(kernel, z)),
                    float(_step(kernel, z) + z * _density(kernel, z)),
                ]
            )
        else:
            rows.append([float(second + w * _ramp(method, z)), float(_step(method, z))])
    return np.array(rows).reshape(len(x), 2)


def floor_values(x, width, kernel):
    """The sum over all steps within reach, and of their densities."""
    rows = []
    for value in x:
        number, w = _MP.mpf(float(value)), _MP.mpf(width)
        reach = int(50 * width) + 2
        total, slope = _MP.mpf(math.floor(value) - reach), _MP.mpf(0)
        for n in range(math.floor(value) - reach + 1, math.floor(value) + reach + 2):
            total += _step(kernel, (number - n) / w)
            slope += _density(kernel, (number - n) / w) / w
        rows.append([float(total), float(slope)])
    return np.array(rows).reshape(len(x), 2)
