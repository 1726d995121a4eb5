"""Kernels of flow: row sums, stationary flow by power iteration, link flows without loops.

Arrays in CSR order, row = source; the prefix ``in_`` marks the transpose, row = target.
"""

import numpy as np

from kexuestat._kernels._jit import kernel


@kernel
def row_sums(indptr, values):
    """Return the sum of each row, shape (n_nodes,), in index order; 0 for an empty row."""
    n_nodes = indptr.shape[0] - 1
    sums = np.zeros(n_nodes)
    for i in range(n_nodes):
        total = 0.0
        for e in range(indptr[i], indptr[i + 1]):
            total += values[e]
        sums[i] = total
    return sums


@kernel
def column_sums(indptr, indices, values, row_scale):
    """Return sum_i row_scale[i] values[i, j] for each column j, shape (n_nodes,)."""
    n_nodes = indptr.shape[0] - 1
    sums = np.zeros(n_nodes)
    for i in range(n_nodes):
        for e in range(indptr[i], indptr[i + 1]):
            sums[indices[e]] += row_scale[i] * values[e]
    return sums


@kernel
def loop_values(indptr, indices, values):
    """Return the value of the loop of each node, shape (n_nodes,); 0 where there is none."""
    n_nodes = indptr.shape[0] - 1
    loops = np.zeros(n_nodes)
    for i in range(n_nodes):
        for e in range(indptr[i], indptr[i + 1]):
            if indices[e] == i:
                loops[i] += values[e]
    return loops


@kernel
def scaled_without_loops(indptr, indices, values, row_scale):
    """Return indptr, indices and row_scale[i] * values of the entries that are no loops."""
    n_nodes = indptr.shape[0] - 1
    new_indptr = np.zeros(n_nodes + 1, np.int64)
    new_indices = np.empty(indices.shape[0], np.int64)
    flow = np.empty(indices.shape[0])
    k = 0
    for i in range(n_nodes):
        for e in range(indptr[i], indptr[i + 1]):
            if indices[e] != i:
                new_indices[k] = indices[e]
                flow[k] = row_scale[i] * values[e]
                k += 1
        new_indptr[i + 1] = k
    return new_indptr, new_indices[:k], flow[:k]


@kernel
def _one_step(in_indptr, in_indices, in_step, jump, target, exclude_self, p, q):
    """Write one step of the walk from p into q; return sum |q - p| after q is scaled to sum 1."""
    n_nodes = p.shape[0]
    jumping = 0.0
    for i in range(n_nodes):
        jumping += jump[i] * p[i]
    total = 0.0
    for j in range(n_nodes):
        arriving = target[j] * (jumping - exclude_self * jump[j] * p[j])
        for e in range(in_indptr[j], in_indptr[j + 1]):
            arriving += in_step[e] * p[in_indices[e]]
        q[j] = arriving
        total += arriving
    change = 0.0
    for j in range(n_nodes):
        q[j] /= total
        change += abs(q[j] - p[j])
    return change


@kernel
def stationary(in_indptr, in_indices, in_step, jump, target, exclude_self, start, tol, max_iter):
    """Return the stationary distribution p, the number of steps and the last L1 change.

    p_j = target_j (sum_i jump_i p_i - exclude_self jump_j p_j) + sum_i step_ij p_i

    Stops when the change is at most ``tol``, when it no longer falls, or after ``max_iter`` steps.
    """
    p = start.copy()
    q = np.empty_like(p)
    change = np.inf
    for iteration in range(1, max_iter + 1):
        last = change
        change = _one_step(in_indptr, in_indices, in_step, jump, target, exclude_self, p, q)
        p, q = q, p
        if change <= tol or (change >= last and change < 1e-13):
            return p, iteration, change
    return p, max_iter, change
