"""Bootstrap samples with new values: from a fitted law (parametric) or from the data with noise (smooth)."""

import numpy as np

from kexuestat._kernels import sampling, variates
from kexuestat.estimation.callables import CallableEvaluator
from kexuestat.estimation.chunks import replicate_chunks, rows_within
from kexuestat.estimation.evaluators import PURPOSE
from kexuestat.estimation.replicates import make_evaluator
from kexuestat.exceptions import InvalidInputError

NOISE = 3  # stream of the noise


def replicates(statistic, data, scheme, plan, n_replicates, evaluator, options):
    """Return the statistic (n_replicates, n_components) on samples drawn by the scheme."""
    if data.y is not None or data.weights is not None:
        raise InvalidInputError(f"scheme {scheme!r} takes neither y nor sample_weight; use 'multinomial'.")
    draw = _sampler(scheme, data.x, plan.seed)
    size = rows_within(options["max_memory_mb"], 32 * data.x.size)

    def replicate(first, count):
        samples = draw(first, count)
        if isinstance(evaluator, CallableEvaluator):
            return evaluator.on_samples(samples)
        return np.stack([make_evaluator(statistic, x, None, evaluator.studentised).estimate() for x in samples])

    return replicate_chunks(replicate, n_replicates, n_jobs=options["n_jobs"], largest=size)


def _sampler(scheme, x, seed):
    if callable(scheme):
        return lambda first, count: np.stack([_called(scheme, x, seed, first + b) for b in range(count)])
    return _normal_law(x, seed) if scheme == "parametric" else _smoothed(x, seed)


def _called(sampler, x, seed, replicate):
    """Return one sample of a user's law, drawn with a generator keyed by seed and replicate."""
    generator = np.random.default_rng([seed, NOISE, replicate])
    sample = np.asarray(sampler(generator, len(x)), dtype=np.float64)
    if sample.shape != x.shape:
        raise InvalidInputError(
            f"scheme must return samples of shape {x.shape}, got {sample.shape} (replicate {replicate}, seed {seed})."
        )
    return sample


def _normals(seed, first, count, shape):
    out = np.empty((count, int(np.prod(shape))))
    variates.normal_rows(seed, NOISE, first, out)
    return out.reshape((count, *shape))


def _normal_law(x, seed):
    """Return the sampler of the normal law with the data's mean and covariance."""
    columns = x.reshape(len(x), -1)
    values, vectors = np.linalg.eigh(np.atleast_2d(np.cov(columns, rowvar=False)))
    root = vectors * np.sqrt(np.maximum(values, 0.0))
    shape = (len(x), columns.shape[1])

    def draw(first, count):
        noise = _normals(seed, first, count, shape)
        return (columns.mean(axis=0) + (noise[..., None, :] * root).sum(axis=-1)).reshape((count, *x.shape))

    return draw


def _smoothed(x, seed):
    """Return the sampler of rows plus normal noise, its width Silverman's 0.9 min(s, iqr/1.34) n^(-1/5)."""
    columns = x.reshape(len(x), -1)
    quartiles = np.quantile(columns, [0.25, 0.75], axis=0)
    robust = (quartiles[1] - quartiles[0]) / 1.34
    spread = columns.std(axis=0, ddof=1)
    width = 0.9 * np.where(robust > 0, np.minimum(spread, robust), spread) * len(x) ** -0.2

    def draw(first, count):
        rows = np.empty((count, len(x)), np.int64)
        sampling.multinomial_rows(seed, PURPOSE, first, len(x), rows)
        noise = _normals(seed, first, count, columns.shape)
        return (columns[rows] + width * noise).reshape((count, *x.shape))

    return draw
