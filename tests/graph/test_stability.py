"""Stability of modules and nodes over several partitions, and the consensus graph."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from kexuestat.exceptions import InvalidInputError
from kexuestat.graph import CSRGraph, Partition
from kexuestat.graph.stability import co_assignment, module_stability


def by_hand(labels, others, flow):
    """Best Jaccard index by flow, module by module."""
    found = []
    for m in range(labels.max() + 1):
        total = 0.0
        for other in others:
            scores = []
            for k in set(other.tolist()):
                both, either = (labels == m) & (other == k), (labels == m) | (other == k)
                scores.append(flow[both].sum() / flow[either].sum())
            total += max(scores)
        found.append(total / len(others))
    return found


def test_stability_is_the_mean_best_jaccard_index(rng):
    flow = rng.random(30)
    partition = Partition.from_levels([rng.integers(0, 4, 30)], range(30), node_flow=flow / flow.sum())
    others = [rng.integers(0, 5, 30) for _ in range(4)]
    found = module_stability(partition, others)
    assert_allclose(found.modules, by_hand(partition.labels, others, flow))
    assert ((found.nodes >= 0) & (found.nodes <= 1)).all()


def test_partition_that_always_comes_back_is_stable_whatever_its_numbers():
    partition = Partition.from_levels([np.array([0, 0, 1, 1, 2])], list("abcde"))
    others = [[5, 5, 3, 3, 1], [{"a", "b"}, {"c", "d"}, {"e"}], partition]
    found = module_stability(partition, others)
    assert_array_equal(found.modules, 1)
    assert_array_equal(found.nodes, 1)


def test_node_that_wanders_is_seen():
    partition = Partition.from_levels([np.array([0, 0, 0, 1, 1, 1])], range(6))
    found = module_stability(partition, [[0, 0, 0, 1, 1, 1], [0, 0, 1, 1, 1, 1]])
    assert_array_equal(found.nodes, [1, 1, 0.5, 1, 1, 1])


def test_co_assignment_weights_links_by_agreement():
    graph = CSRGraph.of([(1, 2, 2.0), (2, 3, 1.0), (3, 3, 4.0)])
    found = co_assignment(graph, [[0, 0, 1], [0, 1, 2]])
    assert found.n_nodes == 3
    assert_array_equal(found.to_scipy().toarray(), [[0, 1, 0], [1, 0, 0], [0, 0, 4]])


def test_partitions_are_needed_and_must_fit():
    partition = Partition.from_levels([np.array([0, 1])], range(2))
    with pytest.raises(InvalidInputError, match="at least one partition"):
        module_stability(partition, [])
    with pytest.raises(InvalidInputError, match="one entry per node"):
        module_stability(partition, [[0, 1, 2]])
