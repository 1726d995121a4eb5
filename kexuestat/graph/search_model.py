"""The search on a Model: which engine sees its whole objective, and the partition that comes of it.

Nothing here needs scikit-learn, whose import takes longer than the search of a million links.
"""

import numpy as np

from kexuestat.graph.general_search import general_partition, is_plain, joins_unlinked
from kexuestat.graph.model import build_model
from kexuestat.graph.module_tree import tree_of_levels
from kexuestat.graph.partition import Partition
from kexuestat.graph.progress import shown
from kexuestat.graph.score import score_tree
from kexuestat.graph.search import search_partition
from kexuestat.validation.options import check_n_jobs, check_seed

_SMALL = 500


def whole_weights(model):
    """Return the link weights behind ``model.network.flow`` as int32 (empty: all 1), None where they are not whole."""
    links = model.links
    if links.weight_kind not in ("unit", "whole") or links.rows.n_entries != model.network.n_entries:
        return None
    return links.rows.values.astype(np.int32)


def find_partition(network, objective, arguments):
    """Return the SearchResult of the engine that sees the whole objective.

    Small networks are sought by both engines where the general one may find more: hierarchies, and modules of nodes
    without links among them.
    """
    if not is_plain(network, objective, True, arguments["frozen"], arguments["groups"]):
        return general_partition(network, objective, **arguments)
    found = search_partition(network, objective, **arguments)
    if network.node_flow.shape[0] > _SMALL:
        return found
    if arguments["two_level"] and not joins_unlinked(network, objective):
        return found
    other = general_partition(network, objective, **arguments)
    return min(found, other, key=lambda each: each.codelength)


def partition_of(model, levels, score, options):
    """Return the Partition of levels from fine to coarse, with all that is known of it."""
    return Partition.from_levels(
        levels,
        model.nodes,
        codelength=score.codelength,
        one_level_codelength=score.one_level_codelength,
        node_flow=model.network.node_flow,
        names=model.graph.names,
        physical=model.network.physical if model.network.physical.shape[0] else None,
        physical_nodes=model.physical_nodes,
        network=model.network,
        options=options,
    )


def best_partition(
    graph, *, directed=None, markov_time=1.0, two_level=True, n_trials=10, random_state=None, n_jobs=None, verbose=0
):
    """Return the partition that InfoMap with these parameters finds, without the estimator."""
    given = {
        "directed": directed,
        "markov_time": markov_time,
        "two_level": two_level,
        "n_trials": n_trials,
        "random_state": random_state,
        "n_jobs": n_jobs,
        "verbose": verbose,
    }
    changed = {name: value for name, value in given.items() if value != best_partition.__kwdefaults__[name]}
    check_n_jobs(n_jobs)
    model = build_model(graph, {"directed": directed, "markov_time": markov_time})
    arguments = {
        "two_level": two_level,
        "n_trials": n_trials,
        "seed": check_seed(random_state),
        "n_jobs": n_jobs,
        "integer_weights": whole_weights(model),
        "frozen": None,
        "groups": None,
        "verbose": verbose,
    }
    with shown(verbose, n_trials):
        found = find_partition(model.network, model.objective, arguments)
    return partition_of(model, found.levels, score_tree(model, tree_of_levels(found.levels)), changed)
