"""Kernels and rivals of kexuestat.transport."""

import numpy as np
from hypothesis import strategies as st

from kexuestat._kernels import ascent, batch, bounds, distances, entropic, one_dimensional, paired, search, transport
from kexuestat.transport.costs import METRICS, checked_cost_matrix
from tests.contract import Pair, Race
from tests.naive import transport as naive

_WHOLE = 2.0**50
_seeds = st.integers(0, 2**32 - 1)
_sizes = st.integers(1, 9)


def _costs(rng, n, m):
    """Costs of many kinds: random, tied whole numbers, zeros, negative, equal rows, huge and tiny scales."""
    kind = rng.integers(7)
    cost = rng.random((n, m)) if kind in (0, 3, 5, 6) else rng.integers(0, 3, (n, m)).astype(float)
    if kind == 2:
        cost[:] = cost[rng.integers(0, n, n)]
    if kind == 3:
        cost -= 0.5
    return cost * {5: 1e200, 6: 1e-200}.get(kind, 1.0)


def _weights(rng, n):
    """Positive weights: equal, random, of very different size."""
    return (np.ones(n), rng.random(n) + 0.01, 10.0 ** rng.integers(-6, 6, n), rng.integers(1, 5, n) * 1.0)[
        rng.integers(4)
    ]


def _some_zero(rng, weights):
    kept = rng.random(len(weights)) < 0.7
    kept[rng.integers(len(weights))] = True
    return weights * kept


@st.composite
def _problems(draw, zeros=True):
    rng = np.random.default_rng(draw(_seeds))
    n, m = draw(_sizes), draw(_sizes)
    a, b = _weights(rng, n), _weights(rng, m)
    if zeros:
        a, b = _some_zero(rng, a), _some_zero(rng, b)
    return _costs(rng, n, m), a / a.sum(), b / b.sum()


@st.composite
def _full_problems(draw):
    return draw(_problems(zeros=False))


def _scaled(value, cost):
    return value / (np.abs(cost).max() or 1.0)


def _plan_value(cost, a, b):
    n = len(a) + len(b)
    rows, columns, masses = np.empty(n, np.int64), np.empty(n, np.int64), np.empty(n)
    count, _, converged = transport.optimal_plan(
        cost, a, b, 10000, rows, columns, masses, np.empty(len(a)), np.empty(len(b))
    )
    assert converged
    assert count < n
    plan = np.zeros(cost.shape)
    np.add.at(plan, (rows[:count], columns[:count]), masses[:count])
    np.testing.assert_allclose(plan.sum(1), a, atol=1e-13)
    np.testing.assert_allclose(plan.sum(0), b, atol=1e-13)
    return _scaled((plan * cost).sum(), cost)


def _masses(weights):
    out = np.empty(len(weights))
    transport.whole_masses(np.array(weights, dtype=float), out)
    assert out.sum() == (_WHOLE if sum(weights) > 0 else 0)
    return out


def _checked(cost, a, b):
    value, fine = transport.checked_value(cost, a, b, 1e-8, np.inf)
    assert fine
    return _scaled(value, cost)


@st.composite
def _corpora(draw, points=False):
    """Word points on a line or grid (a metric), two corpora with empty, repeated and single-word documents."""
    rng = np.random.default_rng(draw(_seeds))
    n_words = draw(st.integers(1, 8))
    where = rng.integers(0, 4, (n_words, 2)).astype(float) if draw(st.booleans()) else rng.random((n_words, 2))
    sides = []
    for _ in range(2):
        documents = []
        for _ in range(draw(st.integers(1, 4))):
            words = np.sort(rng.choice(n_words, rng.integers(0, n_words + 1), replace=False))
            documents.append({int(w): float(rng.integers(0, 4)) for w in words})
        sides.append([*documents, documents[0]])
    cost = np.sqrt(((where[:, None] - where) ** 2).sum(-1))
    return where if points else cost, *sides, draw(st.booleans())


def ragged(documents):
    """Return (indptr, tokens, weights) of a list of {token: weight}."""
    indptr = np.cumsum([0, *map(len, documents)])
    tokens = np.array([t for d in documents for t in sorted(d)], dtype=np.int64)
    return indptr, tokens, np.array([d[t] for d in documents for t in sorted(d)], dtype=float)


