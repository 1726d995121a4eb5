"""Files as bytes: opening with or without gzip, reading by blocks, complaints with place, writing at one stroke."""

import gzip
import io
import os
import tempfile
from contextlib import contextmanager
from pathlib import Path

from kexuestat.exceptions import FileFormatError, InvalidInputError

BOM = b"\xef\xbb\xbf"  # some programs begin UTF-8 files with it
BLOCK = 1 << 22  # bytes; larger blocks were not faster


def label_of(source):
    """Return the name of a path or file object, for messages and suffixes."""
    if isinstance(source, (str, bytes, os.PathLike)):
        return os.fsdecode(source)
    name = getattr(source, "name", "")
    return name if isinstance(name, str) else ""


def suffixes_of(source):
    """Return the lower-case suffix without ``.gz``, such as ".csv"."""
    name = label_of(source).lower()
    return Path(name[:-3] if name.endswith(".gz") else name).suffix


@contextmanager
def open_bytes(source):
    """Yield a binary stream of a path (plain or gzip) or of an open file (see ``seekable``)."""
    if hasattr(source, "read"):
        yield source
        return
    try:
        with open(source, "rb") as raw:
            zipped = raw.read(2) == b"\x1f\x8b"
            raw.seek(0)
            if zipped:
                with gzip.open(raw, "rb") as stream:
                    yield stream
            else:
                yield raw
    except (EOFError, gzip.BadGzipFile) as error:
        raise FileFormatError(f"{label_of(source)} is a broken gzip file: {error}.") from None
    except OSError as error:
        raise InvalidInputError(f"cannot read {label_of(source)}: {error.strerror or error}.") from None


def seekable(source):
    """Return a path as it is, an open file (text or binary, a pipe too) as a seekable binary stream with its name."""
    if not hasattr(source, "read"):
        return source
    stream = getattr(source, "buffer", source)
    if not isinstance(stream, io.TextIOBase) and hasattr(stream, "seekable") and stream.seekable():
        return stream
    data = stream.read()
    return held(data.encode() if isinstance(data, str) else data, label_of(source))


def held(data, name):
    """Return bytes as a binary stream with a name."""
    stream = io.BytesIO(data)
    stream.name = name
    return stream


def read_bytes(source):
    """Return the whole content as bytes, gzip undone."""
    with open_bytes(source) as stream:
        return stream.read().removeprefix(BOM)


def read_text(source):
    """Return the whole content as str; bytes that are not UTF-8 are refused with their place."""
    return decode(read_bytes(source), label_of(source))


def decode(data, name):
    """Return bytes as str, without a byte order mark."""
    try:
        return bytes(data).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = bytes(data)[: error.start].count(b"\n") + 1
        raise FileFormatError(f"{name or 'input'}, line {line}: not UTF-8 text ({error.reason}).") from None


def bad_line(name, line, text, rule):
    """Return the FileFormatError of one line."""
    text = text if len(text) <= 80 else text[:77] + "..."
    return FileFormatError(f"{name or 'input'}, line {line}: {rule}, got {text!r}.")


@contextmanager
def atomic_text(path):
    """Yield a text stream that becomes the file at path only when all is written; an open file is written through."""
    if hasattr(path, "write"):
        yield path
        return
    path = Path(os.fsdecode(path))
    try:
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        raise InvalidInputError(f"cannot write {path}: {error.strerror or error}.") from None
    try:
        with os.fdopen(handle, "wb") as raw, _text_onto(raw, path.suffix == ".gz") as stream:
            yield stream
        os.chmod(temporary, 0o666 & ~_umask())
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


@contextmanager
def _text_onto(raw, zipped):
    # no name and no time inside the gzip head, so that equal content is an equal file
    target = gzip.GzipFile(filename="", fileobj=raw, mode="wb", mtime=0) if zipped else raw
    with target, io.TextIOWrapper(target, encoding="utf-8", newline="\n") as stream:
        yield stream


def _umask():
    mask = os.umask(0)
    os.umask(mask)
    return mask
