"""WordPiece tokenization by the rules BERT was trained with, with the place of every piece in the text as given.

The rules of the original code, in order: (1) drop U+0000, U+FFFD and the categories Cc and Cf except tab, newline and
carriage return; these three and category Zs become a space; (2) a space on both sides of every Chinese character;
(3) split at whitespace; (4) if lower-casing: lower, NFD, drop category Mn, in this order and token by token, because
final sigma looks at its neighbours inside the token and NFD can create punctuation (U+2260 becomes ``=``); (5) every
punctuation character is a word of its own; (6) greedy longest match within the vocabulary.

Each text is first translated character by character without changing its length (dropped characters become U+0000,
whitespace becomes a space), so the places of words stay those of the text. Words recur: what rules 4 to 6 make of one
is remembered, which is most of the speed.
"""

import os
import re
from pathlib import Path
from typing import NamedTuple
from unicodedata import category, combining, normalize

import numpy as np

from kexuestat.exceptions import FileFormatError, InvalidInputError
from kexuestat.validation.options import check_boolean, check_integer

_CHINESE = (
    "\u4e00-\u9fff\u3400-\u4dbf\U00020000-\U0002a6df\U0002a700-\U0002b73f"
    "\U0002b740-\U0002b81f\U0002b820-\U0002ceaf\uf900-\ufaff\U0002f800-\U0002fa1f"
)
_RUN = re.compile(f"[{_CHINESE}]|[^ {_CHINESE}]+")
_ASCII_WORD = re.compile("[0-9A-Za-z]+|[^0-9A-Za-z]")
_DROPPED = "\0"
_REMEMBERED = 100_000  # words; at about 0.5 kB each
_NEEDED = ("[UNK]", "[CLS]", "[SEP]")


class WordPieces(NamedTuple):
    """Pieces of one text: strings, vocabulary ids, the word each belongs to, and its (start, end) in the text."""

    tokens: tuple
    ids: np.ndarray
    words: np.ndarray
    offsets: np.ndarray


class _Cleaned(dict):
    """Character code -> code after rule 1, the length kept; filled as characters are met."""

    def __missing__(self, code):
        char = chr(code)
        if char in "\t\n\r" or (char.isspace() and category(char) != "Cc"):
            clean = " "
        elif code == 0xFFFD or category(char) in ("Cc", "Cf"):
            clean = _DROPPED
        else:
            clean = char
        self[code] = clean
        return clean


_CLEANED = _Cleaned()


def is_punctuation(char):
    """Return whether a character is a word of its own: ASCII symbols and every category P*.

    Examples
    --------
    >>> is_punctuation("$"), is_punctuation("，"), is_punctuation("€")
    (True, True, False)
    """
    code = ord(char)
    if code < 128:
        return 33 <= code <= 47 or 58 <= code <= 64 or 91 <= code <= 96 or 123 <= code <= 126
    return category(char)[0] == "P"


def folded_word(word):
    """Return a word lower-cased and without accents, as an uncased model sees it.

    Examples
    --------
    >>> folded_word("Été")
    'ete'
    """
    return "".join(_folded(list(word), range(len(word)), range(len(word)))[0])


def read_vocabulary(path):
    r"""Return the entries of a ``vocab.txt`` as a tuple of str, one per line; the line number is the id.

    Lines end at ``\n`` only: U+0085, U+2028 and U+3000 are entries of real vocabularies.

    Raises
    ------
    FileFormatError
        If the file is not UTF-8; names the line.
    """
    lines = Path(path).read_bytes().split(b"\n")
    if not lines[-1]:
        lines.pop()
    entries = []
    for number, line in enumerate(lines, 1):
        try:
            entries.append(line.decode("utf-8").strip())
        except UnicodeDecodeError as error:
            raise FileFormatError(f"{path}, line {number}: not UTF-8 ({error.reason}), got {line[:40]!r}.") from None
    return tuple(entries)


