"""The InfoMap estimator: attributes, laws, arguments of fit, complaints."""

import pickle

import networkx as nx
import numpy as np
import pytest
from scipy import sparse
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV

from kexuestat.exceptions import InvalidInputError
from kexuestat.graph import (
    CSRGraph,
    InfoMap,
    MultilayerNetwork,
    StateNetwork,
    infomap_communities,
    map_equation,
    memory_network,
    score_partition,
    stationary_flow,
)

TRIANGLES = [(1, 2), (1, 3), (2, 3), (3, 4), (4, 5), (4, 6), (5, 6)]


@pytest.fixture(scope="module")
def karate():
    graph = nx.karate_club_graph()
    for _, _, data in graph.edges(data=True):
        data.clear()
    return graph


@pytest.fixture(scope="module")
def fitted(karate):
    return InfoMap(random_state=1).fit(karate)


def test_karate_club_has_its_best_known_codelength(fitted):
    assert fitted.codelength_ <= 4.3117926 + 1e-7
    assert fitted.n_modules_ == 3


def test_fitted_attributes_agree_with_each_other(fitted, karate):
    np.testing.assert_allclose(fitted.codelength_, map_equation(karate, fitted.labels_))
    np.testing.assert_allclose(fitted.codelength_, fitted.index_codelength_ + fitted.module_codelength_)
    np.testing.assert_allclose(fitted.relative_savings_, 1 - fitted.codelength_ / fitted.one_level_codelength_)
    np.testing.assert_allclose(fitted.module_flow_, np.bincount(fitted.labels_, weights=fitted.node_flow_))
    np.testing.assert_allclose(fitted.trial_codelengths_[fitted.best_trial_], fitted.codelength_)
    assert (np.diff(fitted.module_flow_) <= 0).all()
    assert fitted.labels_.dtype == np.int64
    assert fitted.levels_[-1] is fitted.labels_
    assert fitted.paths_ == [(label,) for label in fitted.labels_.tolist()]
    assert fitted.n_levels_ == 2
    assert fitted.nodes_ == list(karate)
    assert len(fitted.trial_codelengths_) == len(fitted.codelength_history_) == 10
    assert fitted.entropy_rate_ <= fitted.codelength_
    assert fitted.flow_converged_
    assert fitted.converged_
    np.testing.assert_allclose(fitted.score(karate), -fitted.codelength_)


def test_aggregate_is_the_flow_between_modules(fitted):
    flow = fitted.aggregate()
    np.testing.assert_allclose(flow.sum(axis=1) - np.diag(flow), fitted.exit_flow_)
    np.testing.assert_allclose(flow.sum(), 1.0)


def test_matrix_networkx_graph_and_links_give_the_same_labels(karate, fitted):
    matrix = nx.to_scipy_sparse_array(karate, dtype=np.int32)
    for graph in (matrix, sparse.csr_matrix(matrix), matrix.toarray(), matrix.tocoo(), CSRGraph.of(karate)):
        np.testing.assert_array_equal(InfoMap(random_state=1).fit(graph).labels_, fitted.labels_)
    np.testing.assert_array_equal(InfoMap(random_state=1).fit(list(karate.edges)).n_modules_, 3)


def test_same_seed_gives_the_same_result_on_any_number_of_threads():
    graph = nx.connected_watts_strogatz_graph(300, 6, 0.2, seed=3)
    one = InfoMap(random_state=5, n_trials=4).fit(graph)
    two = InfoMap(random_state=5, n_trials=4, n_jobs=2).fit(graph)
    np.testing.assert_array_equal(one.labels_, two.labels_)
    np.testing.assert_array_equal(one.trial_codelengths_, two.trial_codelengths_)


def test_number_of_trials_never_changes_the_flow():
    graph = nx.gnp_random_graph(40, 0.1, seed=2, directed=True)
    few, many = (InfoMap(random_state=0, n_trials=n).fit(graph) for n in (1, 7))
    np.testing.assert_array_equal(few.node_flow_, many.node_flow_)
    np.testing.assert_array_equal(few.node_flow_, stationary_flow(graph).node_flow)
    assert many.codelength_ <= few.codelength_


