"""Pictures in scikit-learn's style: a Display holds what is drawn, ``plot`` draws it, ``from_*`` makes and draws it.

matplotlib is imported when something is drawn (``pip install "kexuestat[plot]"``).
"""

import numpy as np

from kexuestat.exceptions import InvalidInputError, MissingDependencyError


def _axes(ax):
    """Return the axes to draw on: the given ones, or those of a new figure."""
    try:
        import matplotlib.pyplot as plt
    except ImportError:
        raise MissingDependencyError(
            'pictures need matplotlib; install it with: pip install "kexuestat[plot]".'
        ) from None
    return plt.subplots()[1] if ax is None else ax


class _Display:
    """Keeps the axes and the figure of the last drawing as ``ax_`` and ``figure_``."""

    def _keep(self, ax):
        self.ax_ = ax
        self.figure_ = ax.figure
        return self


def _module_colors(n_modules):
    """Return n_modules RGB colours; neighbours in number are far apart in hue."""
    from matplotlib.colors import hsv_to_rgb

    hue = (np.arange(n_modules) * 0.6180339887498949 + 0.58) % 1.0
    value = np.where(np.arange(n_modules) % 2 == 0, 0.85, 0.65)
    return hsv_to_rgb(np.column_stack([hue, np.full(n_modules, 0.6), value]))


class CommunityDisplay(_Display):
    """A graph whose nodes are coloured by module, or the map of its modules.

    Parameters
    ----------
    positions : array-like of float, shape (n_points, 2)
        Where the points (nodes, or modules of a map) stand.
    links : array-like of int, shape (n_links, 2)
        Pairs of points that are joined.
    link_flow : array-like of float, shape (n_links,)
        Flow along each link per step; sets its width.
    labels : array-like of int, shape (n_points,)
        Module of each point, 0 … n_modules - 1.
    point_flow : array-like of float, shape (n_points,)
        Visit rate of each point; sets its area.
    names : sequence of str, shape (n_points,)
        Text beside each point.

    Attributes
    ----------
    ax_, figure_
        Axes and figure of the last drawing.
    """

    def __init__(self, *, positions, links, link_flow, labels, point_flow, names):
        self.positions = positions
        self.links = links
        self.link_flow = link_flow
        self.labels = labels
        self.point_flow = point_flow
        self.names = names

    @classmethod
    def from_estimator(cls, estimator, *, by="auto", random_state=0, ax=None, **style):
        """Return the drawn display of a fitted InfoMap.

        Parameters
        ----------
        estimator : InfoMap
            Fitted.
        by : {"auto", "node", "module"}, default="auto"
            Draw nodes, or one circle per module; "auto" draws nodes up to 300 of them.
        random_state : int, default=0
            Seed of the spring layout.
        ax : matplotlib axes, default=None
        **style
            Passed to `plot`.
        """
        if by not in ("auto", "node", "module"):
            raise InvalidInputError(f"by must be one of 'auto', 'node', 'module', got {by!r}.")
        nodes = by == "node" or (by == "auto" and len(estimator.labels_) <= 300)
        flow, labels, point_flow, names = (_node_view if nodes else _module_view)(estimator)
        display = cls(
            positions=_spring_layout(flow, random_state),
            links=np.argwhere(flow > 0),
            link_flow=flow[flow > 0],
            labels=labels,
            point_flow=point_flow,
            names=names,
        )
        return display.plot(ax=ax, **style)

    def plot(self, ax=None, *, with_names=None, point_area=4000.0):
        """Draw on ax (default: new axes) and return self; names are shown up to 60 points unless said otherwise."""
        ax = _axes(ax)
        from matplotlib.collections import LineCollection

        positions, links = np.asarray(self.positions), np.asarray(self.links).reshape(-1, 2)
        width = np.asarray(self.link_flow) / max(np.max(self.link_flow, initial=0.0), 1e-300)
        ax.add_collection(LineCollection(positions[links], linewidths=0.3 + 2.0 * width, colors="0.75", zorder=1))
        colors = _module_colors(int(np.max(self.labels, initial=-1)) + 1)
        area = 20 + point_area * np.asarray(self.point_flow)
        ax.scatter(*positions.T, s=area, c=colors[np.asarray(self.labels)], edgecolors="white", zorder=2)
        if len(positions) <= 60 if with_names is None else with_names:
            for (x, y), name in zip(positions, self.names):
                ax.annotate(str(name), (x, y), ha="center", va="center", fontsize=7, zorder=3)
        ax.set_axis_off()
        ax.margins(0.08)
        return self._keep(ax)


