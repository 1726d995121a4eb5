"""Rivals of flow and of the route from embeddings to communities."""

from importlib.util import find_spec

import numpy as np

from kexuestat.graph import CSRGraph, InfoMap, map_equation, stationary_flow
from kexuestat.graph.neighbors import knn_graph
from tests.contract import Race


def _planted_arcs(n_nodes, n_arcs, mixing=0.3, block=100):
    rng = np.random.default_rng(11)
    source = rng.integers(0, n_nodes, n_arcs)
    inside = (source // block) * block + rng.integers(0, block, n_arcs)
    target = np.where(rng.random(n_arcs) < mixing, rng.integers(0, n_nodes, n_arcs), inside)
    return CSRGraph.from_edges(source, np.minimum(target, n_nodes - 1), n_nodes=n_nodes, directed=True)


def _flow_sides(n_nodes, n_arcs):
    """Visit rates with teleportation to nodes, recorded: what PageRank computes."""

    def setup():
        graph = _planted_arcs(n_nodes, n_arcs)
        sides = {"kexuestat": lambda: stationary_flow(graph, to_nodes=True, recorded_teleportation=True).node_flow}
        if find_spec("networkx"):
            import networkx as nx

            copy = nx.from_scipy_sparse_array(graph.to_scipy(), create_using=nx.DiGraph)
            tol = 1e-15 / n_nodes

            def pagerank():
                found = nx.pagerank(copy, alpha=0.85, tol=max(tol, 1e-19 * n_nodes), max_iter=1000)
                return np.array([found[i] for i in range(n_nodes)])

            sides["networkx"] = pagerank
        return sides

    return setup


def _flow_quality(n_nodes, n_arcs):
    graph = _planted_arcs(n_nodes, n_arcs)

    def quality(flow):
        strength = graph.to_scipy().sum(axis=1)
        step = np.divide(flow, strength, out=np.zeros_like(flow), where=strength > 0)
        jump = 0.15 + 0.85 * flow[strength == 0].sum()
        return {"L1 error of one step": float(np.abs(0.85 * graph.to_scipy().T @ step + jump / n_nodes - flow).sum())}

    return quality


def _digits(n_images):
    from sklearn.datasets import load_digits

    X, digit = load_digits(return_X_y=True)
    return X[:n_images], digit[:n_images]


def _digit_sides(n_images):
    """From the neighbour graph of digit images to labels: 10 trials each, graph and flow included."""

    def setup():
        from sklearn.cluster import KMeans

        X, _ = _digits(n_images)
        graph = knn_graph(X, n_neighbors=40, min_similarity=0.5, directed=True)
        sides = {
            "kexuestat": lambda: InfoMap(random_state=1).fit(graph).labels_,
            "KMeans(10)": lambda: KMeans(10, n_init=10, random_state=1).fit(X).labels_,
        }
        if find_spec("infomap"):
            sides["infomap"] = lambda: _official_labels(graph)
        return sides

    return setup


def _official_labels(graph):
    import infomap

    official = infomap.Infomap(directed=True, two_level=True, num_trials=10, seed=1, silent=True)
    for i, j, weight in zip(graph.rows().tolist(), graph.indices.tolist(), graph.weights.tolist()):
        official.add_link(i, j, weight)
    modules = official.run().modules()
    return np.array([modules.get(i, -i - 1) for i in range(graph.n_nodes)])


def _digit_quality(n_images):
    X, digit = _digits(n_images)
    graph = knn_graph(X, n_neighbors=40, min_similarity=0.5, directed=True)

    def quality(labels):
        from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score

        return {
            "codelength": map_equation(graph, labels),
            "ARI": float(adjusted_rand_score(digit, labels)),
            "NMI": float(normalized_mutual_info_score(digit, labels)),
        }

    return quality


PEERS = [
    Race(
        "flow, directed, 20 k arcs", "graph", _flow_sides(2000, 20_000), _flow_quality(2000, 20_000), {"networkx": 2.0}
    ),
    Race(
        "flow, directed, 1 M arcs",
        "graph",
        _flow_sides(100_000, 1_000_000),
        _flow_quality(100_000, 1_000_000),
        {"networkx": 2.0},
        rounds=3,
        slow=True,
    ),
    Race("communities of 400 digit images", "graph", _digit_sides(400), _digit_quality(400)),
    Race("communities of 1797 digit images", "graph", _digit_sides(1797), _digit_quality(1797), rounds=3, slow=True),
]
