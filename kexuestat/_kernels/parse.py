"""Rows of integers and a weight out of the bytes of a text file.

A row is ``id id … [weight] [anything]``, separated by blanks, tabs, commas or semicolons. The parser stops at the
first line that it cannot read exactly and leaves it to the caller.
"""

import numpy as np

from kexuestat._kernels._jit import inline_kernel, kernel

_NEWLINE, _RETURN, _SPACE, _TAB, _COMMA, _SEMICOLON, _HASH, _PERCENT = 10, 13, 32, 9, 44, 59, 35, 37
_ZERO, _DOT, _PLUS, _MINUS, _UPPER_E, _LOWER_E = 48, 46, 43, 45, 69, 101
_EXACT = 22  # 10**22 is the largest power of ten that a float64 holds exactly
_POWERS = 10.0 ** np.arange(_EXACT + 1)


@inline_kernel
def _is_blank(c):
    return c in (_SPACE, _TAB, _RETURN)


@inline_kernel
def _is_end(c):
    return c <= _SPACE or c in (_COMMA, _SEMICOLON)


@inline_kernel
def _next_token(text, e, comma_allowed):
    """Return the position of the next token or newline: over blanks and, if allowed, one comma or semicolon."""
    while _is_blank(text[e]):
        e += 1
    if comma_allowed and text[e] in (_COMMA, _SEMICOLON):
        e += 1
        while _is_blank(text[e]):
            e += 1
    return e


@inline_kernel
def _line_end(text, e):
    while text[e] != _NEWLINE:
        e += 1
    return e


@kernel
def _decimal(text, e):
    """Return (value, end) of the number at e, end -1 if it is none or cannot be read exactly.

    At most 15 digits and a power of ten within 10**±22: then one rounding gives the nearest float64.
    """
    sign = 1.0
    if text[e] == _MINUS or text[e] == _PLUS:
        sign = -1.0 if text[e] == _MINUS else 1.0
        e += 1
    mantissa, digits, power, seen, dotted = 0, 0, 0, False, False
    while True:
        d = np.int64(text[e]) - _ZERO
        if 0 <= d <= 9:
            mantissa = mantissa * 10 + d
            digits += mantissa > 0
            power -= dotted
            seen = True
        elif text[e] == _DOT and not dotted:
            dotted = True
        else:
            break
        e += 1
        if digits > 15:
            return 0.0, -1
    if seen and (text[e] == _LOWER_E or text[e] == _UPPER_E):
        e += 1
        down = text[e] == _MINUS
        e += text[e] == _MINUS or text[e] == _PLUS
        exponent, seen = 0, False
        while 0 <= np.int64(text[e]) - _ZERO <= 9 and exponent < 1000:
            exponent = exponent * 10 + np.int64(text[e]) - _ZERO
            seen = True
            e += 1
        power += -exponent if down else exponent
    if not seen or not _is_end(text[e]) or abs(power) > _EXACT:
        return 0.0, -1
    value = mantissa * _POWERS[power] if power >= 0 else mantissa / _POWERS[-power]
    return sign * value, e


@kernel
def parse_rows(text, start, stop, ids, weights):
    """Parse the lines text[start:stop] into ids (int64, n_ids x capacity) and weights (float64, capacity).

    ``text`` is uint8 and text[stop - 1] a newline. Empty lines and lines that begin with ``#`` or ``%`` are skipped;
    a line without a weight weighs 1. Stops before the first line that is not n_ids non-negative integers of at most
    18 digits and perhaps a non-negative weight.

    Returns
    -------
    position, n_rows, n_lines, n_weighted : int64
        Where it stopped, rows written, lines passed, rows that gave a weight.
    """
    e, n_rows, n_lines, n_weighted = start, 0, 0, 0
    while e < stop:
        begin = e
        e = _next_token(text, e, False)
        if text[e] == _NEWLINE or text[begin] == _HASH or text[begin] == _PERCENT:
            e = _line_end(text, e) + 1
            n_lines += 1
            continue
        for k in range(ids.shape[0]):
            value, first = np.int64(0), e
            while 0 <= np.int64(text[e]) - _ZERO <= 9:
                value = value * 10 + (np.int64(text[e]) - _ZERO)
                e += 1
            if e == first or e - first > 18 or not _is_end(text[e]):
                return begin, n_rows, n_lines, n_weighted
            ids[k, n_rows] = value
            e = _next_token(text, e, True)
        weight = 1.0
        if text[e] != _NEWLINE:
            weight, e = _decimal(text, e)
            if e < 0 or weight < 0.0:
                return begin, n_rows, n_lines, n_weighted
            n_weighted += 1
            e = _line_end(text, e)
        weights[n_rows] = weight
        n_rows += 1
        n_lines += 1
        e += 1
    return e, n_rows, n_lines, n_weighted
