"""Readers of graph files: formats, comments, headers, names, and errors with file, line and content."""

import gzip
import io
import logging

import networkx as nx
import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import io as scipy_io
from scipy import sparse

from kexuestat.exceptions import FileFormatError, InvalidInputError
from kexuestat.graph import CSRGraph, read_graph
from kexuestat.graph.io import source as source_module


def links(graph, undirected=None):
    """Links by name, whatever the row order."""
    undirected = not graph.directed if undirected is None else undirected
    nodes = [str((graph.names or {}).get(node, node)) for node in graph.nodes]
    found = {}
    for i, j, w in zip(*(part.tolist() for part in graph.links())):
        ends = (nodes[i], nodes[j])
        found[tuple(sorted(ends)) if undirected else ends] = w
    return found


def written(tmp_path, name, text):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


EXPECTED = {("1", "2"): 1.0, ("2", "30"): 2.5, ("30", "30"): 1.0}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("g.txt", "1 2\n2 30 2.5\n30 30\n"),
        ("g.txt", "# a comment\n\n1\t2\n2   30 2.5 and text behind\r\n30 30 1"),
        ("g.edges", "1 2 x\n2 30 2.5\n30 30 y\n"),
        ("g.csv", "source,target,weight\n1,2,1\n2,30,2.5\n30,30,1\n"),
        ("g.csv", "Source;Target;Weight\n1;2;1\n2;30;2.5\n30;30;1\n"),
        ("g.csv", "1, 2, 1.0\n2, 30, 2.5\n30, 30, 1e0\n"),
        ("g.csv", "weight,target,kind,source\n1,2,k,1\n2.5,30,k,2\n1,30,k,30\n"),
        ("g.csv", "ding,dong,dang\n1,2,1\n2,30,2.5\n30,30,1\n"),
        ("g.tsv", "from\tto\tweight\n1\t2\t1\n2\t30\t2.5\n30\t30\t1\n"),
        ("g.konect", "% sym weighted\n% 3 3 3\n1 2\n2 30 2.5\n30 30\n"),
        ("g.txt", "# Undirected graph: g\n# FromNodeId\tToNodeId\n1\t2\n2\t30\t2.5\n30\t30\n"),
        ("g.net", "1 2\n2 30 2.5\n30 30\n"),
        ("g.net", '*Vertices 9\n1 "1"\n2 two 0.3\n*Edges\n1 2\n2 30 2.5\n30 30\n'.replace("two", "2")),
        ("g.net", "*vertices 2\n*EDGES 3\n1 2\n2 30 1.5\n*Links\n30 2 1\n30 30\n"),
    ],
)
def test_link_lists_of_every_dialect_give_the_same_graph(tmp_path, name, text):
    path = written(tmp_path, name, text)
    assert links(read_graph(path)) == EXPECTED
    packed = written(tmp_path, name + ".gz", gzip.compress(text.encode()))
    assert links(read_graph(packed)) == EXPECTED


def test_names_are_kept_with_blanks_commas_and_quotes():
    graph = read_graph(io.StringIO('source,target,weight\n"Ann, Lee",Bob,2\nBob,"Eve ""E""",1\n'))
    assert graph.nodes == ["Ann, Lee", "Bob", 'Eve "E"']
    tabbed = read_graph(io.StringIO("New York\tSan Francisco\t2\nSan Francisco\tRio\t3\n"))
    assert tabbed.nodes == ["New York", "San Francisco", "Rio"]
    assert_array_equal(tabbed.weights, [2, 2, 3, 3])


def test_names_that_come_after_many_integers_do_not_lose_links():
    text = "".join(f"{i} {i + 1}\n" for i in range(1000)) + "x 5\n"
    graph = read_graph(io.StringIO(text))
    assert graph.n_links == 1001
    assert "x" in graph.nodes
    assert "999" in graph.nodes


def test_blocks_may_cut_lines_anywhere(monkeypatch, tmp_path):
    text = "".join(f"{i} {(7 * i) % 100} {i / 8}\n" for i in range(1, 100))
    whole = read_graph(io.StringIO(text))
    for size in (1, 7, 64):
        monkeypatch.setattr("kexuestat.graph.io.rows.BLOCK", size)
        monkeypatch.setattr("kexuestat.graph.io.edge_list.BLOCK", size)
        again = read_graph(written(tmp_path, "g.txt", text))
        assert_array_equal(again.indices, whole.indices)
        assert_array_equal(again.weights, whole.weights)


