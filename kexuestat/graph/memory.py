"""Memory that rows and searches need beside the caller's data, compared with what is free before any of it is taken."""

import contextlib

_WORTH_CHECKING = 2**28
_ROWS_PER_ENTRY, _ROWS_PER_VALUE, _ROWS_PER_NODE = 12, 8, 8  # keys and columns, weights, ends of rows
# bytes of flow and search per entry and per node, by what the search counts: a little above what planted graphs took
_SEARCH = {"unit": (8, 130), "whole": (14, 130), "real": (20, 220), "directed": (55, 250)}


def available_memory():
    """Return the bytes of memory that are free to use, None where the system does not say."""
    with contextlib.suppress(OSError), open("/proc/meminfo") as lines:
        for line in lines:
            if line.startswith("MemAvailable:"):
                return 1024 * int(line.split()[1])
    return None


def check_rows_memory(n_entries, n_nodes, weighted, available=available_memory):
    """Raise MemoryError with both numbers if the rows of a list of links would need more memory than there is."""
    needed = (_ROWS_PER_ENTRY + _ROWS_PER_VALUE * weighted) * n_entries + _ROWS_PER_NODE * n_nodes
    _check(needed, "making the rows", n_entries, n_nodes, available)


def check_search_memory(rows, kind, available=available_memory):
    """Raise MemoryError with both numbers if a search on rows would need more memory than there is.

    ``kind`` says what links weigh: "unit", "whole" and "real" undirected links, "directed" ones.
    """
    per_entry, per_node = _SEARCH[kind]
    _check(per_entry * rows.n_entries + per_node * rows.n_nodes, "the search", rows.n_entries, rows.n_nodes, available)


def _check(needed, what, n_entries, n_nodes, available):
    if needed < _WORTH_CHECKING:
        return
    free = available()
    if free is not None and needed > free:
        raise MemoryError(
            f"{what} needs about {needed / 2**30:.1f} GiB for {n_nodes} nodes and {n_entries} link entries, but "
            f"only {free / 2**30:.1f} GiB are available; raise weight_threshold or use a larger machine."
        )
