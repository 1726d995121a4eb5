"""The networkx backend ``kexuestat``: networkx functions of the map equation run here.

networkx calls ``get_info`` when it is imported itself, so nothing heavy may be imported at the top of this file.
"""

NAME = "kexuestat"
_FUNCTIONS = {
    "infomap_communities": "kexuestat.graph.communities",
    "infomap_partitions": "kexuestat.graph.communities",
    "map_equation": "kexuestat.graph.score",
}


class Backend:
    """Functions that networkx looks up by name, and the conversion of its graphs.

    A converted graph is a CSRGraph, which networkx keeps beside the original and hands over again.
    """

    def __getattr__(self, name):
        if name not in _FUNCTIONS:
            raise AttributeError(f"backend {NAME!r} has no function {name!r}")
        from importlib import import_module

        return getattr(import_module(_FUNCTIONS[name]), name)

    @staticmethod
    def convert_from_nx(graph, *, edge_attrs=None, **_):
        """Return the CSRGraph of a networkx graph; ``edge_attrs`` names the weight, None means 1 for every link."""
        from kexuestat.graph.csr import CSRGraph

        return CSRGraph.of(graph, weight=next(iter(edge_attrs), None) if edge_attrs else None)

    @staticmethod
    def convert_to_nx(result, **_):
        """Return a result as networkx knows it: a CSRGraph becomes a networkx graph, all else stays."""
        from kexuestat.graph.csr import CSRGraph

        return result.to_networkx() if isinstance(result, CSRGraph) else result

    @staticmethod
    def can_run(name, args, kwargs):
        """Return whether a function is ours."""
        return name in _FUNCTIONS

    @staticmethod
    def should_run(name, args, kwargs):
        """Return whether a function is ours."""
        return name in _FUNCTIONS


backend = Backend()


def get_info():
    """Return what networkx shows about this backend, a dict."""
    return {
        "backend_name": NAME,
        "project": NAME,
        "package": NAME,
        "short_summary": "Communities by the map equation (InfoMap), compiled with Numba.",
        "functions": {
            "infomap_communities": {"extra_docstring": "Every module is connected; the result is a local optimum."},
            "infomap_partitions": {"extra_docstring": "Levels of the hierarchy, coarsest first."},
            "map_equation": {"extra_docstring": "Flow, objective and network options of kexuestat are accepted."},
        },
    }
