"""Tokens by Unicode categories; offsets point at what the user wrote."""

import pickle
import subprocess
import sys
import unicodedata

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kexuestat.exceptions import InvalidInputError, MissingDependencyError
from kexuestat.text import TextTokenizer
from tests.naive.text import text_tokens

TRAPS = list("aZ9'’ _-.,éİıßﬁΣς中文龥㐀豈가かカ①²ªⅧ") + [
    "\u0301",
    "\u0345",
    "\u200b",
    "\u2028",
    "\u0085",
    "\u0000",
    "\ufffd",
    "\ud800",
    "\U00020000",
    "\U0002b820",
    "\U0010ffff",
    "\uff11",
    "\uff41",
    "\u0378",
]


@given(st.lists(st.sampled_from(TRAPS), max_size=30).map("".join))
def test_tokens_are_those_of_the_rule_written_character_by_character(text):
    found = TextTokenizer().encode(text)
    spans = text_tokens(text)
    assert found.offsets.tolist() == [list(span) for span in spans]
    assert found.offsets.dtype == np.int64
    assert list(found.tokens) == [unicodedata.normalize("NFC", text[i:j].lower()) for i, j in spans]
    assert list(found.tokens) == TextTokenizer()(text)


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("It isn't re-use.", ["it", "isn't", "re", "use"]),
        ("rock’n’roll 'quoted'", ["rock’n’roll", "quoted"]),
        ("cafe\u0301 cafe\u0301's", ["café", "café's"]),
        ("BERT模型v2好", ["bert", "模", "型", "v2", "好"]),
        ("x²+½ Ⅷ", ["x²", "½", "ⅷ"]),
        ("5'6 a' 'b", ["5", "6", "a", "b"]),
        ("", []),
        (" \u2028\u0000\ufffd…", []),
        ("日本語のテスト 한국어", ["日", "本", "語", "のテスト", "한국어"]),
        ("snake_case", ["snake", "case"]),
    ],
)
def test_known_texts(text, tokens):
    assert TextTokenizer()(text) == tokens


def test_offsets_stay_those_of_the_slice_where_lower_case_is_longer():
    found = TextTokenizer().encode("xİ y")
    assert found.offsets.tolist() == [[0, 2], [3, 4]]
    assert len(found.tokens[0]) == 3


def test_case_is_kept_on_request_and_stop_words_are_compared_in_lower_case():
    assert TextTokenizer(lower_case=False)("The Cat") == ["The", "Cat"]
    assert TextTokenizer(lower_case=False, stop_words=["THE"])("The Cat") == ["Cat"]
    assert TextTokenizer(stop_words=["cafe\u0301"])("Café au lait") == ["au", "lait"]


def test_tokenizer_survives_pickling_and_compares_by_its_options():
    tokenizer = TextTokenizer(stop_words=("a",))
    again = pickle.loads(pickle.dumps(tokenizer))
    assert again == tokenizer
    assert again != TextTokenizer()
    assert again("a b") == ["b"]
    assert "stop_words=('a',)" in repr(again)


@pytest.mark.parametrize("value", [b"bytes", 3.0, None])
def test_a_text_that_is_no_str_is_refused(value):
    with pytest.raises(TypeError, match=f"text must be a str, got {type(value).__name__}"):
        TextTokenizer()(value)


def test_unknown_options_are_refused():
    with pytest.raises(InvalidInputError, match="chinese must be one of 'character', 'jieba', got 'word'"):
        TextTokenizer(chinese="word")
    with pytest.raises(InvalidInputError, match=r"stop_words must be a collection of str, got one str; pass \['the'\]"):
        TextTokenizer(stop_words="the")
    with pytest.raises(InvalidInputError, match="lower_case must be True or False"):
        TextTokenizer(lower_case="yes")


def test_without_jieba_the_error_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "jieba", None)
    with pytest.raises(MissingDependencyError, match=r'needs jieba; install it with: pip install "kexuestat\[zh\]"'):
        TextTokenizer(chinese="jieba")("中文")


def test_jieba_words_have_offsets_of_the_text_as_given(tmp_path, monkeypatch):
    code = (
        "from kexuestat.text import TextTokenizer\n"
        "found = TextTokenizer(chinese='jieba').encode('I 我来到北京清华大学, ok')\n"
        "text = 'I 我来到北京清华大学, ok'\n"
        "assert [text[i:j].lower() for i, j in found.offsets] == list(found.tokens)\n"
        "print(*found.tokens)"
    )
    pytest.importorskip("jieba")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["i", "我", "来到", "北京", "清华大学", "ok"]
    assert done.stderr == ""
    assert list((tmp_path / "kexuestat" / "jieba").iterdir()), "the cache is in the private folder"
