"""Checks of the options of flow models and objectives, and of values that stand for nodes."""

import warnings
from dataclasses import dataclass, fields

import numpy as np

from kexuestat.exceptions import InvalidInputError
from kexuestat.validation.arrays import check_length
from kexuestat.validation.options import check_boolean, check_integer, check_option, check_real, check_unknown

FLOW_MODELS = ("undirected", "directed", "rawdir", "undirdir", "outdirdir", "precomputed")


@dataclass(frozen=True)
class ModelOptions:
    """Options of flow, objective and network, with the names and defaults of :class:`kexuestat.graph.InfoMap`."""

    directed: bool | None = None
    flow_model: str | None = None
    teleportation_probability: float = 0.15
    to_nodes: bool = False
    recorded_teleportation: bool = False
    use_node_weights_as_flow: bool = False
    flow_tolerance: float = 1e-15
    max_flow_iterations: int = 400
    markov_time: float = 1.0
    variable_markov_time: bool = False
    variable_markov_damping: float = 1.0
    variable_markov_min_scale: float = 1.0
    regularized: bool = False
    regularization_strength: float = 1.0
    entropy_corrected: bool = False
    entropy_correction_strength: float = 1.0
    meta_data_rate: float = 1.0
    meta_data_unweighted: bool = False
    preferred_number_of_modules: int | None = None
    lossy: bool = False
    lossy_lambda: float = 1.0
    no_self_links: bool = False
    weight_threshold: float = 0.0
    skip_adjust_bipartite_flow: bool = False
    multilayer_relax_rate: float = 0.15
    multilayer_relax_limit: int = -1
    multilayer_relax_limit_up: int = -1
    multilayer_relax_limit_down: int = -1
    multilayer_relax_by_jsd: bool = False


OPTION_NAMES = tuple(field.name for field in fields(ModelOptions))
_BOOLEANS = [field.name for field in fields(ModelOptions) if field.type is bool]
_LIMITS = [name for name in OPTION_NAMES if "relax_limit" in name]
_INF = np.inf
_INTERVALS = {
    "teleportation_probability": (0, 1),
    "flow_tolerance": (0, _INF),
    "variable_markov_damping": (0, 1),
    "regularization_strength": (0, _INF),
    "entropy_correction_strength": (0, _INF),
    "meta_data_rate": (0, _INF),
    "lossy_lambda": (0, _INF),
    "weight_threshold": (0, _INF),
    "multilayer_relax_rate": (0, 1),
}


def check_model_options(given):
    """Return ModelOptions from a dict of options; unknown names and bad values are refused.

    Raises
    ------
    InvalidInputError
        Naming the option, its rule and the value found.
    """
    check_unknown(given, OPTION_NAMES)
    options = ModelOptions(**given)
    if options.directed is not None:
        check_boolean(options.directed, "directed")
    if options.flow_model is not None:
        check_option(options.flow_model, "flow_model", FLOW_MODELS)
    for name in _BOOLEANS:
        check_boolean(getattr(options, name), name)
    for name, (low, high) in _INTERVALS.items():
        check_real(getattr(options, name), name, low, high, open_high=high == _INF)
    for name in ("markov_time", "variable_markov_min_scale"):
        check_real(getattr(options, name), name, 0, _INF, open_low=True, open_high=True)
    for name in _LIMITS:
        check_integer(getattr(options, name), name, -1)
    check_integer(options.max_flow_iterations, "max_flow_iterations", 1)
    if options.preferred_number_of_modules is not None:
        check_integer(options.preferred_number_of_modules, "preferred_number_of_modules", 1)
    return options


def check_model_combination(options, undirected):
    """Warn of, or refuse, options that contradict each other."""
    if undirected and options.recorded_teleportation and not options.regularized:
        warnings.warn(
            "recorded_teleportation has no effect on undirected flow; pass directed=True to teleport.",
            UserWarning,
            stacklevel=2,
        )
    if options.regularized and options.flow_model in ("rawdir", "undirdir", "outdirdir", "precomputed"):
        raise InvalidInputError(
            f"regularized=True needs undirected or directed flow, got flow_model={options.flow_model!r}."
        )


