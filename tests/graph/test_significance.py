"""Partitions of resampled graphs, consensus of partitions, streams between partitions."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from kexuestat import InfoMap, InvalidInputError, map_equation
from kexuestat.graph import (
    CSRGraph,
    Partition,
    alluvial_streams,
    bootstrap_partitions,
    consensus_partition,
    module_stability,
)

TRIANGLES = [(1, 2), (1, 3), (2, 3), (3, 4), (4, 5), (4, 6), (5, 6)]


def test_modules_of_heavy_links_come_back_and_those_of_noise_do_not(rng):
    strong = CSRGraph.from_edges(*zip(*[(*pair, 30.0 if pair != (3, 4) else 1.0) for pair in TRIANGLES]))
    partition = InfoMap(random_state=0).fit(strong).partition_
    stable = module_stability(partition, bootstrap_partitions(strong, n_resamples=20, random_state=1))
    assert (stable.nodes >= 0.95).all()
    noise = CSRGraph.from_edges(*rng.integers(0, 40, (2, 80)), n_nodes=40)
    partition = InfoMap(random_state=0).fit(noise).partition_
    assert module_stability(partition, bootstrap_partitions(noise, n_resamples=10, random_state=1)).nodes.mean() < 0.8


def test_resampling_depends_on_seed_and_number_alone():
    graph = CSRGraph.of([(a, b, 4.0) for a, b in TRIANGLES])
    few = bootstrap_partitions(graph, n_resamples=2, random_state=5)
    many = bootstrap_partitions(graph, n_resamples=4, random_state=5)
    for one, other in zip(few, many):
        assert_array_equal(one.labels, other.labels)
    assert list(few[0].nodes) == list(graph.nodes)


def test_weights_too_small_to_be_counts_are_refused():
    with pytest.raises(InvalidInputError, match=r"sample 0 has no links: .* scale them up"):
        bootstrap_partitions([(1, 2, 1e-9)], n_resamples=1, random_state=0)


def test_consensus_outvotes_one_wrong_partition():
    wrong = [0, 0, 1, 1, 2, 2]
    right = [0, 0, 0, 1, 1, 1]
    found = consensus_partition(TRIANGLES, [right, wrong, right], random_state=0)
    assert_array_equal(found.labels, right)
    assert found.codelength == pytest.approx(map_equation(TRIANGLES, right), abs=1e-12)


def test_consensus_of_partitions_that_share_nothing_is_single_nodes():
    found = consensus_partition(TRIANGLES, [range(6), range(6)], random_state=0)
    assert found.n_modules == 6


def test_consensus_needs_a_partition():
    with pytest.raises(InvalidInputError, match="at least one partition"):
        consensus_partition(TRIANGLES, [])


def test_streams_keep_nodes_and_flow(rng):
    first = Partition.from_levels([rng.integers(0, 4, 50)], range(50), node_flow=rng.dirichlet(np.ones(50)))
    second = Partition.from_levels([rng.integers(0, 3, 40)], range(20, 60), node_flow=rng.dirichlet(np.ones(40)))
    streams = alluvial_streams([first, second, second])
    assert len(streams) == 2
    source, target, n_nodes, source_flow, target_flow = streams[0]
    assert n_nodes.sum() == 60
    assert_allclose(np.bincount(source[source >= 0], source_flow[source >= 0]), first.module_flow)
    assert_allclose(np.bincount(target[target >= 0], target_flow[target >= 0]), second.module_flow)
    assert_allclose(source_flow[source < 0], 0)
    assert n_nodes[target < 0].sum() == 20
    assert_array_equal(streams[1].source, streams[1].target)


def test_one_partition_has_no_streams():
    with pytest.raises(InvalidInputError, match="at least two partitions, got 1"):
        alluvial_streams([Partition.from_levels([np.zeros(2, int)], range(2))])
