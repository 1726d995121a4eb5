"""Races of the search: one trial on one thread, the graph in memory on every side, codelengths beside the times.

Real graphs are raced where ``../shared`` lies beside the project, with ten trials.
"""

from pathlib import Path

import numpy as np

from benchmarks import graphs
from benchmarks.evaluate_search import read_links
from kexuestat.graph.network import FlowNetwork
from kexuestat.graph.search import search_partition
from tests.contract import Race
from tests.registry.graph_search import NO_IDS, NOTHING, PLAIN

_GRAPHS = Path(__file__).resolve().parents[3] / "shared" / "data" / "graphs"
_REAL = {  # folder, directed: name
    ("ego-facebook", False): "ego-facebook, 88 k links",
    ("wiki-Vote", False): "wiki-Vote, 101 k links",
    ("wiki-Vote", True): "wiki-Vote, 104 k arcs, flow included",
    ("ca-AstroPh", False): "ca-AstroPh, 197 k links",
}


def _rows(source, target, n_nodes, both):
    import scipy.sparse as sp

    ends = (np.r_[source, target], np.r_[target, source]) if both else (source, target)
    rows = sp.coo_array((np.ones(ends[0].shape[0]), ends), shape=(n_nodes, n_nodes)).tocsr()
    rows.sum_duplicates()
    rows.data[:] = 1.0
    return rows


def undirected_rows(rows):
    """Return (FlowNetwork, whole weights) of symmetric rows without loops."""
    total = rows.data.sum()
    p = np.asarray(rows.sum(axis=1)).ravel() / total
    indptr, indices = rows.indptr.astype(np.int64), rows.indices.astype(np.int64)
    network = FlowNetwork(indptr, indices, rows.data / total, p, NOTHING, NOTHING, True, NO_IDS)
    return network, np.ones(rows.nnz, np.int64)


def directed_network_of(graph):
    """Return the FlowNetwork of a directed CSRGraph: unrecorded teleportation to links."""
    from kexuestat.graph.model import build_model

    return build_model(graph, {"directed": True}).network


def _official(rows, flags, n_trials=1):
    try:
        import infomap
    except ImportError:
        return {}
    import scipy.sparse as sp

    links = (rows if "--directed" in flags else sp.triu(rows)).tocoo()
    engine = infomap.Infomap(f"{flags} --silent --seed 1 --num-trials {n_trials} --num-threads 1")
    engine.add_links(np.column_stack([links.row, links.col, links.data]).astype(float))

    def run():
        lengths = engine.run().codelengths
        return {"codelength": min(lengths), "mean": float(np.mean(lengths))}

    return {"infomap": run if n_trials > 1 else lambda: float(engine.run().codelength)}


def _networkit(rows, network):
    try:
        import networkit
    except ImportError:
        return {}
    import scipy.sparse as sp

    from kexuestat.graph.codelength import codelength
    from kexuestat.graph.module_tree import tree_of_levels

    links = sp.triu(rows).tocoo()
    graph = networkit.Graph(rows.shape[0])
    graph.addEdges((links.row.astype(np.uint64), links.col.astype(np.uint64)))
    networkit.setNumberOfThreads(1)

    def run():
        found = networkit.community.LouvainMapEquation(graph, True, 32, "none").run()
        return np.array(found.getPartition().getVector(), dtype=np.int64)

    def length(labels):
        return codelength(network, tree_of_levels([labels]), PLAIN).total

    run.length = length
    return {"networkit": run}


def _two_level(make, with_networkit=False, effort="balanced"):
    def setup():
        source, target, n_nodes, _ = make()
        rows = _rows(source, target, n_nodes, both=True)
        network, weights = undirected_rows(rows)
        ours = {
            "kexuestat": lambda: search_partition(network, PLAIN, integer_weights=weights, effort=effort).codelength
        }
        peers = _official(rows, "--two-level")
        if with_networkit:
            other = _networkit(rows, network)
            peers.update({name: lambda run=run: (run(), run.length) for name, run in other.items()})
        return ours | peers

    return setup


def _deep(make):
    def setup():
        source, target, n_nodes, _ = make()
        rows = _rows(source, target, n_nodes, both=True)
        network, weights = undirected_rows(rows)
        return {
            "kexuestat": lambda: search_partition(network, PLAIN, two_level=False, integer_weights=weights).codelength,
            **_official(rows, ""),
        }

    return setup


def _directed(make):
    def setup():
        from kexuestat.graph import CSRGraph

        source, target, n_nodes, _ = make()
        rows = _rows(source, target, n_nodes, both=False)
        graph = CSRGraph.of(rows)
        return {
            "kexuestat": lambda: search_partition(directed_network_of(graph), PLAIN).codelength,
            **_official(rows, "--two-level --directed"),
        }

    return setup


def _real(folder, directed):
    def setup():
        from kexuestat.graph import CSRGraph
        from kexuestat.graph.model import build_model
        from kexuestat.graph.search_model import whole_weights

        graph = CSRGraph.from_edges(*read_links(_GRAPHS / folder / "edges.csv.gz"), directed=directed)
        model = build_model(graph, {"directed": directed})

        def ours():
            network = directed_network_of(graph) if directed else model.network
            found = search_partition(network, PLAIN, n_trials=10, integer_weights=whole_weights(model))
            return {"codelength": found.codelength, "mean": float(found.trial_codelengths.mean())}

        flags = "--two-level --directed" if directed else "--two-level"
        return {"kexuestat": ours, **_official(graph.to_scipy(), flags, 10)}

    return setup


def _quality(result):
    if isinstance(result, dict):
        return result
    if isinstance(result, tuple):
        labels, length = result
        return {"codelength": length(labels)}
    return {"codelength": result}


def _race(name, setup, target, slow=True, rounds=3, **targets):
    return Race(name, "graph", setup, _quality, targets={"infomap": target, **targets}, rounds=rounds, slow=slow)


PEERS = [
    _race("search, planted, 20 k links", _two_level(lambda: graphs.planted(2_500, 20_000)), 10, slow=False, rounds=9),
    _race("search, nested, hierarchy, 15 k links", _deep(lambda: graphs.nested((5, 5, 5), 20, 12)), 8, slow=False),
    _race("search, directed, 20 k links", _directed(lambda: graphs.directed_planted(2_500, 20_000)), 10, slow=False),
    _race("search, planted, 1 M links", _two_level(lambda: graphs.planted(120_000, 1_020_000), True), 30, networkit=5),
    _race(
        'search, planted, 1 M links, effort="fast"',
        _two_level(lambda: graphs.planted(120_000, 1_020_000), effort="fast"),
        45,
    ),
    _race("search, planted, 10 M links", _two_level(lambda: graphs.planted(1_000_000, 10_100_000)), 30, rounds=1),
    _race("search, nested, hierarchy, 1 M links", _deep(lambda: graphs.nested((10, 10, 10, 10), 12, 17)), 15),
    _race("flow and search, directed, 1 M links", _directed(lambda: graphs.directed_planted(120_000, 1_150_000)), 20),
    *(
        _race(f"search, {name}, ten trials", _real(*which), 15, slow=False)
        for which, name in _REAL.items()
        if (_GRAPHS / which[0]).is_dir()
    ),
]
