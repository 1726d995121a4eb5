"""Laws of the two-level search: the result is a verified optimum of its kind, whatever the graph looks like."""

import _thread
import gzip
import json
import threading
import time

import mpmath
import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.graphs import planted
from kexuestat._kernels.infomap_leads import _new_memory, _note_changes, _queue_changed
from kexuestat._kernels.infomap_moves import _move_nodes, _Scratch
from kexuestat._kernels.infomap_terms import _index_change, _unsigned, module_records, plogp_table
from kexuestat.graph.csr import CSRGraph
from kexuestat.graph.general_search import Moves
from kexuestat.graph.model import build_model
from kexuestat.graph.network import FlowNetwork
from kexuestat.graph.rows import Rows
from kexuestat.graph.search import search_partition
from kexuestat.graph.search_level import search_space
from tests.naive import infomap as naive
from tests.registry.graph_search import (
    NO_IDS,
    NOTHING,
    PLAIN,
    bare_flow,
    directed_network,
    rows_of,
    undirected_network,
    whole_matrices,
)


def random_matrix(rng, n, density, directed=False, heavy=False):
    """A random weight matrix with loops, empty rows and, where heavy, weights over 16 orders of magnitude."""
    weights = 10.0 ** rng.uniform(-8, 8, (n, n)) if heavy else rng.integers(1, 4, (n, n)).astype(float)
    matrix = weights * (rng.random((n, n)) < density)
    matrix[rng.integers(n)] = 0.0
    if not directed:
        matrix = np.triu(matrix)
        matrix = matrix + np.triu(matrix, 1).T
    return matrix


def network_of(matrix, directed):
    return directed_network(matrix) if directed else undirected_network(matrix)


CASES = [(density, directed, heavy) for density in (0.05, 0.15, 0.5) for directed in (0, 1) for heavy in (0, 1)]


@pytest.mark.parametrize(("density", "directed", "heavy"), CASES)
def test_result_is_connected_and_no_single_move_and_no_merge_improves_it(rng, density, directed, heavy):
    matrix = random_matrix(rng, 30, density, directed, heavy)
    flow, p = bare_flow(matrix), matrix.sum(axis=0) / matrix.sum()
    result = search_partition(network_of(matrix, directed), PLAIN, seed=3)
    labels = result.levels[0]
    np.testing.assert_allclose(result.codelength, naive.codelength(flow, p, labels), rtol=1e-10, atol=1e-12)
    if labels.max() + 1 < 30 - (matrix.sum(axis=0) + matrix.sum(axis=1) == 0).sum():
        assert naive.modules_are_connected(flow, labels)
    assert naive.best_move(flow, p, labels) < 1e-9
    assert naive.best_merge(flow, p, labels) < 1e-9


def _moves(space, labels, order, memory, slack=1.0, connected=False):
    """Move single nodes, in place; return how many moved."""
    level, rule, _ = space
    n = len(labels)
    records = np.empty(4 * n, level.nodes.dtype)
    total = module_records(level, labels, rule.undirected, records) + rule.offset
    rule, abort = rule._replace(tol=slack * rule.tol), np.zeros(1, np.int64)
    return _move_nodes(level, labels, records, total, order, rule, 0, 1000 * n, connected, memory, abort)[0]


