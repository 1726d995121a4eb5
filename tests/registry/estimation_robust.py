"""Kernels of robust statistics and pointwise mutual information with their naive twins."""

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from kexuestat._kernels import pmi, robust
from tests.contract import Pair
from tests.naive import estimation_robust as naive

_values = st.floats(-1e3, 1e3) | st.sampled_from([0.0, -0.0, 1.0, 1.0, 2.0, -2.0, 1e300, -1e300, 5e-324])


def _sorted(low):
    return hnp.arrays(np.float64, st.integers(low, 25), elements=_values).map(np.sort)


@st.composite
def _rank_case(draw):
    gaps = draw(st.booleans())
    x = draw(_sorted(2 if gaps else 1))
    n = len(x)
    return x, draw(st.integers(1, n * (n - 1) // 2 if gaps else n * (n + 1) // 2)), gaps


@st.composite
def _distance_case(draw):
    x = draw(_sorted(1))
    return x, draw(st.integers(1, len(x)))


def _distances(x, k):
    out = np.empty(len(x))
    robust.neighbour_distances(x, k, out)
    return out


def _pull(X, weights, point):
    pull = np.empty(X.shape[1])
    inverse, here = robust.pull_towards(X, weights, point, pull)
    return [*pull, inverse, here]


@st.composite
def _points_case(draw):
    whole = st.integers(-3, 3).map(float)
    X = draw(hnp.arrays(np.float64, st.tuples(st.integers(1, 8), st.integers(1, 3)), elements=whole))
    weights = draw(hnp.arrays(np.float64, len(X), elements=st.floats(0, 4)))
    return X, weights, draw(hnp.arrays(np.float64, X.shape[1], elements=whole))


def _pmi(counts, shift, positive):
    n, m = counts.shape
    out = np.empty(n * m)
    pmi.pmi_entries(
        np.arange(0, n * m + 1, m), np.tile(np.arange(m), n), counts.ravel(), counts.sum(axis=1), counts.sum(axis=0),
        shift, positive, out,
    )  # fmt: skip
    return out.reshape(n, m)


_counts = hnp.arrays(
    np.float64,
    st.tuples(st.integers(1, 5), st.integers(1, 5)),
    elements=st.sampled_from([0.0, 0.0, 1.0, 2.0, 7.0, 1e12]),
)

PAIRS = [
    Pair(
        "pair_order_statistic",
        robust.pair_order_statistic,
        naive.pair_order_statistic,
        _rank_case(),
        ("robust.pair_order_statistic",),
        rtol=0,
        atol=0,
    ),
    Pair(
        "neighbour_distances",
        _distances,
        naive.neighbour_distances,
        _distance_case(),
        ("robust.neighbour_distances",),
        rtol=0,
        atol=0,
    ),
    Pair("pull_towards", _pull, naive.pull_towards, _points_case(), ("robust.pull_towards",)),
    Pair("pmi", _pmi, naive.pmi, st.tuples(_counts, st.sampled_from([0.0, 1.5]), st.booleans()), ("pmi.pmi_entries",)),
]
