"""The one home of compile options.

``kernel`` compiles lazily, caches on disk, releases the GIL, divides like numpy and never reorders arithmetic.
``inline_kernel`` is the same, always inlined, for small functions inside loops that must vectorise.
``parallel_kernel`` adds ``prange`` over independent rows.
``sum_kernel`` lets the compiler reorder sums (``reassoc``, ``contract``), for reductions of stated tolerance.
``fma(a, b, c)`` is a * b + c rounded once: one instruction on current processors, and it vectorises.
``KEXUESTAT_NUMBA_CACHE=0`` switches the disk cache off. With the JIT off (``NUMBA_DISABLE_JIT=1``) kernels are plain
functions that divide by zero and overflow in silence, as the compiled ones do.
"""

import functools
import os

import numba
import numpy as np

CACHE = os.environ.get("KEXUESTAT_NUMBA_CACHE", "1") != "0"
JIT_ENABLED = not numba.config.DISABLE_JIT

_COMMON = {"cache": CACHE, "nogil": True, "error_model": "numpy"}
_SPLIT = 134217729.0  # 2**27 + 1: splits a double into two halves whose products are exact

prange = numba.prange

if JIT_ENABLED:
    from numba.core import types
    from numba.extending import intrinsic

    kernel = numba.njit(**_COMMON)
    inline_kernel = numba.njit(**_COMMON, forceinline=True)
    parallel_kernel = numba.njit(**_COMMON, parallel=True)
    sum_kernel = numba.njit(**_COMMON, fastmath={"reassoc", "contract"})

    @intrinsic
    def fma(typingctx, a, b, c):
        """Return a * b + c, rounded once."""

        def codegen(context, builder, signature, arguments):
            doubles = [context.cast(builder, v, t, types.float64) for v, t in zip(arguments, signature.args)]
            return builder.fma(*doubles)

        return types.float64(a, b, c), codegen

else:

    def _quiet(function):
        @functools.wraps(function)
        def silent(*arguments):
            with np.errstate(all="ignore"):
                return function(*arguments)

        return silent

    kernel = parallel_kernel = sum_kernel = _quiet

    def inline_kernel(function):
        return function

    def _halves(a):
        high = _SPLIT * a
        high -= high - a
        return high, a - high

    def fma(a, b, c):
        """Return a * b + c, rounded (nearly) once."""
        a, b, c = float(a), float(b), float(c)
        product = a * b
        if not (abs(a) < 1e150 and abs(b) < 1e150 and abs(product) > 1e-250):
            return product + c
        (a1, a2), (b1, b2) = _halves(a), _halves(b)
        error = ((a1 * b1 - product) + a1 * b2 + a2 * b1) + a2 * b2
        total = product + c
        part = total - product
        return total + (((product - (total - part)) + (c - part)) + error)
