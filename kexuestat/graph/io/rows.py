"""Lines of ids and a weight, block by block through the compiled parser; odd lines one by one in Python."""

import io
import os

import numpy as np

from kexuestat._kernels.parse import parse_rows
from kexuestat.graph.io.source import BLOCK, bad_line

COMMENTS = ("#", "%")


class NotIntegers(Exception):
    """A row does not begin with integer ids: the file has names."""


def _plain_size(stream):
    """Size of a plain file in bytes, 0 where the stream is something else."""
    return os.fstat(stream.fileno()).st_size if isinstance(stream, io.BufferedReader) else 0


def _longer(array, needed, count):
    """A longer array with the same first entries."""
    longer = np.empty(max(needed, 3 * len(array) // 2), dtype=array.dtype)
    longer[:count] = array[:count]
    return longer


class Rows:
    """Rows of n_ids integer ids and a weight, collected in growing arrays.

    Parameters
    ----------
    n_ids : int
    name : str
        File name for complaints.
    rule : str
        What a line must be, for complaints.
    lenient : bool
        A word that is no number in place of the weight means weight 1.
    names_allowed : bool
        Raise ``NotIntegers`` for the first row with an id that is no integer, instead of a complaint.
    has_weights : bool
        False: what stands in place of the weight is something else, which is left out.
    """

    def __init__(self, n_ids, name, rule, lenient=True, names_allowed=False, has_weights=True):
        self.name, self.rule, self.lenient, self.names_allowed = name, rule, lenient, names_allowed
        self.has_weights, self.weighted, self.count, self.line = has_weights, False, 0, 0
        self._columns = [np.empty(1 << 12, dtype=np.int64) for _ in range(n_ids)]
        self._weights = np.empty(1 << 12)
        self._ids = np.empty((n_ids, 0), dtype=np.int64)
        self._block_weights = np.empty(0)

    @property
    def columns(self):
        """The id columns, each int64, shape (count,)."""
        return [column[: self.count] for column in self._columns]

    @property
    def weights(self):
        """The weights, float64, or None if no row gave one."""
        return self._weights[: self.count] if self.weighted and self.has_weights else None

    def add_stream(self, stream):
        """Parse a binary stream to its end."""
        rest = b""
        size = _plain_size(stream)
        while block := stream.read(BLOCK):
            cut = block.rfind(b"\n") + 1
            if cut:
                self.add(rest + block[:cut] if rest else block[:cut] if cut < len(block) else block)
                rest = block[cut:]
                if size > len(block):  # as many rows to a byte as in the first block
                    self._grow(int(1.02 * size / cut * self.count))
                    size = 0
            else:
                rest += block
        if rest:
            self.add(rest + b"\n")

    def add(self, data):
        """Parse bytes that end with a newline."""
        text = np.frombuffer(data, dtype=np.uint8)
        capacity = len(text) // (2 * len(self._columns)) + 1
        if self._ids.shape[1] < capacity:
            self._ids = np.empty((len(self._columns), capacity), dtype=np.int64)
            self._block_weights = np.empty(capacity)
        position = 0
        while position < len(text):
            position, n_rows, n_lines, n_weighted = self._parse(text, position)
            self.line += n_lines
            if n_weighted and not self.weighted:
                self._start_weights()
            self._append(n_rows)
            if position < len(text) and not self._full():
                position = self._add_line(data, position)

    def _parse(self, text, position):
        return parse_rows(text, position, len(text), self._ids, self._block_weights)

    def _full(self):
        """Whether the parser stopped for want of room, not at an odd line."""
        return False

    def _append(self, n_rows):
        self._grow(self.count + n_rows)
        for column, ids in zip(self._columns, self._ids):
            column[self.count : self.count + n_rows] = ids[:n_rows]
        if self.weighted:
            self._weights[self.count : self.count + n_rows] = self._block_weights[:n_rows]
        self.count += n_rows

    def _grow(self, needed):
        # new memory and a copy: ndarray.resize would write zeros to all of it first
        if needed > len(self._columns[0]):
            self._columns = [_longer(column, needed, self.count) for column in self._columns]
        if self.weighted and len(self._weights) < len(self._columns[0]):
            self._weights = _longer(self._weights, len(self._columns[0]), self.count)

    def _add_line(self, data, position):
        stop = data.index(b"\n", position)
        text = data[position:stop].decode("utf-8", "replace").strip().lstrip("\ufeff")
        self.line += 1
        if text and not text.startswith(COMMENTS):
            self._add_row(text)
        return stop + 1

    def _add_row(self, text):
        words = text.replace(",", " ").replace(";", " ").split()
        n_ids = len(self._columns)
        try:
            ids = [int(word) for word in words[:n_ids]]
            if len(ids) < n_ids or max(map(abs, ids)) >= 2**63:
                raise bad_line(self.name, self.line, text, self.rule)
        except ValueError:
            if self.names_allowed:
                raise NotIntegers from None
            raise bad_line(self.name, self.line, text, self.rule) from None
        self._add_ids(ids, self._weight(words[n_ids:], text))

    def _add_ids(self, ids, weight):
        self._ids[:, 0], self._block_weights[0] = ids, weight
        if not self.weighted and weight != 1.0:
            self._start_weights()
        self._append(1)

    def _start_weights(self):
        self.weighted = True
        self._grow(0)
        self._weights[: self.count] = 1.0

    def _weight(self, words, text):
        if not (words and self.has_weights):
            return 1.0
        try:
            weight = float(words[0])
        except ValueError:
            if self.lenient or words[0].startswith(COMMENTS):
                return 1.0
            raise bad_line(self.name, self.line, text, "the weight must be a number") from None
        if not 0 <= weight < np.inf:
            raise bad_line(self.name, self.line, text, "weights must be finite and non-negative")
        return weight
