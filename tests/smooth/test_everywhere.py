"""One rule for every public function: layouts, dtypes, out=, axes, scalars, empty slices, nan and inf.

The functions are found in ``__all__``; ``EXTRA`` names what a function needs beside its array, so that a new function
without an entry either works or fails here.
"""

import inspect

import numpy as np
import pytest

import kexuestat.smooth as ks
from kexuestat.exceptions import InvalidInputError

SHAPE = (3, 4, 2)
NORMAL = np.random.default_rng(4).normal(size=SHAPE).round(3)
SHARES = np.random.default_rng(5).uniform(0.05, 0.95, size=SHAPE).round(3)
HARD = (SHARES > 0.6).astype(float)
NOT_OF_ARRAYS = {"sup_error", "width_for_error", "value_and_grad", "mollified_function", "mollified_function_grad"}
SAMPLERS = {"gumbel_max", "gumbel_topk", "gumbel_softmax", "gumbel_softmax_vjp", "sample_subset"}
OF_SHARES = ("entropy_", "soft_accuracy", "soft_confusion", "soft_precision", "soft_recall", "soft_f1")
EXTRA = {
    "sparse_softmax": {"k": 1},
    "soft_topk": {"k": 1},
    "log_subset_sum": {"k": 1},
    "topk_threshold": {"k": 1},
    "soft_quantile": {"q": 0.4},
    "entropy_exponent": {"target_entropy": 0.6},
    "entropy_normalize": {"target_entropy": 0.6},
    "signed_logsumexp": {"b": np.array([1.0, -0.5])},
    "zlpr_loss": {"targets": SHARES},
    "subset_softmax_loss": {"targets": HARD},
    "circle_loss": {"targets": HARD},
}
FULL_ARRAYS = ("targets", "target", "t", "y", "cotangent")  # arguments in the shape of the data


def _base(name):
    return name.removesuffix("_grad").removesuffix("_vjp")


def _variants(name):
    """Options of the calls under test: every kind of Moreau envelope, one call of the others."""
    if _base(name) in ("prox", "moreau_envelope"):
        kinds = ("abs", "relu", "hinge", "neg_log", "box", "l2_norm", "max", "simplex")
        return [{"name": kind, "mu": 0.7} for kind in kinds]
    return [EXTRA.get(_base(name), {})]


FUNCTIONS = [n for n in ks.__all__ if inspect.isfunction(getattr(ks, n)) and n not in NOT_OF_ARRAYS]
CASES = [(n, options) for n in FUNCTIONS if n not in SAMPLERS for options in _variants(n)]
ALONG = [case for case in CASES if "axis" in inspect.signature(getattr(ks, case[0])).parameters]
ENTRIES = [
    case
    for case in CASES
    if case not in ALONG or case[1].get("name") in ("abs", "relu", "hinge", "neg_log", "box")
    if not _base(case[0]).startswith(OF_SHARES)
]
WHOLE = ("soft_confusion", "soft_precision", "soft_recall", "soft_f1", "soft_accuracy")  # one number for the array


def _label(case):
    return f"{case[0]}-{case[1]['name']}" if "name" in case[1] else case[0]


def _data(name):
    return SHARES if _base(name).startswith(OF_SHARES) else NORMAL


def _needed(name, options, like=None):
    """Return options with the arrays the function needs, in the shape of the data or cut from it."""
    given = dict(options)
    needs = inspect.signature(getattr(ks, name)).parameters
    stand_in = {"cotangent": np.cos(1 + NORMAL), "y": NORMAL[::-1] / 2, "t": HARD, "target": SHARES}
    stand_in["target"] = SHARES / SHARES.sum(axis=-1, keepdims=True)
    for key, value in stand_in.items():
        if key in needs:
            given[key] = value
    if "reduction" in needs or _base(name).endswith("logsumexp") or ("softmax" in name and "axis" in needs):
        given.setdefault("axis", -1)
    return given if like is None else {k: like(v) if k in FULL_ARRAYS else v for k, v in given.items()}


def _parts(result):
    return result if isinstance(result, tuple) else (result,)


def _same(found, wanted, **tolerance):
    for one, other in zip(_parts(found), _parts(wanted), strict=True):
        assert np.shape(one) == np.shape(other)
        np.testing.assert_allclose(one, other, **({"rtol": 1e-13, "atol": 1e-15} | tolerance))


