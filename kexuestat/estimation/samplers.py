"""Where Monte Carlo samples come from: a named law, a frozen scipy distribution, a function, a population's rows.

Observation i of replicate b is number b of stream i, so a sample does not depend on batches, on the number of
replicates, or on n: the sample of size n begins the sample of size n + 1.
"""

import math
from dataclasses import dataclass

import numpy as np

from kexuestat._kernels import variates
from kexuestat.exceptions import InvalidInputError
from kexuestat.validation.options import check_real, check_unknown

PURPOSE = 5  # stream of observations
_BLOCK = 256  # replicates that share one generator of a callable


@dataclass(frozen=True)
class Law:
    """A named law: kernel code, parameters with defaults (numpy's names), their ranges, mean, and variance."""

    code: int
    defaults: dict
    mean: object
    variance: object
    positive: tuple = ()


LAWS = {
    "normal": Law(variates.NORMAL, {"loc": 0.0, "scale": 1.0}, lambda m, s: m, lambda m, s: s * s, ("scale",)),
    "uniform": Law(
        variates.UNIFORM, {"low": 0.0, "high": 1.0}, lambda a, b: (a + b) / 2, lambda a, b: (b - a) ** 2 / 12
    ),
    "exponential": Law(variates.EXPONENTIAL, {"scale": 1.0}, lambda s: s, lambda s: s * s, ("scale",)),
    "poisson": Law(variates.POISSON, {"lam": 1.0}, lambda m: m, lambda m: m, ("lam",)),
    "lognormal": Law(
        variates.LOGNORMAL,
        {"mean": 0.0, "sigma": 1.0},
        lambda m, s: math.exp(m + s * s / 2),
        lambda m, s: math.expm1(s * s) * math.exp(2 * m + s * s),
        ("sigma",),
    ),
    "laplace": Law(variates.LAPLACE, {"loc": 0.0, "scale": 1.0}, lambda m, s: m, lambda m, s: 2 * s * s, ("scale",)),
    "t": Law(
        variates.STUDENT,
        {"df": 5.0},
        lambda df: 0.0 if df > 1 else math.nan,
        lambda df: df / (df - 2) if df > 2 else math.inf,
        ("df",),
    ),
    "bernoulli": Law(variates.BERNOULLI, {"p": 0.5}, lambda p: p, lambda p: p * (1 - p)),
    "contaminated_normal": Law(
        variates.CONTAMINATED,
        {"eps": 0.1, "scale": 10.0},
        lambda e, s: 0.0,
        lambda e, s: 1 - e + e * s * s,
        ("scale",),
    ),
}


class NamedSampler:
    """Samples of a named law, filled by a compiled kernel."""

    def __init__(self, name, parameters, n, seed):
        self.name, self.n, self.seed = name, n, seed
        law = LAWS[name]
        check_unknown(parameters, law.defaults, f"parameter of sampler {name!r}:")
        values = {**law.defaults, **parameters}
        self.parameters = tuple(_checked(name, key, value, law) for key, value in values.items())
        if name == "uniform" and not self.parameters[0] < self.parameters[1]:
            raise InvalidInputError(f"low must be below high, got {self.parameters}.")
        self.variance = law.variance(*self.parameters)

    def columns(self, first, count):
        """Return samples (n, count), one replicate per column."""
        a, b = (*self.parameters, 0.0)[:2]
        out = np.empty((self.n, count))
        variates.simulated_samples(LAWS[self.name].code, a, b, self.seed, PURPOSE, first, out)
        return out

    def samples(self, first, count):
        """Return samples (count, n)."""
        return np.ascontiguousarray(self.columns(first, count).T)


def _checked(name, key, value, law):
    value = check_real(value, f"sampler_params[{key!r}]")
    if key in law.positive and not value > 0 and not (key == "lam" and value == 0):
        raise InvalidInputError(f"sampler_params[{key!r}] must be positive, got {value!r}.")
    if key in ("p", "eps") and not 0 <= value <= 1:
        raise InvalidInputError(f"sampler_params[{key!r}] must be in [0, 1], got {value!r}.")
    if not math.isfinite(value):
        raise InvalidInputError(f"sampler_params[{key!r}] must be finite, got {value!r}.")
    return value