def _node_view(estimator):
    """Return (flow matrix of link weights, labels, visit rates, names) of the nodes."""
    graph = estimator.graph_
    n = graph.n_nodes
    flow = np.zeros((n, n))
    flow[np.repeat(np.arange(n), np.diff(graph.indptr)), graph.indices] = graph.weights
    np.fill_diagonal(flow, 0.0)
    flow = np.triu(flow + flow.T)
    return flow / max(flow.sum(), 1e-300), estimator.labels_, estimator.node_flow_, [str(v) for v in estimator.nodes_]


def _module_view(estimator):
    """Return the same of the modules: their exchange of flow, number, flow and size."""
    flow = estimator.aggregate()
    flow = flow.toarray() if hasattr(flow, "toarray") else np.asarray(flow)
    flow = np.triu(flow + flow.T, k=1)
    sizes = np.bincount(estimator.labels_, minlength=estimator.n_modules_)
    return flow, np.arange(estimator.n_modules_), estimator.module_flow_, [f"{k} ({n})" for k, n in enumerate(sizes)]


def _spring_layout(flow, seed):
    """Return positions (n, 2) of a spring layout of the weighted, symmetric graph."""
    import networkx as nx

    graph = nx.Graph()
    graph.add_nodes_from(range(len(flow)))
    graph.add_weighted_edges_from((int(i), int(j), float(flow[i, j])) for i, j in np.argwhere(flow > 0))
    heaviest = max(flow.max(initial=0.0), 1e-300)
    for _, _, link in graph.edges(data=True):
        link["weight"] /= heaviest
    positions = nx.spring_layout(graph, seed=seed, k=2.0 / np.sqrt(max(len(flow), 1)), iterations=100)
    return np.array([positions[i] for i in range(len(flow))]).reshape(-1, 2)


class AlignmentDisplay(_Display):
    """Which word of one text goes to which word of the other, as lines whose width is the mass moved.

    Parameters
    ----------
    rows : sequence of (str, str, float, float, float[, int, int])
        Word of the left text, word of the right text, mass, cost, share of the distance, places of the words: what
        ``explain`` of the movers returns. Without places, equal words are one.
    title : str, default=""

    Attributes
    ----------
    ax_, figure_
        Axes and figure of the last drawing.
    """

    def __init__(self, rows, *, title=""):
        self.rows = rows
        self.title = title

    @classmethod
    def from_estimator(cls, estimator, left, right, *, ax=None):
        """Return the drawn alignment of two texts under a fitted WordMoverDistance or WordRotatorDistance."""
        distance = float(estimator.paired([left], [right])[0])
        return cls(list(estimator.explain(left, right)), title=f"distance {distance:.4f}").plot(ax=ax)

    def plot(self, ax=None):
        """Draw on ax (default: new axes) and return self; dark lines are cheap, pale ones dear."""
        ax = _axes(ax)
        rows = [tuple(row) for row in self.rows]
        ends = [[(row[side], *row[5 + side : 6 + side]) for row in rows] for side in (0, 1)]
        left, right = (list(dict.fromkeys(points)) for points in ends)
        height = max(len(left), len(right), 1)
        y_left, y_right = (
            {point: height - (i + 0.5) * height / len(points) for i, point in enumerate(points)}
            for points in (left, right)
        )
        dearest = max((row[3] for row in rows), default=0.0) or 1.0
        heaviest = max((row[2] for row in rows), default=1.0)
        for word, other, (_, _, mass, cost, *_) in zip(*ends, rows):
            shade = 0.15 + 0.65 * cost / dearest
            ax.plot(
                [0, 1],
                [y_left[word], y_right[other]],
                color=str(shade),
                linewidth=0.5 + 5 * mass / heaviest,
                solid_capstyle="round",
            )
        for x, words, side in ((-0.03, y_left, "right"), (1.03, y_right, "left")):
            for (word, *_), y in words.items():
                ax.annotate(word, (x, y), ha=side, va="center", annotation_clip=False)
        ax.set(xlim=(-0.5, 1.5), ylim=(0, height), title=self.title)
        ax.set_axis_off()
        return self._keep(ax)


