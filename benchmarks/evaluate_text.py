"""Evaluation tables of text distances beside published figures: ``python -m benchmarks.evaluate_text --help``.

Sentence pairs: Spearman and Pearson x 100 between score and likeness (minus the distance; a pair with an empty text
counts as the least likeness). Classification: error % of k nearest neighbours, k by validation in 1 … 19, duplicates
removed before the split, every baseline under the L1 norm and the L1 distance. Nothing is tuned on test rows.
"""

import argparse
import time
import warnings
from pathlib import Path

import numpy as np
from scipy.spatial.distance import cdist
from scipy.stats import pearsonr, spearmanr

from benchmarks import evaluation_data as data
from benchmarks.rst import rst_table
from kexuestat.text import (
    Documents,
    GreedyMatching,
    MoverNeighbors,
    PMIEmbedder,
    VectorConverter,
    WordMoverDistance,
    WordRotatorDistance,
    WordVectors,
    read_vectors,
)

FULL = ("all-but-the-top", "sif", "removal")


class Greedy(GreedyMatching):
    """GreedyMatching as a mover: 1 - F1 in the place of a distance."""

    def paired(self, X, Y):
        return 1.0 - super().paired(X, Y).f1


SETTINGS = {
    "WMD": (WordMoverDistance, {}),
    "WMD unit": (WordMoverDistance, {"metric": "chord"}),
    "WMD + SIF": (WordMoverDistance, {"weights": "sif"}),
    "WRD": (WordRotatorDistance, {}),
    "WRD + SIF": (WordRotatorDistance, {"weights": "sif"}),
    "WRD + top + SIF": (WordRotatorDistance, {"converter": FULL[:2]}),
    "WRD + top + SIF + removal": (WordRotatorDistance, {"converter": FULL}),
    "WRD + top + SIF + removal, chord": (WordRotatorDistance, {"converter": FULL, "metric": "chord"}),
    "WRD + SIF, chord": (WordRotatorDistance, {"weights": "sif", "metric": "chord"}),
    "greedy matching": (Greedy, {}),
    "greedy matching + idf": (Greedy, {"weighting": "idf"}),
}
MOST_NEIGHBORS = 19
OTHER_PAIRS = "SICK test, STS12, STS13 (means over sets), MRPC test (threshold from train)"
OTHER_HEADS = ("SICK S", "SICK P", "STS12 S", "STS12 P", "STS13 S", "STS13 P", "MRPC accuracy")
PROTOTYPE_SPEARMAN = {  # figures to reach within 1.0: STS-B dev, WMD / WRD, then with SIF weights
    ("glove-6b-50d-4k-stsb", "en"): (60.9, 60.9, 69.2, 64.6),
    ("word2vec-googlenews-8k", "en"): (60.1, 63.0, 67.0, 67.3),
    ("tencent-200d-chars", "zh"): (67.4, 68.8, 75.0, 74.5),
    ("own corpus", "en"): (55.9, 46.7, 71.4, 66.7),
    ("own corpus", "zh"): (65.2, 64.1, 74.6, 72.8),
}
PROTOTYPE_PEARSON = {  # the same for glove-6b-50d-4k-stsb, Pearson
    "mean vector": 40.0,
    "WCD": 46.3,
    "RWMD": 58.5,
    "WMD": 59.6,
    "WMD unit": 60.4,
    "WRD": 58.5,
    "WRD + SIF": 63.7,
    "WRD + top + SIF": 64.4,
    "WRD + top + SIF + removal": 64.5,
    "WRD + top + SIF + removal, chord": 67.5,
}
HEAD = """Text distances on real data
===========================

Tables of ``python -m benchmarks.evaluate_text --bert MODEL --out docs/evaluation_text.rst`` with all-MiniLM-L6-v2 as
the model; nothing is tuned on test rows.
Sentence pairs: Spearman (S) and Pearson (P) x 100 between score and likeness, minus the distance; "to reach" is what a
prototype of these distances had. Classification: error % of k nearest neighbours, k by validation in 1 … 19,
duplicates removed before the split, baselines under the L1 norm and the L1 distance; "solved" is the share of
documents that needed an exact problem.

What to take from them: plain WRD is sometimes better than WMD and sometimes much worse. With SIF weights or a converter
and ``metric="chord"`` it is at least as good as WMD with SIF weights for every set of word vectors here, and chord
beats 1 - cos in nearly all of these settings. For BERT token vectors (all-MiniLM-L6-v2, whose last layer is trained
for sentences) 1 - cos is the better one. Vectors fitted on the sentences themselves need ``weights="sif"``; they then
equal or beat small downloaded files. Counts under TF-IDF are a strong baseline wherever sentences share words, and
stand here for that reason.

Greedy matching (F1 of BERTScore's formula) gains from idf what the movers gain from SIF. On STS-B, WMD with SIF weights
stays ahead of it for every set of word vectors, by 0.2 to 3.5; for the token vectors of MiniLM greedy matching is the
better one, 86.5 against 85.4 of WRD at the last layer, and with idf 82.6 against 77.9 at the last but one. Whitening of
mean vectors (fitted on the sentences, without scores) adds 3.6 at layer -2 and 10.5 at the embeddings, and costs 2.4 at
the last layer, which was trained for sentences.
"""
PUBLISHED = """Published figures (other vectors, full vocabularies, other splits; not comparable digit by digit):

- ROTS (COLING 2022), WRD with uSIF and component removal, STS-B test, Pearson: word2vec 70.8, GloVe 840B 72.0,
  fastText 74.8, ParaNMT 79.1; SICK-R 67.5 / 66.3 / 67.7; STS12-16 word2vec 61.9, 54.8, 68.6, 75.4, 72.0.
- Sato, Yamada, Kashima (ICML 2022), kNN error %, twitter: BOW L1/L1 30.0, TF-IDF L1/L1 28.9, WMD 29.6,
  WMD-TF-IDF 28.3.
"""


