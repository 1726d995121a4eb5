"""Kernels that read rows of word vectors from a block of bytes.

A decimal with at most 15 digits and a power of ten within 22 is exact: both numbers are float64 without rounding, so
one division or product rounds once (Clinger 1990, doi:10.1145/93548.93557). Any other field is left to the caller.
"""

import numpy as np

from kexuestat._kernels._jit import inline_kernel, kernel

_POWERS = 10.0 ** np.arange(23)
_SPACE, _TAB, _LF, _CR = 32, 9, 10, 13
_MAX_DIGITS = 15


@inline_kernel
def _is_blank(byte):
    return byte == _SPACE or byte == _TAB


@kernel
def _exponent(text, i, end):
    """Return the integer in text[i:end] and whether it is one of at most three digits."""
    negative = i < end and text[i] == 45
    if i < end and (text[i] == 45 or text[i] == 43):
        i += 1
    if i == end or end - i > 3:
        return 0, False
    value = 0
    while i < end:
        digit = np.int64(text[i]) - 48
        if digit < 0 or digit > 9:
            return 0, False
        value = 10 * value + digit
        i += 1
    return (-value if negative else value), True


@kernel
def parse_decimal(text, start, end):
    """Return the number in the bytes text[start:end] and whether it was read exactly.

    Parameters
    ----------
    text : ndarray of uint8
    start, end : int

    Returns
    -------
    (float64, bool)
        (0.0, False) for anything that is not a plain decimal of at most 15 digits and a power within 22.
    """
    i = start
    negative = i < end and text[i] == 45
    if i < end and (text[i] == 45 or text[i] == 43):
        i += 1
    mantissa, n_digits, power, after_point, seen = 0, 0, 0, False, False
    while i < end:
        byte = text[i]
        if byte >= 48 and byte <= 57:
            mantissa = 10 * mantissa + (np.int64(byte) - 48)
            n_digits += 1 if mantissa > 0 else 0
            power -= 1 if after_point else 0
            seen = True
            if n_digits > _MAX_DIGITS:
                return 0.0, False
        elif byte == 46 and not after_point:
            after_point = True
        elif (byte == 101 or byte == 69) and seen:
            extra, good = _exponent(text, i + 1, end)
            if not good:
                return 0.0, False
            power += extra
            break
        else:
            return 0.0, False
        i += 1
    if not seen or power < -22 or power > 22:
        return 0.0, False
    value = mantissa * _POWERS[power] if power >= 0 else mantissa / _POWERS[-power]
    return (-value if negative else value), True


@kernel
def parse_text_rows(text, values, words, odd):
    """Fill values, words and odd from the lines of text; return (rows, bytes used, odd fields, state).

    A row is a word and then the last d fields of a line; blanks and a carriage return at the end are no field. It
    stops at the end of the text, when values are full, when odd is full, or at a line that is no row (state 1: it is
    empty, 2: too few fields); the bytes used end before that line.

    Parameters
    ----------
    text : ndarray of uint8
        Whole lines; the last may lack its line feed.
    values : ndarray of float32, shape (capacity, d)
    words : ndarray of int64, shape (capacity, 2)
        Start and end of each word in text.
    odd : ndarray of int64, shape (n, 4)
        Row, column, start and end of each field that parse_decimal leaves to the caller.
    """
    n, width = text.shape[0], values.shape[1]
    start, row, n_odd = 0, 0, 0
    while start < n and row < values.shape[0] and n_odd + width <= odd.shape[0]:
        end = start
        while end < n and text[end] != _LF:
            end += 1
        after = end + 1
        if end > start and text[end - 1] == _CR:
            end -= 1
        while end > start and _is_blank(text[end - 1]):
            end -= 1
        if end == start:
            return row, start, n_odd, 1
        for column in range(width - 1, -1, -1):
            left = end - 1
            while left >= start and not _is_blank(text[left]):
                left -= 1
            if left < start:
                return row, start, n_odd, 2
            value, good = parse_decimal(text, left + 1, end)
            values[row, column] = value
            if not good:
                odd[n_odd, 0], odd[n_odd, 1], odd[n_odd, 2], odd[n_odd, 3] = row, column, left + 1, end
                n_odd += 1
            end = left
        words[row, 0], words[row, 1] = start, end
        row += 1
        start = min(after, n)
    return row, start, n_odd, 0


@kernel
def parse_binary_rows(data, values, words):
    """Fill values and words from word2vec's binary rows; return (rows, bytes used).

    A row is an optional line feed, a word, one blank, and d float32 numbers, whose bytes are copied as they are. It
    stops at the end of the last whole row or when values are full.

    Parameters
    ----------
    data : ndarray of uint8
    values : ndarray of uint8, shape (capacity, 4 d)
    words : ndarray of int64, shape (capacity, 2)
        Start and end of each word in data.
    """
    n, width = data.shape[0], values.shape[1]
    start, row = 0, 0
    while row < values.shape[0]:
        left = start
        if left < n and data[left] == _LF:
            left += 1
        end = left
        while end < n and data[end] != _SPACE:
            end += 1
        if end + 1 + width > n:
            break
        for column in range(width):
            values[row, column] = data[end + 1 + column]
        words[row, 0], words[row, 1] = left, end
        row += 1
        start = end + 1 + width
    return row, start
