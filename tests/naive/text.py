"""Slow references of the text part: counts by dictionaries, numbers by Python, tokens character by character."""

import math
import re
import unicodedata

import numpy as np


def word_places(tokens, n_words):
    places = [[i for i, token in enumerate(tokens) if token == w] for w in range(n_words)]
    return [0, *np.cumsum([len(p) for p in places]).tolist()], [i for p in places for i in p]


def weight_shares(weights):
    total = math.fsum(weights)
    return [w / total for w in weights], min(weights), total


def greedy_costs(cost, a, documents, b):
    """Per text (its columns, their weights): mean cost to the nearest from the row side and from the column side."""
    out = []
    for columns, weights in zip(documents, b):
        if not columns or not len(a):
            out.append((math.nan, math.nan))
            continue
        forth = math.fsum(a[i] * min(cost[i][j] for j in columns) for i in range(len(a)))
        back = math.fsum(w * min(cost[i][j] for i in range(len(a))) for j, w in zip(columns, weights))
        out.append((forth, back))
    return np.array(out).reshape(-1, 2)


def bert_score(candidate, reference, a, b):
    """Precision, recall and F1 of BERTScore (arXiv:1904.09675, section 3), weights as its idf."""

    def cosine(x, y):
        return math.fsum(p * q for p, q in zip(x, y)) / (math.hypot(*x) * math.hypot(*y))

    precision = math.fsum(w * max(cosine(x, y) for y in reference) for x, w in zip(candidate, a)) / math.fsum(a)
    recall = math.fsum(w * max(cosine(x, y) for x in candidate) for y, w in zip(reference, b)) / math.fsum(b)
    return precision, recall, 2 * precision * recall / (precision + recall)


def whitened(rows, k):
    """The code of kexue.fm/archives/8069: (x - mu) U diag(1 / sqrt(L)), first k columns, U L U' the covariance."""
    rows = np.asarray(rows, dtype=np.float64)
    mean = rows.mean(axis=0)
    u, s, _ = np.linalg.svd((rows - mean).T @ (rows - mean) / len(rows))
    return (rows - mean) @ (u @ np.diag(1 / np.sqrt(np.where(s > 0, s, 1))))[:, :k]


def token_documents(indptr):
    return [d for d in range(len(indptr) - 1) for _ in range(indptr[d], indptr[d + 1])]


def neighbor_counts(documents, n_words, window):
    """Dense table: positions of one document at distance o <= window add window - o + 1 both ways."""
    table = np.zeros((n_words, n_words), dtype=np.int64)
    for document in documents:
        for i, word in enumerate(document):
            for j, other in enumerate(document):
                if i != j and abs(i - j) <= window:
                    table[word, other] += window - abs(i - j) + 1
    return table


def shifted_positive_pmi(counts, word_counts, subsample, smoothing, shift):
    """The formulas of the module, entry by entry."""
    n = len(word_counts)
    total = sum(word_counts)
    keep = [1.0 if subsample is None else min(1.0, math.sqrt(subsample * total / c)) for c in word_counts]
    weighted = [[counts[w][c] * keep[w] * keep[c] for c in range(n)] for w in range(n)]
    mass = math.fsum(math.fsum(row) for row in weighted)
    row = [math.fsum(r) for r in weighted]
    column = [math.fsum(weighted[w][c] for w in range(n)) ** smoothing if row[c] else 0.0 for c in range(n)]
    all_columns = math.fsum(column)
    table = np.zeros((n, n))
    for w in range(n):
        for c in range(n):
            if weighted[w][c] > 0:
                ratio = weighted[w][c] / mass / (row[w] / mass * column[c] / all_columns)
                table[w, c] = max(0.0, math.log(ratio) - shift)
    return table


def information(indptr, indices, counts, row_share, column_share, total, shift):
    values = []
    for w in range(len(indptr) - 1):
        for e in range(indptr[w], indptr[w + 1]):
            values.append(math.log(counts[e] / total / (row_share[w] * column_share[indices[e]])) - shift)
    return np.array(values)


def decimal(text):
    """float() of a plain decimal of at most 15 significant digits and a power of ten within 22, else (0, False)."""
    body = text[1:] if text[:1] in "+-" else text
    mantissa, mark, exponent = body.replace("E", "e").partition("e")
    sign = exponent[:1] if exponent[:1] in ("+", "-") else ""
    exponent = exponent[len(sign) :]
    whole, _, part = mantissa.partition(".")
    digits = whole + part
    if not digits or not all(c in "0123456789" for c in digits + exponent) or mantissa.count(".") > 1:
        return 0.0, False
    if mark and not 1 <= len(exponent) <= 3:
        return 0.0, False
    power = int(sign + (exponent or "0")) - len(part)
    if len(digits.lstrip("0")) > 15 or abs(power) > 22:
        return 0.0, False
    return float(text), True


def text_rows(data, width):
    """Words and plain decimals of whole lines (0 for other numbers); a line that is no row ends the list."""
    rows = []
    for line in data.split(b"\n"):
        if line.endswith(b"\r"):
            line = line[:-1]
        line = line.rstrip(b" \t")
        fields = re.split(rb"[ \t]", line)
        if len(fields) <= width:
            break
        numbers = fields[-width:]
        word = line[: len(line) - sum(len(number) + 1 for number in numbers)]
        rows.append((word, [decimal(number.decode())[0] for number in numbers]))
    return rows


def binary_rows(words, vectors):
    """Bytes of word2vec's binary rows."""
    return b"".join(w + b" " + np.asarray(v, dtype="<f4").tobytes() + b"\n" for w, v in zip(words, vectors))


CHINESE = (
    (0x4E00, 0x9FFF),
    (0x3400, 0x4DBF),
    (0x20000, 0x2A6DF),
    (0x2A700, 0x2B73F),
    (0x2B740, 0x2B81F),
    (0x2B820, 0x2CEAF),
    (0xF900, 0xFAFF),
    (0x2F800, 0x2FA1F),
)


def text_tokens(text):
    """Spans of the tokens, decided character by character."""

    def chinese(c):
        return any(low <= ord(c) <= high for low, high in CHINESE)

    def kind(c):
        return "" if chinese(c) else unicodedata.category(c)[0]

    def letter_before(i):
        while i >= 0 and kind(text[i]) == "M":
            i -= 1
        return i >= 0 and kind(text[i]) == "L"

    def inside(i):
        if text[i] in "'\u2019":
            return i > 0 and letter_before(i - 1) and i + 1 < len(text) and kind(text[i + 1]) == "L"
        return kind(text[i]) in ("L", "M", "N")

    spans, start = [], None
    for i in range(len(text)):
        if chinese(text[i]):
            if start is not None:
                spans.append((start, i))
            spans.append((i, i + 1))
            start = None
        elif inside(i):
            start = i if start is None else start
        elif start is not None:
            spans.append((start, i))
            start = None
    if start is not None:
        spans.append((start, len(text)))
    return spans
