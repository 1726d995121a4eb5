"""What goes in and comes out: layouts, dtypes, axes, special values, complaints."""

import numpy as np
import pytest

import kexuestat.smooth as ks
from kexuestat.exceptions import InvalidInputError

ALONG = [
    (ks.logsumexp, {}),
    (ks.smooth_max, {}),
    (ks.smooth_min, {}),
    (ks.softmax, {}),
    (ks.log_softmax, {}),
    (ks.sparsemax, {}),
    (ks.entmax, {}),
    (ks.perturb_max, {}),
    (ks.soft_argmax, {}),
    (lambda x, axis: ks.soft_topk(x, 1, axis=axis), {}),
    (ks.soft_rank, {}),
    (ks.soft_sort, {}),
    (lambda x, axis: ks.soft_quantile(x, 0.4, axis=axis), {}),
    (lambda x, axis: ks.moreau_envelope(x, "max", axis=axis), {}),
    (lambda x, axis: ks.zlpr_loss(x, np.ones(np.shape(x)) / 4, axis=axis), {}),
]
ENTRIES = [
    ks.smooth_relu,
    ks.smooth_step,
    ks.smooth_clip,
    ks.smooth_abs,
    ks.gelu,
    ks.smooth_floor,
    ks.huber,
    ks.logcosh,
    lambda x: ks.prox(x, "abs"),
]


@pytest.mark.parametrize("f", [f for f, _ in ALONG])
@pytest.mark.parametrize("axis", [0, 1, 2, -1, (0, 2), (0, 1), (1, 2)])
def test_axes_equal_moving_them_to_the_end(f, axis, rng):
    x = rng.normal(size=(3, 4, 2))
    axes = axis if isinstance(axis, tuple) else (axis,)
    moved = np.moveaxis(x, axes, range(-len(axes), 0))
    flat = np.ascontiguousarray(moved).reshape(*moved.shape[: 3 - len(axes)], -1)
    wanted, found = f(flat, axis=-1), f(x, axis=axis)
    if found.shape == x.shape:
        found = np.moveaxis(found, axes, range(-len(axes), 0)).reshape(flat.shape)
    np.testing.assert_allclose(found, wanted, rtol=1e-13)


@pytest.mark.parametrize("f", [*ENTRIES, *(lambda x, f=f: f(x, axis=-1) for f, _ in ALONG)])
def test_layouts_and_dtypes(f, rng):
    x = rng.integers(-3, 4, size=(4, 6)).astype(float)
    wanted = f(x)
    frozen = x.copy()
    frozen.setflags(write=False)
    wide = np.zeros((4, 12))
    wide[:, ::2] = x
    for other in (frozen, np.asfortranarray(x), wide[:, ::2], x[::-1][::-1], x.tolist(), x.astype(np.int32)):
        np.testing.assert_allclose(f(other), wanted, rtol=1e-14)
    np.testing.assert_array_equal(frozen, x)
    narrow = f(x.astype(np.float32))
    assert narrow.dtype == np.float32
    np.testing.assert_array_equal(narrow, np.asarray(wanted).astype(np.float32))
    with pytest.raises(TypeError, match="real numbers"):
        f(x + 1j)
    with pytest.raises(TypeError, match="real numbers"):
        f(np.array([["a"]], dtype=object))


@pytest.mark.parametrize("f", ENTRIES)
def test_scalars_give_python_floats(f):
    assert type(f(1)) is float
    assert type(f(np.float64(1.5))) is float
    assert f(np.zeros((0, 3))).shape == (0, 3)


def test_broadcast_views_are_accepted():
    x = np.broadcast_to(np.array([1.0, 2.0, 3.0]), (4, 3))
    assert ks.softmax(x, axis=1).shape == (4, 3)
    assert ks.smooth_relu(x).shape == (4, 3)


