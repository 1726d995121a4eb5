"""Smooth stand-ins for max, argmax, top-k, sort, rank, floor, sign and every piecewise-linear function."""

from kexuestat._lazy import attach

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        "_fused": ["value_and_grad"],
        "log_sums": ["logsumexp", "logsumexp_grad", "signed_logsumexp", "signed_logsumexp_grad"],
        "extrema": [
            "smooth_max",
            "smooth_max_grad",
            "smooth_min",
            "smooth_min_grad",
            "soft_argmax",
            "soft_argmax_grad",
        ],
        "relaxations": ["log_softmax", "log_softmax_vjp", "softmax", "softmax_vjp"],
    },
)
