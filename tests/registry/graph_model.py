"""Kernels of flow and of the map equation with their naive twins."""

import numpy as np
from hypothesis import strategies as st

from kexuestat._kernels import flow, general_moves, map_equation, multilayer
from kexuestat._kernels.csr import transpose
from kexuestat.graph import InfoMap, StateNetwork
from kexuestat.graph.flow_models import Walk
from kexuestat.graph.general_level import contracted, first_level
from kexuestat.graph.general_search import rule_of
from kexuestat.graph.model import build_model
from kexuestat.graph.module_tree import tree_of_paths
from tests.contract import EstimatorCase, Pair
from tests.graph.strategies import graphs, trees
from tests.naive import flow as naive_flow
from tests.naive import map_equation as naive


@st.composite
def _graph_and_scale(draw):
    graph = draw(graphs())
    scale = draw(st.lists(st.sampled_from([0.0, 0.3, 1.0, 7.0]), min_size=graph.n_nodes, max_size=graph.n_nodes))
    return graph, np.array(scale)


def _naive_column_sums(graph, scale):
    return naive_flow.column_sums(graph.indptr, graph.indices, graph.weights, scale)


def _dense_without_loops(graph, scale):
    indptr, indices, values = flow.without_loops(graph.indptr, graph.columns, graph.values)
    return naive_flow.dense(indptr, indices, flow.scaled_rows(indptr, values, scale))


@st.composite
def _walks(draw):
    graph = draw(graphs(directed=True, weights=st.sampled_from([1.0, 1.0, 2.0, 0.25])))
    strength = flow.row_sums(graph.indptr, graph.values)
    alpha = draw(st.sampled_from([0.05, 0.15, 0.6, 1.0]))
    target = np.array(draw(st.lists(st.integers(1, 5), min_size=graph.n_nodes, max_size=graph.n_nodes)), dtype=float)
    target /= target.sum()
    exclude = float(graph.n_nodes > 1 and draw(st.booleans()))
    linked = strength > 0
    scale = np.divide(1 - alpha, strength, out=np.zeros(graph.n_nodes), where=linked)
    jump = np.where(linked, alpha, 1.0)
    if exclude:
        jump = jump / (1.0 - target)
    return graph, Walk(scale, jump, target, exclude, in_place=bool(exclude) or draw(st.booleans()))


def _stationary(graph, walk):
    rows = transpose(graph.indptr, graph.columns, graph.values)
    return flow.stationary(*rows, walk, 1e-15, 3000)[0]


def _naive_stationary(graph, walk):
    rows = graph.transposed()
    return naive_flow.stationary(*rows, walk.scale, walk.jump, walk.target, walk.exclude_self)


@st.composite
def _graph_and_paths(draw):
    graph = draw(graphs())
    values = draw(st.lists(st.sampled_from([0.0, 0.1, 0.25, 2.0]), min_size=graph.n_nodes, max_size=graph.n_nodes))
    return graph, draw(trees(graph.n_nodes)), np.array(values)


def _module_sums(graph, paths, values):
    tree = tree_of_paths(paths)
    return map_equation.sums_by_module(tree.leaf, tree.parent, values)


def _naive_module_sums(graph, paths, values):
    return [sum(values[i] for i in members) for members in naive.prefixes(paths).values()]


def _borders(graph, paths, values):
    rows = graph.indptr, graph.columns, graph.values, 1.0 + values
    return np.concatenate(map_equation.border_flows(*rows, *tree_of_paths(paths)))


def _flat_borders(graph, paths, values):
    """The borders of the top modules alone; without row factors the rows of an undirected graph are symmetric."""
    tree = tree_of_paths([path[:1] for path in paths])
    symmetric = not graph.directed and not values.any()
    rows = graph.indptr, graph.columns, graph.values, 1.0 + values
    return np.concatenate(map_equation.flat_border_flows(*rows, tree.leaf, len(tree.parent), symmetric))


def _naive_borders(graph, paths, values):
    scaled = graph.weights * (1.0 + values)[graph.rows()]
    links = list(zip(graph.rows().tolist(), graph.indices.tolist(), scaled.tolist()))
    flows = [naive.border(m, links, None, None, graph.n_nodes) for m in naive.prefixes(paths).values()]
    return np.concatenate([[leaving for leaving, _ in flows], [arriving for _, arriving in flows]])


