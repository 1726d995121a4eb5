"""On every set of evaluation texts the search finds what brute force finds, and an approximate one most of it."""

import csv
import gzip
from functools import cache

import numpy as np
import pytest

from kexuestat.text import MoverNeighbors, WordMoverDistance, WordRotatorDistance, read_vectors
from tests.text.test_neighbors import _assert_same_neighbors

pytestmark = pytest.mark.slow

SETS = (
    "afqmc-zh",
    "les-miserables-en",
    "mrpc-en",
    "pawsx-zh",
    "sick-en",
    "sts12-en",
    "sts13-en",
    "stsb-en",
    "stsb-zh",
    "thucnews-titles-zh",
    "trec-questions-en",
    "twitter-sanders-en",
    "waimai-reviews-zh",
)
VECTORS = {"en": "glove-6b-50d-5k-en", "zh": "tencent-200d-chars-zh"}
MOVERS = [
    WordMoverDistance(empty="ignore"),
    WordRotatorDistance(empty="ignore"),
    WordRotatorDistance(empty="ignore", metric="chord", weights="sif"),
]


def distinct_texts(folder, most=1200):
    """The longest field of every line of a set, without duplicates, spread over its files."""
    found = {}
    for path in sorted(folder.glob("*.gz")):
        with gzip.open(path, "rt", encoding="utf-8-sig", newline="") as file:
            rows = csv.reader(file) if path.name.endswith(".csv.gz") else (line.strip().split("\t") for line in file)
            found.update((max(row, key=len), None) for row in rows if row and any(row))
    texts = list(found)
    return [texts[i] for i in np.linspace(0, len(texts) - 1, min(most, len(texts))).astype(int)]


@cache
def word_vectors(folder, language):
    return read_vectors(folder / VECTORS[language] / f"{VECTORS[language]}.txt.gz")


def test_no_set_is_left_out(shared):
    assert {path.name for path in (shared / "data" / "text").iterdir() if path.is_dir()} == set(SETS)


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("mover", MOVERS, ids=["WMD", "WRD", "WRD chord"])
def test_neighbours_on_real_texts_equal_brute_force(shared, name, mover):
    texts = distinct_texts(shared / "data" / "text" / name)
    vectors = word_vectors(shared / "data" / "vectors", name[-2:])
    queries, documents = texts[::60], [text for i, text in enumerate(texts) if i % 60]
    index = MoverNeighbors(mover.set_params(vectors=vectors), n_neighbors=10).fit(documents)
    table = index.distance_.transform(queries)
    found = index.search(queries)
    _assert_same_neighbors(found, table, 10, own=False)
    rough = index.set_params(recall=0.9).search(queries)
    hits = (rough.distances <= found.distances[:, -1:] + 1e-12).mean(axis=1)
    assert np.nanmean(hits) >= 0.8  # 20 queries: one standard error is 0.03
    assert (rough.recall <= hits)[found.n_candidates > 0].all()
