"""Every form of a graph becomes the same rows, and what is no graph is refused by name."""

import networkx as nx
import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse

from kexuestat.exceptions import InvalidInputError
from kexuestat.graph import CSRGraph

LINKS = [("a", "b", 2.0), ("b", "c", 1.0), ("c", "c", 0.5), ("d", "a", 3.0)]
MATRIX = np.array([[0, 2, 0, 3], [2, 0, 1, 0], [0, 1, 0.5, 0], [3, 0, 0, 0]], dtype=float)
ARCS = np.array([[0, 2, 0, 0], [0, 0, 1, 0], [0, 0, 0.5, 0], [3, 0, 0, 0]], dtype=float)


def dense(graph):
    return graph.to_scipy().toarray()


def nx_graph(kind):
    graph = kind()
    graph.add_nodes_from("abcd")
    graph.add_weighted_edges_from(LINKS)
    return graph


@pytest.mark.parametrize("kind", [nx.Graph, nx.MultiGraph])
def test_undirected_networkx_graphs_become_symmetric_rows(kind):
    graph = CSRGraph.of(nx_graph(kind))
    assert not graph.directed
    assert graph.nodes == list("abcd")
    assert_array_equal(dense(graph), MATRIX)


@pytest.mark.parametrize("kind", [nx.DiGraph, nx.MultiDiGraph])
def test_directed_networkx_graphs_become_arcs(kind):
    graph = CSRGraph.of(nx_graph(kind))
    assert graph.directed
    assert_array_equal(dense(graph), ARCS)


def test_parallel_links_of_a_multigraph_add_up():
    graph = nx.MultiGraph([(1, 2), (2, 1), (1, 1), (1, 1)])
    assert_array_equal(dense(CSRGraph.of(graph)), [[2, 2], [2, 0]])
    assert_array_equal(dense(CSRGraph.of(graph, weight=None)), [[2, 2], [2, 0]])


def test_nodes_keep_their_objects_their_order_and_their_isolation():
    graph = nx.Graph()
    nodes = [("x", 1), frozenset({2}), 7, 3.5, "s"]
    graph.add_nodes_from(nodes)
    graph.add_edge(nodes[3], nodes[0])
    csr = CSRGraph.of(graph)
    assert csr.nodes == nodes
    assert_array_equal(np.diff(csr.indptr), [1, 0, 0, 1, 0])


def test_networkx_edges_read_as_arcs_are_those_that_are_listed():
    graph = nx.Graph([(1, 2), (3, 2)])
    assert_array_equal(dense(CSRGraph.of(graph, directed=True)), dense(CSRGraph.of(nx.DiGraph(graph.edges))))


def test_arcs_read_as_links_add_up():
    graph = nx.DiGraph([(1, 2), (2, 1), (2, 3)])
    assert_array_equal(dense(CSRGraph.of(graph, directed=False)), [[0, 2, 0], [2, 0, 1], [0, 1, 0]])


def test_subgraph_views_of_networkx_are_read():
    graph = nx.path_graph(5).subgraph([1, 2, 3])
    assert CSRGraph.of(graph).n_links == 2


@pytest.mark.parametrize("form", ["csr", "csc", "coo", "lil", "dok", "bsr"])
@pytest.mark.parametrize("container", [sparse.csr_array, sparse.csr_matrix])
def test_sparse_matrices_of_every_format_are_read(form, container):
    given = container(MATRIX).asformat(form)
    assert_array_equal(dense(CSRGraph.of(given)), MATRIX)
    assert CSRGraph.of(container(ARCS).asformat(form)).directed


@pytest.mark.parametrize("dtype", [np.int32, np.int64, np.float32, np.float64])
def test_dense_matrices_of_every_type_are_read(dtype):
    given = (2 * MATRIX).astype(dtype)
    given.setflags(write=False)
    graph = CSRGraph.of(given)
    assert_array_equal(dense(graph), 2 * MATRIX)
    assert graph.indptr.dtype == graph.indices.dtype == np.int64
    assert graph.weights.dtype == np.float64


