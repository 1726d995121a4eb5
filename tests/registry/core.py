"""Kernels that every part shares."""

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from kexuestat._kernels import entropy, exp, random
from tests.contract import Pair
from tests.naive import core as naive

_word = st.integers(0, 2**64 - 1)
_count = st.integers(0, 2**63 - 1)
_any_float = st.floats(allow_nan=True, allow_infinity=True, allow_subnormal=True)


def _shuffled(items, key):
    items = np.array(items, dtype=np.int64)
    random.shuffle(items, np.uint64(key))
    return items


PAIRS = [
    Pair(
        "mix64",
        lambda x: int(random.mix64(np.uint64(x))),
        naive.mix64,
        st.tuples(_word),
        ("random.mix64",),
        rtol=0,
        atol=0,
    ),
    Pair(
        "stream_key",
        lambda *a: int(random.stream_key(*a)),
        naive.stream_key,
        st.tuples(_count, _count, _count),
        ("random.stream_key",),
        rtol=0,
        atol=0,
    ),
    Pair(
        "random_word",
        lambda k, i: int(random.random_word(np.uint64(k), i)),
        naive.random_word,
        st.tuples(_word, _count),
        ("random.random_word",),
        rtol=0,
        atol=0,
    ),
    Pair(
        "random_uniform",
        lambda k, i: random.random_uniform(np.uint64(k), i),
        naive.random_uniform,
        st.tuples(_word, _count),
        ("random.random_uniform",),
        rtol=0,
        atol=0,
    ),
    Pair(
        "random_below",
        lambda k, i, n: random.random_below(np.uint64(k), i, n),
        naive.random_below,
        st.tuples(_word, _count, st.integers(1, 2**32)),
        ("random.random_below",),
        rtol=0,
        atol=0,
    ),
    Pair(
        "shuffle",
        _shuffled,
        naive.shuffled,
        st.tuples(st.lists(st.integers(0, 99)), _word),
        ("random.shuffle",),
        rtol=0,
        atol=0,
    ),
    Pair(
        "exp",
        lambda x: float(exp.exp(np.float64(x))),
        naive.exp,
        st.tuples(_any_float | st.floats(-750, 715)),
        ("exp.exp",),
        rtol=4.5e-16,
        atol=5e-324,
    ),
    Pair(
        "log",
        lambda x: float(exp.log(np.float64(x))),
        naive.log,
        st.tuples(_any_float | st.floats(0, 3)),
        ("exp.log",),
        rtol=4.5e-16,
        atol=0,
    ),
    Pair(
        "log of a normal number",
        lambda x: float(exp.log_normal(np.float64(x))),
        naive.log,
        st.tuples(st.floats(2.3e-308, 1.7e308) | st.floats(0.1, 3)),
        ("exp.log_normal",),
        rtol=4.5e-16,
        atol=0,
    ),
    Pair("plogp", lambda x: entropy.plogp(x), naive.plogp, st.tuples(st.floats(0, 1e9)), ("entropy.plogp",)),
    Pair(
        "sum_plogp",
        entropy.sum_plogp,
        naive.sum_plogp,
        st.tuples(hnp.arrays(np.float64, st.integers(0, 50), elements=st.floats(0, 1))),
        ("entropy.sum_plogp",),
    ),
]