def _lengths(graph, paths, values):
    tree = tree_of_paths(paths)
    exits, enters = map_equation.border_flows(graph.indptr, graph.columns, graph.values, np.ones(graph.n_nodes), *tree)
    sums = map_equation.sums_by_module(tree.leaf, tree.parent, values)
    words = map_equation.plogp_by_module(tree.leaf, values, len(tree.parent))
    is_leaf = tree.n_children == 0
    return map_equation.codebook_lengths(tree.parent, is_leaf, sums, exits, enters, words).sum()


def _naive_length(graph, paths, values):
    links = list(zip(graph.rows().tolist(), graph.indices.tolist(), graph.weights.tolist()))
    return naive.codelength(links, values.tolist(), paths)[0]


def _similarity(p, q):
    rows = [sorted(p.items()), sorted(q.items())]
    target = np.array([t for row in rows for t, _ in row], dtype=np.int64)
    weights = np.array([w for row in rows for _, w in row])
    strength = np.array([sum(p.values()), sum(q.values())])
    indptr = np.array([0, len(p), len(p) + len(q)])
    return multilayer.layer_similarities(np.array([0]), np.array([1]), indptr, target, weights, strength)[0]


def _naive_similarity(p, q):
    return naive_flow.layer_similarity(p, q, sum(p.values()), sum(q.values()))


@st.composite
def _objectives(draw):
    graph = draw(graphs(max_nodes=6))
    members = st.lists(st.integers(0, 2), min_size=graph.n_nodes, max_size=graph.n_nodes)
    options = draw(
        st.sampled_from(
            [
                {},
                {"regularized": True},
                {"entropy_corrected": True},
                {"preferred_number_of_modules": 2},
                {"flow_model": "directed", "recorded_teleportation": True},
            ]
        )
    )
    links = list(zip(graph.rows().tolist(), graph.indices.tolist(), graph.weights.tolist()))
    physical = dict(enumerate(draw(members)))
    states = StateNetwork.from_links(links, physical, directed=graph.directed)
    model = build_model(draw(st.sampled_from([graph, states])), options, meta_data=draw(st.none() | members))
    return model.network, model.objective, np.array(draw(members), dtype=np.int64)


def _general_length(network, objective, labels):
    level = first_level(network, objective)
    labels = np.unique(labels, return_inverse=True)[1]
    found = general_moves.general_codelength(level, labels, rule_of(network, objective, 1e-10))
    above = contracted(level, labels, general_moves.module_rows)
    again = general_moves.general_codelength(above, np.arange(above.n_nodes), rule_of(network, objective, 1e-10))
    return np.array([found, again]) - objective.bits_per_codeword


def _naive_general_length(network, objective, labels):
    rows = np.repeat(np.arange(len(labels)), np.diff(network.indptr)).tolist()
    recorded = network.teleport_flow.shape[0] > 0
    return 2 * [
        naive.codelength(
            list(zip(rows, network.indices.tolist(), network.flow.tolist())),
            network.node_flow.tolist(),
            [(k,) for k in labels.tolist()],
            network.teleport_flow.tolist() if recorded else None,
            network.teleport_weight.tolist() if recorded else None,
            network.physical.tolist() if network.physical.shape[0] else None,
            objective.categories.tolist() if objective.meta_rate else None,
            objective.meta_rate,
            objective.meta_weight,
            objective.bits_per_codeword,
            objective.preferred_modules,
        )[0]
    ]


def _best_gain_left(network, objective, labels):
    """Bits that the best move of one node still saves after general_moves."""
    level, rule = first_level(network, objective), rule_of(network, objective, 1e-10)
    n_nodes = len(labels)
    labels = np.unique(labels, return_inverse=True)[1]
    none = np.empty(0, dtype=np.int64)
    order = np.arange(n_nodes)
    general_moves.general_moves(level, labels, order, none, np.zeros(n_nodes, np.int64), True, rule, 100)
    here = general_moves.general_codelength(level, labels, rule)
    gains = [0.0]
    for node in range(n_nodes):
        for module in range(n_nodes):
            moved = labels.copy()
            moved[node] = module
            gains.append(here - general_moves.general_codelength(level, moved, rule))
    return max(gains)


_out_links = st.dictionaries(st.integers(0, 5), st.sampled_from([1.0, 0.2, 5.0]), min_size=1)

