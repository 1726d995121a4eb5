"""Word vectors from every form of file, each quirk a file of a few bytes."""

import gzip
import io
import os
import pickle
import subprocess
import sys
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.base import clone

from kexuestat.exceptions import FileFormatError, InvalidInputError
from kexuestat.text import PMIEmbedder, WordVectors, read_vectors, sample_corpus, write_vectors

ANIMALS = WordVectors(("cat", "dog", "cow"), np.array([[1, 0.5], [0.25, -1], [3, 1e-3]], dtype=np.float32))


def _file(tmp_path, content, name="vectors.txt"):
    path = tmp_path / name
    path.write_bytes(content)
    return path


def _equal(found, words, rows):
    assert found.words == tuple(words)
    np.testing.assert_array_equal(found.vectors, np.array(rows, dtype=np.float32))
    assert found.vectors.dtype == np.float32


@pytest.mark.parametrize(
    "content",
    [
        b"2 3\ncat 1 0.5 2\ndog 0.25 -1 3e-1\n",
        b"2 3\ncat 1 0.5 2 \ndog 0.25 -1 3e-1 \n",
        b"2 3\r\ncat 1 0.5 2\r\ndog 0.25 -1 3e-1\r\n",
        b"2 3\ncat\t1\t0.5\t2\ndog\t0.25\t-1\t3e-1",
        b"cat 1 0.5 2\ndog 0.25 -1 3e-1\n",
        b"cat 1 .5 2.\ndog +0.25 -1.0e0 3E-01",
        b"cat 1 0.5 2\ndog 0.25 -1 3e-1\n\n",
        b"cat 1.00000000000000000000 0.5 2\ndog 0.25 -1 0.29999999999999999\n",
    ],
    ids=["header", "blank at the end", "carriage returns", "tabs", "glove", "signs", "empty last line", "many digits"],
)
def test_text_forms_are_equal(tmp_path, content):
    for data in (content, gzip.compress(content)):
        _equal(read_vectors(_file(tmp_path, data)), ["cat", "dog"], [[1, 0.5, 2], [0.25, -1, 0.3]])


@pytest.mark.parametrize("tail", [b"\n", b""], ids=["line feed after each row", "none"])
def test_word2vec_binary_with_and_without_line_feeds(tmp_path, tail):
    rows = [("cat", [1, 0.5]), ("naïve", [np.float32(0.1), 1e-30]), ("dog", [-3, 0])]
    content = b"3 2\n" + b"".join(w.encode() + b" " + np.array(v, "<f4").tobytes() + tail for w, v in rows)
    for data in (content, gzip.compress(content)):
        _equal(read_vectors(_file(tmp_path, data, "v.bin")), [w for w, _ in rows], [v for _, v in rows])


def test_a_header_is_believed_only_if_the_second_line_agrees(tmp_path):
    _equal(read_vectors(_file(tmp_path, b"400000 5\n7 6\n")), ["400000", "7"], [[5], [6]])


def test_words_may_hold_odd_blanks_and_be_empty(tmp_path):
    words = ["a\u00a0b", "c\u2028d", "e\u3000f", "\u0085", ". . .", "", "at home", "1 2"]
    content = "".join(f"{word} 1 2.5\n" for word in words).encode()
    assert read_vectors(_file(tmp_path, b"8 2\n" + content)).words == tuple(words)
    assert read_vectors(_file(tmp_path, content)).words == tuple(words)


def test_a_header_that_announces_too_few_rows_is_corrected_with_a_warning(tmp_path):
    path = _file(tmp_path, b"1 1\na 1\nb 2\n")
    with pytest.warns(UserWarning, match="announces 1 rows and has 2; all are read"):
        assert len(read_vectors(path)) == 2


def test_a_header_that_announces_too_many_rows_is_refused(tmp_path):
    path = _file(tmp_path, b"400000 1\na 1\nb 2\n")
    with pytest.raises(FileFormatError, match=r"announces 400000 rows, ends after 2: truncated\?"):
        read_vectors(path)
    _equal(read_vectors(path, limit=1), ["a"], [[1]])


def test_limit_stops_without_looking_at_the_count(tmp_path):
    path = _file(tmp_path, b"1 1\na 1\nb 2\nc x\n")
    assert read_vectors(path, limit=2).words == ("a", "b")


