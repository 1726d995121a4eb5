"""Hypothesis strategies of ugly little networks: loops, isolated and dangling nodes, repeated and zero-flow links."""

import numpy as np
from hypothesis import strategies as st

from kexuestat.graph.csr import CSRGraph

_weight = st.sampled_from([1.0, 1.0, 0.5, 3.0, 1e-6, 1e6])


@st.composite
def graphs(draw, directed=None, max_nodes=8, weights=_weight):
    """Draw a CSRGraph."""
    n_nodes = draw(st.integers(1, max_nodes))
    node = st.integers(0, n_nodes - 1)
    links = draw(st.lists(st.tuples(node, node, weights), max_size=3 * n_nodes))
    direction = draw(st.booleans()) if directed is None else directed
    source, target, weight = (np.array([row[k] for row in links]) for k in range(3))
    return CSRGraph.from_edges(
        source.astype(np.int64), target.astype(np.int64), weight.astype(float), n_nodes=n_nodes, directed=direction
    )


@st.composite
def trees(draw, n_nodes):
    """Draw one path per node, of equal or unequal depth; no module holds both nodes and modules."""
    split = draw(st.lists(st.integers(0, 3), min_size=n_nodes, max_size=n_nodes))
    fine = draw(st.lists(st.integers(0, 2), min_size=n_nodes, max_size=n_nodes))
    deep = draw(st.sets(st.integers(0, 3)))
    return [(a, b) if a in deep else (a,) for a, b in zip(split, fine)]
