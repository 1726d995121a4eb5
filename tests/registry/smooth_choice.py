"""Kernels of the smooth part that choose: projections, noise, top-k, sorting, sampling, ZLPR, pairs, floor."""

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from kexuestat._kernels import floor, gumbel, losses, pairs, perturbation, projections, sorting, topk
from tests.contract import Pair
from tests.naive import smooth_choice as naive

KERNELS = ("logistic", "gaussian", "laplace", "uniform", "triangular", "epanechnikov")
PAIR_CODES = {name: (code, False, 1.0) for code, name in enumerate([*KERNELS, "squareplus"])}
PAIR_CODES |= {"erf": (1, True, 0.5**0.5), "swish": (0, True, 1.0), "pnorm": (8, False, 1.0)}

_number = st.floats(-8, 8).map(lambda v: round(v, 3)) | st.integers(-2, 2).map(float)
_rows, _columns = st.integers(1, 3), st.integers(2, 6)
_seed = st.integers(0, 2**40)


def _matrix(elements=_number, columns=_columns):
    return st.tuples(_rows, columns).flatmap(lambda shape: hnp.arrays(np.float64, shape, elements=elements))


def _two(elements=_number, others=_number, columns=_columns):
    """Two matrices of one shape."""
    return st.tuples(_rows, columns).flatmap(
        lambda shape: st.tuples(
            hnp.arrays(np.float64, shape, elements=elements), hnp.arrays(np.float64, shape, elements=others)
        )
    )


def _with_k(matrices):
    """Matrices and a k with 0 < k < n."""
    return matrices.flatmap(lambda parts: st.integers(1, parts[0].shape[1] - 1).map(lambda k: (*parts, k)))


def _entmax(x, alpha):
    out = np.empty(x.shape)
    projections.entmax_rows(x, alpha, out)
    return out


def _entmax_pullback(x, g, alpha):
    p, out = np.empty(x.shape), np.empty(x.shape)
    projections.entmax_rows(x, alpha, p)
    projections.entmax_pullback_rows(p, alpha, g, out)
    return out


def _naive_pullback(x, g, alpha):
    return naive.entmax_pullback_rows(_entmax(x, alpha), alpha, g)


def _perturbed(x, g):
    p, pulled = np.empty(x.shape), np.empty(x.shape)
    perturbation.perturbed_rows(x, g, p, pulled)
    return np.concatenate([p, pulled], axis=1)


def _exponents(p, share):
    return _entropy_task(p, share, lambda p, target: _filled(perturbation.entropy_exponents, p, target))


def _naive_exponents(p, share):
    return _entropy_task(p, share, naive.entropy_exponents)


def _entropy_task(p, share, solve):
    ties = (p == p.max(axis=1, keepdims=True)).sum(axis=1)
    low, high = np.log(ties), np.log((p > 0).sum(axis=1))
    live = high > low
    return solve(p[live], (low + share * (high - low))[live]) if live.any() else np.zeros(0)


def _filled(kernel, *arguments):
    out = np.empty(len(arguments[0]))
    kernel(*arguments, out)
    return out


def _subset(x, g, k):
    p, logs, pulled = np.empty(x.shape), np.empty(len(x)), np.empty(x.shape)
    topk.subset_rows(x, k, g, p, logs, pulled)
    return np.column_stack([p, logs, pulled])


def _threshold(x, k, method):
    level, p, slope = np.empty(len(x)), np.empty(x.shape), np.empty(x.shape)
    topk.threshold_rows(x, np.sort(x, axis=1)[:, ::-1].copy(), k, method, level, p, slope)
    return np.column_stack([level, p])


def _sampled(x, k, seed):
    out = np.empty((3, len(x), k), dtype=np.int64)
    topk.sample_subset_rows(x, k, seed, 5, out)
    return out


def _pool(kernel):
    def run(a, b, eps, kl):
        a, b = np.sort(a, axis=1)[:, ::-1].copy(), np.sort(b, axis=1)[:, ::-1].copy()
        out, start = np.empty(a.shape), np.empty(a.shape, dtype=np.int64)
        kernel(a, b, np.full(len(a), eps), kl, out, start)
        return out

    return run


