"""The search finds what brute force finds, index by index."""

import gzip
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline

from kexuestat._kernels._jit import JIT_ENABLED
from kexuestat.exceptions import EmptyTextWarning, FileFormatError, InvalidInputError
from kexuestat.text import (
    MoverNeighbors,
    TextTokenizer,
    TokenVectors,
    VectorConverter,
    WordMoverDistance,
    WordRotatorDistance,
    read_vectors,
    sample_corpus,
)

WORDS = tuple("abcdefgh")
VECTORS = np.random.default_rng(8).normal(size=(8, 3)).round(1)
METRICS = [(WordMoverDistance, m) for m in ("euclidean", "rms", "sqeuclidean", "cosine", "chord")] + [
    (WordRotatorDistance, m) for m in ("cosine", "chord")
]
EACH_METRIC = pytest.mark.parametrize(("mover", "metric"), METRICS, ids=lambda v: getattr(v, "__name__", v))
texts = st.lists(st.text("abcdefgh", max_size=6).map(" ".join), min_size=2, max_size=12)


def _by_force(table, k, own):
    table = np.where(np.isnan(table), np.inf, table)
    if own:
        np.fill_diagonal(table, np.inf)
    order = np.argsort(table, axis=1, kind="stable")[:, :k]
    distances = np.take_along_axis(table, order, axis=1)
    return np.where(np.isinf(distances), np.nan, distances), np.where(np.isinf(distances), -1, order)


def _assert_same_neighbors(found, table, k, own):
    distances, indices = _by_force(table, k, own)
    np.testing.assert_allclose(found.distances, distances, rtol=1e-12, atol=1e-12)
    for q in range(len(indices)):  # sums in another order may swap documents whose distances are equal but for rounding
        real = found.indices[q] >= 0
        np.testing.assert_array_equal(real, indices[q] >= 0)
        np.testing.assert_allclose(table[q][found.indices[q][real]], distances[q][real], rtol=1e-12, atol=1e-12)
        assert len(set(found.indices[q][real].tolist())) == real.sum()


@EACH_METRIC
@given(documents=texts, queries=texts)
def test_search_equals_brute_force_with_ties_duplicates_and_empty_texts(mover, metric, documents, queries):
    index = MoverNeighbors(mover(vectors=(WORDS, VECTORS), metric=metric, empty="ignore"), n_neighbors=2)
    index.fit(documents)
    k = len(documents)
    _assert_same_neighbors(index.search(queries, k), index.distance_.transform(queries), k, own=False)
    _assert_same_neighbors(index.search(None, k - 1), index.distance_.pairwise(), k - 1, own=True)


@pytest.mark.parametrize("metric", ["euclidean", "chord", "cosine"])
def test_a_cascade_of_bounds_equals_brute_force(metric):
    rng = np.random.default_rng(3)
    documents = [" ".join(rng.choice(list(WORDS), rng.integers(0, 7))) for _ in range(700)]
    mover = (WordRotatorDistance if metric == "cosine" else WordMoverDistance)(
        vectors=(WORDS, VECTORS), metric=metric, empty="ignore"
    )
    index = MoverNeighbors(mover).fit(documents)
    _assert_same_neighbors(index.search(documents[:20], 7), index.distance_.transform(documents[:20]), 7, own=False)
    own = index if JIT_ENABLED else MoverNeighbors(mover).fit(documents[:100])  # all pairs are too many
    _assert_same_neighbors(own.search(None, 3), own.distance_.pairwise(), 3, own=True)
    spread = index.search(["a b c d e f g h"], 300)  # more neighbours than the first part of the cascade holds
    _assert_same_neighbors(spread, index.distance_.transform(["a b c d e f g h"]), 300, own=False)


def test_equal_documents_come_in_order_of_their_index():
    index = MoverNeighbors(WordMoverDistance(vectors=(WORDS, VECTORS))).fit(["a b", "c", "a b", "b a", "c"])
    assert index.search(["b a"], 5).indices.tolist() == [[0, 2, 3, 1, 4]]
    assert index.search(None, 2).indices[[0, 2, 3]].tolist() == [[2, 3], [0, 3], [0, 2]]