PAIRS = [
    Pair(
        "row_sums",
        lambda graph, scale: flow.row_sums(graph.indptr, graph.values),
        lambda graph, scale: naive_flow.row_sums(graph.indptr, graph.weights),
        _graph_and_scale(),
        ("flow.row_sums",),
    ),
    Pair(
        "column_sums",
        lambda graph, scale: flow.column_sums(graph.indptr, graph.columns, graph.values, scale),
        _naive_column_sums,
        _graph_and_scale(),
        ("flow.column_sums",),
    ),
    Pair(
        "without_loops",
        _dense_without_loops,
        lambda graph, scale: naive_flow.scaled_without_loops(graph.indptr, graph.indices, graph.weights, scale),
        _graph_and_scale(),
        ("flow.without_loops",),
    ),
    Pair(
        "has_loops",
        lambda graph, scale: flow.has_loops(graph.indptr, graph.columns),
        lambda graph, scale: bool(np.diag(naive_flow.dense(graph.indptr, graph.indices, graph.weights)).any()),
        _graph_and_scale(),
        ("flow.has_loops",),
    ),
    Pair(
        "scaled_rows",
        lambda graph, scale: flow.scaled_rows(graph.indptr, graph.values, scale),
        lambda graph, scale: [scale[i] * w for i, w in zip(graph.rows(), graph.weights)],
        _graph_and_scale(),
        ("flow.scaled_rows",),
    ),
    Pair(
        "row_entropies",
        lambda graph, scale: flow.row_entropies(graph.indptr, graph.values),
        lambda graph, scale: naive_flow.row_entropies(graph.indptr, graph.weights),
        _graph_and_scale(),
        ("flow.row_entropies",),
    ),
    Pair("stationary", _stationary, _naive_stationary, _walks(), ("flow.stationary",), rtol=1e-9, atol=1e-12),
    Pair("sums_by_module", _module_sums, _naive_module_sums, _graph_and_paths(), ("map_equation.sums_by_module",)),
    Pair(
        "flat_border_flows",
        _flat_borders,
        lambda graph, paths, values: _naive_borders(graph, [path[:1] for path in paths], values),
        _graph_and_paths(),
        ("map_equation.flat_border_flows",),
    ),
    Pair("border_flows", _borders, _naive_borders, _graph_and_paths(), ("map_equation.border_flows",)),
    Pair(
        "codebook_lengths",
        _lengths,
        _naive_length,
        _graph_and_paths(),
        ("map_equation.codebook_lengths", "map_equation.plogp_by_module"),
        atol=1e-6,  # weights up to 1e6 stand for flow: sums of plogp near 1e8
    ),
    Pair(
        "general_codelength",
        _general_length,
        _naive_general_length,
        _objectives(),
        ("general_moves.general_codelength", "general_moves.module_rows"),
        atol=1e-9,
    ),
    Pair(
        "general_moves end where no move of one node saves bits",
        _best_gain_left,
        lambda *case: 0.0,
        _objectives(),
        ("general_moves.general_moves",),
        atol=1e-9,
    ),
    Pair(
        "layer_similarities",
        _similarity,
        _naive_similarity,
        st.tuples(_out_links, _out_links),
        ("multilayer.layer_similarities",),
    ),
]


def _two_cliques():
    graph = np.ones((12, 12)) - np.eye(12)
    graph[:6, 6:] = graph[6:, :6] = 0.0
    graph[5, 6] = graph[6, 5] = 1.0
    return graph


def _two_clouds():
    rng = np.random.default_rng(3)
    return np.concatenate((rng.normal(0, 1, (15, 3)), rng.normal(9, 1, (15, 3))))


_SAME = ("labels_", "codelength_", "node_flow_", "trial_codelengths_")

ESTIMATORS = [
    EstimatorCase(
        lambda: InfoMap(random_state=0, n_trials=2),
        "graph",
        _two_cliques,
        _SAME,
        expected_failed={
            "check_clustering": "feeds a (50, 2) feature matrix, which is no graph",
            "check_estimator_sparse_array": "takes whatever has predict_proba for a classifier",
            "check_estimator_sparse_matrix": "takes whatever has predict_proba for a classifier",
        },
    ),
    EstimatorCase(
        lambda: InfoMap(affinity="knn", n_neighbors=3, metric="euclidean", random_state=0, n_trials=2),
        "features",
        _two_clouds,
        _SAME,
    ),
]
