"""One trial on a large graph, shared by threads; the result depends on the graph and the seed alone.

First moves take most of a trial's time. Where nodes have many links they are made by blocks of nodes, side by side: a
node then joins nodes of its block only, and what belongs together across blocks comes together when modules move, and
nodes after them. Before these, all threads look at nodes while modules stand still; only nodes that would gain by a
move have a turn.
"""

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from kexuestat._kernels.infomap_blocks import look, move_spent, settle_block
from kexuestat._kernels.infomap_leads import _new_memory
from kexuestat._kernels.infomap_terms import _overwrite, module_records
from kexuestat._kernels.infomap_trial import first_round, further_rounds

_LARGE = 500_000
_LINKS_INSIDE = 8  # of a node to its block; groups are lost with fewer
_MOST_BLOCKS = 16
_STREAMS = 20_000  # steps of the random stream from here on belong to blocks


def is_large(level):
    """Return whether a _Level is worth several threads: 500 000 nodes or more."""
    return level.indptr.shape[0] > _LARGE


def blocks_of(level):
    """Return into how many blocks the nodes of a _Level are cut for their first moves."""
    return max(1, min(_MOST_BLOCKS, level.indices.shape[0] // (_LINKS_INSIDE * (level.indptr.shape[0] - 1))))


def _shared(task, bounds, n_threads):
    """Call task(number, begin, end) for every stretch between bounds."""
    stretches = range(len(bounds) - 1), bounds[:-1], bounds[1:]
    if n_threads == 1:
        return list(map(task, *stretches))
    with ThreadPoolExecutor(n_threads) as pool:
        return list(pool.map(task, *stretches))


def _cut(n_nodes, n_stretches):
    return [n_nodes * k // n_stretches for k in range(n_stretches + 1)]


def _move_by_blocks(level, labels, n_blocks, rule, seed, trial, abort, n_threads):
    """Let nodes move among those of their block; labels change in place."""
    enter = level.nodes[0 if rule.undirected else 3 :: 4]
    total = int(enter.sum(dtype=np.int64))

    def move(number, begin, end):
        others = (total - int(enter[begin:end].sum(dtype=np.int64))) // 2  # about what is left when these have moved
        inside = rule._replace(offset=others)
        settle_block(level, begin, end, labels, inside, seed, trial, _STREAMS + number, abort)

    _shared(move, _cut(len(labels), n_blocks), n_threads)


def looked_at(level, labels, rule, n_threads):
    """Return the _Memory of how safely each node sits in its module."""
    n_nodes = labels.shape[0]
    memory = _new_memory(n_nodes)
    records = np.empty(4 * min(int(labels.max()) + 2, n_nodes), level.nodes.dtype)
    total = module_records(level, labels, rule.undirected, records) + rule.offset
    _shared(
        lambda _, begin, end: look(level, labels, records, total, begin, end, rule, memory.lead),
        _cut(n_nodes, n_threads),
        n_threads,
    )
    _overwrite(memory.labels, labels)
    memory.state[:] = 1, total
    return memory


def large_trial(space, labels, n_blocks, seed, trial, effort, abort, history, n_threads):
    """Improve the modules in labels in place; return what two_level_trial does.

    With more than one block the labels must be those of single nodes.
    """
    level, rule, node_term = space
    by_blocks = np.int64(n_blocks > 1)
    if by_blocks:
        _move_by_blocks(level, labels, n_blocks, rule, seed, trial, abort, n_threads)
    found = first_round(level, labels, by_blocks, rule, seed, trial, abort)
    memory = looked_at(level, labels, rule, n_threads)
    if move_spent(level, labels, memory.lead, rule, abort):
        memory = looked_at(level, labels, rule, n_threads)
    rounds = len(history)
    return further_rounds(
        level, labels, found, rule, seed, trial, node_term, rounds, effort.min_gain, memory, abort, history
    )
