"""Nearest-neighbour graphs are exact, count what they drop and refuse what has no neighbours."""

import warnings

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse

from kexuestat.exceptions import InvalidInputError
from kexuestat.graph.neighbors import knn_graph, knn_links


def by_hand(X, k, metric):
    """Directed similarities, point by point."""
    n = len(X)
    matrix = np.zeros((n, n))
    for i in range(n):
        scored = []
        for j in range(n):
            if j != i:
                if metric == "cosine":
                    s = X[i] @ X[j] / np.sqrt((X[i] @ X[i]) * (X[j] @ X[j]))
                else:
                    s = 1 / (1 + np.sqrt(((X[i] - X[j]) ** 2).sum()))
                scored.append((-s, j))
        for s, j in sorted(scored)[:k]:
            if s < 0:
                matrix[i, j] = -s
    return matrix


@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
@pytest.mark.parametrize("k", [1, 4, 29])
def test_neighbours_are_those_of_the_definition(rng, metric, k):
    X = rng.random((30, 3)) + 0.1
    expected = by_hand(X, k, metric)
    arcs = knn_graph(X, n_neighbors=k, metric=metric, directed=True)
    assert arcs.directed
    assert_allclose(arcs.to_scipy().toarray(), expected)
    mean = knn_graph(X, n_neighbors=k, metric=metric)
    assert not mean.directed
    assert_allclose(mean.to_scipy().toarray(), (expected + expected.T) / 2)


def test_sparse_features_float32_and_small_blocks_agree_with_dense(rng, monkeypatch):
    X = rng.random((40, 12)) * (rng.random((40, 12)) < 0.6) + 0.01
    dense = knn_graph(X, n_neighbors=5).to_scipy().toarray()
    assert_allclose(knn_graph(sparse.csr_array(X), n_neighbors=5).to_scipy().toarray(), dense)
    assert_allclose(knn_graph(X.astype(np.float32), n_neighbors=5).to_scipy().toarray(), dense, rtol=1e-5)
    monkeypatch.setattr("kexuestat.graph.neighbors._BLOCK", 100)
    assert_allclose(knn_graph(X, n_neighbors=5).to_scipy().toarray(), dense)


def test_links_below_the_minimum_are_dropped_and_their_points_stay():
    X = np.array([[1.0, 0.0], [1.0, 0.1], [-1.0, 0.3]])
    graph = knn_graph(X, n_neighbors=2, min_similarity=0.5)
    assert graph.n_nodes == 3
    assert_array_equal(np.diff(graph.indptr), [1, 1, 0])


def test_similarities_that_are_not_positive_are_counted_once():
    X = np.array([[1.0, 0.0], [1.0, 0.1], [-1.0, 0.0]])
    with pytest.warns(UserWarning, match=r"^4 links to nearest neighbours with similarity <= 0"):
        knn_graph(X, n_neighbors=2)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        knn_graph(X, n_neighbors=2, min_similarity=0.1)


def test_zero_vectors_become_isolated_with_a_warning():
    X = np.array([[1.0, 0.0], [1.0, 0.1], [0.0, 0.0], [0.9, 0.2]])
    with pytest.warns(UserWarning, match="1 zero vectors"):
        graph = knn_graph(X, n_neighbors=3)
    assert_array_equal(np.diff(graph.indptr), [2, 2, 0, 2])


def test_equal_points_are_neighbours_but_never_of_themselves():
    graph = knn_graph(np.ones((5, 2)), n_neighbors=3, metric="euclidean", directed=True)
    assert graph.n_loops == 0
    assert_array_equal(np.diff(graph.indptr), 3)
    assert_array_equal(graph.weights, 1)


def test_length_of_vectors_does_not_matter_to_the_cosine(rng):
    X = rng.random((10, 4)) + 0.1
    scaled = X * 10.0 ** np.array([-200, 200, 0, 3, -3, 150, -150, 1, 0, 2])[:, None]
    assert_allclose(knn_graph(scaled, n_neighbors=3).weights, knn_graph(X, n_neighbors=3).weights)


def test_new_points_are_linked_to_fitted_ones(rng):
    X, new = rng.random((20, 3)) + 0.1, rng.random((4, 3)) + 0.1
    links = knn_links(new, X, n_neighbors=5)
    assert links.shape == (4, 20)
    similarity = (new / np.linalg.norm(new, axis=1)[:, None]) @ (X / np.linalg.norm(X, axis=1)[:, None]).T
    for row in range(4):
        best = np.sort(similarity[row])[-5:]
        assert_allclose(np.sort(links[[row]].data), best)
    near = knn_links(new, X, n_neighbors=5, metric="euclidean")
    assert_array_equal(np.diff(near.indptr), 5)


@pytest.mark.parametrize(
    ("X", "options", "message"),
    [
        (np.ones((4, 2)), {"n_neighbors": 4}, "n_neighbors must be below the number of samples, 4, got 4"),
        (np.ones((4, 2)), {"n_neighbors": 0}, "n_neighbors must be at least 1"),
        (np.ones((4, 2)), {"n_neighbors": 2, "metric": "cosin"}, "metric must be one of .* Did you mean 'cosine'"),
        (np.ones((4, 2)), {"n_neighbors": 2, "min_similarity": 1.5}, "min_similarity must be in"),
        (np.array([[1.0], [np.nan], [2.0]]), {"n_neighbors": 1}, "X must be finite, got nan"),
        (np.ones(4), {"n_neighbors": 1}, "must have shape"),
    ],
)
def test_bad_arguments_are_named(X, options, message):
    with pytest.raises(InvalidInputError, match=message):
        knn_graph(X, **options)


def test_names_are_kept():
    graph = knn_graph([[1.0, 0.0], [1.0, 0.1], [0.9, 0.2]], n_neighbors=1, nodes=["king", "queen", "rook"])
    assert graph.nodes == ["king", "queen", "rook"]


def test_digits_have_the_reference_number_of_links(reference):
    from sklearn.datasets import load_digits

    X = load_digits().data
    for row in reference("infomap_scores")["embeddings"]:
        if row["data"] == "sklearn.datasets.load_digits":
            graph = knn_graph(
                X,
                n_neighbors=row["n_neighbors"],
                metric=row["metric"],
                min_similarity=row["min_similarity"],
                directed=row["options"]["directed"],
            )
            if graph.directed:
                assert graph.n_links == row["links"]
