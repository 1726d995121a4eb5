"""nearest equals brute force, index by index, and says how much work it was."""

import numpy as np
import pytest

from kexuestat.exceptions import InvalidInputError
from kexuestat.transport import emd_batch
from kexuestat.transport.costs import WordCosts
from kexuestat.transport.search import DocumentIndex, nearest
from tests.transport.test_batch import corpus

METRICS = ("euclidean", "rms", "chord", "cosine", "sqeuclidean")


def twice(documents):
    indptr, tokens, weights = documents
    return np.append(indptr, indptr[-1] + indptr[1:]), np.tile(tokens, 2), np.tile(weights, 2)


def by_force(queries, documents, vectors, metric, k, radius=np.inf):
    own = queries is None
    table = emd_batch(documents if own else queries, documents, vectors=vectors, metric=metric)
    if own:
        np.fill_diagonal(table, np.inf)
    table[~(table <= radius)] = np.inf
    order = np.argsort(np.round(table, 12), axis=1, kind="stable")[:, :k]
    distances = np.take_along_axis(table, order, axis=1)
    return np.where(np.isinf(distances), np.nan, distances), np.where(np.isinf(distances), -1, order)


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("own", [True, False])
def test_neighbours_equal_brute_force_with_ties_and_duplicates(metric, own, rng):
    vectors = rng.standard_normal((25, 6))
    documents = twice(corpus(rng, 30))
    queries = None if own else corpus(rng, 9)
    found = nearest(queries, documents, vectors, n_neighbors=7, metric=metric)
    distances, indices = by_force(queries, documents, vectors, metric, 7)
    np.testing.assert_array_equal(found.indices, indices)
    np.testing.assert_allclose(found.distances, distances, rtol=1e-11, atol=1e-12)
    threads = nearest(queries, documents, vectors, n_neighbors=7, metric=metric, n_jobs=2, progress=True)
    for one, two in zip(found, threads):
        np.testing.assert_array_equal(one, two)


