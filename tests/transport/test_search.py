"""nearest equals brute force, index by index, and says how much work it was."""

import numpy as np
import pytest

from kexuestat.exceptions import InvalidInputError
from kexuestat.transport import emd_batch
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


def test_few_documents_are_solved_exactly(rng):
    vectors = rng.standard_normal((300, 20)) + 4 * rng.standard_normal((10, 20))[rng.integers(0, 10, 300)]
    found = nearest(corpus(rng, 8, 300, 30), corpus(rng, 120, 300, 30), vectors, n_neighbors=3)
    assert found.n_solved.sum() < 0.3 * found.n_candidates.sum()
    assert (found.n_solved[found.n_candidates > 0] >= 3).all()


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
