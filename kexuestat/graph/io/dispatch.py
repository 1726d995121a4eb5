"""Which reader or writer a suffix asks for."""

import re
from importlib import import_module

from kexuestat.exceptions import InvalidInputError
from kexuestat.graph.io.source import BOM, atomic_text, label_of, open_bytes, read_text, seekable, suffixes_of
from kexuestat.validation.options import check_integer, check_option, check_real

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


def read_graph(path, *, format=None, directed=None, weight="weight", weight_threshold=0.0):
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
    weight_threshold : float, default=0.0
        Links that weigh less are left out, each by itself, before equal links are summed; their nodes stay. Networks
        of states keep them: their options do the same.

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
    threshold = check_real(weight_threshold, "weight_threshold", 0.0)
    return reader(path, directed=directed, weight=weight, threshold=threshold)


def read_partition(path, *, nodes=None, graph=None, format=None, assign_to_neighbours=False):
    """Return the Partition of a partition file.

    Parameters
    ----------
    path : str, path or open file
        Plain or gzip.
    nodes : sequence, optional
        Nodes of the graph in row order; the result is aligned with them. Ids of the file are matched with integer
        nodes, else with the names in the file, else with rows. Ids that the graph does not have are left out, nodes
        that the file does not have become modules of their own; both are counted in a note (logging). By default the
        nodes are the ids of the file, in its order.
    graph : CSRGraph, optional
        Gives ``nodes``.
    format : {"clu", "tree", "ftree", "csv", "json", "newick"}, optional
        By default from the suffix.
    assign_to_neighbours : bool, default=False
        Nodes that the file does not have join the module they have most link weight to; needs ``graph``.

    Returns
    -------
    Partition
        Its modules are numbered as in the file.

    Raises
    ------
    FileFormatError
        If a line breaks the format, a path holds 0, a module holds a node as well as submodules, or an id stands
        twice.

    Examples
    --------
    >>> import io
    >>> from kexuestat.graph import read_partition
    >>> read_partition(io.StringIO("# node_id module\\n7 1\\n8 1\\n9 2\\n"), format="clu").communities()
    [{8, 7}, {9}]
    """
    from kexuestat.graph.io.read_tree import READERS, aligned

    path = seekable(path)
    if format is None:
        suffix = suffixes_of(path)
        if suffix not in _WRITERS:
            known = ", ".join(sorted(_WRITERS))
            raise InvalidInputError(f"cannot read a partition from {label_of(path)!r}: known suffixes are {known}.")
        format = _WRITERS[suffix]
    read = READERS[check_option(format, "format", READERS)]
    if assign_to_neighbours and graph is None:
        raise InvalidInputError("assign_to_neighbours needs graph.")
    rows = read(read_text(path), label_of(path))
    nodes = graph.nodes if nodes is None and graph is not None else nodes
    return aligned(rows, nodes, label_of(path), graph if assign_to_neighbours else None)


def write_partition(partition, path, *, format=None, precision=6):
    """Write a Partition to a file at one stroke: the file is either complete or not there.

    Parameters
    ----------
    partition : Partition
    path : str, path or open text file
        ``.gz`` is added to any suffix for a packed file.
    format : {"clu", "tree", "ftree", "csv", "json", "newick"}, optional
        By default from the suffix.
    precision : int, default=6
        Significant digits of flows. Equal results give equal files: no time and no machine is written.

    Raises
    ------
    InvalidInputError
        If the suffix is unknown or the file cannot be written.

    Examples
    --------
    >>> import sys
    >>> from kexuestat.graph import Partition, write_partition
    >>> partition = Partition.from_paths([(1,), (1,), (2,)], ["a", "b", "c"])
    >>> write_partition(partition, sys.stdout, format="clu")  # doctest: +SKIP
    """
    from kexuestat.graph.io.write import WRITERS

    check_integer(precision, "precision", 1, 17)
    if format is None:
        suffix = suffixes_of(path)
        if suffix not in _WRITERS:
            known = ", ".join(sorted(_WRITERS))
            raise InvalidInputError(f"cannot write {label_of(path)!r}: the suffix must be one of {known}.")
        format = _WRITERS[suffix]
    write = WRITERS[check_option(format, "format", WRITERS)]
    with atomic_text(path) as stream:
        stream.writelines(write(partition, precision))


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
        head = stream.read(1 << 16).removeprefix(BOM)
        stream.seek(start)
    found = re.search(rb"^[ \t]*(?!#|% )([^\s].*)", head, re.M)  # the first line that is no comment
    first = found.group(1) if found else b""
    if first.startswith(b"%%MatrixMarket"):
        return "mtx"
    if first.startswith(b"{"):
        return "json"
    return "pajek" if b"\n*" in b"\n" + head else "edges"