def _naive_pool(a, b, eps, kl):
    a, b = np.sort(a, axis=1)[:, ::-1], np.sort(b, axis=1)[:, ::-1]
    return naive.pool_rows(a, b, np.full(len(a), eps), kl)


def _falling(x):
    order, values = np.empty(x.shape, dtype=np.int64), np.empty(x.shape)
    sorting.falling_rows(x, order, values)
    return np.concatenate([order, values], axis=1)


def _starts(x):
    return np.sort(np.abs(x).astype(np.int64), axis=1)


def _block_starts(x):
    """Turn falling numbers into the first index of their block."""
    kinds = _starts(x)
    return np.array([[int(np.searchsorted(row, v)) for v in row] for row in kinds], dtype=np.int64)


def _means(g, x):
    out = np.empty(g.shape)
    sorting.block_means_rows(g, np.ones(g.shape), _block_starts(x), out)
    return out


def _noise(seed, first, shape):
    out = np.empty(shape)
    gumbel.gumbel_noise(seed, 3, first, out)
    return out


def _ordered(logits, k, seed):
    out = np.empty((3, len(logits), k), dtype=np.int64)
    gumbel.gumbel_order(logits, seed, 3, k, out)
    return out


def _zlpr(kernel):
    def run(scores, targets, threshold):
        value, grad = np.empty(len(scores)), np.empty(scores.shape)
        kernel(scores, targets, np.array([threshold]), value, grad)
        return np.column_stack([value, grad])

    return run


def _pairs(x, y, width, method):
    code, gated, stretch = PAIR_CODES[method]
    x, y = (np.abs(x), np.abs(y)) if method == "pnorm" else (x, y)
    value, slope = np.empty(len(x)), np.empty(len(x))
    pairs.pair_maxima(x, y, np.array([stretch * width]), code, gated, value, slope)
    return np.column_stack([value, slope])


def _naive_pairs(x, y, width, method):
    x, y = (np.abs(x), np.abs(y)) if method == "pnorm" else (x, y)
    return naive.pair_maxima(x, y, width, method)


def _floor(x, width, kernel):
    value, slope = np.empty(len(x)), np.empty(len(x))
    floor.floor_values(x, np.array([width]), KERNELS.index(kernel), value, slope)
    return np.column_stack([value, slope])


_alphas = st.sampled_from([2.0, 1.5, 1.2, 3.0])
_targets = st.sampled_from([0.0, 1.0, 0.5, 0.25, 0.9])
_positive = st.floats(0.01, 5).map(lambda v: round(v, 2))
_list = hnp.arrays(np.float64, st.integers(0, 5), elements=_number)
_pair_lists = st.integers(0, 5).flatmap(
    lambda n: st.tuples(
        hnp.arrays(np.float64, n, elements=_positive | st.just(2.0)),
        hnp.arrays(np.float64, n, elements=_positive | st.just(2.0)),
    )
)

