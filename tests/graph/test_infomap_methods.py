"""Prediction, soft membership, overlap, score of new data; features instead of graphs."""

import networkx as nx
import numpy as np
import pytest
from scipy import sparse
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from kexuestat.exceptions import InvalidInputError
from kexuestat.graph import InfoMap, StateNetwork, map_equation


@pytest.fixture(scope="module")
def barbell():
    graph = nx.barbell_graph(5, 0)
    return InfoMap(random_state=0).fit(nx.to_scipy_sparse_array(graph, dtype=float))


@pytest.fixture(scope="module")
def clouds():
    rng = np.random.default_rng(5)
    return np.concatenate([rng.normal(center, 0.5, (25, 2)) for center in (0, 6, 12)])


@pytest.fixture(scope="module")
def on_points(clouds):
    return InfoMap(affinity="knn", metric="euclidean", n_neighbors=12, random_state=0).fit(clouds)


@pytest.fixture(scope="module")
def digits():
    from sklearn.datasets import load_digits

    return load_digits(return_X_y=True)


def test_new_nodes_join_the_module_with_most_of_their_weight(barbell):
    links = sparse.csr_array(([1.0, 3.0, 2.0], ([0, 0, 1], [0, 9, 2])), shape=(3, 10))
    labels = barbell.labels_
    np.testing.assert_array_equal(barbell.predict(links), [labels[9], labels[2], -1])
    np.testing.assert_array_equal(barbell.predict(links.toarray()), barbell.predict(links))
    shares = barbell.predict_proba(links)
    np.testing.assert_allclose(shares.sum(axis=1), [1.0, 1.0, 0.0])
    np.testing.assert_allclose(shares[0, labels[9]], 0.75)


def test_prediction_of_the_fitted_graph_is_its_labels(barbell):
    matrix = nx.to_scipy_sparse_array(nx.barbell_graph(5, 0), dtype=float)
    np.testing.assert_array_equal(barbell.predict(matrix), barbell.labels_)
    np.testing.assert_array_equal(barbell.predict(nx.barbell_graph(5, 0)), barbell.labels_)


def test_prediction_needs_a_matrix_of_links(barbell):
    with pytest.raises(InvalidInputError, match=r"matrix of shape \(n_new, 10\)"):
        barbell.predict(nx.path_graph(3))


def test_soft_membership_is_the_share_of_link_flow(barbell):
    shares = barbell.predict_proba().toarray()
    np.testing.assert_allclose(shares.sum(axis=1), 1.0)
    np.testing.assert_allclose(shares[4, barbell.labels_[4]], 4 / 5)
    np.testing.assert_array_equal(shares.argmax(axis=1), barbell.labels_)


def test_loops_and_isolated_nodes_belong_to_their_own_module():
    graph = np.zeros((4, 4))
    graph[0, 1] = graph[1, 0] = graph[2, 2] = 1.0
    found = InfoMap(random_state=0).fit(graph)
    np.testing.assert_allclose(found.predict_proba().toarray()[np.arange(4), found.labels_], 1.0)


def test_overlapping_modules_hold_nodes_with_a_large_share(barbell):
    wide, narrow = barbell.overlapping(0.15), barbell.overlapping(0.5)
    assert {4, 5} <= wide[0]
    assert {4, 5} <= wide[1]
    assert narrow == barbell.partition_.communities()


def test_overlap_of_states_is_exact():
    links = [(1, 2), (2, 3), (1, 3), (4, 5), (5, 6), (4, 6)]
    network = StateNetwork.from_links(links, {1: "i", 2: "j", 3: "k", 4: "i", 5: "l", 6: "m"}, directed=False)
    sets = InfoMap(random_state=0).fit(network).overlapping()
    assert sorted(map(sorted, sets)) == [["i", "j", "k"], ["i", "l", "m"]]


def test_points_are_clustered_by_their_neighbours(on_points, clouds):
    assert on_points.n_modules_ == 3
    assert all(len(set(on_points.labels_[k : k + 25])) == 1 for k in (0, 25, 50))
    np.testing.assert_array_equal(on_points.predict(clouds), on_points.labels_)
    new = on_points.predict(np.array([[0.1, 0.0], [6.0, 6.1], [12.3, 12.0]]))
    np.testing.assert_array_equal(new, on_points.labels_[[0, 25, 50]])
    assert on_points.predict_proba(clouds + 0.01).shape == (75, 3)


def test_score_of_features_is_that_of_their_graph(on_points, clouds):
    np.testing.assert_allclose(on_points.score(clouds), -on_points.codelength_)
    assert np.isfinite(on_points.score(clouds[::2] + 0.1))


def test_score_of_a_given_partition(barbell):
    graph = nx.barbell_graph(5, 0)
    singles = [{node} for node in graph]
    np.testing.assert_allclose(barbell.score(graph, singles), -map_equation(graph, singles))


def test_new_nodes_are_scored_together_with_the_fitted_graph(barbell):
    links = np.zeros((1, 10))
    links[0, [0, 1]] = 1.0
    graph = nx.barbell_graph(5, 0)
    graph.add_edges_from([(10, 0), (10, 1)])
    labels = [*barbell.labels_, barbell.labels_[0]]
    np.testing.assert_allclose(barbell.score(links), -map_equation(graph, labels))


def test_pipeline_and_grid_search_over_similarity(clouds):
    model = make_pipeline(StandardScaler(), InfoMap(affinity="knn", metric="euclidean", random_state=0, n_trials=1))
    assert len(model.fit_predict(clouds)) == 75
    search = GridSearchCV(model, {"infomap__min_similarity": [None, 0.3], "infomap__markov_time": [1.0, 2.0]}, cv=2)
    search.fit(clouds)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()


def test_neighbours_and_features_are_checked(clouds):
    with pytest.raises(InvalidInputError, match="n_neighbors"):
        InfoMap(affinity="knn", n_neighbors=75).fit(clouds)
    with pytest.raises(InvalidInputError, match="metric"):
        InfoMap(affinity="knn", metric="cosin").fit(clouds)
    with pytest.raises(TypeError, match="sparse features"):
        InfoMap(affinity="knn", metric="euclidean").fit(clouds).predict_proba(sparse.csr_array(clouds))


@pytest.mark.slow
def test_digits_reach_the_codelengths_of_the_reference(reference, digits):
    for row in reference("infomap_scores")["embeddings"]:
        options = dict(row["options"])
        found = InfoMap(
            affinity="knn",
            n_neighbors=row["n_neighbors"],
            metric=row["metric"],
            min_similarity=row["min_similarity"],
            random_state=1,
            **options,
        ).fit(digits[0])
        assert found.codelength_ <= 1.001 * row["codelength"], row
        np.testing.assert_allclose(found.one_level_codelength_, row["one_level_codelength"], rtol=1e-3)


@pytest.mark.slow
def test_digits_are_found_without_labels(digits):
    from sklearn.metrics import adjusted_rand_score

    X, digit = digits
    found = InfoMap(affinity="knn", n_neighbors=40, min_similarity=0.5, directed=True, random_state=1).fit(X)
    assert found.codelength_ <= 7.3669 * 1.001
    assert adjusted_rand_score(digit, found.labels_) >= 0.81