def test_a_text_without_known_words_is_nobodys_neighbor():
    index = MoverNeighbors(WordMoverDistance(vectors=(WORDS, VECTORS)), n_neighbors=3).fit(["a", "zz", "b"])
    with pytest.warns(EmptyTextWarning, match="1 of 2 texts have no known word"):
        found = index.search(["zz", "a"])
    assert found.indices.tolist() == [[-1, -1, -1], [0, 2, -1]]
    assert np.isnan(found.distances[0]).all()
    assert found.n_candidates.tolist() == [0, 2]


def test_an_index_of_empty_texts_finds_nothing():
    index = MoverNeighbors(WordMoverDistance(vectors=(WORDS, VECTORS), empty="ignore"), n_neighbors=1).fit(["zz", "yy"])
    assert index.search(["a"]).indices.tolist() == [[-1]]


def test_queries_with_new_words_do_not_change_the_index():
    index = MoverNeighbors(WordMoverDistance(vectors=(WORDS, VECTORS)), n_neighbors=2).fit(["a b", "c d", "a d"])
    first = index.search(["a c"])
    index.search(["e f g", "h"])
    again = index.search(["a c"])
    np.testing.assert_array_equal(first.distances, again.distances)
    np.testing.assert_array_equal(first.indices, again.indices)


def test_any_number_of_threads_gives_the_same_bits():
    corpus = list(sample_corpus())
    one, two = (MoverNeighbors(n_jobs=n).fit(corpus).search() for n in (1, 2))
    for a, b in zip(one, two):
        np.testing.assert_array_equal(a, b)


def test_contextual_documents_are_searched():
    rng = np.random.default_rng(2)
    arrays = [rng.normal(size=(n, 4)) for n in (3, 1, 5, 2, 4)]
    for mover in (WordMoverDistance(), WordRotatorDistance()):
        index = MoverNeighbors(mover, n_neighbors=2).fit(arrays)
        _assert_same_neighbors(index.search(), index.distance_.pairwise(), 2, own=True)
        _assert_same_neighbors(
            index.search(TokenVectors.of(arrays[:2])), index.distance_.transform(arrays[:2]), 2, False
        )


def test_graph_has_the_layout_of_k_neighbors_transformer():
    index = MoverNeighbors(WordMoverDistance(vectors=(WORDS, VECTORS)), n_neighbors=2).fit(["a", "b c", "d", "a b"])
    graph = index.kneighbors_graph()
    assert graph.shape == (4, 4)
    assert np.diff(graph.indptr).tolist() == [3, 3, 3, 3]
    assert graph.indices[graph.indptr[:-1]].tolist() == [0, 1, 2, 3]
    assert (graph.data[graph.indptr[:-1]] == 0.0).all()
    rows = np.split(graph.data, graph.indptr[1:-1])
    assert all((np.diff(row) >= 0).all() for row in rows)
    assert index.kneighbors_graph(["a"], 1, mode="connectivity").toarray().tolist() == [[1, 0, 0, 0]]
    assert (index.fit_transform(["a", "b c", "d", "a b"]) != graph).nnz == 0


def test_graph_feeds_a_classifier():
    documents, labels = ["a b", "b a a", "c d", "d c c", "a a", "c c"], [0, 0, 1, 1, 0, 1]
    pipeline = make_pipeline(
        MoverNeighbors(WordMoverDistance(vectors=(WORDS, VECTORS)), n_neighbors=2),
        KNeighborsClassifier(n_neighbors=2, metric="precomputed"),
    )
    assert pipeline.fit(documents, labels).predict(documents).tolist() == labels


def test_radius_neighbors_are_all_within_the_radius():
    index = MoverNeighbors(WordMoverDistance(vectors=(WORDS, VECTORS))).fit(["a", "b c", "d", "a b"])
    table = index.distance_.pairwise()
    radius = float(np.median(table))
    distances, indices = index.radius_neighbors(radius=radius)
    for q in range(4):
        wanted = [j for j in range(4) if j != q and table[q, j] <= radius]
        assert sorted(indices[q].tolist()) == wanted
        assert (np.diff(distances[q]) >= 0).all()


