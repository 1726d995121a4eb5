"""Slow references of robust statistics: all pairs, written out."""

import math

import numpy as np

SN_SMALL = {2: 0.743, 3: 1.851, 4: 0.954, 5: 1.351, 6: 0.993, 7: 1.198, 8: 1.005, 9: 1.131}
QN_SMALL = {2: 0.399, 3: 0.994, 4: 0.512, 5: 0.844, 6: 0.611, 7: 0.857, 8: 0.669, 9: 0.872}


def pairwise_means(x):
    return np.sort([0.5 * x[i] + 0.5 * x[j] for i in range(len(x)) for j in range(i, len(x))])


def gaps(x):
    return np.sort([abs(x[i] - x[j]) for i in range(len(x)) for j in range(i + 1, len(x))])


def pair_order_statistic(x, rank, of_gaps):
    return (gaps(x) if of_gaps else pairwise_means(x))[rank - 1]


def neighbour_distances(x, k):
    return np.array([np.sort(np.abs(x - value))[k - 1] for value in x])


def hodges_lehmann(x):
    return np.median(pairwise_means(x))


def sn(x):
    n = len(x)
    himed = np.sort(neighbour_distances(x, n // 2 + 1))
    factor = SN_SMALL.get(n, n / (n - 0.9) if n % 2 else 1.0)
    return 1.1926 * factor * himed[(n + 1) // 2 - 1]


def qn(x):
    n = len(x)
    factor = QN_SMALL.get(n, n / (n + 1.4) if n % 2 else n / (n + 3.8))
    return 2.2219 * factor * gaps(x)[math.comb(n // 2 + 1, 2) - 1]


def pull_towards(X, weights, point):
    pull, inverse, here = np.zeros(X.shape[1]), 0.0, 0.0
    for row, w in zip(X, weights):
        d = math.sqrt(sum((row - point) ** 2))
        if d == 0:
            here += w
        else:
            pull += w * (row - point) / d
            inverse += w / d
    return [*pull, inverse, here]


def pmi(counts, shift, positive):
    total = counts.sum()
    result = np.empty(counts.shape)
    for i, j in np.ndindex(*counts.shape):
        row, column = counts[i].sum(), counts[:, j].sum()
        if row == 0 or column == 0:
            result[i, j] = math.nan
            continue
        value = math.log(counts[i, j] * total / row / column) - shift if counts[i, j] > 0 else -math.inf
        result[i, j] = max(value, 0.0) if positive else value
    return result
