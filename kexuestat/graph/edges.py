"""Links in any spelling -> rows -> compressed rows: ids that need not be contiguous, names, node lists."""

import contextlib
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numba.core.config import NUMBA_NUM_THREADS

from kexuestat._kernels import csr
from kexuestat._kernels import link_rows as kernels
from kexuestat.exceptions import InvalidInputError
from kexuestat.graph.memory import check_rows_memory
from kexuestat.graph.rows import Rows
from kexuestat.validation.graph import as_weights, check_ids, check_n_nodes, check_same_length
from kexuestat.validation.options import check_integer

_MOST_BUCKETS, _BUCKET = 11, 15  # bits: at most 2048 buckets, of 32 k entries each where that is enough
_PART, _BUCKETS_AT_ONCE = 1 << 21, 64  # links, and buckets, that one thread takes at a time


def link_rows(source, target, weight, n_nodes, nodes):
    """Return rows of source and target (integer arrays), weights (float64 or None) and the nodes in row order."""
    source, target = _as_ids(source, "source"), _as_ids(target, "target")
    weights = None if weight is None else as_weights(weight)
    check_same_length(source, target, weights)
    numeric = source.dtype.kind == "i" and target.dtype.kind == "i"
    if n_nodes is not None:
        rows = _given_rows(source, target, numeric, check_integer(n_nodes, "n_nodes", 1))
        nodes = range(n_nodes) if nodes is None else _checked_nodes(nodes, n_nodes)
    elif nodes is not None:
        rows, nodes = _rows_in(nodes, source, target), nodes
    elif source.shape[0] == 0:
        rows, nodes = (source.astype(np.int64), target.astype(np.int64)), range(0)
    elif numeric:
        rows, nodes = integer_rows(source, target)
    else:
        rows, nodes = name_rows(source, target)
    return (*rows, weights, nodes)


def _as_ids(values, name):
    array = values if isinstance(values, np.ndarray) else _array_of(values)
    if array.ndim != 1:
        raise InvalidInputError(f"{name} must have one dimension, got shape {array.shape}.")
    if array.dtype.kind == "f":
        return _whole(array, name)
    if array.dtype.kind == "u" and array.dtype.itemsize == 8 and array.size and array.max() >= 2**63:
        return array.astype(object)
    if array.dtype.kind in "bu" or (array.dtype.kind == "i" and array.dtype.itemsize < 4):
        array = array.astype(np.int64)
    return np.ascontiguousarray(array)


def _array_of(values):
    values = values if hasattr(values, "__array__") else list(values)
    if not isinstance(values, list):
        return np.asarray(values)
    if not {type(value) for value in values} - {int, np.int64, np.int32}:
        with contextlib.suppress(OverflowError):
            return np.array(values, dtype=np.int64)
    array = np.empty(len(values), dtype=object)  # text, tuples, huge numbers or mixed: every value stays itself
    array[:] = values
    return array


def _whole(array, name):
    with np.errstate(invalid="ignore"):
        whole = array.astype(np.int64)
    bad = whole != array
    if bad.any():
        e = int(np.argmax(bad))
        raise InvalidInputError(
            f"node ids must be whole numbers or names, got {name}[{e}] = {array[e]}; pass affinity='knn' for features."
        )
    return whole


def _given_rows(source, target, numeric, n_nodes):
    check_n_nodes(n_nodes)
    if not numeric:
        raise InvalidInputError("with n_nodes the ids must be integers; pass nodes= for names.")
    return check_ids(source, "source", n_nodes), check_ids(target, "target", n_nodes)


def _checked_nodes(nodes, n_nodes):
    if len(nodes) != n_nodes:
        raise InvalidInputError(f"nodes must have n_nodes ({n_nodes}) entries, got {len(nodes)}.")
    return nodes


def _rows_in(nodes, source, target):
    row_of = {node: i for i, node in enumerate(nodes)}
    if len(row_of) != len(nodes):
        raise InvalidInputError(f"nodes must be distinct, got {len(nodes) - len(row_of)} repetitions.")
    try:
        return tuple(np.array([row_of[v] for v in ids.tolist()], dtype=np.int64) for ids in (source, target))
    except KeyError as missing:
        raise InvalidInputError(f"links must join members of nodes, got {missing.args[0]!r}.") from None