def test_a_repeated_word_keeps_its_first_row_with_one_warning(tmp_path):
    path = _file(tmp_path, b"a 1\nb 2\na 3\na 4\nc 5\n")
    with pytest.warns(UserWarning, match="2 rows repeat an earlier word and are left out") as caught:
        _equal(read_vectors(path), ["a", "b", "c"], [[1], [2], [5]])
    assert len(caught) == 1


def test_broken_utf8_is_refused_or_replaced(tmp_path):
    path = _file(tmp_path, b"good 1\nb\xffd 2\n")
    with pytest.raises(FileFormatError, match=r"vectors.txt, line 2: byte 1 of the word b'b\\xffd' is not UTF-8"):
        read_vectors(path)
    assert read_vectors(path, errors="replace").words == ("good", "b\ufffdd")


@pytest.mark.parametrize(
    ("content", "match"),
    [
        (b"2 2\na 1 2\nb 1\n", "line 3: the word 'b' has 1 numbers, 2 are expected"),
        (b"a 1 2\nb 1 2\nc 1\n", "line 3: the word 'c' has 1 numbers, 2 are expected"),
        (b"a 1 2\nb 1\n", "line 2: the word 'b' has 1 numbers, line 1 has 2"),
        (b"a 1 2\nb 1 2\nc x 2\n", "line 3: the vector of 'c' holds 'x', no number"),
        (b"a 1 2\nb 1 2\n\nc 1 2\n", "line 3: an empty line, a word and 2 numbers are expected"),
        (b"a 1 2\nb nan 2\n", "line 2: the vector of 'b' holds nan, every number must be finite"),
        (b"a 1 2\nb 1 -inf\n", "line 2: the vector of 'b' holds -inf"),
        (b"a 1 2\nb 1 1e99\n", "line 2: the vector of 'b' holds inf"),
        (b"a 1 2\nb 1_0 2\n", "line 2: the word 'b 1_0' has 1 numbers, line 1 has 2"),
        (b"word\n", "line 1: found 'word', a word and its numbers are expected"),
        (b"\na 1\n", "line 1: the first line is empty"),
    ],
)
@pytest.mark.filterwarnings("ignore:overflow")
def test_malformed_rows_are_named(tmp_path, content, match):
    with pytest.raises(FileFormatError, match=match):
        read_vectors(_file(tmp_path, content))


def test_a_binary_file_that_ends_early_is_refused(tmp_path):
    content = b"3 2\na " + np.float32([1, 2]).tobytes() + b"b " + np.float32([1]).tobytes()
    with pytest.raises(FileFormatError, match=r"record 2: the vector of 'b' ends early, 8 bytes are expected"):
        read_vectors(_file(tmp_path, content))
    whole = b"3 2\na " + np.float32([1, 2]).tobytes()
    with pytest.raises(FileFormatError, match=r"announces 3 rows, ends after 1: truncated\?"):
        read_vectors(_file(tmp_path, whole))
    bad = b"1 1\na " + np.float32([np.nan]).tobytes()
    with pytest.raises(FileFormatError, match="record 1: the vector of 'a' holds nan"):
        read_vectors(_file(tmp_path, bad), form="word2vec-binary")


@pytest.mark.parametrize(
    ("name", "content", "match"),
    [
        ("model.kv", b"anything", "model.kv is a pickle and is not loaded; load it with gensim and pass the object"),
        ("model.pkl", b"", "is a pickle and is not loaded"),
        ("odd.txt", pickle.dumps({"a": 1}), "odd.txt is a pickle and is not loaded"),
        ("wiki.bin", (793712314).to_bytes(4, "little") + b"\x0c\0\0\0", "is a fastText model and is not read"),
    ],
)
def test_pickles_and_fasttext_models_are_refused(tmp_path, name, content, match):
    with pytest.raises(FileFormatError, match=match):
        read_vectors(_file(tmp_path, content, name))


