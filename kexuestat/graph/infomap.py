"""The InfoMap estimator: flow, search, score."""

import numpy as np
from sklearn.base import BaseEstimator, ClusterMixin
from sklearn.utils.validation import check_is_fitted

from kexuestat._kernels.flow import row_entropies
from kexuestat.graph.estimator_input import better_of, graph_of_input, search_arguments, towards_levels
from kexuestat.graph.infomap_methods import MembershipMethods
from kexuestat.graph.lossy import lossy_facts
from kexuestat.graph.model import build_model
from kexuestat.graph.module_tree import tree_of_levels
from kexuestat.graph.partition_trees import tree_of_partition
from kexuestat.graph.progress import Stopwatch, shown
from kexuestat.graph.score import score_tree
from kexuestat.graph.search_model import find_partition, partition_of
from kexuestat.validation.flow import OPTION_NAMES
from kexuestat.validation.infomap import check_search_parameters


class InfoMap(MembershipMethods, ClusterMixin, BaseEstimator):
    """Communities of a graph, or of points by their nearest neighbours: the partition that codes a walk shortest.

    The map equation (Rosvall, Axelsson, Bergstrom 2009, doi:10.1140/epjst/e2010-01179-1) is the number of bits per
    step that describe a random walk by a codebook between modules and one codebook inside each of them; modules in
    which the walk stays long make it short. InfoMap finds the partition, or the hierarchy of modules, that minimises
    it. The same principle, derived as minimal coding with classes: kexue.fm/archives/7006.

    The walk of that article, p_j = (1 - tau) sum_i p_i p_ij + tau / n with jumps coded, is
    ``InfoMap(directed=True, to_nodes=True, recorded_teleportation=True, teleportation_probability=tau)``. The default
    for directed graphs is another one: jumps go to links and are not coded.

    Parameters
    ----------
    affinity : {"precomputed", "knn"}, default="precomputed"
        What X is: a graph, or features whose nearest neighbours are linked.
    n_neighbors : int, default=15
        Neighbours of each point for ``affinity="knn"``.
    metric : str, default="cosine"
        Distance of points; the similarity is 1 - distance for "cosine", else 1 / (1 + distance).
    min_similarity : float, default=None
        Links between points less similar than this are dropped.
    directed : bool, default=None
        Whether links are arcs. By default as the graph says; a matrix: iff it is not symmetric; "knn": no.
    flow_model : {"undirected", "directed", "rawdir", "undirdir", "outdirdir", "precomputed"}, default=None
        By default "undirected" or "directed" as ``directed`` says, over which it wins.
    teleportation_probability : float, default=0.15
        Rate of teleportation in directed flow, in [0, 1].
    to_nodes : bool, default=False
        Teleport to nodes (by their weights) instead of links (by their weights).
    recorded_teleportation : bool, default=False
        Code the teleportation steps as well.
    use_node_weights_as_flow : bool, default=False
        Take the node weights as visit rates.
    flow_tolerance : float, default=1e-15
        L1 change at which the stationary flow counts as found.
    max_flow_iterations : int, default=400
        Steps towards the stationary flow at most.
    markov_time : float, default=1.0
        Steps of the walk per coded step; larger values give fewer modules.
    variable_markov_time : bool, default=False
        Let the Markov time be longer where nodes have few links, so that sparse parts are not split too far.
    variable_markov_damping : float, default=1.0
        0: time inverse to the local degree, 1: to its logarithm; in [0, 1].
    variable_markov_min_scale : float, default=1.0
        Smallest local scale of the variable Markov time.
    regularized : bool, default=False
        Add a Bayesian prior network, against modules that come from missing links.
    regularization_strength : float, default=1.0
        Strength of the prior network.
    entropy_corrected : bool, default=False
        Correct the bias of entropies estimated from few links.
    entropy_correction_strength : float, default=1.0
    meta_data_rate : float, default=1.0
        How often the categories of ``meta_data`` are coded, per step.
    meta_data_unweighted : bool, default=False
        Weigh categories by nodes instead of flow.
    preferred_number_of_modules : int, default=None
        One bit for each module more or less than this.
    preferred_number_of_levels : int, default=None
        Depth (nodes counted, at least 2) that a deeper hierarchy is cut down to, where that costs least; a shallower
        one stays.
    lossy : bool, default=False
        Let the members of a module share one word where naming them costs more than it tells; undirected, two levels.
    lossy_lambda : float, default=1.0
        Bits per step that a bit of the next step is worth, at least 0: the smaller, the more modules are noise.
    no_self_links : bool, default=False
        Drop links of a node to itself.
    weight_threshold : float, default=0.0
        Drop links of smaller weight.
    skip_adjust_bipartite_flow : bool, default=False
        Code both sides of a bipartite graph instead of the primary side alone.
    multilayer_relax_rate : float, default=0.15
        Rate at which the walker leaves its layer where no links between layers are given; in [0, 1].
    multilayer_relax_limit : int, default=-1
        How many layer ids up or down it may go; -1: all.
    multilayer_relax_limit_up : int, default=-1
        The same, upwards only.
    multilayer_relax_limit_down : int, default=-1
        The same, downwards only.
    multilayer_relax_by_jsd : bool, default=False
        Go to layers in which the node's links are alike (Jensen-Shannon divergence).
    two_level : bool, default=True
        One level of modules; False searches a hierarchy of any depth, never worse than two levels.
    n_trials : int or "auto", default=10
        Independent searches, of which the best counts. "auto" stops when five in a row have not improved the best by
        1e-6 of itself, at the latest after 50.
    tol : float, default=1e-10
        Smallest gain of a move, in bits.
    max_iter : int, default=100
        Rounds of one trial at most.
    effort : {"fast", "balanced", "thorough"}, default="balanced"
        How much one trial tries. "balanced" aims at codes no longer than the official engine's; "fast" leaves out
        refinement, "thorough" takes several times as long and gains most where no clear groups exist. Extra terms of
        the objective, frozen nodes and groups use another engine, which knows one effort only.
    random_state : int, Generator, RandomState or None, default=None
        Same value, same result, for any ``n_jobs``.
    n_jobs : int, default=None
        Threads over trials; -1 for all.
    verbose : int, default=0
        1 shows a progress bar and a line per trial, with codelength, modules and seconds.

    Attributes
    ----------
    labels_ : ndarray of int64, shape (n_nodes,)
        Top module of each node, numbered by decreasing flow.
    levels_ : list of ndarray of int64
        Labels from fine to coarse; one array for a two-level partition.
    paths_ : list of tuple
        Modules of each node from the top down.
    n_modules_ : int
        Number of top modules.
    n_levels_ : int
        Depth of the tree, nodes counted: 2 for a two-level partition.
    codelength_ : float
        Bits per step.
    index_codelength_, module_codelength_, meta_codelength_ : float
        Codebook between top modules; everything inside; the metadata part of the latter.
    one_level_codelength_ : float
        Codelength with all nodes in one module.
    relative_savings_ : float
        1 - codelength_ / one_level_codelength_.
    entropy_rate_ : float
        Entropy of the next step given the node, in bits: what no partition can beat.
    noise_modules_ : ndarray of bool, shape (n_modules,)
        Modules whose members share one word; none without ``lossy``.
    rate_, distortion_ : float
        Bits per step of the code, and bits of the next step that it leaves open: ``codelength_`` is
        rate + lossy_lambda * distortion.
    node_flow_ : ndarray of float64, shape (n_nodes,)
        Visit rates.
    module_flow_, enter_flow_, exit_flow_ : ndarray of float64, shape (n_modules,)
        Flow inside and across the border of each top module.
    trial_codelengths_ : ndarray of float64
        Codelength of each trial.
    codelength_history_ : list of list of float
        Codelength after each round of each trial.
    best_trial_ : int
        Trial that gave the result.
    n_iter_ : int
        Rounds of the best trial.
    converged_ : bool
        Whether the best trial ended by itself.
    flow_converged_ : bool
        Whether the stationary flow reached its tolerance.
    flow_iterations_ : int
        Steps towards the stationary flow; 0 for a closed form.
    flow_error_ : float
        Last L1 change of it.
    timings_ : dict
        Seconds of wall time for "graph", "flow", "search" and "score".
    nodes_ : sequence
        The caller's nodes in row order.
    n_features_in_ : int
        Columns of X.
    feature_names_in_ : ndarray of str
        Column names of X, where it has them.
    graph_ : CSRGraph, StateNetwork or MultilayerNetwork
        The graph that was searched.
    partition_ : Partition
        The result with names, comparison, export and writing.

    Notes
    -----
    The modules of the plain map equation are connected (in the weak sense for directed flow), and no move of one node
    and no merge of two linked modules shortens the code. Terms beside links may bind unlinked nodes where that saves
    bits: recorded teleportation, a regularised prior, states, metadata, a wanted number of modules, and directed flow
    into nodes without codewords (features of small bipartite networks).

    Examples
    --------
    >>> import networkx as nx
    >>> from kexuestat import InfoMap
    >>> found = InfoMap(random_state=1).fit(nx.karate_club_graph())
    >>> found.n_modules_, round(found.codelength_, 4)
    (3, 4.0874)

    Points instead of a graph:

    >>> from sklearn.datasets import make_blobs
    >>> points, _ = make_blobs(150, centers=4, cluster_std=0.5, random_state=2)
    >>> InfoMap(affinity="knn", metric="euclidean", random_state=1).fit(points).n_modules_
    4
    """

    def __init__(
        self,
        *,
        affinity="precomputed",
        n_neighbors=15,
        metric="cosine",
        min_similarity=None,
        directed=None,
        flow_model=None,
        teleportation_probability=0.15,
        to_nodes=False,
        recorded_teleportation=False,
        use_node_weights_as_flow=False,
        flow_tolerance=1e-15,
        max_flow_iterations=400,
        markov_time=1.0,
        variable_markov_time=False,
        variable_markov_damping=1.0,
        variable_markov_min_scale=1.0,
        regularized=False,
        regularization_strength=1.0,
        entropy_corrected=False,
        entropy_correction_strength=1.0,
        meta_data_rate=1.0,
        meta_data_unweighted=False,
        preferred_number_of_modules=None,
        preferred_number_of_levels=None,
        lossy=False,
        lossy_lambda=1.0,
        no_self_links=False,
        weight_threshold=0.0,
        skip_adjust_bipartite_flow=False,
        multilayer_relax_rate=0.15,
        multilayer_relax_limit=-1,
        multilayer_relax_limit_up=-1,
        multilayer_relax_limit_down=-1,
        multilayer_relax_by_jsd=False,
        two_level=True,
        n_trials=10,
        tol=1e-10,
        max_iter=100,
        effort="balanced",
        random_state=None,
        n_jobs=None,
        verbose=0,
    ):
        self.affinity = affinity
        self.n_neighbors = n_neighbors
        self.metric = metric
        self.min_similarity = min_similarity
        self.directed = directed
        self.flow_model = flow_model
        self.teleportation_probability = teleportation_probability
        self.to_nodes = to_nodes
        self.recorded_teleportation = recorded_teleportation
        self.use_node_weights_as_flow = use_node_weights_as_flow
        self.flow_tolerance = flow_tolerance
        self.max_flow_iterations = max_flow_iterations
        self.markov_time = markov_time
        self.variable_markov_time = variable_markov_time
        self.variable_markov_damping = variable_markov_damping
        self.variable_markov_min_scale = variable_markov_min_scale
        self.regularized = regularized
        self.regularization_strength = regularization_strength
        self.entropy_corrected = entropy_corrected
        self.entropy_correction_strength = entropy_correction_strength
        self.meta_data_rate = meta_data_rate
        self.meta_data_unweighted = meta_data_unweighted
        self.preferred_number_of_modules = preferred_number_of_modules
        self.preferred_number_of_levels = preferred_number_of_levels
        self.lossy = lossy
        self.lossy_lambda = lossy_lambda
        self.no_self_links = no_self_links
        self.weight_threshold = weight_threshold
        self.skip_adjust_bipartite_flow = skip_adjust_bipartite_flow
        self.multilayer_relax_rate = multilayer_relax_rate
        self.multilayer_relax_limit = multilayer_relax_limit
        self.multilayer_relax_limit_up = multilayer_relax_limit_up
        self.multilayer_relax_limit_down = multilayer_relax_limit_down
        self.multilayer_relax_by_jsd = multilayer_relax_by_jsd
        self.two_level = two_level
        self.n_trials = n_trials
        self.tol = tol
        self.max_iter = max_iter
        self.effort = effort
        self.random_state = random_state
        self.n_jobs = n_jobs
        self.verbose = verbose

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        is_graph = self.affinity == "precomputed"
        tags.input_tags.pairwise = is_graph
        tags.input_tags.positive_only = is_graph
        tags.input_tags.sparse = True
        return tags

    def fit(self, X, y=None, *, init=None, frozen=None, groups=None, meta_data=None, node_weights=None):
        """Find the modules of X and return self.

        Parameters
        ----------
        X : graph, or array-like of shape (n_samples, n_features)
            With ``affinity="precomputed"`` anything :meth:`CSRGraph.of` takes, a StateNetwork or a MultilayerNetwork;
            with "knn" features, dense or sparse.
        y : ignored
        init : partition, optional
            Start of the first trial, in any form that :func:`score_partition` takes. The result is never worse than
            it, and never worse than without it.
        frozen : array-like of bool, shape (n_nodes,), or iterable of nodes, optional
            Nodes that keep together those, and apart those, that are so in ``init``.
        groups : array-like, shape (n_nodes,), or dict, optional
            Nodes with equal group move as one.
        meta_data : array-like, shape (n_nodes,), or dict, optional
            One category per node.
        node_weights : array-like of float, shape (n_nodes,), or dict, optional
            By default those of the graph, else 1.

        Returns
        -------
        InfoMap
            The fitted estimator.

        Raises
        ------
        InvalidInputError
            If X, a parameter or an argument is bad; nothing has been computed then.
        """
        watch = Stopwatch()
        check_search_parameters(self)
        graph = graph_of_input(self, X)
        watch.lap("graph")
        model = build_model(graph, self._options(), meta_data=meta_data, node_weights=node_weights)
        start = None if init is None else tree_of_partition(init, model.nodes)
        arguments = search_arguments(self, model, start, frozen, groups)
        watch.lap("flow")
        with shown(self.verbose, self.n_trials):
            found = find_partition(model.network, model.objective, arguments)
        watch.lap("search")
        found = better_of(found, start, self, model)
        self._keep(model, towards_levels(found, self.preferred_number_of_levels, model))
        watch.lap("score")
        self.timings_ = dict(watch)
        return self

    def _options(self):
        """Return the options of flow, objective and network as a dict."""
        options = {name: getattr(self, name) for name in OPTION_NAMES}
        return options | ({"directed": bool(self.directed)} if self.affinity == "knn" else {})

    def _keep(self, model, found):
        """Store what a search found as fitted attributes."""
        network = model.network
        score = score_tree(model, tree_of_levels(found.levels))
        self._model = model
        self.graph_, self.nodes_ = model.graph, model.nodes
        self.partition_ = partition_of(model, found.levels, score, self._changed_parameters())
        self.levels_ = self.partition_.levels
        self.labels_ = self.partition_.labels
        self.n_modules_, self.n_levels_ = self.partition_.n_modules, self.partition_.n_levels
        self.codelength_ = score.codelength
        self.index_codelength_, self.module_codelength_ = score.index_codelength, score.module_codelength
        self.meta_codelength_, self.one_level_codelength_ = score.meta_codelength, score.one_level_codelength
        self.relative_savings_ = score.relative_savings
        self.entropy_rate_ = float(network.node_flow @ row_entropies(network.indptr, network.rows.values))
        facts = (self.labels_, self.codelength_)
        self.noise_modules_, self.rate_, self.distortion_ = lossy_facts(network, model.objective, *facts)
        order = np.empty(self.n_modules_, dtype=np.int64)
        order[self.labels_] = score.labels  # the row of each module in the arrays of the score
        self.node_flow_, self.module_flow_ = score.node_flow, score.module_flow[order]
        self.enter_flow_, self.exit_flow_ = score.enter_flow[order], score.exit_flow[order]
        self.trial_codelengths_, self.best_trial_ = found.trial_codelengths, found.best_trial
        self.codelength_history_ = found.history
        self.n_iter_, self.converged_ = found.n_iter, found.converged
        self.flow_iterations_, self.flow_error_ = model.iterations, model.error
        self.flow_converged_ = model.flow_converged

    def _changed_parameters(self):
        """Return the parameters that differ from their defaults."""
        defaults = type(self).__init__.__kwdefaults__
        return {name: getattr(self, name) for name, value in defaults.items() if getattr(self, name) != value}

    @property
    def paths_(self):
        """Modules of each node from the top down: a list of tuples."""
        check_is_fitted(self)
        return self.partition_.paths