class PopulationSampler:
    """Rows of a population, drawn with replacement."""

    def __init__(self, population, n, seed):
        self.population, self.n, self.seed = population, n, seed
        self.variance = float(np.var(population, axis=0).max())

    def samples(self, first, count):
        """Return samples (count, n) or (count, n, p)."""
        rows = np.empty((self.n, count), np.int64)
        variates.population_rows(len(self.population), self.seed, PURPOSE, first, rows)
        return self.population[rows.T]


class CallableSampler:
    """Samples of a function (generator, size) -> array; each block of 256 replicates has its own generator."""

    def __init__(self, function, n, seed, variance=math.nan):
        self.function, self.n, self.seed, self.variance = function, n, seed, variance

    def samples(self, first, count):
        """Return samples (count, n)."""
        blocks = range(first // _BLOCK, -(-(first + count) // _BLOCK))
        drawn = np.concatenate([self._block(block) for block in blocks])
        offset = first - blocks.start * _BLOCK
        return drawn[offset : offset + count]

    def _block(self, block):
        generator = np.random.default_rng([self.seed, PURPOSE, block])
        drawn = np.asarray(self.function(generator, (_BLOCK, self.n)), dtype=np.float64)
        if drawn.shape[:2] != (_BLOCK, self.n):
            raise InvalidInputError(
                f"sampler must return an array of the size it is asked for, {(_BLOCK, self.n)}, got {drawn.shape}"
                f" (replicates from {block * _BLOCK}, seed {self.seed})."
            )
        if not np.isfinite(drawn).all():
            raise InvalidInputError(
                f"sampler must return finite numbers, got nan or inf among replicates from {block * _BLOCK},"
                f" seed {self.seed}."
            )
        return drawn


class _FrozenDraw:
    """A frozen scipy distribution as a function (generator, size) -> array."""

    def __init__(self, distribution):
        self.distribution = distribution

    def __call__(self, generator, size):
        return self.distribution.rvs(size=size, random_state=generator)


def make_sampler(sampler, parameters, n, seed, population=None):
    """Return the sampler of samples of size n.

    Parameters
    ----------
    sampler : str, frozen distribution or callable
        A name of ``LAWS``, a name of scipy.stats, a frozen scipy distribution, or a function (generator, size).
    parameters : dict or None
        Parameters of a name.
    n : int
        Sample size.
    seed : int
        Seed of the streams.
    population : ndarray, optional
        Rows to draw from, in place of the sampler.
    """
    if population is not None:
        return PopulationSampler(population, n, seed)
    parameters = dict(parameters or {})
    if isinstance(sampler, str):
        return NamedSampler(sampler, parameters, n, seed) if sampler in LAWS else _scipy(sampler, parameters, n, seed)
    if hasattr(sampler, "rvs"):
        variance = sampler.var() if hasattr(sampler, "var") else math.nan
        return CallableSampler(_FrozenDraw(sampler), n, seed, float(np.max(variance)))
    if callable(sampler):
        return CallableSampler(sampler, n, seed)
    raise InvalidInputError(
        f"sampler must be a name, a frozen scipy distribution or a callable (generator, size), got {sampler!r}."
    )


def _scipy(name, parameters, n, seed):
    from scipy import stats

    family = getattr(stats, name, None)
    if not hasattr(family, "rvs"):
        raise InvalidInputError(f"sampler must be one of {', '.join(LAWS)} or a name of scipy.stats, got {name!r}.")
    try:
        frozen = family(**parameters)
        return make_sampler(frozen, None, n, seed)
    except TypeError as error:
        raise InvalidInputError(f"sampler_params do not fit scipy.stats.{name}: {error}.") from None
