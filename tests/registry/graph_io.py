"""Kernels and rivals of the graph border: compressed rows, the row parser, the conversion of networkx graphs."""

import numpy as np
from hypothesis import strategies as st

from kexuestat._kernels import csr, link_rows, names, parse
from kexuestat.graph.edges import compressed_rows
from tests.contract import Pair, Race
from tests.naive import csr as naive
from tests.naive import parse as naive_parse

_weight = st.sampled_from([0.0, 1.0, 1.0, 2.0, 0.5, 1e-300, 1e300, 1.0 / 3.0])
_any_weight = st.floats(allow_nan=True, allow_infinity=True)


@st.composite
def _links(draw, min_size=0, weighted=None):
    """Links with loops, parallel links, isolated nodes, zero weights; int32 ids among them."""
    n = draw(st.integers(1, 12))
    pairs = draw(st.lists(st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)), min_size=min_size, max_size=40))
    dtype = draw(st.sampled_from([np.int64, np.int32]))
    source = np.array([i for i, _ in pairs], dtype=dtype)
    target = np.array([j for _, j in pairs], dtype=dtype)
    weighted = draw(st.booleans()) if weighted is None else weighted
    weights = np.array(draw(st.lists(_weight, min_size=len(pairs), max_size=len(pairs)))) if weighted else None
    return source, target, weights, n


@st.composite
def _graph_input(draw):
    return (*draw(_links()), draw(st.booleans()))


def _dense(indptr, indices, weights):
    matrix = np.zeros((len(indptr) - 1, len(indptr) - 1))
    for i in range(len(indptr) - 1):
        matrix[i, indices[indptr[i] : indptr[i + 1]]] = weights[indptr[i] : indptr[i + 1]]
    return matrix.tolist()


def _flat(parts):
    return np.concatenate([np.asarray(part, dtype=np.float64) for part in parts])


def _rows(source, target, weights, n, symmetric):
    rows = compressed_rows(source, target, weights, n, symmetric)
    return rows.indptr, rows.columns, rows.values


def _wide_rows(*links):
    """The same with weights where all are 1."""
    rows = compressed_rows(*links)
    return rows.indptr, rows.indices, rows.weights


def _in_buckets(source, target, weights, n, symmetric, shift):
    """Rows by the kernels alone, with as many buckets as shift leaves."""
    column_bits = max(1, (n - 1).bit_length())
    n_buckets = ((n - 1) >> shift) + 1
    begin = np.append(0, np.cumsum(link_rows.bucket_counts(source, target, shift, n_buckets, symmetric)))
    keys, values = np.empty(begin[-1], np.int64), np.empty(begin[-1])
    weights = np.ones(len(source)) if weights is None else weights
    link_rows.links_into_buckets(
        source, target, weights, shift, column_bits, symmetric, begin[:-1].copy(), keys, values
    )
    columns, indptr = np.empty(begin[-1], np.int32), np.zeros(n + 1, np.int64)
    half = n_buckets // 2
    rest = shift + column_bits, column_bits, columns, indptr
    repeats = sum(link_rows.sort_buckets(keys, values, begin, *part, *rest) for part in ((0, half), (half, n_buckets)))
    kept = link_rows.merge_repeats(keys, values, column_bits, columns, indptr)
    assert repeats or kept == len(keys) or (weights == 0).any()
    return np.cumsum(indptr), columns[:kept], values[:kept]


def _as_ones(indptr, indices, values):
    return indptr, indices, values if len(values) else np.ones(len(indices))


def _naive_rows(source, target, weights, n, symmetric):
    return naive.compressed(naive.matrix_of_links(source, target, weights, n, symmetric))


