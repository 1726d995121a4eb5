"""Shares of modules, overlap, labels of new nodes, flow between modules."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse

from kexuestat.exceptions import InvalidInputError
from kexuestat.graph import CSRGraph, load_graph
from kexuestat.graph.membership import (
    module_flow_matrix,
    module_shares,
    overlapping_nodes,
    overlapping_states,
    predicted_labels,
)
from kexuestat.graph.network import FlowNetwork

LABELS = np.array([0, 0, 0, 1, 1, 1])
EMPTY = np.empty(0)


def arcs(matrix):
    """A flow network with the given flow, loops left out, and the flow of the loops."""
    graph = CSRGraph.of(np.asarray(matrix, dtype=float) * (1 - np.eye(len(matrix))), directed=True)
    network = FlowNetwork(graph.indptr, graph.indices, graph.weights, EMPTY, EMPTY, EMPTY, False, EMPTY)
    return network, np.diag(matrix)


def test_shares_are_those_of_the_definition(rng):
    matrix = rng.random((6, 6)) * (rng.random((6, 6)) < 0.6)
    network, loops = arcs(matrix)
    shares = module_shares(network, LABELS, 2, loop_flow=loops).toarray()
    both = matrix + matrix.T
    expected = np.column_stack([both[:, m == LABELS].sum(axis=1) for m in (0, 1)]) / both.sum(axis=1)[:, None]
    assert_allclose(shares, expected)
    assert_allclose(shares.sum(axis=1), 1)


def test_node_without_links_belongs_to_its_own_module():
    matrix = np.zeros((6, 6))
    matrix[0, 1] = 1
    shares = module_shares(arcs(matrix)[0], LABELS, 2).toarray()
    assert_array_equal(shares[5], [0, 1])


def test_bridge_nodes_of_two_triangles_overlap():
    graph = load_graph("two_triangles")
    network = FlowNetwork(graph.indptr, graph.indices, graph.weights / 14, EMPTY, EMPTY, EMPTY, True, EMPTY)
    shares = module_shares(network, LABELS, 2)
    assert_allclose(shares.toarray()[2], [2 / 3, 1 / 3])
    assert overlapping_nodes(shares, LABELS, graph.nodes, 0.3) == [{1, 2, 3, 4}, {3, 4, 5, 6}]
    assert overlapping_nodes(shares, LABELS, graph.nodes, 0.4) == [{1, 2, 3}, {4, 5, 6}]
    with pytest.raises(InvalidInputError, match="threshold must be in"):
        overlapping_nodes(shares, LABELS, graph.nodes, 0.0)
    assert_allclose(module_flow_matrix(network, LABELS, 2).toarray(), [[6 / 14, 1 / 14], [1 / 14, 6 / 14]])


def test_physical_nodes_are_in_every_module_of_their_states():
    sets = overlapping_states(np.array([0, 0, 1]), np.array([0, 1, 0]), ["x", "y"], 2)
    assert sets == [{"x", "y"}, {"x"}]


def test_new_nodes_join_the_module_with_most_of_their_weight():
    links = sparse.csr_array(
        np.array([[1, 1, 0, 1.5, 0, 0], [0, 0, 0, 0, 0, 0], [1, 0, 0, 1, 0, 0], [0, 0, 0, 0, 2, 2.0]])
    )
    assert_array_equal(predicted_labels(links, LABELS, 2), [0, -1, 0, 1])
    assert_array_equal(predicted_labels(sparse.csr_array((2, 6)), LABELS, 2), [-1, -1])
