"""Vector operations that the compiler does not find by itself, written in LLVM's vector types.

LLVM does not vectorise the search of a minimum without fast flags, and numba has none for a comparison; measured 3 to
7 times slower. Nor does it vectorise a sum of doubles times small integers in a fixed order: 5 times slower. Eight
lanes of any element type are lowered to whatever the processor has. With the JIT off a plain twin stands in.
"""

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from kexuestat._kernels._jit import JIT_ENABLED

LANES = 8  # rows of a cost block are padded with inf to a multiple of this
COUNTED = 32  # terms of one step of a counted sum


def _splat(builder, vector, scalar):
    undefined = ir.Constant(vector, ir.Undefined)
    first = builder.insert_element(undefined, scalar, ir.Constant(ir.IntType(32), 0))
    zeros = ir.Constant(ir.VectorType(ir.IntType(32), LANES), [0] * LANES)
    return builder.shuffle_vector(first, undefined, zeros)


def _differences(context, builder, cost, shift, args, vector):
    """Return a function block -> vector of cost[start + k] - shift[begin + k] for the lanes k of that block."""

    def address(kind, value, offset):
        return builder.gep(context.make_array(kind)(context, builder, value).data, [offset])

    places = address(cost, args[0], args[1]), address(shift, args[2], args[3])

    def lanes(block):
        offset = builder.mul(block, ir.Constant(ir.IntType(64), LANES))
        pointers = [builder.bitcast(builder.gep(p, [offset]), vector.as_pointer()) for p in places]
        first, second = (builder.load(p, align=cost.dtype.bitwidth // 8) for p in pointers)
        return builder.fsub(first, second)

    return lanes


def _any_lane(builder, comparison):
    bits = builder.bitcast(comparison, ir.IntType(LANES))
    return bits, builder.icmp_unsigned("!=", bits, ir.Constant(ir.IntType(LANES), 0))


def _less(builder, first, second):
    return builder.fcmp_ordered("<", first, second, flags=["nnan", "nsz"])


def _least_lane(builder, cost, values):
    """Return all lanes set to the least of them."""
    name = f"llvm.vector.reduce.fmin.v{LANES}f{cost.dtype.bitwidth}"
    kind = ir.FunctionType(values.type.element, [values.type])
    reduce = cgutils.get_or_insert_function(builder.module, kind, name)
    return _splat(builder, values.type, builder.call(reduce, [values], fastmath=["nnan", "nsz"]))


def _argmin_of_two(builder, cost, lanes, limit, result):
    """Store the first place of the least of two blocks if it is below the limit; without loops, for small problems."""
    integer = ir.IntType(64)
    values = [lanes(ir.Constant(integer, block)) for block in (0, 1)]
    smaller = builder.select(_less(builder, *values), *values)
    _, found = _any_lane(builder, _less(builder, smaller, limit))
    with builder.if_then(found):
        least = _least_lane(builder, cost, smaller)
        low, high = (builder.zext(_any_lane(builder, builder.fcmp_ordered("==", v, least))[0], integer) for v in values)
        bits = builder.or_(low, builder.shl(high, ir.Constant(integer, LANES)))
        builder.store(builder.cttz(bits, ir.Constant(ir.IntType(1), 1)), result)


def _argmin_of_many(builder, cost, lanes, limit, blocks, result):
    """Store the first place of the least of all blocks if it is below the limit."""
    integer = ir.IntType(64)
    least = cgutils.alloca_once_value(builder, limit)
    with cgutils.for_range(builder, blocks) as loop:
        values, old = lanes(loop.index), builder.load(least)
        builder.store(builder.select(_less(builder, values, old), values, old), least)
    _, found = _any_lane(builder, _less(builder, builder.load(least), limit))
    with builder.if_then(found):
        value = _least_lane(builder, cost, builder.load(least))
        with cgutils.for_range(builder, blocks) as loop:
            bits, hit = _any_lane(builder, builder.fcmp_ordered("==", lanes(loop.index), value))
            with builder.if_then(hit, likely=False):
                lane = builder.zext(builder.cttz(bits, ir.Constant(ir.IntType(1), 1)), integer)
                base = builder.mul(loop.index, ir.Constant(integer, LANES))
                builder.store(builder.add(base, lane), result)
                loop.do_break()


@intrinsic
def _argmin_below(typing_context, cost, start, shift, begin, blocks, threshold):
    signature = types.int64(cost, types.int64, shift, types.int64, types.int64, cost.dtype)

    def generate(context, builder, signature, args):
        element = context.get_value_type(cost.dtype)
        vector = ir.VectorType(element, LANES)
        integer = ir.IntType(64)
        lanes = _differences(context, builder, cost, shift, args, vector)
        limit = _splat(builder, vector, args[5])
        result = cgutils.alloca_once_value(builder, ir.Constant(integer, -1))
        two = builder.icmp_signed("==", args[4], ir.Constant(integer, 2))
        with builder.if_else(two, likely=False) as (short, long):
            with short:
                _argmin_of_two(builder, cost, lanes, limit, result)
            with long:
                _argmin_of_many(builder, cost, lanes, limit, args[4], result)
        return builder.load(result)

    return signature, generate


def _load_lanes(builder, pointer, vector, place):
    """Return the vector of the lanes of an array that begin at place."""
    return builder.load(builder.bitcast(builder.gep(pointer, [place]), vector.as_pointer()), align=1)


def _folded(builder, lanes):
    """Return the sum of the lanes: first half plus second half, three times."""
    parts = [builder.extract_element(lanes, ir.Constant(ir.IntType(32), j)) for j in range(LANES)]
    while len(parts) > 1:
        half = len(parts) // 2
        parts = [builder.fadd(x, y) for x, y in zip(parts[:half], parts[half:])]
    return parts[0]


@intrinsic
def _counted_sum(typing_context, values, counts, blocks):
    signature = types.float64(values, counts, types.int64)

    def generate(context, builder, signature, args):
        vector, integer = ir.VectorType(ir.DoubleType(), LANES), ir.IntType(64)
        count_type = context.get_value_type(signature.args[1].dtype)
        value, count = (context.make_array(k)(context, builder, a).data for k, a in zip(signature.args[:2], args))
        sums = [cgutils.alloca_once_value(builder, ir.Constant(vector, [0.0] * LANES)) for _ in range(4)]
        with cgutils.for_range(builder, args[2]) as loop:
            start = builder.mul(loop.index, ir.Constant(integer, COUNTED))
            for j, total in enumerate(sums):
                place = builder.add(start, ir.Constant(integer, j * LANES))
                number = _load_lanes(builder, count, ir.VectorType(count_type, LANES), place)
                product = builder.fmul(_load_lanes(builder, value, vector, place), builder.uitofp(number, vector))
                builder.store(builder.fadd(builder.load(total), product), total)
        a, b, c, d = (builder.load(total) for total in sums)
        return _folded(builder, builder.fadd(builder.fadd(a, b), builder.fadd(c, d)))

    return signature, generate


if JIT_ENABLED:
    argmin_below, counted_sum = _argmin_below, _counted_sum
else:

    def counted_sum(values, counts, blocks):
        """Return the sum of values[i] * counts[i] (float64 times uint16) over i < 32 blocks: 32 lanes, then a tree."""
        total = np.zeros(COUNTED)
        for x, c in zip(values.reshape(-1, COUNTED)[:blocks], counts.reshape(-1, COUNTED)[:blocks]):
            total += x * c
        a, b, c, d = total.reshape(4, LANES)
        parts = (a + b) + (c + d)
        while len(parts) > 1:
            parts = parts[: len(parts) // 2] + parts[len(parts) // 2 :]
        return parts[0]

    def argmin_below(cost, start, shift, begin, blocks, threshold):
        """Return the first index k < 8 blocks of the least cost[start + k] - shift[begin + k], -1 if not below."""
        width = LANES * blocks
        values = cost[start : start + width] - shift[begin : begin + width]
        k = int(np.argmin(values))
        return k if values[k] < threshold else -1
