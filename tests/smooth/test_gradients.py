"""Every gradient and pullback agrees with central differences, and the fused pass with both of its parts."""

import numpy as np
import pytest

import kexuestat.smooth as ks
from kexuestat.exceptions import InvalidInputError

RAMPS = ("logistic", "gaussian", "laplace", "triangular", "epanechnikov", "squareplus")
STEP = 1e-5
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
    *((f"soft_{name}", P, {"t": SOFT}) for name in ("accuracy", "precision", "recall", "f1")),
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
]


def _label(case):
    return f"{case[0]}-{list(case[-1].values())[:2]}"


def _called(name, x, options):
    return getattr(ks, name)(x, **options)


def _difference(f, x, index):
    up, down = x.copy(), x.copy()
    up[index] += STEP
    down[index] -= STEP
    return (np.asarray(f(up)) - np.asarray(f(down))) / (2 * STEP)


@pytest.mark.parametrize("case", ELEMENTWISE, ids=_label)
def test_elementwise_slope(case):
    name, options = case
    numeric = (np.asarray(_called(name, X + STEP, options)) - _called(name, X - STEP, options)) / (2 * STEP)
    slope = _called(f"{name}_grad", X, options)
    np.testing.assert_allclose(slope, numeric, rtol=1e-7, atol=2e-8)
    value, grad = ks.value_and_grad(name, X, **options)
    np.testing.assert_array_equal(value, _called(name, X, options))
    np.testing.assert_array_equal(grad, slope)


@pytest.mark.parametrize("case", SCALAR, ids=_label)
def test_gradient_of_a_number(case):
    name, x, options = case
    grad = _called(f"{name}_grad", x, options)
    assert grad.shape == x.shape
    numeric = np.array([_difference(lambda v: _called(name, v, options), x, i) for i in np.ndindex(x.shape)])
    np.testing.assert_allclose(grad.ravel(), numeric, rtol=1e-7, atol=2e-9)
    value, fused = ks.value_and_grad(getattr(ks, name), x, **options)
    np.testing.assert_allclose(value, _called(name, x, options), rtol=1e-14)
    np.testing.assert_allclose(fused, grad, rtol=1e-14, atol=1e-16)


@pytest.mark.parametrize("case", VECTORS, ids=_label)
def test_pullback_of_a_vector(case):
    name, options = case
    g = np.cos(1 + 3 * X)
    pulled = getattr(ks, f"{name}_vjp")(X, g, **options)
    numeric = [(_difference(lambda v: _called(name, v, options), X, i) * g).sum() for i in np.ndindex(X.shape)]
    np.testing.assert_allclose(pulled.ravel(), numeric, rtol=1e-7, atol=5e-9)


@pytest.mark.parametrize(
    "method", ["lse", "gaussian", "laplace", "triangular", "epanechnikov", "squareplus", "erf", "swish", "pnorm"]
)
@pytest.mark.parametrize("name", ["smooth_maximum", "smooth_minimum"])
def test_slopes_of_pairs(name, method):
    x, y = (np.abs(X), np.abs(Y)) if method == "pnorm" else (X, Y)
    x, y = (-x, -y) if name == "smooth_minimum" and method == "pnorm" else (x, y)
    f, options = getattr(ks, name), {"method": method, "width": 0.6}
    grad = getattr(ks, f"{name}_grad")(x, y, **options)
    to_x = (f(x + STEP, y, **options) - f(x - STEP, y, **options)) / (2 * STEP)
    to_y = (f(x, y + STEP, **options) - f(x, y - STEP, **options)) / (2 * STEP)
    np.testing.assert_allclose(grad.x, to_x, rtol=1e-7, atol=1e-8)
    np.testing.assert_allclose(grad.y, to_y, rtol=1e-7, atol=1e-8)


def test_signed_sum_and_confusion_have_gradients():
    b = np.array([1.0, -3.0, 0.5, 0.2])
    grad = ks.signed_logsumexp_grad(X[0], b=b)
    numeric = [_difference(lambda v: ks.signed_logsumexp(v, b=b).value, X[0], i) for i in range(4)]
    np.testing.assert_allclose(grad, numeric, rtol=1e-7)
    slopes = ks.soft_confusion_grad(P, SOFT)
    for j in range(3):
        numeric = [_difference(lambda v, j=j: ks.soft_confusion(v, SOFT)[j], P, i) for i in np.ndindex(P.shape)]
        np.testing.assert_allclose(slopes[j].ravel(), numeric, rtol=1e-7, atol=1e-10)


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
