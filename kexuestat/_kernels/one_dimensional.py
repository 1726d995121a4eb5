"""Optimal transport on the line: merge of the sorted points."""

from kexuestat._kernels._jit import kernel


@kernel
def merged_cost(x, y, a, b, p):
    """Return the sum of mass |x - y|^p along the merge of the sorted x (n,), y (m,) with weights a, b of total 1."""
    i, j, total = 0, 0, 0.0
    left_a, left_b = a[0], b[0]
    while True:
        mass = min(left_a, left_b)
        if mass > 0.0:
            total += mass * abs(x[i] - y[j]) ** p
        left_a -= mass
        left_b -= mass
        if left_a <= left_b:
            i += 1
            if i == x.shape[0]:
                return total
            left_a += a[i]
        else:
            j += 1
            if j == y.shape[0]:
                return total
            left_b += b[j]
