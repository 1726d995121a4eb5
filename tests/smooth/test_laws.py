"""Laws that hold for whole families: order of entries, shifts, scales, monotony, bounds of mollified functions."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import kexuestat.smooth as ks

RAMPS = ("logistic", "gaussian", "laplace", "uniform", "triangular", "epanechnikov", "squareplus")
ROWS = hnp.arrays(np.float64, st.integers(2, 7), elements=st.floats(-9, 9).map(lambda v: round(v, 4)))
VECTORS = {
    "softmax": ks.softmax,
    "log_softmax": ks.log_softmax,
    "sparsemax": ks.sparsemax,
    "entmax": ks.entmax,
    "sparse_softmax": lambda x: ks.sparse_softmax(x, 2),
    "perturb_max": ks.perturb_max,
    "subset": lambda x: ks.soft_topk(x, 1),
    "threshold_exp": lambda x: ks.soft_topk(x, 1, method="threshold_exp"),
    "threshold_sigmoid": lambda x: ks.soft_topk(x, 1, method="threshold_sigmoid"),
    "threshold_laplace": lambda x: ks.soft_topk(x, 1, method="threshold_laplace"),
    "iterative": lambda x: ks.soft_topk(x, 1, method="iterative"),
    "rank": ks.soft_rank,
    "rank kl": lambda x: ks.soft_rank(x, regularization="kl"),
}
NUMBERS = {
    "lse": ks.smooth_max,
    "mellowmax": lambda x: ks.smooth_max(x, method="mellowmax"),
    "smooth_min": ks.smooth_min,
    "quantile": lambda x: ks.soft_quantile(x, 0.3),
    "threshold": lambda x: ks.topk_threshold(x, 1),
    "laplace threshold": lambda x: ks.topk_threshold(x, 1, method="threshold_laplace"),
    "max envelope": lambda x: ks.moreau_envelope(x, "max"),
}
close = np.testing.assert_allclose
points, widths = st.floats(-50, 50), st.sampled_from([0.25, 1.0, 3.0])


@pytest.mark.parametrize("name", VECTORS)
@given(x=ROWS, seed=st.integers(0, 99), shift=st.integers(-4, 4))
def test_vectors_follow_the_order_of_entries_and_ignore_a_shift(name, x, seed, shift):
    f, order = VECTORS[name], np.random.default_rng(seed).permutation(len(x))
    close(f(x[order]), f(x)[order], rtol=1e-11, atol=1e-13)
    close(f(x + shift), f(x), rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("name", NUMBERS)
@given(x=ROWS, seed=st.integers(0, 99), shift=st.integers(-4, 4), rise=st.floats(0, 3))
def test_numbers_ignore_the_order_move_with_a_shift_and_grow(name, x, seed, shift, rise):
    f, rng = NUMBERS[name], np.random.default_rng(seed)
    close(f(rng.permutation(x)), f(x), rtol=1e-12, atol=1e-12)
    close(f(x + shift), f(x) + shift, rtol=1e-11, atol=1e-11)
    x[rng.integers(len(x))] += rise
    lifted = f(x)
    x[rng.integers(len(x))] += rise
    assert f(x) >= lifted - 1e-12


@pytest.mark.parametrize("kernel", RAMPS)
@given(x=points, width=widths, power=st.integers(-6, 6))
def test_ramps_stretch_and_steps_stay(kernel, x, width, power):
    c, options = 2.0**power, {"kernel": kernel}
    close(ks.smooth_relu(c * x, width=c * width, **options), c * ks.smooth_relu(x, width=width, **options), rtol=4e-16)
    close(ks.smooth_step(c * x, width=c * width, **options), ks.smooth_step(x, width=width, **options), rtol=4e-16)


@pytest.mark.parametrize("kernel", RAMPS)
@given(x=points, gap=st.floats(0, 5), width=widths)
def test_mollified_functions_keep_their_bounds(kernel, x, gap, width):
    m = ks.Mollifier(kernel, width)
    assert 0 <= m.ramp(x) - max(x, 0.0) <= m.sup_error * (1 + 1e-15) + 1e-14
    close(m.ramp(x) - m.ramp(-x), x, rtol=1e-15, atol=1e-14)
    close(m.step(x) + m.step(-x), 1.0, rtol=4e-16)
    assert m.density(x) == m.density(-x) >= 0
    assert m.ramp(x + gap) >= m.ramp(x) * (1 - 1e-15)
    assert m.step(x + gap) >= m.step(x) * (1 - 1e-15)
    middle = 0.5 * (m.ramp(x) + m.ramp(x + gap))
    assert m.ramp(x + 0.5 * gap) <= middle * (1 + 1e-14)
    assert ks.gated_relu(x, kernel=kernel, width=width) <= max(x, 0.0)


@pytest.mark.parametrize("name", ["abs", "relu", "hinge", "l2_norm", "max"])
@given(x=ROWS, mu=st.sampled_from([0.1, 1.0, 4.0]))
def test_envelopes_lie_below_by_at_most_half_mu(name, x, mu):
    hard = {
        "abs": np.abs,
        "relu": lambda v: np.maximum(v, 0),
        "hinge": lambda v: np.maximum(1 - v, 0),
        "l2_norm": np.linalg.norm,
        "max": np.max,
    }[name](x)
    gap = hard - ks.moreau_envelope(x, name, mu=mu)
    assert (gap >= -1e-13).all()
    assert (gap <= 0.5 * mu + 1e-13).all()


@given(x=ROWS, y=ROWS, width=widths)
def test_pairs_are_symmetric_and_on_their_side_of_the_maximum(x, y, width):
    n = min(len(x), len(y))
    x, y = x[:n], y[:n]
    top = np.maximum(x, y)
    for method in (*RAMPS, "erf", "swish"):
        found = ks.smooth_maximum(x, y, method=method, width=width)
        close(found, ks.smooth_maximum(y, x, method=method, width=width), rtol=1e-14, atol=1e-14)
        side = found - top if method in RAMPS else top - found
        assert (side >= -1e-14).all()
        close(ks.smooth_minimum(-x, -y, method=method, width=width), -found, rtol=1e-15)