class WordPieceTokenizer:
    """Pieces of a BERT vocabulary for any text, exactly as the original code makes them.

    Calling it returns the pieces as a list of str; :meth:`encode` adds ids, words and offsets. Special tokens inside
    a text are plain text: nobody can inject ``[SEP]``.

    Parameters
    ----------
    vocab : path or sequence of str
        A ``vocab.txt`` or its entries; the position of an entry is its id, of equal entries the last one counts.
    lower_case : bool, default True
        Lower-case and strip accents, as uncased and Chinese models want it.
    max_chars : int, default 200
        A longer word is one ``[UNK]``.

    Attributes
    ----------
    tokens : tuple of str
        The vocabulary by id.
    unk_id, cls_id, sep_id, pad_id : int
        Ids of the special tokens; ``pad_id`` is 0 if the vocabulary has no ``[PAD]``.

    Raises
    ------
    InvalidInputError
        If the vocabulary lacks ``[UNK]``, ``[CLS]`` or ``[SEP]``, or holds something else than str.
    FileFormatError
        If the file is not UTF-8.

    References
    ----------
    Devlin, Chang, Lee, Toutanova: BERT (NAACL 2019), https://doi.org/10.18653/v1/N19-1423

    Examples
    --------
    >>> tokenizer = WordPieceTokenizer(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "rot", "##ator", "语", "!"])
    >>> tokenizer("Rotator 语言!")
    ['rot', '##ator', '语', '[UNK]', '!']
    >>> tokenizer.encode("Rotator 语言!").offsets.tolist()
    [[0, 3], [3, 7], [8, 9], [9, 10], [10, 11]]
    """

    def __init__(self, vocab, *, lower_case=True, max_chars=200):
        self.tokens = _vocabulary(vocab)
        self.lower_case = check_boolean(lower_case, "lower_case")
        self.max_chars = check_integer(max_chars, "max_chars", low=1)
        self._ids = {token: i for i, token in enumerate(self.tokens)}
        missing = [token for token in _NEEDED if token not in self._ids]
        if missing:
            raise InvalidInputError(
                "vocab must hold [UNK], [CLS] and [SEP]; "
                f"{', '.join(missing)} not found among {len(self.tokens)} entries."
            )
        self.unk_id, self.cls_id, self.sep_id = (self._ids[token] for token in _NEEDED)
        self.pad_id = self._ids.get("[PAD]", 0)
        self._longest = max(map(len, self.tokens))
        self._known = {}

    def __call__(self, text):
        return self._lists(text)[0]

    def encode(self, text):
        """Return the :class:`WordPieces` of one text: ids and words int64 (n,), offsets int64 (n, 2)."""
        tokens, ids, words, starts, ends = self._lists(text)
        numbers = np.array(ids + words + starts + ends, dtype=np.int64).reshape(
            4, len(tokens)
        )  # one call: half the time
        return WordPieces(tuple(tokens), numbers[0], numbers[1], numbers[2:].T)

    def __getstate__(self):
        return self.__dict__ | {"_known": {}}

    def _lists(self, text):
        if not isinstance(text, str):
            raise TypeError(f"text must be a str, got {type(text).__name__}.")
        tokens, ids, words, starts, ends = [], [], [], [], []
        known, n_words = self._known, 0
        for raw, place in _runs(text.translate(_CLEANED)):
            pieces = known.get(raw) or self._remember(raw)
            own_tokens, own_ids, own_words, own_starts, own_ends, count = pieces
            tokens += own_tokens
            ids += own_ids
            if len(own_ids) == 1:
                words.append(n_words)
                starts.append(place + own_starts[0])
                ends.append(place + own_ends[0])
            else:
                words += [n_words + word for word in own_words]
                starts += [place + start for start in own_starts]
                ends += [place + end for end in own_ends]
            n_words += count
        return tokens, ids, words, starts, ends

    def _remember(self, raw):
        if len(self._known) >= _REMEMBERED:
            self._known.clear()
        pieces = self._known[raw] = self._pieces_of(raw)
        return pieces

    def _pieces_of(self, raw):
        """Rules 4 to 6 for one run between whitespace: tokens, ids, words, starts, ends, number of words."""
        if raw.isascii() and _DROPPED not in raw:  # every character keeps its place
            text = raw.lower() if self.lower_case else raw
            if text.isalnum():
                if text in self._ids and len(text) <= self.max_chars:  # most words; found without loops
                    return (text,), (self._ids[text],), (0,), (0,), (len(text),), 1
                return self._found(((text, 0),))
            return self._found([(match[0], match.start()) for match in _ASCII_WORD.finditer(text)])
        chars, starts, ends = _kept(raw)
        if self.lower_case:
            chars, starts, ends = _folded(chars, starts, ends)
        found = self._found([("".join(chars[low:high]), low) for low, high in _word_spans(chars)])
        tokens, ids, words, lows, highs, count = found
        first = tuple(min(starts[low:high]) for low, high in zip(lows, highs))
        last = tuple(max(ends[low:high]) for low, high in zip(lows, highs))
        return tokens, ids, words, first, last, count

    def _found(self, spans):
        """Rule 6 for words (word, start): tokens, ids, words, starts, ends, count of words; tuples: gc walks lists."""
        tokens, words, starts, ends = [], [], [], []
        for i, (word, low) in enumerate(spans):
            for token, begin, end in self._matched(word):
                tokens.append(token)
                words.append(i)
                starts.append(low + begin)
                ends.append(low + end)
        ids = tuple([self._ids[token] for token in tokens])
        return tuple(tokens), ids, tuple(words), tuple(starts), tuple(ends), len(spans)

    def _matched(self, word):
        """Rule 6: (token, start, end) of the greedy longest matches inside a word."""
        if len(word) > self.max_chars:
            return (("[UNK]", 0, len(word)),)
        if word in self._ids:
            return ((word, 0, len(word)),)
        pieces, start, prefix = [], 0, ""
        while start < len(word):
            end = min(len(word), start + self._longest)
            while end > start and prefix + word[start:end] not in self._ids:
                end -= 1
            if end == start:
                return (("[UNK]", 0, len(word)),)
            pieces.append((prefix + word[start:end], start, end))
            start, prefix = end, "##"
        return pieces