def vector_sets(folder, language):
    """Word vectors by name; "own corpus" is an embedder that is fitted on the sentences."""
    files = {
        "en": ("glove-6b-50d-4k-stsb-en", "word2vec-googlenews-8k-en"),
        "zh": ("tencent-200d-chars-zh",),
    }[language]
    found = {}
    for name in files:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # one file announces a wrong count
            found[name.rpartition("-")[0]] = read_vectors(folder / name / f"{name}.txt.gz")
    return {**found, "own corpus": PMIEmbedder()}


def likeness(distances):
    """Minus the distances; those that are nan count as the largest one."""
    lowest = -np.nanmax(distances) if np.isfinite(distances).any() else 0.0
    return np.where(np.isnan(distances), lowest, -distances)


def correlations(values, scores):
    """Spearman and Pearson x 100."""
    return 100 * spearmanr(values, scores)[0], 100 * pearsonr(values, scores)[0]


def _corpus(pairs):
    return pairs.train + pairs.first + pairs.second


def _bags(texts):
    from scipy.sparse import csr_array

    documents = Documents.of(texts)
    bags = documents.bags()
    return csr_array((bags.weights, bags.tokens, bags.indptr), shape=(len(texts), len(documents.vocabulary)))


def _tfidf(counts):
    holders = np.bincount(counts.indices, minlength=counts.shape[1])
    return counts * np.log(counts.shape[0] / np.maximum(holders, 1))


def row_cosines(left, right):
    """Cosine of equal rows of two arrays, dense or sparse; 0 where a row is zero."""
    product = np.asarray((left * right).sum(axis=1)).ravel()
    norms = [np.sqrt(np.asarray((side * side).sum(axis=1)).ravel()) for side in (left, right)]
    scale = norms[0] * norms[1]
    return np.divide(product, scale, out=np.zeros_like(product), where=scale > 0)


