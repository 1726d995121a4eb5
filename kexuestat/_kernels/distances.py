"""Distances from inner products, with near pairs computed directly, since subtraction ruins them."""

import math

import numpy as np

from kexuestat._kernels._jit import kernel, sum_kernel

_RUN = 1024
_NEAR = 1e-3  # below this share of the squared norms a squared distance has lost 3 of 16 digits


@sum_kernel
def _squared_distance(x, y):
    """Return |x - y|^2 of two 1-D arrays."""
    total = 0.0
    for k in range(x.shape[0]):
        total += (x[k] - y[k]) * (x[k] - y[k])
    return total


@kernel
def squared_norms(X):
    """Return the squared norms (n,) of the rows of X (n, d)."""
    norms = np.empty(X.shape[0])
    zero = np.zeros(X.shape[1])
    for i in range(X.shape[0]):
        norms[i] = _squared_distance(X[i], zero)
    return norms


@kernel
def squared_distances(X, Y, norms_x, norms_y, products):
    """Overwrite the inner products (n, m) by squared distances; near pairs directly, equal rows exactly 0."""
    for i in range(X.shape[0]):
        row = products[i]
        for j in range(row.shape[0]):
            both = norms_x[i] + norms_y[j]
            row[j] = both - 2.0 * row[j]
            if row[j] < _NEAR * both:
                row[j] = _squared_distance(X[i], Y[j])


@kernel
def root(values, factor):
    """Overwrite values (n, m) by factor times their square roots."""
    for i in range(values.shape[0]):
        row = values[i]
        for j in range(row.shape[0]):
            row[j] = factor * math.sqrt(row[j])


@kernel
def direct_costs(X, columns, rooted, factor):
    """Return factor times the distances (n, m), squared unless rooted, of rows X (n, d) and columns (d, m).

    Coordinate by coordinate, in runs that stay in the cache: for few dimensions quicker than products, and nothing
    cancels.
    """
    n, m = X.shape[0], columns.shape[1]
    costs = np.zeros((n, m))
    for start in range(0, m, _RUN):
        stop = min(start + _RUN, m)
        for i in range(n):
            row = costs[i, start:stop]
            for k in range(X.shape[1]):
                x, column = X[i, k], columns[k, start:stop]
                for j in range(row.shape[0]):
                    row[j] += (x - column[j]) * (x - column[j])
            for j in range(row.shape[0]):
                row[j] = factor * (math.sqrt(row[j]) if rooted else row[j])
    return costs


@sum_kernel
def products(table, vector, rows, columns):
    """Write table @ vector into rows (n,), add vector @ table to columns (n,), in one pass over the table (n, n)."""
    for i in range(table.shape[0]):
        row, factor, total = table[i], vector[i], 0.0
        for j in range(row.shape[0]):
            total += row[j] * vector[j]
            columns[j] += row[j] * factor
        rows[i] = total