def test_auto_trials_stop_when_nothing_improves(karate):
    found = InfoMap(random_state=1, n_trials="auto").fit(karate)
    assert 5 < len(found.trial_codelengths_) <= 50
    assert found.codelength_ <= 4.3117926 + 1e-7


@pytest.mark.parametrize("seed", range(5))
def test_start_partition_never_hurts(karate, fitted, seed):
    rng = np.random.default_rng(seed)
    start = rng.integers(0, 8, 34)
    warm = InfoMap(random_state=seed, n_trials=1).fit(karate, init=start)
    cold = InfoMap(random_state=seed, n_trials=1).fit(karate)
    assert warm.codelength_ <= min(cold.codelength_, map_equation(karate, start)) + 1e-12
    best = InfoMap(random_state=seed, n_trials=1).fit(karate, init=fitted.partition_)
    assert best.codelength_ <= fitted.codelength_ + 1e-12


def test_frozen_nodes_stay_together_and_apart(karate):
    start = np.arange(34) % 2
    frozen = np.zeros(34, dtype=bool)
    frozen[[0, 1, 2, 33, 32]] = True
    found = InfoMap(random_state=1).fit(karate, init=start, frozen=frozen)
    together = start[frozen][:, None] == start[frozen][None, :]
    np.testing.assert_array_equal(found.labels_[frozen][:, None] == found.labels_[frozen][None, :], together)
    by_name = InfoMap(random_state=1).fit(karate, init=start, frozen=[0, 1, 2, 33, 32])
    np.testing.assert_array_equal(found.labels_, by_name.labels_)


def test_grouped_nodes_move_as_one(karate):
    groups = np.arange(34)
    groups[[0, 33, 16]] = 99
    found = InfoMap(random_state=1).fit(karate, groups=groups)
    assert len(set(found.labels_[[0, 33, 16]])) == 1
    by_name = InfoMap(random_state=1).fit(karate, groups={0: "a", 33: "a", 16: "a"})
    np.testing.assert_array_equal(found.labels_, by_name.labels_)


@pytest.mark.parametrize(
    "options",
    [
        {"entropy_corrected": True},
        {"preferred_number_of_modules": 2},
        {"markov_time": 2.0},
        {"variable_markov_time": True},
        {"regularized": True},
        {"directed": True, "recorded_teleportation": True},
        {"directed": True, "to_nodes": True, "recorded_teleportation": True},
        {"flow_model": "rawdir"},
        {"no_self_links": True},
        {"weight_threshold": 0.5},
        {"two_level": False},
    ],
    ids=str,
)
def test_stored_codelength_is_that_of_a_fresh_evaluation(karate, options):
    graph = karate.copy()
    graph.add_edge(0, 0)
    matrix = nx.to_scipy_sparse_array(graph)
    found = InfoMap(random_state=1, n_trials=2, **options).fit(matrix)
    fresh = {name: value for name, value in options.items() if name != "two_level"}
    np.testing.assert_allclose(map_equation(matrix, found.levels_, **fresh), found.codelength_, atol=1e-10)
    singles = score_partition(matrix, np.arange(34), **fresh)
    assert found.codelength_ <= min(singles.codelength, singles.one_level_codelength) + 1e-10


@pytest.mark.parametrize("unweighted", [False, True])
def test_metadata_count_in_the_search_and_in_the_score(karate, unweighted):
    club = nx.get_node_attributes(nx.karate_club_graph(), "club")
    options = {"meta_data_rate": 0.05, "meta_data_unweighted": unweighted}
    found = InfoMap(random_state=1, **options).fit(karate, meta_data=club)
    np.testing.assert_allclose(
        map_equation(karate, found.labels_, meta_data=club, **options), found.codelength_, atol=1e-10
    )
    plain = InfoMap(random_state=1).fit(karate)
    assert found.codelength_ <= map_equation(karate, plain.labels_, meta_data=club, **options) + 1e-10
    assert found.meta_codelength_ > 0


