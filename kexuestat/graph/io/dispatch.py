"""Which reader or writer a suffix asks for."""

from importlib import import_module

from kexuestat.exceptions import InvalidInputError
from kexuestat.graph.io.source import label_of, open_bytes, seekable, suffixes_of
from kexuestat.validation.options import check_option

_READERS = {
    "edges": ("edge_list", "read_edge_list"),
    "csv": ("edge_list", "read_edge_list"),
    "tsv": ("edge_list", "read_edge_list"),
    "pajek": ("pajek", "read_pajek"),
    "mtx": ("matrix", "read_mtx"),
    "npz": ("matrix", "read_npz"),
    "gml": ("foreign", "read_gml"),
    "graphml": ("foreign", "read_graphml"),
    "gexf": ("foreign", "read_gexf"),
    "metis": ("foreign", "read_metis"),
    "json": ("json_network", "read_json"),
}
_SUFFIXES = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".tab": "tsv",
    ".txt": "pajek",
    ".edges": "pajek",
    ".edgelist": "pajek",
    ".konect": "edges",
    ".net": "pajek",
    ".states": "pajek",
    ".pajek": "pajek",
    ".paj": "pajek",
    ".mtx": "mtx",
    ".npz": "npz",
    ".gml": "gml",
    ".graphml": "graphml",
    ".xml": "graphml",
    ".gexf": "gexf",
    ".metis": "metis",
    ".graph": "metis",
    ".json": "json",
}
_WRITERS = {
    ".clu": "clu",
    ".tree": "tree",
    ".ftree": "ftree",
    ".csv": "csv",
    ".json": "json",
    ".nwk": "newick",
    ".newick": "newick",
}


def read_graph(path, *, format=None, directed=None, weight="weight"):
    """Return the graph of a file: a CSRGraph, or a StateNetwork or MultilayerNetwork where the file holds one.

    Parameters
    ----------
    path : str, path or open file
        Plain or gzip; an open file (such as standard input) is told by its content.
    format : {"edges", "csv", "tsv", "pajek", "mtx", "npz", "gml", "graphml", "gexf", "metis", "json"}, optional
        By default from the suffix, ``.gz`` apart.
    directed : bool, optional
        By default as the file says, undirected where it says nothing.
    weight : str or None, default="weight"
        Column or edge attribute with the weights; None: every link weighs 1.

    Returns
    -------
    CSRGraph, StateNetwork or MultilayerNetwork

    Raises
    ------
    FileFormatError
        If a line breaks the format; the message names file, line number and line.
    InvalidInputError
        If the suffix is unknown or the file cannot be read.

    Examples
    --------
    >>> import io
    >>> from kexuestat.graph import read_graph
    >>> read_graph(io.StringIO("source,target\\nann,bob\\nbob,eve\\n"))
    CSRGraph(3 nodes, 2 links, undirected)
    """
    path = seekable(path)
    if format is None:
        format = _format_of(path)
    module, name = _READERS[check_option(format, "format", _READERS)]
    reader = getattr(import_module(f"kexuestat.graph.io.{module}"), name)
    return reader(path, directed=directed, weight=weight)


def _format_of(path):
    suffix = suffixes_of(path)
    if suffix in _SUFFIXES:
        found = _SUFFIXES[suffix]
        return _by_content(path) if found == "pajek" else found
    if hasattr(path, "read"):
        return _by_content(path)
    raise InvalidInputError(
        f"cannot tell the format of {label_of(path)!r} by its suffix; known are {', '.join(sorted(_SUFFIXES))} "
        "(with or without .gz), or pass format=."
    )


def _by_content(path):
    """Tell a file with headings, a matrix or JSON from a link list."""
    with open_bytes(path) as stream:
        start = stream.tell()
        head = stream.read(1 << 16)
        stream.seek(start)
    lines = (line.strip() for line in head.split(b"\n"))
    first = next((line for line in lines if line and not line.startswith((b"#", b"% "))), b"")
    if first.startswith(b"%%MatrixMarket"):
        return "mtx"
    if first.startswith(b"{"):
        return "json"
    return "pajek" if b"\n*" in b"\n" + head else "edges"
