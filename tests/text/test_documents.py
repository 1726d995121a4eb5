"""Documents and token vectors as ragged arrays."""

import numpy as np
import pytest
from scipy.sparse import coo_array, csr_array, csr_matrix

from kexuestat.exceptions import InvalidInputError
from kexuestat.text import Documents, TokenVectors


def test_tokens_keep_order_and_repetition_and_the_vocabulary_is_in_order_of_occurrence():
    documents = Documents.of(["b a b", "", "c a"])
    assert documents.vocabulary == ("b", "a", "c")
    assert documents.indptr.tolist() == [0, 3, 3, 5]
    assert documents.tokens.tolist() == [0, 1, 0, 2, 1]
    assert documents.weights.tolist() == [1.0] * 5
    assert (documents.indptr.dtype, documents.tokens.dtype) == (np.int64, np.int64)
    assert len(documents) == 3


def test_token_lists_are_not_tokenised_again():
    assert Documents.of([["New York", "a b"], ["New York"]]).vocabulary == ("New York", "a b")


def test_any_callable_is_a_tokenizer():
    assert Documents.of(["A-b"], tokenizer=lambda text: text.split("-")).vocabulary == ("A", "b")


def test_tokens_outside_a_given_vocabulary_are_counted():
    documents = Documents.of(["a x y", "x", "b"], vocabulary=["b", "a"])
    assert documents.unknown.tolist() == [2, 1, 0]
    assert documents.indptr.tolist() == [0, 1, 1, 2]
    assert documents.tokens.tolist() == [1, 0]


def test_documents_are_taken_as_they_are_or_renamed():
    first = Documents.of(["a b", "c"])
    assert Documents.of(first) is first
    again = Documents.of(first, vocabulary=["c", "b"])
    assert again.tokens.tolist() == [1, 0]
    assert again.unknown.tolist() == [1, 0]


@pytest.mark.parametrize("form", [np.asarray, csr_matrix, csr_array, coo_array])
def test_count_matrices_of_every_form_are_equal(form):
    documents = Documents.of(form(np.array([[0, 2, 1], [0, 0, 0], [3, 0, 0]])), vocabulary=["a", "b", "c"])
    assert documents.indptr.tolist() == [0, 2, 2, 3]
    assert documents.tokens.tolist() == [1, 2, 0]
    assert documents.weights.tolist() == [2.0, 1.0, 3.0]


def test_bags_are_sorted_unique_and_summed():
    bags = Documents.of(["b a b", "", "c a c c"]).bags()
    assert bags.indptr.tolist() == [0, 2, 2, 4]
    assert bags.tokens.tolist() == [0, 1, 1, 2]
    assert bags.weights.tolist() == [2.0, 1.0, 1.0, 3.0]
    assert len(Documents.of([]).bags().tokens) == 0
    assert Documents.of([""]).bags().indptr.tolist() == [0, 0]


@pytest.mark.parametrize(
    ("X", "error", "match"),
    [
        ("one text", InvalidInputError, r"documents must be a list of str, got one str; pass \[text\]"),
        (b"bytes", InvalidInputError, "documents must be a list of str, got one bytes"),
        (7, InvalidInputError, "documents must be a list of str, got int"),
        (["a", 3.0], TypeError, r"documents\[1\] must be a str, got float; missing values\? drop or replace them"),
        (["a", None], TypeError, r"documents\[1\] must be a str, got NoneType"),
        (["a", b"b"], TypeError, r"documents\[1\] must be a str, got bytes"),
        ([["a", 1]], TypeError, r"documents\[0\]\[1\] must be a str, got int"),
        (np.ones((2, 2)), InvalidInputError, "a count matrix needs a vocabulary"),
    ],
)
def test_what_is_no_list_of_texts_is_refused(X, error, match):
    with pytest.raises(error, match=match):
        Documents.of(X)


def test_count_matrices_that_do_not_fit_are_refused():
    with pytest.raises(InvalidInputError, match=r"one column per word of the vocabulary \(3\), got 2"):
        Documents.of(np.ones((2, 2)), vocabulary=["a", "b", "c"])
    with pytest.raises(InvalidInputError, match=r"counts must be finite and non-negative, got counts\[1\] = -1"):
        Documents.of(np.array([[1.0, -1.0]]), vocabulary=["a", "b"])
    with pytest.raises(InvalidInputError, match="vocabulary must be distinct, got 'a' more than once"):
        Documents.of(["a"], vocabulary=["a", "b", "a"])


def test_a_count_matrix_is_not_changed():
    matrix = csr_array(np.array([[0.0, 2.0], [1.0, 0.0]]))
    for part in (matrix.data, matrix.indices, matrix.indptr):
        part.setflags(write=False)
    assert Documents.of(matrix, vocabulary=["a", "b"]).tokens.tolist() == [1, 0]


def test_token_vectors_are_ragged_views():
    texts = TokenVectors.of(
        [np.ones((2, 3), np.float32), np.zeros((0, 3), np.float32), np.zeros((1, 3), np.float32)],
        weights=[[1, 3], [], [2]],
        tokens=[["a", "b"], [], ["c"]],
    )
    assert len(texts) == 3
    assert texts.vectors.dtype == np.float32
    assert texts[0].weights.tolist() == [0.25, 0.75]
    assert texts[1].vectors.shape == (0, 3)
    assert [text.tokens for text in texts] == [("a", "b"), (), ("c",)]
    assert texts[-1].tokens == ("c",)
    assert texts[0].vectors.base is not None
    assert (texts.offsets == -1).all()
    assert TokenVectors.of(texts) is texts
    with pytest.raises(IndexError):
        texts[3]


def test_token_vectors_of_nothing():
    assert len(TokenVectors.of([])) == 0
    assert TokenVectors.of([[], np.ones((1, 2))])[0].vectors.shape == (0, 2)


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        (([np.ones((1, 2)), np.ones((1, 3))],), "arrays must have equal widths"),
        (([np.ones((1, 2)) * np.nan],), r"arrays\[0\] must be finite; row 0 is not"),
        (([np.ones(3)],), r"arrays\[0\] must have shape"),
        (([np.ones((1, 2))], [[1, 2]]), r"weights\[0\] must have one entry per token \(1\)"),
        (([np.ones((1, 2))], [[0.0]]), r"weights\[0\] must have a positive sum"),
        (([np.ones((1, 2))], [[-1.0]]), r"weights\[0\] must be finite and non-negative"),
        (([np.ones((1, 2))], None, [["a", "b"]]), "tokens must have one str per vector"),
        (([np.ones((1, 2))], []), "weights must have one array per text"),
    ],
)
def test_token_vectors_that_do_not_fit_are_refused(arguments, match):
    with pytest.raises(InvalidInputError, match=match):
        TokenVectors.of(*arguments)
