"""What a long fit tells: a progress bar with a line per trial, seconds per phase, memory needed before it starts."""

import contextlib
import logging
import time

_SEARCH_LOG = logging.getLogger("kexuestat.graph.search")
_BYTES_PER_ENTRY, _BYTES_PER_NODE = 44, 120  # sizes of the arrays of flow, search and one level


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


def available_memory():
    """Return the bytes of memory that are free to use, None where the system does not say."""
    with contextlib.suppress(OSError), open("/proc/meminfo") as lines:
        for line in lines:
            if line.startswith("MemAvailable:"):
                return 1024 * int(line.split()[1])
    return None


def check_memory(n_nodes, n_entries, available=available_memory):
    """Raise MemoryError with both numbers if a search would need more memory than there is."""
    needed = _BYTES_PER_ENTRY * n_entries + _BYTES_PER_NODE * n_nodes
    if needed < 2**28:
        return
    free = available()
    if free is not None and needed > free:
        raise MemoryError(
            f"the search needs about {needed / 2**30:.1f} GiB for {n_nodes} nodes and {n_entries} link entries, but "
            f"only {free / 2**30:.1f} GiB are available; raise weight_threshold or use a larger machine."
        )
