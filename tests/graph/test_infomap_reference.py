"""Searches of the reference are reached within 50 trials, and their solutions' codelengths are reproduced."""

import warnings
from pathlib import Path

import numpy as np
import pytest

from kexuestat.graph import InfoMap, map_equation
from kexuestat.graph.inputs import keys_of
from tests.graph.reference_networks import key_of, read
from tests.graph.test_score_reference import NETWORKS


@pytest.fixture(scope="module")
def rows(reference):
    return reference("infomap_scores")


@pytest.fixture(autouse=True)
def _quiet():
    """Some rows ask for options without effect, or for node weights that do not sum to 1; both warn."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        yield


def _best(graph, row):
    """Return the InfoMap of few trials, of 10 or 50 where these do not reach the reference."""
    for n_trials in (2, 10, 50):
        found = InfoMap(two_level=row["two_level"], n_trials=n_trials, random_state=1, **row["options"]).fit(graph)
        if found.codelength_ <= row["codelength"] + 1e-9:
            break
    return found


@pytest.mark.slow  # 400 searches: seconds compiled, hours without compilation
@pytest.mark.parametrize("name", NETWORKS)
def test_search_is_at_least_as_good_as_the_reference(name, rows, shared):
    source = rows["networks"][name]
    text = source.get("text") or Path(shared / source["file"]).read_text()
    for row in rows["searches"]:
        if row["network"] != name:
            continue
        graph = read(text, row["options"])
        found = _best(graph, row)
        assert found.codelength_ <= row["codelength"] + 1e-9, (row["id"], row["options"], row["two_level"])
        np.testing.assert_allclose(
            map_equation(graph, found.levels_, **row["options"]), found.codelength_, atol=1e-9, err_msg=row["id"]
        )
        np.testing.assert_allclose(found.one_level_codelength_, row["one_level_codelength"], atol=1e-9)


@pytest.mark.parametrize("name", NETWORKS)
def test_codelength_of_the_reference_solution_is_reproduced(name, rows, shared):
    source = rows["networks"][name]
    text = source.get("text") or Path(shared / source["file"]).read_text()
    for row in rows["searches"]:
        if row["network"] == name and "solution" in row:
            graph = read(text, row["options"])
            paths = {
                node: tuple(np.atleast_1d(row["solution"].get(key_of(node), [-1, k])).tolist())
                for k, node in enumerate(keys_of(graph))
            }
            length = map_equation(graph, paths, **row["options"])
            np.testing.assert_allclose(length, row["codelength"], rtol=0, atol=1e-9, err_msg=row["id"])
