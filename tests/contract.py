"""The registry that tests and benchmarks read: kernels with their naive twins, estimators, rivals.

Each part of the package fills its own file in ``tests/registry``; this module holds the three record types and
joins the lists.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path

PARTS = sorted(path.stem for path in (Path(__file__).parent / "registry").glob("[a-z]*.py"))


@dataclass(frozen=True)
class Pair:
    """A fast function and its naive twin, which must agree on every drawn input.

    ``inputs`` is a hypothesis strategy of argument tuples; ``covers`` names the kernels ("module.function" below
    ``kexuestat._kernels``) that the fast side runs, so that a kernel without a twin is noticed.
    """

    name: str
    fast: Callable
    naive: Callable
    inputs: object
    covers: tuple[str, ...]
    rtol: float = 1e-12
    atol: float = 1e-12


@dataclass(frozen=True)
class EstimatorCase:
    """An estimator under the contract: how to make it, what to feed it, what scikit-learn's checks may not ask.

    ``kind`` is "features", "graph" or "documents"; ``data`` returns X; ``expected_failed`` maps a scikit-learn check
    to the reason why it cannot pass; ``same`` names the fitted attributes that must be equal after a refit.
    """

    make: Callable
    kind: str
    data: Callable
    same: tuple[str, ...]
    expected_failed: dict[str, str] = field(default_factory=dict)
    fit_kwargs: dict = field(default_factory=dict)

    @property
    def name(self):
        return type(self.make()).__name__


@dataclass(frozen=True)
class Race:
    """One benchmark: our side and its rivals on one input, with the quality of each result.

    ``setup`` returns ``{side: zero-argument callable}``, ours under "kexuestat", everything prepared before the clock;
    a rival that is not installed is left out by ``setup``. ``quality`` maps a result to ``{measure: number}``.
    ``targets`` maps a rival to the ratio of times (rival / ours) that is wanted.
    """

    name: str
    part: str
    setup: Callable
    quality: Callable
    targets: dict[str, float] = field(default_factory=dict)
    rounds: int = 5
    slow: bool = False


def _joined(attribute):
    modules = (import_module(f"tests.registry.{part}") for part in PARTS)
    return [entry for module in modules for entry in getattr(module, attribute, ())]


def pairs():
    """Return every Pair."""
    return _joined("PAIRS")


def estimators():
    """Return every EstimatorCase."""
    return _joined("ESTIMATORS")


def peers():
    """Return every Race."""
    return _joined("PEERS")
