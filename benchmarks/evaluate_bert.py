"""Evaluation tables of text distances over BERT token vectors; a part of ``benchmarks.evaluate_text``."""

import os
import statistics
import subprocess
import sys
import time
from dataclasses import replace

import numpy as np

from benchmarks import evaluation_data as data
from benchmarks.evaluate_text import (
    OTHER_HEADS,
    OTHER_PAIRS,
    Greedy,
    correlations,
    likeness,
    other_pairs,
    row_cosines,
    threshold_accuracy,
)
from kexuestat.text import BertEmbedder, Whitening, WordMoverDistance, WordRotatorDistance

LAYERS = (-1, -2, (1, -1), 0)
ENGLISH_COUNTS = "word counts of English Wikipedia"
SETTINGS = {
    "WMD": (WordMoverDistance, {}),
    "WRD": (WordRotatorDistance, {}),
    "WRD, chord": (WordRotatorDistance, {"metric": "chord"}),
    "WMD + SIF": (WordMoverDistance, {"weights": "sif", "word_counts": ENGLISH_COUNTS}),
    "WRD + SIF": (WordRotatorDistance, {"weights": "sif", "word_counts": ENGLISH_COUNTS}),
    "WRD + top, chord": (WordRotatorDistance, {"metric": "chord", "converter": ["all-but-the-top"]}),
    "greedy matching": (Greedy, {}),
    "greedy matching + idf": (Greedy, {"weighting": "idf"}),
}


PROTOTYPE_SPEARMAN = {  # figures to reach within 1.0: STS-B dev en with MiniLM, mean vector, WMD, WRD
    "-1": {"mean vector": 86.6, "WMD": 77.3, "WRD": 85.4},
    "-2": {"WMD": 70.5, "WRD": 74.7},
    "(1, -1)": {"WMD": 73.8, "WRD": 74.0},
}
STARTS = {
    "import kexuestat": "import kexuestat",
    "make a BertEmbedder": "from kexuestat.text import BertEmbedder; BertEmbedder(sys.argv[1])",
    "import tensorflow": "import tensorflow",
    "import all, read the model, encode one text": (
        "from kexuestat.text import BertEmbedder; BertEmbedder(sys.argv[1]).transform(['one text'])"
    ),
}


def start_table(checkpoint, runs=5):
    """CPU seconds of fresh processes."""
    rows = []
    for name, code in STARTS.items():
        command = [sys.executable, "-c", f"import sys, time; {code}; print(time.process_time())", os.fspath(checkpoint)]
        done = [subprocess.run(command, capture_output=True, text=True, check=True) for _ in range(runs)]
        rows.append((name, f"{statistics.median(float(run.stdout.split()[-1]) for run in done):.2f}"))
    yield "Cold start of the BERT adapter, medians of fresh processes", ("what", "CPU s"), rows


def pair_rows(sides, counts):
    """Yield (method, likeness of each pair) for two TokenVectors; nothing sees a score.

    Whitening is fitted on the sentences of both sides, movers on those of the first; SIF counts words there where
    counts is None.
    """
    means = [side.means() for side in sides]
    yield "mean vector", row_cosines(*means)
    for name, k in (("mean vector, whitened", None), ("mean vector, whitened to 128", 128)):
        white = Whitening(n_components=k).fit(np.concatenate(means))
        yield name, row_cosines(*(white.transform(mean) for mean in means))
    for name, (kind, options) in SETTINGS.items():
        options = {key: counts if value == ENGLISH_COUNTS else value for key, value in options.items()}
        mover = kind(empty="ignore", **options).fit(sides[0])
        yield name, likeness(mover.paired(*sides))


def sts_benchmark_tables(folder, checkpoint):
    """STS-B dev in both languages by every choice of layers, with the speed of the embedder."""
    for language in ("en", "zh"):
        pairs = data.sts_benchmark(folder / "text", language)
        counts = data.word_counts(folder / "vectors") if language == "en" else None
        rows = []
        for layers in LAYERS if language == "en" else LAYERS[:3]:
            embedder = BertEmbedder(checkpoint, layers=layers).fit(pairs.first[:1])
            start = time.process_time()
            sides = [embedder.transform(texts) for texts in (pairs.first, pairs.second)]
            speed = f"{2 * len(pairs.first) / (time.process_time() - start):.0f}"
            for name, values in pair_rows(sides, counts):
                rows.append((name, f"{layers}", *correlations(values, pairs.scores), speed))
                speed = ""
        tokens = [token for side in sides for token in side.tokens]
        unknown = 100 * tokens.count("[UNK]") / len(tokens)
        empty = sum(int((np.diff(side.indptr) == 0).sum()) for side in sides)
        title = f"{pairs.name} with BERT token vectors, pieces pooled to words; {unknown:.0f} % [UNK], {empty} empty"
        yield title, ("method", "layers", "Spearman", "Pearson", "sentences / CPU s"), rows


def _by_layers(texts):
    """Token vectors of layers -1, -2 and (1, -1) from those of (1, -2, -1) side by side."""
    first, last_but_one, last = np.split(texts.vectors, 3, axis=1)
    return {"-1": last, "-2": last_but_one, "(1, -1)": (first + last) / 2}


def all_likeness(embedder, pairs, counts):
    """Dict (method, layers) -> likeness of each pair."""
    sides = [embedder.transform(texts) for texts in (pairs.first, pairs.second)]
    vectors = [_by_layers(side) for side in sides]
    found = {}
    for layers in vectors[0]:
        chosen = [replace(side, vectors=part[layers]) for side, part in zip(sides, vectors)]
        found.update({(name, layers): values for name, values in pair_rows(chosen, counts)})
    return found


def other_pair_tables(folder, checkpoint):
    """SICK, STS12, STS13 and MRPC; every text is encoded once for all layers."""
    embedder = BertEmbedder(checkpoint, layers=(1, -2, -1), layer_pool="concat")
    counts = data.word_counts(folder / "vectors")
    rows = {}
    for group in other_pairs(folder):
        figures = {}
        for pairs in group:
            for key, values in all_likeness(embedder, pairs, counts).items():
                figures.setdefault(key, []).append(correlations(values, pairs.scores))
        for key, found in figures.items():
            rows.setdefault(key, []).extend(np.mean(found, axis=0).tolist())
    parts = data.mrpc(folder / "text")
    train, test = (all_likeness(embedder, part, counts) for part in parts)
    for key in rows:
        rows[key].append(threshold_accuracy(train[key], test[key], *(part.scores for part in parts)))
    heads = ("method", "layers", *OTHER_HEADS)
    yield f"{OTHER_PAIRS} with BERT token vectors", heads, [(*key, *figures) for key, figures in rows.items()]


def bert_tables(folder, checkpoint):
    """All tables of a BERT checkpoint."""
    yield from sts_benchmark_tables(folder, checkpoint)
    yield from other_pair_tables(folder, checkpoint)
    yield from start_table(checkpoint)