def test_hierarchy_is_never_longer_than_two_levels():
    graph = nx.connected_caveman_graph(12, 5)
    deep = InfoMap(random_state=1, two_level=False).fit(graph)
    flat = InfoMap(random_state=1).fit(graph)
    assert deep.codelength_ <= flat.codelength_ + 1e-12
    assert len(deep.levels_) == deep.n_levels_ - 1


def test_hierarchical_start_never_hurts():
    links = []
    for block in range(3):
        for k in range(4):
            first = 12 * block + 3 * k
            links += [(first, first + 1), (first, first + 2), (first + 1, first + 2)]
            links.append((first + 2, 12 * block + (3 * k + 3) % 12))
        links.append((12 * block, (12 * block + 12) % 36))
    tree = {node: (node // 12, node // 3 % 4) for node in range(36)}
    found = InfoMap(random_state=1, two_level=False, n_trials=1).fit(links, init=tree)
    assert found.codelength_ <= map_equation(links, tree) + 1e-12


def test_levels_of_a_tree_describe_it():
    from kexuestat.graph.module_tree import levels_of_tree, tree_of_levels, tree_of_paths

    tree = tree_of_paths([(0, 0), (0, 1), (0, 1), (1,), (2, 0, 0), (2, 0, 1), (2, 1)])
    levels = levels_of_tree(tree)
    assert [len(set(level)) for level in levels] == [6, 5, 3]
    again = tree_of_levels(levels)
    assert len(again.parent) == len(tree.parent)


def test_hierarchy_is_cut_down_to_the_preferred_number_of_levels():
    graph = nx.random_partition_graph([12] * 9, 0.9, 0.002, seed=1)
    deep = InfoMap(random_state=1, two_level=False, n_trials=1).fit(graph)
    flat = InfoMap(random_state=1, two_level=False, n_trials=1, preferred_number_of_levels=2).fit(graph)
    assert flat.n_levels_ == 2
    assert deep.codelength_ <= flat.codelength_ + 1e-12
    np.testing.assert_allclose(map_equation(graph, flat.levels_), flat.codelength_)


@pytest.mark.parametrize("directed", [False, True])
@pytest.mark.parametrize("seed", range(4))
def test_modules_of_every_level_are_connected(seed, directed):
    graph = nx.gnp_random_graph(40, 0.05, seed=seed, directed=directed)
    found = InfoMap(random_state=seed, two_level=False, n_trials=1).fit(graph)
    for level in range(len(found.levels_)):
        for module in found.partition_.communities(level):
            inside = graph.subgraph(module).to_undirected()
            assert nx.is_connected(inside)


def _connected_partitions(links, n_nodes):
    """Return every partition into connected modules: the components of every subset of the links."""
    found = set()
    for chosen in range(1 << len(links)):
        graph = nx.Graph()
        graph.add_nodes_from(range(n_nodes))
        graph.add_edges_from(link for k, link in enumerate(links) if chosen >> k & 1)
        found.add(frozenset(frozenset(module) for module in nx.connected_components(graph)))
    return found


def test_features_without_visits_share_a_module_where_no_connected_modules_are_as_short():
    links = [(0, 8), (1, 6), (1, 7), (2, 7), (3, 6), (3, 7), (3, 8), (4, 7)]
    weights = [2, 12, 14, 6, 2, 3, 1, 6]
    graph = CSRGraph.from_edges(*np.transpose(links), weights, n_nodes=9, directed=True).bipartite(start=6)
    best = min(map_equation(graph, modules, directed=True) for modules in _connected_partitions(links, 9))
    for two_level in (True, False):
        found = InfoMap(directed=True, two_level=two_level, random_state=0).fit(graph)
        assert found.codelength_ < best - 1e-3
        assert (found.labels_ == found.labels_[5]).sum() == 1, "a node without links is a module of its own"
        np.testing.assert_allclose(map_equation(graph, found.levels_, directed=True), found.codelength_)


def test_more_markov_time_gives_fewer_modules():
    graph = nx.ring_of_cliques(16, 4)
    counts = [InfoMap(random_state=0, markov_time=t).fit(graph).n_modules_ for t in (1.0, 4.0, 16.0)]
    assert counts[0] > counts[1] > counts[2]


def test_nodes_without_links_are_modules_of_their_own():
    graph = nx.Graph(TRIANGLES)
    graph.add_nodes_from(["x", "y"])
    found = InfoMap(random_state=0).fit(graph)
    assert found.n_modules_ == 4
    assert {"x"} in found.partition_.communities()


def test_graph_without_links_gives_singletons():
    found = InfoMap(random_state=0).fit(nx.empty_graph(4))
    assert found.n_modules_ == 4
    assert found.codelength_ == 0.0


def test_one_node_is_one_module():
    found = InfoMap(random_state=0).fit(nx.empty_graph(1))
    assert (found.n_modules_, found.codelength_) == (1, 0.0)


def test_states_of_one_node_may_be_in_several_modules():
    links = [(1, 2), (1, 3), (2, 3), (4, 5), (4, 6), (5, 6)]
    both = [(a, b) for a, b in links] + [(b, a) for a, b in links]
    network = StateNetwork.from_links(both, {1: "i", 2: "j", 3: "k", 4: "i", 5: "l", 6: "m"})
    found = InfoMap(random_state=0).fit(network)
    assert found.n_modules_ == 2
    assert found.labels_[0] != found.labels_[3]


def test_paths_of_a_walker_with_memory_overlap():
    paths = [["a", "b", "a", "b", "c"], ["c", "d", "c", "d", "c"], ["b", "a", "b"]] * 5
    found = InfoMap(random_state=0).fit(memory_network(paths))
    assert len(found.labels_) == len(found.nodes_)


def test_relax_rate_zero_separates_the_layers():
    rows = [(layer, a, b) for layer in (1, 2) for a, b in TRIANGLES]
    network = MultilayerNetwork.from_links(intra=rows)
    flow = stationary_flow(network, multilayer_relax_rate=0.0).edge_flow.tocoo()
    layers = np.array([layer for layer, _ in network.states])
    assert (layers[flow.row] == layers[flow.col]).all()


def test_relaxing_in_one_layer_is_the_plain_layer():
    arcs = [(a, b) for a, b in TRIANGLES] + [(6, 1), (2, 1)]
    network = MultilayerNetwork.from_links(intra=[(1, a, b) for a, b in arcs], directed=True)
    for rate in (0.0, 0.3, 1.0):
        found = stationary_flow(network, multilayer_relax_rate=rate, to_nodes=True)
        plain = stationary_flow(CSRGraph.of(arcs, directed=True), to_nodes=True)
        np.testing.assert_allclose(found.node_flow, plain.node_flow, atol=1e-12)


def test_estimator_and_result_survive_pickling(fitted):
    again = pickle.loads(pickle.dumps(fitted))
    np.testing.assert_array_equal(again.labels_, fitted.labels_)
    assert again.partition_.communities() == fitted.partition_.communities()
    assert clone(again).get_params() == fitted.get_params()


def test_options_that_differ_from_the_defaults_go_into_the_result(karate):
    found = InfoMap(random_state=1, markov_time=1.5).fit(karate)
    assert found.partition_.options["markov_time"] == 1.5
    assert "to_nodes" not in found.partition_.options


def test_grid_search_over_markov_time_runs(karate):
    matrix = nx.to_scipy_sparse_array(karate, dtype=float).tocsr()
    search = GridSearchCV(InfoMap(random_state=0, n_trials=1), {"markov_time": [0.5, 1.0, 2.0]}, cv=3)
    search.fit(matrix)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"affinity": "nearest"}, "affinity must be one of"),
        ({"flow_model": "undirectd"}, "Did you mean 'undirected'"),
        ({"n_trials": 0}, "n_trials must be at least 1"),
        ({"n_trials": "atuo"}, 'n_trials must be a positive integer or "auto"'),
        ({"markov_time": -1.0}, "markov_time must be in"),
        ({"teleportation_probability": 2}, "teleportation_probability must be in"),
        ({"max_iter": 0}, "max_iter must be at least 1"),
        ({"effort": "quick"}, "effort must be one of"),
        ({"random_state": -3}, "random_state must be"),
        ({"two_level": "yes"}, "two_level must be True or False"),
        ({"n_jobs": 0}, "n_jobs must not be 0"),
    ],
)
def test_bad_parameters_are_named_before_any_work(karate, parameters, message):
    with pytest.raises(InvalidInputError, match=message):
        InfoMap(**parameters).fit(karate)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"frozen": [0]}, "frozen needs init"),
        ({"frozen": ["zz"], "init": list(range(34))}, "frozen names 1 unknown nodes"),
        ({"init": [0, 1]}, "one label per node"),
        ({"groups": [1, 2]}, "groups must have one entry per node"),
        ({"groups": {"zz": 1}}, "groups names 1 unknown nodes"),
        ({"meta_data": {0: 1}}, "meta_data is missing for 33 of 34 nodes, the first is 1"),
        ({"node_weights": [1.0]}, "node_weights must have one entry per node"),
        ({"node_weights": [-1.0] * 34}, "node_weights must be finite and non-negative"),
    ],
)
def test_bad_arguments_of_fit_are_named(karate, arguments, message):
    with pytest.raises(InvalidInputError, match=message):
        InfoMap().fit(karate, **arguments)


