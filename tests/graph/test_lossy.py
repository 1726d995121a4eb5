"""The lossy map equation: pinned values, the formula written anew, and the search against all partitions."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kexuestat import InfoMap, InvalidInputError, map_equation, score_partition
from kexuestat.graph import CSRGraph, stationary_flow
from tests.graph.strategies import graphs
from tests.naive import map_equation as naive

CLIQUES = [pair for part in (range(1, 6), range(6, 11)) for pair in itertools.combinations(part, 2)]
CLIQUES_WITH_CHAIN = [*CLIQUES, (5, 6), *((i, i + 1) for i in range(10, 15))]
FIVES = [set(range(1, 6)), set(range(6, 11)), set(range(11, 16))]


def _expected(graph, labels, price):
    """J, R and D from the formulas."""
    flow = stationary_flow(graph)
    links = [(i, j, f) for i, j, f in zip(graph.rows(), graph.indices, graph.weights) if i != j]
    plain = map_equation(graph, labels)
    parts = naive.lossy_parts(links, flow.node_flow, list(labels))
    noise = [(naming, lost) for naming, lost in parts if naming > price * lost]
    rate, distortion = plain - sum(naming for naming, _ in noise), sum(lost for _, lost in noise)
    return rate + price * distortion, rate, distortion


def test_pinned_values_of_two_cliques_with_a_chain():
    assert map_equation(CLIQUES_WITH_CHAIN, FIVES) == pytest.approx(2.8180183683, abs=1e-9)
    lossy = {"lossy": True, "lossy_lambda": 2.0}
    assert map_equation(CLIQUES_WITH_CHAIN, FIVES, **lossy) == pytest.approx(2.7309159642, abs=1e-9)
    model = InfoMap(**lossy, max_iter=1, n_trials=1, random_state=0).fit(CLIQUES_WITH_CHAIN, init=FIVES)
    assert model.codelength_ <= 2.7309159642 + 1e-9
    assert model.entropy_rate_ == pytest.approx(1.9005561812, abs=1e-9)


def test_rate_and_distortion_of_the_chain():
    from kexuestat.graph.lossy import lossy_facts
    from kexuestat.graph.model import build_model

    model = build_model(CSRGraph.of(CLIQUES_WITH_CHAIN), {"lossy": True, "lossy_lambda": 2.0})
    labels = np.repeat(np.arange(3), 5)[np.argsort(np.argsort(list(model.nodes)))]
    facts = lossy_facts(model.network, model.objective, labels, 2.7309159642)
    assert facts.rate == pytest.approx(2.4232236565, abs=1e-9)
    assert facts.distortion == pytest.approx(2 / 13, abs=1e-12)
    assert facts.noise.tolist() == [False, False, True]


@given(graphs(directed=False), st.data())
def test_codelength_is_the_formula(graph, data):
    labels = data.draw(st.lists(st.integers(0, 3), min_size=graph.n_nodes, max_size=graph.n_nodes))
    labels = np.unique(labels, return_inverse=True)[1]
    price = data.draw(st.sampled_from([0.0, 0.5, 2.0, 100.0]))
    if graph.n_links == 0:
        return
    found = map_equation(graph, labels, lossy=True, lossy_lambda=price)
    assert found == pytest.approx(_expected(graph, labels, price)[0], abs=1e-9)


@settings(max_examples=20)
@given(graphs(directed=False, max_nodes=5), st.sampled_from([0.5, 1.0, 3.0]))
def test_search_finds_the_shortest_lossy_code_of_small_graphs(graph, price):
    if graph.n_links == 0:
        return
    found = InfoMap(lossy=True, lossy_lambda=price, n_trials=20, random_state=0).fit(graph)
    partitions = itertools.product(range(graph.n_nodes), repeat=graph.n_nodes)
    shortest = min(_expected(graph, labels, price)[0] for labels in partitions)
    assert found.codelength_ == pytest.approx(shortest, abs=1e-9)
    assert found.codelength_ == pytest.approx(found.rate_ + price * found.distortion_, abs=1e-12)


def test_noise_modules_are_told_and_a_high_price_leaves_none():
    cheap = InfoMap(lossy=True, lossy_lambda=0.1, random_state=0).fit(CLIQUES_WITH_CHAIN)
    dear = InfoMap(lossy=True, lossy_lambda=1e6, random_state=0).fit(CLIQUES_WITH_CHAIN)
    plain = InfoMap(random_state=0).fit(CLIQUES_WITH_CHAIN)
    assert cheap.noise_modules_.any()
    assert not dear.noise_modules_.any()
    assert dear.codelength_ == pytest.approx(plain.codelength_, abs=1e-9)
    assert (plain.rate_, plain.distortion_) == (plain.codelength_, 0.0)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"directed": True}, "directed flow"),
        ({"regularized": True}, "regularized=True"),
        ({"entropy_corrected": True}, "entropy_corrected=True"),
        ({"preferred_number_of_modules": 2}, "preferred_number_of_modules"),
        ({"two_level": False}, "two levels"),
        ({"lossy_lambda": -1.0}, "lossy_lambda"),
    ],
)
def test_what_it_is_not_defined_for_is_refused(options, message):
    with pytest.raises(InvalidInputError, match=message):
        InfoMap(lossy=True).set_params(**options).fit([(1, 2), (2, 3)])


def test_a_deeper_partition_has_no_lossy_score():
    paths = dict(zip(range(1, 7), [(0, 0), (0, 0), (0, 1), (0, 1), (1,), (1,)]))
    with pytest.raises(InvalidInputError, match="two levels"):
        score_partition([(i, i + 1) for i in range(1, 6)], paths, lossy=True)
