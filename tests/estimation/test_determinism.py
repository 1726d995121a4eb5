"""The same bits with the JIT on and off; no hidden state."""

import os
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from kexuestat._kernels._jit import JIT_ENABLED
from kexuestat.estimation import Bootstrap, EstimatorDiagnostics
from kexuestat.estimation.named import NAMED
from kexuestat.estimation.samplers import LAWS

ROOT = Path(__file__).resolve().parents[2]
PAIRED = ("corr", "slope", "ratio")
# these pass through exp or log, which use one fused multiply-add when compiled: equal to a few units in the last place
THROUGH_LOG = ("geometric_mean", "bayesian", "smooth", "parametric") + tuple(
    f"sampler {name}" for name in LAWS if name not in ("uniform", "bernoulli", "poisson")
)


def everything():
    """Return {name: array} of small runs of every statistic, scheme and sampler."""
    rng = np.random.default_rng(3)
    X = rng.lognormal(size=(21, 2))
    found = {}
    for name in NAMED:
        data = X if name in PAIRED else X[:, 0]
        found[name] = Bootstrap(name, interval="percentile", n_resamples=40, random_state=5).fit(data).replicates_
    many = rng.lognormal(size=(70, 2))  # from 64 rows on, counts are drawn
    for name in ("std1", "kurtosis", "mad", "corr"):
        data = many if name in PAIRED else many[:, 0]
        boot = Bootstrap(name, interval="percentile", n_resamples=40, random_state=5).fit(data)
        found[f"{name} of many rows"] = boot.replicates_
    for scheme in ("without_replacement", "poisson", "bayesian", "block", "stationary", "smooth", "parametric"):
        boot = Bootstrap("mean", scheme=scheme, interval="percentile", block_length=3, n_resamples=40, random_state=5)
        found[scheme] = boot.fit(X[:, 0]).replicates_
    for sampler in LAWS:
        study = EstimatorDiagnostics("mean", sampler=sampler, n_samples=6, n_replicates=70, random_state=5)
        found[f"sampler {sampler}"] = study.fit().estimates_
    return found


CODE = """
import pickle, sys
from tests.estimation.test_determinism import everything
sys.stdout.buffer.write(pickle.dumps(everything()))
"""


@pytest.mark.skipif(not JIT_ENABLED, reason="compares a compiled run with a plain one; runs in every compiled run")
def test_compiled_and_plain_runs_agree_to_the_bit():
    environment = {**os.environ, "NUMBA_DISABLE_JIT": "1"}
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, check=True, cwd=ROOT, env=environment)
    plain, compiled = pickle.loads(done.stdout), everything()
    assert plain.keys() == compiled.keys()
    for name, values in compiled.items():
        if name in THROUGH_LOG:
            np.testing.assert_allclose(values, plain[name], rtol=1e-15, atol=4e-15)  # means of terms of both signs
        else:
            np.testing.assert_array_equal(values, plain[name], err_msg=name)


def test_legacy_global_seeds_are_neither_read_nor_moved():
    np.random.seed(1)  # noqa: NPY002
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    first = Bootstrap("mean", n_resamples=99, random_state=2).fit(np.arange(9.0)).replicates_
    np.testing.assert_array_equal(np.random.get_state()[1], before)  # noqa: NPY002
    np.random.seed(2)  # noqa: NPY002
    again = Bootstrap("mean", n_resamples=99, random_state=2).fit(np.arange(9.0)).replicates_
    np.testing.assert_array_equal(first, again)


def test_a_generator_gives_one_word_and_a_seed_that_repeats_the_run():
    generator = np.random.default_rng(4)
    first = Bootstrap("mean", n_resamples=99, random_state=generator).fit(np.arange(9.0))
    second = Bootstrap("mean", n_resamples=99, random_state=generator).fit(np.arange(9.0))
    assert first.seed_ != second.seed_
    again = Bootstrap("mean", n_resamples=99, random_state=first.seed_).fit(np.arange(9.0))
    np.testing.assert_array_equal(again.replicates_, first.replicates_)


def test_estimators_of_one_study_see_the_same_samples():
    study = EstimatorDiagnostics(["mean", np.mean, lambda a: a.mean()], n_samples=5, n_replicates=60, random_state=0)
    estimates = study.fit().estimates_
    np.testing.assert_allclose(estimates[0], estimates[1], atol=1e-15)
    np.testing.assert_allclose(estimates[1], estimates[2], atol=1e-15)
