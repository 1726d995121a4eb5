"""Entropic optimal transport: scaling steps in the log domain."""

import numpy as np

from kexuestat._kernels._jit import kernel, sum_kernel
from kexuestat._kernels.exp import exp, log


@sum_kernel
def _sum_exp(x, top):
    """Return the sum of exp(x - top) over a 1-D array."""
    total = 0.0
    for k in range(x.shape[0]):
        total += exp(x[k] - top)
    return total


@kernel
def soft_potentials(cost, potential, log_weights, reg, out):
    """Write reg (log a_i - log sum_j exp((potential_j - cost_ij) / reg)) into out (n,); cost (n, m) may hold inf."""
    n, m = cost.shape
    scaled = np.empty(m)
    for i in range(n):
        row = cost[i]
        for j in range(m):
            scaled[j] = (potential[j] - row[j]) / reg
        top = np.max(scaled)
        out[i] = reg * (log_weights[i] - top - log(_sum_exp(scaled, top)))


@kernel
def scaling(cost, turned, log_a, log_b, reg, tol, max_iter, f, h):
    """Return (sweeps, error) and leave in f, h the potentials of plan_ij = exp((f_i + h_j - cost_ij) / reg).

    turned is the transpose of cost. After every sweep the columns are exact; error is the sum of |row sum - a_i| for
    the f, h that are left, at most tol unless max_iter was reached.
    """
    new = np.empty(f.shape[0])
    error = np.inf
    soft_potentials(cost, h, log_a, reg, f)
    for sweep in range(max_iter):
        soft_potentials(turned, f, log_b, reg, h)
        soft_potentials(cost, h, log_a, reg, new)
        error = 0.0
        for i in range(f.shape[0]):
            error += exp(log_a[i]) * abs(exp((f[i] - new[i]) / reg) - 1.0)
        if error <= tol:
            return sweep + 1, error
        if sweep + 1 < max_iter:
            f[:] = new
    return max_iter, error
