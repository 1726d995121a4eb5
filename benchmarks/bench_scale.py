"""Peak memory of rows and fit in a fresh process, per link, beyond the caller's edge arrays: a budget for each kind."""

import json
import os
import subprocess
import sys

import pytest

BUDGETS = {"": 40, "--weighted": 80, "--directed": 120}  # bytes per link


@pytest.mark.skipif(not os.path.exists("/proc/self/clear_refs"), reason="peaks per phase are told by Linux alone")
@pytest.mark.parametrize("kind", BUDGETS)
def test_peak_memory(kind, benchmark):
    if not os.environ.get("KEXUESTAT_BENCH_SLOW"):
        pytest.skip("large size: set KEXUESTAT_BENCH_SLOW=1")
    command = [sys.executable, "-m", "benchmarks.scale", "2000000", "200000", *kind.split()]
    done = benchmark.pedantic(
        subprocess.run, args=(command,), kwargs={"check": True, "capture_output": True}, rounds=1, iterations=1
    )
    found = json.loads(done.stdout)
    benchmark.extra_info.update(scale=kind or "unweighted", **found)
    assert max(found["rows"]["peak_per_link"], found["fit"]["peak_per_link"]) <= BUDGETS[kind]
