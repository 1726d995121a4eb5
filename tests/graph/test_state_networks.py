"""Networks of states: construction from links, layers, paths and a walk that goes back."""

import numpy as np
import pytest

from kexuestat.exceptions import InvalidInputError
from kexuestat.graph import MultilayerNetwork, StateNetwork, memory_network, stationary_flow


def _probabilities(network):
    out = {}
    for a, b, w in zip(network.source, network.target, network.weight):
        out.setdefault(network.states[a], {})[network.states[b][-1]] = w
    return {state: {k: w / sum(row.values()) for k, w in row.items()} for state, row in out.items()}


def test_state_that_is_not_declared_is_its_own_physical_node():
    network = StateNetwork.from_links([(1, 2), (2, 3)], {1: 3})
    assert network.states == [1, 2, 3]
    assert [network.nodes[row] for row in network.physical] == [3, 2, 3]
    assert network.n_nodes == network.n_states == 3


def test_state_weights_default_to_one():
    network = StateNetwork.from_links([(1, 2)], {}, weights={1: 0.5})
    np.testing.assert_array_equal(network.state_weights, [0.5, 1.0])


def test_memory_counts_windows_of_paths():
    network = memory_network([["a", "b", "c"], ["a", "b", "d"], ["x", "b", "d"]], weights=[1.0, 3.0, 1.0])
    assert _probabilities(network) == {("a", "b"): {"c": 0.25, "d": 0.75}, ("x", "b"): {"d": 1.0}}


def test_memory_of_order_one_is_the_plain_network():
    network = memory_network([["a", "b", "c", "a"]], order=1)
    assert network.states == [("a",), ("b",), ("c",)]
    np.testing.assert_allclose(stationary_flow(network).node_flow, 1 / 3)


def test_walker_goes_back_with_the_return_probability():
    network = memory_network([("a", "b"), ("b", "c"), ("b", "d", 3.0)], return_probability=0.2)
    steps = _probabilities(network)
    assert steps["a", "b"] == {"a": 0.2, "c": pytest.approx(0.2), "d": pytest.approx(0.6)}
    assert steps["b", "a"] == {"b": 1.0}
    never = _probabilities(memory_network([("a", "b"), ("b", "c")], return_probability=0.0))
    assert never["a", "b"]["c"] == 1.0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"source": [["a", "b"]]}, "no path is longer than order = 2"),
        ({"source": [["a", "b", "c"]], "weights": [-1.0]}, "finite and non-negative"),
        ({"source": [["a", "b", "c"]], "weights": [1.0, 2.0]}, "one entry per path"),
        ({"source": [["a", "b", "c"]], "order": 0}, "order must be at least 1"),
        ({"source": [("a", "b")], "return_probability": 2.0}, "return_probability must be in"),
        ({"source": [("a", "b")], "return_probability": 0.1, "order": 3}, "memory of order 2"),
    ],
)
def test_bad_paths_are_refused(arguments, message):
    with pytest.raises(InvalidInputError, match=message):
        memory_network(**arguments)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ({}, "either links"),
        ({"links": [(1, 1, 1, 2)], "intra": [(1, 1, 2)]}, "not both"),
        ({"links": [(1, 1, 1, 2)], "inter": [(1, 1, 2)]}, "already join layers"),
        ({"intra": [(1, 1)]}, "3 entries"),
        ({"intra": [("x", 1, 2)]}, "layers in intra must be integers"),
        ({"intra": [(1, 1, 2, -1.0)]}, "finite and non-negative"),
        ({"intra": [(1, 1, 2)], "inter": [(1, 1, 1)]}, "must join different layers"),
        ({"intra": [(1, 1, 2, "heavy")]}, "must be numbers"),
    ],
)
def test_bad_layers_are_refused(rows, message):
    with pytest.raises(InvalidInputError, match=message):
        MultilayerNetwork.from_links(**rows)


def test_regularised_flow_is_not_defined_on_explicit_layers():
    network = MultilayerNetwork.from_links([(1, "a", 2, "b"), (2, "b", 1, "a")])
    with pytest.raises(InvalidInputError, match="not defined for explicit multilayer"):
        stationary_flow(network, regularized=True)


def test_links_between_layers_carry_flow_between_layers():
    network = MultilayerNetwork.from_links(intra=[(1, "a", "b"), (2, "a", "c")], inter=[(1, "a", 2, 0.5)])
    flow = stationary_flow(network).edge_flow.toarray()
    row = {state: k for k, state in enumerate(network.states)}
    assert flow[row[1, "a"], row[2, "c"]] > 0
    assert flow[row[1, "b"], row[2, "c"]] == 0


def test_relaxing_by_divergence_needs_a_rate_below_one():
    network = MultilayerNetwork.from_links(intra=[(1, "a", "b"), (2, "a", "b")])
    with pytest.raises(InvalidInputError, match="must be below 1"):
        stationary_flow(network, multilayer_relax_by_jsd=True, multilayer_relax_rate=1.0)
