"""A look at nodes while modules stand still: which of them would gain by a move, and how safely the others sit.

Nothing waits for a move before it, so that a look takes less time than turns do, and threads can share it.
"""

import math

import numpy as np

from kexuestat._kernels._intrinsics import prefetch
from kexuestat._kernels._jit import bare_kernel, kernel
from kexuestat._kernels.infomap_choice import _best_by_logarithms, _best_by_table, _gather, _new_desk
from kexuestat._kernels.infomap_terms import _add_to_record, _fill_books, _unsigned

_PER_LN2 = 1.4426950408889634
_SPENT = -1.0


@kernel
def look(level, labels, records, total, vacant, begin, end, rule, lead):
    """Note for the nodes begin … end - 1 by how many bits their module beats any other, -1 where it does not.

    ``records`` hold the modules in ``labels``, ``vacant`` is an empty one of them, or -1 where there is none; ``total``
    is the sum of enter flows. Nodes without links have infinite leads.
    """
    level, labels, records = _unsigned(level), labels.view(np.uint32) * np.uint32(2), records.copy()
    books = np.empty(records.shape[0] // 4 if rule.table.shape[0] == 1 else 0)
    _fill_books(records, books, rule)
    desk = _new_desk(level, books.shape[0] > 0)
    _look_loop(level, labels, records, books, total, vacant, begin, end, rule, desk, lead)


@bare_kernel
def _look_loop(level, labels, records, books, total, vacant, begin, end, rule, desk, lead):
    """Do what ``look`` does; ``labels`` are doubled, ``records`` change only meanwhile."""
    factor = 2 if rule.undirected else 1
    base = max(total, np.int64(1))
    per_base, slope = 1.0 / base, math.log(base * rule.scale * rule.up) * _PER_LN2
    for i in range(begin, end):
        prefetch(level.indices, min(level.indptr[min(i + 8, end - 1)], np.uint64(level.indices.shape[0] - 1)))
        if level.indptr[i] == level.indptr[i + 1]:
            lead[i] = np.inf
            continue
        own = np.int64(labels[i] >> 1)
        leave, volume = np.int64(level.nodes[4 * i]), np.int64(level.nodes[4 * i + 1])
        enter = np.int64(level.nodes[4 * i + 3])
        alone = records[4 * own + 1] == volume
        n_touched = _gather(level, labels, i, own, alone, records, desk)
        x = factor * np.int64(records[4 * own + 2])
        rest = total + _add_to_record(records, own, x - leave, x - enter, -volume, rule)
        empty = np.int64(-1) if alone else vacant
        if books.shape[0] > 0:
            best, _, margin, _, _ = _best_by_logarithms(
                records, books, desk, n_touched, own, empty, leave, enter, volume, rest, rule
            )
        else:
            best, _, margin = _best_by_table(
                records, desk, n_touched, own, empty, leave, enter, volume, rest, base, per_base, slope, rule
            )
        _add_to_record(records, own, leave - x, enter - x, volume, rule)
        lead[i] = margin if best == own else _SPENT
