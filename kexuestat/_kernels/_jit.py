"""The one home of compile options.

``kernel`` compiles lazily, caches on disk, releases the GIL, divides like numpy and never reorders arithmetic.
``inline_kernel`` is the same, always inlined, for small functions inside loops that must vectorise.
``parallel_kernel`` adds ``prange`` over independent rows.
``sum_kernel`` lets the compiler reorder sums (``reassoc``, ``contract``), for reductions of stated tolerance.
``callback_kernel`` takes a compiled function as an argument; it is not cached, as every new function is a new type.
``bare_kernel`` and ``bare_inline_kernel`` go without reference counts: they may not allocate, and hot loops over arrays
that come in tuples run up to twice as fast, because numba counts such an array at every access.
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

prange = numba.prange

if JIT_ENABLED:
    kernel = numba.njit(**_COMMON)
    inline_kernel = numba.njit(**_COMMON, forceinline=True)
    parallel_kernel = numba.njit(**_COMMON, parallel=True)
    sum_kernel = numba.njit(**_COMMON, fastmath={"reassoc", "contract"})
    callback_kernel = numba.njit(**{**_COMMON, "cache": False})
    bare_kernel = numba.njit(**_COMMON, _nrt=False)
    bare_inline_kernel = numba.njit(**_COMMON, _nrt=False, forceinline=True)

else:

    def _quiet(function):
        @functools.wraps(function)
        def silent(*arguments):
            with np.errstate(all="ignore"):
                return function(*arguments)

        return silent

    kernel = parallel_kernel = sum_kernel = callback_kernel = bare_kernel = _quiet

    def inline_kernel(function):
        return function

    bare_inline_kernel = inline_kernel
