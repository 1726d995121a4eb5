"""Word vector files: which form a file has, folders and arrays that are mapped, what is refused."""

import gzip
import os
import shutil
import tempfile
import zlib

import numpy as np

from kexuestat.exceptions import FileFormatError, InvalidInputError
from kexuestat.text import vector_rows

_PICKLE_SUFFIXES = (".kv", ".model", ".pkl", ".pickle", ".joblib")
_FASTTEXT_MAGIC = (793712314).to_bytes(4, "little")
_HEAD = 1 << 20
_BLOCK = 1 << 20


def read(path, form, limit, errors, progress):
    """Return words (tuple of str), the array of vectors, and whether it is mapped."""
    if not os.path.exists(path):
        raise FileNotFoundError(f"no such file or folder: {path}")
    try:
        form, head = _recognised(path) if form == "auto" else (form, None)
        if form in ("folder", "npy"):
            return (*READERS[form](path, limit, errors), True)
        head = _head(path) if head is None else head
        return (*READERS[form](path, _header(head), limit, errors, progress), False)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise FileFormatError(f"{path} is truncated or corrupt ({error}); copy it again.") from None


def _recognised(path):
    if os.path.isdir(path):
        return "folder", None
    if path.endswith(".npy"):
        return "npy", None
    head = _head(path)
    _refuse_pickles(path, head)
    header = _header(head)
    if header is None:
        return "glove-text", head
    second = head.partition(b"\n")[2].partition(b"\n")[0]
    if not second or _n_numbers(second) >= header[1]:
        return "word2vec-text", head
    if _is_text(second):
        return "glove-text", head
    return "word2vec-binary", head


def _refuse_pickles(path, head):
    name = os.path.basename(path)
    pickled = head[:1] == b"\x80" and head[1:2] in (b"\x02", b"\x03", b"\x04", b"\x05")
    if pickled or path.lower().endswith(_PICKLE_SUFFIXES):
        raise FileFormatError(f"{name} is a pickle and is not loaded; load it with gensim and pass the object.")
    if head[:4] == _FASTTEXT_MAGIC:
        raise FileFormatError(f"{name} is a fastText model and is not read; load it with gensim and pass the object.")


def open_bytes(path):
    """Return the file opened for reading bytes, unzipped where it begins as gzip does."""
    with open(path, "rb") as file:
        zipped = file.read(2) == b"\x1f\x8b"
    return gzip.open(path, "rb") if zipped else open(path, "rb")


def _head(path):
    """The first bytes of the file, two whole lines where they fit."""
    with open_bytes(path) as file:
        return file.read(_HEAD)


def _header(head):
    """(rows, width) if the first line is two integers, else None."""
    fields = head.partition(b"\n")[0].split()
    if len(fields) == 2 and all(field.isdigit() and len(field) < 19 for field in fields) and int(fields[1]) > 0:
        return int(fields[0]), int(fields[1])
    return None


def _n_numbers(line):
    """How many of the last fields of the line are numbers, the first field never counted."""
    fields = vector_rows.fields_of(line)[1:]
    n = 0
    while n < len(fields) and vector_rows.is_number(fields[-1 - n]):
        n += 1
    return n


def _is_text(line):
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return not any(ord(c) < 32 and c not in "\t\r" for c in text)


def _read_text(path, header, limit, errors, progress):
    if header is None:
        raise FileFormatError(f"{path}, line 1: a word2vec file begins with two integers, rows and width.")
    return vector_rows.read_text(path, open_bytes, header, limit, errors, progress)


def _read_glove(path, header, limit, errors, progress):
    return vector_rows.read_text(path, open_bytes, None, limit, errors, progress)


def _read_binary(path, header, limit, errors, progress):
    if header is None:
        raise FileFormatError(f"{path}, line 1: a word2vec file begins with two integers, rows and width.")
    return vector_rows.read_binary(path, open_bytes, header, limit, errors, progress)


