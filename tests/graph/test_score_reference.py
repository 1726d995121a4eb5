"""Every reference row of fixed partitions and visit rates holds to 1e-9."""

import warnings
from pathlib import Path

import numpy as np
import pytest

from kexuestat.graph import score_partition, stationary_flow
from kexuestat.graph.inputs import keys_of
from tests.graph.reference_networks import key_of, read

NETWORKS = (
    "Fonseca-Ganade-weighted bipartite bipartite14 bipartite_uneven directed_cycle_pair intra_inter jazz karate "
    "layers2_explicit layers3 loops_dangling lossy_benchmark modular_w modular_wd multilayer multilayer_intra "
    "multilayer_intra_inter ninetriangles pairs_hier random30 states states12 states_flow two_components twotriangles "
    "unbalanced_hierarchy weighted_nodes"
).split()


@pytest.fixture(scope="module")
def rows(reference):
    return reference("infomap_scores")


@pytest.fixture(scope="module")
def network(rows, shared):
    def build(name, options):
        source = rows["networks"][name]
        return read(source.get("text") or Path(shared / source["file"]).read_text(), options)

    return build


@pytest.fixture(autouse=True)
def _quiet():
    """Some rows ask for options without effect, or for node weights that do not sum to 1; both warn."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        yield


def _path(value):
    return tuple(value) if isinstance(value, list) else (value,)


@pytest.mark.parametrize("name", NETWORKS)
def test_visit_rates_equal_the_reference(name, rows, network):
    for row in rows["flows"]:
        if row["network"] == name:
            graph = network(name, row["options"])
            expected = [row["node_flow"].get(key_of(node), 0.0) for node in keys_of(graph)]
            found = stationary_flow(graph, **row["options"]).node_flow
            np.testing.assert_allclose(found, expected, rtol=0, atol=1e-9, err_msg=row["id"])


@pytest.mark.parametrize("name", NETWORKS)
def test_codelengths_of_given_partitions_equal_the_reference(name, rows, network):
    for row in rows["scores"]:
        if row["network"] == name:
            graph = network(name, row["options"])
            given = rows["partitions"][name][row["partition"]]
            partition = {node: _path(given.get(key_of(node), ["alone", node])) for node in keys_of(graph)}
            meta = row.get("meta_data")
            if meta:
                categories = rows["meta_data"][name][meta]
                meta = {node: categories[key_of(node)] for node in keys_of(graph)}
            score = score_partition(graph, partition, meta_data=meta, **row["options"])
            parts = ("codelength", "index_codelength", "module_codelength", "one_level_codelength", "meta_codelength")
            found = [getattr(score, part) for part in parts if part in row]
            expected = [row[part] for part in parts if part in row]
            np.testing.assert_allclose(found, expected, rtol=0, atol=1e-9, err_msg=row["id"])


def test_every_network_of_the_reference_is_here(rows):
    assert set(rows["networks"]) == set(NETWORKS)
