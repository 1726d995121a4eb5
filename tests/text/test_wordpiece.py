"""WordPiece: the six rules on adversarial text, vocabularies, offsets."""

import pickle
import random

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from kexuestat.exceptions import FileFormatError, InvalidInputError
from kexuestat.text import WordPieceTokenizer
from kexuestat.text.wordpiece import read_vocabulary
from tests.naive import wordpiece as naive

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
LETTERS = "abeiknostxyzσςοιν=;,.![]()'-<1２ａ，。语言模型がか가각각中\u2028\u3000ﬁß"
VOCABULARY = SPECIAL + [
    *LETTERS,
    *("##" + letter for letter in LETTERS),
    "token",
    "##ization",
    "##at",
    "νος",
    "##ος",
    "##οσ",
    "İ",
    "Σ",
    "##Σ",
    "ba",
    "ab",
    "##aba",
    "cl",
    "##s",
    "\u2028",
    "",
    "##",
    "ba",
]
TRAPS = (
    "Σςσİıßﬁﬀŉǰΐ≠≮;·ͅ\u0301\u0345\u1100\u1161\u11a8가각がかカﾞＡ２，。！«»“”—…$€+<=>^`|~_-'’\"#\\"
    "\u2028\u2029\x85\u200b\u200d\ufeff\ufffd\0\t\n\r\x0b\x0c\x1c\x1f\xa0\u3000\u1680\xad"
    "语言模型㐀\U00020000\U0002a6df\U0002a6e0\U0002b740\U0002b820\U0002ceb0豈\U0002f800\U0001f600\U000e0061"
    "\ud800\udfff\u0378\U0010ffff\ue000\u302e\u302f\U0001d165\U0001d15e\u0f71\u0f73\u0f75\u0958"
    "abknostABKNOSTZzxy [](),.;"
)
trap_text = st.text(st.sampled_from(TRAPS), max_size=24)
any_text = st.text(st.characters(exclude_categories=()) | st.sampled_from(TRAPS), max_size=24)
words = st.lists(st.sampled_from(["[CLS]", "[SEP]", "Tokenization", "ΝΟΣ", "ΝΟΣ\0Ε", "ΝΟΣ İ", "≠", "##at", "ba", " "]))
long_text = st.tuples(st.sampled_from("aİ语e\u0301"), st.integers(198, 202)).map(lambda pair: pair[0] * pair[1])
adversarial = trap_text | any_text | words.map("".join) | words.map(" ".join) | long_text


@pytest.fixture(scope="module")
def tokenizers():
    return {lower: WordPieceTokenizer(VOCABULARY, lower_case=lower) for lower in (True, False)}


@pytest.mark.parametrize("lower_case", [True, False])
@settings(max_examples=1500)
@given(text=adversarial)
@example(text="ΝΟΣ\0Ε")
@example(text="ΝΟΣ İ")
@example(text="\U0001d165\u0301a\u0323\u0301")
def test_pieces_equal_the_six_rules(tokenizers, lower_case, text):
    assert tokenizers[lower_case](text) == naive.tokenize(text, set(VOCABULARY), lower_case)


@pytest.mark.parametrize("lower_case", [True, False])
def test_every_character_alone_and_beside_letters_follows_the_rules(tokenizers, lower_case):
    tokenizer, known = tokenizers[lower_case], set(VOCABULARY)
    for code in [*range(0x3400), *range(0xA000, 0xB000), *range(0xD000, 0x11000), *range(0x1D000, 0x1E000), 0xE0041]:
        text = f"{chr(code)} a{chr(code)}b"
        assert tokenizer(text) == naive.tokenize(text, known, lower_case), hex(code)


@pytest.mark.slow
@pytest.mark.parametrize("lower_case", [True, False])
def test_sixty_thousand_adversarial_strings_have_no_mismatch(tokenizers, lower_case):
    draw, known, wrong = random.Random(7), set(VOCABULARY), 0
    for _ in range(60_000):
        text = "".join(draw.choice(TRAPS) for _ in range(draw.randrange(20)))
        wrong += tokenizers[lower_case](text) != naive.tokenize(text, known, lower_case)
    assert wrong == 0


@pytest.mark.parametrize("lower_case", [True, False])
@settings(max_examples=500)
@given(text=adversarial)
def test_encode_is_consistent_and_slices_normalise_back(tokenizers, lower_case, text):
    tokenizer = tokenizers[lower_case]
    tokens, ids, in_word, offsets = tokenizer.encode(text)
    assert ids.dtype == in_word.dtype == offsets.dtype == np.int64
    assert offsets.shape == (len(tokens), 2)
    assert [tokenizer.tokens[i] for i in ids] == list(tokens)
    assert np.all(np.diff(in_word) >= 0)
    assert np.all(np.diff(in_word) <= 1)
    assert np.all((offsets[:, 0] >= 0) & (offsets[:, 0] < offsets[:, 1]) & (offsets[:, 1] <= len(text)))
    for token, (start, end) in zip(tokens, offsets.tolist()):
        if token != "[UNK]":
            letters = naive.clean(text[start:end])
            folded = naive.strip_accents(letters.lower()) if lower_case else letters
            bare = token.removeprefix("##") if token not in ("##",) else token
            # σ and ς are one letter; İ, Hangul and ≠ become several characters, of which a piece may be one
            assert bare.replace("ς", "σ") in folded.replace("ς", "σ")


