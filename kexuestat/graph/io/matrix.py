"""Matrices in files: MatrixMarket and scipy's npz."""

from functools import partial

from kexuestat.exceptions import FileFormatError
from kexuestat.graph.csr import CSRGraph
from kexuestat.graph.io.source import label_of, open_bytes


def read_mtx(source, directed=None, weight="weight", threshold=0.0):
    """Return the CSRGraph of a square MatrixMarket file."""
    from scipy.io import mmread

    with open_bytes(source) as stream:
        matrix = _read(partial(mmread, spmatrix=False), stream, label_of(source), "MatrixMarket")
    return CSRGraph.of(_unweighted(matrix) if weight is None else matrix, directed=directed, weight_threshold=threshold)


def read_npz(source, directed=None, weight="weight", threshold=0.0):
    """Return the CSRGraph of a sparse matrix saved by scipy."""
    from scipy.sparse import load_npz

    with open_bytes(source) as stream:
        matrix = _read(load_npz, stream, label_of(source), "sparse npz")
    return CSRGraph.of(_unweighted(matrix) if weight is None else matrix, directed=directed, weight_threshold=threshold)


def _read(reader, stream, name, what):
    try:
        return reader(stream)
    except (ValueError, KeyError, TypeError, OverflowError, OSError) as error:
        raise FileFormatError(f"{name or 'input'} is no {what} file: {error}.") from None


def _unweighted(matrix):
    return (matrix != 0).astype(float)