def test_matrix_that_is_not_square_is_refused_with_a_remedy():
    with pytest.raises(InvalidInputError, match=r"must be square, got shape \(5, 3\); pass affinity=\"knn\""):
        InfoMap().fit(np.ones((5, 3)))


def test_negative_weight_is_refused_with_its_place():
    graph = np.ones((4, 4))
    graph[1, 2] = -1.0
    with pytest.raises(InvalidInputError, match=r"finite and non-negative, got -1.0 at \(1, 2\)"):
        InfoMap().fit(graph)


def test_precomputed_flow_needs_node_weights(karate):
    with pytest.raises(InvalidInputError, match="pass node_weights"):
        InfoMap(flow_model="precomputed").fit(karate)


def test_weights_as_flow_that_do_not_sum_to_one_warn(karate):
    with pytest.warns(UserWarning, match="sum to 34, not 1"):
        InfoMap(flow_model="precomputed", n_trials=1).fit(karate, node_weights=np.ones(34))


def test_flow_that_does_not_converge_warns():
    from sklearn.exceptions import ConvergenceWarning

    graph = nx.gnp_random_graph(50, 0.05, seed=1, directed=True)
    with pytest.warns(ConvergenceWarning, match="max_flow_iterations = 3"):
        found = InfoMap(max_flow_iterations=3, random_state=0, n_trials=1).fit(graph)
    assert not found.flow_converged_
    assert found.flow_iterations_ == 3


