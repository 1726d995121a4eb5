"""Levels of the general search: a flow network as sums per node, contracted to modules, or cut down to some nodes."""

from typing import NamedTuple

import numpy as np
from scipy import sparse

_NO_IDS = np.empty(0, dtype=np.int64)


class GeneralLevel(NamedTuple):
    """Nodes of one level, see ``kexuestat._kernels.general_moves``.

    ``indptr, indices, x``: flow between nodes, both ways, symmetric, without loops. ``nodes`` (n, 8): the eight sums.
    ``word_ptr, word_id, word_flow``: physical nodes of each node and their flow; ``holder_*`` the transpose.
    ``categories`` (n, k): weight of each metadata category. ``fixed``: nodes that may not share a module.
    """

    indptr: np.ndarray
    indices: np.ndarray
    x: np.ndarray
    nodes: np.ndarray
    word_ptr: np.ndarray
    word_id: np.ndarray
    word_flow: np.ndarray
    holder_ptr: np.ndarray
    holder: np.ndarray
    holder_flow: np.ndarray
    categories: np.ndarray

    @property
    def n_nodes(self):
        return self.nodes.shape[0]


class GeneralRule(NamedTuple):
    """What the codelength of a level is made of beside its nodes."""

    teleport: float
    root_exit: float
    bits_per_codeword: float
    meta_rate: float
    preferred: int
    top: bool
    collapse: bool
    tol: float
    lossy: float


def plogp(values):
    """Return values * log2(values), 0 where they are not positive."""
    values = np.asarray(values, dtype=np.float64)
    positive = values > 0
    return np.where(positive, values * np.log2(np.where(positive, values, 1.0)), 0.0)


def _words(module, physical, flow, n_nodes):
    """Return word_ptr, word_id, word_flow, holder_ptr, holder, holder_flow of (node, physical node, flow) rows."""
    if physical.shape[0] == 0:
        return np.zeros(n_nodes + 1, np.int64), _NO_IDS, np.empty(0), np.zeros(1, np.int64), _NO_IDS, np.empty(0)
    shape = (n_nodes, int(physical.max()) + 1)
    table = sparse.csr_array((flow, (module, physical)), shape=shape)
    table.sum_duplicates()
    turned = table.tocsc()
    parts = (table.indptr, table.indices, table.data, turned.indptr, turned.indices, turned.data)
    return tuple(part.astype(np.int64) if k % 3 < 2 else part for k, part in enumerate(parts))


def _symmetric(rows, columns, flow, n_nodes):
    """Return compressed rows of flow both ways, loops left out."""
    between = rows != columns
    matrix = sparse.csr_array((flow[between], (rows[between], columns[between])), shape=(n_nodes, n_nodes))
    matrix = sparse.csr_array(matrix + matrix.T)
    return matrix.indptr.astype(np.int64), matrix.indices.astype(np.int64), matrix.data


def first_level(network, objective):
    """Return the GeneralLevel of a FlowNetwork under an Objective."""
    n_nodes = network.node_flow.shape[0]
    rows = np.repeat(np.arange(n_nodes), np.diff(network.indptr))
    nodes = np.zeros((n_nodes, 8))
    nodes[:, 0] = np.bincount(rows, weights=network.flow, minlength=n_nodes)
    nodes[:, 1] = np.bincount(network.indices, weights=network.flow, minlength=n_nodes)
    nodes[:, 2] = network.node_flow
    nodes[:, 3] = plogp(network.node_flow)
    nodes[:, 4] = 1.0
    if network.teleport_flow.shape[0]:
        nodes[:, 5] = network.teleport_flow
        nodes[:, 6] = network.teleport_weight
    if objective.lossy_lambda >= 0:
        nodes[:, 7] = objective.next_step_bits
    categories = np.zeros((n_nodes, 0))
    if objective.meta_rate:
        categories = np.zeros((n_nodes, int(objective.categories.max()) + 1))
        categories[np.arange(n_nodes), objective.categories] = objective.meta_weight
    words = _words(np.arange(n_nodes), network.physical, network.node_flow, n_nodes)
    return GeneralLevel(*_symmetric(rows, network.indices, network.flow, n_nodes), nodes, *words, categories)


def contracted(level, labels, module_rows):
    """Return the GeneralLevel whose nodes are the modules of labels (0 … k - 1)."""
    k = int(labels.max()) + 1
    modules, categories, _ = module_rows(level, labels)
    rows = labels[np.repeat(np.arange(level.n_nodes), np.diff(level.indptr))]
    links = _symmetric(rows, labels[level.indices], 0.5 * level.x, k)
    holders = np.repeat(np.arange(level.n_nodes), np.diff(level.word_ptr))
    words = _words(labels[holders], level.word_id, level.word_flow, k)
    return GeneralLevel(*links, modules[:k], *words, categories[:k])


def at_time(level, markov_time):
    """Return the level with its link flows at another Markov time."""
    nodes = level.nodes.copy()
    nodes[:, :2] *= markov_time
    return level._replace(x=level.x * markov_time, nodes=nodes)


def of_modules(level, entering):
    """Return the level as codewords of a codebook of modules: node i has one codeword, of flow entering[i]."""
    nodes = level.nodes.copy()
    nodes[:, 2] = entering
    nodes[:, 3] = plogp(entering)
    nodes[:, 4] = 1.0
    no_words = _words(_NO_IDS, _NO_IDS, np.empty(0), level.n_nodes)
    return GeneralLevel(level.indptr, level.indices, level.x, nodes, *no_words, np.zeros((level.n_nodes, 0)))


def cut_down(level, members):
    """Return the GeneralLevel of some nodes; their flow to others stays in their sums."""
    matrix = sparse.csr_array((level.x, level.indices, level.indptr), shape=(level.n_nodes, level.n_nodes))
    inside = sparse.csr_array(matrix[members][:, members])
    holders = np.repeat(np.arange(level.n_nodes), np.diff(level.word_ptr))
    place = np.full(level.n_nodes, -1)
    place[members] = np.arange(len(members))
    kept = place[holders] >= 0
    _, word = np.unique(level.word_id[kept], return_inverse=True)
    words = _words(place[holders[kept]], word, level.word_flow[kept], len(members))
    links = (inside.indptr.astype(np.int64), inside.indices.astype(np.int64), inside.data)
    return GeneralLevel(*links, level.nodes[members], *words, level.categories[members])
