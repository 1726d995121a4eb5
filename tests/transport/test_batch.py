"""emd_batch: every pair equals the single problem, whatever is cached, cancelled, blocked or threaded."""

import os
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kexuestat.exceptions import InvalidInputError
from kexuestat.transport import cost_matrix, emd_batch, emd_cost

METRICS = ("euclidean", "rms", "chord", "cosine", "sqeuclidean")


def corpus(rng, n_documents, n_words=25, longest=9):
    """Ragged documents with an empty one, a repeated one and zero weights."""
    documents = [np.sort(rng.choice(n_words, rng.integers(1, longest), replace=False)) for _ in range(n_documents - 2)]
    documents = [*documents, np.empty(0, np.int64), documents[0]]
    weights = [rng.integers(1, 4, len(d)) * 1.0 for d in documents]
    weights[-1] = 3 * weights[0]
    weights[1] = np.append(weights[1][:-1] * 0, 2.0)
    return np.cumsum([0, *map(len, documents)]), np.concatenate(documents), np.concatenate(weights)


def one_by_one(left, right, cost):
    table = np.full((len(left[0]) - 1, len(right[0]) - 1), np.nan)
    for i, j in np.ndindex(table.shape):
        x, y = slice(*left[0][i : i + 2]), slice(*right[0][j : j + 2])
        if left[2][x].sum() > 0 and right[2][y].sum() > 0:
            table[i, j] = emd_cost(left[2][x], right[2][y], cost[np.ix_(left[1][x], right[1][y])], normalize=True)
    return table


@pytest.mark.parametrize("metric", METRICS)
def test_batch_equals_single_problems(metric, rng):
    vectors = rng.standard_normal((25, 6))
    left, right = corpus(rng, 9), corpus(rng, 12)
    cost = cost_matrix(vectors, metric=metric)
    want = one_by_one(left, right, cost)
    close = {"rtol": 1e-11, "atol": 1e-13}
    np.testing.assert_allclose(emd_batch(left, right, cost=cost), want, **close)
    np.testing.assert_allclose(emd_batch(left, right, vectors=vectors, metric=metric), want, **close)
    np.testing.assert_allclose(emd_batch(left, vectors=vectors, metric=metric), one_by_one(left, left, cost), **close)
    pairs = rng.integers(0, 9, (30, 2))
    np.testing.assert_allclose(
        emd_batch(left, right, vectors=vectors, metric=metric, pairs=pairs), want[tuple(pairs.T)], **close
    )


@given(st.integers(0, 2**32 - 1), st.booleans())
def test_cancelling_common_words_changes_nothing_for_a_metric(seed, tied):
    rng = np.random.default_rng(seed)
    vectors = rng.integers(0, 3, (25, 3)) * 1.0 if tied else rng.standard_normal((25, 3))
    documents = corpus(rng, 5)
    on, off = (emd_batch(documents, vectors=vectors, cancel=c) for c in (True, False))
    np.testing.assert_allclose(on, off, rtol=1e-10, atol=1e-12)


def test_cancelling_is_wrong_for_one_minus_cosine():
    # the word y lies between x and z: sending x -> y -> z through the common word is cheaper than x -> z at once
    angles = np.array([0.0, 0.5, 1.0])
    cost = cost_matrix(np.column_stack([np.cos(angles), np.sin(angles)]), metric="cosine")
    documents = np.array([0, 2, 4]), np.array([0, 1, 1, 2]), np.ones(4)
    right, wrong = (emd_batch(documents, cost=cost, cancel=c)[0, 1] for c in (False, True))
    assert wrong > right + 0.1
    with pytest.raises(
        InvalidInputError, match=r'cancel=True needs a metric cost; metric="cosine" breaks the triangle'
    ):
        emd_batch(documents, vectors=np.eye(3), metric="cosine", cancel=True)


@pytest.mark.parametrize("metric", METRICS)
def test_a_text_against_itself_or_its_copy_is_exactly_zero(metric, rng):
    documents = corpus(rng, 8)
    table = emd_batch(documents, vectors=rng.standard_normal((25, 40)) * 100, metric=metric)
    assert (np.diag(table)[:-2] == 0).all()
    assert table[0, -1] == 0
    assert np.isnan(table[-2]).all()
    assert np.isnan(table[:, -2]).all()


