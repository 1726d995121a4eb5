"""Word Mover's and Word Rotator's Distance on raw texts: laws, forms of input, unknown words, empty texts."""

import pickle
import warnings

import numpy as np
import pytest
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline

from kexuestat.exceptions import EmptyTextWarning, InvalidInputError
from kexuestat.text import (
    Documents,
    PMIEmbedder,
    TokenVectors,
    VectorConverter,
    WordMoverDistance,
    WordRotatorDistance,
    WordVectors,
    sample_corpus,
    word_mover_distance,
    word_rotator_distance,
    write_vectors,
)

WORDS = ("cat", "dog", "car", "bus", "sea", "sky")
VECTORS = np.random.default_rng(5).normal(size=(6, 4))
TEXTS = ["cat dog cat", "car bus", "sea", "cat sea sky bus", "dog cat cat", "sky sky car"]
BOTH = pytest.mark.parametrize("mover", [WordMoverDistance, WordRotatorDistance], ids=lambda m: m.__name__)
METRICS = [(WordMoverDistance, m) for m in ("euclidean", "rms", "sqeuclidean", "cosine", "chord")] + [
    (WordRotatorDistance, m) for m in ("cosine", "chord")
]
EACH_METRIC = pytest.mark.parametrize(("mover", "metric"), METRICS, ids=lambda v: getattr(v, "__name__", v))


def _fitted(mover, **options):
    return mover(vectors=(WORDS, VECTORS), **options).fit(TEXTS)


def _by_arrays(mover, metric, x, y):
    rows = [VECTORS[[WORDS.index(word) for word in text.split()]] for text in (x, y)]
    function = {WordMoverDistance: word_mover_distance, WordRotatorDistance: word_rotator_distance}[mover]
    return function(*rows, metric=metric)


@EACH_METRIC
def test_texts_have_the_distance_of_their_token_vectors(mover, metric):
    table = _fitted(mover, metric=metric).pairwise()
    wanted = [[_by_arrays(mover, metric, x, y) for y in TEXTS] for x in TEXTS]
    np.testing.assert_allclose(table, wanted, rtol=1e-12, atol=1e-12)


@EACH_METRIC
def test_equal_texts_are_at_distance_zero_exactly(mover, metric):
    table = _fitted(mover, metric=metric).pairwise()
    assert (np.diag(table) == 0.0).all()
    assert table[0, 4] == 0.0
    assert (table == table.T).all()


@pytest.mark.parametrize("metric", ["euclidean", "rms", "chord"])
def test_the_triangle_inequality_holds_for_metrics(metric):
    table = _fitted(WordMoverDistance, metric=metric).pairwise()
    assert (table[:, None, :] <= table[:, :, None] + table[None, :, :] + 1e-12).all()


@EACH_METRIC
def test_cancelling_common_words_changes_nothing_where_it_is_allowed(mover, metric):
    plain = _fitted(mover, metric=metric, cancel=False).pairwise()
    np.testing.assert_allclose(_fitted(mover, metric=metric).pairwise(), plain, atol=1e-12)


def test_cancelling_is_refused_where_it_would_be_wrong():
    with pytest.raises(InvalidInputError, match='cancel=True needs a metric cost; metric="cosine" breaks the triangle'):
        _fitted(WordRotatorDistance, cancel=True)
    with pytest.raises(InvalidInputError, match='metric="sqeuclidean" breaks'):
        _fitted(WordMoverDistance, metric="sqeuclidean", cancel=True)


@BOTH
def test_methods_agree(mover):
    fitted = _fitted(mover)
    table = fitted.pairwise()
    np.testing.assert_allclose(fitted.transform(TEXTS), table, atol=1e-13)
    np.testing.assert_allclose(fitted.pairwise(TEXTS[:2], TEXTS[3:]), table[:2, 3:], atol=1e-13)
    np.testing.assert_allclose(fitted.paired(TEXTS[:3], TEXTS[3:]), np.diag(table[:3, 3:]), atol=1e-13)
    np.testing.assert_allclose(mover(vectors=(WORDS, VECTORS)).fit_transform(TEXTS), table, atol=1e-13)
    likeness = 1 / (1 + table) if mover is WordMoverDistance else 1 - table
    np.testing.assert_allclose(fitted.similarity(), likeness, atol=1e-13)
    np.testing.assert_allclose(fitted.similarity(TEXTS[:2], TEXTS), likeness[:2], atol=1e-13)
    np.testing.assert_allclose(fitted.paired_similarity(TEXTS, TEXTS), 1.0, atol=1e-13)


