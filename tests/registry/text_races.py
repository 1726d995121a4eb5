"""Rivals of kexuestat.text on texts: gensim's wmdistance and its loader, and our own brute force.

Documents are paragraphs of a novel with word2vec vectors where ``../shared`` lies beside the project; elsewhere they
are drawn from a generator of the same shape (Zipf words, vectors of 300 dimensions).
"""

import atexit
import gzip
import importlib.util
import shutil
import tempfile
from functools import cache
from pathlib import Path

import numpy as np

from kexuestat.text import (
    MoverNeighbors,
    PMIEmbedder,
    TextTokenizer,
    WordMoverDistance,
    WordVectors,
    read_vectors,
    word_mover_distance,
)
from tests.contract import Race

_SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"
_VECTORS = _SHARED / "vectors" / "word2vec-googlenews-8k-en" / "word2vec-googlenews-8k-en.txt.gz"
_NOVEL = _SHARED / "text" / "les-miserables-en" / "miserables-en.txt.gz"


@cache
def _corpus():
    """Token lists with 10 to 250 known words, and their word vectors."""
    if not (_VECTORS.is_file() and _NOVEL.is_file()):
        return _drawn_corpus()
    vectors = read_vectors(_VECTORS)
    with gzip.open(_NOVEL, "rt", encoding="utf-8-sig") as file:
        paragraphs = file.read().split("\n\n")
    tokenize = TextTokenizer()
    documents = [[token for token in tokenize(text) if token in vectors] for text in paragraphs]
    return [tokens for tokens in documents if 10 <= len(tokens) <= 250][:2100], vectors


def _drawn_corpus(n_documents=2100, n_words=8000):
    rng = np.random.default_rng(1)
    vectors = rng.normal(size=(n_words, 300)).astype(np.float32)
    words = [f"w{i}" for i in range(n_words)]
    share = 1.0 / np.arange(100, 100 + n_words)
    sizes = np.exp(rng.uniform(np.log(10), np.log(250), n_documents)).astype(int)
    draws = [rng.choice(n_words, size, p=share / share.sum()) for size in sizes]
    return [[words[i] for i in draw] for draw in draws], WordVectors(words, vectors)


def _gensim_vectors(vectors):
    """The same vectors as a gensim object, norms ready; None where gensim is absent."""
    if importlib.util.find_spec("gensim") is None:
        return None
    from gensim.models import KeyedVectors

    keyed = KeyedVectors(vectors.vectors.shape[1])
    keyed.add_vectors(list(vectors.words), np.array(vectors.vectors))
    keyed.fill_norms()
    return keyed