def integer_rows(source, target):
    """Return the rows of two non-empty integer arrays and the ids in row order (range(n) where they are that)."""
    low, high = (int(bound) for bound in csr.id_bounds(source, target))
    if high - low <= 16 * len(source) + 1024:
        ids = csr.used_ids(source, target, low, high)
        if low == 0 and len(ids) == high + 1:
            return (source, target), range(high + 1)
        return (csr.ids_to_rows(source, ids, low, high), csr.ids_to_rows(target, ids, low, high)), ids
    ids = np.union1d(source, target).astype(np.int64)
    return (np.searchsorted(ids, source), np.searchsorted(ids, target)), ids


def name_rows(source, target):
    """Return the rows of two arrays of hashable values and the values in order of first appearance."""
    row_of = {}
    both = (value for pair in zip(source.tolist(), target.tolist()) for value in pair)
    try:
        rows = np.fromiter((row_of.setdefault(v, len(row_of)) for v in both), np.int64, 2 * len(source))
    except TypeError as error:
        raise InvalidInputError(f"nodes must be hashable: {error}.") from None
    return (rows[0::2].copy(), rows[1::2].copy()), list(row_of)


def compressed_rows(source, target, weights, n_nodes, symmetric):
    """Return the Rows of links: columns sorted, equal links summed, zeros dropped.

    Parameters
    ----------
    source, target : ndarray of integers, shape (n_links,)
        Rows in 0 ... n_nodes - 1.
    weights : ndarray of float64, shape (n_links,), or None
        None: every link weighs 1.
    n_nodes : int
        Below 2**31.
    symmetric : bool
        Each link stands in the rows of both ends, a loop once.
    """
    n_entries = 2 * len(source) if symmetric else len(source)
    check_rows_memory(n_entries, n_nodes, weights is not None)
    column_bits = max(1, int(n_nodes - 1).bit_length())
    shift = column_bits - min(column_bits, _MOST_BUCKETS, max(0, n_entries.bit_length() - _BUCKET))
    n_buckets = ((n_nodes - 1) >> shift) + 1
    parts = [slice(at, at + _PART) for at in range(0, max(len(source), 1), _PART)]
    counts = _each(lambda p: kernels.bucket_counts(source[p], target[p], shift, n_buckets, symmetric), parts)
    begin = np.concatenate(([0], np.cumsum(np.sum(counts, axis=0))))
    n_entries = int(begin[-1])
    keys, values = np.empty(n_entries, dtype=np.int64), np.empty(0 if weights is None else n_entries)
    given = values if weights is None else weights
    heads = begin[:-1] + np.cumsum([np.zeros(n_buckets, dtype=np.int64), *counts[:-1]], axis=0)
    _each(
        lambda part: kernels.links_into_buckets(
            source[part[0]], target[part[0]], given[part[0]], shift, column_bits, symmetric, part[1], keys, values
        ),
        list(zip(parts, heads)),
    )
    columns, indptr = np.empty(n_entries, dtype=np.int32), np.zeros(n_nodes + 1, dtype=np.int64)
    rest = shift + column_bits, column_bits, columns, indptr
    ranges = [(first, min(first + _BUCKETS_AT_ONCE, n_buckets)) for first in range(0, n_buckets, _BUCKETS_AT_ONCE)]
    repeats = sum(_each(lambda part: kernels.sort_buckets(keys, values, begin, *part, *rest), ranges))
    if weights is None and repeats:
        values = np.ones(n_entries)
    if repeats or (weights is not None and not values.all()):
        kept = kernels.merge_repeats(keys, values, column_bits, columns, indptr)
        columns, values = _front(columns, kept), _front(values, kept)
    np.cumsum(indptr, out=indptr)
    return Rows(indptr, columns, values)


def _each(work, parts):
    """Return the results of work on each part, several on all threads: parts write to different places.

    Between parts an interrupt is seen.
    """
    if len(parts) == 1 or NUMBA_NUM_THREADS == 1:
        return [work(part) for part in parts]
    with ThreadPoolExecutor(NUMBA_NUM_THREADS) as pool:
        return list(pool.map(work, parts))


def _front(array, kept):
    """The first entries; a copy only if that frees a good part of the memory."""
    return array[:kept].copy() if kept < 0.75 * len(array) else array[:kept]
