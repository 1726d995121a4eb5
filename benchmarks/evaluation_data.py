"""Readers of the evaluation texts: sentence pairs with scores, and labelled texts without duplicates."""

import csv
import gzip
from typing import NamedTuple

import numpy as np


class Pairs(NamedTuple):
    """Sentence pairs: ``first``, ``second`` (lists of str) and ``scores``; ``train`` holds unscored sentences."""

    name: str
    first: list
    second: list
    scores: np.ndarray
    train: list


class Labelled(NamedTuple):
    """Texts with labels; the last ``n_test`` rows are the test part."""

    name: str
    texts: list
    labels: np.ndarray
    n_test: int


def _lines(path, *, header=False):
    with gzip.open(path, "rt", encoding="utf-8-sig", newline="\n") as file:
        rows = [line.rstrip("\r\n").split("\t") for line in file]
    return rows[1:] if header else rows


def _csv(path):
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def _pairs(name, rows, columns, train=()):
    first, second, score = columns
    return Pairs(
        name,
        [row[first] for row in rows],
        [row[second] for row in rows],
        np.array([float(row[score]) for row in rows]),
        list(train),
    )


def _sentences(rows, *columns):
    return [row[column] for row in rows for column in columns]


def sts_benchmark(folder, language):
    """STS-B dev; the sentences of its training part serve as corpus, their scores are not read."""
    folder = folder / f"stsb-{language}"
    train = _sentences(_csv(folder / "train.csv.gz"), 0, 1)
    return _pairs(f"STS-B dev {language}", _csv(folder / "dev.csv.gz"), (0, 1, 2), train)


def sick(folder):
    rows = _lines(folder / "sick-en" / "test_annotated.tsv.gz", header=True)
    train = _sentences(_lines(folder / "sick-en" / "train.tsv.gz", header=True), 1, 2)
    return _pairs("SICK test", rows, (1, 2, 3), train)


def sts_year(folder, year):
    """The test sets of one year, each an own Pairs."""
    sets = sorted((folder / f"sts{year}-en").glob("*.test.tsv.gz"))
    return [_pairs(path.name.partition(".")[0], _lines(path), (1, 2, 0)) for path in sets]


def mrpc(folder):
    """Train and test pairs; score 1 for a paraphrase."""
    parts = [_lines(folder / "mrpc-en" / f"{part}.tsv.gz", header=True) for part in ("train", "test")]
    return [_pairs(f"MRPC {part}", rows, (3, 4, 0)) for part, rows in zip(("train", "test"), parts)]


def _without_duplicates(texts, labels):
    first = {}
    for i, text in enumerate(texts):
        first.setdefault(text, i)
    rows = sorted(first.values())
    return [texts[i] for i in rows], np.array([labels[i] for i in rows])


def _shuffled(name, texts, labels, n_test, seed, limit=None):
    texts, labels = _without_duplicates(texts, labels)
    order = np.random.default_rng(seed).permutation(len(texts))[:limit]
    return Labelled(name, [texts[i] for i in order], labels[order], n_test)


def tweets(folder):
    rows = _lines(folder / "twitter-sanders-en" / "data.tsv.gz", header=True)
    return _shuffled("twitter", [row[1] for row in rows], [row[0] for row in rows], 860, 0)


def questions(folder):
    """TREC questions in their published split; the word that names the fine class is dropped where it stands first."""
    rows = _lines(folder / "trec-questions-en" / "data.tsv.gz", header=True)
    rows = sorted(rows, key=lambda row: row[0] == "test")
    texts, labels = _without_duplicates(
        [row[2].split(" ", 1)[1] if row[2].split(" ", 1)[0].islower() else row[2] for row in rows],
        [row[1] for row in rows],
    )
    seen_in_test = {row[2] for row in rows if row[0] == "test"}
    n_test = sum(1 for text in texts if text in seen_in_test)
    return Labelled("TREC questions", texts, labels, n_test or 500)


def news_titles(folder):
    rows = _lines(folder / "thucnews-titles-zh" / "data.tsv.gz", header=True)
    return _shuffled("THUCNews titles", [row[2] for row in rows], [row[1] for row in rows], 600, 0, limit=3000)


def word_counts(folder):
    """Wikipedia counts, word -> count."""
    with gzip.open(folder / "enwiki-counts" / "counts.txt.gz", "rt", encoding="utf-8") as file:
        return {word: int(count) for word, _, count in (line.rstrip("\n").rpartition(" ") for line in file)}