def bag_baselines(pairs):
    """Spearman and Pearson of the cosines of counts and of tf-idf."""
    n = len(pairs.first)
    counts = _bags(pairs.first + pairs.second + pairs.train)
    for name, rows in (("BOW cosine", counts), ("TF-IDF cosine", _tfidf(counts))):
        yield name, correlations(row_cosines(rows[:n], rows[n : 2 * n]), pairs.scores)


def mean_vector_baselines(mover, pairs):
    """Cosine of mean vectors, WCD and RWMD from the fitted documents of a plain WordMoverDistance."""
    from kexuestat.transport import centroid_bound, cost_matrix, relaxed_bound

    left, right = (mover._clouds_of(texts) for texts in (pairs.first, pairs.second))
    means, centroid, relaxed = [[], []], [], []
    for i in range(len(pairs.first)):
        sides = [side.points(i) for side in (left, right)]
        for mean, (vectors, weights) in zip(means, sides):
            mean.append(weights @ vectors / weights.sum() if weights.size else np.zeros(mover.vectors_.shape[1]))
        (X, a), (Y, b) = sides
        if a.size and b.size:
            centroid.append(centroid_bound(X, Y, a, b))
            relaxed.append(relaxed_bound(a / a.sum(), b / b.sum(), cost_matrix(X, Y)))
        else:
            centroid.append(np.nan)
            relaxed.append(np.nan)
    yield "mean vector", correlations(row_cosines(*map(np.array, means)), pairs.scores)
    yield "WCD", correlations(likeness(np.array(centroid)), pairs.scores)
    yield "RWMD", correlations(likeness(np.array(relaxed)), pairs.scores)


def evaluate_pairs(pairs, vectors, settings=SETTINGS):
    """Yield (setting, (Spearman, Pearson), fitted mover, pairs per second) of every setting."""
    corpus = _corpus(pairs)
    source = vectors if isinstance(vectors, WordVectors) else WordVectors.of(vectors.fit(corpus))
    for name, (kind, options) in settings.items():
        mover = kind(vectors=source, empty="ignore", **options).fit(corpus)
        start = time.process_time()
        distances = mover.paired(pairs.first, pairs.second)
        seconds = time.process_time() - start
        yield name, correlations(likeness(distances), pairs.scores), mover, len(distances) / seconds
        if name == "WMD":
            for baseline, figures in mean_vector_baselines(mover, pairs):
                yield baseline, figures, mover, np.nan


def sts_tables(folder):
    """Tables of STS-B dev in both languages, beside the figures to reach."""
    for language in ("en", "zh"):
        pairs = data.sts_benchmark(folder / "text", language)
        rows = [(name, "–", *figures, "", "", "") for name, figures in bag_baselines(pairs)]
        for source, vectors in vector_sets(folder / "vectors", language).items():
            for name, (spearman, pearson), mover, speed in evaluate_pairs(pairs, vectors):
                goal = _goal(source, language, name)
                if name == "WMD":
                    known = f"{100 * mover.oov_rate_:.0f} %, {len(mover.empty_)}"
                rows.append((name, source, spearman, pearson, goal, known, "" if np.isnan(speed) else f"{speed:.0f}"))
        heads = ("method", "vectors", "Spearman", "Pearson", "to reach", "unknown, empty", "pairs / s")
        yield f"{pairs.name}, {len(pairs.first)} pairs", heads, rows


def _goal(source, language, name):
    parts = []
    order = ("WMD", "WRD", "WMD + SIF", "WRD + SIF")
    if (source, language) in PROTOTYPE_SPEARMAN and name in order:
        parts.append(f"{PROTOTYPE_SPEARMAN[source, language][order.index(name)]} S")
    if source == "glove-6b-50d-4k-stsb" and name in PROTOTYPE_PEARSON:
        parts.append(f"{PROTOTYPE_PEARSON[name]} P")
    return ", ".join(parts)


def other_pairs(folder):
    """SICK, STS12 and STS13 as lists of Pairs."""
    return [[data.sick(folder / "text")], *(data.sts_year(folder / "text", year) for year in (12, 13))]


