"""The whole way from an edge file to a file of labels, by the command lines of both sides, one thread each."""

import atexit
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from benchmarks import graphs
from tests.contract import Race

_ONE_THREAD = {"NUMBA_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


def _ours(links, folder):
    start = [sys.executable, "-c", "from kexuestat.cli import main; main()"]
    out = folder / "ours.clu"
    return [*start, "communities", links, "--trials", "1", "--seed", "1", "--format", "clu", "--out", out], out


def _official(program, links, folder):
    options = ["--two-level", "--clu", "--silent", "--seed", "1", "--num-trials", "1"]
    return [program, links, folder, *options], folder / f"{links.stem}.clu"


def _runner(command, out):
    def run():
        subprocess.run(command, check=True, capture_output=True, env={**os.environ, **_ONE_THREAD})
        return out.read_text()

    return run


def _from_file(n_nodes, n_links):
    def setup():
        folder = Path(tempfile.mkdtemp(prefix="kexuestat-race-"))
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        source, target, _, _ = graphs.planted(n_nodes, n_links)
        np.savetxt(folder / "links.txt", np.column_stack([source, target]), fmt="%d")
        sides = {"kexuestat": _runner(*_ours(folder / "links.txt", folder))}
        program = shutil.which("infomap") or shutil.which("infomap", path=str(Path(sys.executable).parent))
        if program:
            sides["infomap"] = _runner(*_official(program, folder / "links.txt", folder))
        return sides

    return setup


def _quality(clu):
    """The codelength that the head of the file states."""
    head = next(line for line in clu.splitlines() if "codelength" in line)
    return {"codelength": float(next(word for word in head.split() if word.replace(".", "").isdigit()))}


PEERS = [
    Race("edge file to labels, 1 M links", "graph", _from_file(120_000, 1_020_000), _quality, {"infomap": 20}, 3, True),
]