@BOTH
def test_what_was_asked_before_does_not_matter(mover):
    few = mover(vectors=(WORDS, VECTORS)).fit(["cat", "sea"])
    first = few.transform(["dog bus", "sky"])
    few.transform(TEXTS)
    few.pairwise(TEXTS)
    np.testing.assert_array_equal(few.transform(["dog bus", "sky"]), first)


@BOTH
def test_any_number_of_threads_gives_the_same_bits(mover):
    np.testing.assert_array_equal(_fitted(mover).pairwise(), _fitted(mover, n_jobs=2).pairwise())


@BOTH
@pytest.mark.parametrize("scheme", ["count", "binary", "tfidf", "sif"])
def test_little_memory_gives_the_same_distances(mover, scheme):
    table = _fitted(mover, weights=scheme).pairwise()
    np.testing.assert_allclose(_fitted(mover, weights=scheme, max_memory=64).pairwise(), table, atol=1e-12)


@BOTH
def test_forms_of_documents_are_equal(mover):
    table = _fitted(mover).pairwise()
    lists = [text.split() for text in TEXTS]
    counts = np.array([[text.split().count(word) for word in WORDS] for text in TEXTS])
    from scipy.sparse import csr_array

    for form in (lists, counts, csr_array(counts), Documents.of(TEXTS)):
        np.testing.assert_array_equal(mover(vectors=(WORDS, VECTORS)).fit(form).pairwise(), table)


@BOTH
def test_forms_of_vectors_are_equal(mover):
    class Keyed:
        key_to_index = {word: i for i, word in enumerate(WORDS)}
        vectors = VECTORS

    table = _fitted(mover).pairwise()
    mapping = dict(zip(WORDS, VECTORS))
    for form in (WordVectors(WORDS, VECTORS), mapping, Keyed(), lambda tokens: np.array([mapping[t] for t in tokens])):
        np.testing.assert_allclose(mover(vectors=form).fit(TEXTS).pairwise(), table, rtol=1e-12, atol=1e-12)


@BOTH
def test_contextual_vectors_are_taken_as_they_come(mover):
    arrays = [VECTORS[[WORDS.index(word) for word in text.split()]] for text in TEXTS]
    table = _fitted(mover).pairwise()
    for form in (arrays, TokenVectors.of(arrays, tokens=[text.split() for text in TEXTS])):
        fitted = mover().fit(form)
        np.testing.assert_allclose(fitted.pairwise(), table, atol=1e-12)
        np.testing.assert_allclose(fitted.transform(arrays[:2]), table[:2], atol=1e-12)
        np.testing.assert_allclose(fitted.kneighbors(arrays[:1], 3)[0][0], np.sort(table[0])[:3], atol=1e-12)
    with pytest.raises(InvalidInputError, match="the fitted documents were token vectors"):
        fitted.transform(TEXTS)
    with pytest.raises(InvalidInputError, match=r"width of the fitted ones \(4\), got 3"):
        fitted.transform([np.ones((2, 3))])


def test_an_embedder_is_cloned_and_fitted():
    embedder = PMIEmbedder(dimension=5)
    fitted = WordMoverDistance(vectors=embedder, weights="sif").fit(sample_corpus())
    assert not hasattr(embedder, "vectors_")
    assert fitted.vectors_.shape[1] == 5
    assert fitted.vectors_.shape[0] == len(fitted.vocabulary_)


@BOTH
def test_a_contextual_embedder_gives_its_own_vectors(mover):
    class Shouted(WordVectors):
        """Doubles the vectors of words in capitals, so a vector depends on its text."""

        contextual = True

        def transform(self, texts):
            plain = super().transform([text.lower() for text in texts])
            factor = [2.0 if token.isupper() else 1.0 for text in texts for token in text.split()]
            return TokenVectors(
                plain.indptr, plain.vectors * np.array(factor)[:, None], plain.weights, plain.tokens, plain.offsets
            )

    fitted = mover(vectors=Shouted(WORDS, VECTORS)).fit(["cat DOG", "sea"])
    function = word_mover_distance if mover is WordMoverDistance else word_rotator_distance
    wanted = function(VECTORS[[0, 1]] * [[1.0], [2.0]], VECTORS[[4]])
    np.testing.assert_allclose(fitted.transform(["sea"])[0, 0], wanted)