class Foreign:
    """An array of the array-API standard with a dtype of its own, which numpy reads through DLPack only."""

    dtype = "float32 of another library"

    def __init__(self, values):
        self.values = values
        self.shape, self.ndim = values.shape, values.ndim

    def __array_namespace__(self):
        return None

    def __dlpack__(self, **options):
        return self.values.__dlpack__(**options)

    def __dlpack_device__(self):
        return self.values.__dlpack_device__()


@pytest.mark.parametrize("f", [*ENTRIES, *(lambda x, f=f: f(x, axis=-1) for f, _ in ALONG if f is not ALONG[-1][0])])
def test_foreign_arrays_come_through_dlpack_and_keep_float32(f, rng):
    x = rng.normal(size=(3, 4)).astype(np.float32)
    found = f(Foreign(x))
    assert type(found) is np.ndarray
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, f(x))


def test_parameters_broadcast(rng):
    x = rng.normal(size=(3, 4))
    tau = np.array([[0.5], [1.0], [2.0]])
    for i in range(3):
        np.testing.assert_allclose(ks.softmax(x, axis=1, temperature=tau)[i], ks.softmax(x[i], temperature=tau[i, 0]))
        np.testing.assert_allclose(
            ks.smooth_max(x, temperature=tau, method="boltzmann")[i],
            ks.smooth_max(x[i], temperature=tau[i, 0], method="boltzmann"),
        )
    widths = np.array([0.5, 1.0, 2.0, 0.0])
    for j in range(4):
        np.testing.assert_allclose(ks.smooth_relu(x, width=widths)[:, j], ks.smooth_relu(x[:, j], width=widths[j]))
    assert ks.logsumexp(x, axis=1, keepdims=True).shape == (3, 1)
    assert ks.logsumexp(x, keepdims=True).shape == (1, 1)


def test_out_is_written_and_returned(rng):
    x = rng.normal(size=(3, 4))
    out = np.empty((3, 4))
    assert ks.softmax(x, axis=1, out=out) is out
    np.testing.assert_array_equal(out, ks.softmax(x, axis=1))
    assert ks.softmax(out, axis=1, out=out) is out  # in place
    np.testing.assert_array_equal(out, ks.softmax(ks.softmax(x, axis=1), axis=1))
    with pytest.raises(InvalidInputError, match="out must be a writable float array of shape"):
        ks.smooth_relu(x, out=np.empty(3))


def test_special_values_of_logsumexp():
    inf, nan = np.inf, np.nan
    assert ks.logsumexp([inf, 1.0]) == inf
    assert ks.logsumexp([-inf, -inf]) == -inf
    assert ks.logsumexp([]) == -inf
    assert np.isnan(ks.logsumexp([inf, nan]))
    assert np.isnan(ks.logsumexp(np.array([1.0, -nan])))
    np.testing.assert_array_equal(ks.logsumexp([[1.0, nan], [2.0, -inf]], axis=1), [nan, 2.0])
    assert ks.logsumexp([1e308, -1e308]) == 1e308
    assert ks.logsumexp([0.0, -740.0]) == pytest.approx(np.exp(-740.0), rel=1e-1)
    assert ks.logsumexp([0.0, -740.0]) > 0
    assert ks.logsumexp([inf, 1.0], b=[0.0, 1.0]) == 1.0
    assert np.isnan(ks.logsumexp([1.0, 1.0], b=[1.0, -3.0]))
    assert ks.signed_logsumexp([1.0, 1.0], b=[1.0, -1.0]) == (-inf, 0.0)
    assert ks.signed_logsumexp([1.0], b=[-1.0]) == (1.0, -1.0)


