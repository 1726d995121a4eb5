"""Kernels of the search with their naive twins."""

import numpy as np
from hypothesis import strategies as st

from kexuestat._kernels import infomap_contract, infomap_level, infomap_terms, infomap_tree, infomap_trial
from kexuestat._kernels.infomap_terms import _Level
from kexuestat._kernels.labels import distinct_labels
from kexuestat.graph.network import FlowNetwork, Objective
from kexuestat.graph.search import search_partition
from kexuestat.graph.search_level import search_space
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


def _by_another_time(matrix, up, down, directed):
    """Return (codelength as tracked, as the naive twin finds it) of what moves at another Markov time make of nodes."""
    network = directed_network(matrix) if directed else undirected_network(matrix)
    level, rule, node_term = search_space(network, None, 1e-10)
    labels = np.arange(matrix.shape[0]).astype(np.int32)
    found = infomap_trial.other_time(level, labels, rule, 1, 0, up, down, np.zeros(1, np.int64))
    p = matrix.sum(axis=0) / matrix.sum()
    return found + node_term, naive.codelength(bare_flow(matrix) * up / down, p, labels)


def _tree_gain(matrix, fine, coarse, directed):
    """Return (change as tracked, as the naive twin finds it, whether it is a rise) of moves inside a drawn tree."""
    network = directed_network(matrix) if directed else undirected_network(matrix)
    level, rule, _ = search_space(network, None, 1e-10)
    tops = np.unique(np.array(coarse)[fine], return_inverse=True)[1]
    modules = np.unique(np.array(fine), return_inverse=True)[1]
    parent = np.zeros(2 + tops.max() + modules.max() + 1, np.int64)
    parent[2 + tops.max() + modules] = 1 + tops
    leaf = 2 + tops.max() + modules
    p, flow = matrix.sum(axis=0) / matrix.sum(), bare_flow(matrix)
    before = naive.tree_codelength(flow, p, _paths(leaf, parent))
    leaf, parent, change = infomap_tree.tree_moves(level, leaf, parent, rule, 1, 0, 100, np.zeros(1, np.int64))
    return change, naive.tree_codelength(flow, p, _paths(leaf, parent)) - before, float(change > 1e-9)


def _paths(leaf, parent):
    paths = []
    for m in leaf.tolist():
        path = []
        while m != 0:
            path.append(m)
            m = int(parent[m])
        paths.append(tuple(reversed(path)))
    return paths


def linked_matrices(symmetric, most):
    return whole_matrices(symmetric, most).filter(lambda matrix: bare_flow_sum(matrix) > 0)


def bare_flow_sum(matrix):
    return matrix.sum() - np.trace(matrix)


def _with_tree(directed):
    def drawn(matrix):
        n = matrix.shape[0]
        labels = st.lists(st.integers(0, n - 1), min_size=n, max_size=n)
        return st.tuples(st.just(matrix), labels, labels, st.just(directed))

    return linked_matrices(not directed, 7).flatmap(drawn)


def _records(matrix, labels):
    records = np.empty(4 * matrix.shape[0], np.int32)
    total = infomap_terms.module_records(level_of(matrix), np.array(labels, np.int32), True, records)
    assert total == records[0::4].sum()
    return records.reshape(-1, 4)[:, :2]


def _contracted(matrix, labels):
    n_modules = max(labels) + 1
    level = infomap_contract.contract(level_of(matrix), np.array(labels, np.int32), n_modules, True)
    return dense(level.indptr, level.indices, level.weights)


def _is_symmetric(indptr, indices, weights):
    return infomap_level.is_symmetric(indptr, indices.astype(np.int32), weights)


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
        "moves at another Markov time",
        lambda *arguments: _by_another_time(*arguments)[0],
        lambda *arguments: _by_another_time(*arguments)[1],
        st.tuples(linked_matrices(True, 7), st.integers(1, 5), st.integers(1, 5), st.just(False))
        | st.tuples(linked_matrices(False, 7), st.integers(1, 5), st.integers(1, 5), st.just(True)),
        ("infomap_trial.other_time",),
        rtol=1e-9,
        atol=1e-9,
    ),
    Pair(
        "moves inside a tree",
        lambda *arguments: [_tree_gain(*arguments)[0], _tree_gain(*arguments)[2]],
        lambda *arguments: [_tree_gain(*arguments)[1], 0.0],
        _with_tree(False) | _with_tree(True),
        ("infomap_tree.tree_moves",),
        rtol=1e-9,
        atol=1e-9,
    ),
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
        "distinct labels",
        lambda values: np.concatenate(distinct_labels(np.array(values), 9)),
        lambda values: np.concatenate(np.unique(values, return_index=True, return_inverse=True)[1:]),
        st.tuples(st.lists(st.integers(0, 8), min_size=1, max_size=12)),
        ("labels.distinct_labels",),
    ),
    Pair(
        "is_symmetric",
        lambda matrix: int(_is_symmetric(*rows_of(matrix))),
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
