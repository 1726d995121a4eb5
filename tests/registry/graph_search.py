"""Kernels of the search with their naive twins."""

import numpy as np
from hypothesis import strategies as st

from kexuestat._kernels import infomap_contract, infomap_level, infomap_terms
from kexuestat._kernels.infomap_terms import _Level
from kexuestat.graph.network import FlowNetwork, Objective
from kexuestat.graph.search import search_partition
from tests.contract import Pair
from tests.naive import infomap as naive

NOTHING, NO_IDS = np.empty(0), np.empty(0, np.int64)
PLAIN = Objective(0.0, NO_IDS, NOTHING, 0.0, 0)


@st.composite
def whole_matrices(draw, symmetric, most=5):
    """A dense matrix of small whole weights; rows may be empty, loops occur."""
    n = draw(st.integers(1, most))
    entry = st.sampled_from([0, 0, 0, 1, 1, 2, 7])
    a = np.array(draw(st.lists(entry, min_size=n * n, max_size=n * n)), dtype=np.int64).reshape(n, n)
    return np.triu(a) + np.triu(a, 1).T if symmetric else a


def rows_of(matrix):
    """Return (indptr, indices, weights) of a dense matrix, rows sorted."""
    rows, columns = np.nonzero(matrix)
    indptr = np.zeros(matrix.shape[0] + 1, np.int64)
    np.cumsum(np.bincount(rows, minlength=matrix.shape[0]), out=indptr[1:])
    return indptr, columns.astype(np.int64), matrix[rows, columns]


def level_of(matrix, record_type=np.int32):
    """Return the _Level of a symmetric matrix of whole weights and the visit counts of its nodes."""
    bare = matrix - np.diag(np.diag(matrix))
    indptr, indices, weights = rows_of(bare)
    nodes = infomap_level.node_quanta(indptr, weights.astype(record_type), matrix.sum(axis=1), np.empty(0, record_type))
    return _Level(indptr, indices.astype(np.int32), weights.astype(record_type), nodes)


def dense(indptr, indices, weights):
    n = indptr.shape[0] - 1
    matrix = np.zeros((n, n))
    np.add.at(matrix, (np.repeat(np.arange(n), np.diff(indptr)), indices), weights)
    return matrix


def undirected_network(matrix):
    """Return the FlowNetwork of a symmetric weight matrix (loops allowed) by spec: p = s / W, f = w / W."""
    total = matrix.sum()
    bare = matrix - np.diag(np.diag(matrix))
    indptr, indices, weights = rows_of(bare)
    p = matrix.sum(axis=1) / total
    return FlowNetwork(indptr, indices, weights / total, p, NOTHING, NOTHING, True, NO_IDS)


def directed_network(matrix):
    """Return the FlowNetwork with f = w / sum w and p = inflow."""
    total = matrix.sum()
    bare = matrix - np.diag(np.diag(matrix))
    indptr, indices, weights = rows_of(bare)
    return FlowNetwork(indptr, indices, weights / total, matrix.sum(axis=0) / total, NOTHING, NOTHING, False, NO_IDS)


def bare_flow(matrix):
    return (matrix - np.diag(np.diag(matrix))) / matrix.sum()


def _searched(matrix, directed):
    if matrix.sum() == 0:
        return 0.0
    network = directed_network(matrix) if directed else undirected_network(matrix)
    weights = None if directed else rows_of(matrix - np.diag(np.diag(matrix)))[2]
    return search_partition(network, PLAIN, n_trials=10, integer_weights=weights).codelength


def _shortest(matrix, directed):
    if matrix.sum() == 0:
        return 0.0
    p = matrix.sum(axis=0) / matrix.sum()
    return naive.shortest(bare_flow(matrix), p)


def _hierarchical(matrix):
    """Return the codelength of the searched hierarchy and whether it is at most the two-level one."""
    if matrix.sum() == 0:
        return [0.0, 1.0]
    network = undirected_network(matrix)
    deep = search_partition(network, PLAIN, n_trials=3, two_level=False)
    flat = search_partition(network, PLAIN, n_trials=3)
    return [min(deep.codelength, flat.codelength), float(deep.codelength <= flat.codelength + 1e-12)]


