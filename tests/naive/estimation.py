"""Slow references of the estimation kernels: Python loops, math.fsum, fractions, numpy's own median and quantile."""

import itertools
import math

import numpy as np

from tests.naive.core import random_uniform, random_word, stream_key

BLOCK = 1024


def lane_sum(values, count):
    return math.fsum(values[:count])


def lane_dot(left, right, count):
    return math.fsum(float(a) * float(b) for a, b in zip(left[:count], right[:count]))


def _multiply_high(word, n):
    return (word * n) >> 64


def _draws(key, n, n_draws, word=0):
    rows = []
    for start in range(word, word + n_draws, BLOCK):
        count = min(BLOCK, word + n_draws - start)
        if n > 2**20:
            rows += [_multiply_high(random_word(key, start + j), n) for j in range(count)]
            continue
        words = [random_word(key, start + j) for j in range((count + 1) // 2)]
        both = [((w >> 32) * n) >> 32 for w in words] + [((w & 0xFFFFFFFF) * n) >> 32 for w in words]
        rows += both[:count]
    return rows


def multinomial_rows(seed, purpose, first, n, shape):
    return np.array([_draws(stream_key(seed, purpose, first + b), n, shape[1]) for b in range(shape[0])])


def subset_rows(seed, purpose, first, n, shape):
    result = []
    for b in range(shape[0]):
        key, pool = stream_key(seed, purpose, first + b), list(range(n))
        for j in range(shape[1]):
            k = j + _multiply_high(random_word(key, j), n - j)
            pool[j], pool[k] = pool[k], pool[j]
        result.append(pool[: shape[1]])
    return np.array(result)


def block_rows(seed, purpose, first, n, length, wrap, shape):
    result = []
    for b in range(shape[0]):
        key, line = stream_key(seed, purpose, first + b), []
        for q in range(-(-shape[1] // length)):
            start = _multiply_high(random_word(key, q), n if wrap else n - length + 1)
            line += [(start + j) % n for j in range(length)]
        result.append(line[: shape[1]])
    return np.array(result)


def stationary_rows(seed, purpose, first, n, mean_length, shape):
    result = []
    for b in range(shape[0]):
        key, line = stream_key(seed, purpose, first + b), []
        for j in range(shape[1]):
            new = not line or random_uniform(key, 2 * j) < 1.0 / mean_length
            line.append(_multiply_high(random_word(key, 2 * j + 1), n) if new else (line[-1] + 1) % n)
        result.append(line)
    return np.array(result)


def strata_rows(seed, purpose, first, indptr, members, shape):
    result = []
    for b in range(shape[0]):
        key, line = stream_key(seed, purpose, first + b), []
        for low, high in itertools.pairwise(indptr):
            line += [members[low + _multiply_high(random_word(key, j), int(high - low))] for j in range(low, high)]
        result.append(line)
    return np.array(result)


def bayesian_weights(seed, purpose, first, shape):
    result = []
    for b in range(shape[0]):
        key = stream_key(seed, purpose, first + b)
        line = [-math.log(random_uniform(key, j)) for j in range(shape[1])]
        result.append([w * shape[1] / math.fsum(line) for w in line])
    return np.array(result)


def poisson_weights(seed, purpose, first, shape):
    def quantile(u):
        k, below = 0, math.exp(-1.0)
        while u > below:
            k += 1
            below += math.exp(-1.0) / math.factorial(k)
        return float(k)

    keys = [stream_key(seed, purpose, first + b) for b in range(shape[0])]
    return np.array([[quantile(random_uniform(key, j)) for j in range(shape[1])] for key in keys])


def draw_counts(key, n_draws, n, cuts, rest):
    """Poisson counts from 16 bits each, the lowest bits of a word first; then single draws added or taken away."""
    padded = -(-n // 64) * 64
    counts = [0] * n
    if len(cuts) > 0:
        for i in range(n):
            bits = (random_word(key, i // 4) >> (16 * (i % 4))) & 0xFFFF
            counts[i] = sum(bits >= cut for cut in cuts[:5])
            if bits >= cuts[5]:
                u = random_uniform(key, padded // 4 + i)
                counts[i] = next(k for k in range(len(rest)) if rest[k] >= u)
    word, surplus = padded // 4 + padded, sum(counts) - n_draws
    for row in _draws(key, n, max(0, -surplus), word):
        counts[row] += 1
    top = max(counts)
    while surplus > 0:
        row, level = _multiply_high(random_word(key, word), n), ((random_word(key, word + 1) >> 32) * top) >> 32
        if level < counts[row]:
            counts[row] -= 1
            surplus -= 1
        word += 2
    return counts


def resampled_sums(terms, n_draws, cuts, rest, seed, purpose, first, n_replicates):
    result = []
    for b in range(n_replicates):
        counts = draw_counts(stream_key(seed, purpose, first + b), n_draws, terms.shape[1], cuts, rest)
        result.append([math.fsum(float(t) * c for t, c in zip(line, counts)) for line in terms])
    return np.array(result)


def statistic(name, sample):
    """The named statistics of a plain sample, by numpy."""
    sample = np.sort(sample)
    n = len(sample)
    if name == "median":
        return np.median(sample)
    if name == "iqr":
        return np.quantile(sample, 0.75) - np.quantile(sample, 0.25)
    if name == "trimmed_mean":
        cut = math.floor(0.1 * n)
        return np.mean(sample[cut : n - cut])
    if name == "mad":
        return np.median(np.abs(sample - np.median(sample))) * 1.482602218505602
    if name == "gini":
        return np.abs(sample[:, None] - sample).sum() / (2 * n * sample.sum())
    low, high = sample[0], sample[-1]
    return {"min": low, "max": high, "midrange": (low + high) / 2, "range": high - low}[name]


def sorted_statistic(name, values, counts):
    return statistic(name, np.repeat(values, counts.astype(int)))


def resampled_sorted_statistic(name, x, n_draws, cuts, rest, seed, purpose, first, n_replicates):
    keys = [stream_key(seed, purpose, first + b) for b in range(n_replicates)]
    return np.array([statistic(name, np.repeat(x, draw_counts(key, n_draws, len(x), cuts, rest))) for key in keys])


def weighted_power_sums(d, weights, n_sums):
    return np.array([[math.fsum(w * d**k) for k in range(n_sums)] for w in weights])


def weighted_pair_sums(x, y, weights):
    terms = (np.ones_like(x), x, y, x * x, x * y, y * y)
    return np.array([[math.fsum(w * t) for t in terms] for w in weights])


def _normal(stream):
    while True:
        u, v = 2 * next(stream) - 1, 2 * next(stream) - 1
        if 0 < u * u + v * v < 1:
            return u * math.sqrt(-2 * math.log(u * u + v * v) / (u * u + v * v))


def _gamma(shape, stream):
    d = shape - 1 / 3
    while True:
        z = _normal(stream)
        v = 1 + z / math.sqrt(9 * d)
        if v <= 0:
            continue
        u = next(stream)
        if u < 1 - 0.0331 * z**4 or math.log(u) < z * z / 2 + d * (1 - v**3 + 3 * math.log(v)):
            return d * v**3


def _beta(a, b, stream):
    if a == 1:
        return 1 - next(stream) ** (1 / b)
    if b == 1:
        return next(stream) ** (1 / a)
    x = _gamma(a, stream)
    return x / (x + _gamma(b, stream))


def order_statistic_uniforms(ranks, n_draws, seed, purpose, replicate):
    """The uniforms U with x_(ceil(n U)) as the order statistics of those ranks."""
    key, result, u, before = stream_key(seed, purpose, replicate), [], 0.0, 0
    stream = (random_uniform(key, i) for i in range(10**9))
    for rank in ranks:
        u += (1 - u) * _beta(rank - before, n_draws - rank + 1, stream)
        before = rank
        result.append(u)
    return result


def centred_power_sums(x, n_sums):
    """Σ (x - mean)^k, k = 2 …, in fractions."""
    from fractions import Fraction

    exact = [Fraction(float(v)) for v in x]
    mean = sum(exact) / len(exact)
    return [float(sum((v - mean) ** k for v in exact)) for k in range(2, n_sums + 2)], float(mean)


def resampled_callback(statistic, x, n_draws, seed, purpose, first, n_replicates):
    keys = [stream_key(seed, purpose, first + b) for b in range(n_replicates)]
    return np.array([statistic(x[_draws(key, len(x), n_draws)]) for key in keys])


def left_out_callback(statistic, x, places):
    return np.array([statistic(np.delete(x, i, axis=0)) for i in places])


def _normal_number(key, i):
    p = i // 2
    radius = math.sqrt(-2 * math.log(random_uniform(key, 2 * p)))
    angle = 2 * math.pi * random_uniform(key, 2 * p + 1)
    return radius * (math.sin(angle) if i % 2 else math.cos(angle))


def normal_row(key, start, n):
    return np.array([_normal_number(key, start + j) for j in range(n)])


def normal_rows(seed, purpose, first, shape):
    return np.array([normal_row(stream_key(seed, purpose, first + b), 0, shape[1]) for b in range(shape[0])])


def poisson_inverse(u, mean):
    k, mass = 0, math.exp(-mean)
    below = mass
    while u > below and k < 2000:
        k += 1
        mass *= mean / k
        below += mass
    return float(k)


def _law_number(law, a, b, key, i):
    if law in ("normal", "lognormal"):
        z = a + b * _normal_number(key, i)
        return math.exp(z) if law == "lognormal" else z
    if law == "contaminated":
        wide = random_uniform(stream_key(key >> 1, 0, 1), i) < a
        return _normal_number(key, i) * (b if wide else 1.0)
    if law == "student":
        u, v = random_uniform(key, 2 * i), random_uniform(key, 2 * i + 1)
        return math.sqrt(a * math.expm1(-2 / a * math.log(u))) * math.cos(2 * math.pi * v)
    if law == "poisson":
        parts = max(1, math.ceil(a / 500))
        return sum(poisson_inverse(random_uniform(key, i * parts + q), a / parts) for q in range(parts))
    u = random_uniform(key, i)
    if law == "uniform":
        return a + (b - a) * u
    if law == "exponential":
        return -a * math.log(u)
    if law == "laplace":
        return a + b * (math.log(2 * u) if u < 0.5 else -math.log(2 - 2 * u))
    return 1.0 if u < a else 0.0


def law_row(law, a, b, key, start, n):
    return np.array([_law_number(law, a, b, key, start + j) for j in range(n)])


def simulated_samples(law, a, b, seed, purpose, first, shape):
    keys = [stream_key(seed, purpose, i) for i in range(shape[0])]
    return np.array([law_row(law, a, b, key, first, shape[1]) for key in keys])


def population_rows(n_rows, seed, purpose, first, shape):
    keys = [stream_key(seed, purpose, i) for i in range(shape[0])]
    return np.array([[int(random_uniform(key, first + j) * n_rows) for j in range(shape[1])] for key in keys])


def column_power_sums(samples, anchors, n_powers):
    return np.array([((samples - anchors) ** k).sum(axis=0) for k in range(1, n_powers + 1)])


def neighbour_rows(n, r, m, both, seed, purpose, replicate):
    """Rows (from 0) that become the r-th and (r+1)-th order statistic of m draws from n rows, by inversion."""

    def share_up_to(k):
        p = k / n
        return math.fsum(math.comb(m, s) * p**s * (1 - p) ** (m - s) for s in range(r, m + 1))

    key = stream_key(seed, purpose, replicate)
    u, v = random_uniform(key, 0), random_uniform(key, 1)
    first = next(k for k in range(1, n + 1) if share_up_to(k) >= u or k == n)
    if not both:
        return [first - 1]
    here = share_up_to(first) - share_up_to(first - 1)
    factor = math.comb(m, r) * ((first / n) ** r - ((first - 1) / n) ** r) / here
    second = next(j for j in range(first, n + 1) if factor * ((n - j) / n) ** (m - r) <= v or j == n)
    return [first - 1, second - 1]
