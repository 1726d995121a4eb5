"""Which modules are more than chance, and what several searches agree on.

Significance: links are counts with Poisson noise; modules that come back in the partitions of resampled graphs are
supported by the data (M. Rosvall and C. T. Bergstrom 2010, doi:10.1371/journal.pone.0008694). Consensus: partitions
become a graph of agreement, that graph is searched again, until its partitions agree (A. Lancichinetti and
S. Fortunato 2012, doi:10.1038/srep00336).
"""

import numpy as np

from kexuestat.exceptions import InvalidInputError
from kexuestat.graph.csr import CSRGraph
from kexuestat.graph.infomap import InfoMap
from kexuestat.graph.partition import Partition, ordered_levels
from kexuestat.graph.stability import co_assignment
from kexuestat.validation.options import check_integer, check_real, check_seed


def _resampled(graph, seed, replicate):
    """Return the graph with Poisson counts in the place of its link weights; links that get none are gone."""
    source, target, weights = graph.links()
    counts = np.random.default_rng((seed, replicate)).poisson(weights).astype(np.float64)
    kept = counts > 0
    ends = source[kept], target[kept], counts[kept]
    return CSRGraph.from_edges(*ends, n_nodes=graph.n_nodes, directed=graph.directed)


def bootstrap_partitions(graph, *, n_resamples=100, random_state=None, **options):
    """Return the partitions of graphs whose link weights are drawn anew, each from Poisson with the weight as mean.

    Together with :func:`module_stability` they tell which modules the data support: a node whose ``nodes`` value is at
    least 0.95 stays in its module in 95 % of the samples.

    Parameters
    ----------
    graph : graph
        Anything that :meth:`CSRGraph.of` takes. Weights are counts: a graph without weights is the noisiest.
    n_resamples : int, default=100
    random_state : int, Generator, RandomState or None, default=None
        Sample k depends on it and on k alone.
    **options
        Parameters of :class:`InfoMap`; ``n_trials`` is 1 by default.

    Returns
    -------
    list of Partition
        Of all nodes of the graph, in its order.

    Raises
    ------
    InvalidInputError
        If the graph or an option is bad, or no link of a sample is left.

    Examples
    --------
    >>> from kexuestat.graph import InfoMap, bootstrap_partitions, load_graph, module_stability
    >>> graph = load_graph("karate")
    >>> partition = InfoMap(random_state=0).fit(graph).partition_
    >>> samples = bootstrap_partitions(graph, n_resamples=20, random_state=0)
    >>> len(samples), module_stability(partition, samples).modules.shape
    (20, (3,))
    """
    graph = CSRGraph.of(graph, directed=options.get("directed"))
    seed = check_seed(random_state)
    found = []
    for k in range(check_integer(n_resamples, "n_resamples", 1)):
        sample = _resampled(graph, seed, k)
        if sample.n_entries == 0:
            raise InvalidInputError(f"sample {k} has no links: their weights are too small; scale them up to counts.")
        model = InfoMap(**{"n_trials": 1, "random_state": seed + k} | options).fit(sample)
        found.append(Partition.from_levels(model.levels_, graph.nodes, node_flow=model.node_flow_))
    return found


def consensus_partition(graph, partitions, *, threshold=0.5, max_iter=20, random_state=None, **options):
    """Return the partition that several partitions of a graph agree on.

    Links weigh as often as their ends are together, those below ``threshold`` are cut; as many searches as there are
    partitions run on that graph, until they all find the same.

    Parameters
    ----------
    graph : graph
        Anything that :meth:`CSRGraph.of` takes.
    partitions : list of partitions of its nodes
        Each a Partition, a label array, a dict node -> label or a list of sets; at least one.
    threshold : float, default=0.5
        In [0, 1].
    max_iter : int, default=20
        Rounds at most; the last partition of all is returned then.
    random_state : int, Generator, RandomState or None, default=None
    **options
        Parameters of :class:`InfoMap`; ``n_trials`` is 1 by default.

    Returns
    -------
    Partition
        Of two levels; its codelength is that of the graph as given.

    Raises
    ------
    InvalidInputError
        If there is no partition, one does not fit the nodes, or an option is bad.

    Examples
    --------
    >>> from kexuestat.graph import consensus_partition
    >>> links = [(1, 2), (1, 3), (2, 3), (3, 4), (4, 5), (4, 6), (5, 6)]
    >>> consensus_partition(links, [[0, 0, 0, 1, 1, 1], [0, 0, 1, 1, 1, 1], [0, 0, 0, 1, 1, 1]]).communities()
    [{1, 2, 3}, {4, 5, 6}]
    """
    graph = CSRGraph.of(graph, directed=options.get("directed"))
    check_real(threshold, "threshold", 0.0, 1.0)
    seed, partitions = check_seed(random_state), list(partitions)
    n_searches = len(partitions)
    for _ in range(check_integer(max_iter, "max_iter", 1)):
        agreement = _agreement(graph, partitions, threshold)
        partitions = [_labels_of(agreement, {"random_state": seed + k, **options}) for k in range(n_searches)]
        if all((labels == partitions[0]).all() for labels in partitions):
            break
    return _scored(graph, partitions[0], options)


def _agreement(graph, partitions, threshold):
    """Return the graph whose weights are the share of partitions that hold both ends together, if large enough."""
    shares = co_assignment(graph.replaced(weights=()), partitions)
    source, target, weights = shares.links()
    kept = weights >= threshold
    ends = source[kept], target[kept], weights[kept]
    return CSRGraph.from_edges(*ends, n_nodes=graph.n_nodes, directed=graph.directed)


def _labels_of(graph, options):
    """Return the labels of one search; of a graph without links every node is a module."""
    if graph.n_entries == 0:
        return np.arange(graph.n_nodes)
    levels = InfoMap(**{"n_trials": 1} | options).fit(graph).levels_
    return ordered_levels(levels[-1:])[0]


def _scored(graph, labels, options):
    from kexuestat.graph.score import score_partition
    from kexuestat.validation.flow import OPTION_NAMES

    score = score_partition(graph, labels, **{name: v for name, v in options.items() if name in OPTION_NAMES})
    facts = {"codelength": score.codelength, "one_level_codelength": score.one_level_codelength, "names": graph.names}
    return Partition.from_levels([labels], graph.nodes, node_flow=score.node_flow, **facts)
