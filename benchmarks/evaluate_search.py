"""Codelengths of the graphs of an index beside the official ones: ``python -m benchmarks.evaluate_search --help``.

The index is a JSON file with one entry per graph: edge file (columns source, target[, weight]), rows, reference
codelengths of the official engine by flow and depth.
"""

import argparse
import csv
import gzip
import json
import time
from pathlib import Path

import numpy as np

from kexuestat.graph import CSRGraph, InfoMap


def read_links(path):
    """Return (source, target, weights or None) of a compressed CSV file with a header; names become numbers."""
    with gzip.open(path, "rt") as file:
        rows = csv.reader(file)
        header = next(rows)
        columns = list(zip(*rows))
    ends = np.unique(np.array(columns[:2]), return_inverse=True)[1].reshape(2, -1)
    weights = np.array(columns[2], float) if "weight" in header else None
    return ends[0], ends[1], weights


def evaluate(entry, folder, args):
    """Yield (flow, depth, our codelength, the official one, CPU seconds) of one graph."""
    links = read_links(folder / entry["edges"])
    for flow, depths in entry.get("reference", {}).items():
        graph = CSRGraph.from_edges(*links, directed=flow == "directed")
        for depth, reference in depths.items():
            if args.depth not in ("both", depth):
                continue
            begin = time.process_time()
            found = InfoMap(two_level=depth == "two_level", n_trials=args.trials, random_state=args.seed).fit(graph)
            yield flow, depth, found.codelength_, reference["codelength"], time.process_time() - begin


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("index", type=Path, help="JSON file of the graphs")
    parser.add_argument("--trials", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--depth", choices=("both", "two_level", "multilevel"), default="both")
    parser.add_argument("--only", default="", help="part of a name")
    parser.add_argument("--most-rows", type=int, default=1 << 60)
    args = parser.parse_args()
    missed = 0
    for entry in json.loads(args.index.read_text())["graphs"]:
        if args.only not in entry["name"] or entry["rows"] > args.most_rows:
            continue
        for flow, depth, ours, reference, seconds in evaluate(entry, args.index.parent, args):
            relative = ours / reference - 1.0
            missed += relative > 1e-6
            mark = "MISSED" if relative > 1e-6 else ""
            name = f"{entry['name']:32s} {flow:10s} {depth:10s}"
            print(f"{name} {ours:.9f} {reference:.9f} {relative:+.2e} {seconds:7.2f} s {mark}", flush=True)
    print(f"{missed} above the reference")


if __name__ == "__main__":
    main()
