"""Smooth stand-ins for max, argmax, top-k, sort, rank, floor, sign and every piecewise-linear function.

Input is whatever numpy reads, lists to tensors, or an array of the array-API standard on the CPU (through DLPack), in
any layout. The result is a numpy array: float32 for float32 input, else float64; numbers give Python floats. ``out=``
takes a float array of the result's shape, or a tuple of them where a function returns several.

Every function f has a gradient: ``f_grad`` for elementwise functions, reductions and losses, ``f_vjp`` (the pullback)
for vector-valued ones; ``value_and_grad(f, x, ...)`` returns both from one pass. No framework is needed, and each can
use them. In PyTorch::

    class SoftRank(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return torch.from_numpy(soft_rank(x.detach().numpy()))
        @staticmethod
        def backward(ctx, g):
            (x,) = ctx.saved_tensors
            return torch.from_numpy(soft_rank_vjp(x.detach().numpy(), g.numpy()))

In TensorFlow::

    @tf.custom_gradient
    def soft_rank_tf(x):
        y = tf.numpy_function(soft_rank, [x], x.dtype)
        return y, lambda g: tf.numpy_function(soft_rank_vjp, [x, g], x.dtype)

In JAX::

    @jax.custom_vjp
    def soft_rank_jax(x):
        return jax.pure_callback(soft_rank, jax.ShapeDtypeStruct(x.shape, x.dtype), x)
    def backward(x, g):
        return (jax.pure_callback(soft_rank_vjp, jax.ShapeDtypeStruct(x.shape, x.dtype), x, g),)
    soft_rank_jax.defvjp(lambda x: (soft_rank_jax(x), x), backward)
"""

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
        "perturbation": [
            "entropy_exponent",
            "entropy_exponent_grad",
            "entropy_normalize",
            "entropy_normalize_vjp",
            "perturb_max",
            "perturb_max_vjp",
        ],
        "projections": [
            "entmax",
            "entmax_vjp",
            "sparse_softmax",
            "sparse_softmax_vjp",
            "sparsemax",
            "sparsemax_vjp",
            "taylor_softmax",
            "taylor_softmax_vjp",
        ],
        "topk": [
            "log_subset_sum",
            "log_subset_sum_grad",
            "sample_subset",
            "soft_topk",
            "soft_topk_vjp",
            "topk_threshold",
            "topk_threshold_grad",
        ],
        "sorting": ["soft_quantile", "soft_quantile_grad", "soft_rank", "soft_rank_vjp", "soft_sort", "soft_sort_vjp"],
        "gumbel": ["gumbel_max", "gumbel_softmax", "gumbel_softmax_vjp", "gumbel_topk"],
        "losses": [
            "subset_softmax_loss",
            "subset_softmax_loss_grad",
            "zlpr_loss",
            "zlpr_loss_grad",
            "zlpr_probability",
            "zlpr_probability_grad",
        ],
        "margins": [
            "circle_loss",
            "circle_loss_grad",
            "entmax_loss",
            "entmax_loss_grad",
            "fenchel_young_loss",
            "fenchel_young_loss_grad",
            "sparsemax_loss",
            "sparsemax_loss_grad",
        ],
        "penalties": ["huber", "huber_grad", "logcosh", "logcosh_grad", "pseudo_huber", "pseudo_huber_grad"],
        "scores": [
            "soft_accuracy",
            "soft_accuracy_grad",
            "soft_confusion",
            "soft_confusion_grad",
            "soft_f1",
            "soft_f1_grad",
            "soft_precision",
            "soft_precision_grad",
            "soft_recall",
            "soft_recall_grad",
        ],
        "proximal": ["moreau_envelope", "moreau_envelope_grad", "prox", "prox_vjp"],
        "quadrature": ["mollified_function", "mollified_function_grad"],
        "transformer": ["SmoothTransformer"],
        "relaxations": ["log_softmax", "log_softmax_vjp", "softmax", "softmax_vjp"],
    },
)
