"""Partition files: what is written comes back, equal results give equal files, broken lines are named."""

import gzip
import io
import logging
import re

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from kexuestat.exceptions import FileFormatError, InvalidInputError
from kexuestat.graph import Partition, load_graph, read_partition, write_partition
from kexuestat.graph.network import FlowNetwork

PATHS = [(1, 1), (1, 1), (1, 2), (2,), (2,), (2,)]


def flow_network(graph, teleport=False):
    """The undirected flow of a graph; or with some recorded teleportation, for the border flows."""
    total = graph.weights.sum()
    node_flow = np.bincount(graph.rows(), graph.weights, minlength=graph.n_nodes) / total
    jumps, weight = (0.15 * node_flow, node_flow) if teleport else (np.empty(0), np.empty(0))
    empty = np.empty(0, dtype=np.int64)
    return FlowNetwork(graph.indptr, graph.indices, graph.weights / total, node_flow, jumps, weight, True, empty)


def triangles(nodes=None, **facts):
    graph = load_graph("two_triangles")
    network = flow_network(graph, facts.pop("teleport", False))
    facts = {"codelength": 2.5, "one_level_codelength": 5.0, **facts}
    nodes = graph.nodes if nodes is None else nodes
    return Partition.from_paths(PATHS, nodes, node_flow=network.node_flow, network=network, **facts)


def text_of(partition, form, **options):
    stream = io.StringIO()
    write_partition(partition, stream, format=form, **options)
    return stream.getvalue()


@pytest.mark.parametrize("suffix", [".clu", ".tree", ".ftree", ".csv", ".json", ".nwk", ".tree.gz", ".clu.gz"])
@pytest.mark.parametrize("nodes", [None, list("abcdef"), [("x", k) for k in range(6)]])
def test_a_partition_comes_back_from_every_format(tmp_path, suffix, nodes):
    partition = triangles(nodes)
    path = tmp_path / f"p{suffix}"
    partition.write(path)
    again = read_partition(path, nodes=partition.nodes)
    assert_array_equal(again.labels, partition.labels)
    if "clu" not in suffix:
        assert again.paths == partition.paths
        assert_allclose(again.node_flow, partition.node_flow, rtol=1e-5)  # six digits are written


@pytest.mark.parametrize("form", ["clu", "tree", "csv", "json"])
def test_states_come_back(form):
    states = [(1, "x"), (2, "x"), (2, "y"), (3, "z")]
    physical = {"physical": np.array([0, 0, 1, 2]), "physical_nodes": ["x", "y", "z"]}
    partition = Partition.from_paths([(1,), (2,), (2,), (1,)], states, **physical)
    again = read_partition(io.StringIO(text_of(partition, form)), format=form, nodes=states)
    assert_array_equal(again.labels, partition.labels)


def test_tree_lines_have_path_flow_name_and_id():
    lines = text_of(triangles(names={1: 'A "quoted" name'}), "tree").splitlines()
    assert re.fullmatch(r"# kexuestat \S+", lines[0])
    assert lines[1:5] == [
        "# partitioned into 3 levels with 2 top modules",
        "# codelength 2.5 bits",
        "# relative codelength savings 50%",
        "# path flow name node_id",
    ]
    assert '1:1:1 0.142857 "A "quoted" name" 1' in lines
    assert '1:2:1 0.214286 "3" 3' in lines
    again = read_partition(io.StringIO("\n".join(lines)), format="tree")
    assert again.names[1] == 'A "quoted" name'


def test_children_are_ordered_by_decreasing_flow():
    lines = [line for line in text_of(triangles(), "tree").splitlines() if line.startswith("2:")]
    flows = [float(line.split()[1]) for line in lines]
    assert flows == sorted(flows, reverse=True)


def test_clu_rows_are_sorted_by_path():
    rows = [line.split() for line in text_of(triangles(), "clu").splitlines() if not line.startswith("#")]
    assert [row[1] for row in rows] == ["1", "1", "1", "2", "2", "2"]


def test_precision_adds_digits():
    assert "0.14285714285714285" in text_of(triangles(), "tree", precision=17)
    with pytest.raises(InvalidInputError, match="precision must be at most 17"):
        text_of(triangles(), "tree", precision=18)


def test_equal_results_give_equal_files(tmp_path):
    for suffix in (".tree", ".tree.gz", ".json"):
        first, second = tmp_path / f"a{suffix}", tmp_path / f"b{suffix}"
        triangles().write(first)
        triangles().write(second)
        assert first.read_bytes() == second.read_bytes()


def test_ftree_links_carry_the_flow_between_children():
    text = text_of(triangles(), "ftree")
    assert "*Links undirected\n" in text
    sections = re.findall(r"\*Links (\S+) (\S+) (\S+) (\d+) (\d+)\n((?:\d.*\n)*)", text)
    assert [section[0] for section in sections] == ["root", "1", "1:1", "1:2", "2"]
    found = {section[0]: section[1:] for section in sections}
    assert found["root"] == ("0", "0", "1", "2", "1 2 0.142857\n")
    assert found["1"] == ("0.0714286", "0.0714286", "1", "2", "1 2 0.285714\n")
    assert found["2"][2:4] == ("3", "3")
    total = sum(float(row.split()[2]) for section in sections for row in section[5].splitlines())
    assert_allclose(total, 1.0, rtol=1e-5)  # six digits are written