def _records(matrix, labels):
    records = np.empty(4 * matrix.shape[0], np.int32)
    total = infomap_terms.module_records(level_of(matrix), np.array(labels, np.int32), True, records)
    assert total == records[0::4].sum()
    return records.reshape(-1, 4)[:, :2]


def _contracted(matrix, labels):
    n_modules = max(labels) + 1
    level = infomap_contract.contract(level_of(matrix), np.array(labels, np.int32), n_modules, True)
    return dense(level.indptr, level.indices, level.weights)


def _both(matrix):
    indptr, indices, weights = rows_of(matrix)
    indptr, indices, sums, leave, enter = infomap_level.both_directions(indptr, indices, weights)
    return np.vstack([dense(indptr, indices, sums), leave, enter])


def _labelled(symmetric):
    def with_labels(matrix):
        n = matrix.shape[0]
        return st.tuples(st.just(matrix), st.lists(st.integers(0, n - 1), min_size=n, max_size=n))

    return whole_matrices(symmetric).flatmap(with_labels)


PAIRS = [
    Pair(
        "a hierarchy of at most five nodes is at most the shortest two-level code",
        lambda matrix: [max(_hierarchical(matrix)[0], _shortest(matrix, False)), _hierarchical(matrix)[1]],
        lambda matrix: [_shortest(matrix, False), 1.0],
        st.tuples(whole_matrices(True)),
        ("infomap_hierarchy.hierarchy_below",),
        rtol=1e-9,
    ),
    Pair(
        "search finds the shortest codelength of small graphs",
        _searched,
        _shortest,
        st.tuples(whole_matrices(True), st.just(False)),
        ("infomap_trial.two_level_trial",),
        rtol=1e-9,
    ),
    Pair(
        "search finds the shortest codelength of small directed flows",
        _searched,
        _shortest,
        st.tuples(whole_matrices(False, most=4), st.just(True)),
        ("infomap_trial.two_level_trial",),
        rtol=1e-9,
    ),
    Pair(
        "module_records",
        _records,
        lambda matrix, labels: naive.module_sums(
            matrix - np.diag(np.diag(matrix)), matrix.sum(axis=1), labels, matrix.shape[0]
        )[:, :2],
        _labelled(True),
        ("infomap_terms.module_records", "infomap_level.node_quanta"),
    ),
    Pair(
        "contract",
        _contracted,
        lambda matrix, labels: naive.contracted(matrix, labels, max(labels) + 1),
        _labelled(True),
        ("infomap_contract.contract",),
    ),
    Pair(
        "both_directions",
        _both,
        lambda matrix: np.vstack(naive.both_directions(matrix)),
        st.tuples(whole_matrices(False)),
        ("infomap_level.both_directions",),
    ),
    Pair(
        "is_symmetric",
        lambda matrix: int(infomap_level.is_symmetric(*rows_of(matrix))),
        lambda matrix: int(naive.is_symmetric(matrix)),
        st.tuples(whole_matrices(True) | whole_matrices(False)),
        ("infomap_level.is_symmetric",),
    ),
    Pair(
        "quanta_of_flow",
        lambda values, scale: infomap_level.quanta_of_flow(np.array([0, 3]), np.array(values), np.array([scale])),
        lambda values, scale: naive.quanta([scale * value for value in values or [1.0] * 3], 1.0),
        st.tuples(
            st.lists(st.floats(0, 1), min_size=3, max_size=3) | st.just([]), st.sampled_from([0.0, 0.125, 0.3, 1.0])
        ),
        ("infomap_level.quanta_of_flow",),
    ),
    Pair(
        "are_whole",
        lambda values: infomap_level.are_whole(np.array(values)),
        lambda values: all(value == int(value) and 0 <= value < 2**31 for value in values),
        st.tuples(st.lists(st.sampled_from([0.0, 1.0, 7.0, 0.5, 2.0**31 - 1, 2.0**31, -1.0, 1e300]))),
        ("infomap_level.are_whole",),
    ),
    Pair(
        "plogp_table",
        infomap_terms.plogp_table,
        naive.plogp_table,
        st.tuples(st.integers(1, 50), st.sampled_from([1.0, 0.01, 2.0**-52])),
        ("infomap_terms.plogp_table",),
    ),
]
