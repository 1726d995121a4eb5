"""Which characters are Chinese: the ranges of the original BERT tokenizer; kana and Hangul are ordinary letters."""

_CHINESE_RANGES = (
    (0x4E00, 0x9FFF),
    (0x3400, 0x4DBF),
    (0x20000, 0x2A6DF),
    (0x2A700, 0x2B73F),
    (0x2B740, 0x2B81F),
    (0x2B820, 0x2CEAF),
    (0xF900, 0xFAFF),
    (0x2F800, 0x2FA1F),
)


def is_chinese(code):
    """Return whether the code point is a Chinese character."""
    return any(low <= code <= high for low, high in _CHINESE_RANGES)
