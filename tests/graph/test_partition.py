"""The result object: numbering, paths, comparison, exports."""

import pickle
import sys
from types import SimpleNamespace

import networkx as nx
import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from kexuestat.exceptions import InvalidInputError, MissingDependencyError
from kexuestat.graph import Partition
from kexuestat.graph.partition import levels_of_paths, paths_of_levels

PATHS = [(1, 1), (1, 1), (1, 2), (2,), (2,), (3,)]
FLOW = np.array([0.1, 0.1, 0.1, 0.2, 0.3, 0.2])


def partition(**facts):
    return Partition.from_paths(PATHS, list("abcdef"), node_flow=FLOW, **facts)


def test_modules_are_numbered_by_decreasing_flow_and_ties_by_the_smallest_row():
    assert_array_equal(partition().labels, [1, 1, 1, 0, 0, 2])
    tied = Partition.from_levels([np.array([7, 3, 3, 7, 5])], range(5))
    assert_array_equal(tied.labels, [0, 1, 1, 0, 2])


def test_finer_levels_are_numbered_inside_their_parents():
    assert_array_equal(partition().levels[0], [1, 1, 2, 0, 0, 3])


def test_paths_leave_out_levels_that_do_not_split():
    assert partition().paths == [(1, 0), (1, 0), (1, 1), (0,), (0,), (2,)]


