"""Networks of states: memory and multilayer networks, whose states share physical nodes.

A *state* a is what a walker can be in, its *physical node* phi(a) is where the walker then is. In a memory network a
state is a node together with the past; in a multilayer network it is a pair (layer, node). Modules hold states, so a
physical node may be in several of them, and states of one physical node in one module share a codeword.
"""

import contextlib
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from kexuestat.validation.states import check_layer_rows, check_link_rows, check_paths, check_return_probability


def number(keys):
    """Return the distinct keys (sorted where they can be compared, else by first appearance) and a dict key -> row."""
    distinct = list(dict.fromkeys(keys))
    with contextlib.suppress(TypeError):
        distinct = sorted(distinct)
    return distinct, {key: row for row, key in enumerate(distinct)}


def _rows_of(keys, row):
    return np.fromiter((row[key] for key in keys), dtype=np.int64, count=len(keys))


@dataclass(frozen=True, eq=False)
class StateNetwork:
    """Weighted links between states, and the physical node of each state.

    Attributes
    ----------
    source, target : ndarray of int64, shape (n_links,)
        Rows of the states a link leaves and enters, as listed; equal links are summed when flow is computed.
    weight : ndarray of float64, shape (n_links,)
    physical : ndarray of int64, shape (n_states,)
        Row in ``nodes`` of each state's physical node.
    states : list, length n_states
        The caller's keys of the states in row order; (layer, node) in a multilayer network.
    nodes : list, length n_physical
        The caller's physical nodes.
    directed : bool
    state_weights : ndarray of float64, shape (n_states,), or None
    names : dict or None
        Display names of states, or of physical nodes where states have none, by key.

    Examples
    --------
    >>> from kexuestat.graph import StateNetwork
    >>> network = StateNetwork.from_links([("ab", "bc"), ("bc", "ab")], {"ab": "b", "bc": "c"})
    >>> network.n_states, network.nodes
    (2, ['b', 'c'])
    """

    source: np.ndarray
    target: np.ndarray
    weight: np.ndarray
    physical: np.ndarray
    states: list
    nodes: list
    directed: bool = True
    state_weights: np.ndarray | None = None
    names: dict | None = None

    @property
    def n_states(self):
        """Number of states."""
        return self.physical.shape[0]

    n_nodes = n_states

    @classmethod
    def from_links(cls, links, physical, *, directed=True, weights=None, names=None):
        """Return the StateNetwork of links between state keys.

        Parameters
        ----------
        links : iterable of (state, state) or (state, state, weight)
        physical : dict
            Physical node of each state; a state that is missing stands for a physical node of the same key.
        directed : bool, default=True
        weights : dict, optional
            Weight of each state, used by ``to_nodes``, ``flow_model="precomputed"`` and
            ``use_node_weights_as_flow``; 1 where missing.
        names : dict, optional
            Display name of each state or physical node.

        Raises
        ------
        InvalidInputError
            If a row has not two or three entries, or a weight is negative, nan or infinite.
        """
        source, target, weight = check_link_rows(links)
        states, row = number([*physical, *source, *target])
        nodes, node_row = number([physical.get(state, state) for state in states])
        return cls(
            _rows_of(source, row),
            _rows_of(target, row),
            weight,
            _rows_of([physical.get(state, state) for state in states], node_row),
            states,
            nodes,
            bool(directed),
            None if weights is None else np.array([float(weights.get(state, 1.0)) for state in states]),
            names,
        )


