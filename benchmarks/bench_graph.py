"""Races of kexuestat.graph; sides and targets stand in tests/registry/graph_*.py."""

import pytest

from tests.contract import peers


@pytest.mark.parametrize("race", [r for r in peers() if r.part == "graph"], ids=lambda race: race.name)
def test_race(race, race_runner):
    quality = race_runner(race)
    assert "kexuestat" in quality
