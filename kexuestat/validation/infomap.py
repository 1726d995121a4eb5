"""Checks of the InfoMap estimator's own parameters and of the node-wise arguments of fit."""

import numpy as np

from kexuestat.exceptions import InvalidInputError
from kexuestat.validation.arrays import check_length
from kexuestat.validation.options import check_boolean, check_integer, check_n_jobs, check_option, check_real


def check_search_parameters(estimator):
    """Raise if a parameter of input or search breaks its rule."""
    check_option(estimator.affinity, "affinity", ("precomputed", "knn"))
    check_boolean(estimator.two_level, "two_level")
    if estimator.lossy and not estimator.two_level:
        raise InvalidInputError("lossy=True is defined for two levels; pass two_level=True.")
    if estimator.n_trials != "auto":
        if isinstance(estimator.n_trials, str):
            raise InvalidInputError(f'n_trials must be a positive integer or "auto", got {estimator.n_trials!r}.')
        check_integer(estimator.n_trials, "n_trials", 1)
    check_real(estimator.tol, "tol", 0)
    check_integer(estimator.max_iter, "max_iter", 1)
    check_option(estimator.effort, "effort", ("fast", "balanced", "thorough"))
    check_n_jobs(estimator.n_jobs)
    if estimator.preferred_number_of_levels is not None:
        check_integer(estimator.preferred_number_of_levels, "preferred_number_of_levels", 1)


def check_mask(values, name, nodes):
    """Return a bool mask of a mask or of an iterable of nodes."""
    array = np.asarray(values) if isinstance(values, (list, tuple, np.ndarray)) else None
    if array is not None and array.dtype == bool:
        return check_length(array, name, len(nodes), "node")
    chosen = set(array.tolist() if array is not None and array.ndim == 1 else values)
    nodes = nodes.tolist() if isinstance(nodes, np.ndarray) else list(nodes)
    unknown = chosen.difference(nodes)
    if unknown:
        raise InvalidInputError(f"{name} names {len(unknown)} unknown nodes, for example {next(iter(unknown))!r}.")
    return np.fromiter((node in chosen for node in nodes), dtype=bool, count=len(nodes))


def check_frozen(frozen, init, nodes):
    """Return the mask of frozen nodes, or None."""
    if frozen is None:
        return None
    if init is None:
        raise InvalidInputError("frozen needs init: the start partition says who stays together and who apart.")
    return check_mask(frozen, "frozen", nodes)


def check_groups(groups, nodes):
    """Return dense group numbers (int64), or None; with a dict, nodes that it misses are groups of their own."""
    if groups is None:
        return None
    if isinstance(groups, dict):
        nodes = nodes.tolist() if isinstance(nodes, np.ndarray) else list(nodes)
        unknown = [node for node in groups if node not in set(nodes)]
        if unknown:
            raise InvalidInputError(f"groups names {len(unknown)} unknown nodes, the first is {unknown[0]!r}.")
        groups = [("group", groups[node]) if node in groups else ("alone", node) for node in nodes]
    check_length(groups, "groups", len(nodes), "node")
    number = {}
    return np.fromiter((number.setdefault(group, len(number)) for group in groups), np.int64, len(nodes))
