"""The codelength of a given partition: formula, known values, laws, complaints."""

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kexuestat.exceptions import InvalidInputError
from kexuestat.graph import CSRGraph, StateNetwork, map_equation, score_partition, stationary_flow
from kexuestat.graph.codelength import codelength
from kexuestat.graph.model import build_model
from kexuestat.graph.module_tree import tree_of_levels, tree_of_paths
from tests.graph.strategies import graphs, trees
from tests.naive import map_equation as naive

TRIANGLES = [(1, 2), (1, 3), (2, 3), (3, 4), (4, 5), (4, 6), (5, 6)]
SPLIT = [{1, 2, 3}, {4, 5, 6}]


@st.composite
def _cases(draw):
    graph = draw(graphs(max_nodes=6))
    options = draw(
        st.sampled_from(
            [
                {},
                {"recorded_teleportation": True},
                {"recorded_teleportation": True, "to_nodes": True},
                {"regularized": True},
                {"entropy_corrected": True},
                {"preferred_number_of_modules": 2},
                {"flow_model": "rawdir", "markov_time": 0.7},
                {"variable_markov_time": True},
            ]
        )
    )
    if not graph.directed and "recorded_teleportation" in options:
        options = {}
    categories = draw(st.none() | st.lists(st.integers(0, 2), min_size=graph.n_nodes, max_size=graph.n_nodes))
    return graph, draw(trees(graph.n_nodes)), options, categories


@given(_cases())
def test_codelength_equals_the_formula(case):
    graph, paths, options, categories = case
    model = build_model(graph, options, meta_data=categories)
    network, objective = model.network, model.objective
    rows = np.repeat(np.arange(graph.n_nodes), np.diff(network.indptr))
    recorded = network.teleport_flow.shape[0] > 0
    expected, index = naive.codelength(
        list(zip(rows.tolist(), network.indices.tolist(), network.flow.tolist())),
        network.node_flow.tolist(),
        paths,
        network.teleport_flow.tolist() if recorded else None,
        network.teleport_weight.tolist() if recorded else None,
        categories=categories,
        meta_rate=objective.meta_rate,
        meta_weight=objective.meta_weight,
        bits_per_codeword=objective.bits_per_codeword,
        preferred=objective.preferred_modules,
    )
    found = codelength(network, tree_of_paths(paths), objective)
    np.testing.assert_allclose([found.total, found.index], [expected, index], atol=1e-12)


@given(graphs(max_nodes=6), st.data())
def test_states_of_a_physical_node_share_a_codeword(graph, data):
    physical = data.draw(st.lists(st.integers(0, 2), min_size=graph.n_nodes, max_size=graph.n_nodes))
    paths = data.draw(trees(graph.n_nodes))
    links = list(zip(graph.rows().tolist(), graph.indices.tolist(), graph.weights.tolist()))
    states = StateNetwork.from_links(links, dict(enumerate(physical)))
    model = build_model(states, {})
    rows = np.repeat(np.arange(graph.n_nodes), np.diff(model.network.indptr))
    links = list(zip(rows.tolist(), model.network.indices.tolist(), model.network.flow.tolist()))
    expected, _ = naive.codelength(links, model.network.node_flow.tolist(), paths, physical=physical)
    found = map_equation(states, dict(enumerate(paths)))
    np.testing.assert_allclose(found, expected, atol=1e-12)


@pytest.mark.parametrize(
    ("communities", "options", "expected"),
    [
        (SPLIT, {}, 2.3207303568),
        ([{1, 2, 3, 4, 5, 6}], {}, 2.5566567075),
        ([{i} for i in range(1, 7)], {}, 4.5566567075),
        ([{1, 2}, {3, 4, 5, 6}], {}, 2.9299678578),
        (SPLIT, {"markov_time": 0.5}, 2.0066845664),
        (SPLIT, {"markov_time": 2.0}, 2.8249196444),
        (SPLIT, {"regularized": True}, 2.8826349266),
        ([{1, 2, 3, 4, 5, 6}], {"regularized": True}, 2.5757674076),
        (SPLIT, {"entropy_corrected": True}, 2.6814041171),
        (SPLIT, {"meta_data": [1, 1, 2, 2, 3, 3]}, 3.3059584929),
        (SPLIT, {"meta_data": [1, 1, 2, 2, 3, 3], "meta_data_unweighted": True}, 3.2390261909),
    ],
)
def test_two_triangles_have_their_known_codelengths(communities, options, expected):
    np.testing.assert_allclose(map_equation(TRIANGLES, communities, **options), expected, rtol=0, atol=1e-10)


