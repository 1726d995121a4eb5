"""Link lists: .txt .edges .csv .tsv and what SNAP and KONECT hand out."""

import logging
from typing import NamedTuple

import numpy as np

from kexuestat.exceptions import InvalidInputError
from kexuestat.graph.csr import CSRGraph
from kexuestat.graph.io.names import NameRows, split_line
from kexuestat.graph.io.rows import COMMENTS, NotIntegers, Rows
from kexuestat.graph.io.source import BLOCK, BOM, decode, label_of, open_bytes

log = logging.getLogger(__name__)

_PAIRS = (("source", "target"), ("from", "to"), ("src", "dst"), ("fromnodeid", "tonodeid"), ("node1", "node2"))
_PAIRS += (("id1", "id2"), ("start", "end"), ("u", "v"), ("head", "tail"), ("i", "j"), ("x", "y"))
_RULE = "a line must be: source target [weight]"


class Layout(NamedTuple):
    """How the columns of a link list lie.

    Attributes
    ----------
    delimiter : str or None
        None: any white space.
    header_lines : int
        Lines before the first link, comments counted.
    columns : tuple of int
        Columns of source, target and weight (-1: none).
    directed : bool or None
        What the comments say.
    """

    delimiter: str | None
    header_lines: int
    columns: tuple
    directed: bool | None


def read_edge_list(source, directed=None, weight="weight", threshold=0.0):
    """Return the CSRGraph of a link list, plain or gzip, with integer ids or names.

    Comments begin with ``#`` or ``%``; columns are separated by commas, tabs, semicolons or blanks; a header row is
    detected and its column ``weight`` (or the third one, without a header) holds the weights.
    """
    name = label_of(source)
    with open_bytes(source) as stream:
        head = _head(stream)
        layout = _layout(head, weight, name)
        body = _after_header(head, layout.header_lines)
        directed = bool(layout.directed) if directed is None else directed
        if layout.columns[:2] == (0, 1) and layout.columns[2] in (-1, 2):
            kept = _Kept(body, stream)
            try:
                return _integers(kept, layout, directed, name, threshold)
            except NotIntegers:
                body = kept.all_read()
        return _names(_Kept(body, stream), layout, directed, name, threshold)


def _head(stream):
    head = stream.read(BLOCK).removeprefix(BOM)
    return head if head.endswith(b"\n") else head + stream.readline()


def _after_header(head, n_lines):
    position = 0
    for _ in range(n_lines):
        position = head.index(b"\n", position) + 1 if b"\n" in head[position:] else len(head)
    return head[position:]


class _Kept:
    """A seekable stream that begins with bytes already read from it, and can be set back behind them."""

    def __init__(self, head, stream):
        self._head, self._stream, self._start, self._fresh = head, stream, stream.tell(), True

    def read(self, size):
        if self._fresh and self._head:
            self._fresh = False
            return self._head
        return self._stream.read(size)

    def all_read(self):
        """Set the stream back and return the bytes before it."""
        self._stream.seek(self._start)
        return self._head


def _integers(body, layout, directed, name, threshold):
    lenient, has_weights = layout.delimiter is None, layout.columns[2] >= 0
    rows = Rows(2, name, _RULE, lenient, names_allowed=True, has_weights=has_weights)
    rows.line = layout.header_lines
    rows.add_stream(body)
    if not rows.count:
        raise InvalidInputError(f"{name or 'input'}: graph has no nodes.")
    return CSRGraph.from_edges(*rows.columns, rows.weights, directed=directed, weight_threshold=threshold)


def _names(body, layout, directed, name, threshold):
    rows = NameRows(layout.columns, layout.delimiter, name, _RULE)
    rows.line = layout.header_lines
    rows.add_stream(body)
    if not rows.count:
        raise InvalidInputError(f"{name or 'input'}: graph has no nodes.")
    options = {"directed": directed, "weight_threshold": threshold}
    nodes = rows.nodes()
    if isinstance(nodes[0], int):
        source, target = (np.array(nodes)[column] for column in rows.columns)
        return CSRGraph.from_edges(source, target, rows.weights, **options)
    return CSRGraph.from_edges(*rows.columns, rows.weights, n_nodes=len(nodes), nodes=nodes, **options)


# ------------------------------------------------------------------------------------------------------- layout


def _layout(head, weight, name):
    lines = decode(_first_lines(head), name).splitlines()
    said = _direction([line for line in lines[:50] if line.startswith(COMMENTS)])
    data = [k for k, line in enumerate(lines) if line.strip() and not line.startswith(COMMENTS)]
    if not data:
        return Layout(None, 0, (0, 1, 2), said)
    first = lines[data[0]]
    delimiter = next((c for c in "\t,;" if c in first), None)
    words = [split_line(lines[k], delimiter) for k in data[:2]]
    named = _named_columns(words[0], weight)
    third = 2 if weight is not None else -1
    if named is not None:
        return Layout(delimiter, data[0] + 1, named, said)
    if len(words) == 2 and _is_header(*words):
        return Layout(delimiter, data[0] + 1, (0, 1, third), said)
    return Layout(delimiter, 0, (0, 1, third), said)


def _first_lines(head):
    """The first lines, with at least two that are no comments if there are such."""
    size = 1 << 12
    while True:
        cut = head[:size].rpartition(b"\n")[0] or head[:size]
        n_data = sum(1 for line in cut.split(b"\n") if line.strip() and line[:1] not in (b"#", b"%"))
        if n_data >= 2 or size >= len(head):
            return cut
        size *= 4


def _named_columns(words, weight):
    """Columns by their names, None if this is no such header."""
    low = [word.lower().strip('"') for word in words]
    for pair in _PAIRS:
        if set(pair) <= set(low):
            source, target = (low.index(end) for end in pair)
            wanted = None if weight is None else str(weight).lower()
            found = low.index(wanted) if wanted in low else -1
            extra = set(range(len(low))) - {source, target, found}
            if extra:
                log.info("columns left out: %s", ", ".join(words[k] for k in sorted(extra)))
            return source, target, found
    return None


def _is_header(first, second):
    """A first row without any number above a row with one is a header."""
    return not any(map(_is_number, first)) and any(map(_is_number, second[:3]))


def _is_number(word):
    try:
        float(word)
    except ValueError:
        return False
    return True


def _direction(comments):
    for line in comments:
        words = line.lstrip("#% ").lower().split()
        if words and words[0].rstrip(":") in ("asym", "directed"):
            return True
        if words and words[0].rstrip(":") in ("sym", "undirected", "bip"):
            return False
    return None
