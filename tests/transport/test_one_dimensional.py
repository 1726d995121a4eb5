"""emd_1d: the closed form equals the general solver."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import wasserstein_distance

from kexuestat.exceptions import InvalidInputError
from kexuestat.transport import emd_1d, emd_cost


@given(st.integers(0, 2**32 - 1), st.sampled_from([1, 1.5, 2, 4]))
def test_line_equals_the_general_solver(seed, p):
    rng = np.random.default_rng(seed)
    x, y = rng.integers(-4, 5, rng.integers(1, 9)), rng.random(rng.integers(1, 9)) * 8 - 4
    a, b = rng.integers(0, 4, len(x)) + 1.0 * (np.arange(len(x)) == 0), rng.random(len(y)) + 0.1
    want = emd_cost(a, b, np.abs(x[:, None] - y) ** p, normalize=True)
    np.testing.assert_allclose(emd_1d(x, y, a, b, p=p), want, rtol=1e-11, atol=1e-12)


def test_line_equals_scipy(rng):
    x, y, a, b = (rng.random(50) for _ in range(4))
    np.testing.assert_allclose(emd_1d(x, y, a, b), wasserstein_distance(x, y, a, b), rtol=1e-12)


def test_reference_values(reference):
    for case in reference("transport")["sections"]["transport"]["cases"]:
        if case["call"] == "emd_1d":
            found = emd_1d(case["x"], case["y"], case["a"], case["b"], p=case["p"])
            np.testing.assert_allclose(found, float(case["total_cost"]), rtol=1e-9, atol=1e-12, err_msg=case["key"])


def test_bad_input_is_refused_with_a_sentence():
    with pytest.raises(InvalidInputError, match="x must not be empty"):
        emd_1d([], [1.0])
    with pytest.raises(InvalidInputError, match=r"y must be finite, got y\[0\] = nan"):
        emd_1d([1.0], [np.nan])
    with pytest.raises(InvalidInputError, match=r"p must be in \[1, inf\), got 0.5"):
        emd_1d([1.0], [2.0], p=0.5)
    with pytest.raises(InvalidInputError, match=r"a must have one entry per entry of x \(1\), got 2"):
        emd_1d([1.0], [2.0], [1, 2])
