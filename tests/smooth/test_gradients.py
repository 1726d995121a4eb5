"""Every value and gradient agrees with the formula in 60 digits, and the fused pass with both of its parts."""

import numpy as np
import pytest

import kexuestat.smooth as ks
from kexuestat.exceptions import InvalidInputError
from tests.naive.smooth_choice import pair_maxima
from tests.naive.smooth_exact import value_and_pullback
from tests.naive.smooth_points import value_and_slope

RAMPS = ("logistic", "gaussian", "laplace", "triangular", "epanechnikov", "squareplus")
X = np.array([[-1.313, 0.417, 2.129, 0.053], [0.719, -0.211, 1.103, -2.873]])
Y = np.array([[0.3, -0.4, 1.1, 0.35], [1.7, 0.2, -1.3, -2.0]])
HARD = np.array([[1.0, 0.0, 0.0, 1.0], [0.0, 0.0, 1.0, 0.0]])
SOFT = np.array([[0.9, 0.1, 0.5, 0.0], [0.2, 1.0, 0.4, 0.7]])
SHARES = SOFT / SOFT.sum(axis=1, keepdims=True)
P = np.array([[0.9, 0.2, 0.3, 0.4], [0.5, 0.6, 0.1, 0.8]])

ELEMENTWISE = [
    *(("smooth_step", {"kernel": k, "width": 0.75}) for k in RAMPS),
    *(("smooth_sign", {"kernel": k, "width": 0.75}) for k in (*RAMPS, "cauchy")),
    *(("smooth_relu", {"kernel": k, "width": 0.75}) for k in RAMPS),
    *(("smooth_abs", {"method": k, "width": 0.75}) for k in (*RAMPS, "lse", "erf", "tanh")),
    *(("gated_relu", {"kernel": k, "width": 0.75}) for k in RAMPS),
    *(("smooth_floor", {"kernel": k, "width": w}) for k in RAMPS[:5] for w in (0.12, 0.45, 2.3)),
    ("smooth_round", {}),
    ("smooth_ceil", {}),
    ("gelu", {}),
    ("swish", {"width": 2.0}),
    ("smooth_leaky_relu", {"alpha": 0.25}),
    ("smooth_clip", {"lo": -0.5, "hi": 1.5}),
    ("smooth_hard_sigmoid", {"kernel": "logistic"}),
    ("smooth_hinge", {}),
    ("smooth_pinball", {"q": 0.8}),
    ("smooth_soft_threshold", {"lam": 0.6}),
    ("huber", {"delta": 0.8}),
    ("pseudo_huber", {"delta": 0.8}),
    ("logcosh", {"width": 0.6}),
    ("zlpr_probability", {"threshold": 0.3}),
    *(("moreau_envelope", {"name": name, "mu": 0.6}) for name in ("abs", "relu", "hinge", "neg_log", "box")),
]
SCALAR = [
    ("logsumexp", X, {"temperature": 0.7}),
    ("logsumexp", X, {"b": np.array([1.0, 0.5, -0.2, 2.0])}),
    *(("smooth_max", X, {"method": m, "temperature": 0.7, "axis": None}) for m in ("lse", "mellowmax", "boltzmann")),
    ("smooth_max", np.abs(X), {"method": "pnorm", "temperature": 0.25, "axis": None}),
    *(("smooth_min", X, {"method": m, "temperature": 0.7, "axis": None}) for m in ("lse", "mellowmax", "boltzmann")),
    ("soft_argmax", X, {"axis": None, "temperature": 0.5}),
    ("log_subset_sum", X, {"k": 3, "axis": None, "temperature": 0.8}),
    *(("topk_threshold", X, {"k": 3, "axis": None, "method": f"threshold_{m}"}) for m in ("exp", "sigmoid", "laplace")),
    ("soft_quantile", X, {"q": 0.3, "axis": None, "epsilon": 1.3}),
    *(("moreau_envelope", X, {"name": name, "axis": None, "mu": 0.4}) for name in ("l2_norm", "max", "simplex")),
    ("zlpr_loss", X, {"targets": SOFT, "threshold": 0.2, "reduction": "mean"}),
    ("zlpr_loss", X, {"targets": HARD, "reduction": "sum"}),
    ("subset_softmax_loss", X, {"targets": HARD, "reduction": "sum"}),
    ("subset_softmax_loss", X, {"targets": HARD, "at_most": 3, "null_score": 0.4, "reduction": "mean"}),
    ("circle_loss", X, {"targets": HARD, "gamma": 2.0, "margin": 0.1, "reduction": "sum"}),
    *(
        ("fenchel_young_loss", X, {"target": SHARES, "regularizer": r, "alpha": 1.3, "reduction": "mean"})
        for r in ("softmax", "sparsemax", "entmax")
    ),
    ("sparsemax_loss", X, {"target": np.array([2, 0]), "reduction": "sum"}),
    ("entmax_loss", X, {"target": np.array([2, 0]), "reduction": "sum"}),
    *((f"soft_{name}", P, {"t": SOFT, "axis": None}) for name in ("precision", "recall", "f1")),
    ("soft_accuracy", P, {"t": SOFT, "axis": None, "rows": 2}),
    ("signed_logsumexp", X, {"b": np.array([1.0, -3.0, 0.5, 0.2]), "temperature": 1.7}),
    ("entropy_exponent", P, {"target_entropy": 1.9, "axis": None}),
    ("entropy_exponent", P[0], {"target_entropy": 0.7}),
]
VECTORS = [
    ("softmax", {"temperature": 0.7}),
    ("log_softmax", {"temperature": 0.7, "axis": -1}),
    ("sparsemax", {}),
    ("entmax", {"alpha": 1.5}),
    ("entmax", {"alpha": 1.2}),
    ("entmax", {"alpha": 1.0}),
    ("sparse_softmax", {"k": 3}),
    ("taylor_softmax", {"order": 4}),
    ("perturb_max", {"scale": 0.8}),
    ("perturb_max", {"noise": "gumbel", "scale": 0.8}),
    *(
        ("soft_topk", {"k": 2, "method": m, "temperature": 0.6})
        for m in ("subset", "threshold_exp", "threshold_sigmoid", "threshold_laplace", "iterative")
    ),
    ("soft_topk", {"k": 3}),
    *(("soft_rank", {"regularization": r, "epsilon": 0.9}) for r in ("l2", "kl")),
    *(("soft_sort", {"regularization": r, "epsilon": 0.9, "descending": True}) for r in ("l2", "kl")),
    *(("entropy_normalize", {"target_entropy": h}) for h in (0.7, 1.35)),
    *(("prox", {"name": name, "mu": 0.4}) for name in ("abs", "relu", "hinge", "neg_log", "box")),
    *(("prox", {"name": name, "mu": mu}) for name in ("l2_norm", "max", "simplex") for mu in (0.4, 5.0)),
]


