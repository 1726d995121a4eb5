"""Soft membership: how the flow of a node is shared between modules, overlap, new nodes, flow between modules.

The share of module m in node i is sum_{j in m} (f_ij + f_ji) over the same sum for all j, loops counted for the node's
own module. A node without any link belongs to its own module alone.
"""

import numpy as np
from scipy import sparse

from kexuestat.graph.csr import as_list
from kexuestat.validation.options import check_real


def module_shares(network, labels, n_modules, *, loop_flow=None):
    """Return the share of each module in the link flow of each node.

    Parameters
    ----------
    network : FlowNetwork
    labels : ndarray of int64, shape (n_nodes,)
    n_modules : int
    loop_flow : ndarray of float64, shape (n_nodes,), optional
        Flow along loops, which a FlowNetwork leaves out.

    Returns
    -------
    csr_array of float64, shape (n_nodes, n_modules)
        Rows sum to 1.
    """
    n_nodes = len(labels)
    own = _indicator(labels, n_modules)
    flow = sparse.csr_array((network.flow, network.indices, network.indptr), shape=(n_nodes, n_nodes))
    sums = flow @ own + flow.T @ own
    if loop_flow is not None:
        sums = sums + 2 * _indicator(labels, n_modules, loop_flow)
    total = sums.sum(axis=1)
    sums = sums + _indicator(labels, n_modules, (total == 0).astype(np.float64))
    shares = sparse.csr_array(sparse.diags_array(1 / np.where(total == 0, 1.0, total)) @ sums)
    shares.eliminate_zeros()
    shares.sort_indices()
    return shares


def _indicator(labels, n_modules, values=None):
    values = np.ones(len(labels)) if values is None else values
    return sparse.csr_array((values, labels, np.arange(len(labels) + 1)), shape=(len(labels), n_modules))


def overlapping_nodes(shares, labels, nodes, threshold=0.2):
    """Return a list of node sets, one per module: its own nodes and those with a share of at least threshold.

    Parameters
    ----------
    shares : csr_array, shape (n_nodes, n_modules)
    labels : ndarray of int64, shape (n_nodes,)
    nodes : sequence, shape (n_nodes,)
    threshold : float, default=0.2
        In (0, 1].
    """
    check_real(threshold, "threshold", 0.0, 1.0, open_low=True)
    nodes = as_list(nodes)
    sets = [set() for _ in range(shares.shape[1])]
    for node, label in zip(nodes, labels.tolist()):
        sets[label].add(node)
    entries = shares.tocoo()
    enough = entries.data >= threshold
    for row, module in zip(entries.row[enough].tolist(), entries.col[enough].tolist()):
        sets[module].add(nodes[row])
    return sets


def overlapping_states(labels, physical, physical_nodes, n_modules):
    """Return a list of sets of physical nodes: each is in every module that holds one of its states."""
    sets = [set() for _ in range(n_modules)]
    for label, row in set(zip(labels.tolist(), physical.tolist())):
        sets[label].add(physical_nodes[row])
    return sets


def predicted_labels(links, labels, n_modules):
    """Return the module with the largest share of each new node's link weight, -1 without links (int64, (n_new,)).

    Parameters
    ----------
    links : sparse, shape (n_new, n_fitted)
        Weights of the links of new nodes to fitted ones. Ties go to the lowest label, the module with most flow.
    labels : ndarray of int64, shape (n_fitted,)
    n_modules : int
    """
    sums = sparse.csr_array(sparse.csr_array(links) @ _indicator(labels, n_modules))
    sums.sum_duplicates()
    sums.sort_indices()
    found = np.full(sums.shape[0], -1, dtype=np.int64)
    rows = np.repeat(np.arange(sums.shape[0]), np.diff(sums.indptr))
    order = np.lexsort((sums.indices, -sums.data, rows))
    rows, columns, data = rows[order], sums.indices[order], sums.data[order]
    first = np.concatenate(([True], rows[1:] != rows[:-1])) & (data > 0) if len(rows) else np.empty(0, dtype=bool)
    found[rows[first]] = columns[first]
    return found


def new_shares(links, labels, n_modules):
    """Return the share of each module in each new node's link weight, csr_array of shape (n_new, n_modules).

    ``links`` as for :func:`predicted_labels`; rows sum to 1, and are zero for a node without links.
    """
    sums = sparse.csr_array(sparse.csr_array(links) @ _indicator(labels, n_modules))
    total = sums.sum(axis=1)
    return sparse.csr_array(sparse.diags_array(1 / np.where(total > 0, total, 1.0)) @ sums)


def module_flow_matrix(network, labels, n_modules):
    """Return the flow between modules per step, csr_array of float64, shape (n_modules, n_modules), loops left out.

    Entry (a, b) is the flow along links from module a to module b; undirected links count half in each direction.
    """
    own = _indicator(labels, n_modules)
    n_nodes = len(labels)
    flow = sparse.csr_array((network.flow, network.indices, network.indptr), shape=(n_nodes, n_nodes))
    return sparse.csr_array(own.T @ flow @ own)
