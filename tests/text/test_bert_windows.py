"""Windows, batches, padding: no TensorFlow."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kexuestat.text.bert_model import piece_vectors, resolve_layers
from kexuestat.text.bert_windows import batches, padded, windows

lengths_and_sizes = st.tuples(st.integers(0, 700), st.integers(1, 90))


@given(lengths_and_sizes)
def test_every_piece_is_taken_exactly_once(case):
    n, size = case
    parts = windows(3, n, size)
    taken = [i for part in parts for i in range(part.first, part.last)]
    assert taken == list(range(n))
    for part in parts:
        assert part.text == 3
        assert 0 <= part.start <= part.first <= part.last <= part.end <= n
        assert part.end - part.start == min(n, size)


@given(lengths_and_sizes)
def test_each_piece_comes_from_the_window_where_its_nearer_end_is_farthest(case):
    n, size = case

    def room(part, i):
        """Context up to the nearer end of the window; an end of the text is no end of context."""
        before = n if part.start == 0 else i - part.start
        after = n if part.end == n else part.end - 1 - i
        return min(before, after)

    parts = windows(0, n, size)
    for part in parts:
        for i in range(part.first, part.last):
            holding = [other for other in parts if other.start <= i < other.end]
            assert room(part, i) >= max(room(other, i) for other in holding) - 1


def test_seams_of_a_512_window_have_127_pieces_of_context():
    parts = windows(0, 3000, 510)
    for left, right in pairwise(parts):
        seam = left.last
        assert left.end - seam >= 127
        assert seam - right.start >= 127


def test_starts_are_half_windows_and_the_last_one_ends_with_the_text():
    assert [part.start for part in windows(0, 2000, 510)] == [0, 255, 510, 765, 1020, 1275, 1490]


def test_batches_hold_every_text_once_longest_first():
    lengths = [3, 9, 1, 9, 4]
    parts = batches(lengths, 2)
    assert [part.tolist() for part in parts] == [[1, 3], [4, 0], [2]]
    assert batches([], 2) == []


@given(st.lists(st.integers(2, 90), max_size=8), st.integers(1, 5))
def test_no_other_cut_of_the_sorted_texts_costs_less(lengths, batch_size):
    """A call costs its padded tokens and 20 more; all cuts are tried."""

    def cost(parts):
        return sum(20 + len(part) * max(part) for part in parts)

    def cuts(rest):
        if not rest:
            yield []
        for size in range(1, min(batch_size, len(rest)) + 1):
            yield from ([rest[:size], *more] for more in cuts(rest[size:]))

    found = batches(lengths, batch_size)
    assert sorted(i for part in found for i in part.tolist()) == list(range(len(lengths)))
    assert max(map(len, found), default=1) <= batch_size
    own = [[lengths[i] for i in part] for part in found]
    assert [length for part in own for length in part] == sorted(lengths, reverse=True)
    assert cost(own) == min(map(cost, cuts(sorted(lengths, reverse=True))))


def test_padding_goes_to_the_longest_of_the_batch():
    ids, lengths = padded([[5] * 9, [6]], 1)
    assert ids.dtype == lengths.dtype == np.int32
    assert ids.tolist() == [[5] * 9, [6] + [1] * 8]
    assert lengths.tolist() == [9, 1]


class _EchoModel:
    """Gives back each id and its place in the window; counts the runs."""

    width = 2

    def sequence(self, ids):
        return np.concatenate([[-1], ids, [-2]])

    def run(self, sequences):
        return [np.column_stack([s, np.arange(len(s))]).astype(np.float32) for s in sequences]


@given(st.lists(st.integers(0, 40), max_size=5), st.integers(1, 12), st.integers(1, 4))
def test_pieces_of_long_texts_come_back_in_order_between_their_special_tokens(lengths, window, batch_size):
    ids = [np.arange(n) + 100 * i for i, n in enumerate(lengths)]
    done = []
    vectors = piece_vectors(_EchoModel(), ids, window, batch_size, done.append)
    for row, found in zip(ids, vectors):
        assert found[:, 0].tolist() == [-1, *row, -2]
    assert sum(done) == sum(len(windows(0, n, window)) for n in lengths)


@pytest.mark.parametrize(
    ("layers", "expected"), [(-1, (12,)), ((1, -1), (1, 12)), (0, (0,)), (-13, (0,)), ([12], (12,))]
)
def test_layers_count_from_the_embeddings_or_from_the_end(layers, expected):
    assert resolve_layers(layers, 12) == expected


@pytest.mark.parametrize(
    ("layers", "message"), [(13, r"\[-13, 12\], got 13"), ((0, -14), "got -14"), ((), "non-empty")]
)
def test_layers_out_of_range_are_refused(layers, message):
    with pytest.raises(ValueError, match=message):
        resolve_layers(layers, 12)
