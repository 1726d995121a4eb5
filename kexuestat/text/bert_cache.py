"""A disk cache of piece vectors: one SQLite file, safe for several processes and for a kill in the middle of writing.

The key is a digest of everything a vector depends on; the value holds its own shape and checksum, so a broken entry is
noticed, computed again and replaced. SQLite is in the standard library, and no entry is ever unpickled.
"""

import contextlib
import hashlib
import os
import sqlite3
import struct
import zlib
from pathlib import Path

import numpy as np

_HEADER = struct.Struct("<III")  # rows, width, checksum
_TIMEOUT = 60.0  # seconds to wait for another process
_ASKED_AT_ONCE = 500  # SQLite allows 999 parameters in old versions


class VectorCache:
    """Piece vectors on disk by key; ``folder`` is made if it is absent."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.path = self.folder / "bert_vectors.sqlite"
        with self._connected() as connection:
            connection.execute("CREATE TABLE IF NOT EXISTS vectors (key BLOB PRIMARY KEY, value BLOB) WITHOUT ROWID")

    @contextlib.contextmanager
    def _connected(self):
        connection = sqlite3.connect(os.fspath(self.path), timeout=_TIMEOUT)
        try:
            with connection:
                yield connection
        finally:
            connection.close()

    def get(self, keys):
        """Return a dict from the keys that are there, and sound, to their float32 arrays (rows, width)."""
        found = {}
        with self._connected() as connection:
            for i in range(0, len(keys), _ASKED_AT_ONCE):
                part = keys[i : i + _ASKED_AT_ONCE]
                marks = ",".join("?" * len(part))
                rows = connection.execute(f"SELECT key, value FROM vectors WHERE key IN ({marks})", part)
                found.update((key, array) for key, value in rows if (array := _unpacked(value)) is not None)
        return found

    def put(self, arrays):
        """Write a dict of key -> float32 array (rows, width), all or nothing; what is there is replaced."""
        with self._connected() as connection:
            rows = ((key, _packed(array)) for key, array in arrays.items())
            connection.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?)", rows)


def cache_key(settings, text):
    """Return the digest of the settings (values of a fixed repr) and one text."""
    digest = hashlib.sha256(repr(tuple(settings)).encode())
    digest.update(b"\0" + text.encode("utf-8", "surrogatepass"))
    return digest.digest()


def _packed(array):
    body = np.ascontiguousarray(array, dtype="<f4").tobytes()
    return _HEADER.pack(*array.shape, zlib.crc32(body)) + body


def _unpacked(value):
    if not isinstance(value, bytes) or len(value) < _HEADER.size:
        return None
    rows, width, checksum = _HEADER.unpack_from(value)
    body = memoryview(value)[_HEADER.size :]
    if len(body) != 4 * rows * width or zlib.crc32(body) != checksum:
        return None
    return np.frombuffer(body, dtype="<f4").reshape(rows, width).astype(np.float32, copy=False)