def _side(documents):
    indptr, tokens, weights = ragged(documents)
    return indptr, tokens, tokens.copy(), batch.ragged_masses(indptr, weights)


def _batch(cost, left, right, cancel):
    pairs = np.array([(i, j) for i in range(len(left)) for j in range(len(right))])
    out, status = np.empty(len(pairs)), np.empty(len(pairs), np.int64)
    batch.solve_pairs(cost, _side(left), _side(right), pairs, len(cost), cancel, out, status)
    assert not status.any()
    return out.reshape(len(left), len(right))


def _paired(points, left, right, cancel):
    """The same pairs from points, whose Euclidean distances are the costs."""
    pairs = np.array([(i, j) for i in range(len(left)) for j in range(len(right))])
    out, status = np.empty(len(pairs)), np.empty(len(pairs), np.int64)
    rows = paired.Points(points, (points**2).sum(1), True, 1.0)
    paired.solve_paired(rows, _side(left), _side(right), pairs, len(points), cancel, out, status)
    squared = paired.Points(points, (points**2).sum(1), False, 0.5)
    halves = np.empty(len(pairs))
    paired.solve_paired(squared, _side(left), _side(right), pairs, len(points), False, halves, status)
    assert not status.any()
    return out.reshape(len(left), len(right)), halves.reshape(len(left), len(right))


def _naive_paired(points, left, right, cancel):
    cost = naive.distances(points, points, "euclidean")
    return naive.batch(cost, left, right, cancel), naive.batch(cost**2 / 2, left, right, False)


def _query(left):
    """Return the first document of left with mass as a query, or None."""
    query = next(({t: w for t, w in d.items() if w > 0} for d in left if sum(d.values()) > 0), None)
    if query is None:
        return None
    words = np.array(sorted(query))
    ends = np.array([0, len(words)])
    masses = batch.ragged_masses(ends, np.array([query[w] for w in words]))
    return query, (ends, words, np.arange(len(words)), masses)


