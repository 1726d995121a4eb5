"""Kernels, estimators and races of the smooth part."""

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from kexuestat._kernels import extrema, log_columns, log_sum, log_total, mollify, softmax
from kexuestat.smooth import SmoothTransformer
from tests.contract import EstimatorCase, Pair
from tests.naive import smooth as naive

KERNELS = ("logistic", "gaussian", "laplace", "uniform", "triangular", "epanechnikov", "squareplus", "cauchy")
QUANTITIES = ("ramp", "step", "density", "slope", "sign", "sign_slope", "abs", "gate", "gate_slope")
SLOPES = {"ramp": "step", "step": "density", "sign": "sign_slope", "abs": "sign", "gate": "gate_slope"}

_tame = st.floats(-40, 40) | st.integers(-3, 3).map(float)
_wild = _tame | st.sampled_from([np.inf, -np.inf, np.nan, 0.0, 1e308, -1e308, 5e-324, -0.6931471805599453])
_tau = st.sampled_from([1.0, 1.0, 0.1, 3.0, 1e-3, 100.0])
_few_rows, _few_columns = st.integers(1, 4), st.integers(1, 20)
_any_tau = _tau | st.sampled_from([0.0, np.inf, 1e-300])


def _matrix(elements, rows=_few_rows, columns=_few_columns):
    return st.tuples(rows, columns).flatmap(lambda shape: hnp.arrays(np.float64, shape, elements=elements))


def _with_tau(matrices, tau):
    """A matrix and one temperature, or one per row."""
    return matrices.flatmap(
        lambda x: st.tuples(
            st.just(x), st.lists(tau, min_size=1, max_size=1) | st.lists(tau, min_size=len(x), max_size=len(x))
        ).map(lambda pair: (pair[0], np.array(pair[1])))
    )


def _rows_out(kernel):
    def run(x, tau):
        out = np.empty(len(x))
        kernel(x, tau, out)
        return out

    return run


def _matrix_out(kernel):
    def run(x, tau):
        out = np.empty(x.shape)
        kernel(x, tau, out)
        return out

    return run


def _lanes(x, tau):
    out = np.empty((x.shape[0], x.shape[2]))
    log_columns.log_sum_lanes(x, tau, out)
    return out


def _both(x, tau):
    value, grad = np.empty(len(x)), np.empty(x.shape)
    softmax.log_sum_and_softmax_rows(x, tau, value, grad)
    return np.column_stack([value, grad])


def _softmax_row(x, tau):
    out = np.empty(len(x))
    softmax.softmax_row(x, tau, out)
    return out


def _boltzmann(x, tau):
    value, grad = np.empty(len(x)), np.empty(x.shape)
    extrema.boltzmann_rows(x, naive.softmax_rows(x, tau), tau, value, grad)
    return np.column_stack([value, grad])


def _pnorm(x, tau):
    value, grad = np.empty(len(x)), np.empty(x.shape)
    extrema.pnorm_rows(x, tau, value, grad)
    return np.column_stack([value, grad])


def _signed(x, b, tau):
    value, sign, grad = np.empty(len(x)), np.empty(len(x)), np.empty(x.shape)
    extrema.signed_log_sum_rows(x, b, tau, value, sign, grad)
    return np.column_stack([value, sign])


def _mollified(x, width, kernel, quantity):
    out = np.empty(len(x))
    mollify.mollified_values(x, width, KERNELS.index(kernel), QUANTITIES.index(quantity), out)
    return out


def _mollified_pairs(x, width, kernel, quantity):
    out, grad = np.empty(len(x)), np.empty(len(x))
    codes = QUANTITIES.index(quantity), QUANTITIES.index(SLOPES[quantity])
    mollify.mollified_pairs(x, width, KERNELS.index(kernel), *codes, out, grad)
    return np.vstack([out, grad])


