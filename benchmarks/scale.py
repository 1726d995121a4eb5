"""One large graph from edge arrays to labels in a fresh process: seconds and peak memory of each phase, codelength.

    python -m benchmarks.scale 100_000_000 10_000_000 [--weighted | --directed]

Links and nodes of a planted graph, generated in blocks before the clock starts. Memory is counted beyond the caller's
edge arrays and the loaded libraries. ``bench_scale.py`` holds it to its budget on 2 M links.
"""

import ctypes
import json
import resource
import sys
import time

import click
import numpy as np

from benchmarks.graphs import distinct_planted


def _resident(field):
    """Return a field of the process's memory status, in bytes."""
    with open("/proc/self/status") as lines:
        return next(1024 * int(line.split()[1]) for line in lines if line.startswith(field))


class Phases:
    """Seconds of wall and processor time and the highest memory, in bytes above the start, per phase."""

    def __init__(self):
        ctypes.CDLL(None).malloc_trim(0)  # what was freed counts as free
        self.base = _resident("VmRSS")
        self.rows = {}

    def run(self, name, work):
        with open("/proc/self/clear_refs", "w") as peaks:
            peaks.write("5")  # the highest mark of memory starts anew
        wall, cpu = time.perf_counter(), time.process_time()
        result = work()
        self.rows[name] = (
            time.perf_counter() - wall,
            time.process_time() - cpu,
            _resident("VmHWM") - self.base,
            _resident("VmRSS") - self.base,
        )
        return result


def _warm_up(weighted, directed):
    """Load kernels and libraries: all of them count as there before."""
    from kexuestat.graph import CSRGraph, InfoMap

    source, target, n_nodes = distinct_planted(50_000, 150_000)
    weight = _weights(source) if weighted else None
    graph = CSRGraph.from_edges(source, target, weight, n_nodes=n_nodes, directed=directed)
    return InfoMap(n_trials=1, random_state=0).fit(graph).codelength_


def _weights(source):
    """Return one weight per link, no whole numbers: the search then counts flow in 64 bits."""
    return np.random.default_rng(0).random(source.shape[0]) + 0.5


def measure(n_links, n_nodes, weighted=False, directed=False, seed=0):
    """Return the fitted model, the Phases and the number of distinct links of one graph."""
    from kexuestat.graph import CSRGraph, InfoMap

    _warm_up(weighted, directed)
    source, target, n_nodes = distinct_planted(n_nodes, n_links, seed=seed)
    weight = _weights(source) if weighted else None
    phases = Phases()
    options = {"n_nodes": n_nodes, "directed": directed}
    graph = phases.run("rows", lambda: CSRGraph.from_edges(source, target, weight, **options))
    model = phases.run("fit", lambda: InfoMap(n_trials=1, random_state=seed).fit(graph))
    return model, phases, source.shape[0]


def facts(n_links, n_nodes, weighted=False, directed=False):
    """Return what one run told, as a dict: seconds, bytes per link, codelength."""
    model, phases, n_links = measure(n_links, n_nodes, weighted, directed)
    found = {"links": n_links, "nodes": n_nodes, "modules": model.n_modules_, "codelength": model.codelength_}
    for name, (wall, cpu, peak, kept) in phases.rows.items():
        found[name] = {"wall": wall, "cpu": cpu, "peak_per_link": peak / n_links, "kept_per_link": kept / n_links}
    found["fit"]["phases"] = model.timings_
    found["process_gib"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    return found


@click.command()
@click.argument("n_links", type=click.INT)
@click.argument("n_nodes", type=click.INT)
@click.option("--weighted", is_flag=True)
@click.option("--directed", is_flag=True)
def main(n_links, n_nodes, weighted, directed):
    """Measure one graph of N_LINKS links and N_NODES nodes; "process_gib" counts the edge arrays and all else."""
    print(json.dumps(facts(n_links, n_nodes, weighted, directed), indent=1))


if __name__ == "__main__":
    sys.exit(main())