class ForestDisplay(_Display):
    """Estimates of a performance measure with their Monte Carlo intervals, one row per estimator.

    Parameters
    ----------
    names : sequence of str, shape (n_estimators,)
    values, std_errors : array-like of float, shape (n_estimators,)
    reference : float, default=None
        Value of the dashed line.
    measure : str, default=""
        Label of the axis.

    Attributes
    ----------
    ax_, figure_
        Axes and figure of the last drawing.
    """

    def __init__(self, *, names, values, std_errors, reference=None, measure=""):
        self.names = names
        self.values = values
        self.std_errors = std_errors
        self.reference = reference
        self.measure = measure

    @classmethod
    def from_estimator(cls, diagnostics, *, measure="bias", names=None, ax=None):
        """Return the drawn display of a measure of a fitted EstimatorDiagnostics, for instance "bias" or "coverage"."""
        values = np.atleast_1d(getattr(diagnostics, f"{measure}_"))
        errors = np.atleast_1d(getattr(diagnostics, f"{measure}_mcse_"))
        reference = {"bias": 0.0, "relative_bias": 0.0, "coverage": diagnostics.confidence_level}.get(measure)
        names = [f"estimator {i}" for i in range(len(values))] if names is None else names
        return cls(names=names, values=values, std_errors=errors, reference=reference, measure=measure).plot(ax=ax)

    def plot(self, ax=None):
        """Draw on ax (default: new axes) and return self; bars span 1.96 standard errors to both sides."""
        ax = _axes(ax)
        rows = np.arange(len(self.names))[::-1]
        ax.errorbar(self.values, rows, xerr=1.96 * np.asarray(self.std_errors), fmt="o", color="C0", capsize=3)
        if self.reference is not None:
            ax.axvline(self.reference, color="0.4", linestyle="--", linewidth=1)
        ax.set(yticks=rows, yticklabels=list(self.names), xlabel=self.measure, ylim=(-0.6, len(self.names) - 0.4))
        return self._keep(ax)


class ZipDisplay(_Display):
    """Confidence intervals of many replicates, ranked by how far the truth lies from their centre.

    Parameters
    ----------
    lower, upper : array-like of float, shape (n_replicates,)
    truth : float
    confidence_level : float, default=0.95

    Attributes
    ----------
    ax_, figure_
        Axes and figure of the last drawing.
    """

    def __init__(self, *, lower, upper, truth, confidence_level=0.95):
        self.lower = lower
        self.upper = upper
        self.truth = truth
        self.confidence_level = confidence_level

    @classmethod
    def from_predictions(cls, lower, upper, truth, *, confidence_level=0.95, ax=None):
        """Return the drawn display of given interval ends."""
        return cls(lower=lower, upper=upper, truth=truth, confidence_level=confidence_level).plot(ax=ax)

    def plot(self, ax=None):
        """Draw on ax (default: new axes) and return self; intervals that miss the truth are red."""
        ax = _axes(ax)
        lower, upper = np.asarray(self.lower, dtype=float), np.asarray(self.upper, dtype=float)
        half = np.maximum((upper - lower) / 2, 1e-300)
        order = np.argsort(np.abs((lower + upper) / 2 - self.truth) / half, kind="stable")
        rank = 100 * (np.arange(len(order)) + 0.5) / max(len(order), 1)
        hit = (lower[order] <= self.truth) & (self.truth <= upper[order])
        ax.hlines(rank, lower[order], upper[order], colors=np.where(hit, "C0", "C3"), linewidth=0.6)
        ax.axvline(self.truth, color="black", linewidth=1)
        ax.axhline(100 * self.confidence_level, color="0.4", linestyle="--", linewidth=1)
        ax.set(xlabel="interval", ylabel="percentile of |centre - truth| / half width", ylim=(0, 100))
        return self._keep(ax)