def _naive_pairs(x, width, kernel, quantity):
    pair = (naive.mollified(x, width, kernel, q) for q in (quantity, SLOPES[quantity]))
    return np.vstack(list(pair))


def _piecewise(x, width, kernel, line, pieces):
    code = KERNELS.index(kernel)
    table = np.array(sorted(pieces), dtype=np.float64).reshape(-1, 3).T.copy()
    slopes = np.concatenate([[line[0]], line[0] + np.cumsum(table[1])])
    intercepts = np.concatenate([[line[1]], line[1] + np.cumsum(table[2] - table[1] * table[0])])
    value, slope = np.empty(len(x)), np.empty(len(x))
    mollify.piecewise_values(x, width, code, table, slopes, intercepts, value)
    mollify.piecewise_slopes(x, width, code, table, slopes, slope)
    return np.column_stack([value, slope])


_away_from_0 = st.floats(-40, 40).map(lambda v: v if abs(v) > 1e-30 else 0.0)  # where 60 digits of the twin suffice
_points = hnp.arrays(np.float64, st.integers(0, 6), elements=_away_from_0 | st.sampled_from([0.5, -1.0, 1e-9]))
_widths = st.sampled_from([1.0, 0.1, 2.5]).map(lambda w: np.array([w]))
_ramps = st.sampled_from(KERNELS[:-1])
_pieces = st.lists(
    st.tuples(st.integers(-2, 2), st.integers(-2, 2), st.integers(-1, 1)), max_size=3, unique_by=lambda p: p[0]
)