@pytest.mark.parametrize("case", CASES, ids=_label)
def test_any_layout_gives_the_same(case):
    name, _ = case
    f, x, given = getattr(ks, name), _data(name), _needed(*case)
    wanted = f(x, **given)
    frozen, wide = x.copy(), np.zeros((3, 8, 2))
    frozen.setflags(write=False)
    wide[:, ::2] = x
    for other in (frozen, np.asfortranarray(x), wide[:, ::2], x[::-1].copy()[::-1], x.tolist()):
        _same(f(other, **given), wanted)
    turned = {k: np.asfortranarray(v) if k in FULL_ARRAYS else v for k, v in given.items()}
    _same(f(x, **turned), wanted)
    np.testing.assert_array_equal(frozen, x)
    stretched = np.broadcast_to(x[:1], SHAPE)
    _same(f(stretched, **given), f(stretched.copy(), **given))


@pytest.mark.parametrize("case", CASES, ids=_label)
def test_float32_is_computed_in_float64_and_kept(case):
    name, _ = case
    f, given = getattr(ks, name), _needed(*case)
    narrow = _data(name).astype(np.float32)
    like_x = {k: v.astype(np.float32).astype(float) if k in ("y", "t", "b") else v for k, v in given.items()}
    wanted = f(narrow.astype(float), **like_x)
    found = f(narrow, **{k: v.astype(np.float32) if k in ("y", "t") else v for k, v in like_x.items()})
    for one, other in zip(_parts(found), _parts(wanted), strict=True):
        assert one.dtype == np.float32
        np.testing.assert_array_equal(one, np.asarray(other).astype(np.float32))


@pytest.mark.parametrize("case", CASES, ids=_label)
def test_out_is_written_and_returned(case):
    name, _ = case
    f, x, given = getattr(ks, name), _data(name), _needed(*case)
    wanted = f(x, **given)
    if "out" not in inspect.signature(f).parameters:
        assert _base(name) == name
        assert name.startswith(WHOLE)
        return
    for dtype in (np.float64, np.float32):
        out = tuple(np.zeros((2, *np.shape(w)), dtype)[1] for w in _parts(wanted))
        found = f(x, **given, out=out if isinstance(wanted, tuple) else out[0])
        for one, place, value in zip(_parts(found), out, _parts(wanted), strict=True):
            assert one is place
            np.testing.assert_array_equal(place, np.asarray(value).astype(dtype))
    with pytest.raises(InvalidInputError, match="out must be"):
        f(x, **given, out=(np.zeros(7),) * len(out) if isinstance(wanted, tuple) else np.zeros(7))
    with pytest.raises(InvalidInputError, match="out must be"):
        f(x, **given, out="here")


@pytest.mark.parametrize("axis", [0, 1, -1, (0, 2), (0, 1), None])
@pytest.mark.parametrize("case", [c for c in ALONG if not c[0].startswith("soft_accuracy")], ids=_label)
def test_any_axis_equals_moving_it_to_the_end(case, axis):
    name, _ = case
    f = getattr(ks, name)
    axes = tuple(range(3)) if axis is None else axis if isinstance(axis, tuple) else (axis % 3,)
    rest = [i for i in range(3) if i not in axes]

    def flat(a):
        moved = np.moveaxis(a, axes, range(3 - len(axes), 3))
        return np.ascontiguousarray(moved).reshape(*moved.shape[: len(rest)], -1)

    given = _needed(*case) | {"axis": axis}
    if "b" in given:
        given["b"] = np.cos(NORMAL)
    if "target" in given:
        given["target"] = given["target"] / given["target"].sum(axis=axis, keepdims=True)
    turned = {k: flat(v) if k in (*FULL_ARRAYS, "b") else v for k, v in given.items()} | {"axis": -1}
    found, wanted = f(_data(name), **given), f(flat(_data(name)), **turned)
    for one, other in zip(_parts(found), _parts(wanted), strict=True):
        _same(flat(one) if np.shape(one) == SHAPE else one, other, rtol=1e-11)
    if "keepdims" in inspect.signature(f).parameters and np.shape(_parts(found)[0]) != SHAPE:
        kept = f(_data(name), **given, keepdims=True)
        assert np.shape(_parts(kept)[0]) == tuple(1 if i in axes else n for i, n in enumerate(SHAPE))


