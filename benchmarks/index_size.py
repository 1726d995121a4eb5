"""Build, query and memory figures of a large index: ``python -m benchmarks.index_size --documents 100000``.

Synthetic news (see ``benchmarks.documents``). Times are process CPU seconds of one thread; memory is resident growth.
"""

import argparse
import os
import tempfile
import time
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
from scipy.sparse import csr_array

from benchmarks.documents import news
from kexuestat.text import MoverNeighbors, WordMoverDistance, WordRotatorDistance

MOVERS = {"WMD": WordMoverDistance, "WRD": WordRotatorDistance}


def resident():
    """Return the resident megabytes of this process (Linux)."""
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmRSS")) / 1024


def clocked(task):
    """Return (result, CPU seconds, megabytes grown)."""
    before, start = resident(), time.process_time()
    result = task()
    return result, time.process_time() - start, resident() - before


def counts(corpus, first, last):
    """Return documents first … last - 1 as a count matrix over the words of the corpus."""
    start, stop = corpus.indptr[[first, last]]
    parts = corpus.weights[start:stop], corpus.tokens[start:stop], corpus.indptr[first : last + 1] - start
    return csr_array(parts, shape=(last - first, len(corpus.vectors)))


def report(name, corpus, n_documents, n_queries, n_neighbors):
    """Print the figures of one mover."""
    words = [f"w{i}" for i in range(len(corpus.vectors))]
    index = MoverNeighbors(MOVERS[name](vectors=(words, corpus.vectors)), n_neighbors=n_neighbors)
    documents, queries = counts(corpus, 0, n_documents), counts(corpus, n_documents, n_documents + n_queries)
    _, seconds, grown = clocked(lambda: index.fit(documents))
    print(f"{name}: fit {seconds:.1f} s, {grown:.0f} MB", flush=True)
    exact, seconds, grown = clocked(lambda: index.search(queries[:1]))
    print(f"  ready for search and first query {seconds:.1f} s, {grown:.0f} MB", flush=True)
    exact = None
    for recall in (1.0, 0.95, 0.8):
        index.set_params(recall=recall)
        _, warm, _ = clocked(lambda: index.search(queries[:1]))  # measures what the recall needs
        found, seconds, _ = clocked(lambda: index.search(queries))
        exact = found if exact is None else exact
        hits = (found.distances <= exact.distances[:, -1:] * (1 + 1e-12)).mean()
        solved = 100 * found.n_solved.sum() / found.n_candidates.sum()
        print(
            f"  recall {recall}: {1e3 * seconds / n_queries:.0f} ms a query, solved {solved:.3f} %, "
            f"found {hits:.3f}, proved {found.recall.mean():.3f}, set up {warm:.1f} s",
            flush=True,
        )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "index"
        index.save(path)
        size = sum(part.stat().st_size for part in path.rglob("*")) / 2**20
        _, seconds, grown = clocked(lambda: MoverNeighbors.load(path))
        print(f"  on disk {size:.0f} MB; load {seconds:.1f} s, {grown:.0f} MB", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=100000)
    parser.add_argument("--queries", type=int, default=10)
    parser.add_argument("--neighbors", type=int, default=10)
    parser.add_argument("--longest", type=int, default=60, help="distinct words of the longest document")
    options = parser.parse_args()
    corpus = news(options.documents + options.queries, 1, 5, options.longest)
    lengths = np.diff(corpus.indptr)
    print(f"{options.documents} documents, {len(corpus.vectors)} words, mean {lengths.mean():.1f} distinct words")
    for name in MOVERS:
        report(name, corpus, options.documents, options.queries, options.neighbors)


if __name__ == "__main__":
    main()
