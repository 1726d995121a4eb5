"""Laws of the smooth functions: shifts, scales, bounds, limits, symmetry, optimality."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.integrate import quad
from scipy.optimize import minimize

import kexuestat.smooth as ks

RAMPS = ("logistic", "gaussian", "laplace", "uniform", "triangular", "epanechnikov", "squareplus")
VECTORS = hnp.arrays(np.float64, st.integers(1, 8), elements=st.floats(-30, 30))
METHODS = ("lse", "mellowmax", "boltzmann")
close = np.testing.assert_allclose


@given(VECTORS, st.floats(-20, 20), st.sampled_from(METHODS), st.sampled_from([0.2, 1.0, 5.0]))
def test_maxima_move_and_stretch_with_their_input(x, c, method, tau):
    base = ks.smooth_max(x, method=method, temperature=tau)
    close(ks.smooth_max(x + c, method=method, temperature=tau), base + c, atol=1e-12)
    close(ks.smooth_max(3 * x, method=method, temperature=3 * tau), 3 * base, atol=1e-12)
    close(ks.softmax(x + c, temperature=tau), ks.softmax(x, temperature=tau), rtol=1e-10, atol=1e-15)


@given(VECTORS, st.sampled_from([0.1, 1.0, 10.0]))
def test_bounds_of_smooth_maxima(x, tau):
    n, top = len(x), x.max()
    lse = ks.smooth_max(x, temperature=tau)
    slack = 1e-13 * (1 + abs(top) + tau)
    assert top - slack <= lse <= top + tau * np.log(n) + slack
    assert lse >= x.mean() + tau * np.log(n) - slack
    assert ks.smooth_max(x, temperature=tau, method="mellowmax") <= top + slack
    assert ks.smooth_max(x, temperature=tau, method="boltzmann") <= top + slack


@given(VECTORS, st.floats(1.1, 5.0), st.integers(0, 99))
def test_logsumexp_exceeds_every_weighted_mean_plus_entropy(x, t, seed):
    p = np.random.default_rng(seed).dirichlet(np.ones(len(x)))
    lse = ks.logsumexp(x)
    assert lse >= p @ x - np.log((p**t).sum()) / (t - 1) - 1e-12
    assert lse >= p @ x - (p * np.log(np.where(p > 0, p, 1))).sum() - 1e-12


@given(hnp.arrays(np.float64, (2, 5), elements=st.floats(-30, 30)), st.floats(0, 1))
def test_logsumexp_is_convex_and_never_steeper_than_1(pair, share):
    x, y = pair
    assert abs(ks.logsumexp(x) - ks.logsumexp(y)) <= np.abs(x - y).max() + 1e-13
    mixed = ks.logsumexp(share * x + (1 - share) * y)
    assert mixed <= share * ks.logsumexp(x) + (1 - share) * ks.logsumexp(y) + 1e-12


def test_logsumexp_keeps_what_cancels():
    close(ks.logsumexp([-0.6931471805599453] * 2), 2.319046813846299615494855e-17, rtol=4e-16, atol=0)
    for n in (3, 7, 10, 1000):
        x = np.full(n, -np.log(n))
        import mpmath

        with mpmath.workdps(60):
            exact = float(mpmath.mpf(float(x[0])) + mpmath.log(n))
        close(ks.logsumexp(x), exact, rtol=4e-16, atol=0)


def test_limits_of_temperature():
    x = np.array([1.0, 3.0, 3.0, -2.0])
    assert ks.smooth_max(x, temperature=0) == 3.0
    assert ks.smooth_max(x, temperature=np.inf) == np.inf
    for method in ("mellowmax", "boltzmann"):
        close(ks.smooth_max(x, temperature=np.inf, method=method), x.mean())
        close(ks.smooth_max(x, temperature=1e9, method=method), x.mean(), rtol=1e-7)
        assert ks.smooth_max(x, temperature=0, method=method) == 3.0
    assert ks.smooth_max(x.clip(0), temperature=0, method="pnorm") == 3.0
    close(ks.softmax(x, temperature=0), [0, 0.5, 0.5, 0])
    close(ks.softmax(x, temperature=np.inf), np.full(4, 0.25))
    assert ks.soft_argmax(x, temperature=0) == 1.5


@pytest.mark.parametrize("kernel", RAMPS)
def test_ramps_and_steps_are_symmetric_and_near_the_hard_function(kernel):
    x = np.linspace(-6, 6, 201)
    for width in (0.5, 1.0, 2.0):
        m = ks.Mollifier(kernel, width)
        excess = m.ramp(x) - np.maximum(x, 0)
        assert (excess >= 0).all()
        assert (excess <= m.sup_error * (1 + 1e-15)).all()
        close(m.ramp(0.0), m.sup_error, rtol=4e-16)
        close(m.ramp(x) - m.ramp(-x), x, atol=1e-14)
        close(m.step(x) + m.step(-x), 1.0, rtol=4e-16)
        assert (m.density(x) >= 0).all()
        assert (np.diff(m.ramp(x)) >= 0).all()
    close(ks.smooth_relu(x, kernel=kernel, width=0), np.maximum(x, 0))
    assert ks.smooth_step(0.0, kernel=kernel, width=0) == 0.5


@pytest.mark.parametrize("kernel", [*RAMPS, "cauchy"])
def test_densities_integrate_to_1_and_agree_with_their_transform(kernel):
    m = ks.Mollifier(kernel, 1.0)
    edge = {"uniform": 0.5, "triangular": 1, "epanechnikov": 1}.get(kernel, np.inf)
    close(2 * quad(m.density, 0, edge)[0], 1.0, rtol=1e-8)  # the rival's tolerance
    if np.isfinite(edge):
        for s in (0.3, 0.99, 1.01, 4.0):
            wave = 2 * quad(lambda t, s=s: m.density(t) * np.cos(s * t), 0, edge)[0]
            close(m.characteristic(s), wave, rtol=1e-9)
    assert m.characteristic(0.0) == 1.0
    assert m.characteristic(np.inf) == 0.0


def test_transforms_of_unbounded_kernels():
    from scipy.special import kv

    s = np.array([0.1, 1.0, 3.0])
    close(ks.Mollifier("logistic").characteristic(s), np.pi * s / np.sinh(np.pi * s))
    close(ks.Mollifier("gaussian", 2.0).characteristic(s), np.exp(-2 * s * s))
    close(ks.Mollifier("laplace").characteristic(s), 1 / (1 + s * s))
    close(ks.Mollifier("squareplus").characteristic(s), s * kv(1, s))
    close(ks.Mollifier("cauchy").characteristic(s), np.exp(-s))


@pytest.mark.parametrize("kernel", ["logistic", "gaussian"])
def test_floor_agrees_across_its_two_ways(kernel):
    edge = 0.15 if kernel == "logistic" else 0.3
    x = np.linspace(-3, 3, 101)
    close(
        ks.smooth_floor(x, kernel=kernel, width=edge),
        ks.smooth_floor(x, kernel=kernel, width=np.nextafter(edge, 1)),
        rtol=0,
        atol=2e-15,
    )


@pytest.mark.parametrize("kernel", ["logistic", "gaussian", "laplace", "uniform", "triangular", "epanechnikov"])
@pytest.mark.parametrize("width", [0.01, 0.1, 0.4, 0.999, 1.0, 1.3, 20.0])
def test_floor_is_exact_at_integers_and_halves(kernel, width):
    n = np.arange(-4.0, 5.0)
    close(ks.smooth_floor(n, kernel=kernel, width=width), n - 0.5, rtol=0, atol=2e-15)
    close(ks.smooth_floor(n + 0.5, kernel=kernel, width=width), n, rtol=0, atol=2e-15)
    x = np.linspace(-2, 2, 37)
    close(ks.smooth_ceil(x, kernel=kernel, width=width), -ks.smooth_floor(-x, kernel=kernel, width=width))
    close(
        ks.smooth_floor(x + 1, kernel=kernel, width=width),
        ks.smooth_floor(x, kernel=kernel, width=width) + 1,
        atol=1e-14,
    )


@given(hnp.arrays(np.float64, st.integers(1, 9), elements=st.floats(-4, 4)), st.sampled_from([2.0, 1.5, 1.3, 2.5]))
def test_entmax_satisfies_its_optimality_conditions(x, alpha):
    p = ks.entmax(x, alpha=alpha)
    close(p.sum(), 1.0, rtol=1e-15)
    level = x - p ** (alpha - 1) / (alpha - 1)
    support = p > 0
    assert np.ptp(level[support]) < 1e-12
    assert (x[~support] <= level[support].mean() + 1e-12).all()


def test_entmax_is_dispatched_at_1_and_2():
    x = np.array([0.3, -1.0, 2.0])
    np.testing.assert_array_equal(ks.entmax(x, alpha=1), ks.softmax(x))
    np.testing.assert_array_equal(ks.entmax(x, alpha=2), ks.sparsemax(x))


@given(
    hnp.arrays(np.float64, st.integers(2, 6), elements=st.floats(-4, 4)),
    st.sampled_from([1.0, 1.5, 2.0, 1.7]),
    st.integers(0, 99),
)
def test_fenchel_young_losses_are_zero_only_at_the_prediction(x, alpha, seed):
    predicted = ks.entmax(x, alpha=alpha)
    assert ks.entmax_loss(x, predicted, alpha=alpha) < 1e-12
    target = np.random.default_rng(seed).dirichlet(np.ones(len(x)))
    loss = ks.entmax_loss(x, target, alpha=alpha)
    assert loss >= 0
    assert loss > 1e-9 or np.abs(target - predicted).max() < 1e-3


def test_sparsemax_loss_of_a_class_has_its_closed_form():
    x = np.array([0.2, 0.9, -0.4])
    p = ks.sparsemax(x)
    level = (x - p)[p > 0].mean()
    closed = 0.5 - x[2] + 0.5 * (x[p > 0] ** 2 - level**2).sum()
    close(ks.sparsemax_loss(x, 2), closed)


@pytest.mark.parametrize(("n", "k"), [(n, k) for n in (2, 5, 9) for k in range(n + 1)])
def test_subset_chances_equal_brute_force(n, k, rng):
    x = rng.normal(size=n) * 2
    weights = {s: np.exp(sum(x[i] for i in s)) for s in itertools.combinations(range(n), k)}
    total = sum(weights.values())
    wanted = [sum(w for s, w in weights.items() if i in s) / total for i in range(n)]
    close(ks.soft_topk(x, k), wanted, rtol=1e-12)
    close(ks.log_subset_sum(x, k), np.log(total), atol=1e-13)


@given(
    hnp.arrays(np.float64, st.integers(3, 12), elements=st.floats(-20, 20)),
    st.sampled_from(["subset", "threshold_exp", "threshold_sigmoid", "threshold_laplace"]),
)
def test_soft_topk_lies_in_0_1_sums_to_k_and_grows(x, method):
    n = len(x)
    before = np.zeros(n)
    order = np.argsort(x)
    for k in range(n + 1):
        p = ks.soft_topk(x, k, method=method)
        assert (p >= 0).all()
        assert (p <= 1 + 1e-15).all()
        close(p.sum(), k, rtol=4e-16 * n, atol=1e-15)
        assert (np.diff(p[order]) >= -1e-14).all()
        assert (p >= before - 1e-13).all()
        before = p


def test_soft_topk_survives_hard_cases():
    rng = np.random.default_rng(0)
    for scale in (1, 5, 1000):
        x = rng.normal(size=100) * scale
        for k in (10, 30, 50, 90):
            p = ks.soft_topk(x, k)
            assert np.isfinite(p).all()
            close(p.sum(), k, rtol=1e-13)
    close(ks.soft_topk([np.inf, 1.0, -np.inf, 0.0], 2).sum(), 2.0)
    close(ks.soft_topk([3.0, 1.0, 1.0], 2, temperature=0), [1.0, 0.5, 0.5])
    close(ks.soft_topk([3.0, 1.0, 1.0], 2, temperature=np.inf), np.full(3, 2 / 3))


@given(hnp.arrays(np.float64, st.integers(1, 7), elements=st.floats(-4, 4)), st.sampled_from([0.3, 1.0, 4.0]))
def test_soft_ranks_and_sorted_values_keep_their_sums(x, epsilon):
    n = len(x)
    for regularization in ("l2", "kl"):
        ranks = ks.soft_rank(x, epsilon=epsilon, regularization=regularization)
        close(ranks.sum(), n * (n + 1) / 2)
    close(ks.soft_sort(x, epsilon=epsilon).sum(), x.sum(), atol=1e-12)
    assert (np.diff(ks.soft_sort(x, epsilon=epsilon)) >= -1e-12).all()
    close(ks.soft_rank(x, epsilon=epsilon, descending=True), n + 1 - ks.soft_rank(x, epsilon=epsilon), atol=1e-12)


def test_soft_rank_is_the_nearest_point_of_the_permutahedron(rng):
    x = rng.normal(size=4)
    corners = np.array(list(itertools.permutations([1.0, 2.0, 3.0, 4.0])))

    def distance(logits):
        w = np.exp(logits - logits.max())
        return (((w / w.sum()) @ corners - x) ** 2).sum()

    best = minimize(distance, np.zeros(24), options={"gtol": 1e-12}).fun
    close(((ks.soft_rank(x) - x) ** 2).sum(), best, rtol=1e-5)  # the general solver's accuracy


def test_hard_ranks_at_small_strength_and_ties_share():
    x = np.array([3.0, 1.0, 2.5, -7.0])
    np.testing.assert_array_equal(ks.soft_rank(x, epsilon="auto"), [4, 2, 3, 1])
    np.testing.assert_array_equal(ks.soft_rank(x, epsilon=1e-300), [4, 2, 3, 1])
    np.testing.assert_array_equal(ks.soft_rank(x, epsilon=0), [4, 2, 3, 1])
    close(ks.soft_rank([2.0, 2.0, 1.0], epsilon=0), [2.5, 2.5, 1.0])
    close(ks.soft_rank([2.0, 2.0, 1.0], epsilon=1e-9), [2.5, 2.5, 1.0])
    close(ks.soft_rank(x, epsilon=np.inf), np.full(4, 2.5))
    close(ks.soft_sort(x, epsilon=np.inf), np.full(4, x.mean()))
    np.testing.assert_array_equal(ks.soft_sort(x, epsilon=0), np.sort(x))
    close(ks.soft_quantile(x, 0.3, epsilon=0), np.quantile(x, 0.3))
    close(ks.soft_rank(1e9 + x, epsilon=1e-3), [4, 2, 3, 1])


@pytest.mark.slow
def test_long_rows_are_ranked_as_short_ones_are(rng):
    from scipy.stats import rankdata

    x = rng.integers(-50, 50, size=(2, 9000)) / 7.0
    close(ks.soft_rank(x, epsilon=1e-6), rankdata(x, axis=1))
    np.testing.assert_array_equal(ks.soft_sort(x, epsilon=0), np.sort(x, axis=1))


@given(hnp.arrays(np.float64, st.integers(1, 6), elements=st.floats(-20, 20)), st.floats(-5, 5), st.integers(0, 99))
def test_zlpr_moves_with_its_threshold_and_is_least_at_its_probability(s, c, seed):
    t = np.random.default_rng(seed).random(len(s))
    close(ks.zlpr_loss(s + c, t, threshold=c), ks.zlpr_loss(s, t), rtol=1e-12, atol=1e-13)
    s = s / 4  # beyond, the rounding of a target next to 1 is blown up by e^s
    close(ks.zlpr_loss_grad(s, ks.zlpr_probability(s)), np.zeros(len(s)), atol=1e-12)


def test_zlpr_takes_infinite_scores_and_tiny_losses():
    assert ks.zlpr_loss([np.inf, 0.0], [0, 1]) == np.inf
    close(ks.zlpr_loss([np.inf, -np.inf], [1, 0]), 0.0)
    close(ks.zlpr_loss([-50.0], [0]), np.exp(-50.0), rtol=1e-14, atol=0)


@pytest.mark.parametrize("name", ["abs", "relu", "hinge", "neg_log"])
@pytest.mark.parametrize("mu", [0.1, 1.0, 3.0])
def test_envelopes_equal_direct_minimisation(name, mu):
    f = {
        "abs": np.abs,
        "relu": lambda y: np.maximum(y, 0),
        "hinge": lambda y: np.maximum(1 - y, 0),
        "neg_log": lambda y: -np.log(np.maximum(y, 1e-300)),
    }[name]
    grid = np.linspace(1e-6 if name == "neg_log" else -9, 9, 400001)
    grid = np.append(grid, 1.0)
    for x in (-2.0, -0.05, 0.0, 0.4, 1.0, 2.7):
        direct = (f(grid) + (x - grid) ** 2 / (2 * mu)).min()
        close(ks.moreau_envelope(x, name, mu=mu), direct, atol=1e-8)  # the grid
        close(ks.moreau_envelope_grad(x, name, mu=mu), (x - ks.prox(x, name, mu=mu)) / mu, atol=1e-13)


def test_proximal_maps_along_an_axis(rng):
    x = rng.normal(size=(3, 5))
    close(ks.prox(x, "simplex"), ks.sparsemax(x))
    close(ks.prox(x, "max", mu=0.5), x - 0.5 * ks.sparsemax(x / 0.5))
    close(ks.moreau_envelope_grad(x, "max", mu=0.5), ks.sparsemax(x / 0.5))
    size = np.linalg.norm(x, axis=1, keepdims=True)
    close(ks.prox(x, "l2_norm", mu=0.7), x * np.maximum(0, 1 - 0.7 / size))
    y = rng.normal(size=(3, 5))
    for name in ("abs", "relu", "box", "max", "l2_norm", "simplex"):
        gap = ks.prox(x, name) - ks.prox(y, name)
        assert (gap**2).sum() <= (gap * (x - y)).sum() + 1e-12
    value = ks.moreau_envelope(x, "abs", mu=0.5)
    assert (value <= np.abs(x)).all()
    assert (np.abs(x) <= value + 0.25 + 1e-15).all()


@pytest.mark.slow
def test_perturbed_maximum_sums_to_1_and_tends_to_the_hard_one(rng):
    for n in (2, 30, 1000):
        close(ks.perturb_max(rng.normal(size=n)).sum(), 1.0, rtol=0, atol=1e-12)
    x = np.array([0.0, 1.0, 0.3])
    close(ks.perturb_max(x, noise="gumbel"), ks.softmax(x))
    close(ks.perturb_max(x, scale=1e-3), [0, 1, 0], atol=1e-12)
    close(ks.perturb_max(x, scale=0), [0, 1, 0])


@given(
    hnp.arrays(np.float64, st.integers(2, 6), elements=st.sampled_from([0.1, 0.5, 1.0, 2.0, 0.0])),
    st.floats(0.01, 0.99),
)
def test_entropy_is_brought_to_its_target(p, share):
    if p.max() == 0 or (p == p.max()).sum() == (p > 0).sum():
        return
    low, high = np.log((p == p.max()).sum()), np.log((p > 0).sum())
    target = low + share * (high - low)
    q = ks.entropy_normalize(p, target)
    live = q > 0
    close(-(q[live] * np.log(q[live])).sum(), target, rtol=0, atol=1e-13)


def test_sup_errors_are_reached_and_widths_invert_them():
    x = np.linspace(0.4, 1.4, 20_001)
    hard = np.maximum(x, 0)
    close(np.abs(ks.swish(x) - hard).max(), ks.sup_error("swish"), rtol=1e-8)
    close(np.abs(ks.gelu(x) - hard).max(), ks.sup_error("gelu"), rtol=1e-8)
    close(np.abs(ks.smooth_abs(x, method="erf") - np.abs(x)).max(), ks.sup_error("abs_erf"), rtol=1e-8)
    close(np.abs(ks.smooth_abs(x, method="tanh") - np.abs(x)).max(), ks.sup_error("abs_tanh"), rtol=1e-8)
    width = ks.width_for_error("relu", 0.01, kernel="gaussian")
    close(ks.sup_error("relu", kernel="gaussian", width=width), 0.01)


@pytest.mark.slow
def test_quadrature_agrees_with_the_closed_form():
    for kernel in ("logistic", "gaussian", "uniform", "squareplus"):
        found = ks.mollified_function(lambda t: float(t > 0.2), 0.5, kernel=kernel, width=0.4, breaks=[0.2])
        close(found, ks.smooth_step(0.5 - 0.2, kernel=kernel, width=0.4), rtol=1e-8)