def other_pair_tables(folder):
    """SICK, STS12, STS13 (means over their sets) and MRPC accuracy, GoogleNews vectors and own corpus."""
    names = ("WMD", "WMD + SIF", "WRD", "WRD + SIF, chord", "WRD + top + SIF + removal, chord")
    chosen = {name: SETTINGS[name] for name in (*names, "greedy matching", "greedy matching + idf")}
    groups = other_pairs(folder)
    rows = []
    for source, vectors in vector_sets(folder / "vectors", "en").items():
        scores = {name: [] for name in chosen}
        for group in groups:
            found = {name: [] for name in chosen}
            for pairs in group:
                for name, figures, _, _ in evaluate_pairs(pairs, vectors, chosen):
                    if name in found:
                        found[name].append(figures)
            for name in chosen:
                scores[name] += np.mean(found[name], axis=0).tolist()
        accuracy = _mrpc_accuracy(folder, vectors, chosen)
        rows += [(name, source, *scores[name], accuracy[name]) for name in chosen]
    yield OTHER_PAIRS, ("method", "vectors", *OTHER_HEADS), rows


def _mrpc_accuracy(folder, vectors, settings):
    train, test = data.mrpc(folder / "text")
    corpus = train.first + train.second
    source = vectors if isinstance(vectors, WordVectors) else WordVectors.of(vectors.fit(corpus))
    found = {}
    for name, (kind, options) in settings.items():
        mover = kind(vectors=source, empty="ignore", **options).fit(corpus)
        sides = [likeness(mover.paired(part.first, part.second)) for part in (train, test)]
        found[name] = threshold_accuracy(*sides, train.scores, test.scores)
    return found


def threshold_accuracy(train, test, train_scores, test_scores):
    """Accuracy % on test of the threshold of likeness that is best on train."""
    order = np.unique(train)
    hits = [((train >= threshold) == train_scores).mean() for threshold in order]
    return 100 * ((test >= order[int(np.argmax(hits))]) == test_scores).mean()


def _l1(rows):
    totals = np.asarray(abs(rows).sum(axis=1)).ravel()
    dense = rows.toarray() if hasattr(rows, "toarray") else rows
    return np.divide(dense, totals[:, None], out=np.zeros_like(dense), where=totals[:, None] > 0)


def _vote(neighbors, labels, k):
    """Majority of the k nearest, of equal votes the class of the nearer ones; -1 has no vote."""
    classes, codes = np.unique(labels, return_inverse=True)
    votes = np.tile(1e-9 * np.bincount(codes), (len(neighbors), 1))  # a text without neighbours: the largest class
    for place in range(k):
        found = neighbors[:, place] >= 0
        votes[found, codes[neighbors[found, place]]] += 1 + 1e-3 / (place + 1)
    return classes[votes.argmax(axis=1)]


def knn_error(nearest, task):
    """Error % on the test rows; k of least error on the last fifth of the training rows."""
    n_train = len(task.texts) - task.n_test
    n_fit = n_train - n_train // 5
    labels = task.labels
    neighbors = nearest(range(n_fit), range(n_fit, n_train))
    errors = [
        (_vote(neighbors, labels[:n_fit], k) != labels[n_fit:n_train]).mean() for k in range(1, MOST_NEIGHBORS + 1)
    ]
    k = 1 + int(np.argmin(errors))
    neighbors = nearest(range(n_train), range(n_train, len(task.texts)))
    return 100 * (_vote(neighbors, labels[:n_train], k) != labels[n_train:]).mean(), k


KNN_SETTINGS = {
    "WMD": (WordMoverDistance, {}),
    "WMD TF-IDF": (WordMoverDistance, {"weights": "tfidf"}),
    "WMD unit TF-IDF": (WordMoverDistance, {"weights": "tfidf", "metric": "chord"}),
    "WRD": (WordRotatorDistance, {}),
    "WRD TF-IDF, top, chord": (
        WordRotatorDistance,
        {"weights": "tfidf", "metric": "chord", "converter": VectorConverter(steps=["all-but-the-top"])},
    ),
}


