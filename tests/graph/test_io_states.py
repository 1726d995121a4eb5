"""State, multilayer, JSON and metadata files."""

import io
import json
import logging

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from kexuestat.exceptions import FileFormatError, InvalidInputError
from kexuestat.graph import CSRGraph, MultilayerNetwork, StateNetwork, read_graph, read_partition, score_partition
from kexuestat.graph.io.metadata import read_metadata

STATES = """# comment
*Vertices 2
1 "i"
2 "j"
*States
1 1 "first state" 0.25
2 2 0.5
3 1
*Links
1 2 0.8
2 3
3 9 2
"""


def network(**fields):
    edges = fields.pop("edges", [{"source": 1, "target": 2}])
    data = {"format": "infomap-network", "version": "1.0", "edges": edges, **fields}
    return io.StringIO(json.dumps(data))


def test_state_files_become_state_networks():
    found = read_graph(io.StringIO(STATES))
    assert isinstance(found, StateNetwork)
    assert found.states == [1, 2, 3, 9]
    assert found.nodes == [1, 2, 9]  # an undeclared state is its own physical node
    assert_array_equal(found.physical, [0, 1, 0, 2])
    assert_array_equal(found.weight, [0.8, 1, 2])
    assert_array_equal(found.state_weights, [0.25, 0.5, 1, 1])
    assert found.names == {1: "i", 2: "j"}
    assert not found.directed
    assert read_graph(io.StringIO(STATES), directed=True).directed


def test_multilayer_files_become_multilayer_networks():
    explicit = read_graph(io.StringIO("*Multilayer\n1 1 1 4 0.8\n# c\n1 4 2 1\n"))
    assert isinstance(explicit, MultilayerNetwork)
    assert explicit.states == [(1, 1), (1, 4), (2, 1)]
    inside = read_graph(io.StringIO("*Intra\n1 1 2 3\n2 1 2 4\n*Inter\n1 1 2 0.5\n1 1 2 0.5\n"))
    assert inside.inter is not None
    assert_array_equal(inside.intra[3], [3, 4])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("*Multilayer\n1 1 broken\n", "line 2: a line must be: layer node layer node"),
        ("*Intra\n1 1 2\n*Inter\n1 1 2\n1 1 1\n", "line 5: a link between layers must join two different layers"),
        ("*States\n1\n", r"line 2: a line must be: state node"),
        ("*States\n1 x\n", "line 2: the id must be an integer"),
        ('*States\n1 1 "a" -1\n', "line 2: the weight of a node must be finite"),
        ("*Bipartite x\n1 2\n", r"line 1: the id must be an integer, got '\*Bipartite'"),
    ],
)
def test_broken_higher_order_files_are_named(text, message):
    with pytest.raises(FileFormatError, match=message):
        read_graph(io.StringIO(text))


def test_json_networks_of_every_type():
    plain = read_graph(network(nodes=[{"id": 10.0, "name": "A", "weight": 2}, {"id": 12}]))
    assert list(plain.nodes) == [1, 2, 10, 12]
    assert plain.names == {10: "A"}
    assert_array_equal(plain.node_weights, [1, 1, 2, 1])
    assert read_graph(network(directed=True)).directed
    assert not read_graph(network(directed=True), directed=False).directed
    sides = read_graph(network(type="bipartite", bipartiteStartId=2))
    assert sides.features.tolist() == [False, True]
    states = read_graph(network(type="state", states=[{"id": 1, "node": 7, "weight": 0.4}, {"id": 2, "node": 7}]))
    assert (states.nodes, states.states) == ([7], [1, 2])
    full = read_graph(network(type="multilayer", edges=[{"layers": [1, 2], "source": 1, "target": 2}]))
    assert full.states == [(1, 1), (2, 2)]
    edges = [{"layers": [1], "source": 1, "target": 2}, {"layers": [1, 2], "source": 1, "target": 1, "weight": 0.2}]
    coupled = read_graph(network(type="multilayer", multilayer="intra-inter", edges=edges))
    assert coupled.inter is not None


def test_unknown_json_fields_are_noted_once_each(caplog):
    with caplog.at_level(logging.INFO):
        read_graph(network(nodes=[{"id": 1, "colour": 1}, {"id": 2, "colour": 2}], author="x"))
    assert caplog.text.count("'colour'") == 1
    assert caplog.text.count("'author'") == 1


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"version": "2.0"}, "version '1.0', got 'infomap-network' '2.0'"),
        ({"type": "hyper"}, "type must be one of standard"),
        ({"edges": None}, "edges must be a list"),
        ({"edges": [{"source": 1.5, "target": 2}]}, r"edges\[0\].source must be an integer"),
        ({"edges": [{"source": 2**32, "target": 2}]}, r"edges\[0\].source must be an integer"),
        ({"edges": [{"source": "a", "target": 2}]}, r"edges\[0\].source must be an integer"),
        ({"edges": [{"source": 1}]}, r"edges\[0\] must be an object with source and target"),
        ({"edges": [{"source": 1, "target": 2, "weight": -1}]}, r"edges\[0\].weight must be finite"),
        ({"nodes": [{"name": "x"}]}, r"nodes\[0\] must be an object with an id"),
        ({"nodes": [{"id": 1, "weight": -1.0}]}, r"nodes\[0\].weight must be finite and non-negative"),
        ({"type": "bipartite"}, "needs bipartiteStartId"),
        ({"type": "state", "states": [{"id": 1, "node": 1, "meta": 3}]}, "meta is not allowed"),
        ({"type": "multilayer"}, r"layers must have 1 or 2 entries, got None"),
        ({"type": "multilayer", "edges": [{"layers": [1, 2, 3], "source": 1, "target": 2}]}, "1 or 2 entries"),
        ({"type": "multilayer", "edges": [{"layers": [1], "source": 1, "target": 2}]}, "2 entries in a full"),
        ({"type": "multilayer", "multilayer": "half"}, "full, intra or intra-inter"),
        ({"type": "multilayer", "nodes": [{"id": 1, "path": [1]}]}, "path is not allowed"),
    ],
)
def test_broken_json_networks_are_named(fields, message):
    with pytest.raises(FileFormatError, match=message):
        read_graph(network(**fields), format="json")