@pytest.mark.parametrize("own", [True, False])
def test_blocks_of_queries_change_no_neighbour(own, rng, monkeypatch):
    vectors, documents = rng.standard_normal((25, 6)), corpus(rng, 30)
    queries = None if own else corpus(rng, 20)
    whole = nearest(queries, documents, vectors)
    monkeypatch.setattr("kexuestat.transport.search._BLOCK", 1)  # every query by itself
    single = nearest(queries, documents, vectors)
    np.testing.assert_array_equal(whole.indices, single.indices)
    np.testing.assert_allclose(whole.distances, single.distances, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("own", [True, False])
def test_very_uneven_costs_change_no_neighbour(own, rng, monkeypatch):
    forced, by_index = [], DocumentIndex._by_force
    monkeypatch.setattr(DocumentIndex, "_by_force", lambda *args: (forced.append(1), by_index(*args)))
    vectors = rng.standard_normal((25, 3)) * 10.0 ** rng.integers(-14, 14, (25, 1))
    documents, queries = corpus(rng, 30), None if own else corpus(rng, 20)
    found = nearest(queries, documents, vectors, n_neighbors=7, metric="sqeuclidean")
    np.testing.assert_allclose(found.distances, by_force(queries, documents, vectors, "sqeuclidean", 7)[0], rtol=1e-9)
    assert forced


def test_few_documents_are_solved_exactly(rng):
    vectors = rng.standard_normal((300, 20)) + 4 * rng.standard_normal((10, 20))[rng.integers(0, 10, 300)]
    found = nearest(corpus(rng, 8, 300, 30), corpus(rng, 120, 300, 30), vectors, n_neighbors=3)
    assert found.n_solved.sum() < 0.3 * found.n_candidates.sum()
    assert (found.n_solved[found.n_candidates > 0] >= 3).all()


def clustered(rng, n_documents, n_words=300, d=20):
    vectors = rng.standard_normal((n_words, d)) + 2 * rng.standard_normal((10, d))[rng.integers(0, 10, n_words)]
    return vectors, corpus(rng, n_documents, n_words, 30)


@pytest.mark.slow
@pytest.mark.parametrize("metric", ["euclidean", "cosine"])
def test_an_approximate_search_keeps_its_recall_and_proves_no_more_than_is_true(metric, rng):
    vectors, documents = clustered(rng, 1500)
    queries = corpus(rng, 40, 300, 30)
    index = DocumentIndex(documents, vectors, metric=metric)
    exact = index.nearest(queries, n_neighbors=10)
    assert (exact.recall == 1).all()
    before = np.inf
    for recall in (0.99, 0.9, 0.5):
        found = index.nearest(queries, n_neighbors=10, recall=recall)
        hits = np.array([np.isin(a, b).mean() for a, b in zip(found.indices, exact.indices)])
        assert hits.mean() >= recall - 0.05  # 40 queries of 10 neighbours each
        assert (found.recall <= hits + 1e-12).all()
        known = found.indices >= 0
        assert (np.diff(found.distances, axis=1)[known[:, 1:]] >= 0).all()
        assert (found.distances[known] >= exact.distances[known] * (1 - 1e-12)).all()
        most = index._enough(10, recall, 1)
        assert found.n_solved.max() <= most < before
        before = most
        threads = index.nearest(queries, n_neighbors=10, recall=recall, n_jobs=2)
        for one, two in zip(found, threads):
            np.testing.assert_array_equal(one, two)


def test_an_approximate_search_of_few_documents_is_exact(rng):
    vectors, documents = clustered(rng, 12)
    for queries in (None, documents):
        exact, found = (nearest(queries, documents, vectors, n_neighbors=9, recall=r) for r in (1.0, 0.9))
        for one, two in zip(exact, found):
            np.testing.assert_array_equal(one, two)
    nobody = nearest(documents, ([0, 0], [], []), vectors, recall=0.5)
    assert (nobody.indices == -1).all()
    with pytest.raises(InvalidInputError, match=r"recall must be in \(0, 1\], got 0"):
        nearest(None, documents, vectors, recall=0)


@pytest.mark.slow
def test_an_approximate_search_within_a_radius_that_holds_nothing_else_is_proved(rng):
    vectors, documents = clustered(rng, 600)
    exact = nearest(None, documents, vectors, n_neighbors=3)
    radius = float(np.nanquantile(exact.distances, 0.02))
    found = nearest(None, documents, vectors, n_neighbors=3, radius=radius, recall=0.7)
    sure = found.recall == 1
    assert sure.mean() > 0.3
    inside = np.where(exact.distances <= radius, exact.indices, -1)
    np.testing.assert_array_equal(found.indices[sure], inside[sure])


@pytest.mark.parametrize("metric", METRICS)
def test_kept_word_costs_change_no_neighbour(metric, rng):
    vectors, documents = rng.standard_normal((25, 6)), twice(corpus(rng, 30))
    costs = WordCosts(vectors, metric, 2**20)
    plain, kept = (nearest_with(documents, vectors, metric, c) for c in (None, costs))
    np.testing.assert_array_equal(plain.indices, kept.indices)
    np.testing.assert_allclose(plain.distances, kept.distances, rtol=1e-11, atol=1e-12)
    assert not WordCosts(vectors, metric, 8 * 25**2 - 1).fits


def nearest_with(documents, vectors, metric, costs):
    return DocumentIndex(documents, vectors, metric=metric, costs=costs).nearest(n_neighbors=5)


def test_radius_limits_the_distances(rng):
    vectors, documents = rng.standard_normal((25, 6)), corpus(rng, 40)
    full = by_force(None, documents, vectors, "euclidean", 40)[0]
    radius = float(np.nanquantile(full, 0.2))
    found = nearest(None, documents, vectors, n_neighbors=40, radius=radius)
    distances, indices = by_force(None, documents, vectors, "euclidean", 40, radius)
    np.testing.assert_array_equal(found.indices, indices)
    np.testing.assert_allclose(found.distances, distances, rtol=1e-11)


def test_empty_texts_have_no_neighbours_and_are_nobodys():
    documents = np.array([0, 1, 1, 2]), np.array([0, 1]), np.array([1.0, 1.0])
    found = nearest(None, documents, np.eye(2), n_neighbors=3)
    assert found.indices.tolist() == [[2, -1, -1], [-1, -1, -1], [0, -1, -1]]
    assert np.isnan(found.distances[1]).all()
    assert found.n_candidates.tolist() == [1, 0, 1]
    nobody = nearest(documents, ([0], [], []), np.eye(2))
    assert (nobody.indices == -1).all()


def test_an_index_answers_the_same_whatever_was_asked_before(rng):
    vectors, documents, queries = rng.standard_normal((25, 6)), corpus(rng, 20), corpus(rng, 4)
    index = DocumentIndex(documents, vectors)
    first = index.nearest(queries)
    index.nearest()
    for one, two in zip(first, index.nearest(queries)):
        np.testing.assert_array_equal(one, two)


def test_bad_input_is_refused_with_a_sentence(rng):
    documents = corpus(rng, 5)
    with pytest.raises(InvalidInputError, match="n_neighbors must be at least 1, got 0"):
        nearest(None, documents, np.eye(25), n_neighbors=0)
    with pytest.raises(InvalidInputError, match="documents tokens must be non-negative and below 3"):
        nearest(None, documents, np.eye(3))
    with pytest.raises(InvalidInputError, match="cancel=True needs a metric cost"):
        nearest(None, documents, np.eye(25), metric="sqeuclidean", cancel=True)
