"""Slow references of the shared kernels: Python integers and the math module."""

import math

_MASK = (1 << 64) - 1
_GOLDEN = 0x9E3779B97F4A7C15
_MIX_1 = 0xBF58476D1CE4E5B9
_MIX_2 = 0x94D049BB133111EB


def mix64(x):
    x = ((x ^ (x >> 30)) * _MIX_1) & _MASK
    x = ((x ^ (x >> 27)) * _MIX_2) & _MASK
    return x ^ (x >> 31)


def stream_key(seed, purpose, replicate):
    key = mix64((seed + _GOLDEN) & _MASK)
    key = mix64((key + (purpose ^ _MIX_2) * _GOLDEN) & _MASK)
    return mix64((key + (replicate ^ _MIX_1) * _GOLDEN) & _MASK)


def random_word(key, i):
    return mix64((key + (i + 1) * _GOLDEN) & _MASK)


def random_uniform(key, i):
    return ((random_word(key, i) >> 12) + 0.5) / 2**52


def random_below(key, i, n):
    return ((random_word(key, i) >> 32) * n) >> 32


def shuffled(items, key):
    items = list(items)
    for i in reversed(range(1, len(items))):
        j = random_below(key, i, i + 1)
        items[i], items[j] = items[j], items[i]
    return items


def plogp(x):
    return x * math.log2(x) if x > 0 else 0.0


def sum_plogp(values):
    return math.fsum(plogp(float(x)) for x in values)


def exp(x):
    try:
        return math.exp(x)
    except OverflowError:
        return math.inf


def log(x):
    if x == 0:
        return -math.inf
    return math.log(x) if x > 0 or x != x else math.nan
