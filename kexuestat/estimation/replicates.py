"""All replicates of a statistic under a plan, fused where possible, in batches under a memory cap elsewhere."""

import numpy as np

from kexuestat.estimation.callables import CallableEvaluator
from kexuestat.estimation.chunks import replicate_chunks, rows_within
from kexuestat.estimation.evaluators import named_evaluator
from kexuestat.estimation.named import NAMED
from kexuestat.estimation.schemes import WEIGHTED
from kexuestat.exceptions import InvalidInputError
from kexuestat.validation.options import check_option


def make_evaluator(statistic, x, y=None, studentised=False):
    """Return the evaluator of a name or callable on x (n,) or (n, p), and y."""
    if callable(statistic):
        return CallableEvaluator(statistic, x, y, studentised)
    if not isinstance(statistic, str):
        raise InvalidInputError(f"statistic must be a name or a callable, got {type(statistic).__name__}.")
    return named_evaluator(check_option(statistic, "statistic", NAMED), x, y, studentised)


def statistic_shape(evaluator, x):
    """Return the shape of the statistic: () for one column."""
    if isinstance(evaluator, CallableEvaluator):
        return evaluator.shape
    return () if x.ndim == 1 or evaluator.components == 1 else (evaluator.components,)


def all_replicates(evaluator, plan, n_replicates, *, sample_weight=None, max_memory_mb=64, n_jobs=None):
    """Return the replicates, float64 (n_replicates, n_components), twice the components if studentised."""
    width = _width(evaluator)
    if sample_weight is not None or plan.scheme in WEIGHTED:
        largest = rows_within(max_memory_mb, 24 * plan.n)

        def replicate(first, count):
            weights = plan.weights(first, count)
            return evaluator.on_weights(weights if sample_weight is None else weights * sample_weight)

    elif plan.scheme == "multinomial" and getattr(evaluator, "compiled", not callable_based(evaluator)):
        largest = None

        def replicate(first, count):
            return evaluator.fused(plan.seed, first, count, plan.n_draws)

    else:
        largest = rows_within(max_memory_mb, (16 + 24 * width) * plan.n_draws)

        def replicate(first, count):
            return on_plan_rows(evaluator, plan.rows(first, count))

    return replicate_chunks(replicate, n_replicates, n_jobs=n_jobs, largest=largest)


def callable_based(evaluator):
    """Return whether the evaluator calls a user's function."""
    return isinstance(evaluator, CallableEvaluator)


def _width(evaluator):
    x = getattr(evaluator, "x", None)
    return 1 if x is None or np.ndim(x) == 1 else x.shape[1]


def on_plan_rows(evaluator, rows):
    """Return the statistic on rows, which may be ragged (clusters of unequal size)."""
    if isinstance(rows, np.ndarray):
        return evaluator.on_rows(rows)
    return np.concatenate([evaluator.on_rows(line[None, :]) for line in rows])
