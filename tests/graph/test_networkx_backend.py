"""networkx hands its map equation functions to this package, without loading it before."""

import subprocess
import sys
from importlib.metadata import EntryPoint

import networkx as nx
import pytest
from networkx.utils import backends as registry

from kexuestat.exceptions import InvalidInputError
from kexuestat.graph import CSRGraph, infomap_communities, map_equation
from kexuestat.graph.networkx_backend import backend, get_info


@pytest.fixture
def dispatched(monkeypatch):
    """networkx functions of the map equation, as later releases have them, with our backend registered."""
    entry = EntryPoint("kexuestat", "kexuestat.graph.networkx_backend:backend", "networkx.backends")
    monkeypatch.setitem(registry.backends, "kexuestat", entry)
    monkeypatch.setitem(registry.backend_info, "kexuestat", get_info())
    known = dict(registry._registered_algorithms)

    @nx._dispatchable(name="infomap_communities", edge_attrs="weight")
    def communities(G, *, weight="weight", seed=None, num_trials=1, teleportation_probability=0.15):
        raise AssertionError("networkx's own function")

    @nx._dispatchable(name="map_equation", edge_attrs="weight")
    def equation(G, communities, *, weight="weight", teleportation_probability=0.15, meta_data=None):
        raise AssertionError("networkx's own function")

    yield communities, equation
    registry._registered_algorithms.clear()
    registry._registered_algorithms.update(known)
    registry._loaded_backends.pop("kexuestat", None)


def barbell():
    graph = nx.barbell_graph(5, 0)
    return nx.relabel_nodes(graph, {i: f"n{i}" for i in graph})


def test_networkx_dispatches_to_this_package(dispatched):
    communities, equation = dispatched
    graph = barbell()
    found = communities(graph, backend="kexuestat", seed=1)
    assert found == infomap_communities(graph, seed=1)
    assert sorted(map(len, found)) == [5, 5]
    assert equation(graph.copy(), found, backend="kexuestat") == map_equation(graph, found)


def test_weights_follow_the_weight_argument(dispatched):
    _, equation = dispatched
    graph = barbell()
    for k, (_, _, data) in enumerate(graph.edges(data=True)):
        data["strength"] = 1.0 + k
    sets = [set(graph)]
    weighted = equation(graph, sets, weight="strength", backend="kexuestat")
    assert weighted == pytest.approx(map_equation(graph, sets, weight="strength"))
    assert weighted != pytest.approx(equation(graph.copy(), sets, weight=None, backend="kexuestat"))


def test_a_csr_graph_is_dispatched_without_conversion(dispatched):
    communities, _ = dispatched
    graph = CSRGraph.of(barbell())
    assert communities(graph, seed=1) == infomap_communities(graph, seed=1)


def test_errors_reach_the_caller(dispatched):
    communities, _ = dispatched
    with pytest.raises(InvalidInputError, match="num_trials"):
        communities(barbell(), num_trials=0, backend="kexuestat")


def test_results_go_back_as_networkx_graphs():
    graph = CSRGraph.of(barbell())
    assert nx.utils.graphs_equal(
        backend.convert_to_nx(graph), nx.Graph([(u, v, {"weight": 1.0}) for u, v in barbell().edges])
    )
    assert backend.convert_to_nx([{1}]) == [{1}]


def test_unknown_functions_are_not_ours():
    assert not hasattr(backend, "pagerank")
    assert not backend.can_run("pagerank", (), {})
    assert backend.should_run("map_equation", (), {})


def test_info_names_only_functions_that_exist_and_imports_nothing_heavy():
    for name in get_info()["functions"]:
        assert callable(getattr(backend, name))
    code = (
        "import sys; from kexuestat.graph.networkx_backend import get_info; get_info(); "
        "print([m for m in ('numba', 'scipy', 'sklearn', 'numpy', 'networkx') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
