"""Counter-based random numbers: word i of stream (seed, purpose, replicate) is a pure function of those numbers.

No state is carried, so results do not depend on threads, batches or order, and are the same bits on every
platform, compiled or not. A stream is SplitMix64 (Steele, Lea, Flood 2014, doi:10.1145/2660193.2660195) started
at a mixed key; the finaliser is the variant 13 of D. Stafford.
"""

import numpy as np

from kexuestat._kernels._jit import JIT_ENABLED, inline_kernel, kernel

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)
_MASK = (1 << 64) - 1
_U27, _U30, _U31, _U12, _U32 = (np.uint64(s) for s in (27, 30, 31, 12, 32))
_LOW32 = np.uint64(0xFFFFFFFF)

if JIT_ENABLED:

    @inline_kernel
    def _times(a, b):
        return a * b

    @inline_kernel
    def _plus(a, b):
        return a + b

else:  # numpy's scalars warn when they wrap round; Python's integers are masked instead

    def _times(a, b):
        return np.uint64((int(a) * int(b)) & _MASK)

    def _plus(a, b):
        return np.uint64((int(a) + int(b)) & _MASK)


@inline_kernel
def mix64(x):
    """Return the uint64 x with its bits mixed (a bijection)."""
    x = _times(x ^ (x >> _U30), _MIX_1)
    x = _times(x ^ (x >> _U27), _MIX_2)
    return x ^ (x >> _U31)


@inline_kernel
def stream_key(seed, purpose, replicate):
    """Return the uint64 key of the stream (seed, purpose, replicate), each a non-negative integer."""
    key = mix64(_plus(np.uint64(seed), _GOLDEN))
    key = mix64(_plus(key, _times(np.uint64(purpose) ^ _MIX_2, _GOLDEN)))
    return mix64(_plus(key, _times(np.uint64(replicate) ^ _MIX_1, _GOLDEN)))


@inline_kernel
def random_word(key, i):
    """Return word i (uint64) of the stream with this key."""
    return mix64(_plus(key, _times(np.uint64(i) + np.uint64(1), _GOLDEN)))


@inline_kernel
def random_uniform(key, i):
    """Return number i (float64) of the stream, in the open interval (0, 1), a multiple of 2**-53."""
    return (np.float64(random_word(key, i) >> _U12) + 0.5) * 2.220446049250313e-16


@inline_kernel
def random_below(key, i, n):
    """Return number i (int64) of the stream, in 0 … n-1, for 1 <= n <= 2**32; bias at most n / 2**32."""
    return np.int64(((random_word(key, i) >> _U32) * np.uint64(n)) >> _U32)


@kernel
def shuffle(items, key):
    """Shuffle the 1-D array items in place, by Fisher and Yates with the stream of this key."""
    for i in range(items.shape[0] - 1, 0, -1):
        j = random_below(key, i, i + 1)
        items[i], items[j] = items[j], items[i]