def test_boolean_and_nested_list_matrices_are_read():
    assert_array_equal(dense(CSRGraph.of(MATRIX > 0)), MATRIX > 0)
    assert_array_equal(dense(CSRGraph.of(MATRIX.tolist())), MATRIX)


def test_undirected_matrix_is_the_mean_of_both_directions(rng):
    matrix = rng.random((6, 6)) * (rng.random((6, 6)) < 0.5)
    mean = (matrix + matrix.T) / 2
    for given in (matrix, sparse.csr_array(matrix), sparse.coo_array(matrix)):
        assert_allclose(dense(CSRGraph.of(given, directed=False)), mean)
        assert_allclose(dense(CSRGraph.of(given, directed=True)), matrix)


def test_matrix_that_is_symmetric_up_to_rounding_is_undirected():
    matrix = MATRIX * (1 + 1e-14 * np.arange(16).reshape(4, 4))
    graph = CSRGraph.of(matrix)
    assert not graph.directed
    assert_array_equal(dense(graph), dense(graph).T)


def test_explicit_zeros_and_duplicates_of_a_sparse_matrix():
    matrix = sparse.coo_array(([1.0, 2.0, 0.0, 3.0], ([0, 0, 1, 1], [1, 1, 2, 0])), shape=(3, 3))
    graph = CSRGraph.of(matrix)
    assert graph.n_entries == 2
    assert_array_equal(dense(graph), [[0, 3, 0], [3, 0, 0], [0, 0, 0]])


def test_unsorted_sparse_rows_are_sorted_without_touching_them():
    matrix = sparse.csr_array((np.array([1.0, 2.0]), np.array([2, 1]), np.array([0, 2, 2, 2])), shape=(3, 3))
    graph = CSRGraph.of(matrix)
    assert_array_equal(graph.indices, [1, 2])
    assert_array_equal(matrix.indices, [2, 1])


def test_arrays_of_edges_in_every_shape():
    source, target = np.array([5, 7, 7, 9]), np.array([7, 9, 9, 11])
    expected = [[0, 1, 0, 0], [1, 0, 2, 0], [0, 2, 0, 1], [0, 0, 1, 0]]
    for given in (np.array([source, target]), np.column_stack((source, target))):
        graph = CSRGraph.of(given)
        assert list(graph.nodes) == [5, 7, 9, 11]
        assert_array_equal(dense(graph), expected)
    weighted = np.column_stack((source, target, np.full(4, 0.5)))
    assert_array_equal(dense(CSRGraph.of(weighted)), np.array(expected) / 2)
    assert_array_equal(dense(CSRGraph.of(weighted, weight=None)), expected)


@pytest.mark.parametrize("shape", [(2, 2), (2, 3)])
def test_ambiguous_integer_arrays_are_refused_with_a_remedy(shape):
    with pytest.raises(InvalidInputError, match=r"ambiguous.*from_edges"):
        CSRGraph.of(np.ones(shape, dtype=int))
    with pytest.raises(InvalidInputError, match="ambiguous"):
        CSRGraph.of(np.ones(shape, dtype=int).tolist())


def test_float_matrix_of_two_nodes_is_a_matrix():
    assert CSRGraph.of(np.array([[0.0, 1.0], [1.0, 0.0]])).n_links == 1


def test_edge_arrays_may_be_read_only_strided_and_narrow():
    edges = np.array([[0, 1], [1, 2], [2, 0], [3, 0]])[::-1]
    edges.setflags(write=False)
    for dtype in (np.int32, np.int64, np.uint32, np.int16):
        graph = CSRGraph.of(edges.astype(dtype), directed=True)
        assert_array_equal(dense(graph), [[0, 1, 0, 0], [0, 0, 1, 0], [1, 0, 0, 0], [1, 0, 0, 0]])


def test_integer_ids_need_not_be_contiguous_and_may_be_huge_or_negative():
    for low, high in ((10, 30), (-4, 2**40), (0, 2**62), (3, 2**63), (1, 2**80)):
        graph = CSRGraph.from_edges([low, high], [high, low])
        assert list(graph.nodes) == [low, high]
        assert_array_equal(graph.weights, [2, 2])


