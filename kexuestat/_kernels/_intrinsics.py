"""Single processor instructions that numba does not offer, each with a plain twin for the JIT switched off.

``fma(a, b, c)`` is a * b + c rounded once: one instruction on current processors, and it vectorises.
``prefetch(array, i)`` asks for the cache line of ``array[i]`` ahead of its use and does nothing else; i must be in
range.
"""

from kexuestat._kernels._jit import JIT_ENABLED

_SPLIT = 134217729.0  # 2**27 + 1: splits a double into two halves whose products are exact

if JIT_ENABLED:
    from llvmlite import ir
    from numba.core import cgutils, types
    from numba.extending import intrinsic

    @intrinsic
    def fma(typing_context, a, b, c):
        """Return a * b + c, rounded once."""

        def generate(context, builder, signature, arguments):
            doubles = [context.cast(builder, v, t, types.float64) for v, t in zip(arguments, signature.args)]
            return builder.fma(*doubles)

        return types.float64(a, b, c), generate

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

    def prefetch(array, index):
        """Do nothing: memory is never waited for here."""
