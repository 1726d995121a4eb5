"""BertEmbedder under the movers, greedy matching and whitening: each equals its formula on the token vectors."""

import numpy as np
import pytest
from scipy.optimize import linprog
from sklearn.pipeline import make_pipeline

from kexuestat.text import BertEmbedder, GreedyMatching, Whitening, WordMoverDistance, WordRotatorDistance
from tests.naive import text as naive_text
from tests.text import tiny_bert

pytest.importorskip("tensorflow")
pytest.importorskip("safetensors")

LEFT = ["The president greets the press in chicago.", "a band gave a concert", "语言模型"]
RIGHT = ["obama speaks to the media", "a band gave a concert", "中国北京"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tiny_bert.write_hf(tmp_path_factory.mktemp("models") / "tiny")


def _cheapest(a, b, cost):
    n, m = cost.shape
    rows = np.kron(np.eye(n), np.ones(m)), np.kron(np.ones(n), np.eye(m))
    found = linprog(cost.ravel(), A_eq=np.vstack(rows), b_eq=np.concatenate([a, b]), method="highs")
    return found.fun


def _rotator(x, y):
    norms = [np.linalg.norm(side.vectors, axis=1) for side in (x, y)]
    a, b = (side.weights * norm / (side.weights @ norm) for side, norm in zip((x, y), norms))
    directions = [side.vectors / norm[:, None] for side, norm in zip((x, y), norms)]
    return _cheapest(a, b, 1 - directions[0] @ directions[1].T)


def _mover(x, y):
    return _cheapest(x.weights, y.weights, np.linalg.norm(x.vectors[:, None] - y.vectors[None], axis=2))


@pytest.mark.parametrize(("mover", "naive"), [(WordRotatorDistance, _rotator), (WordMoverDistance, _mover)])
@pytest.mark.parametrize("weighting", ["uniform", "idf"])
def test_distance_equals_the_linear_program_on_the_token_vectors(folder, mover, naive, weighting):
    embedder = BertEmbedder(folder, weighting=weighting)
    distances = mover(vectors=embedder).fit(LEFT + RIGHT).paired(LEFT, RIGHT)
    embedder.fit(LEFT + RIGHT)
    left, right = embedder.transform(LEFT), embedder.transform(RIGHT)
    expected = [naive(x, y) for x, y in zip(left, right)]
    np.testing.assert_allclose(distances, expected, atol=1e-5)  # float32 vectors, other batches
    assert distances[1] == pytest.approx(0, abs=1e-5)


def test_alignment_names_the_tokens_of_both_texts(folder):
    mover = WordRotatorDistance(vectors=BertEmbedder(folder)).fit(LEFT)
    rows = mover.explain("the band gave a concert", "obama speaks")
    assert {row[0] for row in rows} == {"the", "band", "gave", "a", "concert"}
    assert {row[1] for row in rows} == {"obama", "speaks"}
    assert sum(row[2] for row in rows) == pytest.approx(1.0)


def test_the_same_word_has_another_vector_in_another_text(folder):
    mover = WordMoverDistance(vectors=BertEmbedder(folder)).fit(LEFT)
    assert mover.paired(["the band ! band"], ["the press ? band"])[0] > 0
    one = BertEmbedder(folder).transform(["the band"])[0].vectors[1]
    other = BertEmbedder(folder).transform(["obama , band"])[0].vectors[2]
    assert np.abs(one - other).max() > 0.01


def test_greedy_matching_is_bertscore_of_the_token_vectors_with_idf(folder):
    embedder = BertEmbedder(folder, weighting="idf").fit(LEFT + RIGHT)
    left, right = embedder.transform(LEFT), embedder.transform(RIGHT)
    expected = [naive_text.bert_score(x.vectors, y.vectors, x.weights, y.weights) for x, y in zip(left, right)]
    found = GreedyMatching().fit(right).paired(left, right)
    np.testing.assert_allclose(np.array(found).T, expected, atol=1e-9)
    own = GreedyMatching(vectors=BertEmbedder(folder), weighting="idf").fit(LEFT + RIGHT).paired(LEFT, RIGHT)
    np.testing.assert_allclose(np.array(own).T, expected, atol=1e-5)  # float32 vectors, other batches


def test_a_pipeline_gives_whitened_sentence_vectors(folder):
    sentences = make_pipeline(BertEmbedder(folder, layers=(1, -1)), Whitening(n_components=4))
    white = sentences.fit_transform(LEFT + RIGHT)
    texts = BertEmbedder(folder, layers=(1, -1)).transform(LEFT + RIGHT)
    means = np.array([text.vectors.mean(axis=0) for text in texts])
    expected = naive_text.whitened(means, 4)
    np.testing.assert_allclose(white @ white.T, expected @ expected.T, atol=1e-4)  # float32 vectors, other batches
