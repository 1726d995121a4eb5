"""Communities of a graph as sets of its own nodes, with the signatures of networkx 3.8."""

from kexuestat.graph.infomap import InfoMap
from kexuestat.graph.inputs import as_network
from kexuestat.validation.flow import OPTION_NAMES, check_model_options
from kexuestat.validation.options import check_integer, check_unknown

_SEARCH = ("two_level", "tol", "max_iter", "effort", "n_jobs", "preferred_number_of_levels", "verbose")
_FIT = ("init", "frozen", "groups", "meta_data", "node_weights")


def _fitted(G, weight, seed, num_trials, options):
    """Return the InfoMap fitted on G under options of flow, objective, network and search."""
    check_unknown(options, (*OPTION_NAMES, *_SEARCH, *_FIT))
    check_integer(num_trials, "num_trials", 1)
    fit = {name: options.pop(name) for name in _FIT if name in options}
    graph = as_network(G, check_model_options({k: v for k, v in options.items() if k in OPTION_NAMES}), weight)
    return InfoMap(random_state=seed, n_trials=num_trials, **options).fit(graph, **fit)


def infomap_communities(G, *, weight="weight", seed=None, num_trials=1, teleportation_probability=0.15, **options):
    """Return the communities of G that minimise the map equation, as a list of sets of nodes, largest flow first.

    Parameters
    ----------
    G : graph
        A networkx graph or anything else that :meth:`CSRGraph.of` takes; parallel links are summed.
    weight : str or None, default="weight"
        Name of the edge attribute with the weights; None counts every link as 1.
    seed : int, Generator, RandomState or None, default=None
    num_trials : int, default=1
        Independent searches, of which the best counts.
    teleportation_probability : float, default=0.15
        Used by directed flow alone.
    **options
        Other parameters of :class:`InfoMap` (flow, objective, network, ``two_level``, ``tol``, ``max_iter``,
        ``n_jobs``) and of its ``fit`` (``init``, ``frozen``, ``groups``, ``meta_data``, ``node_weights``).

    Returns
    -------
    list of set
        A graph without links gives one set per node.

    Raises
    ------
    InvalidInputError
        A ValueError: ``num_trials < 1``, a probability outside [0, 1], a bad weight, an unknown option.

    Examples
    --------
    >>> import networkx as nx
    >>> from kexuestat import infomap_communities
    >>> infomap_communities(nx.barbell_graph(4, 0), seed=1)
    [{0, 1, 2, 3}, {4, 5, 6, 7}]
    """
    options["teleportation_probability"] = teleportation_probability
    return _fitted(G, weight, seed, num_trials, options).partition_.communities()


def infomap_partitions(G, *, weight="weight", seed=None, num_trials=1, teleportation_probability=0.15, **options):
    """Return an iterator of partitions of G into sets of nodes, one per level of the hierarchy, coarsest first.

    The search runs at the call; the sets of each level are made when they are asked for. A branch without deeper
    modules stays as it is on finer levels.

    Parameters
    ----------
    G : graph
        A networkx graph or anything else that :meth:`CSRGraph.of` takes; parallel links are summed.
    weight : str or None, default="weight"
        Name of the edge attribute with the weights; None counts every link as 1.
    seed : int, Generator, RandomState or None, default=None
    num_trials : int, default=1
        Independent searches, of which the best counts.
    teleportation_probability : float, default=0.15
        Used by directed flow alone.
    **options
        As for :func:`infomap_communities`; ``two_level=True`` stops at one level.

    Returns
    -------
    iterator of list of set

    Raises
    ------
    InvalidInputError
        A ValueError: ``num_trials < 1``, a probability outside [0, 1], a bad weight, an unknown option.

    Examples
    --------
    >>> import networkx as nx
    >>> from kexuestat import infomap_partitions
    >>> [len(communities) for communities in infomap_partitions(nx.barbell_graph(4, 0), seed=1)]
    [2]
    """
    options = {"two_level": False, **options, "teleportation_probability": teleportation_probability}
    partition = _fitted(G, weight, seed, num_trials, options).partition_
    return (partition.communities(level) for level in reversed(range(len(partition.levels))))
