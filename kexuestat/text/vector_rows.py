"""Rows of text and binary word vector files, read in blocks straight into one float32 array."""

import os
import re
import warnings

import numpy as np

from kexuestat._kernels.vector_files import parse_binary_rows, parse_text_rows
from kexuestat.exceptions import FileFormatError

_BLOCK = 1 << 22
_BLANKS = re.compile(rb"[ \t]")
_EMPTY_LINE, _SHORT_LINE = 1, 2


def fields_of(line):
    """Return the fields of a line, separated by single blanks; blanks at its end are no field."""
    return _BLANKS.split(line.rstrip(b"\r").rstrip(b" \t"))


def is_number(field):
    """Return whether the bytes are a number, nan and inf included."""
    try:
        float(field)
    except ValueError:
        return False
    return b"_" not in field


def decoded(word, errors, place):
    """Return the word as str."""
    try:
        return word.decode("utf-8", "strict" if errors == "strict" else "replace")
    except UnicodeDecodeError as error:
        raise FileFormatError(
            f'{place}: byte {error.start} of the word {word!r} is not UTF-8; pass errors="replace" to read on.'
        ) from None


class _Rows:
    """Rows read so far; the array grows in place (realloc), so that no second copy is held."""

    def __init__(self, path, width, expected, limit, errors, unit):
        self.path, self.width, self.limit, self.errors, self.unit = path, width, limit, errors, unit
        self.words = []
        smallest = (2 if unit == "line" else 4) * width + 1  # bytes per row: a header cannot ask for more memory
        possible = max(1, os.path.getsize(path) * 64 // smallest)
        capacity = min(possible, expected) if expected else 1024
        self.values = np.empty((min(capacity, limit) if limit else capacity, width), dtype=np.float32)
        self._reserve(1)

    def _reserve(self, n):
        if len(self.words) + n > self.values.shape[0]:
            capacity = max(len(self.words) + n, self.values.shape[0] * 5 // 4 + 1)
            self.values.resize((capacity, self.width), refcheck=False)

    def free(self, n):
        """The next rows to fill: room for n, never more than the limit."""
        left = n if self.limit is None else min(n, self.limit - len(self.words))
        self._reserve(left)
        return self.values[len(self.words) : len(self.words) + left]

    @property
    def full(self):
        return self.limit is not None and len(self.words) >= self.limit

    def add(self, data, spans, first_line):
        """Take the words of rows that were just filled; refuse what is not finite."""
        n = spans.shape[0]
        start = len(self.words)
        words = [data[i:j] for i, j in spans.tolist()]
        try:
            self.words += b"\n".join(words).decode("utf-8").split("\n") if n and self.unit == "line" else _each(words)
        except UnicodeDecodeError:
            places = (f"{self.path}, {self.unit} {first_line + i}" for i in range(n))
            self.words += [decoded(word, self.errors, place) for word, place in zip(words, places)]
        part = self.values[start : start + n]
        bad = ~np.isfinite(part).all(axis=1)
        if bad.any():
            i = int(np.argmax(bad))
            value = part[i][~np.isfinite(part[i])][0]
            raise FileFormatError(
                f"{self.path}, {self.unit} {first_line + i}: the vector of {self.words[start + i]!r} holds {value}, "
                "every number must be finite."
            )

    def finished(self, header):
        """Words and vectors, the first row of every word; warns of repeated words and of a wrong count."""
        n = len(self.words)
        if header is not None and self.limit is None:
            self._compare(header[0], n)
        self.values.resize((n, self.width), refcheck=False)
        first = dict(zip(reversed(self.words), range(n - 1, -1, -1)))
        if len(first) == n:
            return tuple(self.words), self.values
        warnings.warn(
            f"{self.path}: {n - len(first)} rows repeat an earlier word and are left out.", UserWarning, stacklevel=6
        )
        rows = np.array(sorted(first.values()), dtype=np.int64)
        return tuple(self.words[i] for i in rows), self.values[rows]

    def _compare(self, announced, found):
        if found < announced:
            raise FileFormatError(f"{self.path} announces {announced} rows, ends after {found}: truncated?")
        if found > announced:
            warnings.warn(f"{self.path} announces {announced} rows and has {found}; all are read.", stacklevel=7)


def _each(words):
    return [word.decode("utf-8") for word in words]


def read_text(path, opened, header, limit, errors, progress):
    """Return words and float32 vectors of a text file; header is (rows, width), or None where there is none."""
    with opened(path) as file, _bar(path, progress) as bar:
        line, rest = 1, b""
        if header is not None:
            file.readline()
            line, width = 2, header[1]
        else:
            rest, width = _first_width(file, path)
            if width is None:
                return (), np.zeros((0, 0), dtype=np.float32)
        rows = _Rows(path, width, header and header[0], limit, errors, "line")
        while not rows.full:
            block = file.read(_BLOCK)
            bar(file)
            data = rest + block
            cut = data.rfind(b"\n") + 1 if block else len(data)
            rest, used = data[cut:], _text_block(rows, data[:cut], line)
            line += used
            if not block:
                break
    return rows.finished(header)


def _first_width(file, path):
    """The bytes of the first two lines and the width of the first row, which the second must have."""
    first, second = file.readline(), file.readline()
    widths = [_width(line.rstrip(b"\n")) for line in (first, second)]
    if not first.strip():
        if second or first:
            raise FileFormatError(f"{path}, line 1: the first line is empty, a word and its numbers are expected.")
        return b"", None
    if widths[0] == 0:
        raise FileFormatError(f"{path}, line 1: found {_shown(first)}, a word and its numbers are expected.")
    if second.strip() and widths[1] < widths[0]:
        raise FileFormatError(
            f"{path}, line 2: the word {_word(second, widths[1])!r} has {widths[1]} numbers, line 1 has {widths[0]}."
        )
    return first + second, widths[0]


def _width(line):
    fields = fields_of(line)[1:]
    n = 0
    while n < len(fields) and is_number(fields[-1 - n]):
        n += 1
    return n


def _word(line, width):
    fields = fields_of(line.rstrip(b"\n"))
    return b" ".join(fields[: len(fields) - width]).decode("utf-8", "replace")


def _shown(line):
    text = line.decode("utf-8", "replace").rstrip("\n")
    return repr(text if len(text) <= 60 else text[:57] + "...")


def _text_block(rows, data, line):
    """Take the lines of data; return their number."""
    n_lines = data.count(b"\n") + 1
    text = np.frombuffer(data, dtype=np.uint8)
    done, start = 0, 0
    while start < text.shape[0] and not rows.full:
        values = rows.free(n_lines - done)
        spans = np.empty((values.shape[0], 2), dtype=np.int64)
        odd = np.empty((max(4 * rows.width, 4096), 4), dtype=np.int64)
        n, used, n_odd, state = parse_text_rows(text[start:], values, spans, odd)
        for row, column, left, right in odd[:n_odd].tolist():
            if row < n:
                place = f"{rows.path}, line {line + done + row}"
                values[row, column] = _odd_number(data[start + left : start + right], data[start:], spans[row], place)
        rows.add(data[start:] if start else data, spans[:n], line + done)
        done, start = done + n, start + used
        if state and not rows.full:
            if state == _EMPTY_LINE and not data[start:].strip(b" \t\r\n"):
                break
            _refuse_line(rows, data[start:].partition(b"\n")[0], line + done)
    return done


def _odd_number(field, data, span, place):
    if is_number(field):
        return float(field)
    word = data[span[0] : span[1]].decode("utf-8", "replace")
    raise FileFormatError(f"{place}: the vector of {word!r} holds {field.decode('utf-8', 'replace')!r}, no number.")


def _refuse_line(rows, data, line):
    place = f"{rows.path}, line {line}"
    if not data.strip():
        raise FileFormatError(f"{place}: an empty line, a word and {rows.width} numbers are expected.")
    found = len(fields_of(data)) - 1
    raise FileFormatError(f"{place}: the word {_word(data, found)!r} has {found} numbers, {rows.width} are expected.")


def read_binary(path, opened, header, limit, errors, progress):
    """Return words and float32 vectors of a word2vec binary file; header is (rows, width)."""
    width = header[1]
    with opened(path) as file, _bar(path, progress) as bar:
        file.readline()
        rows = _Rows(path, width, header[0], limit, errors, "record")
        rest = b""
        while not rows.full:
            block = file.read(max(_BLOCK, 8 * width))
            bar(file)
            if not block:
                break
            data = rest + block
            rest = data[_binary_block(rows, data) :]
    if rest.strip(b"\n") and not rows.full:
        word = rest.strip(b"\n").partition(b" ")[0][:60].decode("utf-8", "replace")
        raise FileFormatError(
            f"{path}, record {len(rows.words) + 1}: the vector of {word!r} ends early, {4 * width} bytes are expected "
            f"({path} announces {header[0]} rows): truncated?"
        )
    return rows.finished(header)


def _binary_block(rows, data):
    """Take the whole records of data; return the bytes used."""
    raw = np.frombuffer(data, dtype=np.uint8)
    values = rows.free(len(data) // (4 * rows.width + 1) + 1)
    spans = np.empty((values.shape[0], 2), dtype=np.int64)
    target = np.empty((values.shape[0], 4 * rows.width), dtype=np.uint8)
    n, used = parse_binary_rows(raw, target, spans)
    values[:n] = target[:n].view("<f4")
    rows.add(data, spans[:n], len(rows.words) + 1)
    return used


class _bar:
    """A progress bar over the bytes of the file; nothing is shown where progress is False."""

    def __init__(self, path, progress):
        self.path, self.progress, self.bar = path, progress, None

    def __enter__(self):
        if self.progress:
            from tqdm import tqdm

            self.bar = tqdm(total=os.path.getsize(self.path), unit="B", unit_scale=True)
        return self._to

    def _to(self, file):
        if self.bar is not None:
            raw = getattr(file, "fileobj", None) or file  # of a zipped file, the bytes read from the disk
            self.bar.update(raw.tell() - self.bar.n)

    def __exit__(self, *error):
        if self.bar is not None:
            self.bar.close()