@pytest.mark.parametrize("metric", ["euclidean", "cosine"])
def test_results_are_the_same_bits_for_any_number_of_threads(metric, rng):
    documents = corpus(rng, 60)
    vectors = rng.standard_normal((25, 6))
    one, two, four = (emd_batch(documents, vectors=vectors, metric=metric, n_jobs=n) for n in (None, 2, 4))
    np.testing.assert_array_equal(one, two)
    np.testing.assert_array_equal(one, four)


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("scale", [1.0, 1e160])
def test_pairs_with_few_costs_are_solved_from_their_vectors(metric, scale, rng):
    left, right = corpus(rng, 40, 300, 12), corpus(rng, 30, 300, 12)
    vectors = rng.standard_normal((300, 6)) * (scale if metric != "sqeuclidean" else 1e60)
    pairs = np.column_stack([rng.integers(0, 40, 50), rng.integers(0, 30, 50)])
    pairs[:3] = [[3, 3], [38, 3], [3, 28]]  # one of two is empty
    want = emd_batch(left, right, vectors=vectors, metric=metric)[tuple(pairs.T)]
    one, two = (emd_batch(left, right, vectors=vectors, metric=metric, pairs=pairs, n_jobs=n) for n in (1, 2))
    np.testing.assert_array_equal(one, two)
    np.testing.assert_allclose(one, want, rtol=1e-11)
    assert np.isnan(one[1:3]).all()


def test_pairs_of_very_uneven_costs_are_solved_from_their_vectors():
    vectors = np.array([[0.0], [1e-9], [1.0], [1e7], [3e7], [7e8]])
    documents = np.array([0, 3, 6]), np.arange(6), np.array([1.0, 1.0, 1e-3, 1.0, 2.0, 1e-6])
    want = emd_cost(documents[2][:3], documents[2][3:], cost_matrix(vectors[:3], vectors[3:]), normalize=True)
    found = emd_batch(documents, vectors=vectors, pairs=[[0, 1]])
    np.testing.assert_allclose(found, [want], rtol=1e-12)
    squared = emd_batch(documents, vectors=vectors, pairs=[[0, 1]], metric="sqeuclidean")
    want = cost_matrix(vectors[:3], vectors[3:], metric="sqeuclidean")
    np.testing.assert_allclose(squared, [emd_cost(documents[2][:3], documents[2][3:], want, normalize=True)])


@pytest.mark.slow
@pytest.mark.skipif(not os.path.exists("/proc/self/clear_refs"), reason="the peak of memory is read from Linux")
@pytest.mark.parametrize("max_memory", [2**24, 2**26])
def test_memory_is_bounded_whatever_the_corpus(max_memory, rng):
    n_words = 12000  # their costs would fill 1.15 GB

    def run(n_documents):
        tokens = np.concatenate([np.sort(rng.choice(n_words, 40, replace=False)) for _ in range(n_documents)])
        documents = np.arange(0, 40 * n_documents + 1, 40), tokens, np.ones(len(tokens))
        return emd_batch(documents, vectors=vectors, max_memory=max_memory)

    vectors = rng.standard_normal((n_words, 4))
    run(5)
    with open("/proc/self/clear_refs", "w") as file:
        file.write("5")  # the peak begins anew
    before = _peak()
    run(300)
    assert _peak() - before < max_memory + 2**24  # the table; columns of one document, result and bookkeeping


def _peak():
    """Return the peak of resident bytes."""
    with open("/proc/self/status") as file:
        return next(1024 * int(line.split()[1]) for line in file if line.startswith("VmHWM"))


@pytest.mark.parametrize("max_memory", [1, 1000, 3000])
def test_little_memory_works_by_blocks_with_the_same_result(max_memory, rng):
    left, right = corpus(rng, 12), corpus(rng, 10)
    vectors = rng.standard_normal((25, 6))
    for arguments in ((left, right), (left,)):
        np.testing.assert_allclose(
            emd_batch(*arguments, vectors=vectors, max_memory=max_memory),
            emd_batch(*arguments, vectors=vectors),
            rtol=1e-12,
        )


def test_distances_do_not_change_by_rotation_and_translation_and_scale_with_the_vectors(rng):
    documents = corpus(rng, 6)
    vectors = rng.standard_normal((25, 4))
    rotation = np.linalg.qr(rng.standard_normal((4, 4)))[0]
    want = emd_batch(documents, vectors=vectors)
    np.testing.assert_allclose(emd_batch(documents, vectors=vectors @ rotation + 5), want, rtol=1e-11, atol=1e-12)
    np.testing.assert_allclose(emd_batch(documents, vectors=3 * vectors), 3 * want, rtol=1e-11)
    cosine = emd_batch(documents, vectors=vectors, metric="cosine")
    np.testing.assert_allclose(
        emd_batch(documents, vectors=3 * vectors @ rotation, metric="cosine"), cosine, rtol=1e-10, atol=1e-14
    )


def test_a_cost_that_is_not_symmetric_is_solved_in_both_directions(rng):
    documents, cost = corpus(rng, 6), rng.random((25, 25))
    np.testing.assert_allclose(emd_batch(documents, cost=cost), one_by_one(documents, documents, cost), rtol=1e-11)
    documents = np.array([0, 1, 2]), np.array([2, 3]), np.ones(2)
    near = np.ones((4, 4))
    near[2, 3] += 1e-6
    assert np.ptp(emd_batch(documents, cost=near)[[0, 1], [1, 0]]) > 0


