"""The one home of compile options.

``kernel`` compiles lazily, caches on disk, releases the GIL, divides like numpy and never reorders arithmetic.
``inline_kernel`` is the same, always inlined, for small functions inside loops that must vectorise.
``parallel_kernel`` adds ``prange`` over independent rows.
``sum_kernel`` lets the compiler reorder sums (``reassoc``, ``contract``), for reductions of stated tolerance.
``prefetch(array, i)`` asks for the cache line of ``array[i]`` ahead of its use and does nothing else; i must be in range.
``KEXUESTAT_NUMBA_CACHE=0`` switches the disk cache off.
"""

import os

import numba
from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic

CACHE = os.environ.get("KEXUESTAT_NUMBA_CACHE", "1") != "0"
JIT_ENABLED = not numba.config.DISABLE_JIT

_COMMON = {"cache": CACHE, "nogil": True, "error_model": "numpy"}

kernel = numba.njit(**_COMMON)
inline_kernel = numba.njit(**_COMMON, forceinline=True)
parallel_kernel = numba.njit(**_COMMON, parallel=True)
sum_kernel = numba.njit(**_COMMON, fastmath={"reassoc", "contract"})
prange = numba.prange


if JIT_ENABLED:

    @intrinsic
    def prefetch(typing_context, array, index):
        """Ask for the cache line of array[index] of a 1-D contiguous array."""

        def generate(context, builder, signature, arguments):
            array_type, index_type = signature.args
            view = context.make_array(array_type)(context, builder, arguments[0])
            index = context.cast(builder, arguments[1], index_type, types.intp)
            address = builder.bitcast(builder.gep(view.data, [index]), cgutils.voidptr_t)
            int32 = cgutils.int32_t
            hint = cgutils.get_or_insert_function(
                builder.module,
                ir.FunctionType(ir.VoidType(), [cgutils.voidptr_t, int32, int32, int32]),
                "llvm.prefetch.p0",
            )
            builder.call(hint, [address, int32(0), int32(3), int32(1)])
            return context.get_dummy_value()

        return types.void(array, index), generate

else:

    def prefetch(array, index):
        """Do nothing: memory is never waited for here."""