@BOTH
@pytest.mark.parametrize("scheme", ["binary", "tfidf", "sif", lambda word, count: count + len(word)])
def test_weights_follow_their_formulas(mover, scheme):
    fitted = _fitted(mover, weights=scheme)
    rows = []
    counts = {word: sum(text.split().count(word) for text in TEXTS) for word in WORDS}
    total = sum(counts.values())
    holders = {word: sum(word in text.split() for text in TEXTS) for word in WORDS}
    for text in TEXTS:
        words = sorted(set(text.split()), key=WORDS.index)
        n = [text.split().count(word) for word in words]
        if scheme == "binary":
            w = [1.0] * len(words)
        elif scheme == "tfidf":
            w = [c * np.log(len(TEXTS) / holders[word]) for word, c in zip(words, n)]
        elif scheme == "sif":
            w = [c * 1e-3 / (1e-3 + counts[word] / total) for word, c in zip(words, n)]
        else:
            w = [scheme(word, c) for word, c in zip(words, n)]
        rows.append((VECTORS[[WORDS.index(word) for word in words]], np.array(w)))
    function = word_mover_distance if mover is WordMoverDistance else word_rotator_distance
    wanted = [[function(X, Y, a=a, b=b) for Y, b in rows] for X, a in rows]
    np.testing.assert_allclose(fitted.pairwise(), wanted, rtol=1e-12, atol=1e-12)
    if scheme == "tfidf":
        np.testing.assert_allclose(fitted.idf_, [np.log(6 / holders[word]) for word in fitted.vocabulary_])


def test_tfidf_gives_unseen_words_a_document_frequency_of_one():
    fitted = WordMoverDistance(vectors=(WORDS, VECTORS), weights="tfidf").fit(["cat dog", "cat car", "dog"])
    # sea is unseen: ln 3; dog is in two of three: ln 3/2
    a = np.array([2 * np.log(1.5), np.log(3)])
    wanted = word_mover_distance(VECTORS[[1, 4]], VECTORS[[1]], a=a)
    np.testing.assert_allclose(fitted.transform(["dog sea dog"])[0, 2], wanted)


def test_sif_takes_given_counts():
    counts = {"cat": 900, "dog": 100}
    fitted = WordMoverDistance(vectors=(WORDS, VECTORS), weights="sif", word_counts=counts, sif_a=0.1).fit(TEXTS)
    a = [0.1 / (0.1 + 0.9), 0.1 / (0.1 + 0.1), 1.0]
    wanted = word_mover_distance(VECTORS[[0, 1, 2]], VECTORS[[4]], a=a)
    np.testing.assert_allclose(fitted.paired(["cat dog car"], ["sea"]), [wanted])


def test_unknown_words_are_dropped_and_counted():
    fitted = WordMoverDistance(vectors=(WORDS, VECTORS)).fit(["cat xyz", "dog car"])
    assert fitted.oov_rate_ == 0.25
    np.testing.assert_array_equal(fitted.transform(["cat"]), fitted.transform(["abc cat def"]))
    with pytest.raises(InvalidInputError, match=r"documents\[1\] has the unknown word 'xyz'; pass oov=\"drop\""):
        WordMoverDistance(vectors=(WORDS, VECTORS), oov="error").fit(["cat", "dog xyz zzz"])


@BOTH
def test_texts_without_known_words_are_at_distance_nan_with_one_warning(mover):
    fitted = mover(vectors=(WORDS, VECTORS)).fit(["cat", "xyz", "dog"])
    assert fitted.empty_.tolist() == [1]
    with pytest.warns(
        EmptyTextWarning, match=r"1 of 3 texts have no known word; their distances are nan \(first: text 1\)"
    ):
        table = fitted.pairwise()
    assert np.isnan(table[1]).all()
    assert np.isnan(table[:, 1]).all()
    assert np.isfinite(table[[0, 2]][:, [0, 2]]).all()