PAIRS = [
    Pair("entmax_rows", _entmax, naive.entmax_rows, st.tuples(_matrix(), _alphas), ("projections.entmax_rows",)),
    Pair(
        "entmax_pullback_rows",
        _entmax_pullback,
        _naive_pullback,
        st.tuples(_two(), _alphas).map(lambda a: (*a[0], a[1])),
        ("projections.entmax_pullback_rows",),
    ),
    Pair(
        "perturbed_rows",
        _perturbed,
        naive.perturbed_rows,
        _two(columns=st.integers(1, 3)).map(lambda pair: (pair[0][:1] / 2, pair[1][:1])),
        ("perturbation.perturbed_rows",),
        rtol=1e-9,  # the rival quadrature
        atol=1e-11,
    ),
    Pair(
        "entropy_exponents",
        _exponents,
        _naive_exponents,
        st.tuples(_matrix(st.sampled_from([0.1, 0.2, 0.5, 1.0, 0.35])), st.floats(0.1, 0.9)),
        ("perturbation.entropy_exponents",),
        rtol=1e-9,  # the exponent is found from the entropy, whose slope is small
    ),
    Pair("subset_rows", _subset, lambda x, g, k: naive.subset_rows(x, k, g), _with_k(_two()), ("topk.subset_rows",)),
    Pair(
        "threshold_rows",
        _threshold,
        naive.threshold_rows,
        st.tuples(_with_k(_matrix().map(lambda x: (x,))), st.integers(0, 2)).map(lambda a: (*a[0], a[1])),
        ("topk.threshold_rows",),
    ),
    Pair(
        "sample_subset_rows",
        _sampled,
        lambda x, k, seed: naive.sample_subset_rows(x, k, seed, 5, 3),
        st.tuples(_with_k(_matrix().map(lambda x: (x,))), _seed).map(lambda a: (*a[0], a[1])),
        ("topk.sample_subset_rows",),
    ),
    Pair(
        "pool_rows",
        _pool(sorting.pool_rows),
        _naive_pool,
        st.tuples(_two(), st.sampled_from([0.1, 1.0, 7.0]), st.booleans()).map(lambda a: (*a[0], a[1], a[2])),
        ("sorting.pool_rows",),
    ),
    Pair(
        "pool_rows_parallel",
        _pool(sorting.pool_rows_parallel),
        _naive_pool,
        st.tuples(_two(), st.sampled_from([0.1, 1.0]), st.booleans()).map(lambda a: (*a[0], a[1], a[2])),
        ("sorting.pool_rows_parallel",),
    ),
    Pair(
        "falling_rows",
        _falling,
        naive.falling_rows,
        st.tuples(
            _matrix(_number | st.sampled_from([-0.0, 0.0, 5e-324, -5e-324, 1e308, -1e308]), st.integers(0, 40)),
        ),
        ("sorting.falling_rows",),
        rtol=0,
        atol=0,
    ),
    Pair(
        "block_means_rows",
        _means,
        lambda g, x: naive.block_means_rows(g, np.ones(g.shape), _block_starts(x)),
        _two(),
        ("sorting.block_means_rows",),
    ),
    Pair(
        "gumbel_noise",
        _noise,
        lambda seed, first, shape: naive.gumbel_noise(seed, 3, first, shape),
        st.tuples(_seed, st.integers(0, 99), st.tuples(st.integers(0, 3), st.integers(0, 4))),
        ("gumbel.gumbel_noise",),
    ),
    Pair(
        "gumbel_order",
        _ordered,
        lambda logits, k, seed: naive.gumbel_order(logits, seed, 3, k, 3),
        st.tuples(_with_k(_matrix().map(lambda x: (x,))), _seed).map(lambda a: (*a[0], a[1])),
        ("gumbel.gumbel_order",),
    ),
    Pair(
        "zlpr_rows",
        _zlpr(losses.zlpr_rows),
        lambda s, t, c: naive.zlpr_rows(s, t, [c]),
        st.tuples(_two(st.floats(-300, 300) | _number, _targets), st.sampled_from([0.0, 1.5])).map(
            lambda a: (*a[0], a[1])
        ),
        ("losses.zlpr_rows",),
        rtol=1e-13,
        atol=1e-15,
    ),
    Pair(
        "zlpr_rows_parallel",
        _zlpr(losses.zlpr_rows_parallel),
        lambda s, t, c: naive.zlpr_rows(s, t, [c]),
        st.tuples(_two(others=_targets), st.just(0.5)).map(lambda a: (*a[0], a[1])),
        ("losses.zlpr_rows_parallel",),
        rtol=1e-13,
        atol=1e-15,
    ),
    Pair(
        "pair_maxima",
        _pairs,
        _naive_pairs,
        st.tuples(_pair_lists, st.sampled_from([1.0, 0.3]), st.sampled_from(list(PAIR_CODES))).map(
            lambda a: (*a[0], a[1], a[2])
        ),
        ("pairs.pair_maxima",),
        rtol=2e-14,
    ),
    Pair(
        "floor_values",
        _floor,
        naive.floor_values,
        st.tuples(
            _list.map(lambda x: x[np.abs(x * 2 - np.round(x * 2)) > 1e-9][:3]),
            st.sampled_from([0.05, 0.2, 0.31, 0.7, 1.7]),
            st.sampled_from(KERNELS),
        ),
        ("floor.floor_values",),
        rtol=1e-13,
        atol=1e-14,
    ),
]
