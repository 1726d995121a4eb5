"""Kernels, estimators and rivals of kexuestat.text."""

import numpy as np
from hypothesis import strategies as st

from kexuestat._kernels import cooccurrence, greedy, shares, vector_files
from kexuestat.text import (
    GreedyMatching,
    MoverNeighbors,
    PMIEmbedder,
    Whitening,
    WordMoverDistance,
    WordRotatorDistance,
    sample_corpus,
)
from kexuestat.text.documents import Documents
from kexuestat.text.factor import neighbor_counts
from tests.contract import EstimatorCase, Pair
from tests.naive import text as naive

_documents = st.lists(st.lists(st.integers(0, 6), max_size=12), max_size=5)


def _ragged(documents):
    indptr = np.concatenate([[0], np.cumsum([len(d) for d in documents])]).astype(np.int64)
    return indptr, np.array([t for d in documents for t in d], dtype=np.int64)


def _places(documents):
    _, tokens = _ragged(documents)
    return np.concatenate(cooccurrence.word_places(tokens, 7))


def _naive_places(documents):
    return np.concatenate(naive.word_places([t for d in documents for t in d], 7))


def _owners(documents):
    return cooccurrence.token_documents(_ragged(documents)[0])


def _counts(documents, window):
    indptr, tokens = _ragged(documents)
    ragged = Documents(indptr, tokens, np.ones(len(tokens)), tuple("abcdefg"), np.zeros(len(documents), dtype=int))
    return neighbor_counts(ragged, window, 10).toarray()


@st.composite
def _tables(draw):
    n = draw(st.integers(1, 5))
    rows = [sorted(draw(st.sets(st.integers(0, n - 1)))) for _ in range(n)]
    indptr, indices = _ragged(rows)
    size = len(indices)
    positive = st.floats(1e-6, 1e6)
    counts = np.array(draw(st.lists(positive, min_size=size, max_size=size)))
    shares = [np.array(draw(st.lists(st.floats(1e-9, 1), min_size=n, max_size=n))) for _ in range(2)]
    return indptr, indices, counts, *shares, draw(positive), draw(st.floats(-3, 3))


_number = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.decimals(-1000, 1000, places=6).map(str),
    st.integers(-(10**18), 10**18).map(str),
    st.text("0123456789.eE+-", max_size=20),
    st.sampled_from(
        ["", ".", "-", "+.5", "5.", "1e5", "1e-22", "1e23", "1e", "1e+", "nan", "inf", "1_0", "0x1", "00", "-0"]
    ),
)


def _decimal(text):
    return vector_files.parse_decimal(np.frombuffer(b" " + text.encode(), dtype=np.uint8), 1, 1 + len(text))


_word = st.text(st.characters(exclude_characters="\n\r", exclude_categories=["Cs"]), max_size=6).map(str.encode)
_lines = st.lists(
    st.tuples(_word, st.lists(st.floats(-9, 9, width=32), min_size=2, max_size=2), st.sampled_from([b"", b" ", b"\r"])),
    max_size=6,
).map(lambda rows: b"\n".join(w + b"".join(f" {x:.6g}".encode() for x in v) + end for w, v, end in rows))


def _flat(rows):
    """Words as numbers and vectors, in one array."""
    return np.concatenate([[len(rows)], *([[*w, -1, *np.float32(v)]] for w, v in rows)], axis=None).astype(np.float64)


def _text_rows(data):
    text = np.frombuffer(data, dtype=np.uint8)
    values, spans = np.zeros((9, 2), dtype=np.float32), np.zeros((9, 2), dtype=np.int64)
    n = vector_files.parse_text_rows(text, values, spans, np.zeros((40, 4), dtype=np.int64))[0]
    return _flat([(data[i:j], v) for (i, j), v in zip(spans[:n].tolist(), values[:n])])


_records = st.lists(
    st.tuples(
        st.text(st.characters(exclude_characters=" \n", exclude_categories=["Cs"]), max_size=5).map(str.encode),
        st.lists(st.floats(width=32, allow_nan=False, allow_infinity=False), min_size=2, max_size=2),
    ),
    max_size=5,
)


def _binary_rows(records):
    data = naive.binary_rows(*zip(*records)) if records else b""
    values, spans = np.zeros((9, 8), dtype=np.uint8), np.zeros((9, 2), dtype=np.int64)
    n, _ = vector_files.parse_binary_rows(np.frombuffer(data, dtype=np.uint8), values, spans)
    return _flat([(data[i:j], v) for (i, j), v in zip(spans[:n].tolist(), values[:n].view("<f4"))])


