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
        "mollify": ["Mollifier", "PiecewiseLinear"],
        "steps": [
            "smooth_relu",
            "smooth_relu_grad",
            "smooth_sign",
            "smooth_sign_grad",
            "smooth_step",
            "smooth_step_grad",
        ],
        "pieces": [
            "smooth_clip",
            "smooth_clip_grad",
            "smooth_hard_sigmoid",
            "smooth_hard_sigmoid_grad",
            "smooth_hinge",
            "smooth_hinge_grad",
            "smooth_leaky_relu",
            "smooth_leaky_relu_grad",
            "smooth_pinball",
            "smooth_pinball_grad",
            "smooth_soft_threshold",
            "smooth_soft_threshold_grad",
        ],
        "errors": ["sup_error", "width_for_error"],
        "floor": [
            "smooth_ceil",
            "smooth_ceil_grad",
            "smooth_floor",
            "smooth_floor_grad",
            "smooth_round",
            "smooth_round_grad",
        ],
        "pairs": ["smooth_maximum", "smooth_maximum_grad", "smooth_minimum", "smooth_minimum_grad"],
        "gated": [
            "gated_relu",
            "gated_relu_grad",
            "gelu",
            "gelu_grad",
            "smooth_abs",
            "smooth_abs_grad",
            "swish",
            "swish_grad",
        ],
        "relaxations": ["log_softmax", "log_softmax_vjp", "softmax", "softmax_vjp"],
    },
)