def test_known_number_of_nodes_keeps_isolated_ones():
    graph = CSRGraph.from_edges([0], [3], n_nodes=6)
    assert graph.n_nodes == 6
    assert graph.nodes == range(6)


def test_node_lists_fix_the_rows():
    graph = CSRGraph.from_edges(["c", "a"], ["a", "b"], nodes=["a", "b", "c", "d"])
    assert graph.nodes == ["a", "b", "c", "d"]
    assert_array_equal(graph.rows(), [0, 0, 1, 2])
    with pytest.raises(InvalidInputError, match="must join members of nodes, got 'z'"):
        CSRGraph.from_edges(["z"], ["a"], nodes=["a"])


def test_lists_of_tuples_with_and_without_weights():
    graph = CSRGraph.of(iter([("a", "b"), ("b", "c", 3), (("t", 1), "a", 2.0)]))
    assert graph.nodes == ["a", "b", "c", ("t", 1)]
    assert_array_equal(dense(graph)[0], [0, 1, 0, 2])


def test_mixed_node_types_stay_what_they_are():
    assert CSRGraph.of([(1, "1"), ("1", 2.5)]).nodes == [1, "1", 2.5]


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_frames_of_links(library):
    frames = pytest.importorskip(library)
    named = frames.DataFrame({"weight": [2.0, 1.0, 0.5, 3.0], "target": list("bcca"), "source": list("abcd")})
    placed = frames.DataFrame({"x": list("abcd"), "y": list("bcca"), "z": [2.0, 1.0, 0.5, 3.0]})
    for frame in (named, placed):
        graph = CSRGraph.of(frame)
        assert graph.nodes == list("abcd")
        assert_array_equal(dense(graph), MATRIX)
    numbers = frames.DataFrame({"source": [1, 2], "target": [2, 4]})
    assert list(CSRGraph.of(numbers, directed=True).nodes) == [1, 2, 4]


def test_a_frame_named_on_both_sides_is_a_matrix():
    pandas = pytest.importorskip("pandas")
    graph = CSRGraph.of(pandas.DataFrame(MATRIX, index=list("abcd"), columns=list("abcd")))
    assert graph.nodes == list("abcd")
    assert_array_equal(dense(graph), MATRIX)


def test_missing_values_of_a_frame_are_counted():
    pandas = pytest.importorskip("pandas")
    with pytest.raises(InvalidInputError, match="column 'target' has 1 missing"):
        CSRGraph.of(pandas.DataFrame({"source": ["a", "b"], "target": ["b", None]}))


def test_igraph_graphs_keep_names_weights_and_direction():
    igraph = pytest.importorskip("igraph")
    graph = igraph.Graph(edges=[(0, 1), (1, 2), (2, 2), (3, 0)], directed=False)
    graph.es["weight"] = [2.0, 1.0, 0.5, 3.0]
    graph.vs["name"] = list("abcd")
    assert_array_equal(dense(CSRGraph.of(graph)), MATRIX)
    assert CSRGraph.of(graph).nodes == list("abcd")
    assert CSRGraph.of(igraph.Graph(edges=[(0, 1)], directed=True)).directed


def test_edge_index_objects_are_recognised_by_their_shape():
    class Tensor(np.ndarray):
        def detach(self):
            return self

        def cpu(self):
            return self

        def numpy(self):
            return np.asarray(self)

    Tensor.__module__ = "torch"
    index = np.array([[0, 1, 2], [1, 2, 2]] + [[0] * 3])[:2, [0, 1, 2, 2]].view(Tensor)
    assert CSRGraph.of(index).n_links == 3

    class Data:
        edge_index = np.array([[0, 1], [1, 0]])
        num_nodes = 4

    assert CSRGraph.of(Data()).n_nodes == 4


def test_csr_graph_passes_through():
    graph = CSRGraph.of(LINKS)
    assert CSRGraph.of(graph) is graph
    assert CSRGraph.of(graph, directed=True).directed