def test_weights_are_read_exactly(rng):
    values = np.concatenate(
        (10 ** rng.uniform(-300, 300, 200), rng.integers(0, 10**15, 50) / 1000, [0.1, 1e22, 5e-324])
    )
    text = "".join(f"{i} {i + 1} {value!r}\n" for i, value in enumerate(values.tolist()))
    graph = read_graph(io.StringIO(text), directed=True)
    assert_array_equal(graph.weights, values)


def test_weight_none_reads_the_structure_only():
    graph = read_graph(io.StringIO("source,target,weight\n1,2,9\n2,3,9\n"), weight=None)
    assert_array_equal(graph.weights, 1)
    assert_array_equal(read_graph(io.StringIO("*Edges\n1 2 9\n2 3 9\n"), weight=None).weights, 1)


def test_other_columns_of_a_header_are_no_weights_unless_asked_for():
    text = "source,target,layer,strength\n1,2,work,5\n2,3,home,7\n"
    assert_array_equal(read_graph(io.StringIO(text)).weights, 1)
    assert sorted(read_graph(io.StringIO(text), weight="strength").weights) == [5, 5, 7, 7]


def test_comments_say_the_direction_and_an_argument_wins():
    text = "% asym unweighted\n1 2\n2 3\n"
    assert read_graph(io.StringIO(text)).directed
    assert not read_graph(io.StringIO(text), directed=False).directed
    assert read_graph(io.StringIO("# Directed graph (each unordered pair)\n1 2\n")).directed
    assert not read_graph(io.StringIO("# Undirected graph\n1 2\n")).directed


def test_open_files_pipes_and_text_streams_are_read(tmp_path):
    path = written(tmp_path, "g.txt", "1 2\n2 3\n")
    with open(path) as text, open(path, "rb") as raw:
        assert read_graph(text).n_links == read_graph(raw).n_links == 2

    class Pipe(io.RawIOBase):
        """A stream that cannot go back."""

        def __init__(self):
            self._blocks = [b"a b\n", b"b c\n"]

        def readable(self):
            return True

        def read(self, size=-1):
            return b"".join(self._blocks) if size < 0 else (self._blocks.pop(0) if self._blocks else b"")

    assert read_graph(Pipe()).nodes == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1 2\n3\n", r"line 2: a line must be: source target \[weight\], got '3'"),
        ("# c\n1,2\n3,x,y\n", "line 3: the weight must be a number, got '3,x,y'"),
        ("source,target\n1,2\n3\n", r"line 3: a line must be: source target \[weight\], got '3'"),
        ("1 2 inf\n", "line 1: weights must be finite and non-negative, got '1 2 inf'"),
        ("a,b,1\nb,c,-1\n", "line 2: weights must be finite and non-negative, got 'b,c,-1'"),
        ("a,b\nb,\n", "line 2: a line must be"),
        ("*Vertices 2\n1 a\n*Wedges\n", r"line 3: the heading must be one of \*Vertices"),
        ('*Vertices\nx "a"\n', "line 2: the id must be an integer, got"),
        ('*Vertices\n1 "a" -3\n', "line 2: the weight of a node must be finite and non-negative"),
        ("*Edges\n1 2\n1 b\n", "line 3: a line must be"),
        ("\xff\xfe".encode("latin-1"), "line 1: not UTF-8"),
    ],
)
def test_broken_lines_are_named_with_file_line_and_content(tmp_path, text, message):
    path = written(tmp_path, "broken.txt", text)
    with pytest.raises(FileFormatError, match="broken.txt, " + message):
        read_graph(path)


def test_negative_weights_in_a_file_are_named_with_their_line():
    for text in ("1 2\n1 2 -1\n", "a b\na b -1\n", "*Edges\n1 2 -1\n"):
        with pytest.raises(FileFormatError, match=r"line 2: weights must be finite and non-negative, got '. . -1'"):
            read_graph(io.StringIO(text))


def test_columns_that_are_no_weights_may_hold_anything():
    graph = read_graph(io.StringIO("source,target,height\n1,2,-5\n2,3,x\n"))
    assert_array_equal(graph.weights, 1)


def test_byte_order_marks_are_no_part_of_a_name(tmp_path):
    for text in ("a b\nb c\n", "1 2\n2 3\n", "source,target\na,b\nb,c\n", "*Edges\n1 2\n2 3\n"):
        path = written(tmp_path, "g.txt", b"\xef\xbb\xbf" + text.encode())
        assert str(next(iter(read_graph(path).nodes))) in ("a", "1")
        assert read_graph(path).n_nodes == 3


