"""Ctrl-C in a process that searches a large graph: it ends at once, and leaves no half file. Threads change nothing."""

import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("interruptible")]
_needs_proc = pytest.mark.skipif(not os.path.exists("/proc/self/stat"), reason="processor time of another process")
_RANDOM_GRAPH = """
import numpy as np
ends = np.random.default_rng(1).integers(0, 150_000, (2, 1_500_000))
"""
_FIT = (
    _RANDOM_GRAPH
    + """
from kexuestat.graph import CSRGraph, InfoMap
model = InfoMap(n_trials=1, random_state=0)
model.fit(CSRGraph.from_edges(*ends[:, :1000]))
graph = CSRGraph.from_edges(*ends, n_nodes=150_000)
print("ready", flush=True)
model.fit(graph)
"""
)
_LABELS = """
import hashlib
from benchmarks.graphs import planted
from kexuestat.graph import CSRGraph, InfoMap
source, target, n_nodes, _ = planted(60_000, 600_000)
labels = InfoMap(n_trials=2, n_jobs=2, random_state=3).fit(CSRGraph.from_edges(source, target, n_nodes=n_nodes)).labels_
print(hashlib.sha256(labels.tobytes()).hexdigest())
"""


def _read_until(word, stream):
    seen = ""
    while word not in seen:
        letter = stream.read(1)
        assert letter, f"{word} never came, only {seen}"
        seen += letter


def _interrupted(process):
    """Interrupt a process; return the seconds of processor time that it still takes, and its exit code.

    Its wall time would be that of the machine's other work.
    """
    with open(f"/proc/{process.pid}/stat") as stat:
        fields = stat.read().rpartition(")")[2].split()
    before = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    process.send_signal(signal.SIGINT)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return usage.ru_utime + usage.ru_stime - before, process.returncode


@_needs_proc
def test_ctrl_c_stops_a_search_at_once():
    with subprocess.Popen(
        [sys.executable, "-c", _FIT], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout.readline() == "ready\n"
        time.sleep(0.5)
        seconds, code = _interrupted(process)
        assert "KeyboardInterrupt" in process.stderr.read()
    assert seconds < 1.0
    assert code != 0


@_needs_proc
def test_ctrl_c_in_the_shell_leaves_no_half_file(tmp_path):
    ends = np.random.default_rng(1).integers(0, 150_000, (1_500_000, 2))
    np.savetxt(tmp_path / "links.txt", ends, fmt="%d")
    (tmp_path / "out").mkdir()
    out = tmp_path / "out" / "found.clu"
    run = "from kexuestat.cli import main; main()"
    command = [sys.executable, "-c", run, "-v", "communities", tmp_path / "links.txt", "--format", "clu", "--out", out]
    with subprocess.Popen([*command, "--trials", "1"], stderr=subprocess.PIPE, text=True) as process:
        _read_until("InfoMap", process.stderr)  # the bar of the search
        time.sleep(0.5)
        seconds, code = _interrupted(process)
    assert seconds < 1.0
    assert code == 1
    assert os.listdir(tmp_path / "out") == []


def test_labels_do_not_depend_on_the_number_of_threads():
    found = {
        subprocess.run(
            [sys.executable, "-c", _LABELS],
            env={**os.environ, "NUMBA_NUM_THREADS": threads},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for threads in ("1", "2")
    }
    assert len(found) == 1
    assert len(found.pop()) == 65
