"""Word vectors and word graph from a corpus: formulas, exactness, names."""

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kexuestat.exceptions import InvalidInputError
from kexuestat.graph import CSRGraph
from kexuestat.text import Documents, PMIEmbedder, WordVectors, factor, sample_corpus, word_graph
from tests.naive import text as naive

texts = st.lists(st.lists(st.sampled_from("abcde"), max_size=9), min_size=1, max_size=5)


@given(documents=texts, window=st.integers(1, 4), block=st.integers(1, 20))
def test_counts_do_not_depend_on_the_blocks(documents, window, block):
    ragged = Documents.of(documents)
    table = factor.neighbor_counts(ragged, window, block)
    ids = [[ragged.vocabulary.index(token) for token in document] for document in documents]
    np.testing.assert_array_equal(table.toarray(), naive.neighbor_counts(ids, len(ragged.vocabulary), window))
    assert table.dtype == np.int64
    assert table.has_sorted_indices


@given(
    documents=texts.filter(lambda d: len({t for x in d for t in x}) > 1),
    subsample=st.sampled_from([None, 1e-3, 0.2]),
    smoothing=st.sampled_from([0.0, 0.75, 1.0]),
    shift=st.sampled_from([-1.0, 0.0, 0.7]),
)
def test_information_follows_its_formula(documents, subsample, smoothing, shift):
    embedder = PMIEmbedder(window=2, min_count=1, subsample=subsample, smoothing=smoothing, shift=shift).fit(documents)
    counts = embedder.counts_.toarray()
    wanted = naive.shifted_positive_pmi(counts, embedder.word_counts_, subsample, smoothing, shift)
    np.testing.assert_allclose(embedder.pmi_.toarray(), wanted, rtol=1e-12, atol=1e-12)
    assert (embedder.pmi_.data > 0).all()
    assert embedder.n_zero_ == int((~embedder.vectors_.any(axis=1)).sum())


