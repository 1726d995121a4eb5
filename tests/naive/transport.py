"""Slow references for optimal transport: the linear program, the bounds as loops from their formulas."""

import itertools
import math

import numpy as np
from scipy.optimize import linprog


def optimal_value(cost, a, b):
    """The linear program with weights scaled to total 1 and one redundant row dropped (kexue.fm/archives/7388)."""
    cost, a, b = (np.asarray(x, dtype=float) for x in (cost, a, b))
    n, m = cost.shape
    rows = np.kron(np.eye(n), np.ones(m))
    columns = np.kron(np.ones(n), np.eye(m))
    sums = np.concatenate([a / a.sum(), b / b.sum()])
    scale = np.abs(cost).max() or 1.0
    found = linprog(
        cost.ravel() / scale,
        A_eq=np.vstack([rows, columns])[:-1],
        b_eq=sums[:-1],
        method="highs",
        options={"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10},
    )
    return found.fun * scale


def whole_masses(weights):
    total = sum(weights)
    masses = [float(max(1, round(w / total * 2**50))) if w > 0 else 0.0 for w in weights]
    if total > 0:
        masses[int(np.argmax(weights))] += 2**50 - sum(masses)
    return masses


def cost_facts(cost):
    cost = np.abs(cost)
    must = max(cost.min(axis=1).max(), cost.min(axis=0).max())
    positive = cost[(cost > 0) & np.isfinite(cost)]
    return [np.isfinite(cost).all(), cost.max(), must or (positive.min() if positive.size else math.inf)]


def balanced(a, b, tolerance):
    a, b = np.asarray(a), np.asarray(b)
    if not all(np.isfinite(x).all() and (x >= 0).all() and x.sum() > 0 for x in (a, b)):
        return False
    return abs(a.sum() - b.sum()) <= tolerance * max(a.sum(), b.sum())


def batch(cost, left, right, cancel):
    """Every left document against every right one; documents are lists of {token: weight}."""
    table = np.full((len(left), len(right)), np.nan)
    for i, x in enumerate(left):
        for j, y in enumerate(right):
            a, b = ({t: w / sum(z.values()) for t, w in z.items() if w > 0} for z in (x, y))
            if not a or not b:
                continue
            if cancel:
                common = {t: min(a[t], b[t]) for t in a if t in b}
                a = {t: w - common.get(t, 0.0) for t, w in a.items() if w - common.get(t, 0.0) > 1e-13}
                b = {t: w - common.get(t, 0.0) for t, w in b.items() if w - common.get(t, 0.0) > 1e-13}
                rest = 1.0 - sum(common.values())
            else:
                rest = 1.0
            table[i, j] = 0.0
            if a and b:
                block = np.asarray(cost)[np.ix_(list(a), list(b))]
                table[i, j] = rest * optimal_value(block, list(a.values()), list(b.values()))
    return table


def distances(X, Y, metric):
    def one(x, y):
        if metric in ("cosine", "chord"):
            u, v = x / math.sqrt(math.fsum(x * x)), y / math.sqrt(math.fsum(y * y))
            half = math.fsum((u - v) ** 2) / 2
            return half if metric == "cosine" else math.sqrt(2 * half)
        squared = math.fsum((x - y) ** 2)
        return {"euclidean": math.sqrt(squared), "rms": math.sqrt(squared / len(x)), "sqeuclidean": squared}[metric]

    return np.array([[one(x, y) for y in Y] for x in X])


def emd_1d(x, y, a, b, p):
    """By quantile functions: the integral of |F^-1 - G^-1|^p over all levels at which either jumps."""
    (x, a), (y, b) = ((np.sort(z), np.asarray(w, float)[np.argsort(z, kind="stable")]) for z, w in ((x, a), (y, b)))
    levels_a, levels_b = np.cumsum(a) / a.sum(), np.cumsum(b) / b.sum()
    levels = np.unique(np.concatenate([[0.0], levels_a, levels_b]).clip(0, 1))
    total = 0.0
    for low, high in itertools.pairwise(levels):
        middle = (low + high) / 2
        i = min(np.searchsorted(levels_a, middle), len(x) - 1)
        j = min(np.searchsorted(levels_b, middle), len(y) - 1)
        total += (high - low) * abs(x[i] - y[j]) ** p
    return total


def relaxed_side(cost, a):
    return sum(a[i] * min(cost[i]) for i in range(len(a)))


def overlap_side(cost, a, b):
    total = 0.0
    for i in range(len(a)):
        order = sorted(range(len(b)), key=lambda j: (cost[i][j], j))
        nearest = order[0]
        if cost[i][nearest] > 0:
            total += a[i] * cost[i][nearest]
        elif len(order) > 1:
            total += max(a[i] - b[nearest], 0.0) * cost[i][order[1]]
    return total


def capacity_side(cost, a, b, k):
    total = 0.0
    for i in range(len(a)):
        left = a[i]
        order = sorted(range(len(b)), key=lambda j: cost[i][j])
        for place, j in enumerate(order):
            mass = min(left, b[j]) if place < min(k, len(order) - 1) else left
            total += mass * cost[i][j]
            left -= mass
            if left <= 0:
                break
    return total


def dual_side(cost, a, b):
    f = [min(row) for row in cost]
    h = [min(cost[i][j] - f[i] for i in range(len(a))) for j in range(len(b))]
    return math.fsum(x * y for x, y in zip(a, f)) + math.fsum(x * y for x, y in zip(b, h))


def dual_bound(cost, a, b):
    return max(dual_side(cost, a, b), dual_side(np.transpose(cost), b, a))


def raised_bound(cost, a, b, steps):
    """Feasible potentials; in every step columns that too much mass prefers lose price until enough of it leaves."""
    n, m = len(a), len(b)
    h, best = [0.0] * m, -math.inf
    for step in range(steps + 1):
        if step > 0:
            prices = [[cost[i][j] - h[j] for j in range(m)] for i in range(n)]
            choice = [row.index(min(row)) for row in prices]
            slack = [min(row[:j] + row[j + 1 :], default=math.inf) - row[j] for row, j in zip(prices, choice)]
            load = [sum(a[i] for i in range(n) if choice[i] == j) for j in range(m)]
            rise = [0.0] * m
            for i in sorted(range(n), key=lambda i: slack[i]):
                if load[choice[i]] > b[choice[i]] and slack[i] < math.inf:
                    load[choice[i]] -= a[i]
                    rise[choice[i]] = slack[i]
            h = [price - drop for price, drop in zip(h, rise)]
        f = [min(cost[i][j] - h[j] for j in range(m)) for i in range(n)]
        h = [min(cost[i][j] - f[i] for i in range(n)) for j in range(m)]
        best = max(best, math.fsum(x * y for x, y in zip(a, f)) + math.fsum(x * y for x, y in zip(b, h)))
    return best


def tree_cost(cost, a, b):
    """The linear program with the dearest link of the cheapest way (minimax, by Floyd and Warshall) as cost."""
    n, m = len(a), len(b)
    way = np.full((n + m, n + m), np.inf)
    way[:n, n:] = cost
    way[n:, :n] = np.transpose(cost)
    for k in range(n + m):
        for i in range(n + m):
            for j in range(n + m):
                way[i, j] = min(way[i, j], max(way[i, k], way[k, j]))
    return optimal_value(way[:n, n:], a, b)


def projected_costs(X, Y, a, b, p):
    return [emd_1d(X[:, k], Y[:, k], a, b, p) for k in range(X.shape[1])]


def soft_potentials(cost, potential, log_weights, reg):
    out = []
    for i in range(len(cost)):
        terms = [(potential[j] - cost[i][j]) / reg for j in range(len(potential))]
        top = max(terms)
        out.append(reg * (log_weights[i] - top - math.log(math.fsum(math.exp(t - top) for t in terms))))
    return out


def entropic_plan(cost, a, b, reg, sweeps):
    """Sinkhorn by matrix scaling, as published (Cuturi 2013)."""
    kernel = np.exp(-np.asarray(cost) / reg)
    u, v = np.ones(len(a)), np.ones(len(b))
    for _ in range(sweeps):
        u = a / (kernel @ v)
        v = b / (kernel.T @ u)
    return u[:, None] * kernel * v