def test_paths_and_levels_are_two_spellings_of_one_tree(rng):
    for _ in range(20):
        fine = rng.integers(0, 6, 15)
        coarse = (fine // 2) % 3
        top = coarse % 2
        made = Partition.from_levels([fine + 10 * coarse + 100 * top, coarse + 10 * top, top], range(15))
        again = levels_of_paths(paths_of_levels(made.levels))
        again = Partition.from_levels(again, range(15))
        assert again.paths == made.paths
        assert_array_equal(again.labels, made.labels)


def test_facts_of_the_partition():
    made = partition(codelength=2.0, one_level_codelength=4.0)
    assert (made.n_modules, made.n_levels, made.relative_savings) == (3, 3, 0.5)
    assert_allclose(made.module_flow, [0.5, 0.3, 0.2])
    assert_array_equal(made.sizes(), [2, 3, 1])
    assert_array_equal(made.sizes(0), [2, 2, 1, 1])
    assert made.membership == [1, 1, 1, 0, 0, 2]
    assert repr(made) == "Partition(6 nodes, 3 modules, 3 levels, 2 bits)"


def test_nodes_of_a_module_come_by_decreasing_flow():
    assert partition().module(0) == ["e", "d"]
    assert partition().modules(0) == {0: ["e", "d"], 1: ["a", "b"], 2: ["c"], 3: ["f"]}
    with pytest.raises(InvalidInputError, match="k must be at most 2, got 3"):
        partition().module(3)


def test_communities_are_sets_of_the_callers_nodes():
    assert partition().communities() == [{"d", "e"}, {"a", "b", "c"}, {"f"}]
    ints = Partition.from_levels([np.array([0, 0, 1])], np.array([4, 5, 6])).communities()
    assert all(type(node) is int for members in ints for node in members)


def test_partition_survives_pickling():
    copy = pickle.loads(pickle.dumps(partition(codelength=1.5)))
    assert copy.paths == partition().paths
    assert copy.codelength == 1.5


@pytest.mark.parametrize(
    "other",
    [
        [5, 5, 5, 2, 2, 0],
        {"a": 0, "b": 0, "c": 0, "d": 1, "e": 1, "f": "z"},
        [{"a", "b", "c"}, {"d", "e"}, {"f"}],
        partition(),
    ],
)
def test_a_partition_agrees_with_every_spelling_of_itself(other):
    found = partition().compare(other)
    assert_allclose([found.ami, found.nmi, found.ari], 1.0)
    assert found.overlap.sum() == found.overlap.max(axis=1).sum() == 6
    assert_allclose(found.flow.sum(axis=1), partition().module_flow)


def test_comparison_is_that_of_scikit_learn(rng):
    from sklearn import metrics

    first, second = rng.integers(0, 3, 40), rng.integers(0, 4, 40)
    found = Partition.from_levels([first], range(40)).compare(second)
    assert_allclose(found.ami, metrics.adjusted_mutual_info_score(second, first))
    assert_allclose(found.ari, metrics.adjusted_rand_score(second, first))


def test_partitions_that_do_not_fit_are_refused_with_the_node():
    with pytest.raises(InvalidInputError, match="1 nodes are in no community, the first is 'f'"):
        partition().compare([{"a", "b", "c"}, {"d", "e"}])
    with pytest.raises(InvalidInputError, match="node 'a' is in two communities, 0 and 1"):
        partition().compare([{"a", "b", "c"}, {"a", "d", "e", "f"}])
    with pytest.raises(InvalidInputError, match="1 nodes of the partition are unknown, the first is 'q'"):
        partition().compare([set("abcdef"), {"q"}])
    with pytest.raises(InvalidInputError, match="one entry per node"):
        partition().compare([0, 1])


def test_table_has_node_name_module_path_and_flow():
    pytest.importorskip("pandas")
    frame = partition(names={"a": "Anna"}).to_dataframe()
    assert list(frame.columns) == ["node", "name", "module", "path", "flow"]
    assert frame.name.tolist()[:2] == ["Anna", "b"]
    assert frame.path.tolist() == ["2:1", "2:1", "2:2", "1", "1", "3"]


def test_table_of_states_has_state_and_layer():
    pytest.importorskip("pandas")
    states = [(1, "x"), (2, "x"), (2, "y")]
    made = Partition.from_levels(
        [np.array([0, 1, 1])], states, physical=np.array([0, 0, 1]), physical_nodes=["x", "y"], names={"x": "X!"}
    )
    frame = made.to_dataframe()
    assert frame.layer.tolist() == [1, 2, 2]
    assert frame.node.tolist() == ["x", "x", "y"]
    assert frame.name.tolist() == ["X!", "X!", "y"]
    assert frame.state_id.tolist() == [0, 1, 2]


def test_networkx_nodes_carry_module_path_and_flow():
    graph = nx.path_graph(6)
    made = Partition.from_paths(PATHS, list(graph), node_flow=FLOW)
    attributed = made.to_networkx(graph)
    assert attributed.nodes[4] == {"module": 0, "path": "1", "flow": 0.3}
    assert graph.nodes[4] == {}


def test_igraph_clustering_has_our_membership():
    igraph = pytest.importorskip("igraph")
    clustering = partition().to_igraph(igraph.Graph(6))
    assert clustering.membership == [1, 1, 1, 0, 0, 2]
    with pytest.raises(InvalidInputError, match="must have 6 vertices, got 5"):
        partition().to_igraph(igraph.Graph(5))


def test_cdlib_clustering_gets_the_communities(monkeypatch):
    graph = nx.path_graph(6)
    made = SimpleNamespace(NodeClustering=lambda communities, graph, method: (communities, graph, method))
    monkeypatch.setitem(sys.modules, "cdlib", made)
    assert partition().to_cdlib(graph) == ([["d", "e"], ["a", "b", "c"], ["f"]], graph, "kexuestat")
    monkeypatch.setitem(sys.modules, "cdlib", None)
    with pytest.raises(MissingDependencyError, match="to_cdlib needs cdlib; install it with: pip install cdlib"):
        partition().to_cdlib(graph)


def test_summary_and_html_show_the_largest_modules_first():
    made = partition(codelength=2.0, one_level_codelength=4.0, names={"e": "<Eve>"})
    text = made.summary(n_modules=2, n_nodes=1)
    assert "6 nodes, 3 modules, 3 levels, codelength 2.000000 bits per step, 50.0 % below one module" in text
    assert "<Eve>, …" in text
    assert "and 1 more" in text
    assert "&lt;Eve&gt;" in made._repr_html_()
