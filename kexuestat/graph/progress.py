"""What a long fit tells: a progress bar with a line per trial, seconds per phase."""

import contextlib
import logging
import time

_SEARCH_LOG = logging.getLogger("kexuestat.graph.search")


class _BarHandler(logging.Handler):
    """Shows each log record as a line above the bar and advances it."""

    def __init__(self, bar):
        super().__init__(logging.INFO)
        self.bar = bar

    def emit(self, record):
        self.bar.write(self.format(record))
        self.bar.update(1)


@contextlib.contextmanager
def shown(verbose, n_trials):
    """Show the lines that the search logs, and a bar over its trials, while the block runs, if verbose."""
    if not verbose:
        yield
        return
    from tqdm.auto import tqdm

    level = _SEARCH_LOG.level
    with tqdm(total=None if n_trials == "auto" else n_trials, desc="InfoMap", unit="trial") as bar:
        handler = _BarHandler(bar)
        _SEARCH_LOG.addHandler(handler)
        _SEARCH_LOG.setLevel(logging.INFO)
        try:
            yield
        finally:
            _SEARCH_LOG.removeHandler(handler)
            _SEARCH_LOG.setLevel(level)


class Stopwatch(dict):
    """Seconds of wall time per phase, in the order in which the phases ended."""

    def __init__(self):
        super().__init__()
        self._last = time.perf_counter()

    def lap(self, phase):
        """Give the time since the last lap to a phase."""
        now = time.perf_counter()
        self[phase] = now - self._last
        self._last = now
