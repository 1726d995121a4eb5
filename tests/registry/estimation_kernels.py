"""Kernels of resampling, moments and order statistics with their naive twins."""

import numba
import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from kexuestat._kernels import bootstrap, callbacks, counts, lanes, moments, orderstats, sampling, variates, weighted
from kexuestat.estimation.count_law import count_law
from kexuestat.estimation.evaluators import padded
from kexuestat.estimation.rank_law import rank_table
from tests.contract import Pair
from tests.naive import estimation as naive

# seed, purpose, first replicate
_stream = st.tuples(st.integers(0, 2**62), st.integers(0, 9), st.integers(0, 10**6))
_shape = st.tuples(st.integers(1, 3), st.integers(1, 40))
_values = st.floats(-100, 100) | st.sampled_from([0.0, 1.0, 1.0, -3.0, 1e-9])
_key = st.integers(0, 2**64 - 1)


def _arrays(low=1, high=40, elements=_values):
    return hnp.arrays(np.float64, st.integers(low, high), elements=elements)


def _filled(kernel, dtype=np.int64):
    """Return a function that hands the kernel an empty array of the shape that comes last and returns it filled."""

    def run(*arguments):
        *rest, shape = arguments
        out = np.empty(shape, dtype)
        kernel(*rest, out)
        return out

    return run


def _flat(strategy):
    """Join the stream triple with the other arguments."""
    return strategy.map(lambda drawn: tuple(drawn[0]) + tuple(drawn[1:]))


@st.composite
def _subset_case(draw):
    n = draw(st.integers(1, 30))
    return (*draw(_stream), n, (draw(st.integers(1, 3)), draw(st.integers(1, n))))


@st.composite
def _block_case(draw):
    n = draw(st.integers(1, 30))
    return (*draw(_stream), n, draw(st.integers(1, n)), draw(st.booleans()), draw(_shape))


@st.composite
def _strata_case(draw):
    sizes = draw(st.lists(st.integers(1, 6), min_size=1, max_size=5))
    indptr = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    members = np.array(draw(st.permutations(range(int(indptr[-1])))), dtype=np.int64)
    return (*draw(_stream), indptr, members, (draw(st.integers(1, 3)), len(members)))


SORTED = ("median", "min", "max", "midrange", "range", "iqr", "trimmed_mean", "mad", "gini")
_positive = st.floats(0.015625, 100, width=32) | st.sampled_from([1.0, 1.0, 2.0])


@st.composite
def _weighted_case(draw):
    values = np.sort(draw(_arrays(1, 12, _positive)))
    counts = draw(hnp.arrays(np.float64, len(values), elements=st.integers(0, 4).map(float)))
    counts[draw(st.integers(0, len(values) - 1))] += 1.0
    return draw(st.sampled_from(SORTED)), values, counts


def _sorted_by_code(name, values, counts):
    return weighted.sorted_statistic(SORTED.index(name), values, counts)


def _sorted_by_row(name, values, counts):
    out = np.empty(2)
    weighted.weighted_sorted_statistics(SORTED.index(name), values, np.stack([counts, counts]), out)
    return out


# all draws single; as used; a rate so high that draws must be taken away
_HIGH_RATE = np.array([9000, 20000, 40000, 50000, 60000, 65000], np.uint16), np.array([0.1, 0.1, 0.5, 0.9, 1.0])
_LAWS_OF_COUNTS = (count_law(20), count_law(64), _HIGH_RATE)


@st.composite
def _counts_case(draw):
    n = draw(st.integers(1, 130))
    return draw(_key), draw(st.integers(1, 200)), n, *draw(st.sampled_from(_LAWS_OF_COUNTS))


