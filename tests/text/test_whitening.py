"""Whitening: the published formula, isotropy, scikit-learn's PCA, texts of token vectors, ugly input."""

import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.pipeline import make_pipeline

from kexuestat.exceptions import EmptyTextWarning, InvalidInputError
from kexuestat.text import PMIEmbedder, TokenVectors, Whitening, sample_corpus
from tests.naive import text as naive


def _rows(n=40, d=6, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, d)) @ rng.normal(size=(d, d)) + 10 * rng.normal(size=d)


def _cosines(rows):
    unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return unit @ unit.T


@pytest.mark.parametrize("k", [1, 3, 6])
def test_cosines_are_those_of_the_published_code(k):
    rows = _rows()
    ours = Whitening(n_components=k).fit_transform(rows)
    np.testing.assert_allclose(_cosines(ours), _cosines(naive.whitened(rows, k)), atol=1e-9)  # squared condition


@pytest.mark.parametrize("shape", [(40, 6), (5, 9)])
def test_fitted_vectors_become_isotropic(shape):
    white = Whitening().fit_transform(_rows(*shape))
    assert white.shape == (shape[0], min(shape[0] - 1, shape[1]))
    np.testing.assert_allclose(white.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(white.T @ white / len(white), np.eye(white.shape[1]), atol=1e-12)


def test_it_is_scikit_learns_pca_up_to_signs_and_one_factor():
    rows, new = _rows(), _rows(seed=1)
    theirs = PCA(4, whiten=True, svd_solver="full").fit(rows).transform(new) * np.sqrt(40 / 39)
    ours = Whitening(n_components=4).fit(rows)
    found = ours.transform(new)
    np.testing.assert_allclose(np.abs(found), np.abs(theirs), rtol=1e-9)
    assert (np.take_along_axis(ours.matrix_, np.abs(ours.matrix_).argmax(axis=0)[None], axis=0) > 0).all()


def test_shift_rotation_and_scale_of_the_input_change_no_inner_product():
    rows = _rows()
    turn = np.linalg.qr(np.random.default_rng(3).normal(size=(6, 6)))[0]
    here, there = (Whitening().fit_transform(x) for x in (rows, 1e-3 * rows @ turn + 5.0))
    np.testing.assert_allclose(here @ here.T, there @ there.T, atol=1e-8)  # the shift costs digits


def test_directions_without_variance_are_left_out():
    rows = _rows(30, 3) @ np.ones((3, 5)) + np.arange(5)
    assert Whitening().fit(rows).n_components_ == 1
    with pytest.raises(InvalidInputError, match="n_components must be at most 1, the number of directions"):
        Whitening(n_components=2).fit(rows)


@pytest.mark.parametrize(
    ("n_components", "rows", "message"),
    [
        (0, _rows(), "n_components must be at least 1, got 0"),
        (1.5, _rows(), "n_components must be an integer, got 1.5"),
        (None, np.ones((4, 3)), "X must hold at least two different vectors"),
        (None, np.full((4, 3), 0.1), "X must hold at least two different vectors"),
    ],
)
def test_bad_input_is_named(n_components, rows, message):
    with pytest.raises(InvalidInputError, match=message):
        Whitening(n_components=n_components).fit(rows)


def test_of_token_vectors_the_mean_of_each_text_is_whitened():
    texts = sample_corpus()
    embedder = PMIEmbedder().fit(texts)
    pooled = np.array([text.weights @ text.vectors for text in embedder.transform(texts)])
    expected = Whitening(n_components=8).fit_transform(pooled)
    found = make_pipeline(PMIEmbedder(), Whitening(n_components=8)).fit_transform(texts)
    np.testing.assert_allclose(found, expected, atol=1e-9)


def test_texts_without_tokens_are_left_out_and_become_zero():
    rows = _rows(6, 3)
    texts = TokenVectors.of([*rows[:3, None], np.zeros((0, 3)), *rows[3:, None]])
    np.testing.assert_allclose(texts.means(), np.insert(rows, 3, 0.0, axis=0))
    model = Whitening().fit(texts)
    np.testing.assert_allclose(model.mean_, rows.mean(axis=0))
    with pytest.warns(EmptyTextWarning, match="1 of 7 texts have no tokens; their vectors are 0"):
        white = model.transform(texts)
    np.testing.assert_allclose(white, np.insert(model.transform(rows), 3, 0.0, axis=0), atol=1e-12)
    with pytest.warns(EmptyTextWarning):
        assert not model.transform(TokenVectors.of([np.zeros((0, 3))])).any()


def test_weights_of_token_vectors_count():
    texts = TokenVectors.of([[[0.0], [4.0]], [[1.0]]], weights=[[3.0, 1.0], [2.0]])
    np.testing.assert_allclose(texts.means(), [[1.0], [1.0]])