def test_ftree_borders_count_recorded_teleportation():
    text = text_of(triangles(teleport=True), "ftree", precision=12)
    enter, leave = re.search(r"\*Links 2 (\S+) (\S+)", text).groups()
    assert_allclose([float(enter), float(leave)], 1 / 14 + 0.15 * 0.5 * 0.5)


def test_ftree_without_flow_says_so():
    with pytest.raises(InvalidInputError, match="needs the flow of links"):
        text_of(Partition.from_paths(PATHS, range(6)), "ftree")


def test_failed_writing_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "p.ftree"
    path.write_text("old")
    with pytest.raises(InvalidInputError):
        Partition.from_paths(PATHS, range(6)).write(path)
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["p.ftree"]


def test_unknown_suffixes_and_folders_are_named(tmp_path):
    with pytest.raises(InvalidInputError, match=r"cannot write .*p\.doc.*\.clu"):
        triangles().write(tmp_path / "p.doc")
    with pytest.raises(InvalidInputError, match="cannot write"):
        triangles().write(tmp_path / "missing" / "p.clu")
    with pytest.raises(InvalidInputError, match="cannot read a partition"):
        read_partition(tmp_path / "p.doc")


def test_csv_quotes_names():
    text = text_of(triangles(names={1: 'a, "b"'}), "csv")
    assert text.splitlines()[0] == "path,flow,name,node_id"
    assert '"a, ""b"""' in text
    assert read_partition(io.StringIO(text), format="csv").names[1] == 'a, "b"'


def test_newick_is_one_tree_with_flows():
    text = text_of(triangles(), "newick")
    assert text.count("(") == text.count(")") == 5
    assert text.endswith(";\n")


def test_json_holds_the_facts():
    import json

    facts = json.loads(text_of(triangles(options={"directed": False}), "json"))
    assert (facts["codelength"], facts["numTopModules"], facts["numLevels"]) == (2.5, 2, 3)
    assert facts["options"] == {"directed": False}


def test_ids_that_do_not_fit_are_counted_not_refused(caplog):
    with caplog.at_level(logging.WARNING):
        found = read_partition(io.StringIO("1 1\n2 1\n99 2\n98 2\n"), format="clu", nodes=[1, 2, 3])
    assert "2 ids are not in the graph and left out, 1 nodes are not in the file" in caplog.text
    assert found.communities() == [{1, 2}, {3}]


@pytest.mark.parametrize(
    ("form", "text", "message"),
    [
        ("clu", "# c\n1\n", "line 2: a line must be: id module"),
        ("clu", "a 1\n", "line 1: the id must be an integer, got 'a 1'"),
        ("clu", "1 1\n1 2\n", "id 1 stands in two lines"),
        ("clu", "", "the partition has no nodes"),
        ("tree", '0:1 0.1 "A" 1\n', "line 1: the numbers of a path must be at least 1"),
        ("tree", '1:1 0.5 "a" 1 1\n1:2 0.5 "b" 2\n', "line 2: all lines must have the same columns"),
        ("tree", '1:1 0.1 "A" 1\n1:2:1 0.1 "B" 2\n', "module 1 holds node 1 as well as submodules"),
        ("tree", "1:1 x\n", "line 1: a line must be: path flow"),
        ("csv", "a,b\n1,2\n", "line 1: the header must have path and node_id"),
        ("json", "{", "no JSON tree"),
        ("json", '{"nodes": [{"path": [0, 1], "id": 1}]}', "at least 1"),
        ("newick", "((1,2);", "1 brackets of the Newick tree stay open"),
        ("newick", "1,2));", "closes nothing"),
    ],
)
def test_broken_partition_files_are_named(form, text, message):
    with pytest.raises(FileFormatError, match=re.escape(message)):
        read_partition(io.StringIO(text), format=form)


def test_numbers_of_the_file_are_kept_in_order():
    found = read_partition(io.StringIO("5 9\n6 2\n7 9\n"), format="clu")
    assert found.labels.tolist() == [1, 0, 1]
    assert list(found.nodes) == [5, 6, 7]


def test_official_partition_files_are_read(shared):
    folder = shared / "data" / "graphs" / "official" / "fixtures" / "clusters"
    nodes = [1, 2, 3, 4, 5, 6]
    ragged = read_partition(folder / "twotriangles_ragged_branches.tree", nodes=nodes)
    assert ragged.paths == [(0,), (0,), (0,), (1, 0), (1, 0), (1, 1)]
    three = read_partition(folder / "twotriangles_three_level.tree", nodes=nodes)
    assert [len(set(level)) for level in three.levels] == [2, 2]
    for name in ("invalid_missing_module.clu", "invalid_zero_path.tree", "mixed_id_columns.tree"):
        with pytest.raises(FileFormatError, match=name):
            read_partition(folder / name)
    with pytest.raises(FileFormatError, match="module 1 holds"):
        read_partition(folder / "twotriangles_mixed_depth.tree")


def test_gzip_files_are_gzip(tmp_path):
    triangles().write(tmp_path / "p.clu.gz")
    assert gzip.decompress((tmp_path / "p.clu.gz").read_bytes()).startswith(b"# kexuestat")
