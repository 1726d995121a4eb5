"""The report is one file that needs nothing else, and shows what the model found."""

import re

import numpy as np
import pytest

from kexuestat.graph import InfoMap, load_graph
from kexuestat.report import community_facts, write_report


@pytest.fixture(scope="module")
def model():
    return InfoMap(random_state=1, n_trials=3).fit(load_graph("karate"))


def test_facts_agree_with_the_model(model):
    facts = community_facts(model)
    assert (facts.n_nodes, facts.n_links, facts.n_modules) == (34, 78, 3)
    assert sum(m.n_nodes for m in facts.modules) == 34
    np.testing.assert_allclose(sum(m.flow for m in facts.modules), 1.0)
    np.testing.assert_allclose(facts.codelength, model.codelength_)


def test_page_stands_alone_and_names_the_codelength(model, tmp_path):
    page = write_report(model, tmp_path / "report.html", title="<karate>").read_text()
    assert f"{model.codelength_:.6f}" in page
    assert "&lt;karate&gt;" in page
    assert "<karate>" not in page
    assert re.search(r"(src|href)=|@import|url\(", page) is None


def test_failed_write_leaves_the_old_file(model, tmp_path, monkeypatch):
    path = tmp_path / "report.html"
    path.write_text("old")
    monkeypatch.setattr("kexuestat.report.html._page", lambda *_: "\ud800")
    with pytest.raises(UnicodeEncodeError):
        write_report(model, path)
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["report.html"]