@BOTH
def test_empty_texts_may_be_refused_ignored_or_given_a_value(mover):
    texts = ["cat", "xyz", "dog"]
    with pytest.raises(InvalidInputError, match="1 of 3 texts have no known word"):
        mover(vectors=(WORDS, VECTORS), empty="error").fit_transform(texts)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        table = mover(vectors=(WORDS, VECTORS), empty="ignore", empty_value=9.0).fit_transform(texts)
    assert table[1].tolist() == [9.0, 9.0, 9.0]
    assert mover(vectors=(WORDS, VECTORS), empty="ignore").fit(["xyz"]).pairwise().shape == (1, 1)


def test_rows_of_a_mapped_file_are_checked_when_they_are_used(tmp_path):
    folder = tmp_path / "v"
    write_vectors(folder, (WORDS, VECTORS))
    rows = np.load(folder / "vectors.npy")
    rows[2] = np.nan
    np.save(folder / "vectors.npy", rows)
    assert WordMoverDistance(vectors=folder).fit(["cat dog"]).pairwise()[0, 0] == 0.0
    with pytest.raises(InvalidInputError, match="vectors must be finite; row 1 of the word 'car' is not"):
        WordMoverDistance(vectors=folder).fit(["cat car"])


def test_words_without_direction_are_named_or_have_no_mass():
    vectors = {"cat": [1.0, 0.0], "nil": [0.0, 0.0], "dog": [0.0, 1.0]}
    with pytest.raises(InvalidInputError, match="metric=\"cosine\" needs a direction, but the vector of 'nil' is zero"):
        WordMoverDistance(vectors=vectors, metric="cosine").fit(["cat nil"])
    fitted = WordRotatorDistance(vectors=vectors, empty="ignore").fit(["cat nil", "nil", "dog"])
    assert fitted.empty_.tolist() == [1]
    np.testing.assert_allclose(fitted.pairwise()[0], [0.0, np.nan, 1.0])
    assert WordMoverDistance(vectors=vectors).fit(["nil", "cat"]).pairwise()[0, 1] == 1.0


@BOTH
def test_pairs_are_the_same_bits_for_any_number_of_threads(mover):
    others = [*TEXTS[1:], "xyz"]
    one, two = (_fitted(mover, n_jobs=n, empty="ignore").paired(TEXTS, others) for n in (1, 2))
    np.testing.assert_array_equal(one, two)
    table = _fitted(mover, empty="ignore").pairwise(TEXTS, others)
    np.testing.assert_allclose(one, np.diag(table), rtol=1e-12)
    assert np.isnan(one[-1])


@BOTH
def test_word_distances_are_computed_once_and_not_where_they_do_not_fit(mover, monkeypatch):
    fitted = _fitted(mover)
    table = fitted.pairwise()

    def refuse(*arguments):
        raise AssertionError("computed again")

    monkeypatch.setattr("kexuestat.transport.costs.prepared_cost_matrix", refuse)
    np.testing.assert_array_equal(fitted.pairwise(), table)
    monkeypatch.undo()
    small = _fitted(mover, max_memory=8 * 35)  # six words, 36 costs
    np.testing.assert_allclose(small.pairwise(), table, rtol=1e-12, atol=1e-15)
    assert not small._word_costs.fits
    assert fitted.fit(TEXTS[:2]).pairwise().shape == (2, 2)


@BOTH
def test_explanation_adds_up_to_the_distance(mover):
    fitted = _fitted(mover)
    moves = fitted.explain("cat dog sea", "car cat")
    distance = fitted.paired(["cat dog sea"], ["car cat"])[0]
    np.testing.assert_allclose(sum(m.mass for m in moves), 1.0)
    np.testing.assert_allclose(sum(m.share for m in moves), 1.0)
    np.testing.assert_allclose(sum(m.mass * m.cost for m in moves), distance)
    assert [m.share for m in moves] == sorted((m.share for m in moves), reverse=True)
    assert {m.word_x for m in moves} == {"cat", "dog", "sea"}
    assert all(m.share == 0.0 for m in fitted.explain("cat", "cat"))
    with pytest.raises(InvalidInputError, match="y has no known word"):
        fitted.explain("cat", "xyz")