def check_lossy_combination(options, undirected, has_states, has_meta_data):
    """Refuse what the lossy map equation is not defined for."""
    if not options.lossy:
        return
    extras = {
        "directed flow": not undirected,
        "regularized=True": options.regularized,
        "entropy_corrected=True": options.entropy_corrected,
        "preferred_number_of_modules": options.preferred_number_of_modules is not None,
        "networks of states": has_states,
        "meta_data": has_meta_data,
    }
    found = [name for name, given in extras.items() if given]
    if found:
        raise InvalidInputError(
            f"lossy=True is defined for undirected links without any other extra term, got {', '.join(found)}; "
            "leave it out or pass lossy=False."
        )


def check_multilayer_combination(options, explicit):
    """Refuse a prior network over links that the user has drawn between layers: it has no agreed definition."""
    if options.regularized and explicit:
        raise InvalidInputError(
            "regularized=True is not defined for explicit multilayer links; give links inside layers (intra) and a "
            "relax rate, or a StateNetwork."
        )


def check_bipartite_combination(options):
    """Refuse the combinations of the bipartite projection that have no agreed definition."""
    for name in ("regularized", "recorded_teleportation"):
        if getattr(options, name):
            raise InvalidInputError(
                f"{name}=True is not defined for a bipartite network with the default projection; pass "
                f"skip_adjust_bipartite_flow=True to code both sides, or {name}=False."
            )


def check_meta_data(meta_data, nodes):
    """Return dense categories (int64, one per node) of an array or a dict keyed by node; None stays None.

    Raises
    ------
    InvalidInputError
        If nodes are missing, or the length is wrong.
    """
    if meta_data is None:
        return None
    if isinstance(meta_data, dict):
        nodes = nodes.tolist() if isinstance(nodes, np.ndarray) else nodes
        missing = [node for node in nodes if node not in meta_data]
        if missing:
            raise InvalidInputError(
                f"meta_data is missing for {len(missing)} of {len(nodes)} nodes, the first is {missing[0]!r}; give "
                "every node a category."
            )
        meta_data = [meta_data[node] for node in nodes]
    check_length(meta_data, "meta_data", len(nodes), "node")
    number = {}
    return np.fromiter((number.setdefault(value, len(number)) for value in meta_data), np.int64, len(nodes))


def check_total_node_weight(weights, why):
    """Return the sum of the node weights if it is positive."""
    total = weights.sum()
    if not total > 0:
        raise InvalidInputError(f"the node weights sum to {total}, so {why} cannot use them; give positive weights.")
    return total


def check_precomputed_weights(weights):
    """Return node weights for flow_model="precomputed", normalised to sum 1 with a warning if they do not."""
    if weights is None:
        raise InvalidInputError(
            'flow_model="precomputed" needs the visit rates of the nodes; pass node_weights, or give the graph '
            "node weights."
        )
    total = check_total_node_weight(weights, 'flow_model="precomputed"')
    if abs(total - 1.0) > 1e-6:
        warnings.warn(f"the node weights sum to {total:g}, not 1; they are normalised.", UserWarning, stacklevel=2)
    return weights / total


def check_total_weight(total):
    """Refuse link weights that are all zero or whose total overflows."""
    if not np.isfinite(total):
        raise InvalidInputError(f"the total link weight is not finite ({total}); scale the weights down.")
    return total


def check_has_nodes(n_nodes):
    """Refuse a graph without nodes."""
    if n_nodes == 0:
        raise InvalidInputError("graph has no nodes.")
    return n_nodes


def check_relax_by_jsd(rate):
    """Return the relax rate if it is below 1: by divergence, links inside the layer always keep their weight."""
    if rate >= 1.0:
        raise InvalidInputError(f"multilayer_relax_rate must be below 1 with multilayer_relax_by_jsd=True, got {rate}.")
    return rate