def test_verbose_shows_a_line_per_trial_and_changes_nothing(karate, fitted, capsys):
    loud = InfoMap(random_state=1, verbose=1).fit(karate)
    np.testing.assert_array_equal(loud.labels_, fitted.labels_)
    shown = "".join(capsys.readouterr())
    assert shown.count(" bits, ") == 10
    assert "10/10" in shown


def test_time_is_told_per_phase(fitted):
    assert list(fitted.timings_) == ["graph", "flow", "search", "score"]
    assert all(seconds >= 0 for seconds in fitted.timings_.values())


def test_search_that_needs_more_memory_than_there_is_is_refused():
    from types import SimpleNamespace

    from kexuestat.graph.memory import check_rows_memory, check_search_memory

    rows = SimpleNamespace(n_nodes=10**6, n_entries=10**8)
    check_search_memory(rows, "unit", available=lambda: 2**40)
    check_search_memory(rows, "unit", available=lambda: None)
    with pytest.raises(MemoryError, match=r"search needs about 2\.1 GiB .* only 1\.0 GiB are available"):
        check_search_memory(rows, "real", available=lambda: 2**30)
    with pytest.raises(MemoryError, match=r"rows needs about 1\.9 GiB for 1000000 nodes and 100000000 link entries"):
        check_rows_memory(10**8, 10**6, True, available=lambda: 2**30)


def test_communities_are_sets_of_the_callers_nodes():
    graph = nx.relabel_nodes(nx.barbell_graph(4, 0), lambda node: ("node", node))
    assert infomap_communities(graph, seed=1) == [{("node", i) for i in range(4)}, {("node", i) for i in range(4, 8)}]
