"""Lines of two names and a weight, through the compiled parser; lines with quotes one by one in Python."""

import csv
import re

import numpy as np

from kexuestat._kernels.names import fill_slots, number_of_name, parse_names
from kexuestat.exceptions import FileFormatError
from kexuestat.graph.io.rows import Rows
from kexuestat.graph.io.source import bad_line


def split_line(line, delimiter):
    """Return the fields of one line; quotes are those of csv."""
    if delimiter is None:
        return line.split() if '"' not in line else [a or b for a, b in re.findall(r'"([^"]*)"|(\S+)', line)]
    return [word.strip() for word in next(csv.reader([line], delimiter=delimiter))]


class NameRows(Rows):
    """Rows of two names and a weight; names are numbered in order of appearance.

    Parameters
    ----------
    places : tuple of int
        Columns of source, target and weight (-1: none). Other places than the first ones are read by Python alone.
    delimiter : str or None
        None: white space.
    """

    def __init__(self, places, delimiter, name, rule):
        super().__init__(2, name, rule, lenient=delimiter is None)
        self._places, self._delimiter = places, delimiter
        self._fast = places[:2] == (0, 1) and places[2] in (-1, 2)
        self._n_names = 0
        self._pool = np.empty(1 << 12, dtype=np.uint8)
        self._ends = np.zeros(1 << 10, dtype=np.int64)
        self._slots = np.full(1 << 11, -1, dtype=np.int64)

    def nodes(self):
        """The names in order of appearance, as integers if every one is an integer."""
        ends, pool = self._ends.tolist(), self._pool[: self._ends[self._n_names]].tobytes()
        try:
            names = [pool[ends[k] : ends[k + 1]].decode() for k in range(self._n_names)]
        except UnicodeDecodeError as error:
            raise FileFormatError(f"{self.name or 'input'}: a name is not UTF-8 text ({error.object!r}).") from None
        try:
            return [int(name) for name in names]
        except ValueError:
            return names

    def add(self, data):
        self._make_room(len(data))
        super().add(data)

    def _parse(self, text, position):
        self._make_room(0)
        if not self._fast:
            return position, 0, 0, 0
        delimiter = 0 if self._delimiter is None else ord(self._delimiter)
        tables = self._pool, self._ends, self._slots, self._n_names
        *found, self._n_names = parse_names(
            text, position, len(text), delimiter, self._places[2] >= 0, self._ids, self._block_weights, *tables
        )
        return found

    def _full(self):
        return self._n_names + 2 > min(len(self._slots) // 2, len(self._ends) - 1)

    def _make_room(self, n_bytes):
        """Room for two more names in the tables, and for n_bytes in the pool."""
        needed = int(self._ends[self._n_names]) + n_bytes
        if needed > len(self._pool):
            self._pool.resize(max(needed, 2 * len(self._pool)), refcheck=False)
        if self._full():
            self._ends.resize(2 * len(self._ends), refcheck=False)
            self._slots = np.full(2 * len(self._slots), -1, dtype=np.int64)
            fill_slots(self._pool, self._ends, self._n_names, self._slots)

    def _add_row(self, text):
        words = split_line(text, self._delimiter)
        first, second, weight = self._places
        if len(words) <= max(first, second) or not (words[first] and words[second]):
            raise bad_line(self.name, self.line, text, self.rule)
        given = words[weight : weight + 1] if weight >= 0 else []
        self._add_ids([self._number(words[first]), self._number(words[second])], self._weight(given, text))

    def _number(self, word):
        name = np.frombuffer(word.encode(), dtype=np.uint8)
        self._make_room(len(name))
        number = number_of_name(name, 0, len(name), self._pool, self._ends, self._slots, self._n_names)
        self._n_names = max(self._n_names, int(number) + 1)
        return int(number)