def _label(case):
    return f"{case[0]}-{list(case[-1].values())[:2]}"


TIGHT = {"rtol": 1e-12, "atol": 1e-15}


def _twin(name, suffix):
    return getattr(ks, f"{name}_{suffix}")


@pytest.mark.parametrize("case", ELEMENTWISE, ids=_label)
def test_elementwise_slope(case):
    name, options = case
    wanted = np.array([value_and_slope(name, x, options) for x in X.ravel()]).T.reshape(2, *X.shape)
    value, grad = ks.value_and_grad(name, X, **options)
    np.testing.assert_allclose(value, wanted[0], **TIGHT)
    np.testing.assert_allclose(grad, wanted[1], **TIGHT)
    np.testing.assert_array_equal(value, getattr(ks, name)(X, **options))
    np.testing.assert_array_equal(grad, _twin(name, "grad")(X, **options))


def _by_rows(name, x, options):
    """Value and gradient of a reduction, from the rows it is made of."""
    own = dict(options)
    if own.pop("axis", -1) is None or name.endswith("logsumexp"):
        whole = {k: np.broadcast_to(v, x.shape).ravel() if k in ("b", "t") else v for k, v in own.items()}
        value, grad = value_and_pullback(name, x.ravel(), None, whole)
        return value, np.reshape(grad, x.shape)
    reduction = own.pop("reduction", "none")
    per_row = [
        {k: v[i] if k in ("targets", "target") else v for k, v in own.items()} for i in range(len(np.atleast_2d(x)))
    ]
    pairs = [value_and_pullback(name, row, None, one) for row, one in zip(np.atleast_2d(x), per_row)]
    value, grad = (np.array(part) for part in zip(*pairs))
    share = 1 / len(pairs) if reduction == "mean" else 1.0
    return share * value.sum(), share * grad.reshape(x.shape)