def test_layers_of_an_intra_network_are_not_joined():
    edges = [{"layers": [1, 2], "source": 1, "target": 2}]
    with pytest.raises(FileFormatError, match=r"edges\[0\] joins two layers"):
        read_graph(network(type="multilayer", multilayer="intra", edges=edges))


def test_paths_of_a_json_network_are_a_partition():
    nodes = [{"id": 1, "path": [1]}, {"id": 2, "path": [1]}, {"id": 3, "path": [2]}]
    assert read_partition(network(nodes=nodes), format="json").communities() == [{1, 2}, {3}]


def test_metadata_files():
    assert read_metadata(io.StringIO("# id meta\n1 4 x\n2 5 # why\n\n")) == {1: 4, 2: 5}
    assert read_metadata(io.StringIO("node,kind\nann,red\n7,3\n"), format="csv") == {"ann": "red", 7: 3}
    assert read_metadata(network(nodes=[{"id": 1, "meta": 2}, {"id": 3}]), format="json") == {1: 2}
    for text, message in (
        ("1\n", "line 1: a line must be: id category"),
        ("1 -2\n", "line 1: a line must be"),
        ("1 x\n", "line 1: the id must be an integer"),
        ("1 1\n1 2\n", "line 2: node 1 stands in an earlier line"),
    ):
        with pytest.raises(FileFormatError, match=message):
            read_metadata(io.StringIO(text))


def test_missing_nodes_join_their_heaviest_neighbours():
    graph = CSRGraph.of([(1, 2, 1.0), (2, 3, 2.0), (3, 4, 1.0), (4, 5, 1.0), (6, 6, 1.0)])
    file = "1 1\n3 2\n"
    found = read_partition(io.StringIO(file), format="clu", graph=graph, assign_to_neighbours=True)
    assert found.communities() == [{1}, {2, 3, 4, 5}, {6}]
    assert read_partition(io.StringIO(file), format="clu", graph=graph).n_modules == 6
    with pytest.raises(InvalidInputError, match="needs graph"):
        read_partition(io.StringIO(file), format="clu", assign_to_neighbours=True)


def test_files_score_like_the_partitions_they_hold(tmp_path):
    (tmp_path / "p.clu").write_text("1 1\n2 1\n3 1\n4 2\n5 2\n6 2\n99 4\n")
    (tmp_path / "p.tree").write_text("".join(f'{1 + (k > 3)}:{k} 0.1 "{k}" {k}\n' for k in range(1, 7)))
    links = [(1, 2), (1, 3), (2, 3), (3, 4), (4, 5), (4, 6), (5, 6)]
    for name in ("p.clu", "p.tree"):
        assert_allclose(score_partition(links, tmp_path / name).codelength, 2.3207303568, atol=1e-9)


def test_official_files_are_read_or_refused(shared):
    folder = shared / "data" / "graphs" / "official"
    kinds = {"states": StateNetwork, "states_flow": StateNetwork, "intra_inter": MultilayerNetwork}
    for path in sorted([*folder.glob("*.net"), *folder.glob("fixtures/networks/*.net")]):
        if path.name.startswith("invalid"):
            with pytest.raises(FileFormatError, match=path.name):
                read_graph(path)
        else:
            default = MultilayerNetwork if path.stem.startswith("multilayer") else CSRGraph
            assert isinstance(read_graph(path), kinds.get(path.stem, default)), path.name
    for path in sorted((folder / "fixtures" / "networks" / "json").glob("*.json")):
        assert read_graph(path).n_nodes > 1
    for path in sorted((folder / "fixtures" / "networks" / "json" / "invalid").glob("*.json")):
        with pytest.raises(FileFormatError, match=path.name):
            read_graph(path)
    for path in sorted((folder / "fixtures" / "meta").glob("*.meta")):
        assert len(read_metadata(path)) == 6


def test_networks_of_the_reference_score_as_listed(reference):
    """One fixed partition of every network, read by our readers and scored."""
    data = reference("infomap_scores")
    seen = set()
    for row in data["scores"]:
        options = dict(row["options"])
        plain = "weight_threshold" not in options and "meta_data" not in row and "meta_data_rate" not in options
        text = data["networks"][row["network"]].get("text")
        if row["network"] in seen or not plain or text is None or "precomputed" in options.values():
            continue
        seen.add(row["network"])
        graph = read_graph(io.StringIO(text), directed=options["flow_model"] != "undirected")
        keys = graph.nodes if isinstance(graph, CSRGraph) else graph.states
        modules = data["partitions"][row["network"]][row["partition"]]
        found = {key: modules[",".join(map(str, key)) if isinstance(key, tuple) else str(key)] for key in keys}
        found = {key: tuple(np.atleast_1d(module)) for key, module in found.items()}
        score = score_partition(graph, found, **options)
        assert_allclose(score.codelength, row["codelength"], atol=1e-9, rtol=0, err_msg=row["id"])
    assert len(seen) >= 15