@st.composite
def _matchings(draw):
    """Costs with ties, huge and tiny ones, of one text (maybe empty) to several, some empty; weights with zeros."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n, sizes = draw(st.integers(0, 4)), draw(st.lists(st.integers(0, 4), max_size=4))
    bounds = np.cumsum([0, *sizes])
    cost = rng.integers(0, 3, (n, bounds[-1])) * 1.0 if draw(st.booleans()) else rng.random((n, bounds[-1]))
    a, *b = (rng.random(size) * (rng.random(size) < 0.7) for size in (n, *sizes))
    columns = [list(range(start, stop)) for start, stop in zip(bounds, bounds[1:])]
    return cost * 10.0 ** rng.integers(-200, 200), a, columns, b


def _greedy(cost, a, documents, b):
    out = np.empty((2, len(documents)))
    indptr = np.cumsum([0, *map(len, documents)]).astype(np.int64)
    greedy.greedy_costs(cost, a, indptr, np.concatenate([[], *b]), *out)
    return _scaled(out.T, cost)


def _scaled(values, cost):
    return values / (np.abs(cost).max(initial=0.0) or 1.0)


def _flat_shares(result):
    return np.concatenate(result, axis=None)


PAIRS = [
    Pair(
        "weight_shares",
        lambda weights: _flat_shares(shares.weight_shares(np.array(weights))),
        lambda weights: _flat_shares(naive.weight_shares(weights)),
        st.tuples(st.lists(st.floats(0, 1e9), min_size=1, max_size=9).filter(lambda weights: sum(weights) > 1e-300)),
        ("shares.weight_shares",),
    ),
    Pair("word_places", _places, _naive_places, st.tuples(_documents), ("cooccurrence.word_places",), 0, 0),
    Pair(
        "token_documents",
        _owners,
        lambda d: np.array(naive.token_documents(_ragged(d)[0]), dtype=np.int64),
        st.tuples(_documents),
        ("cooccurrence.token_documents",),
        0,
        0,
    ),
    Pair(
        "neighbor_counts",
        _counts,
        lambda d, w: naive.neighbor_counts(d, 7, w),
        st.tuples(_documents, st.integers(1, 6)),
        ("cooccurrence.cooccurrence_sizes", "cooccurrence.cooccurrence_rows"),
        0,
        0,
    ),
    Pair(
        "pointwise_information",
        cooccurrence.pointwise_information,
        naive.information,
        _tables(),
        ("cooccurrence.pointwise_information",),
    ),
    Pair(
        "greedy_costs",
        _greedy,
        lambda cost, a, documents, b: _scaled(naive.greedy_costs(cost, a, documents, b), cost),
        _matchings(),
        ("greedy.greedy_costs",),
    ),
    Pair("parse_decimal", _decimal, naive.decimal, st.tuples(_number), ("vector_files.parse_decimal",), 0, 0),
    Pair(
        "parse_text_rows",
        _text_rows,
        lambda data: _flat(naive.text_rows(data, 2)),
        st.tuples(_lines),
        ("vector_files.parse_text_rows",),
        0,
        0,
    ),
    Pair("parse_binary_rows", _binary_rows, _flat, st.tuples(_records), ("vector_files.parse_binary_rows",), 0, 0),
]


def _texts():
    return list(sample_corpus())


ESTIMATORS = [
    EstimatorCase(
        PMIEmbedder,
        "documents",
        _texts,
        ("vocabulary_", "vectors_", "singular_values_", "word_counts_", "n_documents_", "n_zero_"),
    ),
    EstimatorCase(WordMoverDistance, "documents", _texts, ("vectors_", "vocabulary_", "oov_rate_", "empty_")),
    EstimatorCase(
        lambda: WordRotatorDistance(weights="tfidf", converter=("center", "removal")),
        "documents",
        _texts,
        ("vectors_", "vocabulary_", "oov_rate_", "empty_", "idf_"),
    ),
    EstimatorCase(lambda: MoverNeighbors(n_neighbors=3), "documents", _texts, ("n_documents_",)),
    EstimatorCase(lambda: GreedyMatching(weighting="idf"), "documents", _texts, ("n_documents_", "idf_")),
    EstimatorCase(
        lambda: Whitening(n_components=2),
        "features",
        lambda: np.random.default_rng(0).normal(size=(30, 5)),
        ("mean_", "matrix_", "variances_", "n_components_"),
    ),
]
