"""Tokens of mixed text by Unicode categories; Chinese by character, or by word through jieba when asked.

A text is first mapped, character by character, to a string of classes of the same length: C Chinese, L letter,
M combining mark, N number, A apostrophe, a blank otherwise. One regular expression over the classes finds the
tokens, so that their offsets are those of the text as given. ``\\w`` of ``re`` would not do: it splits decomposed
accents.
"""

import logging
import os
import re
import tempfile
import unicodedata
from typing import NamedTuple

import numpy as np

from kexuestat.exceptions import InvalidInputError, MissingDependencyError
from kexuestat.text.characters import is_chinese
from kexuestat.validation.options import check_boolean, check_option
from kexuestat.validation.text import check_token_list, refuse_element

_APOSTROPHES = "'\N{RIGHT SINGLE QUOTATION MARK}"
_WORD = r"(?:[NM]|LM*(?:A(?=L))?)+"
_PATTERNS = {"character": re.compile(f"C|{_WORD}"), "jieba": re.compile(f"C+|{_WORD}")}


class _CharacterClasses(dict):
    """Class of each code point, decided on first sight."""

    def __missing__(self, code):
        character = chr(code)
        category = unicodedata.category(character)[0]
        if is_chinese(code):
            kind = "C"
        elif character in _APOSTROPHES:
            kind = "A"
        else:
            kind = category if category in "LMN" else " "
        self[code] = kind
        return kind


_CLASSES = _CharacterClasses()


class Tokens(NamedTuple):
    """Tokens of one text.

    Attributes
    ----------
    tokens : tuple of str
    offsets : ndarray of int64, shape (n_tokens, 2)
        Start and end of each token in the text as given.
    """

    tokens: tuple
    offsets: np.ndarray


class TextTokenizer:
    """Return the tokens of a text: words of letters, digits and marks, and single Chinese characters.

    A token is a maximal run of letters, digits and combining marks (Unicode categories L, N, M); an apostrophe
    between two letters belongs to it (``isn't`` is one token, ``re-use`` two). A Chinese character is a token by
    itself. Everything else separates. The token is the lower-cased slice in Unicode normal form C.

    Parameters
    ----------
    lower_case : bool, default True
    chinese : {"character", "jieba"}, default "character"
        "jieba" cuts runs of Chinese characters into words (extra ``kexuestat[zh]``).
    stop_words : collection of str, default ()
        Left out; compared after lower-casing. No list is built in.

    Raises
    ------
    InvalidInputError
        If an option is unknown or stop_words is one str.
    MissingDependencyError
        On use, if ``chinese="jieba"`` and jieba is not installed.

    Examples
    --------
    >>> from kexuestat.text import TextTokenizer
    >>> TextTokenizer()("It isn't 语言模型.")
    ['it', "isn't", '语', '言', '模', '型']
    >>> TextTokenizer(stop_words=["it"]).encode("It works").offsets.tolist()
    [[3, 8]]
    """

    def __init__(self, *, lower_case=True, chinese="character", stop_words=()):
        self.lower_case = check_boolean(lower_case, "lower_case")
        self.chinese = check_option(chinese, "chinese", _PATTERNS)
        if isinstance(stop_words, str):
            raise InvalidInputError(f"stop_words must be a collection of str, got one str; pass [{stop_words!r}].")
        self.stop_words = tuple(stop_words)
        self._prepare()

    def _prepare(self):
        words = check_token_list(self.stop_words, "stop_words")
        self._stop = frozenset(unicodedata.normalize("NFC", word.lower()) for word in words)
        self._jieba = None

    def __repr__(self):
        return (
            f"TextTokenizer(lower_case={self.lower_case}, chinese={self.chinese!r}, "
            f"stop_words={self.stop_words if len(self.stop_words) < 6 else f'<{len(self.stop_words)} words>'})"
        )

    def __eq__(self, other):
        return isinstance(other, TextTokenizer) and self.__getstate__() == other.__getstate__()

    __hash__ = None

    def __getstate__(self):
        return {"lower_case": self.lower_case, "chinese": self.chinese, "stop_words": self.stop_words}

    def __setstate__(self, state):
        self.__dict__.update(state)
        self._prepare()

    def __call__(self, text):
        """Return the list of tokens of one text."""
        return [token for token, _, _ in self._pieces(text)]

    def encode(self, text):
        """Return the tokens and their offsets in the text as given.

        Parameters
        ----------
        text : str

        Returns
        -------
        Tokens
        """
        pieces = list(self._pieces(text))
        offsets = np.array([(start, end) for _, start, end in pieces], dtype=np.int64).reshape(-1, 2)
        return Tokens(tuple(token for token, _, _ in pieces), offsets)

    def _pieces(self, text):
        if not isinstance(text, str):
            refuse_element("text", text)
        for start, end in self._spans(text):
            token = text[start:end]
            if self.lower_case:
                token = token.lower()
            if not token.isascii():
                token = unicodedata.normalize("NFC", token)
            if not self._stop or (token if self.lower_case else token.lower()) not in self._stop:
                yield token, start, end

    def _spans(self, text):
        spans = (match.span() for match in _PATTERNS[self.chinese].finditer(text.translate(_CLASSES)))
        if self.chinese == "character":
            return spans
        return self._chinese_spans(text, spans)

    def _chinese_spans(self, text, spans):
        if self._jieba is None:
            self._jieba = _jieba_tokenizer()
        for start, end in spans:
            if not is_chinese(ord(text[start])):
                yield start, end
                continue
            for word, left, right in self._jieba.tokenize(text[start:end]):
                if any(unicodedata.category(c)[0] in "LN" for c in word):
                    yield start + left, start + right


def _jieba_tokenizer():
    """An own jieba tokenizer: quiet, and with its cache in a private folder, because that cache is unmarshalled."""
    try:
        import jieba
    except ImportError:
        raise MissingDependencyError(
            'chinese="jieba" needs jieba; install it with: pip install "kexuestat[zh]".'
        ) from None
    jieba.setLogLevel(logging.WARNING)
    tokenizer = jieba.Tokenizer()
    tokenizer.tmp_dir = _private_folder()
    return tokenizer


def _private_folder():
    base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    folder = os.path.join(base, "kexuestat", "jieba")
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)
    except OSError:
        folder = tempfile.mkdtemp(prefix="kexuestat-jieba-")
    return folder


def as_tokenizer(tokenizer):
    """Return the callable str -> list of str for a tokenizer option: "default" or any such callable."""
    if isinstance(tokenizer, str) and tokenizer == "default":
        return TextTokenizer()
    if callable(tokenizer):
        return tokenizer
    raise InvalidInputError(f'tokenizer must be "default" or a callable str -> list of str, got {tokenizer!r}.')