@BOTH
def test_neighbors_are_those_of_the_table(mover):
    fitted = _fitted(mover)
    table = fitted.pairwise()
    distances, indices = fitted.kneighbors(TEXTS, 3)
    order = np.argsort(table, axis=1, kind="stable")[:, :3]
    np.testing.assert_array_equal(indices, order)
    np.testing.assert_allclose(distances, np.take_along_axis(table, order, 1), atol=1e-12)
    own = fitted.kneighbors(n_neighbors=2, return_distance=False)
    assert all(i not in row for i, row in enumerate(own.tolist()))


@BOTH
def test_pipeline_and_grid_search(mover):
    texts, labels = TEXTS * 3, [0, 1, 2, 2, 0, 1] * 3
    pipeline = make_pipeline(mover(vectors=(WORDS, VECTORS)), KNeighborsClassifier(n_neighbors=1, metric="precomputed"))
    assert (pipeline.fit(texts, labels).predict(TEXTS) == labels[:6]).all()
    name = mover.__name__.lower()
    search = GridSearchCV(pipeline, {f"{name}__weights": ["count", "sif"]}, cv=2).fit(texts, labels)
    assert search.best_score_ == 1.0


@BOTH
def test_a_fitted_mover_survives_pickling(mover):
    fitted = _fitted(mover, converter=VectorConverter(steps=["center"]))
    again = pickle.loads(pickle.dumps(fitted))
    np.testing.assert_array_equal(again.transform(["cat sky"]), fitted.transform(["cat sky"]))


def test_converter_names_and_converter_agree():
    named = _fitted(WordRotatorDistance, converter=["center", "sif"]).pairwise()
    made = _fitted(WordRotatorDistance, converter=VectorConverter(steps=("center", "sif"))).pairwise()
    np.testing.assert_array_equal(named, made)
    with pytest.raises(InvalidInputError, match='weights="sif" and the converter step "sif" do the same'):
        _fitted(WordRotatorDistance, converter=["sif"], weights="sif")


def test_converter_acts_on_contextual_vectors():
    arrays = [VECTORS[[WORDS.index(word) for word in text.split()]] for text in TEXTS]
    fitted = WordMoverDistance(converter=["center"], empty="ignore").fit(arrays)
    assert np.isnan(fitted.transform([np.zeros((0, 4))])).all()
    assert np.isnan(fitted.transform(TokenVectors.of([[], []]))).all()
    np.testing.assert_allclose(fitted.vectors_.mean(axis=0), 0.0, atol=1e-12)


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"metric": "manhattan"}, "metric must be one of 'euclidean', 'rms', 'sqeuclidean', 'cosine', 'chord'"),
        ({"weights": "idf"}, "weights must be one of 'count', 'binary', 'tfidf', 'sif'"),
        ({"oov": "keep"}, "oov must be one of 'drop', 'error'"),
        ({"empty": "nan"}, "empty must be one of 'warn', 'error', 'ignore'"),
        ({"sif_a": 0.0}, r"sif_a must be in \(0, inf\]"),
        ({"cancel": "yes"}, "cancel must be one of 'auto', True, False"),
        ({"tokenizer": "jieba"}, 'tokenizer must be "default" or a callable'),
        ({"vectors": 3.0}, "vectors must be a WordVectors, a path, a mapping"),
        ({"converter": ["whiten"]}, "steps must be one of 'center', 'all-but-the-top', 'conceptor', 'sif', 'removal'"),
        ({"max_memory": 0}, "max_memory must be at least 1"),
        (
            {"weights": lambda word, count: -1.0},
            "weights must return finite non-negative numbers, got -1.0 for",
        ),
    ],
)
def test_bad_options_are_refused_before_work(options, match):
    with pytest.raises(InvalidInputError, match=match):
        WordMoverDistance(**{"vectors": (WORDS, VECTORS), **options}).fit(TEXTS)


def test_one_text_for_a_list_is_refused():
    with pytest.raises(InvalidInputError, match=r"documents must be a list of str, got one str; pass \[text\]"):
        WordMoverDistance(vectors=(WORDS, VECTORS)).fit("cat dog")
    with pytest.raises(InvalidInputError, match="X and Y must have equal lengths, got 1 and 2"):
        _fitted(WordMoverDistance).paired(["cat"], ["dog", "cat"])
