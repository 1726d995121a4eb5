"""The benchmark tables are made from results, and only between their markers."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks import graphs, scale, table

INFO = {
    "race": "task",
    "part": "graph",
    "sides": {"kexuestat": {"cpu": 0.002}, "rival": {"cpu": 0.04}},
    "ratios": {"rival": 20.0},
    "targets": {"rival": 15.0},
    "quality": {"kexuestat": {"bits": 4.3117926}, "rival": {"bits": 4.32}},
}
RESULTS = {
    "machine_info": {"system": "Linux", "processors": 2, "python": "3.11", "commit": "abc", "versions": {"numpy": "2"}},
    "benchmarks": [{"extra_info": INFO}],
}


def test_table_shows_time_ratio_target_and_both_qualities():
    text = table.render(RESULTS)
    assert "| task | 2 ms | rival | **20.0** | 15 | bits 4.311793 | bits 4.32 |" in text


def test_table_replaces_only_what_stands_between_the_markers():
    text = f"before\n{table.BEGIN}\nold\n{table.END}\nafter"
    assert table.insert(text, "new") == f"before\n{table.BEGIN}\nnew\n{table.END}\nafter"


def test_table_refuses_a_readme_without_markers():
    with pytest.raises(ValueError, match="no markers"):
        table.insert("nothing here", "new")


def test_graph_of_distinct_links_has_none_twice_and_no_loop():
    source, target, n_nodes = graphs.distinct_planted(5000, 40_000, seed=3)
    ends = np.sort(np.column_stack([source, target]), axis=1)
    assert len(np.unique(ends, axis=0)) == len(source)
    assert (source != target).all()
    assert 36_000 < len(source) < 44_000
    assert ends.min() >= 0
    assert ends.max() < n_nodes


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="peaks per phase are told by Linux alone")
def test_scale_benchmark_tells_time_memory_and_codelength():
    found = scale.facts(20_000, 3_000)
    assert found["fit"]["peak_per_link"] >= found["fit"]["kept_per_link"]
    assert found["codelength"] > 0
    assert found["rows"]["wall"] > 0