def test_plain_information_is_symmetric_and_does_not_change_when_the_corpus_is_doubled():
    corpus = [text.split() for text in sample_corpus()]
    plain = PMIEmbedder(smoothing=1.0, subsample=None, min_count=1)
    once = plain.fit(corpus).pmi_.toarray()
    np.testing.assert_allclose(once, once.T, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(plain.fit(corpus + corpus).pmi_.toarray(), once, rtol=1e-12, atol=1e-12)


def test_renaming_words_permutes_the_result():
    corpus = [text.lower().split() for text in sample_corpus()]
    first = PMIEmbedder(dimension=5).fit(corpus)
    second = PMIEmbedder(dimension=5).fit([[word + "x" for word in document] for document in corpus])
    assert second.vocabulary_ == tuple(word + "x" for word in first.vocabulary_)
    np.testing.assert_array_equal(first.vectors_, second.vectors_)
    backwards = PMIEmbedder(dimension=5).fit(corpus[::-1])
    rows = [backwards.vocabulary_.index(word) for word in first.vocabulary_]
    np.testing.assert_array_equal(backwards.counts_.toarray()[np.ix_(rows, rows)], first.counts_.toarray())
    gram = first.vectors_ @ first.vectors_.T
    np.testing.assert_allclose((backwards.vectors_ @ backwards.vectors_.T)[np.ix_(rows, rows)], gram, atol=1e-9)


@pytest.mark.parametrize("power", [0.0, 0.5, 1.0])
def test_vectors_are_the_factor_with_the_sign_rule(power):
    embedder = PMIEmbedder(dimension=4, power=power).fit(sample_corpus())
    left, singular, _ = np.linalg.svd(embedder.pmi_.toarray())
    left, singular = left[:, :4], singular[:4]
    left = left * np.sign(left[np.abs(left).argmax(axis=0), range(4)])
    np.testing.assert_allclose(embedder.singular_values_, singular)
    np.testing.assert_allclose(embedder.vectors_, left * singular**power, atol=1e-10)


def test_iterative_and_dense_factors_agree(monkeypatch):
    rng = np.random.default_rng(4)
    corpus = [[f"w{i}" for i in rng.zipf(1.3, size=30) if i < 60] for _ in range(60)]
    dense = PMIEmbedder(dimension=6, min_count=1).fit(corpus)
    monkeypatch.setattr(factor, "_DENSE_BELOW", 0)
    for seed in (None, 7):
        iterative = PMIEmbedder(dimension=6, min_count=1, random_state=seed).fit(corpus)
        np.testing.assert_allclose(iterative.vectors_, dense.vectors_, atol=1e-8)  # ARPACK's own tolerance
        again = PMIEmbedder(dimension=6, min_count=1, random_state=seed).fit(corpus)
        np.testing.assert_array_equal(again.vectors_, iterative.vectors_)


def test_no_more_dimensions_than_the_rank():
    embedder = PMIEmbedder(dimension=50, min_count=1, subsample=None, smoothing=1.0).fit(["a b", "c d", "a b"])
    assert embedder.vectors_.shape == (4, 4)
    assert embedder.singular_values_.shape == (4,)


def test_rare_words_go_before_windows_are_laid():
    embedder = PMIEmbedder(window=1, min_count=2).fit(["a x b", "a b", "y"])
    assert embedder.vocabulary_ == ("a", "b")
    assert embedder.counts_.toarray().tolist() == [[0, 2], [2, 0]]
    assert embedder.word_counts_.tolist() == [2, 2]
    assert embedder.n_documents_ == 3


def test_max_words_keeps_the_most_frequent():
    embedder = PMIEmbedder(min_count=1, max_words=2).fit(["a b b c c c"])
    assert embedder.vocabulary_ == ("b", "c")


def test_windows_never_cross_documents():
    embedder = PMIEmbedder(window=5, min_count=1).fit(["a b", "c d"])
    table = embedder.counts_.toarray()
    assert table[1, 2] == table[0, 2] == 0
    assert table[0, 1] == 5


def test_transform_looks_words_up():
    embedder = PMIEmbedder(dimension=3).fit(sample_corpus())
    found = embedder.transform(["The press the zzz", "zzz"])
    assert found.tokens == ("the", "press", "the")
    np.testing.assert_array_equal(found.vectors[1], embedder.vectors_[embedder.vocabulary_.index("press")])
    assert found.indptr.tolist() == [0, 3, 3]


def test_words_without_information_have_zero_vectors():
    embedder = PMIEmbedder(min_count=1, shift=0.0, subsample=None).fit(["a b a b", "c", "c"])
    assert embedder.n_zero_ == 1
    assert not embedder.vectors_[embedder.vocabulary_.index("c")].any()


def test_little_memory_gives_the_same_counts():
    corpus = list(sample_corpus())
    first, second = PMIEmbedder().fit(corpus), PMIEmbedder(max_memory=500).fit(corpus)
    np.testing.assert_array_equal(first.vectors_, second.vectors_)


def test_too_small_a_corpus_is_refused_with_what_was_found():
    sentence = r"min_count = 2 times, found 0 among 3 tokens and 3 distinct words; lower min_count"
    with pytest.raises(InvalidInputError, match=sentence):
        PMIEmbedder().fit(["a b c"])
    with pytest.raises(InvalidInputError, match="got one str"):
        PMIEmbedder().fit("a b c")


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"dimension": 0}, "dimension must be at least 1"),
        ({"window": 1.5}, "window must be an integer"),
        ({"smoothing": 2}, r"smoothing must be in \[0, 1\]"),
        ({"subsample": 0.0}, r"subsample must be in \(0, inf\]"),
        ({"power": -1}, r"power must be in \[0, 1\]"),
        ({"min_count": 0}, "min_count must be at least 1"),
        ({"max_words": 1}, "max_words must be at least 2"),
        ({"max_memory": 0}, "max_memory must be at least 1"),
        ({"shift": float("nan")}, "shift must be in"),
        ({"tokenizer": 3}, "tokenizer must be"),
    ],
)
def test_bad_options_are_refused(options, match):
    with pytest.raises(InvalidInputError, match=match):
        PMIEmbedder(**options).fit(sample_corpus())


def _naive_links(vectors, k, floor):
    norms = np.linalg.norm(vectors, axis=1)
    rows = []
    for i in range(len(vectors)):
        links = []
        for j in range(len(vectors)):
            if i != j and norms[i] > 0 and norms[j] > 0:
                cosine = float(vectors[i] @ vectors[j] / (norms[i] * norms[j]))
                if cosine >= floor:
                    links.append((-round(cosine, 9), j, cosine))
        rows.append(sorted((j, cosine) for _, j, cosine in sorted(links)[:k]))
    return rows