def _table(cost, words):
    table = np.full((len(cost), -(-len(words) // 8) * 8), np.inf)
    table[:, : len(words)] = cost[:, words]
    return table


def _nearest(cost, left, right, cancel):
    found = _query(left)
    if found is None:
        return np.zeros(0)
    table, query, documents = _table(cost, found[1][1]), found[1], _side(right)
    closest, low = search.nearest_words(table, len(query[1])), np.empty(len(right))
    search.relaxed_bounds(closest.cost, documents, low)
    values, indices = np.empty(len(right)), np.empty(len(right), np.int64)
    search.nearest_documents(table, query, documents, len(cost), cancel, closest, low, np.inf, values, indices)
    return values


def _naive_nearest(cost, left, right, cancel):
    found = _query(left)
    if found is None:
        return np.zeros(0)
    return np.sort(naive.batch(cost, [found[0]], right, cancel)[0])


def _bounds(cost, left, right, _):
    """Return the relaxed and the dual bounds of a query, nothing cancelled; inf for documents without mass."""
    found = _query(left)
    if found is None:
        return np.zeros(0)
    table, query, documents = _table(cost, found[1][1]), found[1], _side(right)
    closest, low = search.nearest_words(table, len(query[1])), np.empty((2, len(right)))
    search.relaxed_bounds(closest.cost, documents, low[0])
    one, space = batch._empty_left(len(query[1]), len(cost)), batch._empty_space(len(query[1]), len(cost))
    n, width = batch._enter(query, 0, one), table.shape[1]
    duals = search._Duals(np.empty(width), np.empty(width), np.empty(len(cost)))
    for d in range(len(right)):
        m = batch._meet(one, n, documents, d, False, space)
        bound = search._dual_bound(table.ravel(), width, n, m, space, duals, closest) / _WHOLE if m > 0 else np.inf
        low[1, d] = bound
    return low


def _naive_bounds(cost, left, right, _):
    found = _query(left)
    if found is None:
        return np.zeros(0)
    words = {w: x / sum(found[0].values()) for w, x in found[0].items()}
    out = np.full((2, len(right)), np.inf)
    for d, document in enumerate(right):
        kept = {t: w / sum(document.values()) for t, w in document.items() if w > 0}
        if kept:
            block, weights = cost[np.ix_(list(words), list(kept))], list(kept.values())
            out[:, d] = naive.relaxed_side(block.T, weights), naive.dual_bound(block, list(words.values()), weights)
    return out


@st.composite
def _tables(draw):
    rng = np.random.default_rng(draw(_seeds))
    n, m = draw(_sizes), draw(st.integers(1, 20))
    table = np.full((n, -(-m // 8) * 8), np.inf)
    table[:, :m] = _costs(rng, n, m)
    return table, m


@st.composite
def _forbidden(draw):
    """Costs with nan, inf or -inf somewhere."""
    cost = np.random.default_rng(draw(_seeds)).random((draw(_sizes), draw(_sizes)))
    cost[0, -1] = draw(st.sampled_from([np.nan, np.inf, -np.inf]))
    cost[-1, 0] = draw(st.sampled_from([0.0, -np.inf]))
    return cost, None, None


def _laid_out(table, m):
    cost = np.ascontiguousarray(table[:, :m])
    places = np.arange(len(cost))[::-2].copy()
    width = -(-len(places) // 8) * 8
    out = np.empty(m * width)
    filled = min(len(places) + 1, width)
    out.reshape(m, width)[:, filled:] = np.inf
    batch.lay_out(cost, places, len(places), width, filled, out)
    return out.reshape(m, width)


def _naive_laid_out(table, m):
    chosen = table[::-2, :m]
    out = np.full((m, -(-len(chosen) // 8) * 8), np.inf)
    out[:, : len(chosen)] = chosen.T
    return out


@st.composite
def _vector_sets(draw):
    """Vectors with equal and nearly equal rows, of very different length, never zero."""
    rng = np.random.default_rng(draw(_seeds))
    X = rng.standard_normal((draw(_sizes), draw(st.integers(1, 20))))
    Y = np.vstack(
        [X[rng.integers(0, len(X), 3)], X[:1] * (1 + 1e-9), X[:1] * 1e3, rng.standard_normal((2, X.shape[1]))]
    )
    return X, Y, draw(st.sampled_from(METRICS))


def _squared(X, Y, _):
    products = X @ Y.T
    distances.squared_distances(X, Y, distances.squared_norms(X), distances.squared_norms(Y), products)
    return np.sqrt(products)


@st.composite
def _lines(draw):
    rng = np.random.default_rng(draw(_seeds))
    n, m = draw(_sizes), draw(_sizes)
    x, y = rng.integers(-3, 4, n) * 1.0, rng.random(m) * 6 - 3
    return x, y, rng.integers(1, 6, n) * 1.0, rng.integers(1, 6, m) * 1.0, draw(st.sampled_from([1, 1.5, 2, 3]))


def _line(x, y, a, b, p):
    order, other = np.argsort(x, kind="stable"), np.argsort(y, kind="stable")
    return one_dimensional.merged_cost(x[order], y[other], _masses(a[order]), _masses(b[other]), p) / _WHOLE


@st.composite
def _point_sets(draw):
    rng = np.random.default_rng(draw(_seeds))
    n, m, k = draw(_sizes), draw(_sizes), draw(st.integers(1, 4))
    X, Y = rng.integers(-3, 4, (n, k)) * 1.0, rng.random((m, k)) * 6 - 3
    return X, Y, rng.integers(1, 6, n) * 1.0, rng.integers(1, 6, m) * 1.0, draw(st.sampled_from([1.0, 1.5, 2.0]))


def _projected(X, Y, a, b, p):
    out = np.empty(X.shape[1])
    one_dimensional.projected_costs(X, Y, _masses(a), _masses(b), p, out)
    return out / _WHOLE


@st.composite
def _squares(draw):
    rng = np.random.default_rng(draw(_seeds))
    n = draw(st.integers(0, 20))
    return rng.integers(-3, 4, (n, n)) * 1.0, rng.integers(0, 5, n) * 1.0


def _raised(cost, a, b):
    """The ascent on whole masses; never above the optimum."""
    (n, m), width = cost.shape, -(-cost.shape[1] // 8) * 8
    block = np.full((n, width), np.inf)
    block[:, :m] = cost
    climb = ascent._empty_climb(max(n, width))
    sides = _masses(a), np.append(_masses(b), np.zeros(width))
    values = [
        ascent.raised_bound(block.ravel(), np.arange(n) * width, n, m, width, *sides, steps, climb) / _WHOLE
        for steps in (0, 1, 4)
    ]
    assert values[0] <= values[1] <= values[2] <= transport.optimal_value(cost, a, b, 10000)[0]
    return values


def _both_products(table, vector):
    rows, columns = np.empty(len(vector)), np.zeros(len(vector))
    distances.products(table, vector, rows, columns)
    return rows, columns


def _plan(cost, a, b):
    f, h = np.zeros(len(a)), np.zeros(len(b))
    cost = cost / np.abs(cost).max() if cost.any() else cost
    entropic.scaling(cost, np.ascontiguousarray(cost.T), np.log(a), np.log(b), 0.5, 0.0, 41, f, h)
    return np.exp((f[:, None] + h - cost) / 0.5)


def _naive_plan(cost, a, b):
    cost = cost / np.abs(cost).max() if cost.any() else cost
    return naive.entropic_plan(cost, a, b, 0.5, 41)


def _soft(cost, a, b):
    cost = cost / (np.abs(cost).max() or 1.0)
    out = np.empty(len(a))
    entropic.soft_potentials(cost, b, np.log(a), 0.1, out)
    return out


def _on_unit_costs(function):
    """Return function with costs scaled to at most 1, so that one absolute tolerance fits all."""
    return lambda cost, a, b, *rest: function(cost / (np.abs(cost).max() or 1.0), a, b, *rest)


PAIRS = [
    Pair(
        "optimal_value",
        lambda cost, a, b: _scaled(transport.optimal_value(cost, a, b, 10000)[0], cost),
        lambda cost, a, b: _scaled(naive.optimal_value(cost, a, b), cost),
        _problems(),
        ("transport.optimal_value",),
        rtol=1e-7,
        atol=1e-7,  # what HiGHS promises
    ),
    Pair(
        "optimal_plan",
        _plan_value,
        lambda cost, a, b: _scaled(naive.optimal_value(cost, a, b), cost),
        _problems(),
        ("transport.optimal_plan",),
        rtol=1e-7,
        atol=1e-7,
    ),
    Pair(
        "checked_value",
        _checked,
        lambda cost, a, b: _scaled(naive.optimal_value(cost, a, b), cost),
        _problems(),
        ("transport.checked_value",),
        rtol=1e-7,
        atol=1e-7,
    ),
    Pair(
        "whole_masses",
        _masses,
        naive.whole_masses,
        st.tuples(st.lists(st.just(0.0) | st.floats(1e-12, 1e12), min_size=1, max_size=9)),
        ("transport.whole_masses",),
        rtol=1e-14,
        atol=4,  # units of 2**-50: the order of the sum
    ),
    Pair(
        "cost_facts",
        lambda cost, *_: transport.cost_facts(cost),
        lambda cost, *_: naive.cost_facts(cost),
        _problems(),
        ("transport.cost_facts",),
    ),
    Pair(
        "surely_finite",
        lambda cost, *_: transport.surely_finite(cost),
        lambda cost, *_: bool(np.isfinite(cost).all()),
        _problems() | _forbidden(),
        ("transport.surely_finite",),
    ),
    Pair("lay_out", _laid_out, _naive_laid_out, _tables(), ("batch.lay_out",)),
    Pair(
        "balanced",
        transport.balanced,
        naive.balanced,
        st.tuples(
            *[st.lists(st.sampled_from([0.0, 1.0, -1.0, np.nan, np.inf]), min_size=1).map(np.array)] * 2, st.just(0.1)
        ),
        ("transport.balanced",),
    ),
    Pair(
        "solve_pairs",
        _batch,
        naive.batch,
        _corpora(),
        ("batch.solve_pairs", "batch.ragged_masses"),
        rtol=1e-7,
        atol=1e-7,
    ),
    Pair("solve_paired", _paired, _naive_paired, _corpora(points=True), ("paired.solve_paired",), rtol=1e-7, atol=1e-7),
    Pair(
        "nearest_documents",
        _nearest,
        _naive_nearest,
        _corpora(),
        ("search.nearest_documents",),
        rtol=1e-7,
        atol=1e-7,
    ),
    Pair("relaxed and dual bounds", _bounds, _naive_bounds, _corpora(), ("search.relaxed_bounds",)),
    Pair(
        "nearest_words",
        search.nearest_words,
        lambda table, n: (table[:, :n].min(axis=1), table[:, :n].argmin(axis=1)),
        _tables(),
        ("search.nearest_words",),
    ),
    Pair(
        "distances",
        checked_cost_matrix,
        naive.distances,
        _vector_sets(),
        ("distances.root",),
        rtol=2e-12,  # subtraction may lose 3 digits before the direct formula takes over
    ),
    Pair(
        "direct_costs",
        lambda X, Y, metric: distances.direct_costs(X, Y.T.copy(), metric in ("euclidean", "rms", "chord"), 0.75),
        lambda X, Y, metric: (
            0.75 * naive.distances(X, Y, "euclidean") ** (1 if metric in ("euclidean", "rms", "chord") else 2)
        ),
        _vector_sets(),
        ("distances.direct_costs",),
        rtol=1e-13,
    ),
    Pair(
        "squared_distances",
        _squared,
        lambda X, Y, _: naive.distances(X, Y, "euclidean"),
        _vector_sets(),
        ("distances.squared_distances", "distances.squared_norms"),
        rtol=2e-12,
    ),
    Pair(
        "products",
        _both_products,
        lambda table, vector: (table @ vector, vector @ table),
        _squares(),
        ("distances.products",),
    ),
    Pair("merged_cost", _line, naive.emd_1d, _lines(), ("one_dimensional.merged_cost",), rtol=1e-10),
    Pair(
        "projected_costs",
        _projected,
        naive.projected_costs,
        _point_sets(),
        ("one_dimensional.projected_costs",),
        rtol=1e-10,
    ),
    Pair(
        "tree_cost",
        _on_unit_costs(bounds.tree_cost),
        _on_unit_costs(naive.tree_cost),
        _full_problems(),
        ("bounds.tree_cost",),
        rtol=1e-7,
        atol=1e-7,  # what HiGHS promises
    ),
    Pair(
        "relaxed_side",
        _on_unit_costs(lambda cost, a, b: bounds.relaxed_side(cost, a)),
        _on_unit_costs(lambda cost, a, b: naive.relaxed_side(cost, a)),
        _full_problems(),
        ("bounds.relaxed_side",),
    ),
    Pair(
        "overlap_side",
        lambda cost, a, b: _scaled(bounds.overlap_side(np.abs(cost), a, b), cost),
        lambda cost, a, b: _scaled(naive.overlap_side(np.abs(cost), a, b), cost),
        _full_problems(),
        ("bounds.overlap_side",),
    ),
    Pair(
        "capacity_side",
        _on_unit_costs(lambda cost, a, b: [bounds.capacity_side(cost, a, b, k) for k in (0, 1, 3, 9)]),
        _on_unit_costs(lambda cost, a, b: [naive.capacity_side(cost, a, b, k) for k in (0, 1, 3, 9)]),
        _full_problems(),
        ("bounds.capacity_side",),
    ),
    Pair(
        "dual_side",
        _on_unit_costs(bounds.dual_side),
        _on_unit_costs(naive.dual_side),
        _full_problems(),
        ("bounds.dual_side",),
    ),
    Pair(
        "raised_bound",
        _on_unit_costs(_raised),
        _on_unit_costs(
            lambda cost, a, b: [naive.raised_bound(cost, _masses(a), _masses(b), k) / _WHOLE for k in (0, 1, 4)]
        ),
        _full_problems(),
        ("ascent.raised_bound",),
        rtol=1e-11,
        atol=1e-11,  # the kernel takes 1e-12 off for rounding
    ),
    Pair(
        "soft_potentials",
        _soft,
        lambda cost, a, b: naive.soft_potentials(cost / (np.abs(cost).max() or 1.0), b, np.log(a), 0.1),
        _full_problems(),
        ("entropic.soft_potentials",),
    ),
    Pair("scaling", _plan, _naive_plan, _full_problems(), ("entropic.scaling",), rtol=1e-9),
]


def _pairs_of(n_documents, fewest, most, seed):
    """Return the sides of all pairs of synthetic news texts: ours in one call, POT pair by pair."""

    def setup():
        import ot
        from scipy.spatial.distance import cdist

        from benchmarks.documents import news
        from kexuestat.transport import cost_matrix, emd_batch

        corpus = news(n_documents, seed, fewest, most)
        cost = cost_matrix(corpus.vectors)
        texts = [
            (corpus.tokens[span], corpus.weights[span] / corpus.weights[span].sum())
            for span in (slice(*corpus.indptr[d : d + 2]) for d in range(n_documents))
        ]

        def pot(block):
            table = np.zeros((n_documents, n_documents))
            for i in range(n_documents):
                for j in range(i):
                    (x, a), (y, b) = texts[i], texts[j]
                    table[i, j] = table[j, i] = ot.emd2(a, b, block(x, y))
            return table

        return {
            "kexuestat": lambda: emd_batch(corpus.documents, cost=cost, cancel=True),
            "POT and cdist": lambda: pot(lambda x, y: cdist(corpus.vectors[x], corpus.vectors[y])),
            "POT, cached costs": lambda: pot(lambda x, y: cost[np.ix_(x, y)]),
        }

    return setup


def _clouds(n_clouds, n_points):
    """Return the sides of all pairs of weighted point clouds in the plane, for a rival that needs numpy below 2."""

    def setup():
        from kexuestat.transport import emd_batch

        rng = np.random.default_rng(2)
        points, weights = rng.random((n_clouds * n_points, 2)), rng.dirichlet(np.ones(n_points), n_clouds)
        clouds = np.arange(n_clouds + 1) * n_points, np.arange(n_clouds * n_points), weights.ravel()
        sides = {"kexuestat": lambda: emd_batch(clouds, vectors=points)}
        try:
            from wasserstein import PairwiseEMD
        except ImportError:
            return sides
        events = [np.column_stack([w, p]) for w, p in zip(weights, points.reshape(n_clouds, n_points, 2))]

        def rival():
            pairs = PairwiseEMD(1.0, beta=1.0, norm=True, num_threads=1, verbose=0, print_every=0)
            pairs(events)
            return np.asarray(pairs.emds())

        return sides | {"wasserstein": rival}

    return setup


def _table_quality(table):
    return {"mean": float(table.mean()), "weighted": float((table * np.arange(table.size).reshape(table.shape)).mean())}


def _one_problem(n):
    """Return the sides of one call on one problem."""

    def setup():
        import ot

        from kexuestat.transport import emd_cost

        rng = np.random.default_rng(n)
        problems = [(rng.dirichlet(np.ones(n)), rng.dirichlet(np.ones(n)), rng.random((n, n))) for _ in range(20)]
        return {
            "kexuestat": lambda: [emd_cost(*problem) for problem in problems],
            "POT": lambda: [ot.emd2(*problem) for problem in problems],
        }

    return setup


def _line_race():
    import ot
    from scipy.stats import wasserstein_distance

    from kexuestat.transport import emd_1d

    x, y, a, b = np.random.default_rng(1).random((4, 20000))
    return {
        "kexuestat": lambda: emd_1d(x, y, a, b),
        "scipy": lambda: float(wasserstein_distance(x, y, a, b)),
        "POT": lambda: float(ot.emd2_1d(x, y, a / a.sum(), b / b.sum(), metric="minkowski", p=1.0)),
    }


def _race(n, n_documents, cdist_target, slow=False):
    return Race(
        f"{n} x {n}: all pairs of {n_documents} texts",
        "transport",
        _pairs_of(n_documents, n, n, n),
        _table_quality,
        {"POT and cdist": cdist_target},
        slow=slow,
    )


_NEWS_TARGETS = {"POT and cdist": 12.0, "POT, cached costs": 8.0}

PEERS = [
    Race("all pairs of 30 texts", "transport", _pairs_of(30, 5, 200, 1), _table_quality, _NEWS_TARGETS),
    Race("all pairs of 200 texts", "transport", _pairs_of(200, 5, 200, 1), _table_quality, _NEWS_TARGETS, slow=True),
    _race(10, 60, 40),
    _race(10, 200, 40, slow=True),
    _race(30, 30, 12),
    _race(30, 100, 12, slow=True),
    _race(100, 50, 10, slow=True),
    _race(300, 16, 10, slow=True),
    _race(1000, 8, 8, slow=True),
    Race("all pairs of 40 point clouds", "transport", _clouds(40, 50), _table_quality, {"wasserstein": 3.0}),
    *(
        Race(f"one problem, {n} x {n}", "transport", _one_problem(n), lambda values: {"sum": float(sum(values))})
        for n in (10, 30, 100)
    ),
    Race("on the line, 20 000 points", "transport", _line_race, lambda value: {"value": value}),
]