def test_special_values_of_softmax_and_kin():
    inf, nan = np.inf, np.nan
    for f in (ks.softmax, ks.sparsemax, ks.entmax, ks.taylor_softmax, ks.perturb_max):
        np.testing.assert_array_equal(f(np.array([inf, 0.0])), [1.0, 0.0])
        np.testing.assert_array_equal(f(np.array([inf, 0.0, inf])), [0.5, 0.0, 0.5])
        np.testing.assert_array_equal(f(np.array([-inf, -inf])), [0.5, 0.5])
        np.testing.assert_array_equal(
            np.isnan(f(np.array([[nan, 1.0], [0.0, 1.0]]), axis=1)), [[True] * 2, [False] * 2]
        )
    assert ks.softmax(np.zeros(0)).shape == (0,)
    assert ks.softmax(np.zeros((2, 0)), axis=1).shape == (2, 0)
    assert ks.softmax([0.0, -745.0])[1] > 0


def test_special_values_of_ramps_and_steps():
    x = np.array([-np.inf, np.inf, np.nan])
    for kernel in ("logistic", "gaussian", "laplace", "uniform", "triangular", "epanechnikov", "squareplus"):
        np.testing.assert_array_equal(ks.smooth_relu(x, kernel=kernel), [0.0, np.inf, np.nan])
        np.testing.assert_array_equal(ks.smooth_step(x, kernel=kernel), [0.0, 1.0, np.nan])
        np.testing.assert_array_equal(ks.smooth_sign(x, kernel=kernel), [-1.0, 1.0, np.nan])
        np.testing.assert_array_equal(ks.Mollifier(kernel).density(x), [0.0, 0.0, np.nan])
        np.testing.assert_array_equal(ks.gated_relu(x, kernel=kernel), [0.0, np.inf, np.nan])
        np.testing.assert_array_equal(ks.smooth_abs(x, method=kernel), [np.inf, np.inf, np.nan])
    np.testing.assert_array_equal(ks.smooth_clip(x), [-1.0, 1.0, np.nan])
    np.testing.assert_array_equal(ks.logcosh(x), [np.inf, np.inf, np.nan])
    np.testing.assert_array_equal(ks.huber(x), [np.inf, np.inf, np.nan])
    assert ks.smooth_floor(np.inf) == np.inf


COMPLAINTS = [
    (lambda: ks.softmax([1.0], temperature=-1.0), r"temperature must be non-negative .* got -1.0"),
    (lambda: ks.softmax([1.0], temperature=np.nan), r"temperature must be non-negative .* got nan"),
    (lambda: ks.smooth_relu([1.0], width=[-0.5]), r"got width\[0\] = -0.5"),
    (lambda: ks.smooth_relu(1.0, kernel="cauchy"), "its step, diverges; choose another kernel"),
    (lambda: ks.Mollifier("gauss"), "Did you mean 'gaussian'"),
    (lambda: ks.Mollifier("cauchy").ramp(0.0), "diverges"),
    (lambda: ks.smooth_max([]), "x must have at least one entry along axis"),
    (lambda: ks.smooth_max([-1.0], method="pnorm"), "x must be non-negative for pnorm"),
    (lambda: ks.smooth_max([1.0], method="ls"), "method must be one of 'lse'"),
    (lambda: ks.soft_topk([1.0, 2.0], 3), "k must be at most 2, got 3"),
    (lambda: ks.soft_topk([1.0, 2.0], 1, method="subsets"), "Did you mean 'subset'"),
    (lambda: ks.sparse_softmax([1.0, 2.0], 0), "k must be at least 1"),
    (lambda: ks.entmax([1.0], alpha=0.5), r"alpha must be in \[1, inf\]"),
    (lambda: ks.taylor_softmax([1.0], order=3), "order must be even"),
    (lambda: ks.zlpr_loss([1.0], [1.5]), r"targets must lie in \[0, 1\], got targets\[0, 0\] = 1.5"),
    (lambda: ks.zlpr_loss([1.0, 2.0], [1]), "targets must have the shape of scores"),
    (lambda: ks.circle_loss([1.0], [0.5]), "targets must be 0 or 1"),
    (lambda: ks.fenchel_young_loss([1.0, 2.0], [-0.5, 1.5]), "target must be non-negative"),
    (lambda: ks.fenchel_young_loss([1.0, 2.0], [0.0, 0.0]), "target must sum to 1"),
    (lambda: ks.fenchel_young_loss([1.0, 2.0], 2), "target must name classes 0 … 1, got 2"),
    (lambda: ks.entropy_normalize([0.0, 0.0], 0.1), "have a positive sum"),
    (lambda: ks.entropy_normalize([0.5, 0.5], 0.1), r"target_entropy must lie in \[0.693147, 0.693147\]"),
    (lambda: ks.soft_rank([np.inf, 1.0]), "x must be finite to be ranked"),
    (lambda: ks.soft_rank([1.0], epsilon="smallest"), "epsilon must be one of 'auto'"),
    (lambda: ks.smooth_clip(1.0, lo=2.0, hi=1.0), "lo must not exceed hi"),
    (lambda: ks.smooth_floor(1.0, kernel="squareplus"), "kernel must be one of 'logistic'"),
    (lambda: ks.PiecewiseLinear(0, 0, [1.0], [1.0, 2.0]), "must have equal lengths, got 1, 2"),
    (lambda: ks.gumbel_max([-np.inf, -np.inf]), "at least 1 entries above -inf"),
    (lambda: ks.sup_error("relu"), "kernel is needed for 'relu'"),
    (lambda: ks.sup_error("lse"), "n, the number of entries, is needed"),
    (lambda: ks.softmax([1.0], axis=1), "axis must lie in -1 … 0"),
    (lambda: ks.softmax([[1.0]], axis=(0, 0)), "must not name a dimension twice"),
    (lambda: ks.softmax([1.0, 2.0], temperature=[1.0, 2.0]), "one value per slice"),
    (lambda: ks.softmax_vjp([1.0, 2.0], [1.0]), "cotangent must have the shape of the result"),
    (lambda: ks.soft_f1([1.2], [1.0]), r"p must lie in \[0, 1\], got p\[0\] = 1.2"),
    (lambda: ks.prox(1.0, "l1"), "name must be one of 'abs'"),
]