@pytest.mark.parametrize("case", SCALAR, ids=_label)
def test_gradient_of_a_number(case):
    name, x, options = case
    value, grad = _by_rows(name, x, options)
    given = {
        k: v
        for k, v in options.items()
        if k != "rows" and not (name.startswith("soft_") and k == "axis" and "t" in options)
    }
    np.testing.assert_allclose(_twin(name, "grad")(x, **given), grad, **TIGHT)
    found = getattr(ks, name)(x, **given)
    np.testing.assert_allclose(found.value if name.startswith("signed") else found, value, **TIGHT)
    if name.startswith("signed"):
        return
    fused = ks.value_and_grad(getattr(ks, name), x, **given)
    np.testing.assert_allclose(fused.value, value, **TIGHT)
    np.testing.assert_allclose(fused.grad, grad, **TIGHT)


@pytest.mark.parametrize("case", VECTORS, ids=_label)
def test_pullback_of_a_vector(case):
    name, options = case
    x, g = (P if name == "entropy_normalize" else X), np.cos(1 + 3 * X)
    own = {k: v for k, v in options.items() if k != "axis"}
    if name in ("softmax", "log_softmax") and "axis" not in options:
        rows = [value_and_pullback(name, x.ravel(), g.ravel(), own)]
    else:
        rows = [value_and_pullback(name, row, weights, own) for row, weights in zip(x, g)]
    value, pulled = (np.reshape(part, x.shape) for part in zip(*rows))
    # a root in double precision is off by its condition
    loose = 1e-11 if name == "perturb_max" or name.startswith("entropy") else 1e-12
    np.testing.assert_allclose(getattr(ks, name)(x, **options), value, rtol=loose, atol=1e-14)
    np.testing.assert_allclose(_twin(name, "vjp")(x, g, **options), pulled, rtol=loose, atol=1e-14)


@pytest.mark.parametrize("axis", [0, -1])
def test_pullback_of_soft_samples_keeps_their_noise(axis):
    noise = np.log(ks.gumbel_softmax(np.zeros(X.shape), axis=axis, size=3, random_state=5))
    g = np.cos(1 + np.arange(24.0)).reshape(3, *X.shape)
    pulled = ks.gumbel_softmax_vjp(X, g, temperature=0.7, axis=axis, size=3, random_state=5)
    turn = (lambda a: a.T) if axis == 0 else (lambda a: a)
    wanted = np.zeros(X.shape)
    for one, weights in zip(noise, g):
        for i, row in enumerate(turn(X)):
            own = {"noise": turn(one)[i], "temperature": 0.7}
            turn(wanted)[i] += value_and_pullback("gumbel_softmax", row, turn(weights)[i], own)[1]
    np.testing.assert_allclose(pulled, wanted, rtol=1e-12, atol=1e-14)
    np.testing.assert_array_equal(ks.gumbel_softmax_vjp(X, X, temperature=0), np.zeros(X.shape))
    with pytest.raises(InvalidInputError, match="random_state must be an integer"):
        ks.gumbel_softmax_vjp(X, X, random_state=None)
    with pytest.raises(InvalidInputError, match=r"cotangent must have the shape of the samples, \(2, 4\)"):
        ks.gumbel_softmax_vjp(X, X[0])


@pytest.mark.parametrize("kernel", [*RAMPS, "uniform", "cauchy"])
def test_slope_of_a_quadrature_is_that_of_the_closed_form(kernel):
    found = ks.mollified_function_grad(lambda t: float(t > 0.2), 0.5, kernel=kernel, width=0.4, breaks=[0.2])
    np.testing.assert_allclose(found, ks.smooth_step_grad(0.5 - 0.2, kernel=kernel, width=0.4), rtol=1e-8, atol=1e-9)


