"""Sums in one fixed order: eight lanes side by side, then a fixed tree.

Vectorised and plain runs therefore agree bit for bit.
"""

from kexuestat._kernels._jit import inline_kernel, kernel

LANES = 8


@inline_kernel
def _tree(a, b, c, d, e, f, g, h):
    """Return the sum of the eight lanes."""
    return ((a + e) + (c + g)) + ((b + f) + (d + h))


@kernel
def lane_sum(values, count):
    """Return the sum (float64) of the first count entries of a 1-D float64 array; lane j takes the entries j mod 8."""
    a = b = c = d = e = f = g = h = 0.0
    whole = count - count % LANES
    for p in range(0, whole, LANES):
        a += values[p]
        b += values[p + 1]
        c += values[p + 2]
        d += values[p + 3]
        e += values[p + 4]
        f += values[p + 5]
        g += values[p + 6]
        h += values[p + 7]
    tail = 0.0
    for p in range(whole, count):
        tail += values[p]
    return _tree(a, b, c, d, e, f, g, h) + tail


@kernel
def lane_dot(left, right, count):
    """Return the sum of left[i] * right[i] over the first count entries, in the order of lane_sum."""
    a = b = c = d = e = f = g = h = 0.0
    whole = count - count % LANES
    for p in range(0, whole, LANES):
        a += left[p] * right[p]
        b += left[p + 1] * right[p + 1]
        c += left[p + 2] * right[p + 2]
        d += left[p + 3] * right[p + 3]
        e += left[p + 4] * right[p + 4]
        f += left[p + 5] * right[p + 5]
        g += left[p + 6] * right[p + 6]
        h += left[p + 7] * right[p + 7]
    tail = 0.0
    for p in range(whole, count):
        tail += left[p] * right[p]
    return _tree(a, b, c, d, e, f, g, h) + tail
