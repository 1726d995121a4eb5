"""Slow references of the flow kernels: dense matrices and loops."""

import numpy as np


def dense(indptr, indices, values):
    n_nodes = len(indptr) - 1
    matrix = np.zeros((n_nodes, n_nodes))
    for i in range(n_nodes):
        for e in range(indptr[i], indptr[i + 1]):
            matrix[i, indices[e]] += values[e]
    return matrix


def row_sums(indptr, values):
    return np.array([sum(values[indptr[i] : indptr[i + 1]]) for i in range(len(indptr) - 1)])


def column_sums(indptr, indices, values, row_scale):
    return (row_scale[:, None] * dense(indptr, indices, values)).sum(axis=0)


def scaled_without_loops(indptr, indices, values, row_scale):
    matrix = row_scale[:, None] * dense(indptr, indices, values)
    np.fill_diagonal(matrix, 0.0)
    return matrix


def stationary(in_indptr, in_indices, in_weights, scale, jump, target, exclude_self):
    """Solve the linear system of the stationary distribution with sum 1."""
    n_nodes = len(target)
    step = dense(in_indptr, in_indices, in_weights) * scale[None, :]
    teleport = np.outer(target, jump)
    if exclude_self:
        np.fill_diagonal(teleport, 0.0)
    system = np.vstack([step + teleport - np.eye(n_nodes), np.ones(n_nodes)])
    right = np.zeros(n_nodes + 1)
    right[-1] = 1.0
    return np.linalg.lstsq(system, right, rcond=None)[0]


def layer_similarity(p, q, p_strength, q_strength):
    """1 - Jensen-Shannon divergence of two dicts target -> weight, from the entropies."""

    def entropy(values):
        return -sum(x * np.log2(x) for x in values if x > 0)

    if not set(p) & set(q):
        return 0.0
    share = p_strength / (p_strength + q_strength)
    mix = {t: share * p.get(t, 0) / p_strength + (1 - share) * q.get(t, 0) / q_strength for t in set(p) | set(q)}
    inside = share * entropy(x / p_strength for x in p.values())
    inside += (1 - share) * entropy(x / q_strength for x in q.values())
    return 1.0 - (entropy(mix.values()) - inside)


def row_entropies(indptr, values):
    entropies = []
    for i in range(len(indptr) - 1):
        row = np.array(values[indptr[i] : indptr[i + 1]])
        row = row / row.sum() if len(row) else row
        entropies.append(-sum(x * np.log2(x) for x in row if x > 0))
    return entropies