def _counts(key, n_draws, n, cuts, rest):
    size = -(-n // 64) * 64
    found = np.full(size, 7, np.uint16)
    counts.draw_counts(
        np.uint64(key), n_draws, n, cuts, rest, np.empty(size // 4, np.uint64), np.empty(1024, np.int64), found
    )
    assert not found[n:].any()
    return found[:n]


def _sums(x, n_draws, law, seed, purpose, first, shape):
    terms = padded([x**k for k in range(1, shape[1] + 1)])
    sums = np.empty(shape)
    bootstrap.resampled_sums(terms, len(x), n_draws, *_LAWS_OF_COUNTS[law], seed, purpose, first, sums)
    return sums


def _naive_sums(x, n_draws, law, seed, purpose, first, shape):
    terms = np.stack([x**k for k in range(1, shape[1] + 1)])
    return naive.resampled_sums(terms, n_draws, *_LAWS_OF_COUNTS[law], seed, purpose, first, shape[0])


def _resampled_sorted(name, x, n_draws, cuts, rest, seed, purpose, first, n_replicates):
    out = np.empty(n_replicates)
    order = np.argsort(x, kind="stable")
    bootstrap.resampled_sorted_statistic(SORTED.index(name), x, order, n_draws, cuts, rest, seed, purpose, first, out)
    return out


def _weighted_sums(d, weights, n_sums):
    sums = np.empty((len(weights), n_sums))
    weighted.weighted_power_sums(d, weights, sums)
    return sums


def _weighted_pairs(x, y, weights):
    sums = np.empty((len(weights), 6))
    weighted.weighted_pair_sums(x, y, weights, sums)
    return sums


@st.composite
def _weights_case(draw):
    d = draw(_arrays(1, 20))
    weights = draw(hnp.arrays(np.float64, (2, len(d)), elements=st.floats(0, 5)))
    return d, weights, draw(st.integers(1, 5))


@st.composite
def _ranks_case(draw):
    n_draws = draw(st.integers(1, 60))
    ranks = draw(st.sets(st.integers(1, n_draws), min_size=1, max_size=4))
    return sorted(ranks), n_draws, *draw(_stream)


_POSITIONS = np.arange(10**5, dtype=np.float64)


def _order_positions(ranks, n_draws, seed, purpose, first):
    out = np.empty((1, len(ranks)))
    orderstats.resampled_order_statistics(
        _POSITIONS, np.array(ranks, dtype=np.int64), n_draws, seed, purpose, first, out
    )
    return out[0]


def _naive_positions(ranks, n_draws, seed, purpose, first):
    uniforms = naive.order_statistic_uniforms(ranks, n_draws, seed, purpose, first)
    return np.minimum(np.floor(np.array(uniforms) * len(_POSITIONS)), len(_POSITIONS) - 1)


@st.composite
def _neighbours_case(draw):
    n, m = draw(st.integers(1, 25)), draw(st.integers(1, 25))
    r = draw(st.integers(1, m))
    return (n, r, m, draw(st.booleans()) and r < m, *draw(_stream))


def _neighbours(n, r, m, both, seed, purpose, first):
    out = np.empty((2, 1))
    values = np.arange(n, dtype=np.float64)
    orderstats.resampled_neighbours(values, *rank_table(n, r, m, both), seed, purpose, first, out)
    return out[: 1 + both, 0]


def _centred_sums(x, n_sums):
    sums, centres, exponents = np.empty((2, n_sums)), np.empty((2, 2)), np.empty(2, np.int64)
    moments.centred_power_sums(np.stack([x, x]), sums, centres, exponents)
    powers = np.arange(2, n_sums + 2)
    return [*np.ldexp(sums[1], exponents[1] * powers), centres[1].sum()]


def _naive_centred(x, n_sums):
    sums, mean = naive.centred_power_sums(x, n_sums)
    return [*sums, mean]


def _centre(x):
    d = np.empty_like(x)
    anchor, rest, exponent = moments.centre_row(x, d)
    return [anchor + rest, *np.ldexp(d, exponent)]


_spread = numba.njit(lambda sample: sample.max() - sample.min())
_plain_spread = np.ptp


def _callback_rows(x, seed):
    rows, out = np.empty((3, len(x)), np.int64), np.empty(3)
    sampling.multinomial_rows(seed, 1, 0, len(x), rows)
    callbacks.callback_on_rows(_spread, x, rows, out)
    return out


def _left_out(x, places):
    out = np.empty(len(places))
    callbacks.left_out_callback(_spread, x, places, out)
    return out


def _resampled_spread(x, n_draws, seed, purpose, first, n_replicates):
    out = np.empty(n_replicates)
    callbacks.resampled_callback(_spread, x, n_draws, seed, purpose, first, out)
    return out


@st.composite
def _left_out_case(draw):
    x = draw(_arrays(2, 12))
    places = draw(st.lists(st.integers(0, len(x) - 1), min_size=1, max_size=6))
    return x, np.array(places, dtype=np.int64)


def _normals_of_key(key, start, n):
    out = np.empty(n)
    variates.normal_row(np.uint64(key), start, out)
    return out


LAWS = (
    "normal", "uniform", "exponential", "poisson", "lognormal", "laplace", "student", "bernoulli", "contaminated",
)  # fmt: skip
_law = st.tuples(st.sampled_from(LAWS), st.sampled_from([0.25, 0.5, 1.0]), st.sampled_from([1.0, 2.0])) | st.tuples(
    st.just("poisson"), st.sampled_from([0.0, 30.0, 600.0]), st.just(0.0)
)


def _law_row(law, a, b, key, start, n):
    out = np.empty(n)
    variates.law_row(LAWS.index(law), a, b, np.uint64(key), start, out)
    return out


def _simulated(law, a, b, seed, purpose, first, shape):
    out = np.empty(shape)
    variates.simulated_samples(LAWS.index(law), a, b, seed, purpose, first, out)
    return out


def _column_sums(samples, anchors, n_powers):
    sums = np.empty((n_powers, samples.shape[1]))
    variates.column_power_sums(samples, anchors, sums)
    return sums


_resample = st.tuples(_arrays(), st.integers(1, 60), st.integers(0, 2**62), st.just(1), st.integers(0, 99))
EXACT = {"rtol": 0, "atol": 0}

PAIRS = [
    Pair(
        "lane_sum",
        lanes.lane_sum,
        naive.lane_sum,
        _arrays().map(lambda v: (v, len(v))),
        ("lanes.lane_sum",),
        atol=1e-11,
    ),
    Pair(
        "lane_dot",
        lanes.lane_dot,
        naive.lane_dot,
        _arrays().map(lambda v: (v, v[::-1].copy(), len(v) // 2)),
        ("lanes.lane_dot",),
        atol=1e-10,  # rounding of sums of products up to 1e4
    ),
    Pair(
        "multinomial_rows",
        _filled(sampling.multinomial_rows),
        naive.multinomial_rows,
        _flat(st.tuples(_stream, st.integers(1, 50) | st.sampled_from([2**20, 2**20 + 1, 2**31]), _shape)),
        ("sampling.multinomial_rows",),
        **EXACT,
    ),
    Pair(
        "subset_rows",
        _filled(sampling.subset_rows),
        naive.subset_rows,
        _subset_case(),
        ("sampling.subset_rows",),
        **EXACT,
    ),
    Pair(
        "block_rows", _filled(sampling.block_rows), naive.block_rows, _block_case(), ("sampling.block_rows",), **EXACT
    ),
    Pair(
        "stationary_rows",
        _filled(sampling.stationary_rows),
        naive.stationary_rows,
        _flat(st.tuples(_stream, st.integers(1, 30), st.sampled_from([1.0, 2.0, 4.0, 16.0]), _shape)),
        ("sampling.stationary_rows",),
        **EXACT,
    ),
    Pair(
        "strata_rows",
        _filled(sampling.strata_rows),
        naive.strata_rows,
        _strata_case(),
        ("sampling.strata_rows",),
        **EXACT,
    ),
    Pair(
        "bayesian_weights",
        _filled(sampling.bayesian_weights, np.float64),
        naive.bayesian_weights,
        _flat(st.tuples(_stream, _shape)),
        ("sampling.bayesian_weights",),
    ),
    Pair(
        "poisson_weights",
        _filled(sampling.poisson_weights, np.float64),
        naive.poisson_weights,
        _flat(st.tuples(_stream, _shape)),
        ("sampling.poisson_weights",),
    ),
    Pair(
        "normal_rows",
        _filled(variates.normal_rows, np.float64),
        naive.normal_rows,
        _flat(st.tuples(_stream, _shape)),
        ("variates.normal_rows",),
    ),
    Pair(
        "normal_row",
        _normals_of_key,
        naive.normal_row,
        st.tuples(_key, st.integers(0, 9), st.integers(0, 40) | st.sampled_from([1024, 1025])),
        ("variates.normal_row",),
    ),
    Pair(
        "poisson_inverse",
        variates.poisson_inverse,
        naive.poisson_inverse,
        st.tuples(st.floats(1e-9, 1 - 1e-9), st.sampled_from([0.0, 0.5, 1.0, 20.0, 500.0])),
        ("variates.poisson_inverse",),
    ),
    Pair(
        "law_row",
        _law_row,
        naive.law_row,
        st.tuples(_law, _key, st.integers(0, 9), st.integers(1, 20)).map(lambda t: (*t[0], *t[1:])),
        ("variates.law_row",),
        rtol=1e-9,  # Student's u^(-2/ν) - 1 cancels near u = 1
        atol=1e-9,
    ),
    Pair(
        "simulated_samples",
        _simulated,
        naive.simulated_samples,
        st.tuples(_law, _stream, _shape).map(lambda t: (*t[0], *t[1], t[2])),
        ("variates.simulated_samples",),
        rtol=1e-9,
        atol=1e-9,
    ),
    Pair(
        "population_rows",
        _filled(variates.population_rows),
        naive.population_rows,
        st.tuples(st.integers(1, 10**6), _stream, _shape).map(lambda t: (t[0], *t[1], t[2])),
        ("variates.population_rows",),
        **EXACT,
    ),
    Pair(
        "column_power_sums",
        _column_sums,
        naive.column_power_sums,
        st.tuples(
            hnp.arrays(np.float64, (4, 3), elements=_values),
            hnp.arrays(np.float64, 3, elements=_values),
            st.integers(1, 4),
        ),
        ("variates.column_power_sums",),
        atol=1e-5,  # rounding of sums of fourth powers up to 6e9
    ),
    Pair("draw_counts", _counts, naive.draw_counts, _counts_case(), ("counts.draw_counts",), **EXACT),
    Pair(
        "resampled_sums",
        _sums,
        _naive_sums,
        st.tuples(
            _arrays(1, 80), st.integers(1, 90), st.integers(0, 2), _stream, st.integers(1, 3), st.integers(1, 4)
        ).map(lambda t: (*t[:3], *t[3], t[4:])),
        ("bootstrap.resampled_sums",),
        atol=1e-5,  # rounding of sums of fourth powers up to 6e9
    ),
    Pair(
        "resampled_sorted_statistic",
        _resampled_sorted,
        naive.resampled_sorted_statistic,
        st.tuples(
            st.sampled_from(SORTED),
            _arrays(1, 80, _positive),
            st.integers(1, 30),
            st.sampled_from(_LAWS_OF_COUNTS),
            _stream,
            st.integers(1, 3),
        ).map(lambda t: (*t[:3], *t[3], *t[4], t[5])),
        ("bootstrap.resampled_sorted_statistic",),
        rtol=1e-11,  # the naive Gini coefficient sums n² differences
        atol=1e-11,
    ),
    Pair(
        "sorted_statistic",
        _sorted_by_code,
        naive.sorted_statistic,
        _weighted_case(),
        ("weighted.sorted_statistic",),
        rtol=1e-11,
        atol=1e-11,
    ),
    Pair(
        "weighted_sorted_statistics",
        _sorted_by_row,
        lambda *case: np.repeat(naive.sorted_statistic(*case), 2),
        _weighted_case(),
        ("weighted.weighted_sorted_statistics",),
        rtol=1e-11,
        atol=1e-11,
    ),
    Pair(
        "weighted_power_sums",
        _weighted_sums,
        naive.weighted_power_sums,
        _weights_case(),
        ("weighted.weighted_power_sums",),
        atol=1e-5,  # rounding of sums of fourth powers up to 1e10
    ),
    Pair(
        "weighted_pair_sums",
        _weighted_pairs,
        naive.weighted_pair_sums,
        _weights_case().map(lambda case: (case[0], case[0][::-1].copy(), case[1])),
        ("weighted.weighted_pair_sums",),
        atol=1e-9,
    ),
    Pair(
        "resampled_order_statistics",
        _order_positions,
        _naive_positions,
        _ranks_case(),
        ("orderstats.resampled_order_statistics",),
        atol=1,  # a rounding of U may fall over the border between two of the 1e5 positions
    ),
    Pair(
        "resampled_neighbours",
        _neighbours,
        naive.neighbour_rows,
        _neighbours_case(),
        ("orderstats.resampled_neighbours",),
        **EXACT,
    ),
    Pair(
        "centred_power_sums",
        _centred_sums,
        _naive_centred,
        st.tuples(_arrays(), st.integers(1, 7)),
        ("moments.centred_power_sums",),
        atol=1e-2,  # eighth powers reach 1e16
    ),
    Pair(
        "centre_row",
        _centre,
        lambda x: [naive.centred_power_sums(x, 1)[1], *(x - np.mean(x))],
        st.tuples(_arrays()),
        ("moments.centre_row",),
        atol=1e-12,
    ),
    Pair(
        "resampled_callback",
        _resampled_spread,
        lambda *case: naive.resampled_callback(_plain_spread, *case),
        st.tuples(_resample, st.integers(1, 3)).map(lambda t: (*t[0], t[1])),
        ("callbacks.resampled_callback",),
        **EXACT,
    ),
    Pair(
        "callback_on_rows",
        _callback_rows,
        lambda x, seed: naive.resampled_callback(_plain_spread, x, len(x), seed, 1, 0, 3),
        st.tuples(_arrays(), st.integers(0, 99)),
        ("callbacks.callback_on_rows",),
        **EXACT,
    ),
    Pair(
        "left_out_callback",
        _left_out,
        lambda x, places: naive.left_out_callback(_plain_spread, x, places),
        _left_out_case(),
        ("callbacks.left_out_callback",),
        **EXACT,
    ),
]
