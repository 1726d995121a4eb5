"""From a multilayer network to links between its states (layer, node).

Links inside layers are a matrix W over states. What couples the layers is a matrix C whose entry (a, b) joins two
states a = (alpha, i), b = (beta, i) of one node: the walker in a follows the links of b. Links between states are C W:

- inter links of weight w: C = 1 + sum w / s_b, s_b = out-strength of b,
- relax rate r: C_ab = r / S_a + (1 - r) / s_a [a = b], S_a = sum of s_b over the layers within reach of a,
- relax by Jensen-Shannon divergence: C_aa = 1, C_ab = J_ab / (sum_b J_ab) r / (1 - r) s_a

(De Domenico, Lancichinetti, Arenas, Rosvall 2015, doi:10.1103/PhysRevX.5.011027; Aslak, Rosvall, Lehmann 2018,
doi:10.1103/PhysRevE.97.062312).
"""

import numpy as np
from scipy import sparse

from kexuestat._kernels.csr import entry_rows
from kexuestat._kernels.multilayer import layer_similarities
from kexuestat.graph.flow_models import quotient
from kexuestat.graph.state_networks import StateNetwork
from kexuestat.validation.flow import check_multilayer_combination, check_relax_by_jsd


def couple_layers(network, options, undirected):
    """Return a StateNetwork of a MultilayerNetwork and whether flow on it is undirected."""
    check_multilayer_combination(options, explicit=network.links is not None)
    if network.links is not None:
        layer, node, other_layer, other_node, weight = network.links
        ends = (_state(network, layer, node), _state(network, other_layer, other_node))
        return _state_network(network, *ends, weight), undirected
    inside = _links_inside_layers(network, options, undirected)
    coupled = sparse.csr_array(_coupling(network, inside, options, undirected) @ inside)
    return _state_network(network, entry_rows(coupled.indptr), coupled.indices, coupled.data), False


def _state(network, layer, node):
    """Return the state rows of (layer, node row) pairs."""
    rows = network.state_rows
    width = max(len(network.nodes), 1)
    first = rows[:, 0].min()
    return np.searchsorted((rows[:, 0] - first) * width + rows[:, 1], (layer - first) * width + node)


def _state_network(network, source, target, weight):
    physical = np.ascontiguousarray(network.state_rows[:, 1])
    source, target = np.asarray(source, dtype=np.int64), np.asarray(target, dtype=np.int64)
    return StateNetwork(source, target, weight, physical, network.states, network.nodes, network.directed)


def _links_inside_layers(network, options, undirected):
    """Return W, sparse (n_states, n_states): filtered, both directions of undirected links, loops once."""
    layer, node, other, weight = network.intra
    kept = (weight > 0) & (weight >= options.weight_threshold)
    if options.no_self_links:
        kept &= node != other
    source, target, weight = _state(network, layer, node)[kept], _state(network, layer, other)[kept], weight[kept]
    if undirected:
        turned = source != target
        source, target = np.concatenate((source, target[turned])), np.concatenate((target, source[turned]))
        weight = np.concatenate((weight, weight[turned]))
    matrix = sparse.csr_array((weight, (source, target)), shape=(network.n_states, network.n_states))
    matrix.sum_duplicates()
    return matrix


def _coupling(network, inside, options, undirected):
    strength = inside.sum(axis=1)
    if network.inter is not None:
        return _inter_coupling(network, strength, options, undirected)
    first, second = _states_of_one_node(network, options)
    couple = _jsd_coupling if options.multilayer_relax_by_jsd else _relax_coupling
    return _sparse(first, second, couple(network, first, second, strength, inside, options), network.n_states)


def _sparse(first, second, values, n_states):
    return sparse.csr_array((values, (first, second)), shape=(n_states, n_states))


def _inter_coupling(network, strength, options, undirected):
    layer, node, other_layer, weight = network.inter
    kept = (weight > 0) & (weight >= options.weight_threshold)
    first, second, weight = _state(network, layer, node)[kept], _state(network, other_layer, node)[kept], weight[kept]
    if undirected:
        first, second = np.concatenate((first, second)), np.concatenate((second, first))
        weight = np.concatenate((weight, weight))
    values = quotient(weight, strength[second])
    return sparse.eye_array(network.n_states, format="csr") + _sparse(first, second, values, network.n_states)


def _states_of_one_node(network, options):
    """Return all pairs (a, b) of states of one node, a = b included, whose layers are within reach."""
    layer, node = network.state_rows.T
    order = np.argsort(node, kind="stable")
    count = np.bincount(node[order], minlength=len(network.nodes))
    start = np.concatenate(([0], np.cumsum(count)))[node[order]]
    per_state = count[node[order]]
    first = np.repeat(order, per_state)
    offset = np.arange(first.shape[0]) - np.repeat(np.cumsum(per_state) - per_state, per_state)
    second = order[np.repeat(start, per_state) + offset]
    up, down = _reach(options)
    distance = layer[second] - layer[first]
    within = (distance <= up) & (-distance <= down)
    return first[within], second[within]


def _reach(options):
    """Return how many layer ids up and down the walker may relax; the tighter limit applies."""
    limits = (options.multilayer_relax_limit_up, options.multilayer_relax_limit_down)
    both = options.multilayer_relax_limit
    return [min(float("inf") if limit < 0 else limit for limit in (one, both)) for one in limits]


def _relax_coupling(network, first, second, strength, inside, options):
    rate = options.multilayer_relax_rate
    within_reach = np.bincount(first, weights=strength[second], minlength=strength.shape[0])
    stay = np.where(first == second, (1.0 - rate) * quotient(1.0, strength[first]), 0.0)
    return rate * quotient(1.0, within_reach[first]) + stay


def _jsd_coupling(network, first, second, strength, inside, options):
    rate = check_relax_by_jsd(options.multilayer_relax_rate)
    inside = inside.sorted_indices()
    target = network.state_rows[inside.indices, 1]
    alike = layer_similarities(first, second, inside.indptr.astype(np.int64), target, inside.data, strength)
    alike[first == second] = 1.0
    total = np.bincount(first, weights=alike, minlength=strength.shape[0])
    leave = alike / total[first] * rate / (1.0 - rate) * strength[first]
    return np.where(first == second, 1.0, leave)