def _all_pairs(n):
    """WMD of all pairs; ours takes the documents from the beginning: bags, word distances, problems."""

    def setup():
        documents, vectors = _corpus()
        documents = documents[:: max(1, len(documents) // n)][:n]
        mover = WordMoverDistance(vectors=vectors, metric="chord")

        def ours():
            return mover.fit_transform(documents)[np.triu_indices(len(documents), 1)]

        sides = {"kexuestat": ours}
        keyed = _gensim_vectors(vectors)
        if keyed is not None:
            rows, columns = np.triu_indices(len(documents), 1)
            sides["gensim"] = lambda: np.array(
                [keyed.wmdistance(documents[i], documents[j]) for i, j in zip(rows, columns)]
            )
        return sides

    return setup


def _sum_of_costs(values):
    return {"sum of distances": float(np.sum(values))}


def _search(n, n_queries, k=10):
    """Exact nearest neighbours; ours by bounds, its rivals by brute force."""

    def setup():
        documents, vectors = _corpus()
        queries, documents = documents[:n_queries], documents[n_queries : n_queries + n]
        index = MoverNeighbors(WordMoverDistance(vectors=vectors, metric="chord"), n_neighbors=k).fit(documents)
        mover = index.distance_

        def forced():
            return _sorted(mover.transform(queries), k)

        def ours():
            found = index.search(queries)
            return found.distances, found.indices, found.n_solved / found.n_candidates

        sides = {"kexuestat": ours, "kexuestat brute force": forced}
        keyed = _gensim_vectors(vectors)
        if keyed is not None:

            def theirs():
                return _sorted(np.array([[keyed.wmdistance(q, d) for d in documents] for q in queries]), k)

            sides["gensim"] = theirs
        return sides

    return setup


def _sorted(table, k):
    order = np.argsort(table, axis=1, kind="stable")[:, :k]
    return np.take_along_axis(table, order, axis=1), order, np.ones(1)


def _search_quality(result):
    distances, indices, share = result
    return {
        "sum of distances": float(distances.sum()),
        "sum of indices": int(indices.sum()),
        "share solved %": float(100 * np.mean(share)),
    }


def _one_pair(n, d=300, n_pairs=20):
    """One call from raw vectors, costs included on both sides."""

    def setup():
        rng = np.random.default_rng(n)
        pairs = [
            (rng.normal(size=(n, d)), rng.normal(size=(n, d)), rng.random(n) + 0.1, rng.random(n) + 0.1)
            for _ in range(n_pairs)
        ]
        pairs = [(X, Y, a / a.sum(), b / b.sum()) for X, Y, a, b in pairs]
        sides = {"kexuestat": lambda: [word_mover_distance(X, Y, a=a, b=b) for X, Y, a, b in pairs]}
        if importlib.util.find_spec("ot") is not None:
            import ot
            from scipy.spatial.distance import cdist

            sides["cdist + ot.emd2"] = lambda: [ot.emd2(a, b, cdist(X, Y)) for X, Y, a, b in pairs]
        return sides

    return setup


def _reading(n, d):
    """Word vectors in word2vec's text form."""

    def setup():
        rng = np.random.default_rng(0)
        folder = tempfile.mkdtemp(prefix="kexuestat-race-")
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        path = str(Path(folder) / "vectors.txt")
        rows = rng.normal(size=(n, d)).astype(np.float32)
        with open(path, "w", encoding="utf-8") as file:
            file.write(f"{n} {d}\n")
            file.writelines(f"word{i} {' '.join(map('{:.6f}'.format, row))}\n" for i, row in enumerate(rows))
        sides = {"kexuestat": lambda: read_vectors(path).vectors}
        if importlib.util.find_spec("gensim") is not None:
            from gensim.models import KeyedVectors

            sides["gensim"] = lambda: KeyedVectors.load_word2vec_format(path).vectors
        return sides

    return setup


def _fitting():
    documents, _ = _corpus()
    return {"kexuestat": lambda: PMIEmbedder().fit(documents[:2000])}


PEERS = [
    Race("WMD of all pairs of 14 paragraphs", "text", _all_pairs(14), _sum_of_costs),
    Race("WMD of all pairs of 200 paragraphs", "text", _all_pairs(200), _sum_of_costs, {"gensim": 25.0}, 3, True),
    Race("10 nearest of 150 paragraphs", "text", _search(150, 2), _search_quality),
    Race(
        "10 nearest of 2000 paragraphs",
        "text",
        _search(2000, 3),
        _search_quality,
        {"gensim": 100.0, "kexuestat brute force": 5.0},
        3,
        True,
    ),
    *(
        Race(f"one WMD from raw vectors, n = {n}", "text", _one_pair(n), _sum_of_costs, {"cdist + ot.emd2": 3.0})
        for n in (10, 30, 100)
    ),
    Race(
        "read 2000 x 100 word vectors",
        "text",
        _reading(2000, 100),
        lambda vectors: {"sum of vectors": float(np.sum(vectors, dtype=np.float64))},
        {"gensim": 1.0},
    ),
    Race(
        "fit PMI vectors on 2000 paragraphs",
        "text",
        _fitting,
        lambda embedder: {
            "words": len(embedder.vocabulary_),
            "largest singular value": float(embedder.singular_values_[0]),
        },
        {},
        3,
        True,
    ),
]
