"""Small graphs, a tiny corpus and seeds; hypothesis settings; where the shared reference data lies, if it is there."""

import json
import signal
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings

settings.register_profile("kexuestat", deadline=None, derandomize=True, max_examples=60)
settings.load_profile("kexuestat")

SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture(scope="session")
def shared():
    """The folder of reference values and real data beside the project; skips where it is absent."""
    if not SHARED.is_dir():
        pytest.skip("no ../shared beside the project")
    return SHARED


@pytest.fixture(scope="session")
def reference(shared):
    """A function: name of a reference file -> its content."""
    return lambda name: json.loads((shared / "reference" / f"{name}.json").read_text())


@pytest.fixture
def interruptible():
    """Ctrl-C works here and in child processes, even in a process that was started with the signal ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def rng():
    return np.random.default_rng(20260)


@pytest.fixture
def corpus():
    return [
        "The president greets the press in Chicago.",
        "Obama speaks to the media in Illinois.",
        "The band gave a concert in Japan.",
        "A group of musicians played in Tokyo.",
        "The press met the president in Illinois.",
        "Musicians gave the media a concert.",
    ]