def test_a_level_that_splits_nothing_costs_what_is_known():
    tree = dict.fromkeys((1, 2, 3), (0, 0)) | dict.fromkeys((4, 5, 6), (1, 0))
    assert abs(map_equation(TRIANGLES, tree) - 2.6064446425) < 1e-9


@given(graphs(), st.data())
def test_codelength_does_not_change_when_nodes_are_renamed(graph, data):
    labels = np.array(data.draw(st.lists(st.integers(0, 2), min_size=graph.n_nodes, max_size=graph.n_nodes)))
    order = np.array(data.draw(st.permutations(range(graph.n_nodes))))
    source, target, weights = graph.links()
    renamed = CSRGraph.from_edges(order[source], order[target], weights, n_nodes=graph.n_nodes, directed=graph.directed)
    new_labels = np.empty_like(labels)
    new_labels[order] = labels
    np.testing.assert_allclose(map_equation(graph, labels), map_equation(renamed, new_labels), atol=1e-10)


@given(graphs(), st.sampled_from([1e-3, 7.0, 1e5]), st.data())
def test_codelength_does_not_change_when_weights_are_scaled(graph, factor, data):
    labels = data.draw(st.lists(st.integers(0, 2), min_size=graph.n_nodes, max_size=graph.n_nodes))
    scaled = CSRGraph(graph.indptr, graph.indices, graph.weights * factor, graph.directed, graph.nodes)
    np.testing.assert_allclose(map_equation(graph, labels), map_equation(scaled, labels), atol=1e-10)


def test_splitting_a_link_into_parallel_links_changes_nothing():
    twice = [(a, b, 0.5) for a, b in TRIANGLES] * 2
    assert map_equation(TRIANGLES, SPLIT) == map_equation(twice, SPLIT)


def test_loop_changes_visit_rates_but_border_flows_only_by_the_norm():
    plain = score_partition(TRIANGLES, SPLIT)
    looped = score_partition([*TRIANGLES, (1, 1)], SPLIT)
    np.testing.assert_allclose(looped.exit_flow, plain.exit_flow * 14 / 15)
    assert looped.node_flow[0] > plain.node_flow[0] * 14 / 15


@given(graphs(directed=True), st.booleans(), st.data())
def test_recorded_flow_that_enters_equals_flow_that_exits(graph, to_nodes, data):
    labels = data.draw(st.lists(st.integers(0, 2), min_size=graph.n_nodes, max_size=graph.n_nodes))
    score = score_partition(graph, labels, recorded_teleportation=True, to_nodes=to_nodes)
    np.testing.assert_allclose(score.enter_flow.sum(), score.exit_flow.sum(), atol=1e-9)


def test_parts_of_the_score_add_up(rng):
    graph = nx.karate_club_graph()
    paths = {node: (int(a), int(b)) for node, (a, b) in enumerate(rng.integers(0, 3, (34, 2)))}
    score = score_partition(graph, paths, meta_data=dict(nx.get_node_attributes(graph, "club")), meta_data_rate=0.5)
    np.testing.assert_allclose(score.index_codelength + score.module_codelength, score.codelength)
    np.testing.assert_allclose(score.module_codelengths.sum(), score.module_codelength)
    np.testing.assert_allclose(score.module_flow.sum(), 1.0)
    assert score.meta_codelength > 0
    assert score.n_modules == 3
    assert score.labels.max() == 2


@pytest.mark.parametrize(
    "partition",
    [
        SPLIT,
        [frozenset(s) for s in SPLIT],
        [0, 0, 0, 7, 7, 7],
        np.array([2.0, 2.0, 2.0, 1.0, 1.0, 1.0]),
        {1: "a", 2: "a", 3: "a", 4: "b", 5: "b", 6: "b"},
        {1: (0,), 2: (0,), 3: (0,), 4: (1,), 5: (1,), 6: (1,)},
        [np.array([0, 0, 0, 1, 1, 1])],
        [[0, 0, 0, 1, 1, 1], [0, 0, 0, 1, 1, 1]],
    ],
    ids=str,
)
def test_partition_may_have_many_forms(partition):
    assert abs(map_equation(TRIANGLES, partition) - 2.3207303568) < 1e-10


