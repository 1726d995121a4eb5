"""Rows of two names and a weight out of the bytes of a text file; names become numbers in order of appearance.

The names lie one behind the other in ``pool``, name k in ``pool[ends[k] : ends[k + 1]]``. ``slots`` is a hash table of
open addresses that holds k or -1; its length is a power of two, at least twice the number of names.
"""

import numpy as np

from kexuestat._kernels._jit import kernel
from kexuestat._kernels.parse import _HASH, _NEWLINE, _PERCENT, _decimal, _is_blank, _line_end

_QUOTE = 34
_FACTOR, _MASK = 1315423, (1 << 40) - 1  # their product stays below 2**63, so nothing wraps round when the JIT is off


@kernel
def _slot_of(text, start, stop, pool, ends, slots):
    """Return the slot of the name text[start:stop]: where it lies, or the empty one where it belongs."""
    h = np.int64(0)
    for e in range(start, stop):
        h = ((h ^ np.int64(text[e])) * _FACTOR) & _MASK
    slot = (h ^ (h >> 20)) & (slots.shape[0] - 1)
    while slots[slot] >= 0:
        k = slots[slot]
        length = stop - start
        same = ends[k + 1] - ends[k] == length
        e = 0
        while same and e < length:
            same = pool[ends[k] + e] == text[start + e]
            e += 1
        if same:
            return slot
        slot = (slot + 1) & (slots.shape[0] - 1)
    return slot


@kernel
def number_of_name(text, start, stop, pool, ends, slots, n_names):
    """Return the number (int64) of the name text[start:stop]; a new one, n_names, is added to pool, ends and slots."""
    slot = _slot_of(text, start, stop, pool, ends, slots)
    if slots[slot] >= 0:
        return np.int64(slots[slot])
    at = ends[n_names]
    for e in range(start, stop):
        pool[at + e - start] = text[e]
    ends[n_names + 1] = at + stop - start
    slots[slot] = n_names
    return np.int64(n_names)


@kernel
def fill_slots(pool, ends, n_names, slots):
    """Put names 0 … n_names - 1 into empty slots (in place)."""
    for k in range(n_names):
        slots[_slot_of(pool, ends[k], ends[k + 1], pool, ends, slots)] = k


@kernel
def _field(text, e, delimiter):
    """Return start, stop and end of the field at e (delimiter 0: white space); start -1: a quote or an empty field."""
    while _is_blank(text[e]) and text[e] != delimiter:
        e += 1
    start, stop = e, e
    while text[e] != _NEWLINE and text[e] != delimiter and not (delimiter == 0 and _is_blank(text[e])):
        if text[e] == _QUOTE:
            return -1, -1, e
        e += 1
        if not _is_blank(text[e - 1]):
            stop = e
    return (start if stop > start else -1), stop, e


@kernel
def parse_names(text, start, stop, delimiter, weighted, rows, weights, pool, ends, slots, n_names):
    """Parse the lines text[start:stop] into rows (int64, 2 x capacity) of name numbers and weights (float64).

    ``text`` is uint8 and text[stop - 1] a newline; ``delimiter`` a byte, 0 for white space. Empty lines and lines that
    begin with ``#`` or ``%`` are skipped. Stops before a line with a quote, an empty name, a weight that is no plain
    number, or when the names might outgrow the table.

    Returns
    -------
    position, n_rows, n_lines, n_weighted, n_names : int64
    """
    e, n_rows, n_lines, n_weighted = start, 0, 0, 0
    room = min(slots.shape[0] // 2, ends.shape[0] - 1)
    while e < stop and n_names + 2 <= room:
        begin = e
        first, first_stop, e = _field(text, e, delimiter)
        if text[begin] == _HASH or text[begin] == _PERCENT or (first < 0 and text[e] == _NEWLINE):
            e = _line_end(text, e) + 1
            n_lines += 1
            continue
        if first < 0 or text[e] == _NEWLINE:
            return begin, n_rows, n_lines, n_weighted, n_names
        second, second_stop, e = _field(text, e + 1, delimiter)
        if second < 0:
            return begin, n_rows, n_lines, n_weighted, n_names
        weight = 1.0
        while weighted and (_is_blank(text[e]) or text[e] == delimiter):
            e += 1
        if weighted and text[e] != _NEWLINE:
            weight, e = _decimal(text, e)
            if e < 0 or weight < 0.0:
                return begin, n_rows, n_lines, n_weighted, n_names
            n_weighted += 1
        rows[0, n_rows] = number_of_name(text, first, first_stop, pool, ends, slots, n_names)
        n_names = max(n_names, rows[0, n_rows] + 1)
        rows[1, n_rows] = number_of_name(text, second, second_stop, pool, ends, slots, n_names)
        n_names = max(n_names, rows[1, n_rows] + 1)
        weights[n_rows] = weight
        n_rows += 1
        n_lines += 1
        e = _line_end(text, e) + 1
    return e, n_rows, n_lines, n_weighted, n_names
