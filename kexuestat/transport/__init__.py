"""Exact optimal transport: one problem, many small problems, the line, entropic plans, lower bounds."""

from kexuestat._lazy import attach

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        "batch": ["emd_batch"],
        "bounds": [
            "capacity_bound",
            "centroid_bound",
            "dual_bound",
            "overlap_bound",
            "projection_bound",
            "relaxed_bound",
            "rotator_bound",
            "rotator_centroid_bound",
            "tree_bound",
        ],
        "costs": ["cost_matrix"],
        "entropic": ["sinkhorn"],
        "exact": ["emd", "emd_cost"],
        "one_dimensional": ["emd_1d"],
        "partial": ["emd_hat", "partial_emd"],
        "plan": ["TransportPlan"],
    },
)