def test_levels_and_paths_describe_the_same_tree():
    fine, coarse = np.array([0, 0, 1, 2, 3, 3]), np.array([0, 0, 0, 1, 1, 1])
    paths = [(c, f) for c, f in zip(coarse, fine)]
    by_levels, by_paths = tree_of_levels([fine, coarse]), tree_of_paths(paths)
    assert by_levels.n_children[0] == by_paths.n_children[0] == 2
    assert len(by_levels.parent) == len(by_paths.parent) == 7
    links = CSRGraph.of(TRIANGLES)
    assert map_equation(links, [fine, coarse]) == map_equation(links, dict(zip(range(1, 7), paths)))


@pytest.mark.parametrize(
    ("partition", "message"),
    [
        ([{1, 2, 3}, {4, 5}], "1 of 6 nodes are in none of them, the first is 6"),
        ([{1, 2, 3}, {3, 4, 5, 6}], "node 3 is in more than one"),
        ([{1, 2, 3}, {4, 5, 6, 7}], "not in the graph, the first is 7"),
        ([0, 0, 1], r"one label per node \(6\)"),
        ([0, 0, 1, 1, np.nan, 1], r"partition\[4\] = nan"),
        ({1: (0,), 2: (0, 1), 3: (0, 1), 4: (1,), 5: (1,), 6: (1,)}, "holds both"),
        ([np.array([0, 0, 0, 1, 1, 1]), np.array([0, 0, 1, 1, 1, 1])], "must be nested"),
    ],
)
def test_what_is_no_partition_is_refused(partition, message):
    with pytest.raises(InvalidInputError, match=message):
        map_equation(TRIANGLES, partition)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"flow_model": "undirectd"}, "Did you mean 'undirected'"),
        ({"markov_tme": 2}, "Did you mean 'markov_time'"),
        ({"markov_time": 0}, "markov_time must be in"),
        ({"teleportation_probability": 1.5}, r"teleportation_probability must be in \[0, 1\], got 1.5"),
        ({"variable_markov_damping": -1}, "variable_markov_damping must be in"),
        ({"regularization_strength": -1}, "regularization_strength must be in"),
        ({"multilayer_relax_rate": 2}, "multilayer_relax_rate must be in"),
        ({"to_nodes": 1}, "to_nodes must be True or False"),
        ({"flow_model": "precomputed"}, "needs the visit rates"),
        ({"flow_model": "rawdir", "regularized": True}, "regularized=True needs undirected or directed"),
        ({"meta_data": {1: 0, 2: 0}}, "missing for 4 of 6 nodes, the first is 3"),
        ({"meta_data": [1, 2]}, "one entry per node"),
    ],
)
def test_bad_options_are_named(options, message):
    with pytest.raises(InvalidInputError, match=message):
        map_equation(TRIANGLES, SPLIT, **options)


def test_bipartite_projection_refuses_what_is_not_defined():
    graph = CSRGraph.of([(1, 3), (2, 3), (2, 4)]).bipartite(start=3)
    for option in ("regularized", "recorded_teleportation"):
        with pytest.raises(InvalidInputError, match="skip_adjust_bipartite_flow"):
            stationary_flow(graph, directed=True, **{option: True})


def test_graph_without_links_has_codelength_zero():
    score = score_partition(CSRGraph.from_edges([], [], n_nodes=3), [0, 1, 2])
    assert (score.codelength, score.one_level_codelength, score.relative_savings) == (0.0, 0.0, 0.0)


def test_recorded_teleportation_on_undirected_flow_warns():
    with pytest.warns(UserWarning, match="no effect on undirected flow"):
        map_equation(TRIANGLES, SPLIT, recorded_teleportation=True)


def test_flow_model_wins_over_the_direction_of_the_graph():
    directed = nx.DiGraph([(a, b) for a, b in TRIANGLES])
    assert map_equation(directed, SPLIT, flow_model="undirected") == map_equation(TRIANGLES, SPLIT)