def test_many_names_outgrow_every_table(monkeypatch):
    text = "".join(f"name{i}\tname{(i * i) % 5000}\t{i / 4}\n" for i in range(5000))
    graph = read_graph(io.StringIO(text), directed=True)
    assert graph.nodes[:3] == ["name0", "name1", "name2"]
    assert graph.n_nodes == 5000
    nodes, (source, target, weights) = graph.nodes, graph.links()
    found = {(nodes[i], nodes[j]): w for i, j, w in zip(source.tolist(), target.tolist(), weights.tolist())}
    assert found == {(f"name{i}", f"name{(i * i) % 5000}"): i / 4 for i in range(1, 5000)}


def test_integers_in_other_columns_stay_integers():
    graph = read_graph(io.StringIO("w,source,target\nx,10,7\ny,7,20\n"))
    assert list(graph.nodes) == [7, 10, 20]


def test_files_that_are_empty_missing_unknown_or_cut_off(tmp_path):
    for text in ("", "# only a comment\n"):
        with pytest.raises(InvalidInputError, match="graph has no nodes"):
            read_graph(io.StringIO(text))
    with pytest.raises(InvalidInputError, match=r"cannot read .*missing.csv: No such file"):
        read_graph(tmp_path / "missing.csv")
    with pytest.raises(InvalidInputError, match=r"suffix; known are .*\.csv"):
        read_graph(written(tmp_path, "g.docx", "1 2"))
    with pytest.raises(InvalidInputError, match="format must be one of 'edges'"):
        read_graph(tmp_path / "g.csv", format="cvs")
    cut = gzip.compress(b"1 2\n" * 1000)[:-20]
    with pytest.raises(FileFormatError, match="broken gzip"):
        read_graph(written(tmp_path, "g.txt.gz", cut))


def test_pajek_names_weights_and_isolated_vertices():
    text = '*Vertices 2\n1 "gene "X", alias" 0.5\n2 b\n5 "alone" 2\n# c\n*arcs\n1 2 3\n'
    graph = read_graph(io.StringIO(text))
    assert graph.directed
    assert list(graph.nodes) == [1, 2, 5]
    assert graph.names == {1: 'gene "X", alias', 2: "b", 5: "alone"}
    assert_array_equal(graph.node_weights, [0.5, 1, 2])
    assert_array_equal(graph.to_scipy().toarray()[0], [0, 3, 0])


def test_pajek_coordinates_are_no_weights():
    assert read_graph(io.StringIO("*vertices 1\n1 a 0.1 0.2 ellipse\n*edges\n1 2\n")).node_weights is None


def test_pajek_direction_of_the_file_gives_way_to_the_argument_with_a_note(caplog):
    with caplog.at_level(logging.INFO):
        graph = read_graph(io.StringIO("*Arcs\n1 2\n2 1\n"), directed=False)
    assert_array_equal(graph.weights, [2, 2])
    assert "read as links" in caplog.text


def test_pajek_edges_beside_arcs_go_both_ways():
    graph = read_graph(io.StringIO("*Arcs\n1 2\n*Edges\n2 3\n"))
    assert links(graph) == {("1", "2"): 1, ("2", "3"): 1, ("3", "2"): 1}


def test_skipped_sections_are_noted(caplog):
    with caplog.at_level(logging.INFO):
        read_graph(io.StringIO("*Edges\n1 2\n*Contexts\n1 2 3\n"))
    assert "line 3: section *contexts is skipped" in caplog.text


def test_bipartite_files_know_their_features():
    graph = read_graph(io.StringIO("*Vertices 3\n1 a\n2 b\n4 f\n*Bipartite 4\n1 4\n2 4 0.5\n"))
    assert graph.features.tolist() == [False, False, True]
    with pytest.raises(InvalidInputError, match=r"ids below 4.*link \(1, 2\)"):
        read_graph(io.StringIO("*Bipartite 4\n1 4\n1 2\n"))


@pytest.mark.parametrize("directed", [False, True])
@pytest.mark.parametrize("suffix", [".gml", ".graphml", ".gexf", ".mtx", ".npz", ".net", ".json", ".csv"])
def test_a_graph_comes_back_from_every_format(tmp_path, suffix, directed):
    given = nx.gnm_random_graph(12, 30, seed=3, directed=directed)
    given = nx.relabel_nodes(given, {node: f"n{node:02d}" for node in given})
    for k, (_, _, data) in enumerate(given.edges(data=True)):
        data["weight"] = 0.5 + k
    path = tmp_path / f"g{suffix}"
    matrix = nx.to_scipy_sparse_array(given, format="coo")
    writers = {
        ".gml": lambda: nx.write_gml(given, path),
        ".graphml": lambda: nx.write_graphml(given, path),
        ".gexf": lambda: nx.write_gexf(given, path),
        ".mtx": lambda: scipy_io.mmwrite(path, matrix),
        ".npz": lambda: sparse.save_npz(path, matrix),
        ".net": lambda: nx.write_pajek(given, path),
        ".json": lambda: path.write_text(__import__("json").dumps(nx.node_link_data(given, edges="links"))),
        ".csv": lambda: nx.write_weighted_edgelist(given, path, delimiter=","),
    }
    writers[suffix]()
    read = read_graph(path, directed=directed if suffix == ".csv" else None)
    assert read.directed == directed
    if suffix in (".mtx", ".npz"):
        assert_allclose(read.to_scipy().toarray(), CSRGraph.of(given).to_scipy().toarray())
    else:
        assert links(read) == links(CSRGraph.of(given))


