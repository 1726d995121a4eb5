"""One trial on a large graph, shared by threads; labels are those of one thread.

Between the first round and those after it all nodes are looked at while modules stand still; threads share the nodes,
and the moves that then pay are made one after the other, as without threads.
"""

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from kexuestat._kernels.infomap_leads import _new_memory
from kexuestat._kernels.infomap_look import look
from kexuestat._kernels.infomap_terms import module_records
from kexuestat._kernels.infomap_trial import first_round, further_rounds

_LARGE = 500_000


def is_large(level):
    """Return whether threads are worth their start: 500 000 nodes or more."""
    return level.indptr.shape[0] > _LARGE


def looked_at(level, labels, rule, n_threads):
    """Return the _Memory of how safely each node sits in its module; labels are 0 … k - 1."""
    n_nodes = labels.shape[0]
    n_modules = int(labels.max()) + 1
    records = np.empty(4 * (n_modules + 1), level.nodes.dtype)
    total = module_records(level, labels, rule.undirected, records) + rule.offset
    vacant = n_modules if n_modules < n_nodes else -1
    memory = _new_memory(n_nodes)

    def see(begin, end):
        look(level, labels, records, total, vacant, begin, end, rule, memory.lead)

    bounds = [n_nodes * k // n_threads for k in range(n_threads + 1)]
    with ThreadPoolExecutor(n_threads) as pool:
        list(pool.map(see, bounds[:-1], bounds[1:]))
    memory.labels[:] = labels
    memory.state[:] = 1, total
    return memory


def shared_trial(space, labels, seed, trial, min_gain, abort, history, n_threads):
    """Improve the modules in labels in place; return what two_level_trial does."""
    level, rule, node_term = space
    found = first_round(level, labels, rule, seed, trial, abort)
    memory = looked_at(level, labels, rule, n_threads)
    return further_rounds(
        level, labels, found, rule, seed, trial, node_term, len(history), min_gain, memory, abort, history
    )
