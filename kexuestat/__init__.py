"""Graph and statistics analysis with Numba kernels; every name loads its module on first use."""

from kexuestat._lazy import attach
from kexuestat._version import __version__

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        "exceptions": ["InvalidInputError", "KexueStatError"],
        "graph": [
            "CSRGraph",
            "InfoMap",
            "Partition",
            "infomap_communities",
            "infomap_partitions",
            "map_equation",
            "read_graph",
            "score_partition",
            "stationary_flow",
            "write_partition",
        ],
        "transport": ["emd", "emd_batch", "emd_cost", "sinkhorn"],
        "text": [
            "BertEmbedder",
            "MoverNeighbors",
            "PMIEmbedder",
            "WordMoverDistance",
            "WordRotatorDistance",
            "WordVectors",
            "read_vectors",
            "word_mover_distance",
            "word_mover_similarity",
            "word_rotator_distance",
            "word_rotator_similarity",
        ],
        "smooth": ["logsumexp", "soft_rank", "soft_sort", "soft_topk", "softmax", "smooth_max", "zlpr_loss"],
        "estimation": [
            "Bootstrap",
            "EstimatorDiagnostics",
            "Jackknife",
            "bootstrap_interval",
            "jackknife_estimate",
        ],
    },
    subpackages=("estimation", "graph", "smooth", "text", "transport"),
)
__all__ = [*__all__, "__version__"]