def test_metis_files_with_every_kind_of_weight():
    plain = read_graph(io.StringIO("% c\n3 2\n2\n1 3\n2\n"), format="metis")
    assert links(plain) == {("0", "1"): 1, ("1", "2"): 1}
    full = read_graph(
        io.StringIO("3 2 111 2\n9 5 6 2 0.5\n".replace("0.5", "4") + "9 1 1 1 4 3 7\n9 2 2 2 7\n"), format="metis"
    )
    assert links(full) == {("0", "1"): 4, ("1", "2"): 7}
    assert full.node_weights.tolist() == [5, 1, 2]
    isolated = read_graph(io.StringIO("3 1\n2\n1\n\n"), format="metis")
    assert isolated.n_nodes == 3
    for text, message in (
        ("2 1\n3\n1\n", "line 2: neighbours must be in 1 ... 2"),
        ("4 1\n2\n1", "only 2 lines follow"),
        ("2 1\nx\n1\n", "line 2: a line must hold integers"),
        ("two\n", "line 1: the first line must be"),
    ):
        with pytest.raises(FileFormatError, match=message):
            read_graph(io.StringIO(text), format="metis")


def test_broken_files_of_other_formats_are_format_errors(tmp_path):
    for suffix in (".gml", ".graphml", ".gexf", ".mtx", ".npz", ".json"):
        with pytest.raises(FileFormatError):
            read_graph(written(tmp_path, "g" + suffix, "nonsense <"))


def test_umask_is_left_alone(tmp_path):
    before = source_module._umask()
    assert source_module._umask() == before


@pytest.mark.parametrize("name", ["karate", "lesmis", "eurosis"])
def test_real_graphs_are_equal_in_twelve_formats(shared, name):
    folder = shared / "data" / "graphs"
    directed = name == "eurosis"
    expected = links(read_graph(folder / name / "edges.csv.gz", directed=directed))
    paths = [path for path in sorted((folder / "formats").glob(f"{name}.*"))]
    assert len(paths) >= 10
    for path in paths:
        graph = read_graph(path, directed=directed)
        found = links(graph)
        if path.name.endswith("snap.txt") and name == "lesmis":  # that file holds no weights
            assert found.keys() == expected.keys()
        elif path.suffix in (".mtx", ".npz", ".metis"):  # rows instead of names
            assert sorted(found.values()) == sorted(expected.values())
            degrees = sorted(np.diff(graph.indptr).tolist())
            assert degrees == sorted(np.diff(read_graph(folder / "formats" / f"{name}.gexf").indptr).tolist())
        else:
            assert found == expected, path.name


def test_threshold_counts_for_each_link_before_equal_links_are_summed(tmp_path):
    rows = [(1, 2, 0.6), (1, 2, 0.6), (2, 3, 1.0), (3, 2, 2.0), (3, 4, 0.5)]
    text = "".join(f"{i} {j} {w}\n" for i, j, w in rows)
    multi = nx.MultiGraph()
    multi.add_weighted_edges_from(rows)
    frame = pytest.importorskip("pandas").DataFrame(rows, columns=["source", "target", "weight"])
    data = {"format": "infomap-network", "version": "1.0"}
    data["edges"] = [{"source": i, "target": j, "weight": w} for i, j, w in rows]
    files = [io.StringIO(text), io.StringIO("*Edges\n" + text), io.StringIO(__import__("json").dumps(data))]
    graphs = [read_graph(file, weight_threshold=1.0) for file in files]
    graphs += [CSRGraph.of(form, weight_threshold=1.0) for form in (rows, multi, frame, np.array(rows))]
    for graph in graphs:
        assert list(graph.nodes) == [1, 2, 3, 4]
        assert links(graph) == {("2", "3"): 3.0}
    simple = CSRGraph.of(np.array([[0, 0.5, 2], [0.5, 0, 1], [2, 1, 0]]), weight_threshold=1.0)
    assert simple.n_links == 2