def _vocabulary(vocab):
    if isinstance(vocab, (str, os.PathLike)):
        return read_vocabulary(vocab)
    entries = tuple(vocab)
    for i, entry in enumerate(entries):
        if not isinstance(entry, str):
            raise InvalidInputError(f"vocab must be a path or a sequence of str, got vocab[{i}] = {entry!r}.")
    return entries


def _runs(clean):
    """Rules 2 and 3: (run, start) of the runs between spaces; a Chinese character is a run by itself."""
    if not clean.isascii():
        return [(match[0], match.start()) for match in _RUN.finditer(clean)]
    runs, place = [], 0
    for run in clean.split(" "):
        if run:
            runs.append((run, place))
        place += len(run) + 1
    return runs


def _kept(raw):
    """Characters of a run that rule 1 keeps, with the start and end of each."""
    places = [i for i, char in enumerate(raw) if char != _DROPPED]
    return [raw[i] for i in places], places, [i + 1 for i in places]


def _folded(chars, starts, ends):
    """Rule 4: lower, NFD, drop Mn; a dropped mark belongs to the character before it."""
    lowered = "".join(chars).lower()
    origin = [i for i, char in enumerate(chars) for _ in char.lower()]
    parts = [(part, i) for char, i in zip(lowered, origin) for part in normalize("NFD", char)]
    kept, kept_starts, kept_ends = [], [], []
    for char, i in _in_canonical_order(parts):
        if category(char) != "Mn":
            kept.append(char)
            kept_starts.append(starts[i])
            kept_ends.append(ends[i])
        elif kept:
            kept_ends[-1] = max(kept_ends[-1], ends[i])
    return kept, kept_starts, kept_ends


def _in_canonical_order(parts):
    """Sort each run of combining characters by its combining class, stable: the second half of NFD."""
    ordered, run = [], []
    for part in parts:
        if combining(part[0]):
            run.append(part)
        else:
            ordered += sorted(run, key=lambda marked: combining(marked[0])) + [part]
            run = []
    return ordered + sorted(run, key=lambda marked: combining(marked[0]))


def _word_spans(chars):
    """Rule 5: [start, end) of the words: single punctuation characters, and what lies between them and whitespace."""
    spans, inside = [], False
    for i, char in enumerate(chars):
        if char.isspace():
            inside = False
        elif is_punctuation(char):
            spans.append([i, i + 1])
            inside = False
        elif inside:
            spans[-1][1] = i + 1
        else:
            spans.append([i, i + 1])
            inside = True
    return spans
