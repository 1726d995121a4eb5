"""Start-up in fresh processes: the import alone, and the first result with a warm kernel cache."""

import subprocess
import sys
import time

import pytest

STARTS = {
    "import kexuestat": "import kexuestat",
    "first fit, warm cache": "from kexuestat.graph import InfoMap, load_graph; InfoMap().fit(load_graph('karate'))",
    "first emd, warm cache": "import kexuestat as ks; ks.emd_cost([1, 1], [1, 1], [[0, 1], [1, 0]])",
}


def _start(code):
    begin = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True)
    return time.perf_counter() - begin


@pytest.mark.parametrize("name", STARTS)
def test_start(name, benchmark):
    _start(STARTS[name])
    benchmark.extra_info.update(start=name)
    benchmark.pedantic(_start, args=(STARTS[name],), rounds=5 if benchmark.enabled else 1, iterations=1)
