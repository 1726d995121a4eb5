"""Run replicates in chunks through joblib, so that any of its backends (threads, loky, dask, ray) can take them."""

import numpy as np

from kexuestat.validation.options import check_n_jobs


def replicate_chunks(function, n_replicates, *, n_jobs=None, largest=None):
    """Return the rows function(first, count) of all replicates, joined in order.

    Parameters
    ----------
    function : callable
        Takes first and count, returns an array of count rows that depends on the replicate numbers only.
    n_replicates : int
        Replicates 0 … n_replicates - 1.
    n_jobs : int, optional
        joblib's convention.
    largest : int, optional
        Most replicates in a chunk, for the sake of memory.
    """
    threads = check_n_jobs(n_jobs)
    size = n_replicates if threads == 1 else -(-n_replicates // (4 * threads))
    size = max(1, min(size, largest or size))
    starts = range(0, n_replicates, size)
    if threads == 1:
        return np.concatenate([function(s, min(size, n_replicates - s)) for s in starts])
    from joblib import Parallel, delayed

    run = Parallel(n_jobs=n_jobs, prefer="threads")
    return np.concatenate(run(delayed(function)(s, min(size, n_replicates - s)) for s in starts))


def rows_within(max_memory_mb, bytes_each):
    """Return how many replicates of that many bytes fit, at least 1."""
    return max(1, int(max_memory_mb * 2**20 // max(bytes_each, 1)))
