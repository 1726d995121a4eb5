"""Counts of a resample have the law of n draws: Binomial(n, 1/n) in each row, and -1/n between two rows."""

from math import exp, factorial

import numpy as np
import pytest
import scipy.stats as stats

from kexuestat._kernels import counts
from kexuestat._kernels.random import stream_key
from kexuestat.estimation.count_law import _poisson_law, count_law

BITS = 65536.0


def _drawn(n, law, n_replicates):
    size = -(-n // 64) * 64
    words, rows = np.empty(size // 4, np.uint64), np.empty(1024, np.int64)
    found = np.empty((n_replicates, size), np.uint16)
    for b in range(n_replicates):
        counts.draw_counts(np.uint64(stream_key(3, 1, b)), n, n, *law, words, rows, found[b])
    assert not found[:, n:].any()
    return found[:, :n].astype(np.int64)


@pytest.mark.parametrize("n", [64, 1000, 10**6])
def test_the_law_of_the_bits_is_that_of_poisson(n):
    cuts, rest = count_law(n)
    edges = np.concatenate([[0.0], cuts])
    law = np.zeros(30)
    law[:6] = np.diff(edges) / BITS
    law += (1.0 - edges[-1] / BITS) * np.diff(rest, prepend=0.0)
    rate = law @ np.arange(30)
    assert 0 < 1.0 - rate < 3.0 / np.sqrt(n)
    np.testing.assert_allclose(law, [exp(-rate) * rate**k / factorial(k) for k in range(30)], atol=1e-15)


@pytest.mark.slow
@pytest.mark.parametrize("rate", [None, 0.9, 1.0, 1.2])  # at 1.2 draws are taken away from nearly every resample
@pytest.mark.parametrize("n", [20, 70, 128])
def test_counts_are_multinomial(n, rate):
    law = count_law(n) if rate is None else _poisson_law(rate)
    found = _drawn(n, law, 4000)
    np.testing.assert_array_equal(found.sum(axis=1), n)
    seen = np.bincount(found[:, ::9].ravel(), minlength=6)  # rows far apart are nearly independent
    expected = found[:, ::9].size * stats.binom.pmf(np.arange(6), n, 1.0 / n)
    expected[5] = found[:, ::9].size - expected[:5].sum()
    seen[5] = seen[5:].sum()
    assert stats.chisquare(seen[:6], expected).pvalue > 1e-3
    by_row = found.sum(axis=0)
    assert stats.chisquare(by_row).pvalue > 1e-3
    half = found[:, : n // 2].sum(axis=1)
    exact = stats.binom(n, (n // 2) / n)
    cuts = np.unique(exact.ppf(np.linspace(0.05, 0.95, 13)).astype(int))
    seen = np.bincount(np.searchsorted(cuts, half), minlength=len(cuts) + 1)
    assert stats.chisquare(seen, 4000 * np.diff(np.concatenate([[0.0], exact.cdf(cuts), [1.0]]))).pvalue > 1e-3


@pytest.mark.slow
def test_all_resamples_of_two_rows_are_equally_likely_after_draws_are_taken_away():
    found = _drawn(2, _poisson_law(1.5), 4000)
    seen = np.bincount(found[:, 0], minlength=3)
    assert stats.chisquare(seen, [1000, 2000, 1000]).pvalue > 1e-3