@pytest.mark.slow
def test_an_approximate_index_says_what_it_proves():
    rng = np.random.default_rng(3)
    documents = [" ".join(rng.choice(list(WORDS), rng.integers(1, 7))) for _ in range(900)]
    mover = WordMoverDistance(vectors=(WORDS, VECTORS))
    exact, rough = (MoverNeighbors(mover, n_neighbors=10, recall=r).fit(documents) for r in (1.0, 0.8))
    queries = documents[::30]
    want, found = exact.search(queries), rough.search(queries)
    assert (want.recall == 1).all()
    assert ((found.recall >= 0) & (found.recall <= 1)).all()
    hits = (found.distances <= want.distances[:, -1:] + 1e-12).mean(axis=1)  # many are equally near
    assert hits.mean() >= 0.75
    assert (found.recall <= hits).all()
    assert found.n_solved.sum() < want.n_candidates.sum()
    for one, two in zip(rough.radius_neighbors(queries[:3], 0.5)[0], exact.radius_neighbors(queries[:3], 0.5)[0]):
        np.testing.assert_array_equal(one, two)


def test_bad_arguments_are_refused():
    with pytest.raises(InvalidInputError, match=r"recall must be in \(0, 1\], got 1.5"):
        MoverNeighbors(recall=1.5).fit(["a"])
    with pytest.raises(InvalidInputError, match="distance must be a WordMoverDistance or WordRotatorDistance, got str"):
        MoverNeighbors("wmd").fit(["a"])
    with pytest.raises(InvalidInputError, match="n_neighbors must be at least 1, got 0"):
        MoverNeighbors(n_neighbors=0).fit(["a"])
    index = MoverNeighbors(WordMoverDistance(vectors=(WORDS, VECTORS))).fit(["a", "b"])
    with pytest.raises(InvalidInputError, match="n_neighbors must be at most 2, got 5"):
        index.search(["a"])
    with pytest.raises(InvalidInputError, match="n_neighbors must be at most 1, got 2"):
        index.search(n_neighbors=2)
    with pytest.raises(InvalidInputError, match="mode must be one of 'distance', 'connectivity'"):
        index.kneighbors_graph(mode="both")