@dataclass(frozen=True, eq=False)
class MultilayerNetwork:
    """Links of nodes in layers: explicit links between (layer, node) pairs, or links inside layers plus couplings.

    Use :meth:`from_links`. With explicit links the network is a state network as it is. With links inside layers
    (``intra``), the walker changes the layer along ``inter`` links, or, where there are none, relaxes to the node's
    links in other layers at ``multilayer_relax_rate``.

    Attributes
    ----------
    links : tuple of (layer, node, layer, node, weight) arrays, or None
    intra : tuple of (layer, node, node, weight) arrays, or None
    inter : tuple of (layer, node, layer, weight) arrays, or None
    directed : bool
        Whether the links inside layers (or the explicit ones) are arcs; inter links always go both ways.
    nodes : list
        Physical nodes; the node entries of the arrays are rows in it.
    names : dict or None

    Examples
    --------
    >>> from kexuestat.graph import MultilayerNetwork
    >>> network = MultilayerNetwork.from_links(intra=[(1, "a", "b"), (2, "b", "c")])
    >>> network.states
    [(1, 'a'), (1, 'b'), (2, 'b'), (2, 'c')]
    """

    links: tuple | None
    intra: tuple | None
    inter: tuple | None
    directed: bool
    nodes: list
    names: dict | None = None

    @classmethod
    def from_links(cls, links=None, *, intra=None, inter=None, directed=False, nodes=(), names=None):
        """Return the MultilayerNetwork of the given rows; layers are integers, nodes any hashable objects.

        Parameters
        ----------
        links : iterable of (layer, node, layer, node[, weight]), optional
        intra : iterable of (layer, node, node[, weight]), optional
        inter : iterable of (layer, node, layer[, weight]), optional
        directed : bool, default=False
        nodes : iterable, optional
            Physical nodes to be known beside those that links mention.
        names : dict, optional
            Display name of each physical node.

        Raises
        ------
        InvalidInputError
            If neither or both of ``links`` and ``intra`` are given, a row is broken, an inter-layer link joins a
            layer to itself, or a weight is negative, nan or infinite.
        """
        links, intra, inter = check_layer_rows(links, intra, inter)
        mentioned = [*nodes]
        for rows, columns in ((links, (1, 3)), (intra, (1, 2)), (inter, (1,))):
            for column in columns if rows is not None else ():
                mentioned.extend(rows[column])
        found, row = number(mentioned)

        def packed(rows, columns):
            if rows is None:
                return None
            return tuple(_rows_of(c, row) if k in columns else np.asarray(c) for k, c in enumerate(rows))

        return cls(packed(links, (1, 3)), packed(intra, (1, 2)), packed(inter, (1,)), bool(directed), found, names)

    @cached_property
    def state_rows(self):
        """Distinct (layer, node row) pairs, shape (n_states, 2), sorted: the states in row order."""
        ends = [(self.links, 0, 1), (self.links, 2, 3), (self.intra, 0, 1), (self.intra, 0, 2)]
        ends += [(self.inter, 0, 1), (self.inter, 2, 1)]
        pairs = [np.column_stack((rows[layer], rows[node])) for rows, layer, node in ends if rows is not None]
        return np.unique(np.concatenate(pairs), axis=0)

    @property
    def states(self):
        """The (layer, node) pairs in row order."""
        return [(int(layer), self.nodes[node]) for layer, node in self.state_rows]

    @property
    def n_states(self):
        """Number of states."""
        return self.state_rows.shape[0]

    n_nodes = n_states


def memory_network(source, order=2, *, weights=None, return_probability=None):
    """Return the StateNetwork in which the next step depends on the last ``order`` nodes of observed paths.

    A state is the tuple of the last ``order`` nodes, its physical node the last of them; each window of
    ``order + 1`` nodes in a path adds its weight to the link from its first ``order`` nodes to its last ones
    (Rosvall, Esquivel, Lancichinetti, West, Lambiotte 2014, doi:10.1038/ncomms5630). Without paths, a graph and the
    probability to go back where one came from give a memory of two nodes.

    Parameters
    ----------
    source : iterable of sequences, or graph
        Paths: sequences of nodes (any hashable objects); paths of ``order`` nodes or fewer add nothing. With
        ``return_probability`` a graph, anything that :meth:`CSRGraph.of` takes.
    order : int, default=2
        Markov order: how many nodes the walker remembers, the present one included.
    weights : sequence of float, optional
        Weight of each path; 1 each by default.
    return_probability : float, optional
        In [0, 1]. From state (i, j) the walker goes back to i with this probability where there is a link from j to i
        and another way, and takes the other links of j by their weights.

    Returns
    -------
    StateNetwork

    Raises
    ------
    InvalidInputError
        If ``order < 1``, a weight is bad, no path is longer than ``order``, or ``return_probability`` comes with
        another order than 2.

    Examples
    --------
    >>> from kexuestat.graph import memory_network
    >>> network = memory_network([["a", "b", "c"], ["c", "b", "a"]])
    >>> network.states, network.nodes
    ([('a', 'b'), ('b', 'a'), ('b', 'c'), ('c', 'b')], ['a', 'b', 'c'])
    """
    if return_probability is not None:
        return _returning_walk(source, check_return_probability(return_probability, order))
    paths, weights, order = check_paths(source, weights, order)
    links = {}
    for path, weight in zip(paths, weights):
        for start in range(len(path) - order):
            window = path[start : start + order + 1]
            link = (window[:-1], window[1:])
            links[link] = links.get(link, 0.0) + weight
    return _memory_of(links)


def _memory_of(links):
    physical = {state: state[-1] for link in links for state in link}
    return StateNetwork.from_links([(a, b, w) for (a, b), w in links.items()], physical)


def _returning_walk(graph, back):
    from kexuestat.graph.csr import CSRGraph, as_list

    graph = CSRGraph.of(graph)
    nodes = as_list(graph.nodes)
    rows = graph.rows().tolist()
    ways = {node: {} for node in nodes}
    for i, j, weight in zip(rows, graph.indices.tolist(), graph.weights.tolist()):
        ways[nodes[i]][nodes[j]] = weight
    links = {}
    for i in nodes:
        for j, weight in ways[i].items():
            onward = {k: w for k, w in ways[j].items() if k != i}
            returning = back if onward else 1.0
            share = (1.0 - returning if i in ways[j] else 1.0) / sum(onward.values(), 0.0) if onward else 0.0
            steps = {k: w * share for k, w in onward.items()} | ({i: returning} if i in ways[j] else {})
            links |= {((i, j), (j, k)): weight * probability for k, probability in steps.items()}
    return _memory_of(links)
