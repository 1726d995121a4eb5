"""Displays draw what they are given: points, links, lines and bars in the right number and place."""

import numpy as np
import pytest

from kexuestat import plot
from kexuestat.exceptions import InvalidInputError
from kexuestat.graph import InfoMap, load_graph
from kexuestat.text import WordMoverDistance, sample_corpus


@pytest.fixture(autouse=True)
def _no_window():
    import matplotlib as mpl

    mpl.use("Agg")
    yield
    import matplotlib.pyplot as plt

    plt.close("all")


@pytest.fixture(scope="module")
def karate():
    return InfoMap(random_state=1).fit(load_graph("karate"))


def test_nodes_of_one_module_share_a_colour(karate):
    display = plot.CommunityDisplay.from_estimator(karate, by="node")
    colors = display.ax_.collections[1].get_facecolors()
    assert len(colors) == 34
    for k in range(karate.n_modules_):
        assert len(np.unique(colors[karate.labels_ == k], axis=0)) == 1
    assert len(np.unique(colors, axis=0)) == karate.n_modules_
    assert len(display.links) == 78


def test_map_of_modules_has_one_point_per_module(karate):
    display = plot.CommunityDisplay.from_estimator(karate, by="module")
    assert len(display.ax_.collections[1].get_offsets()) == karate.n_modules_
    np.testing.assert_allclose(np.sum(display.point_flow), 1.0)


def test_unknown_view_is_refused(karate):
    with pytest.raises(InvalidInputError, match="by must be one of"):
        plot.CommunityDisplay.from_estimator(karate, by="edges")


def test_alignment_draws_one_line_per_moved_pair():
    mover = WordMoverDistance().fit(list(sample_corpus()))
    display = plot.AlignmentDisplay.from_estimator(mover, "president greets press", "minister greets media")
    assert len(display.ax_.lines) == len(display.rows) > 0
    assert display.title.startswith("distance ")


def test_a_word_that_a_text_has_twice_is_drawn_twice():
    mover = WordMoverDistance(vectors=lambda tokens: np.eye(4)[: len(tokens)]).fit(["run to run"])
    display = plot.AlignmentDisplay.from_estimator(mover, "run to run", "to run")
    assert sorted(text.get_text() for text in display.ax_.texts) == ["run", "run", "run", "to", "to"]
    assert {(row.word_x, row.place_x) for row in display.rows} == {("run", 0), ("to", 1), ("run", 2)}
    without = plot.AlignmentDisplay([row[:5] for row in display.rows]).plot()
    assert sorted(text.get_text() for text in without.ax_.texts) == ["run", "run", "to", "to"]


def test_forest_marks_the_reference():
    display = plot.ForestDisplay(names=["a", "b"], values=[0.1, -0.2], std_errors=[0.01, 0.02], reference=0.0).plot()
    assert [label.get_text() for label in display.ax_.get_yticklabels()] == ["a", "b"]
    assert len(display.ax_.lines) >= 2


def test_zip_plot_colours_intervals_that_miss_the_truth():
    display = plot.ZipDisplay.from_predictions([0.0, 1.0, -1.0], [2.0, 3.0, -0.5], 0.5)
    colors = display.ax_.collections[0].get_colors()
    assert len(np.unique(colors, axis=0)) == 2