def _assert_equal_answers(first, second, queries):
    for a, b in zip(first.search(queries, 3), second.search(queries, 3)):
        np.testing.assert_array_equal(a, b)
    for a, b in zip(first.search(n_neighbors=2), second.search(n_neighbors=2)):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize(
    "mover",
    [
        WordMoverDistance(weights="sif"),
        WordMoverDistance(weights="tfidf", metric="chord", tokenizer=TextTokenizer(stop_words=("the", "a"))),
        WordRotatorDistance(converter=("center", "conceptor", "sif", "removal"), empty_value=7.0),
        WordRotatorDistance(vectors=(WORDS, VECTORS), empty="ignore"),
    ],
    ids=["sif", "tfidf", "converter", "vectors"],
)
def test_a_saved_index_answers_as_before(mover, tmp_path):
    index = MoverNeighbors(mover, n_neighbors=3).fit([*sample_corpus(), "a b c", "d e"])
    assert index.save(tmp_path / "index") == str(tmp_path / "index")
    again = MoverNeighbors.load(tmp_path / "index")
    queries = ["The orchestra met the president", "zebra law sea", "a f"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", EmptyTextWarning)
        _assert_equal_answers(index, again, queries)
    assert isinstance(again.distance_.vectors_, np.memmap)
    assert isinstance(again.distance_._space.source.vectors.base, np.memmap)
    assert again.n_neighbors == 3
    assert again.distance_.oov_rate_ == index.distance_.oov_rate_
    assert not list(tmp_path.glob("**/*.pkl"))
    assert again.fit(["a b c", "d e the the", "the president the president", "met met"]).n_documents_ == 4


def test_a_loaded_index_can_be_fitted_again_with_the_same_options(tmp_path):
    counts = {"a": 5, "b": 1, "c": 2}
    converter = VectorConverter(steps=("center", "sif", "removal"), n_removed=2, sif_a=0.1, word_counts=counts)
    mover = WordMoverDistance(vectors=(WORDS, VECTORS), weights="tfidf", converter=converter, word_counts=counts)
    index = MoverNeighbors(mover, n_neighbors=1).fit(["a b", "c d e", "f g"])
    index.save(tmp_path / "index")
    again = MoverNeighbors.load(tmp_path / "index")
    assert again.distance.word_counts == counts
    assert again.distance.converter.get_params() == {**converter.get_params(), "word_counts": counts}
    texts = ["h a", "b c c", "d"]
    np.testing.assert_array_equal(
        clone(index).fit(texts).search().distances, clone(again).fit(texts).search().distances
    )


def test_a_saved_index_of_contextual_vectors_answers_as_before(tmp_path):
    rng = np.random.default_rng(2)
    arrays = [rng.normal(size=(n, 4)) for n in (3, 1, 5, 2, 4)]
    index = MoverNeighbors(WordRotatorDistance(metric="chord")).fit(arrays)
    index.save(tmp_path / "index")
    _assert_equal_answers(index, MoverNeighbors.load(tmp_path / "index"), arrays[:2])


def test_callables_are_passed_again(tmp_path):
    mover = WordMoverDistance(vectors=(WORDS, VECTORS), tokenizer=str.split, weights=lambda word, count: count + 1)
    index = MoverNeighbors(mover).fit(["a b", "c d", "a d d", "b"])
    index.save(tmp_path / "index")
    with pytest.raises(InvalidInputError, match="the index was made with a callable tokenizer; pass the same one"):
        MoverNeighbors.load(tmp_path / "index")
    again = MoverNeighbors.load(tmp_path / "index", tokenizer=str.split, weights=mover.weights)
    _assert_equal_answers(index, again, ["a a b", "h"])


def test_broken_indexes_are_refused(tmp_path):
    index = MoverNeighbors(WordMoverDistance(vectors=(WORDS, VECTORS))).fit(["a b", "c d"])
    with pytest.raises(FileFormatError, match=r"holds no index of documents: index.json is absent"):
        MoverNeighbors.load(tmp_path)
    index.save(tmp_path / "index")
    with pytest.raises(InvalidInputError, match="path must not exist or be an empty folder"):
        index.save(tmp_path / "index")
    (tmp_path / "index" / "vectors.npy").write_bytes(b"x")
    with pytest.raises(FileFormatError, match="is no whole index of documents"):
        MoverNeighbors.load(tmp_path / "index")
    (tmp_path / "index" / "index.json").write_text('{"version": 99}')
    with pytest.raises(FileFormatError, match="has version 99, this program reads version 1"):
        MoverNeighbors.load(tmp_path / "index")
    (tmp_path / "index" / "index.json").write_text("{")
    with pytest.raises(FileFormatError, match=r"index.json is broken"):
        MoverNeighbors.load(tmp_path / "index")


@pytest.mark.slow
def test_few_problems_are_solved_on_real_text(shared):
    path = shared / "data/text/trec-questions-en/data.tsv.gz"
    with gzip.open(path, "rt", encoding="utf-8") as file:
        questions = [line.rstrip("\n").split("\t")[-1] for line in file][1:2001]
    vectors = read_vectors(shared / "data/vectors/glove-6b-50d-5k-en/glove-6b-50d-5k-en.txt.gz")
    index = MoverNeighbors(WordMoverDistance(vectors=vectors, empty="ignore"), n_neighbors=10).fit(questions)
    found = index.search(questions[:40])
    _assert_same_neighbors(found, index.distance_.transform(questions[:40]), 10, own=False)
    assert found.n_solved.mean() < 0.25 * found.n_candidates.mean()