def _by_table(rows):
    def nearest(fit, ask):
        table = cdist(rows[list(ask)], rows[list(fit)], "cityblock")
        return np.argsort(table, axis=1, kind="stable")[:, :MOST_NEIGHBORS]

    return nearest


def knn_baselines(task):
    """Yield (method, error %, k) of counts and tf-idf."""
    counts = _bags(task.texts)
    for name, rows in (("BOW L1/L1", _l1(counts)), ("TF-IDF L1/L1", _l1(_tfidf(counts)))):
        yield name, *knn_error(_by_table(rows), task)


def knn_rows(task, vectors):
    """Yield (method, error %, k, unknown words, empty texts, share of exact solves) of every mover."""
    for name, (kind, options) in KNN_SETTINGS.items():
        facts = {}

        def nearest(fit, ask, kind=kind, options=options, facts=facts):
            mover = kind(vectors=vectors, empty="ignore", **options)
            index = MoverNeighbors(mover, n_neighbors=MOST_NEIGHBORS).fit([task.texts[i] for i in fit])
            found = index.search([task.texts[i] for i in ask])
            facts.update(rate=index.distance_.oov_rate_, empty=len(index.distance_.empty_))
            facts["solved"] = found.n_solved.sum() / max(1, found.n_candidates.sum())
            return found.indices

        error, k = knn_error(nearest, task)
        yield name, error, k, f"{100 * facts['rate']:.0f} %", str(facts["empty"]), f"{100 * facts['solved']:.1f} %"


def knn_tables(folder):
    """Tables of nearest neighbour classification."""
    english = folder / "vectors" / "word2vec-googlenews-8k-en" / "word2vec-googlenews-8k-en.txt.gz"
    twitter = folder / "vectors" / "glove-twitter-25d-12k-en" / "glove-twitter-25d-12k-en.txt.gz"
    chinese = folder / "vectors" / "tencent-200d-chars-zh" / "tencent-200d-chars-zh.txt.gz"
    for task, files in (
        (data.tweets(folder / "text"), (english, twitter)),
        (data.questions(folder / "text"), (english,)),
        (data.news_titles(folder / "text"), (chinese,)),
    ):
        rows = [(method, "–", error, k, "", "", "") for method, error, k in knn_baselines(task)]
        for path in files:
            name = path.parent.name
            rows += [(method, name, *rest) for method, *rest in knn_rows(task, read_vectors(path))]
        heads = ("method", "vectors", "error %", "k", "unknown", "empty", "solved")
        n = len(task.texts) - task.n_test
        deviation = 100 * np.sqrt(0.25 * 0.75 / task.n_test)
        title = f"{task.name}: {n} train, {task.n_test} test, error % (standard error about {deviation:.1f})"
        yield title, heads, rows


PARTS = {"sts": sts_tables, "pairs": other_pair_tables, "knn": knn_tables}


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    default = Path(__file__).resolve().parents[2] / "shared" / "data"
    parser.add_argument("--data", type=Path, default=default, help="folder with text/ and vectors/")
    parser.add_argument("--parts", nargs="*", choices=PARTS, default=list(PARTS))
    parser.add_argument("--bert", help="BERT checkpoint to add")
    parser.add_argument("--out", type=Path, help="reStructuredText file to write; default: print")
    options = parser.parse_args(arguments)
    blocks = [HEAD, PUBLISHED]
    if options.out is None:
        print("\n".join(blocks), flush=True)
    sources = [PARTS[part](options.data) for part in options.parts]
    if options.bert:
        from benchmarks.evaluate_bert import bert_tables

        sources.append(bert_tables(options.data, options.bert))
    for source in sources:
        for table in source:
            blocks.append(rst_table(*table))
            if options.out is None:
                print(blocks[-1], flush=True)
    if options.out is not None:
        options.out.write_text("\n".join(blocks), encoding="utf-8")


if __name__ == "__main__":
    main()
