"""Races: all sides of a benchmark take turns in one run, the first call outside the clock, quality beside time.

A turn repeats its side until ``TURN`` seconds have passed and counts the median: the first call after a rival that
filled gigabytes pays for that rival's memory.

With the clock off (every ordinary test run) each side runs once, as a smoke test. ``KEXUESTAT_BENCH_SLOW=1`` adds the
large sizes.
"""

import os
import platform
import statistics
import subprocess
import time
from importlib import metadata

import pytest

PACKAGES = (
    "kexuestat",
    "numpy",
    "scipy",
    "numba",
    "scikit-learn",
    "POT",
    "infomap",
    "networkit",
    "igraph",
    "leidenalg",
    "gensim",
    "wasserstein",
    "networkx",
    "arch",
    "tensorflow",
)


TURN = 0.3


def _versions():
    found = {}
    for name in PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def _commit():
    done = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    return done.stdout.strip()


def pytest_benchmark_update_machine_info(config, machine_info):
    machine_info.clear()
    machine_info.update(
        system=f"{platform.system()} {platform.machine()}",
        python=platform.python_version(),
        processors=os.cpu_count(),
        versions=_versions(),
        commit=_commit(),
    )


def _processor_time():
    """Return the seconds of processor time of this process and of those it has waited for."""
    times = os.times()
    return time.process_time() + times.children_user + times.children_system


def _clocked(side):
    cpu, wall = _processor_time(), time.perf_counter()
    result = side()
    return _processor_time() - cpu, time.perf_counter() - wall, result


def _turn(side):
    """Return the median processor and wall seconds of a call, over calls that fill the turn."""
    calls, stop = [], time.perf_counter() + TURN
    while not calls or time.perf_counter() < stop:
        calls.append(_clocked(side)[:2])
    return tuple(statistics.median(column) for column in zip(*calls))


def run_race(race, benchmark):
    """Run the sides of a race in turns; keep medians, spreads, ratios and qualities in ``extra_info``."""
    if race.slow and not os.environ.get("KEXUESTAT_BENCH_SLOW"):
        pytest.skip("large size: set KEXUESTAT_BENCH_SLOW=1")
    sides = race.setup()
    results = {name: side() for name, side in sides.items()}
    quality = {name: race.quality(result) for name, result in results.items()}
    times = {name: [] for name in sides}
    for _ in range(race.rounds if benchmark.enabled else 0):
        for name, side in sides.items():
            times[name].append(_turn(side))
    if benchmark.enabled:
        benchmark.extra_info.update(race=race.name, part=race.part, quality=quality, targets=race.targets)
        benchmark.extra_info["sides"] = {name: _figures(pairs) for name, pairs in times.items()}
        benchmark.extra_info["ratios"] = {
            name: statistics.median(theirs[0] / ours[0] for theirs, ours in zip(times[name], times["kexuestat"]))
            for name in sides
            if name != "kexuestat"
        }
    benchmark.pedantic(sides["kexuestat"], rounds=1, iterations=1)
    return quality


def _figures(pairs):
    cpu, wall = zip(*pairs)
    return {
        "cpu": statistics.median(cpu),
        "wall": statistics.median(wall),
        "lowest": min(cpu),
        "highest": max(cpu),
    }


@pytest.fixture
def race_runner(benchmark):
    return lambda race: run_race(race, benchmark)
