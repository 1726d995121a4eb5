"""infomap_communities and infomap_partitions keep the promises of networkx' interface."""

import networkx as nx
import pytest

from kexuestat.exceptions import InvalidInputError
from kexuestat.graph import infomap_communities, infomap_partitions, map_equation


@pytest.fixture
def caves():
    return nx.connected_caveman_graph(6, 5)


def test_communities_are_a_list_of_sets_largest_first(caves):
    caves.add_edge(0, 0, weight=5.0)
    communities = infomap_communities(caves, seed=1)
    assert all(isinstance(community, set) for community in communities)
    assert set().union(*communities) == set(caves)
    assert sum(map(len, communities)) == len(caves)
    assert 0 in communities[0]


def test_seed_decides(caves):
    assert infomap_communities(caves, seed=7) == infomap_communities(caves, seed=7)


def test_more_trials_are_never_worse():
    graph = nx.gnp_random_graph(60, 0.08, seed=4)
    one = map_equation(graph, infomap_communities(graph, seed=3))
    many = map_equation(graph, infomap_communities(graph, seed=3, num_trials=10))
    assert many <= one


def test_parallel_links_are_summed():
    multi = nx.MultiGraph([(0, 1), (0, 1), (1, 2), (2, 3), (2, 3)])
    simple = nx.Graph()
    simple.add_weighted_edges_from([(0, 1, 2.0), (1, 2, 1.0), (2, 3, 2.0)])
    assert infomap_communities(multi, seed=1) == infomap_communities(simple, seed=1)


def test_weight_none_counts_every_link_as_one():
    graph = nx.barbell_graph(4, 0)
    nx.set_edge_attributes(graph, 1e-9, "weight")
    graph[3][4]["weight"] = 1e9
    assert infomap_communities(graph, weight=None, seed=1) == [{0, 1, 2, 3}, {4, 5, 6, 7}]


def test_graph_without_links_gives_singletons():
    assert sorted(infomap_communities(nx.empty_graph(3)), key=min) == [{0}, {1}, {2}]


def test_partitions_come_coarsest_first_and_are_nested():
    graph = nx.Graph()
    for block in range(3):
        caves = nx.relabel_nodes(nx.connected_caveman_graph(4, 5), lambda node, b=block: (b, node))
        graph.update(caves)
    graph.add_edges_from([((0, 0), (1, 0)), ((1, 5), (2, 5)), ((2, 10), (0, 10))])
    levels = list(infomap_partitions(graph, seed=1, num_trials=5))
    assert len(levels) >= 1
    for coarse, fine in zip(levels, levels[1:]):
        assert len(coarse) < len(fine)
        assert all(any(small <= large for large in coarse) for small in fine)


def test_partitions_are_found_at_the_call_and_made_when_asked_for(caves):
    with pytest.raises(InvalidInputError, match="num_trials must be at least 1"):
        infomap_partitions(caves, num_trials=0)
    assert iter(infomap_partitions(caves, seed=1)) is not None


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"num_trials": 0}, "num_trials must be at least 1"),
        ({"teleportation_probability": 1.5}, "teleportation_probability"),
        ({"markov_tim": 1.0}, "Did you mean 'markov_time'"),
    ],
)
def test_bad_options_raise_a_value_error(caves, options, message):
    with pytest.raises(ValueError, match=message):
        infomap_communities(nx.DiGraph(caves), **options)


def test_negative_weight_raises_a_value_error():
    graph = nx.Graph()
    graph.add_edge("a", "b", weight=-1.0)
    with pytest.raises(ValueError, match="finite and non-negative"):
        infomap_communities(graph)


def test_options_of_the_estimator_are_accepted(caves):
    few = infomap_communities(caves, seed=1, markov_time=20.0)
    assert len(few) < len(infomap_communities(caves, seed=1))
    both = infomap_communities(caves, seed=1, groups={0: "same", 29: "same"})
    assert any({0, 29} <= community for community in both)
