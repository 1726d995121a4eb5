"""Slow references of rows of links: dictionaries and loops."""

import math


def id_bounds(source, target):
    both = [int(i) for i in source] + [int(j) for j in target]
    return min(both), max(both)


def used_ids(source, target):
    return sorted({int(i) for i in source} | {int(j) for j in target})


def rows_of_ids(values, ids):
    return [list(ids).index(int(value)) for value in values]


def first_outside(ids, n):
    return next((e for e, i in enumerate(ids) if not 0 <= int(i) < n), -1)


def first_bad_weight(weights):
    return next((e for e, w in enumerate(weights) if math.isnan(w) or math.isinf(w) or w < 0), -1)


def matrix_of_links(source, target, weights, n, symmetric):
    """Dense matrix of summed links, symmetric links in both halves, loops once."""
    matrix = [[0.0] * n for _ in range(n)]
    for e in range(len(source)):
        i, j = int(source[e]), int(target[e])
        w = 1.0 if weights is None else float(weights[e])
        matrix[i][j] += w
        if symmetric and i != j:
            matrix[j][i] += w
    return matrix


def compressed(matrix):
    """indptr, indices and weights of the entries that are not zero, row by row, rising."""
    indptr, indices, weights = [0], [], []
    for row in matrix:
        for j, w in enumerate(row):
            if w != 0:
                indices.append(j)
                weights.append(w)
        indptr.append(len(indices))
    return indptr, indices, weights


def transposed(matrix):
    return compressed([list(column) for column in zip(*matrix)])


def asymmetry(matrix):
    """Largest relative gap between a_ij and a_ji, inf if only one of them is there."""
    largest = 0.0
    for i in range(len(matrix)):
        for j in range(len(matrix)):
            a, b = matrix[i][j], matrix[j][i]
            if (a == 0) != (b == 0):
                return math.inf
            if a != b:
                largest = max(largest, abs(a - b) / max(a, b))
    return largest


def is_sorted(rows):
    return all(row == sorted(set(row)) for row in rows)


def entry_rows(matrix):
    return [i for i, row in enumerate(matrix) for w in row if w != 0]