def test_infinite_and_huge_costs_are_handled_pair_by_pair():
    cost = np.array([[0.0, 1.0, np.inf], [1e30, 0.0, 1.0], [np.inf, 1.0, 0.0]])
    documents = np.array([0, 2, 4]), np.array([0, 1, 1, 2]), np.ones(4)
    assert emd_batch(documents, documents, cost=cost, pairs=[[0, 1], [0, 0]]).tolist() == [1.0, 0.0]
    with pytest.raises(InvalidInputError, match="cost forbids every plan: at least 1 of the mass"):
        emd_batch(documents, ([0, 1], [0], [1.0]), cost=np.full((3, 3), np.inf))


def test_reference_corpora(reference):
    for case in reference("transport")["sections"]["corpora"]["cases"]:
        documents = tuple(case[k] for k in ("indptr", "tokens", "weights"))
        want = np.array([[float(v) for v in row] for row in case["word_mover_distance[euclidean]"]])
        for cancel in ("auto", False):
            found = emd_batch(documents, vectors=case["vectors"], cancel=cancel)
            np.testing.assert_allclose(found, want, rtol=1e-9, atol=1e-12)
        vectors = np.array(case["vectors"])
        rotator = (*documents[:2], np.array(documents[2]) * np.linalg.norm(vectors[documents[1]], axis=1))
        want = np.array([[float(v) for v in row] for row in case["word_rotator_distance[cosine]"]])
        found = emd_batch(rotator, vectors=vectors, metric="cosine")
        np.testing.assert_allclose(found, want, rtol=1e-9, atol=1e-12)


def test_input_is_read_only_of_any_type_and_not_changed(rng):
    documents = [np.array(part) for part in corpus(rng, 5)]
    vectors = rng.integers(0, 9, (25, 3))
    before = [part.copy() for part in (*documents, vectors)]
    for part in (*documents, vectors):
        part.setflags(write=False)
    want = emd_batch(documents, vectors=vectors)
    for part, old in zip((*documents, vectors), before):
        np.testing.assert_array_equal(part, old)
    mixed = documents[0].astype(np.int32), documents[1].astype(np.uint16), documents[2].astype(np.float32)
    np.testing.assert_array_equal(emd_batch(mixed, vectors=vectors.astype(np.float32)), want)
    assert emd_batch(documents, vectors=vectors, pairs=[]).shape == (0,)
    assert emd_batch(([0], [], []), documents, vectors=vectors, progress=True).shape == (0, 5)


@pytest.mark.parametrize(
    ("documents", "options", "message"),
    [
        (([0, 2], [0, 1], [1, 1]), {}, "emd_batch needs exactly one of cost and vectors."),
        (([0, 2], [0, 1], [1, 1]), {"cost": np.eye(2), "vectors": np.eye(2)}, "emd_batch needs exactly one of"),
        (([0, 3, 2], [0, 1], [1, 1]), {}, "left indptr must not fall, got left indptr[2] = 2 after 3."),
        (([0, 3], [0, 1], [1, 1]), {}, "left indptr must end with the number of tokens (2), got 3."),
        (([1, 2], [0, 1], [1, 1]), {}, "left indptr must begin with 0, got [1]."),
        (([0, 2], [0, 9], [1, 1]), {}, "left tokens must be non-negative and below 3, got left tokens[1] = 9."),
        (([0, 1, 3], [0, 2, 1], [1, 1, 1]), {}, "got 1 after 2 in document 1."),
        (([0, 2], [1, 1], [1, 1]), {}, "left tokens must be sorted and unique within a document"),
        (([0, 2], [0, 1], [1, -1]), {}, "left weights must be non-negative, got left weights[1] = -1.0."),
        (([0, 2], [0, 1], [1]), {}, "left weights must have one entry per token (2), got 1."),
        (([0, 2], [0.0, 1.0], [1, 1]), {}, "left tokens must be 1-D integers, got shape (2,) of dtype float64."),
        (7, {}, "left must be three arrays (indptr, tokens, weights), got 7."),
        (([0, 2], [0, 1], [1, 1]), {"pairs": [[0, 0], [0, 3]]}, "pairs[1] = (0, 3) but right has 1 documents."),
        (([0, 2], [0, 1], [1, 1]), {"pairs": [0, 1]}, "pairs must be integers of shape (n_pairs, 2)"),
        (([0, 2], [0, 1], [1, 1]), {"metric": "cosin"}, "Did you mean 'cosine'?"),
        (([0, 2], [0, 1], [1, 1]), {"cancel": "yes"}, "cancel must be \"auto\", True or False, got 'yes'."),
        (([0, 2], [0, 1], [1, 1]), {"max_memory": 0}, "max_memory must be in (0, inf]"),
        (([0, 2], [0, 1], [1, 1]), {"n_jobs": 0}, "n_jobs must not be 0"),
    ],
)
def test_bad_documents_are_refused_with_a_sentence(documents, options, message):
    if not {"cost", "vectors"} & set(options) and "exactly" not in message:
        options = {**options, "vectors": np.eye(3)}
    with pytest.raises(InvalidInputError, match=re.escape(message)):
        emd_batch(documents, **options)
