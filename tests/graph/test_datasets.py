"""The embedded graphs are what they say."""

import pytest

from kexuestat.exceptions import InvalidInputError
from kexuestat.graph import load_graph
from kexuestat.graph.datasets import dataset_names

SIZES = {
    "davis": (32, 89),
    "florentine": (15, 20),
    "karate": (34, 78),
    "lesmis": (77, 254),
    "nine_triangles": (27, 39),
    "ring_of_cliques": (40, 88),
    "two_triangles": (6, 7),
}


@pytest.mark.parametrize(("name", "size"), SIZES.items())
def test_sizes_are_the_published_ones(name, size):
    graph = load_graph(name)
    assert (graph.n_nodes, graph.n_links) == size


def test_every_listed_name_loads_and_is_the_same_each_time():
    for name in dataset_names():
        assert load_graph(name).weights.tolist() == load_graph(name).weights.tolist()


def test_davis_is_bipartite_and_lesmis_weighted():
    assert load_graph("davis").features.sum() == 14
    assert load_graph("lesmis").weights.max() == 31
    assert load_graph("karate").weights.max() == 1


def test_unknown_name_lists_the_choices():
    with pytest.raises(InvalidInputError, match=r"one of 'davis'.*Did you mean 'karate'"):
        load_graph("karat")