def test_a_broken_zip_is_refused(tmp_path):
    content = gzip.compress(b"".join(b"w%d 1 2\n" % i for i in range(1000)))
    for broken in (content[: len(content) // 2], content[:9] + b"x" * 40, b"\x1f\x8b"):
        with pytest.raises(FileFormatError, match=r"is truncated or corrupt \(.*\); copy it again"):
            read_vectors(_file(tmp_path, broken))


def test_a_form_may_be_named_and_must_then_fit(tmp_path):
    path = _file(tmp_path, b"2 1\na 1\nb 2\n")
    _equal(read_vectors(path, form="word2vec-text"), ["a", "b"], [[1], [2]])
    _equal(read_vectors(path, form="glove-text"), ["2", "a", "b"], [[1], [1], [2]])
    with pytest.raises(FileFormatError, match="line 1: a word2vec file begins with two integers"):
        read_vectors(_file(tmp_path, b"a 1\n"), form="word2vec-text")
    with pytest.raises(InvalidInputError, match="form must be one of 'auto', 'folder', 'npy', 'word2vec-text'"):
        read_vectors(path, form="word2vec")
    with pytest.raises(FileNotFoundError, match="no such file or folder"):
        read_vectors(tmp_path / "absent.txt")


def test_blocks_do_not_matter(tmp_path, monkeypatch):
    from kexuestat.text import vector_rows

    rng = np.random.default_rng(3)
    rows = rng.normal(size=(300, 7)).astype(np.float32)
    words = [f"w{i}" * (i % 5 + 1) for i in range(300)]
    text = "".join(f"{w} {' '.join(map(repr, map(float, v)))}\n" for w, v in zip(words, rows)).encode()
    binary = b"300 7\n" + b"".join(w.encode() + b" " + v.tobytes() for w, v in zip(words, rows))
    monkeypatch.setattr(vector_rows, "_BLOCK", 64)
    for content in (text, b"300 7\n" + text, binary):
        _equal(read_vectors(_file(tmp_path, content)), words, rows)
        _equal(read_vectors(_file(tmp_path, content), limit=123), words[:123], rows[:123])


def test_a_header_cannot_ask_for_memory(tmp_path):
    path = _file(tmp_path, b"999999999999 2\na 1 2\n")
    with pytest.raises(FileFormatError, match="announces 999999999999 rows"):
        read_vectors(path)


def test_a_folder_is_written_and_mapped(tmp_path):
    target = tmp_path / "animals"
    assert write_vectors(target, ANIMALS) == str(target)
    assert sorted(os.listdir(target)) == ["vectors.npy", "words.txt"]
    again = read_vectors(target)
    _equal(again, ANIMALS.words, ANIMALS.vectors)
    assert isinstance(again.vectors, np.memmap)
    assert not again.vectors.flags.writeable
    _equal(read_vectors(target, limit=2), ANIMALS.words[:2], ANIMALS.vectors[:2])
    assert os.listdir(tmp_path) == ["animals"]


def test_an_array_with_its_words_beside_it_is_mapped(tmp_path):
    np.save(tmp_path / "v.npy", ANIMALS.vectors)
    (tmp_path / "v.txt").write_text("cat\ndog\ncow")
    again = read_vectors(tmp_path / "v.npy")
    _equal(again, ANIMALS.words, ANIMALS.vectors)
    assert isinstance(again.vectors, np.memmap)


def test_words_of_a_folder_survive_whatever_they_hold(tmp_path):
    words = ("", "a b", "c\u2028d", "\r", "e\u0085", "中", "\ufeff")
    write_vectors(tmp_path / "odd", WordVectors(words, np.ones((7, 1))))
    assert read_vectors(tmp_path / "odd").words == words


def test_folders_that_do_not_fit_are_refused(tmp_path):
    write_vectors(tmp_path / "full", ANIMALS)
    with pytest.raises(InvalidInputError, match="path must not exist or be an empty folder"):
        write_vectors(tmp_path / "full", ANIMALS)
    with pytest.raises(InvalidInputError, match=r"words\[0\] = 'a\\nb' has a line break and cannot be written"):
        write_vectors(tmp_path / "lines", {"a\nb": [1.0]})
    (tmp_path / "full" / "words.txt").write_text("cat\n")
    with pytest.raises(FileFormatError, match=r"has 1 words, .* has 3 rows"):
        read_vectors(tmp_path / "full")
    (tmp_path / "full" / "words.txt").unlink()
    with pytest.raises(FileFormatError, match=r"must hold words.txt and vectors.npy, words.txt is absent; found vec"):
        read_vectors(tmp_path / "full")
    np.save(tmp_path / "w.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
    (tmp_path / "w.txt").write_text("a\n")
    with pytest.raises(FileFormatError, match="is no array of numbers"):
        read_vectors(tmp_path / "w.npy")
    np.save(tmp_path / "w.npy", np.ones(3))
    with pytest.raises(FileFormatError, match=r"must hold a \(n_words, d\) array of float32 or float64, got float64"):
        read_vectors(tmp_path / "w.npy")


def test_no_half_folder_stays_when_writing_fails(tmp_path, monkeypatch):
    from kexuestat.text import vector_files

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(vector_files, "_write_array", full)
    with pytest.raises(OSError, match="No space left"):
        write_vectors(tmp_path / "new", ANIMALS)
    assert os.listdir(tmp_path) == []


@pytest.mark.slow
def test_opening_a_large_folder_takes_little_time_and_memory(tmp_path):
    n, d = 400_000, 300
    folder = tmp_path / "large"
    folder.mkdir()
    (folder / "words.txt").write_text("".join(f"word{i}\n" for i in range(n)))
    shape = np.lib.format.open_memmap(folder / "vectors.npy", mode="w+", dtype=np.float32, shape=(n, d))
    del shape
    code = (
        "import resource, sys, time\n"
        "from kexuestat.text import read_vectors\n"
        "rss = lambda: int(open('/proc/self/statm').read().split()[1]) * resource.getpagesize()\n"
        "before = rss(); t = time.process_time()\n"
        f"wv = read_vectors({str(folder)!r}); row = wv.vectors[123456]\n"
        "print(time.process_time() - t, (rss() - before) / 2**20)"
    )
    if not os.path.exists("/proc/self/statm"):
        pytest.skip("resident memory is read from /proc")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    seconds, megabytes = map(float, done.stdout.split())
    assert seconds < 0.5
    assert megabytes < 100


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(tmp_path_factory, data):
    path = tmp_path_factory.getbasetemp() / "fuzz.txt"
    path.write_bytes(data)
    _read_or_refuse(path)


@given(st.lists(st.sampled_from([b"1 ", b"2\n", b"a ", b"\n", b"\r\n", b" ", b"\t", b"-1e5", b"nan", b"\xff", b"."])))
def test_any_row_of_fragments_is_read_or_refused(tmp_path_factory, parts):
    path = tmp_path_factory.getbasetemp() / "fragments.txt"
    path.write_bytes(b"".join(parts))
    _read_or_refuse(path)


def _read_or_refuse(path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            found = read_vectors(path)
        except FileFormatError:
            return
    assert np.isfinite(found.vectors).all()
    assert len(found.words) == found.vectors.shape[0] == len(set(found.words))


def test_forms_of_word_vectors(tmp_path):
    class Keyed:
        key_to_index = {"dog": 1, "cat": 0, "cow": 2}
        vectors = ANIMALS.vectors

    class Model:
        wv = Keyed()

    mapping = {word: ANIMALS[word] for word in ANIMALS}
    write_vectors(tmp_path / "f", ANIMALS)
    for form in (ANIMALS, mapping, (ANIMALS.words, ANIMALS.vectors), Keyed(), Model(), tmp_path / "f"):
        _equal(WordVectors.of(form), ANIMALS.words, ANIMALS.vectors)
    assert np.shares_memory(WordVectors.of(Keyed()).vectors, ANIMALS.vectors)
    embedder = PMIEmbedder(dimension=3).fit(sample_corpus())
    assert WordVectors.of(embedder).words == embedder.vocabulary_
    with pytest.raises(InvalidInputError, match=r"vectors must be a WordVectors, a path, a mapping .*, got int"):
        WordVectors.of(7)


def test_gensim_vectors_are_used_and_not_copied():
    models = pytest.importorskip("gensim.models")
    keyed = models.KeyedVectors(2)
    keyed.add_vectors(["cat", "dog"], np.ones((2, 2), dtype=np.float32))
    found = WordVectors.of(keyed)
    assert found.words == ("cat", "dog")
    assert np.shares_memory(found.vectors, keyed.vectors)


def test_real_files_equal_gensims_reading(shared):
    models = pytest.importorskip("gensim.models")
    path = str(shared / "data/vectors/glove-twitter-25d-12k-en/glove-twitter-25d-12k-en.txt.gz")
    theirs = models.KeyedVectors.load_word2vec_format(path)
    _equal(read_vectors(path), theirs.index_to_key, theirs.vectors)
    wrong = shared / "data/vectors/glove-6b-50d-4k-stsb-en/glove-6b-50d-4k-stsb-en.txt.gz"
    with pytest.warns(UserWarning, match="announces 4196 rows and has 4197"):
        assert len(read_vectors(wrong)) == 4197


def test_word_vectors_look_up():
    assert len(ANIMALS) == 3
    assert "cat" in ANIMALS
    assert "bus" not in ANIMALS
    assert ANIMALS.index == {"cat": 0, "dog": 1, "cow": 2}
    assert list(ANIMALS) == ["cat", "dog", "cow"]
    assert repr(ANIMALS) == "WordVectors(3 words, 2 dimensions, float32)"
    with pytest.raises(KeyError):
        ANIMALS["bus"]
    with pytest.raises(ValueError, match="read-only"):
        ANIMALS.vectors[0, 0] = 7


def test_most_similar_words_by_cosine_with_ties_in_order():
    source = WordVectors("abcdz", [[1, 0], [2, 0], [3, 0], [0, -1], [0, 0]])
    assert source.most_similar("a", n=9) == [("b", 1.0), ("c", 1.0), ("d", 0.0)]
    assert source.most_similar("z", n=2) == [("a", 0.0), ("b", 0.0)]


def test_numbers_of_other_kinds_become_floats():
    assert WordVectors(["a"], np.array([[1, 2]])).vectors.dtype == np.float64
    assert WordVectors(["a"], np.array([[1, 2]], dtype=np.float16)).vectors.dtype == np.float32
    assert WordVectors([], np.zeros((0, 4))).vectors.shape == (0, 4)


@pytest.mark.parametrize(
    ("words", "vectors", "error", "match"),
    [
        (["a", "a"], np.ones((2, 1)), InvalidInputError, "words must be distinct, got 'a' more than once"),
        (["a"], np.ones((2, 1)), InvalidInputError, r"vectors must have one row per word \(1\), got shape \(2, 1\)"),
        (["a", "b"], [[1.0], [np.nan]], InvalidInputError, "row 1 of the word 'b' is not"),
        (["a"], np.ones(1), InvalidInputError, "must have shape"),
        (["a"], [["x"]], TypeError, "vectors must hold real numbers"),
        ([1], [[1.0]], TypeError, r"words\[0\] must be a str, got int"),
    ],
)
def test_word_vectors_that_do_not_fit_are_refused(words, vectors, error, match):
    with pytest.raises(error, match=match):
        WordVectors(words, vectors)


def test_a_mapping_of_unequal_lengths_names_the_word():
    with pytest.raises(InvalidInputError, match=r"vectors must have equal lengths, got \(2,\) and \(1,\) for 'b'"):
        WordVectors.of({"a": [1, 2], "b": [1]})


def test_word_vectors_are_an_embedder():
    assert ANIMALS.fit(["cat"]) is ANIMALS
    assert clone(ANIMALS) is ANIMALS
    texts = ANIMALS.transform(["Cat bird dog cat", "", "bird"])
    assert texts.tokens == ("cat", "dog", "cat")
    assert texts.indptr.tolist() == [0, 3, 3, 3]
    np.testing.assert_array_equal(texts.vectors, ANIMALS.vectors[[0, 1, 0]])
    np.testing.assert_allclose(texts.weights, 1 / 3)
    with pytest.raises(InvalidInputError, match="got one str"):
        ANIMALS.transform("cat")


def test_word_vectors_survive_pickling():
    again = pickle.loads(pickle.dumps(ANIMALS))
    _equal(again, ANIMALS.words, ANIMALS.vectors)
    assert not again.vectors.flags.writeable


def test_a_progress_bar_is_shown_on_request(tmp_path, monkeypatch):
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    path = _file(tmp_path, gzip.compress(b"cat 1\ndog 2\n"))
    read_vectors(path, progress=True)
    assert "%" in stream.getvalue()