@pytest.mark.parametrize(("call", "sentence"), COMPLAINTS)
def test_complaint(call, sentence):
    with pytest.raises(InvalidInputError, match=sentence):
        call()


def test_piecewise_linear_is_sorted_merged_and_evaluated():
    f = ks.PiecewiseLinear(1.0, 2.0, [3.0, -1.0, 3.0], [1.0, -2.0, 0.5], jumps=[0.0, 4.0, 0.0])
    np.testing.assert_array_equal(f.breakpoints, [-1.0, 3.0])
    np.testing.assert_array_equal(f.slope_changes, [-2.0, 1.5])
    np.testing.assert_allclose(f([-2.0, -1.0, 0.0, 4.0]), [0.0, 3.0, 4.0, 1.5])
    assert ks.PiecewiseLinear(0, 0, [0.0], [0.0], jumps=[1.0]).smooth(0.0, kernel="cauchy") == 0.5
    assert "PiecewiseLinear(1.0, 2.0" in repr(f)


def test_mollifiers_are_frozen_and_hashable():
    assert {ks.Mollifier("gaussian", 1.0), ks.Mollifier()} == {ks.Mollifier()}
    with pytest.raises(AttributeError):
        ks.Mollifier().width = 2.0


@pytest.mark.slow
def test_results_do_not_depend_on_the_number_of_threads(rng):
    import numba

    x = rng.normal(size=(400, 500))
    flat = rng.normal(size=300_000)
    calls = [
        lambda: ks.logsumexp(x, axis=1),
        lambda: ks.logsumexp(flat),
        lambda: ks.softmax(x, axis=1),
        lambda: ks.soft_rank(x),
        lambda: ks.zlpr_loss(x, np.abs(np.sin(x))),
    ]
    many = [f() for f in calls]
    threads = numba.get_num_threads()
    numba.set_num_threads(1)
    try:
        for f, wanted in zip(calls, many):
            np.testing.assert_array_equal(f(), wanted)
    finally:
        numba.set_num_threads(threads)
