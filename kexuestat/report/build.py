"""From a fitted InfoMap to the facts that a report shows."""

from typing import NamedTuple

import numpy as np


class ModuleFacts(NamedTuple):
    """One row of the report: a module, its size, its flows and its leading members."""

    number: int
    n_nodes: int
    flow: float
    exit_flow: float
    members: list


class CommunityFacts(NamedTuple):
    """Everything a report shows; codelengths in bits per step, flows as shares that sum to 1."""

    n_nodes: int
    n_links: int
    directed: bool
    codelength: float
    one_level_codelength: float
    relative_savings: float
    n_modules: int
    n_levels: int
    trial_codelengths: list
    modules: list
    exchange: np.ndarray


def community_facts(estimator, *, n_members=12, most_modules=200):
    """Return the facts of a fitted InfoMap.

    Parameters
    ----------
    estimator : InfoMap
        Fitted.
    n_members : int, default=12
        Leading members per module, by flow.
    most_modules : int, default=200
        Modules listed, by flow.

    Returns
    -------
    CommunityFacts
    """
    n_shown = min(estimator.n_modules_, most_modules)
    exchange = estimator.aggregate()
    exchange = exchange.toarray() if hasattr(exchange, "toarray") else np.asarray(exchange)
    graph = estimator.graph_
    return CommunityFacts(
        n_nodes=graph.n_nodes,
        n_links=graph.n_links,
        directed=graph.directed,
        codelength=estimator.codelength_,
        one_level_codelength=estimator.one_level_codelength_,
        relative_savings=estimator.relative_savings_,
        n_modules=estimator.n_modules_,
        n_levels=estimator.n_levels_,
        trial_codelengths=[float(x) for x in estimator.trial_codelengths_],
        modules=[_module_facts(estimator, k, n_members) for k in range(n_shown)],
        exchange=exchange[:n_shown, :n_shown],
    )


def _module_facts(estimator, k, n_members):
    rows = np.flatnonzero(estimator.labels_ == k)
    leading = rows[np.argsort(-estimator.node_flow_[rows], kind="stable")[:n_members]]
    return ModuleFacts(
        number=k,
        n_nodes=len(rows),
        flow=float(estimator.module_flow_[k]),
        exit_flow=float(estimator.exit_flow_[k]),
        members=[str(estimator.nodes_[i]) for i in leading],
    )