@pytest.mark.parametrize("weight", [-1.0, np.nan, np.inf])
def test_bad_weights_name_link_and_value(weight):
    message = rf"weights must be finite and non-negative, got {weight} for link \('b', 'c'\)\."
    with pytest.raises(InvalidInputError, match=message):
        CSRGraph.of([("a", "b", 1.0), ("b", "c", weight)])
    graph = nx.Graph()
    graph.add_weighted_edges_from([("a", "b", 1.0), ("b", "c", weight)])
    with pytest.raises(InvalidInputError, match=message):
        CSRGraph.of(graph)
    matrix = np.zeros((3, 3))
    matrix[1, 2] = weight
    for given in (matrix, sparse.csr_array(matrix), sparse.csc_array(matrix)):
        with pytest.raises(InvalidInputError, match=rf"got {weight} for link \(1, 2\)"):
            CSRGraph.of(given)


def test_weights_that_are_no_numbers_are_named():
    graph = nx.Graph()
    graph.add_edge(1, 2, weight="heavy")
    with pytest.raises(InvalidInputError, match="weights must be numbers, got 'heavy'"):
        CSRGraph.of(graph)


def test_weights_that_vanish_or_overflow_are_refused():
    with pytest.raises(InvalidInputError, match="no flow can be defined"):
        CSRGraph.of([(1, 2, 0.0), (2, 3, 0.0)])
    with pytest.raises(InvalidInputError, match=r"not finite.*scale"):
        CSRGraph.of([(1, 2, 1e308), (2, 3, 1e308)])


@pytest.mark.parametrize("empty", [nx.Graph(), np.empty((0, 0)), sparse.csr_array((0, 0)), []])
def test_graph_without_nodes_is_refused(empty):
    with pytest.raises(InvalidInputError, match=r"graph has no nodes\."):
        CSRGraph.of(empty)


def test_graph_without_links_is_a_graph():
    for given in (nx.empty_graph(3), np.zeros((3, 3)), sparse.csr_array((3, 3))):
        graph = CSRGraph.of(given)
        assert (graph.n_nodes, graph.n_links, graph.directed) == (3, 0, False)


def test_matrix_that_is_not_square_names_shape_and_remedy():
    for given in (np.ones((5, 4)), sparse.csr_array(np.ones((5, 4)))):
        with pytest.raises(InvalidInputError, match=r"\(5, 4\).*affinity='knn'"):
            CSRGraph.of(given)


def test_fractional_ids_and_strange_objects_are_refused():
    with pytest.raises(InvalidInputError, match=r"source\[1\] = 1.5"):
        CSRGraph.of(np.array([[0.0, 1.0, 1.0], [1.5, 2.0, 1.0]] * 2))
    with pytest.raises(InvalidInputError, match="got object"):
        CSRGraph.of(object())
    with pytest.raises(InvalidInputError, match=r"tuples .* got 'ab'"):
        CSRGraph.of(["ab"])
    with pytest.raises(InvalidInputError, match="nodes must be hashable"):
        CSRGraph.of([([1], [2]), ([2], [3])][:0] + [(("a", [1]), 2)])


def test_ids_out_of_range_and_lengths_that_differ_are_refused():
    with pytest.raises(InvalidInputError, match=r"0 \.\.\. 2, got target\[1\] = 3"):
        CSRGraph.from_edges([0, 1], [1, 3], n_nodes=3)
    with pytest.raises(InvalidInputError, match="equal length, got 2 and 1"):
        CSRGraph.from_edges([0, 1], [1])
    with pytest.raises(InvalidInputError, match="one entry per link"):
        CSRGraph.from_edges([0, 1], [1, 0], [1.0])


def test_input_is_never_changed(rng):
    source, target, weight = rng.integers(0, 9, 50), rng.integers(0, 9, 50), rng.random(50)
    before = source.copy(), target.copy(), weight.copy()
    CSRGraph.from_edges(source, target, weight)
    for array, old in zip((source, target, weight), before):
        assert_array_equal(array, old)


