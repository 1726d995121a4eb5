"""The disk cache: what goes in comes out, broken entries do not, several processes may write; no TensorFlow."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from kexuestat.text.bert_cache import VectorCache, cache_key

ROOT = Path(__file__).resolve().parents[2]


def _arrays(n, seed=0):
    rng = np.random.default_rng(seed)
    return {cache_key(("m",), str(i)): rng.normal(size=(i % 7 + 2, 5)).astype(np.float32) for i in range(n)}


def test_arrays_come_back_bitwise(tmp_path):
    arrays = _arrays(1200)
    cache = VectorCache(tmp_path / "new" / "folder")
    cache.put(arrays)
    found = VectorCache(tmp_path / "new" / "folder").get([*arrays, b"unknown"])
    assert found.keys() == arrays.keys()
    for key, array in arrays.items():
        np.testing.assert_array_equal(found[key], array)
        assert found[key].dtype == np.float32
    assert cache.get([]) == {}


def test_keys_depend_on_every_setting_and_on_the_text():
    keys = {cache_key(s, t) for s in ((1, "a"), (1, "b"), ((1,), "a")) for t in ("", "x", "\ud800", "x\0")}
    assert len(keys) == 12
    assert cache_key((1, "a"), "x") == cache_key([1, "a"], "x")


@pytest.mark.parametrize("broken", [b"", b"\1\0\0\0", None, b"\xff" * 40, "text"])
def test_broken_entries_count_as_absent_and_are_replaced(tmp_path, broken):
    cache, (key, array) = VectorCache(tmp_path), next(iter(_arrays(1).items()))
    cache.put({key: array})
    connection = sqlite3.connect(cache.path)
    value = connection.execute("SELECT value FROM vectors").fetchone()[0]
    flipped = value[:-1] + bytes([value[-1] ^ 1])
    connection.execute("UPDATE vectors SET value = ?", (flipped if broken is None else broken,))
    connection.commit()
    connection.close()
    assert cache.get([key]) == {}
    cache.put({key: array})
    np.testing.assert_array_equal(cache.get([key])[key], array)


_WRITER = """
import sys, numpy as np
from kexuestat.text.bert_cache import VectorCache, cache_key
cache = VectorCache(sys.argv[1])
print("ready", flush=True)
for i in range(int(sys.argv[2])):
    cache.put({cache_key(("m",), f"{i}-{j}"): np.full((3, 50), i, np.float32) for j in range(20)})
"""


def _writer(folder, n):
    return subprocess.Popen([sys.executable, "-c", _WRITER, str(folder), str(n)], cwd=ROOT, stdout=subprocess.PIPE)


def test_two_processes_write_at_once(tmp_path):
    writers = [_writer(tmp_path, 20) for _ in range(2)]
    for writer in writers:
        writer.communicate(timeout=120)
        assert writer.returncode == 0
    keys = [cache_key(("m",), f"{i}-{j}") for i in range(20) for j in range(20)]
    assert len(VectorCache(tmp_path).get(keys)) == 400


@pytest.mark.skipif(os.name == "nt", reason="no SIGKILL")
def test_a_process_killed_while_writing_leaves_a_sound_cache(tmp_path):
    with _writer(tmp_path, 10_000) as writer:
        writer.stdout.readline()
        time.sleep(0.3)
        writer.send_signal(signal.SIGKILL)
    cache = VectorCache(tmp_path)
    with closing(sqlite3.connect(cache.path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    groups = [cache.get([cache_key(("m",), f"{i}-{j}") for j in range(20)]) for i in range(50)]
    assert {len(group) for group in groups} <= {0, 20}
    cache.put(_arrays(3))
    assert len(cache.get(list(_arrays(3)))) == 3
