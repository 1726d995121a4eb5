"""How much a trial of the search tries: the one knob between speed and quality."""

from typing import NamedTuple

EFFORTS = ("fast", "balanced", "thorough")
_TINY, _SMALL, _MIDDLE = 500, 20_000, 1_000_000
_ENOUGH_WITHOUT = 10  # trials: nearly all of the smallest graphs need no detour


class Effort(NamedTuple):
    """What a trial may do.

    ``rounds`` at most, none after one that gains less than ``min_gain`` of the codelength; ``detours`` over other
    Markov times, from trial ``detours_from`` on; ``growths`` of a hierarchy, each with ``regroupings`` of its leaf
    modules.
    """

    rounds: int
    min_gain: float
    detours: int
    detours_from: int
    growths: int
    regroupings: int


def effort_of(name, n_entries):
    """Return the Effort of a name for a graph with so many entries of its rows (two for a link).

    - fast: moves, module moves, the coarse step and the verified optimum; no refinement.
    - balanced: refinement in rounds. Where a trial takes milliseconds they go on to the end, and every trial but the
      first (of the smallest graphs, from the eleventh on) makes a detour; beyond, 0.4 % keeps the mean below the
      official one at a third of the time.
    - thorough: rounds to the end, and eight detours, on graphs of any size.
    """
    small = n_entries < _SMALL
    if name == "fast":
        return Effort(1, 1.0, 0, 0, 1, 1)
    if name == "thorough":
        return Effort(100, 1e-5, 8, 0, 6, 4)
    growths = 4 if small else 2 if n_entries < _MIDDLE else 1
    detours_from = _ENOUGH_WITHOUT if n_entries < _TINY else 1
    return Effort(100, 1e-5 if small else 4e-3, 1 if small else 0, detours_from, growths, 3)