def test_random_links_agree_with_scipy(rng):
    for n, m in ((1, 5), (3, 0), (50, 400), (3000, 20000)):
        source, target, weight = rng.integers(0, n, m), rng.integers(0, n, m), rng.random(m)
        arcs = sparse.coo_array((weight, (source, target)), shape=(n, n)).tocsr()
        graph = CSRGraph.from_edges(source, target, weight if m else None, n_nodes=n, directed=True)
        assert abs(graph.to_scipy() - arcs).sum() < 1e-9
        loops = sparse.diags_array(arcs.diagonal()).tocsr()
        links = CSRGraph.from_edges(source, target, weight if m else None, n_nodes=n)
        assert abs(links.to_scipy() - (arcs + arcs.T - loops)).sum() < 1e-9
        assert links.n_links == sum(1 for _ in zip(*links.links()))


def test_links_and_networkx_give_the_graph_back():
    graph = CSRGraph.of(LINKS)
    assert_array_equal(dense(CSRGraph.of(graph.to_networkx())), MATRIX)
    assert sorted(zip(*(part.tolist() for part in graph.links()))) == [
        (0, 1, 2.0),
        (0, 3, 3.0),
        (1, 2, 1.0),
        (2, 2, 0.5),
    ]
    assert graph.n_loops == 1


def test_transpose_and_reverse_turn_arcs_round():
    graph = CSRGraph.of(ARCS)
    assert_array_equal(dense(graph.reverse()), ARCS.T)


def test_bipartite_graphs_know_their_sides():
    graph = CSRGraph.of([(1, 4), (2, 4), (3, 5)])
    assert graph.bipartite(start=4).features.tolist() == [False, False, False, True, True]
    with pytest.raises(InvalidInputError, match=r"must join its two sides \(ids below 5.*link \(1, 4\)"):
        graph.bipartite(start=5)
    with pytest.raises(InvalidInputError, match="one entry per node"):
        graph.bipartite([True, False])


def test_biadjacency_matrices_become_bipartite_graphs():
    graph = CSRGraph.from_biadjacency(sparse.csr_array([[1.0, 0, 2], [0, 3, 0]]), nodes=list("abxyz"))
    assert graph.features.tolist() == [False, False, True, True, True]
    assert dense(graph)[0].tolist() == [0, 0, 1, 0, 2]
    assert graph.nodes == list("abxyz")
    with pytest.raises(InvalidInputError, match="finite and non-negative"):
        CSRGraph.from_biadjacency([[-1.0, 1.0]])


def test_node_weights_are_arrays_or_dicts():
    graph = CSRGraph.from_edges(["a"], ["b"], node_weights={"b": 2, "a": 1})
    assert graph.node_weights.tolist() == [1, 2]
    with pytest.raises(InvalidInputError, match="missing for 1 nodes, the first is 'b'"):
        CSRGraph.from_edges(["a"], ["b"], node_weights={"a": 1})
    with pytest.raises(InvalidInputError, match=r"got -1.0 for node 'b'"):
        CSRGraph.from_edges(["a"], ["b"], node_weights=[1, -1])


@pytest.mark.parametrize("n_threads", [1, 3])
@pytest.mark.parametrize("weighted", [False, True])
def test_rows_made_in_parts_by_threads_are_the_rows_made_at_once(rng, monkeypatch, n_threads, weighted):
    from kexuestat.graph import edges

    source, target = rng.integers(0, 300, (2, 4000))
    weights = rng.choice([0.0, 0.1, 1.0, 3.0], 4000) if weighted else None
    whole = edges.compressed_rows(source, target, weights, 300, True)
    for name, value in {"_PART": 700, "_BUCKET": 4, "_BUCKETS_AT_ONCE": 5, "NUMBA_NUM_THREADS": n_threads}.items():
        monkeypatch.setattr(edges, name, value)
    parts = edges.compressed_rows(source, target, weights, 300, True)
    for one, other in zip((whole.indptr, whole.columns, whole.weights), (parts.indptr, parts.columns, parts.weights)):
        np.testing.assert_array_equal(one, other)