@pytest.mark.parametrize("kind", ["unit", "whole", "real", "directed"])
@pytest.mark.parametrize("n", [30, 500, 10_000])
def test_verified_moves_leave_no_node_that_gains_by_another(rng, kind, n):
    """Few moves between large groups change the terms of nodes far away, which must have their turn again."""
    source, target, _, groups = planted(n, 5 * n, smallest=n // 20 + 2, largest=n // 5 + 3, mixing=0.7, seed=n)
    weight = {"whole": rng.integers(1, 6, len(source)), "real": rng.lognormal(size=len(source))}.get(kind)
    graph = CSRGraph.from_edges(source, target, weight, n_nodes=n, directed=kind == "directed")
    network = build_model(graph, {"directed": kind == "directed"}).network
    space = search_space(network, graph.weights if kind in ("unit", "whole") else None, 1e-10)
    labels, memory = groups, _new_memory(n)
    for shaken, merged in ((0.0, 0), (0.001, 0), (0.0, 1), (0.01, 0), (0.0, 2), (0.1, 0), (0.0, 0), (1.0, 0)):
        labels = np.where(rng.random(n) < shaken, rng.permutation(labels), labels)
        labels = np.where(labels < merged, labels.max(), labels)
        labels = rng.permutation(n)[np.unique(labels, return_inverse=True)[1]].astype(np.int32)
        _moves(space, labels, rng.permutation(n).astype(np.int32), memory)
        labels = np.unique(labels, return_inverse=True)[1].astype(np.int32)
        assert _moves(space, labels, np.arange(n, dtype=np.int32), _new_memory(0), slack=1.01) == 0


def test_remembered_leads_are_used_up_by_a_change_of_the_index(rng):
    """d plogp(total) / d total changes by 1.44 / total per unit of total; the bound is twice that, for each border."""
    n = 40
    level, rule, _ = search_space(undirected_network(random_matrix(rng, n, 0.2)), None, 1e-10)
    labels = rng.integers(0, 4, n).astype(np.int32)
    records = np.empty(4 * n, level.nodes.dtype)
    total = module_records(level, labels, True, records)
    memory, leave = _new_memory(n), level.nodes[0::4]
    memory.labels[:], memory.state[:] = labels, (1, total + total // 8)
    bound = 2 / np.log(2) * rule.scale * (total // 8) / total * leave
    spent = rng.random(n) < 0.5
    memory.lead[:] = np.where(spent, 0.999, 1.001) * bound
    room = np.empty(n, np.uint32), memory.lead, np.zeros(0, np.int64), np.empty(0, np.uint32), np.empty(0)
    places = np.empty(2 * n, np.uint32)
    changes = np.zeros(n, np.uint8), np.zeros(n), np.empty(n, np.uint8)
    scratch = _Scratch(*room, *changes, places, places.view(np.float32))
    queue = np.empty(n, np.uint32)
    waiting = _queue_changed(_unsigned(level), labels.view(np.uint32), records, total, scratch, memory, rule, queue)
    np.testing.assert_array_equal(queue[:waiting], np.flatnonzero(spent | (leave == 0)))


def test_a_turn_renews_the_lead_of_its_node_and_keeps_those_of_the_others():
    n = 8
    level, rule, _ = search_space(undirected_network(np.ones((n, n)) - np.eye(n)), None, 1e-10)
    labels, records = np.zeros(n, np.int32), np.empty(4 * n, level.nodes.dtype)
    total = module_records(level, labels, True, records)
    memory = _new_memory(n)
    memory.state[:] = 1, total
    memory.lead[:] = 100.0
    memory.lead[3] = -1.0
    order, abort = np.arange(n, dtype=np.int32), np.zeros(1, np.int64)
    moves, _ = _move_nodes(level, labels, records, total, order, rule, 0, 1000, False, memory, abort)
    assert moves == 0
    assert 0.0 < memory.lead[3] < 100.0
    np.testing.assert_array_equal(np.delete(memory.lead, 3), 100.0)


@pytest.mark.parametrize(
    "change", [0, 3, -41, 1_999, -1_999, 2_001, -2_001, 19_900, -19_900, 20_100, 900_000, -2_000_000]
)
def test_change_of_the_index_term_is_exact_whatever_its_size(change):
    base, scale = 2_000_000, 1 / 4_100_000
    found = _index_change(base, 1 / base, np.log2(base * scale), base + change, scale, plogp_table(100, scale))
    before, after = (mpmath.mpf(q) * scale for q in (base, base + change))
    exact = sum(sign * (p * mpmath.log(p, 2) if p else 0) for sign, p in ((1, after), (-1, before)))
    assert abs(found - exact) < 3e-16


def test_random_groups_hold_at_most_one_fixed_node_each():
    fixed = np.array([1, 0, 1, 1, 0, 0, 0, 1, 0], np.int64)
    labels = Moves(1, 1, 100, False)._random_groups(fixed)
    assert np.bincount(labels)[labels[fixed == 1]].tolist() == [1, 1, 1, 1]
    assert len(np.unique(labels[fixed == 0])) <= 3


@pytest.mark.parametrize(
    ("indptr", "indices", "weights", "expected"),
    [
        ([0, 1, 2], [1, 0], [1.0, 1.0], True),
        ([0, 1, 2], [1, 0], [1.0, 2.0], False),
        ([0, 1, 1], [1], [1.0], False),
        ([0, 2, 3], [0, 1, 0], [1.0, 1.0, 1.0], False),
    ],
)
def test_rows_know_whether_they_are_symmetric_without_loops(indptr, indices, weights, expected):
    assert Rows(np.array(indptr), np.array(indices), np.array(weights)).symmetric is expected


def test_changes_between_partitions_are_noted_by_node_and_module(rng):
    """Modules are known by their first nodes, whatever their numbers; a new module has no ancestor."""
    n, k = 60, 7
    level = search_space(undirected_network(random_matrix(rng, n, 0.2)), None, 1e-10).level
    size = level.nodes[0::4] + level.nodes[1::4]
    old = np.r_[np.arange(k), rng.integers(0, k, n - k)].astype(np.uint32)
    heirs = rng.permutation(n)[:k].astype(np.uint32)
    new = heirs[old]
    gone = rng.choice(np.arange(k, n), 8, replace=False)
    new[gone[:4]] = heirs[(old[gone[:4]] + 1) % k]
    new[gone[4:]] = np.setdiff1d(np.arange(n), heirs)[0]
    new[old == 6], heirs[6] = heirs[0], n  # a module that ends in another has no heir
    gone = np.union1d(gone, np.flatnonzero(old == 6))
    moved, stirred = np.zeros(n, np.uint8), np.zeros(n)
    scratch = np.full((2, n), -1, np.int32)
    assert _note_changes(level, old, new, moved, stirred, *scratch) == len(gone)
    np.testing.assert_array_equal(np.flatnonzero(moved), gone)
    expected = np.bincount(new[gone], size[gone], n) + np.bincount(heirs[old[gone]], size[gone], n + 1)[:n]
    np.testing.assert_allclose(stirred, expected)


@pytest.mark.parametrize("seed", range(4))
def test_no_node_of_a_result_gains_by_a_move_that_keeps_modules_connected(seed):
    """Rounds that stop early, as on graphs of some size, leave it to the end to settle the nodes."""
    source, target, n, _ = planted(3000, 24_000, mixing=0.6, seed=seed)
    graph = CSRGraph.from_edges(source, target, n_nodes=n)
    network = build_model(graph, {}).network
    labels = search_partition(network, PLAIN, integer_weights=graph.weights, seed=seed).levels[0].astype(np.int32)
    space = search_space(network, graph.weights, 1e-10)
    assert _moves(space, labels, np.arange(n, dtype=np.int32), _new_memory(0), slack=1.01, connected=True) == 0


def two_triangles():
    matrix = np.zeros((6, 6))
    for i, j in [(0, 1), (0, 2), (1, 2), (2, 3), (3, 4), (3, 5), (4, 5)]:
        matrix[i, j] = matrix[j, i] = 1.0
    return matrix


def test_two_triangles_are_split_at_their_link():
    result = search_partition(undirected_network(two_triangles()), PLAIN)
    np.testing.assert_array_equal(result.levels[0], [0, 0, 0, 1, 1, 1])
    np.testing.assert_allclose(result.codelength, 2.3207303568, atol=1e-10)


@given(st.sampled_from(["integers", "floats", "directed"]), st.integers(0, 10**6))
def test_tracked_codelength_is_that_of_a_fresh_evaluation(kind, seed):
    rng = np.random.default_rng(seed)
    matrix = random_matrix(rng, 12, 0.3, kind == "directed", kind == "floats")
    if matrix.sum() == 0:
        return
    network = network_of(matrix, kind == "directed")
    weights = rows_of(matrix - np.diag(np.diag(matrix)))[2] if kind == "integers" else None
    result = search_partition(network, PLAIN, seed=seed, integer_weights=weights)
    if result.history[0][-1] > result.codelength + 1e-9:  # one module was shorter than all that moves found
        assert np.unique(result.levels[0]).shape[0] <= 12
    p = matrix.sum(axis=0) / matrix.sum()
    np.testing.assert_allclose(result.codelength, naive.codelength(bare_flow(matrix), p, result.levels[0]), atol=1e-9)


def test_whole_weights_and_their_flow_give_the_same_codelength(rng):
    matrix = random_matrix(rng, 60, 0.1)
    network = undirected_network(matrix)
    weights = rows_of(matrix - np.diag(np.diag(matrix)))[2]
    whole = search_partition(network, PLAIN, n_trials=5, integer_weights=weights.astype(np.int64))
    real = search_partition(network, PLAIN, n_trials=5)
    np.testing.assert_allclose(whole.codelength, real.codelength, rtol=1e-9)


@pytest.mark.parametrize("n_jobs", [2, 3, None, -1])
def test_any_number_of_threads_gives_the_same_result(rng, n_jobs):
    network = undirected_network(random_matrix(rng, 50, 0.1))
    one = search_partition(network, PLAIN, n_trials=6, seed=5)
    many = search_partition(network, PLAIN, n_trials=6, seed=5, n_jobs=n_jobs)
    np.testing.assert_array_equal(one.trial_codelengths, many.trial_codelengths)
    np.testing.assert_array_equal(one.levels[0], many.levels[0])


def test_a_trial_depends_on_seed_and_number_alone(rng):
    network = undirected_network(random_matrix(rng, 50, 0.1))
    few = search_partition(network, PLAIN, n_trials=2, seed=5)
    more = search_partition(network, PLAIN, n_trials=6, seed=5)
    np.testing.assert_array_equal(few.trial_codelengths, more.trial_codelengths[:2])


def test_renaming_nodes_keeps_the_best_codelength(rng):
    matrix = random_matrix(rng, 40, 0.1)
    order = rng.permutation(40)
    one = search_partition(undirected_network(matrix), PLAIN, n_trials=20)
    other = search_partition(undirected_network(matrix[np.ix_(order, order)]), PLAIN, n_trials=20)
    np.testing.assert_allclose(one.codelength, other.codelength, rtol=1e-9)


def test_scaling_all_weights_keeps_the_result(rng):
    matrix = random_matrix(rng, 40, 0.1)
    one = search_partition(undirected_network(matrix), PLAIN, n_trials=3)
    for factor in (1e-12, 3.0, 1e12):
        other = search_partition(undirected_network(matrix * factor), PLAIN, n_trials=3)
        np.testing.assert_allclose(one.codelength, other.codelength, rtol=1e-9)


@given(whole_matrices(True), st.integers(0, 100))
def test_a_start_partition_never_hurts(matrix, seed):
    if matrix.sum() == 0:
        return
    rng = np.random.default_rng(seed)
    init = rng.integers(0, 3, matrix.shape[0])
    network = undirected_network(matrix)
    without = search_partition(network, PLAIN, seed=seed)
    result = search_partition(network, PLAIN, seed=seed, init=init)
    given_length = naive.codelength(bare_flow(matrix), matrix.sum(axis=0) / matrix.sum(), init)
    assert result.codelength <= min(given_length, without.codelength) + 1e-12


def test_more_effort_gives_no_longer_code(rng):
    network = undirected_network(random_matrix(rng, 60, 0.1))
    fast, balanced, thorough = (
        search_partition(network, PLAIN, seed=1, effort=effort).codelength
        for effort in ("fast", "balanced", "thorough")
    )
    assert thorough <= balanced + 1e-12 <= fast + 2e-12


def empty_network(n):
    return FlowNetwork(np.zeros(n + 1, np.int64), NO_IDS, NOTHING, np.zeros(n), NOTHING, NOTHING, True, NO_IDS)


@pytest.mark.parametrize("n", [1, 2, 7])
def test_nodes_without_links_are_singletons_of_codelength_0(n):
    result = search_partition(empty_network(n), PLAIN, n_trials=2)
    assert result.codelength == 0.0
    np.testing.assert_array_equal(result.levels[0], np.arange(n))


def test_isolated_nodes_and_nodes_with_only_a_loop_stay_alone():
    matrix = np.zeros((9, 9))
    matrix[:6, :6] = two_triangles()
    matrix[6, 6] = 3.0
    labels = search_partition(undirected_network(matrix), PLAIN).levels[0]
    assert np.bincount(labels)[labels[6:]].tolist() == [1, 1, 1]


def test_auto_trials_stop_after_five_more_without_progress():
    result = search_partition(undirected_network(two_triangles()), PLAIN, auto_trials=True)
    assert result.trial_codelengths.shape[0] == 6


def shared_graph(shared, name):
    entry = next(g for g in json.loads((shared / "data/graphs/INDEX.json").read_text())["graphs"] if g["name"] == name)
    with gzip.open(shared / "data/graphs" / entry["edges"], "rt") as file:
        rows = [line.strip().split(",") for line in file][1:]
    ids = {key: k for k, key in enumerate(dict.fromkeys(x for row in rows for x in row[:2]))}
    matrix = np.zeros((len(ids), len(ids)))
    for row in rows:
        i, j, w = ids[row[0]], ids[row[1]], float(row[2]) if entry["weighted"] else 1.0
        matrix[i, j] += w
        if i != j:
            matrix[j, i] += w
    return matrix, entry["reference"]["undirected"]["two_level"]["codelength"]


SMALL = ["karate", "dolphins", "lesmis", "polbooks", "football", "jazz", "celegansneural", "davis-bipartite"]


@pytest.mark.parametrize(
    "name",
    [
        *SMALL,
        pytest.param("email-Eu-core", marks=pytest.mark.slow),
        pytest.param("fb100-Reed98", marks=pytest.mark.slow),
    ],
)
def test_ten_trials_reach_the_reference_codelength(shared, name):
    matrix, reference = shared_graph(shared, name)
    weights = rows_of(matrix - np.diag(np.diag(matrix)))[2].astype(np.int64)
    result = search_partition(undirected_network(matrix), PLAIN, n_trials=10, integer_weights=weights)
    assert result.codelength <= reference * (1 + 1e-6)


def random_network(n_nodes, n_links):
    ends = np.random.default_rng(1).integers(0, n_nodes, (2, n_links))
    ends = ends[:, ends[0] != ends[1]]
    rows = sp.coo_array((np.ones(2 * ends.shape[1]), (np.r_[ends[0], ends[1]], np.r_[ends[1], ends[0]]))).tocsr()
    rows.sum_duplicates()
    total = rows.data.sum()
    return FlowNetwork(
        rows.indptr.astype(np.int64),
        rows.indices.astype(np.int64),
        rows.data / total,
        np.asarray(rows.sum(axis=1)).ravel() / total,
        NOTHING,
        NOTHING,
        True,
        NO_IDS,
    )


def interrupted_search(n_trials, seconds):
    search_partition(random_network(100, 1000), PLAIN)  # so that nothing is left to be compiled
    network = random_network(300_000, 3_000_000)
    threading.Timer(seconds, _thread.interrupt_main).start()
    begin = time.perf_counter()
    try:
        search_partition(network, PLAIN, n_trials=n_trials)
    finally:
        assert time.perf_counter() - begin - seconds < 5.0  # a busy machine; alone it is well below one second


@pytest.mark.slow
@pytest.mark.usefixtures("interruptible")
def test_an_interrupt_before_the_first_trial_ends_is_passed_on():
    with pytest.raises(KeyboardInterrupt):
        interrupted_search(1, 0.3)


@pytest.mark.slow
@pytest.mark.usefixtures("interruptible")
def test_an_interrupt_keeps_the_best_finished_trial_and_says_so():
    with pytest.warns(UserWarning, match=r"Interrupted: the best of \d+ finished trials is returned"):
        interrupted_search(50, 20.0)


def test_frozen_nodes_and_groups_are_respected():
    network = undirected_network(two_triangles())
    init = np.array([0, 1, 2, 3, 4, 5])
    frozen = np.array([True, True, False, False, False, False])
    labels = search_partition(network, PLAIN, init=init, frozen=frozen).levels[0]
    assert labels[0] != labels[1]
    groups = np.array([0, 1, 2, 3, 4, 0])
    labels = search_partition(network, PLAIN, groups=groups).levels[0]
    assert labels[0] == labels[5]