@pytest.mark.parametrize("case", ENTRIES, ids=_label)
def test_numbers_give_python_floats_and_empty_arrays_empty_ones(case):
    f = getattr(ks, case[0])
    for number in (1, 0.5, np.float64(0.5), np.array(0.5)):
        for part in _parts(f(number, **_needed(*case, like=lambda v: 0.25))):
            assert type(part) is float
    for shape in ((0,), (0, 3), (2, 0)):
        for part in _parts(f(np.zeros(shape), **_needed(*case, like=lambda v, shape=shape: np.zeros(shape)))):
            assert part.shape == shape


@pytest.mark.parametrize("case", [c for c in CASES if c not in ENTRIES], ids=_label)
def test_empty_slices_are_empty_or_refused(case):
    """Vectors stay empty; the maximum of nothing is refused, save log-sum-exp: -inf; no rows are no results."""
    name, _ = case
    f = getattr(ks, name)

    def tried(shape):
        try:
            return _parts(f(np.zeros(shape), **_needed(*case, like=lambda v: np.zeros(shape))))
        except InvalidInputError:
            return None

    vector = name.endswith(("_grad", "_vjp"))
    none = tried((2, 0))
    assert none is None or all(np.shape(part) in ((2, 0), (2,)) for part in none)
    if none is not None and not vector and np.shape(none[0]) == (2,) and not name.startswith("zlpr"):
        assert np.array_equal(none[0], [-np.inf] * 2) or np.array_equal(none[0], [0.0] * 2)
    if not name.startswith(WHOLE):
        assert all(part.shape in ((0, 2), (0,)) for part in tried((0, 2)))


def _poisoned(value):
    x = NORMAL.copy()
    x[0, 1, 0] = value
    return x


def _called(case, value):
    """Return f without and with value in its first slice, None if it refuses that, with y and targets unchanged."""
    f, given = getattr(ks, case[0]), _needed(*case)
    try:
        return _parts(f(NORMAL, **given)), _parts(f(_poisoned(value), **given))
    except InvalidInputError:
        return None


OF_NUMBERS = [case for case in CASES if not _base(case[0]).startswith(OF_SHARES)]


@pytest.mark.parametrize("case", OF_NUMBERS, ids=_label)
def test_nan_poisons_its_own_slice_and_no_other(case):
    both = _called(case, np.nan)
    assert both is not None or case[0].startswith(("subset", "fenchel", "sparsemax_loss", "entmax_loss", "signed"))
    for clean, found in zip(*both, strict=True) if both else ():
        own = np.zeros(np.shape(clean), dtype=bool)
        own[(0, 1, 0) if case in ENTRIES else (0, 1)] = True
        np.testing.assert_array_equal(np.isnan(found), own)
        np.testing.assert_array_equal(np.asarray(found)[~own], np.asarray(clean)[~own])


@pytest.mark.parametrize("value", [np.inf, -np.inf, 1e308, -1e308, 5e-324])
@pytest.mark.parametrize("case", OF_NUMBERS, ids=_label)
def test_extreme_entries_have_limits_and_leave_other_slices_alone(case, value):
    both = _called(case, value)
    for clean, found in zip(*both, strict=True) if both else ():
        own = np.zeros(np.shape(clean), dtype=bool)
        own[(0, 1, 0) if case in ENTRIES else (0, 1)] = True
        np.testing.assert_array_equal(np.asarray(found)[~own], np.asarray(clean)[~own])
        periodic = case[0] in ("smooth_floor_grad", "smooth_round_grad", "smooth_ceil_grad") and np.isinf(value)
        assert np.isnan(found).any() == periodic  # a periodic slope has no limit


@pytest.mark.parametrize("case", CASES, ids=_label)
def test_extreme_strengths_have_limits(case):
    f, given, x = getattr(ks, case[0]), _needed(*case), _data(case[0])
    strengths = {"temperature", "width", "epsilon", "mu", "scale", "delta"} & set(inspect.signature(f).parameters)
    for strength in strengths:
        for value in (0, 1e-320, 1e-300, 1e300, np.inf):
            try:
                parts = _parts(f(x, **(given | {strength: value})))
            except InvalidInputError:
                continue
            assert not any(np.isnan(part).any() for part in parts), (strength, value)