def _symmetrised_a_little(source, target, weights, n, symmetric):
    """A matrix that is symmetric, nearly so, or not at all."""
    indptr, indices, values = _rows(source, target, weights, n, symmetric)
    if symmetric and len(values) > 3:
        values = values.copy()
        values[len(values) // 2] *= 1.0 + 1e-3
    return indptr, indices, values


def _ids_to_rows(source, target, weights, n):
    low, high = csr.id_bounds(source, target)
    return csr.ids_to_rows(source, csr.used_ids(source, target, low, high), low, high)


_number = st.sampled_from(["0", "7", "42", "123456789012345678", "-3", "1.5", "x", "99999999999999999999"])
_tail = st.sampled_from(
    ["", " ", " 1", ",2.5", "\t0.1", ";1e3", " 1e-3 # why", " .5", " 5.", " 3 4 5", " +2", " -1.25", "\r"]
)
_row = st.builds(
    lambda a, s, b, t: f"{a}{s}{b}{t}", _number, st.sampled_from([" ", ",", "\t", " ; ", "  "]), _number, _tail
)
_line = _row | st.sampled_from(["", "# a comment", "% another", "   ", "7", "\t"])
_text = st.lists(_line, max_size=12).map(lambda lines: "".join(line + "\n" for line in lines))


def _parsed(text):
    data = np.frombuffer(text.encode(), dtype=np.uint8)
    ids, weights = np.zeros((2, len(data) + 1), dtype=np.int64), np.zeros(len(data) + 1)
    _, n_rows, n_lines, n_weighted = parse.parse_rows(data, 0, len(data), ids, weights)
    return _flat([ids[:, :n_rows].T.ravel(), weights[:n_rows], [n_lines, n_weighted]])


def _naive_parsed(text):
    rows, weights, n_lines, n_weighted = naive_parse.parse_rows(text, 2)
    return _flat([np.array(rows).ravel(), weights, [n_lines, n_weighted]])


_word = st.sampled_from(["a", "b", "ab", "node 1", "Ö", "a", "", '"q"', "x" * 40, "1"])
_heavy = st.sampled_from(["", "1", "2.5", "-1", "heavy", "1e-3", " 7 "])


@st.composite
def _names_text(draw):
    """Lines of two names and perhaps a weight, with comments, quotes, empty names and repeated names."""
    delimiter = draw(st.sampled_from([None, ",", "\t"]))
    between = delimiter or " "
    lines = []
    for first, second, heavy in draw(st.lists(st.tuples(_word, _word, _heavy), max_size=12)):
        if delimiter is None:
            first, second, heavy = first.replace(" ", "_"), second.replace(" ", "_"), heavy.strip()
        lines.append(between.join([first, second] + ([heavy] if heavy else [])))
    lines = [line if k % 5 else "# " + line for k, line in enumerate(lines)]
    return "".join(line + "\n" for line in lines), delimiter, draw(st.booleans())


def _parsed_names(text, delimiter, weighted):
    data = np.frombuffer(text.encode(), dtype=np.uint8)
    rows, weights = np.zeros((2, len(data) + 1), dtype=np.int64), np.zeros(len(data) + 1)
    pool, ends = np.zeros(len(data) + 1, dtype=np.uint8), np.zeros(64, dtype=np.int64)
    slots = np.full(64, -1, dtype=np.int64)
    mark = 0 if delimiter is None else ord(delimiter)
    found = names.parse_names(data, 0, len(data), mark, weighted, rows, weights, pool, ends, slots, 0)
    _, n_rows, n_lines, n_weighted, n_names = found
    again = np.full(256, -1, dtype=np.int64)
    names.fill_slots(pool, ends, n_names, again)
    known = [pool[ends[k] : ends[k + 1]].copy() for k in range(n_names)]
    numbers = [names.number_of_name(word, 0, len(word), pool, ends, again, n_names) for word in known]
    assert numbers == list(range(n_names))
    letters = np.frombuffer("\n".join(word.tobytes().decode() for word in known).encode(), dtype=np.uint8)
    return _flat([rows[:, :n_rows].T.ravel(), weights[:n_rows], [n_lines, n_weighted, n_names], letters])


def _naive_parsed_names(text, delimiter, weighted):
    rows, weights, n_lines, n_weighted, known = naive_parse.parse_names(text, delimiter, weighted)
    letters = np.frombuffer("\n".join(known).encode(), dtype=np.uint8)
    return _flat([np.array(rows).ravel(), weights, [n_lines, n_weighted, len(known)], letters])


PAIRS = [
    Pair(
        "compressed_rows",
        lambda *links: _flat(_wide_rows(*links)),
        lambda *links: _flat(_naive_rows(*links)),
        _graph_input(),
        (),
    ),
    Pair(
        "rows by buckets",
        lambda links, shift: _flat(_in_buckets(*links, shift)),
        lambda links, shift: _flat(_naive_rows(*links)),
        st.tuples(_graph_input(), st.integers(0, 4)),
        (
            "link_rows.bucket_counts",
            "link_rows.links_into_buckets",
            "link_rows.sort_buckets",
            "link_rows.merge_repeats",
        ),
    ),
    Pair(
        "count_loops",
        lambda *links: csr.count_loops(*_rows(*links)[:2]),
        lambda *links: sum(row[i] != 0 for i, row in enumerate(naive.matrix_of_links(*links))),
        _graph_input(),
        ("csr.count_loops",),
    ),
    Pair(
        "id_bounds",
        lambda s, t, w, n: csr.id_bounds(s, t),
        lambda s, t, w, n: naive.id_bounds(s, t),
        _links(min_size=1),
        ("csr.id_bounds",),
    ),
    Pair(
        "used_ids",
        lambda s, t, w, n: csr.used_ids(s, t, *csr.id_bounds(s, t)),
        lambda s, t, w, n: naive.used_ids(s, t),
        _links(min_size=1),
        ("csr.used_ids",),
    ),
    Pair(
        "ids_to_rows",
        _ids_to_rows,
        lambda s, t, w, n: naive.rows_of_ids(s, naive.used_ids(s, t)),
        _links(min_size=1),
        ("csr.ids_to_rows",),
    ),
    Pair(
        "first_outside",
        lambda ids, n: csr.first_outside(np.array(ids, dtype=np.int64), n),
        naive.first_outside,
        st.tuples(st.lists(st.integers(-2, 9)), st.integers(0, 8)),
        ("csr.first_outside",),
    ),
    Pair(
        "first_bad_weight",
        lambda weights: csr.first_bad_weight(np.array(weights, dtype=np.float64)),
        naive.first_bad_weight,
        st.tuples(st.lists(_any_weight)),
        ("csr.first_bad_weight",),
    ),
    Pair(
        "transpose",
        lambda *links: _flat(_as_ones(*csr.transpose(*_rows(*links)))),
        lambda *links: _flat(naive.transposed(naive.matrix_of_links(*links))),
        _graph_input(),
        ("csr.transpose",),
    ),
    Pair(
        "asymmetry",
        lambda *links: csr.asymmetry(*_symmetrised_a_little(*links)),
        lambda *links: naive.asymmetry(_dense(*_as_ones(*_symmetrised_a_little(*links)))),
        _graph_input(),
        ("csr.asymmetry",),
    ),
    Pair(
        "is_sorted",
        lambda rows: csr.is_sorted(
            np.cumsum([0, *map(len, rows)]), np.array([j for row in rows for j in row], dtype=np.int64)
        ),
        lambda rows: naive.is_sorted(rows),
        st.tuples(st.lists(st.lists(st.integers(0, 5), max_size=4), min_size=1, max_size=4)),
        ("csr.is_sorted",),
    ),
    Pair(
        "entry_rows",
        lambda *links: csr.entry_rows(_rows(*links)[0]),
        lambda *links: naive.entry_rows(naive.matrix_of_links(*links)),
        _graph_input(),
        ("csr.entry_rows",),
    ),
    Pair(
        "parse_names",
        _parsed_names,
        _naive_parsed_names,
        _names_text(),
        ("names.parse_names", "names.number_of_name", "names.fill_slots"),
        rtol=0,
        atol=0,
    ),
    Pair("parse_rows", _parsed, _naive_parsed, st.tuples(_text), ("parse.parse_rows",), rtol=0, atol=0),
]


# ---------------------------------------------------------------------------------------------------------- races


def _edge_arrays(n_nodes, n_links):
    rng = np.random.default_rng(1)
    return rng.integers(0, n_nodes, n_links), rng.integers(0, n_nodes, n_links), n_nodes


def _construction(n_nodes, n_links):
    def setup():
        from scipy.sparse import coo_array

        from kexuestat.graph import CSRGraph

        source, target, n = _edge_arrays(n_nodes, n_links)
        ones = np.ones(n_links)

        def scipy_side():
            both = coo_array((np.concatenate((ones, ones)), (np.r_[source, target], np.r_[target, source])), (n, n))
            matrix = both.tocsr()
            matrix.sort_indices()
            return matrix

        return {
            "kexuestat": lambda: CSRGraph.from_edges(source, target, n_nodes=n),
            "scipy": scipy_side,
        }

    return setup


def _entries(result):
    return {"entries": len(result.indices)}


def _length(columns):
    return {"links": len(columns[0])}


def _links_read(n_links):
    return {"distinct links": n_links}


def _edge_file(n_nodes, n_links, suffix):
    """Write a link list and return its path."""
    import tempfile
    from pathlib import Path

    import pandas as pd

    source, target, _ = _edge_arrays(n_nodes, n_links)
    path = Path(tempfile.mkdtemp()) / f"links{suffix}"
    pd.DataFrame({"source": source, "target": target}).to_csv(path, sep=" ", header=False, index=False)
    return path


def _columns(n_nodes, n_links, suffix):
    """The columns of a link list, without the graph."""

    def setup():
        import pandas as pd

        from kexuestat.graph.io.rows import Rows
        from kexuestat.graph.io.source import open_bytes

        path = _edge_file(n_nodes, n_links, suffix)

        def ours():
            rows = Rows(2, str(path), "")
            with open_bytes(path) as stream:
                rows.add_stream(stream)
            return rows.columns

        return {"kexuestat": ours, "pandas": lambda: pd.read_csv(path, sep=" ", header=None).to_numpy().T}

    return setup


def _graph_of_file(n_nodes, n_links):
    def setup():
        from kexuestat.graph import read_graph

        path = _edge_file(n_nodes, n_links, ".txt")
        sides = {"kexuestat": lambda: read_graph(path).n_links}
        try:
            import infomap
        except ImportError:
            return sides
        return sides | {"infomap": lambda: _official(infomap, path)}

    return setup


def _official(infomap, path):
    engine = infomap.Infomap(silent=True)
    engine.read_file(str(path))
    return engine.num_links


def _from_networkx():
    import networkx as nx

    from kexuestat.graph import CSRGraph

    graph = nx.gnm_random_graph(2000, 20000, seed=1)
    return {"kexuestat": lambda: CSRGraph.of(graph), "networkx": lambda: nx.to_scipy_sparse_array(graph)}


PEERS = [
    Race("rows of 20 k links", "graph", _construction(2_000, 20_000), _entries, {"scipy": 1.0}),
    Race("rows of 10 M links", "graph", _construction(1_000_000, 10_000_000), _entries, {"scipy": 2.0}, slow=True),
    Race("columns of a link list, 50 k", "graph", _columns(5_000, 50_000, ".txt"), _length, {"pandas": 1.0}),
    Race(
        "columns of a link list, 5 M",
        "graph",
        _columns(500_000, 5_000_000, ".txt"),
        _length,
        {"pandas": 1.0},
        slow=True,
    ),
    Race(
        "columns of a gzip link list, 5 M",
        "graph",
        _columns(500_000, 5_000_000, ".txt.gz"),
        _length,
        {"pandas": 1.0},
        slow=True,
    ),
    Race("graph of a link list, 50 k", "graph", _graph_of_file(5_000, 50_000), _links_read, {"infomap": 4.0}),
    Race(
        "graph of a link list, 5 M",
        "graph",
        _graph_of_file(500_000, 5_000_000),
        _links_read,
        {"infomap": 7.0},
        slow=True,
    ),
    Race("networkx graph of 20 k links", "graph", _from_networkx, _entries, {"networkx": 2.0}),
]
