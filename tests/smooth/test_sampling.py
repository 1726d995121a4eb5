"""Samplers follow their laws, and their streams."""

import itertools

import numpy as np
import pytest
from scipy.stats import chisquare

import kexuestat.smooth as ks

LOGITS = np.array([0.5, -1.0, 1.2, 0.0])
DRAWS = 4000


@pytest.mark.slow
def test_gumbel_max_has_the_law_of_softmax():
    drawn = ks.gumbel_max(LOGITS, size=DRAWS, random_state=1)
    counts = np.bincount(drawn, minlength=4)
    assert chisquare(counts, DRAWS * ks.softmax(LOGITS)).pvalue > 1e-3


@pytest.mark.slow
def test_gumbel_topk_has_the_law_of_successive_softmax():
    drawn = ks.gumbel_topk(LOGITS, 2, size=DRAWS, random_state=2)
    p = ks.softmax(LOGITS)
    pairs = list(itertools.permutations(range(4), 2))
    counts = [((drawn == pair).all(axis=1)).sum() for pair in pairs]
    wanted = [DRAWS * p[i] * p[j] / (1 - p[i]) for i, j in pairs]
    assert chisquare(counts, wanted).pvalue > 1e-3


@pytest.mark.slow
@pytest.mark.parametrize("k", [1, 2, 3])
def test_sample_subset_has_the_law_of_products(k):
    drawn = ks.sample_subset(LOGITS, k, size=DRAWS, random_state=3)
    subsets = list(itertools.combinations(range(4), k))
    weights = np.array([np.exp(LOGITS[list(s)].sum()) for s in subsets])
    counts = [((drawn == s).all(axis=1)).sum() for s in subsets]
    assert chisquare(counts, DRAWS * weights / weights.sum()).pvalue > 1e-3


@pytest.mark.slow
def test_gumbel_softmax_tends_to_one_hot_with_the_same_law():
    soft = ks.gumbel_softmax(LOGITS, temperature=0, size=DRAWS, random_state=4)
    assert set(np.unique(soft)) == {0.0, 1.0}
    assert chisquare(soft.sum(axis=0), DRAWS * ks.softmax(LOGITS)).pvalue > 1e-3
    np.testing.assert_allclose(ks.gumbel_softmax(LOGITS, size=5, random_state=4).sum(axis=1), 1.0)


def test_draws_belong_to_their_seed_and_number():
    first = ks.gumbel_max(LOGITS, size=10, random_state=7)
    np.testing.assert_array_equal(first, ks.gumbel_max(LOGITS, size=20, random_state=7)[:10])
    assert (first != ks.gumbel_max(LOGITS, size=10, random_state=8)).any()
    subsets = ks.sample_subset(LOGITS, 2, size=10, random_state=7)
    np.testing.assert_array_equal(subsets, ks.sample_subset(LOGITS, 2, size=20, random_state=7)[:10])


def test_shapes_of_draws():
    batch = np.zeros((2, 5, 3))
    assert ks.gumbel_max(batch, axis=1, random_state=0).shape == (2, 3)
    assert ks.gumbel_max(batch, size=(4, 2), random_state=0).shape == (4, 2, 2, 5)
    assert ks.gumbel_softmax(batch, axis=1, size=4, random_state=0).shape == (4, 2, 5, 3)
    assert ks.gumbel_topk(batch, 2, axis=1, random_state=0).shape == (2, 2, 3)
    assert ks.sample_subset(batch, 2, size=4, random_state=0).shape == (4, 2, 5, 2)
    assert type(ks.gumbel_max([0.0, 1.0], random_state=0)) is int
    assert ks.sample_subset([1.0, 2.0], 0, random_state=0).shape == (0,)
