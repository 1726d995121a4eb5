"""How often each of n rows is drawn in a resample of m rows, without drawing them one by one.

Independent Poisson numbers, given their sum, are the counts of so many draws (Devroye 1986,
doi:10.1007/978-1-4613-8643-8). So every row first gets a Poisson(λ) count, λ a little below m/n, from 16 random bits;
then single draws are added, or taken away, until there are m. The 16 bits are compared with five ``cuts``, so that
counts below 5 have probabilities in multiples of 2^-16; from a sixth cut on they lead to the ``rest``, what is left of
the Poisson law, drawn with 53 bits.

Words 0 … w-1 of the stream are the bits of 4 w rows, word w + i decides row i of the rest, then single draws follow.
"""

import numpy as np

from kexuestat._kernels._jit import bare_inline_kernel, bare_kernel
from kexuestat._kernels.random import random_uniform, random_word
from kexuestat._kernels.sampling import BLOCK, _fill_block, _multiply_high

STEP = 64  # arrays of counts have a multiple of this length, and zeros behind the n-th
_U32 = np.uint64(32)


@bare_inline_kernel
def _cut(bits, cuts, counts):
    """Write the number of the first 5 cuts up to each entry of bits; return their sum and how many reach the last."""
    a, b, c, d, e, f = cuts[0], cuts[1], cuts[2], cuts[3], cuts[4], cuts[5]
    total, rest = np.uint16(0), np.uint16(0)
    for i in range(STEP):
        u = bits[i]
        below = np.uint16(u >= a) + np.uint16(u >= b) + np.uint16(u >= c) + np.uint16(u >= d) + np.uint16(u >= e)
        counts[i] = below
        total = np.uint16(total + below)
        rest = np.uint16(rest + np.uint16(u >= f))
    return np.int64(total), np.int64(rest)


@bare_kernel
def _draw_rest(key, word, bits, last_cut, rest, start, counts):
    """Draw the counts of those rows anew whose bits reach the last cut; return by how much their sum grows."""
    growth = 0
    for i in range(start, start + STEP):
        if bits[i] >= last_cut:
            u, k = random_uniform(key, word + i), 0
            while rest[k] < u:
                k += 1
            growth += k - np.int64(counts[i])
            counts[i] = k
    return growth


@bare_kernel
def _add_draws(key, word, missing, n, rows, counts):
    """Count so many single draws more, with the words from ``word`` on."""
    for start in range(0, missing, BLOCK):
        count = min(BLOCK, missing - start)
        _fill_block(key, word + start, count, n, rows)
        for j in range(count):
            counts[rows[j]] += np.uint16(1)


@bare_kernel
def _remove_draws(key, word, surplus, n, counts):
    """Take away so many of the counted draws, each as likely as any other."""
    top = np.uint64(0)
    for i in range(n):
        top = max(top, np.uint64(counts[i]))
    while surplus > 0:
        row = np.int64(_multiply_high(random_word(key, word), np.uint64(n)))
        level = ((random_word(key, word + 1) >> _U32) * top) >> _U32
        if level < counts[row]:
            counts[row] -= np.uint16(1)
            surplus -= 1
        word += 2


@bare_kernel
def draw_counts(key, n_draws, n, cuts, rest, words, rows, counts):
    """Write how often each of n rows is drawn into counts (uint16, a multiple of 64 long).

    cuts (uint16, 6 or, if all draws are to be single, 0) and rest (float64, P(count <= k)) are the law; words (uint64,
    a fourth of counts) and rows (int64, 1024) are work space; n_draws below 65536 or near n.
    """
    total, word = 0, words.shape[0]
    if cuts.shape[0] == 0:
        for i in range(counts.shape[0]):
            counts[i] = 0
    else:
        for i in range(words.shape[0]):
            words[i] = random_word(key, i)
        bits = words.view(np.uint16)
        for i in range(n, bits.shape[0]):
            bits[i] = 0
        for start in range(0, counts.shape[0], STEP):
            part, n_rest = _cut(bits[start : start + STEP], cuts, counts[start : start + STEP])
            total += part
            if n_rest > 0:
                total += _draw_rest(key, word, bits, cuts[5], rest, start, counts)
    word += counts.shape[0]
    if total <= n_draws:
        _add_draws(key, word, n_draws - total, n, rows, counts)
    else:
        _remove_draws(key, word, total - n_draws, n, counts)
