"""Categories of nodes from files: ``id category`` lines, csv with names, or the nodes of a JSON network."""

import json

from kexuestat.exceptions import FileFormatError
from kexuestat.graph.io.edge_list import split_line
from kexuestat.graph.io.pajek import whole
from kexuestat.graph.io.source import bad_line, label_of, read_text, seekable, suffixes_of
from kexuestat.validation.options import check_option

_RULE = "a line must be: id category, both integers, the category not negative"


def read_metadata(path, *, format=None):
    """Return the categories of a metadata file as a dict: node -> category.

    Parameters
    ----------
    path : str, path or open file
        Plain or gzip. Further columns are ignored, so is text behind ``#``.
    format : {"plain", "csv", "json"}, optional
        "plain": integer ids and categories, separated by blanks. "csv": names are allowed for both, the first line is
        a header. "json": the field ``meta`` of the nodes of a JSON network. By default from the suffix, else plain.

    Returns
    -------
    dict

    Raises
    ------
    FileFormatError
        If a line is broken or a node stands in two lines; the message names file, line number and line.
    """
    path = seekable(path)
    suffix = suffixes_of(path).lstrip(".")
    format = format or (suffix if suffix in ("csv", "json") else "plain")
    read = _READERS[check_option(format, "format", _READERS)]
    return read(read_text(path), label_of(path))


def _plain(text, name):
    found = {}
    for line, content in enumerate(text.split("\n"), 1):
        words = content.partition("#")[0].split()
        if not words:
            continue
        if len(words) < 2:
            raise bad_line(name, line, content, _RULE)
        node, category = (whole(word, name, line, content) for word in words[:2])
        if category < 0:
            raise bad_line(name, line, content, _RULE)
        _put(found, node, category, name, line, content)
    return found


def _csv(text, name):
    found = {}
    lines = [(k, line) for k, line in enumerate(text.split("\n"), 1) if line.strip()]
    for line, content in lines[1:]:
        words = split_line(content.strip("\r"), ",")
        if len(words) < 2:
            raise bad_line(name, line, content, "a line must be: id,category")
        _put(found, _number_or_name(words[0]), _number_or_name(words[1]), name, line, content)
    return found


def _json(text, name):
    try:
        nodes = json.loads(text).get("nodes", [])
        return {int(node["id"]): int(node["meta"]) for node in nodes if "meta" in node}
    except (json.JSONDecodeError, AttributeError, KeyError, TypeError, ValueError) as error:
        raise FileFormatError(f"{name or 'input'}: no JSON network with ids and meta ({error}).") from None


def _put(found, node, category, name, line, content):
    if node in found:
        raise bad_line(name, line, content, f"node {node!r} stands in an earlier line")
    found[node] = category


def _number_or_name(word):
    return int(word) if word.lstrip("-").isdigit() else word


_READERS = {"plain": _plain, "csv": _csv, "json": _json}
