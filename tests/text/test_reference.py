"""Distances, bounds and conversions equal the reference values beside the project."""

import numpy as np
import pytest

from kexuestat import text
from kexuestat.text import VectorConverter, WordMoverDistance, WordRotatorDistance, WordVectors
from kexuestat.text.documents import Documents

PAIR_FUNCTIONS = (
    "word_mover_distance",
    "word_mover_similarity",
    "word_rotator_distance",
    "word_rotator_similarity",
)
STEPS = {
    "center": {"steps": ["center"]},
    "all-but-the-top": {"steps": ["all-but-the-top"]},
    "conceptor": {"steps": ["conceptor"]},
    "sif": {"steps": ["sif"]},
    "sif+removal": {"steps": ["sif", "removal"]},
}
OPTION = {"all-but-the-top": "n_components", "conceptor": "alpha", "sif": "sif_a", "sif+removal": "n_removed"}


def _cases(reference, section):
    return reference("transport")["sections"][section]["cases"]


def test_pair_functions_equal_the_reference(reference):
    n = 0
    for case in _cases(reference, "vectors"):
        for key, value in case.items():
            name, _, metric = key.rstrip("]").partition("[")
            if name in PAIR_FUNCTIONS:
                options = {"metric": metric} if metric else {}
                found = getattr(text, name)(case["X"], case["Y"], a=case["a"], b=case["b"], **options)
                np.testing.assert_allclose(found, float(value), rtol=1e-9, atol=1e-9, err_msg=f"{case['key']} {key}")
                n += 1
    assert n > 100


@pytest.mark.parametrize("estimator", [WordMoverDistance, WordRotatorDistance], ids=lambda e: e.__name__)
def test_corpora_equal_the_reference(reference, estimator):
    name = {WordMoverDistance: "word_mover_distance", WordRotatorDistance: "word_rotator_distance"}[estimator]
    n = 0
    for case in _cases(reference, "corpora"):
        words = [f"w{i}" for i in range(len(case["vectors"]))]
        documents = Documents(
            np.array(case["indptr"]),
            np.array(case["tokens"]),
            np.array(case["weights"], dtype=float),
            tuple(words),
            np.zeros(len(case["indptr"]) - 1, dtype=np.int64),
        )
        for key, table in case.items():
            if key.startswith(name):
                mover = estimator(vectors=(words, case["vectors"]), metric=key[len(name) + 1 : -1], empty="ignore")
                wanted = np.array(table, dtype=float)
                mover.fit(documents)
                np.testing.assert_allclose(mover.pairwise(), wanted, rtol=1e-9, atol=1e-9)
                np.testing.assert_allclose(mover.transform(documents), wanted, rtol=1e-9, atol=1e-9)
                np.testing.assert_allclose(mover.paired(documents, documents), np.diag(wanted), atol=1e-12)
                n += 1
    assert n > 0


def test_converters_equal_the_reference(reference):
    n = 0
    for case in _cases(reference, "converters"):
        words = [f"w{i}" for i in range(len(case["vectors"]))]
        counts = dict(zip(words, case["counts"]))
        documents = [[words[t] for t in document] for document in case["documents"]]
        for key, wanted in case.items():
            name, _, setting = key.rstrip("]").partition("[")
            if name not in STEPS:
                continue
            options = dict(STEPS[name])
            if setting:
                number = float(setting.partition("=")[2] or setting)
                options[OPTION[name]] = int(number) if OPTION[name].startswith("n_") else number
            if "sif" in name:
                options["word_counts"] = counts
            converter = VectorConverter(**options).fit((words, case["vectors"]), documents)
            found = converter.transform(WordVectors(words, case["vectors"])).vectors
            scale = np.abs(np.array(wanted)).max()
            np.testing.assert_allclose(found, wanted, atol=case["tolerance"] * max(1.0, scale), err_msg=key)
            n += 1
    assert n >= 10