def test_every_function_has_a_gradient_under_test():
    no_gradient = {
        *("Mollifier", "PiecewiseLinear", "SmoothTransformer", "sup_error", "width_for_error", "value_and_grad"),
        *("gumbel_max", "gumbel_topk", "sample_subset"),  # indices
    }
    apart = {"smooth_maximum", "smooth_minimum", "soft_confusion", "gumbel_softmax", "mollified_function"}
    base = {name for name in ks.__all__ if not name.endswith(("_grad", "_vjp"))} | {"value_and_grad"}
    assert {n for n in base - no_gradient if not {f"{n}_grad", f"{n}_vjp"} & set(ks.__all__)} == set()
    tested = {case[0] for case in (*ELEMENTWISE, *SCALAR, *VECTORS)} | apart
    assert base - no_gradient - tested == set()


@pytest.mark.parametrize(
    "method", ["lse", "gaussian", "laplace", "triangular", "epanechnikov", "squareplus", "erf", "swish", "pnorm"]
)
@pytest.mark.parametrize("name", ["smooth_maximum", "smooth_minimum"])
def test_slopes_of_pairs(name, method):
    x, y = (np.abs(X), np.abs(Y)) if method == "pnorm" else (X, Y)
    x, y = (-x, -y) if name == "smooth_minimum" and method == "pnorm" else (x, y)
    f, options = getattr(ks, name), {"method": method, "width": 0.6}
    grad = getattr(ks, f"{name}_grad")(x, y, **options)
    sign = -1.0 if name == "smooth_minimum" else 1.0
    kernel = "logistic" if method == "lse" else method
    both = [pair_maxima(sign * a.ravel(), sign * b.ravel(), 0.6, kernel) for a, b in ((x, y), (y, x))]
    np.testing.assert_allclose(f(x, y, **options).ravel(), sign * both[0][:, 0], **TIGHT)
    np.testing.assert_allclose(grad.x.ravel(), both[0][:, 1], **TIGHT)
    np.testing.assert_allclose(grad.y.ravel(), both[1][:, 1], **TIGHT)


def test_confusion_has_a_gradient():
    slopes = ks.soft_confusion_grad(P, SOFT)
    for j in range(3):
        _, pulled = value_and_pullback("soft_confusion", P.ravel(), np.eye(3)[j], {"t": SOFT.ravel()})
        np.testing.assert_allclose(slopes[j].ravel(), pulled, **TIGHT)


def test_softmax_is_the_gradient_of_logsumexp_and_its_jacobian_is_symmetric():
    x = X[0]
    np.testing.assert_array_equal(ks.logsumexp_grad(x), ks.softmax(x))
    jacobian = np.array([ks.softmax_vjp(x, e) for e in np.eye(4)])
    np.testing.assert_allclose(jacobian, jacobian.T, atol=1e-16)
    np.testing.assert_allclose(jacobian.sum(axis=1), 0, atol=1e-16)


def test_kinks_give_the_symmetric_subgradient():
    assert ks.smooth_relu_grad(0.0, width=0) == 0.5
    assert ks.smooth_abs_grad(0.0, width=0) == 0.0
    assert ks.smooth_clip_grad([-1.0, 0.0, 1.0, 2.0], width=0).tolist() == [0.5, 1.0, 0.5, 0.0]
    np.testing.assert_array_equal(ks.smooth_max_grad([2.0, 2.0, 1.0], temperature=0), [0.5, 0.5, 0.0])
    np.testing.assert_array_equal(ks.softmax_vjp([2.0, 2.0], [1.0, 0.0], temperature=0), [0.0, 0.0])
    assert ks.moreau_envelope_grad(0.0, "abs", mu=0) == 0.0
    assert ks.smooth_maximum_grad(1.0, 1.0, width=0) == (0.5, 0.5)


def test_value_and_grad_lists_what_it_knows():
    with pytest.raises(InvalidInputError, match="Did you mean 'smooth_relu'"):
        ks.value_and_grad("smooth_rely", 1.0)
    with pytest.raises(InvalidInputError, match="zlpr_loss"):
        ks.value_and_grad(ks.softmax, [1.0])