PAIRS = [
    Pair(
        "log_sum_rows",
        _rows_out(log_total.log_sum_rows),
        naive.log_sum_rows,
        _with_tau(_matrix(_wild, st.sampled_from([1, 3])), _any_tau),
        ("log_total.log_sum_rows",),
        rtol=1e-15,
        atol=5e-15,
    ),
    Pair(
        "log_sum_rows_parallel",
        _rows_out(log_total.log_sum_rows_parallel),
        naive.log_sum_rows,
        _with_tau(_matrix(_wild, st.sampled_from([1, 18]), st.integers(1, 5)), _any_tau),
        ("log_total.log_sum_rows_parallel",),
        rtol=1e-15,
        atol=5e-15,
    ),
    Pair(
        "log_sum_row",
        lambda x, tau: log_sum.log_sum_row(x[0], tau[0]),
        lambda x, tau: naive.log_sum_rows(x[:1], tau)[0],
        _with_tau(_matrix(_wild), _any_tau),
        ("log_sum.log_sum_row",),
        rtol=1e-15,
        atol=5e-15,
    ),
    Pair(
        "log_sum_blocks",
        lambda x, tau: log_total.log_sum_blocks(np.resize(x, 1100), tau),
        lambda x, tau: naive.log_sum_rows(np.resize(x, (1, 1100)), [tau])[0],
        st.tuples(hnp.arrays(np.float64, st.integers(1, 50), elements=_wild), _tau),
        ("log_total.log_sum_blocks",),
        rtol=2e-15,
        atol=5e-15,
    ),
    Pair(
        "log_sum_lanes",
        _lanes,
        naive.log_sum_lanes,
        st.tuples(
            st.tuples(st.integers(1, 2), st.sampled_from([1, 4, 70]), st.integers(2, 5)).flatmap(
                lambda shape: hnp.arrays(np.float64, shape, elements=_wild)
            ),
            _any_tau.map(lambda tau: np.array([tau])),
        ),
        ("log_columns.log_sum_lanes",),
        rtol=1e-15,
        atol=5e-15,
    ),
    Pair(
        "softmax_rows",
        _matrix_out(softmax.softmax_rows),
        naive.softmax_rows,
        _with_tau(_matrix(_wild), _any_tau),
        ("softmax.softmax_rows",),
        rtol=1e-15,
        atol=0,
    ),
    Pair(
        "softmax_rows_parallel",
        _matrix_out(softmax.softmax_rows_parallel),
        naive.softmax_rows,
        _with_tau(_matrix(_wild, st.sampled_from([1, 18])), _any_tau),
        ("softmax.softmax_rows_parallel",),
        rtol=1e-15,
        atol=0,
    ),
    Pair(
        "softmax_row",
        lambda x, tau: _softmax_row(x[0], tau[0]),
        lambda x, tau: naive.softmax_rows(x[:1], tau)[0],
        _with_tau(_matrix(_wild), _any_tau),
        ("softmax.softmax_row",),
        rtol=1e-15,
        atol=0,
    ),
    Pair(
        "log_sum_and_softmax_rows",
        _both,
        lambda x, tau: np.column_stack([naive.log_sum_rows(x, tau), naive.softmax_rows(x, tau)]),
        _with_tau(_matrix(_wild), _any_tau),
        ("softmax.log_sum_and_softmax_rows",),
        rtol=1e-15,
        atol=5e-15,
    ),
    Pair(
        "log_softmax_rows",
        _matrix_out(softmax.log_softmax_rows),
        naive.log_softmax_rows,
        _with_tau(_matrix(_wild), _any_tau),
        ("softmax.log_softmax_rows",),
        rtol=1e-15,
        atol=0,
    ),
    Pair(
        "mellowmax_rows",
        _rows_out(extrema.mellowmax_rows),
        naive.mellowmax_rows,
        _with_tau(_matrix(_tame), _any_tau),
        ("extrema.mellowmax_rows",),
        rtol=1e-14,
        atol=1e-14,
    ),
    Pair(
        "boltzmann_rows",
        _boltzmann,
        naive.boltzmann_rows,
        _with_tau(_matrix(_tame), _tau),
        ("extrema.boltzmann_rows",),
        rtol=1e-13,
        atol=1e-13,
    ),
    Pair(
        "pnorm_rows",
        _pnorm,
        naive.pnorm_rows,
        _with_tau(_matrix(st.floats(0.01, 100)), st.sampled_from([1.0, 0.5, 0.1])),
        ("extrema.pnorm_rows",),
        rtol=1e-13,
    ),
    Pair(
        "signed_log_sum_rows",
        _signed,
        naive.signed_log_sum_rows,
        _with_tau(_matrix(_tame), _tau).map(lambda pair: (pair[0], np.sin(9 * pair[0]).round(1), pair[1])),
        ("extrema.signed_log_sum_rows",),
        rtol=1e-9,  # a sum that cancels keeps the rounding of its terms, relative to what is left
        atol=1e-9,
    ),
    Pair(
        "mollified_values",
        _mollified,
        naive.mollified,
        st.tuples(_points, _widths, _ramps, st.sampled_from(["ramp", "step", "density", "sign", "abs", "gate"])),
        ("mollify.mollified_values",),
        rtol=2e-15,
        atol=1e-300,  # below it numbers have fewer digits
    ),
    Pair(
        "mollified_pairs",
        _mollified_pairs,
        _naive_pairs,
        st.tuples(_points, _widths, _ramps, st.sampled_from(list(SLOPES))),
        ("mollify.mollified_pairs",),
        rtol=2e-15,
        atol=1e-16,  # the slope of the gate changes sign
    ),
    Pair(
        "piecewise",
        _piecewise,
        naive.piecewise,
        st.tuples(_points, _widths, _ramps, st.tuples(st.integers(-2, 2), st.integers(-2, 2)), _pieces),
        ("mollify.piecewise_values", "mollify.piecewise_slopes"),
        rtol=1e-13,
        atol=1e-14,
    ),
]

ESTIMATORS = [
    EstimatorCase(
        make=SmoothTransformer,
        kind="features",
        data=lambda: np.random.default_rng(3).normal(size=(20, 3)),
        same=("width_", "n_features_in_"),
    ),
]