def _read_folder(path, limit, errors):
    names = [os.path.join(path, name) for name in ("words.txt", "vectors.npy")]
    for name in names:
        if not os.path.isfile(name):
            found = ", ".join(sorted(os.listdir(path))) or "nothing"
            raise FileFormatError(
                f"{path} must hold words.txt and vectors.npy, {os.path.basename(name)} is absent; found {found}."
            )
    return _mapped(*names, limit, errors)


def _read_npy(path, limit, errors):
    words = path[: -len(".npy")] + ".txt"
    if not os.path.isfile(words):
        raise FileFormatError(f"{path} needs its words, one per line, in {words}, which is absent.")
    return _mapped(words, path, limit, errors)


def _mapped(words_path, vectors_path, limit, errors):
    try:
        vectors = np.load(vectors_path, mmap_mode="r", allow_pickle=False)
    except (ValueError, EOFError) as error:
        raise FileFormatError(f"{vectors_path} is no array of numbers: {error}") from None
    if vectors.ndim != 2 or vectors.dtype not in (np.float32, np.float64):
        raise FileFormatError(
            f"{vectors_path} must hold a (n_words, d) array of float32 or float64, got {vectors.dtype}{vectors.shape}."
        )
    words = _word_lines(words_path, errors)
    if len(words) != vectors.shape[0]:
        raise FileFormatError(f"{words_path} has {len(words)} words, {vectors_path} has {vectors.shape[0]} rows.")
    return words[:limit], vectors[:limit]


def _word_lines(path, errors):
    with open(path, "rb") as file:
        data = file.read()
    if not data:
        return ()
    lines = (data[:-1] if data.endswith(b"\n") else data).split(b"\n")
    try:
        return tuple(data.decode("utf-8").removesuffix("\n").split("\n"))
    except UnicodeDecodeError:
        return tuple(vector_rows.decoded(line, errors, f"{path}, line {i + 1}") for i, line in enumerate(lines))


def check_free(path):
    """Refuse a target that exists and is not an empty folder."""
    if os.path.exists(path) and not (os.path.isdir(path) and not os.listdir(path)):
        raise InvalidInputError(f"path must not exist or be an empty folder, {path} is neither.")


def move_folder(folder, target):
    """Put a finished temporary folder in the place of the target, which is absent or empty."""
    os.chmod(folder, 0o755)
    if os.path.isdir(target):
        os.rmdir(target)
    os.rename(folder, target)


def write_folder(path, words, vectors):
    """Write words and vectors into the folder path, which is absent or empty; return path."""
    check_free(path)
    for i, word in enumerate(words):
        if "\n" in word:
            raise InvalidInputError(f"words[{i}] = {word!r} has a line break and cannot be written.")
    target = os.path.abspath(path)
    os.makedirs(os.path.dirname(target), exist_ok=True)
    folder = tempfile.mkdtemp(prefix=".kexuestat-", dir=os.path.dirname(target))
    try:
        with open(os.path.join(folder, "words.txt"), "wb") as file:
            file.write("".join(f"{word}\n" for word in words).encode("utf-8", "surrogatepass"))
        _write_array(os.path.join(folder, "vectors.npy"), vectors)
        move_folder(folder, target)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return path


def _write_array(path, vectors):
    step = max(1, _BLOCK // max(1, vectors.shape[1]))
    with open(path, "wb") as file:
        descr = {"descr": np.lib.format.dtype_to_descr(vectors.dtype), "fortran_order": False, "shape": vectors.shape}
        np.lib.format.write_array_header_1_0(file, descr)
        for start in range(0, vectors.shape[0], step):
            file.write(np.ascontiguousarray(vectors[start : start + step]).tobytes())


READERS = {
    "folder": _read_folder,
    "npy": _read_npy,
    "word2vec-text": _read_text,
    "glove-text": _read_glove,
    "word2vec-binary": _read_binary,
}