@given(
    rows=st.lists(st.lists(st.integers(-2, 2), min_size=3, max_size=3), min_size=1, max_size=9),
    k=st.integers(1, 4),
)
def test_word_graph_equals_brute_force_with_ties_and_zero_vectors(rows, k):
    vectors = np.array(rows, dtype=float)
    words = [f"w{i}" for i in range(len(rows))]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        graph = word_graph((words, vectors), n_neighbors=k, min_similarity=0.3)
    assert isinstance(graph, CSRGraph)
    assert graph.directed
    assert tuple(graph.nodes) == tuple(words)
    for i, links in enumerate(_naive_links(vectors, k, 0.3)):
        part = slice(graph.indptr[i], graph.indptr[i + 1])
        weights = graph.weights[part]
        np.testing.assert_allclose(sorted(weights), sorted(c for _, c in links), atol=1e-12)
        sure = [j for j, c in links if c > weights.min() + 1e-9] if len(links) else []
        assert set(sure) <= set(graph.indices[part].tolist())
        assert (np.diff(graph.indices[part]) > 0).all()


def test_equal_cosines_at_the_cut_take_the_smaller_row():
    graph = word_graph((list("abcd"), np.array([[1.0, 0], [2.0, 0], [4.0, 0], [8.0, 0]])), n_neighbors=2)
    assert graph.indices.tolist() == [1, 2, 0, 2, 0, 1, 0, 1]
    assert (graph.weights == 1.0).all()


def test_word_graph_in_blocks_is_the_same(monkeypatch):
    from kexuestat.text import similar

    vectors = WordVectors([f"w{i}" for i in range(50)], np.random.default_rng(1).normal(size=(50, 4)))
    whole = word_graph(vectors, n_neighbors=5)
    monkeypatch.setattr(similar, "_BLOCK_ENTRIES", 70)
    parts = word_graph(vectors, n_neighbors=5)
    np.testing.assert_array_equal(whole.indices, parts.indices)
    np.testing.assert_allclose(whole.weights, parts.weights, atol=1e-12)


def test_zero_vectors_are_isolated_with_one_warning():
    with pytest.warns(UserWarning, match="1 of 3 words have a zero vector"):
        graph = word_graph({"a": [1.0, 0], "z": [0.0, 0], "b": [1.0, 0.1]})
    assert np.diff(graph.indptr).tolist() == [1, 0, 1]


def test_word_graph_of_an_embedder_keeps_its_words():
    embedder = PMIEmbedder(dimension=10).fit(sample_corpus())
    graph = word_graph(embedder, n_neighbors=3, min_similarity=0.2)
    assert tuple(graph.nodes) == embedder.vocabulary_
    with pytest.raises(InvalidInputError, match=r"min_similarity must be in \(0, 1\]"):
        word_graph(embedder, min_similarity=0)


def test_word_graph_is_the_graph_that_infomap_builds_from_the_array():
    from kexuestat.graph.neighbors import knn_graph

    X = np.random.default_rng(0).normal(size=(200, 5))
    ours = word_graph(([f"w{i}" for i in range(200)], X), n_neighbors=4, min_similarity=0.3)
    theirs = knn_graph(X, n_neighbors=4, metric="cosine", min_similarity=0.3, directed=True)
    np.testing.assert_array_equal(ours.indptr, theirs.indptr)
    np.testing.assert_array_equal(ours.indices, theirs.indices)
    np.testing.assert_allclose(ours.weights, theirs.weights, rtol=1e-12)


def test_infomap_on_a_word_graph_keeps_the_words():
    from kexuestat.graph import InfoMap

    embedder = PMIEmbedder(dimension=10).fit(sample_corpus())
    model = InfoMap(two_level=True, random_state=1).fit(word_graph(embedder, n_neighbors=5, min_similarity=0.3))
    communities = model.partition_.communities()
    assert sorted(word for words in communities for word in words) == sorted(embedder.vocabulary_)
    assert 1 < len(communities) < len(embedder.vocabulary_)
