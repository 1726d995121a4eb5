"""The six rules of BERT's tokenization as passes over strings, without offsets or memory of words."""

import unicodedata

_CHINESE = (
    (0x4E00, 0x9FFF),
    (0x3400, 0x4DBF),
    (0x20000, 0x2A6DF),
    (0x2A700, 0x2B73F),
    (0x2B740, 0x2B81F),
    (0x2B820, 0x2CEAF),
    (0xF900, 0xFAFF),
    (0x2F800, 0x2FA1F),
)


def is_chinese(char):
    return any(low <= ord(char) <= high for low, high in _CHINESE)


def is_punctuation(char):
    code = ord(char)
    ascii_symbol = 33 <= code <= 47 or 58 <= code <= 64 or 91 <= code <= 96 or 123 <= code <= 126
    return ascii_symbol or unicodedata.category(char).startswith("P")


def clean(text):
    out = ""
    for char in text:
        kind = unicodedata.category(char)
        if char in "\t\n\r" or kind == "Zs":
            out += " "
        elif ord(char) not in (0, 0xFFFD) and kind not in ("Cc", "Cf"):
            out += char
    return out


def space_chinese(text):
    return "".join(f" {char} " if is_chinese(char) else char for char in text)


def strip_accents(token):
    return "".join(c for c in unicodedata.normalize("NFD", token) if unicodedata.category(c) != "Mn")


def split_punctuation(token):
    return "".join(f" {char} " if is_punctuation(char) else char for char in token).split()


def words(text, lower_case):
    found = []
    for token in space_chinese(clean(text)).split():
        if lower_case:
            token = strip_accents(token.lower())
        found += split_punctuation(token)
    return found


def pieces_of_word(word, vocabulary, max_chars=200):
    if len(word) > max_chars:
        return ["[UNK]"]
    pieces, rest = [], word
    while rest:
        for length in range(len(rest), 0, -1):
            piece = ("##" if pieces else "") + rest[:length]
            if piece in vocabulary:
                pieces.append(piece)
                rest = rest[length:]
                break
        else:
            return ["[UNK]"]
    return pieces


def tokenize(text, vocabulary, lower_case, max_chars=200):
    return [piece for word in words(text, lower_case) for piece in pieces_of_word(word, vocabulary, max_chars)]