def test_words_are_numbered_and_chinese_characters_stand_alone(tokenizers):
    pieces = tokenizers[True].encode("Tokenization, 语言")
    assert pieces.tokens == ("token", "##ization", ",", "语", "言")
    assert pieces.words.tolist() == [0, 0, 1, 2, 3]
    assert pieces.offsets.tolist() == [[0, 5], [5, 12], [12, 13], [14, 15], [15, 16]]


def test_an_accent_belongs_to_its_letter(tokenizers):
    pieces = tokenizers[True].encode("e\u0301a")
    assert pieces.tokens == ("e", "##a")
    assert pieces.offsets.tolist() == [[0, 2], [2, 3]]


def test_pieces_of_one_hangul_syllable_share_its_place(tokenizers):
    pieces = tokenizers[True].encode("각")
    assert pieces.tokens == tuple(naive.tokenize("각", set(VOCABULARY), True))
    assert {tuple(row) for row in pieces.offsets.tolist()} == {(0, 1)}


def test_special_tokens_in_a_text_are_plain_text(tokenizers):
    assert tokenizers[True]("[CLS]") == ["[", "cl", "##s", "]"]
    assert tokenizers[True].cls_id not in tokenizers[True].encode("[CLS][SEP][UNK]").ids[:4]


@pytest.mark.parametrize(("length", "known"), [(199, True), (200, True), (201, False)])
def test_words_above_200_characters_are_unknown(tokenizers, length, known):
    assert (tokenizers[True]("a" * length) != ["[UNK]"]) is known


def test_max_chars_counts_after_folding():
    tokenizer = WordPieceTokenizer([*SPECIAL, "a", "##a"], max_chars=2)
    assert tokenizer("a\u0301\u0301a") == ["a", "##a"]
    assert tokenizer("aaa") == ["[UNK]"]


def test_text_without_pieces_gives_empty_arrays(tokenizers):
    for text in ("", " \n", "\0\u200b", "\u2028"):
        tokens, ids, in_word, offsets = tokenizers[True].encode(text)
        assert tokens == ()
        assert ids.shape == in_word.shape == (0,)
        assert offsets.shape == (0, 2)


def test_vocabulary_lines_end_at_newline_only_and_keep_their_number(tmp_path):
    path = tmp_path / "vocab.txt"
    path.write_bytes("[PAD]\r\n[UNK]\n[CLS]\n[SEP]\n\n a \nb\u2028\n\x85\na".encode())
    assert read_vocabulary(path) == ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "", "a", "b", "", "a")
    tokenizer = WordPieceTokenizer(str(path))
    assert tokenizer.encode("a").ids.tolist() == [8]
    path.write_bytes("[UNK]\n[CLS]\n[SEP]\nx\u2028y\n".encode())
    assert read_vocabulary(path)[3] == "x\u2028y"
    assert WordPieceTokenizer(path).pad_id == 0


def test_broken_utf8_names_the_line(tmp_path):
    path = tmp_path / "vocab.txt"
    path.write_bytes(b"[UNK]\n[CLS]\n\xff\xfe\n")
    with pytest.raises(FileFormatError, match=r"vocab.txt, line 3: not UTF-8"):
        WordPieceTokenizer(path)


def test_vocabulary_without_special_tokens_is_refused():
    with pytest.raises(InvalidInputError, match=r"\[UNK\], \[SEP\] not found among 2 entries"):
        WordPieceTokenizer(["[CLS]", "a"])
    with pytest.raises(InvalidInputError, match=r"got vocab\[1\] = 7"):
        WordPieceTokenizer(["[CLS]", 7])


def test_other_types_than_str_are_refused(tokenizers):
    with pytest.raises(TypeError, match="text must be a str, got bytes"):
        tokenizers[True](b"abc")


def test_pickle_carries_the_vocabulary_but_not_the_remembered_words(tokenizers):
    tokenizer = WordPieceTokenizer(VOCABULARY)
    tokenizer("ab ba token")
    copy = pickle.loads(pickle.dumps(tokenizer))
    assert copy._known == {}
    assert copy("ab ba token") == tokenizer("ab ba token")


def test_memory_of_words_is_bounded(monkeypatch):
    monkeypatch.setattr("kexuestat.text.wordpiece._REMEMBERED", 3)
    tokenizer = WordPieceTokenizer(VOCABULARY)
    for text in ("a b e i k", "a b", "n o s t"):
        assert tokenizer(text) == text.split()
        assert len(tokenizer._known) <= 3
