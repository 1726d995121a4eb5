"""Small graphs that need no download: classic ones, through networkx, and generated ones with known groups."""

from itertools import combinations

import numpy as np

from kexuestat.graph.csr import CSRGraph
from kexuestat.validation.options import check_option


def _of_networkx(name, weight=None):
    def build():
        import networkx as nx

        return CSRGraph.of(getattr(nx, name)(), weight=weight)

    return build


def _davis():
    import networkx as nx

    graph = nx.davis_southern_women_graph()
    events = set(graph.graph["bottom"])
    csr = CSRGraph.of(graph)
    return csr.bipartite([node in events for node in csr.nodes])


def two_triangles():
    """Return two triangles 1-2-3 and 4-5-6 joined by the link 3-4."""
    links = [(1, 2), (1, 3), (2, 3), (3, 4), (4, 5), (4, 6), (5, 6)]
    return CSRGraph.of(links)


def ring_of_cliques(n_cliques=8, size=5):
    """Return cliques in a ring, each joined to the next by one link."""
    links = [(k * size + i, k * size + j) for k in range(n_cliques) for i, j in combinations(range(size), 2)]
    links += [(k * size + size - 1, (k + 1) % n_cliques * size) for k in range(n_cliques)]
    return CSRGraph.of(links)


def nine_triangles():
    """Return nine triangles, joined in threes to triangles of triangles: a graph of two nested levels.

    Links weigh 1 inside triangles and inside groups, 0.8 between the three groups.
    """
    corners = np.arange(1, 28).reshape(9, 3)
    links = [(a, b, 1.0) for triangle in corners.tolist() for a, b in combinations(triangle, 2)]
    for first in (0, 3, 6):
        a, b, c = corners[first : first + 3].tolist()
        links += [(a[1], b[0], 1.0), (b[2], c[1], 1.0), (a[2], c[0], 1.0)]
    links += [(5, 10, 0.8), (9, 19, 0.8), (18, 23, 0.8)]
    return CSRGraph.of(links)


def planted(n_groups=10, size=30, degree_in=8.0, degree_out=2.0, seed=1):
    """Return a random graph of equal groups; expected degrees inside and between groups are given."""
    rng = np.random.default_rng(seed)
    n_nodes = n_groups * size
    first, second = np.triu_indices(n_nodes, 1)
    inside = first // size == second // size
    chance = np.where(inside, degree_in / (size - 1), degree_out / (n_nodes - size))
    drawn = rng.random(len(first)) < chance
    return CSRGraph.from_edges(first[drawn], second[drawn], n_nodes=n_nodes)


_BUILDERS = {
    "davis": (_davis, "18 women of Davis, Mississippi, and 14 events they attended; bipartite"),
    "florentine": (_of_networkx("florentine_families_graph"), "marriages of 15 families of Florence"),
    "karate": (_of_networkx("karate_club_graph"), "friendships in Zachary's karate club"),
    "lesmis": (_of_networkx("les_miserables_graph", "weight"), "characters of Les Miserables who meet; weighted"),
    "nine_triangles": (nine_triangles, "triangles joined in threes; two nested levels"),
    "planted": (planted, "random graph of ten equal groups"),
    "ring_of_cliques": (ring_of_cliques, "eight cliques of five nodes, in a ring"),
    "two_triangles": (two_triangles, "two triangles joined by one link"),
}


def dataset_names():
    """Return the names that ``load_graph`` knows, each with a line about the graph: a dict of str to str."""
    return {name: about for name, (_, about) in _BUILDERS.items()}


def load_graph(name):
    """Return one of the embedded graphs as a CSRGraph.

    Parameters
    ----------
    name : {"davis", "florentine", "karate", "lesmis", "nine_triangles", "planted", "ring_of_cliques", "two_triangles"}
        karate (34 nodes, unweighted; W. W. Zachary 1977, doi:10.1086/jar.33.4.3629752), lesmis (77 characters,
        weighted; D. E. Knuth 1993), florentine (15 families; R. L. Breiger and P. E. Pattison 1986,
        doi:10.1016/0378-8733(86)90006-7), davis (18 women and 14 events, bipartite; A. Davis et al. 1941), and four
        generated ones.

    Returns
    -------
    CSRGraph

    Raises
    ------
    InvalidInputError
        If the name is unknown; the message lists the names.

    Examples
    --------
    >>> from kexuestat.graph import load_graph
    >>> load_graph("karate")
    CSRGraph(34 nodes, 78 links, undirected)
    """
    build, _ = _BUILDERS[check_option(name, "name", _BUILDERS)]
    return build()
