"""A statistic bound to data: its value, its value on resampled rows, under weights, and with each row left out.

Every evaluator returns (n_replicates, n_components) float64 arrays; with ``studentised`` the standard errors of the
components follow behind the components.
"""

import math

import numpy as np

from kexuestat._kernels import bootstrap as kernels
from kexuestat._kernels import orderstats, weighted
from kexuestat.estimation import leave_one_out
from kexuestat.estimation.count_law import STEP, count_law
from kexuestat.estimation.named import NAMED, Moment, Paired, Sorted, quantile_ranks, quantile_value
from kexuestat.estimation.rank_law import rank_table
from kexuestat.exceptions import InvalidInputError
from kexuestat.validation.estimation import check_enough

PURPOSE = 1  # stream of resampled rows


def silent():
    """Return the context in which degenerate resamples give nan without a warning."""
    return np.errstate(all="ignore")


def _centred(x):
    """Return (x - centre) / 2**e, the centre, and e.

    The centre is a middle order statistic: at most one standard deviation from the mean, and with one huge value in
    the data the resamples without it keep their digits.
    """
    centre = float(np.partition(x, len(x) // 2)[len(x) // 2])
    d = x - centre
    exponent = int(np.frexp(np.abs(d).max())[1])
    return np.ldexp(d, -exponent), centre, exponent


class _Named:
    """What the evaluators of named statistics share; the table entry is looked up, so that instances can be pickled."""

    @property
    def spec(self):
        """The entry of the table."""
        return NAMED[self.name]


def power_list(d, n_powers):
    """Return [d, d², d³, d⁴] up to n_powers, by products: numpy's power costs twenty times as much."""
    square = d * d if n_powers > 1 else None
    return [d, square, square * d, square * square] if n_powers > 2 else [d, square][:n_powers]


def padded(terms):
    """Return the terms (n_terms × n) with zeros behind, as ``resampled_sums`` takes them."""
    n = len(terms[0])
    result = np.zeros((len(terms), -(-n // STEP) * STEP))
    result[:, :n] = terms
    return result


def resampled_sums(terms, n_draws, seed, first, count):
    """Return the sums of terms (a list of (n,) arrays) over the resamples first … first + count - 1, a list."""
    n, sums = len(terms[0]), np.empty((count, len(terms)))
    kernels.resampled_sums(padded(terms), n, n_draws, *count_law(n), seed, PURPOSE, first, sums)
    return list(np.ascontiguousarray(sums.T))


def finish_moment(spec, n, sums, centre, exponent, studentised):
    """Return the values (..., 1) of a moment statistic, (..., 2) with their standard errors, from power sums."""
    with silent():
        value = np.ldexp(spec.finish(n, sums), exponent * spec.degree)
        value = value + centre if spec.shifts else value
        value = np.exp(value) if spec.logs else value
        if not studentised:
            return np.asarray(value, dtype=np.float64)[..., None]
        return np.stack([value, np.ldexp(spec.finish_se(n, sums), exponent * spec.degree)], axis=-1)


class MomentEvaluator(_Named):
    """Statistics of power sums of one column."""

    components = 1

    def __init__(self, name, x, studentised=False):
        self.name, self.studentised = name, studentised
        self.n, self.data = len(x), x
        self.d, self.centre, self.exponent = _centred(np.log(x) if self.spec.logs else x)
        self.powers = self.spec.se_powers if studentised else self.spec.n_powers

    def _finish(self, n, sums):
        return finish_moment(self.spec, n, sums, self.centre, self.exponent, self.studentised)

    def terms(self):
        """Return what each row adds to each power sum, a list of (n,) arrays."""
        return power_list(self.d, self.powers)

    def estimate(self):
        return self._finish(float(self.n), [np.array([np.sum(term)]) for term in self.terms()])[0]

    def fused(self, seed, first, count, n_draws):
        return self._finish(float(n_draws), resampled_sums(self.terms(), n_draws, seed, first, count))

    def on_rows(self, rows):
        values = self.d[rows]
        return self._finish(float(rows.shape[1]), [p.sum(axis=1) for p in power_list(values, self.powers)])

    def on_weights(self, weights):
        sums = np.empty((len(weights), self.powers + 1))
        weighted.weighted_power_sums(self.d, weights, sums)
        return self._finish(sums[:, 0], list(sums.T[1:]))

    def leave_one_out(self):
        return leave_one_out.from_sums(self.terms(), self._finish, self._without)

    def _without(self, i):
        return MomentEvaluator(self.name, np.delete(self.data, i), self.studentised).estimate()


class PairEvaluator(_Named):
    """Statistics of two columns."""

    components = 1

    def __init__(self, name, x, y, studentised=False):
        self.name, self.studentised = name, studentised
        self.n, self.data = len(x), (x, y)
        self.x, self.centre_x, self.exponent_x = _centred(x)
        self.y, self.centre_y, self.exponent_y = _centred(y)
        if name == "slope":
            self.factor = self.exponent_y - self.exponent_x
        else:
            self.factor = 0 if name == "corr" else self.exponent_x - self.exponent_y
        self.centres = (
            math.ldexp(self.centre_x, -self.exponent_x),
            math.ldexp(self.centre_y, -self.exponent_y),
        )

    def _finish(self, n, sums):
        with silent():
            value = np.ldexp(self.spec.finish(n, sums, self.centres), self.factor)
            if not self.studentised:
                return np.asarray(value, dtype=np.float64)[:, None]
            return np.column_stack([value, np.ldexp(self.spec.finish_se(n, sums, self.centres), self.factor)])

    def _terms(self, x, y):
        return [x, y, x * x, x * y, y * y]

    def estimate(self):
        return self._finish(float(self.n), [np.array([np.sum(t)]) for t in self._terms(self.x, self.y)])[0]

    def fused(self, seed, first, count, n_draws):
        return self._finish(float(n_draws), resampled_sums(self._terms(self.x, self.y), n_draws, seed, first, count))

    def on_rows(self, rows):
        terms = self._terms(self.x[rows], self.y[rows])
        return self._finish(float(rows.shape[1]), [t.sum(axis=1) for t in terms])

    def on_weights(self, weights):
        sums = np.empty((len(weights), 6))
        weighted.weighted_pair_sums(self.x, self.y, weights, sums)
        return self._finish(sums[:, 0], list(sums.T[1:]))

    def leave_one_out(self):
        return leave_one_out.from_sums(self._terms(self.x, self.y), self._finish, self._without)

    def _without(self, i):
        x, y = (np.delete(column, i) for column in self.data)
        return PairEvaluator(self.name, x, y, self.studentised).estimate()


class SortedEvaluator(_Named):
    """Statistics of sorted data: quantiles without resampling, the others from counts."""

    components = 1
    studentised = False

    def __init__(self, name, x):
        self.name, self.n, self.x = name, len(x), x
        self.order = np.argsort(x, kind="stable")
        self.ordered = x[self.order]

    def estimate(self):
        return np.array([weighted.sorted_statistic(self.spec.code, self.ordered, np.ones(self.n))])

    def fused(self, seed, first, count, n_draws):
        if self.spec.quantiles:
            return self._fused_quantiles(seed, first, count, n_draws)
        out = np.empty(count)
        law = count_law(self.n)
        kernels.resampled_sorted_statistic(self.spec.code, self.x, self.order, n_draws, *law, seed, PURPOSE, first, out)
        return out[:, None]

    def _fused_quantiles(self, seed, first, count, n_draws):
        needed = sorted({r for _, q in self.spec.quantiles for r in quantile_ranks(n_draws, q)[:2]})
        if len(needed) == 1 or (len(needed) == 2 and needed[1] == needed[0] + 1):
            picked = np.empty((2, count))
            table = rank_table(self.n, needed[0], n_draws, len(needed) == 2)
            orderstats.resampled_neighbours(self.ordered, *table, seed, PURPOSE, first, picked)
        else:
            drawn = np.empty((count, len(needed)))
            ranks = np.array(needed, dtype=np.int64)
            orderstats.resampled_order_statistics(self.ordered, ranks, n_draws, seed, PURPOSE, first, drawn)
            picked = drawn.T
        return quantile_value(lambda r: picked[needed.index(r)], n_draws, self.spec.quantiles)[:, None]

    def on_rows(self, rows):
        counts = np.zeros((len(rows), self.n))
        np.add.at(counts, (np.arange(len(rows))[:, None], rows), 1.0)
        return self.on_weights(counts)

    def on_weights(self, weights):
        out = np.empty(len(weights))
        with silent():
            weighted.weighted_sorted_statistics(
                self.spec.code, self.ordered, np.ascontiguousarray(weights[:, self.order]), out
            )
        return out[:, None]

    def leave_one_out(self):
        return leave_one_out.of_sorted(self.name, self.ordered, self.order)[:, None]


class ColumnsEvaluator:
    """A named statistic of every column, all columns with the same rows."""

    def __init__(self, parts):
        self.parts, self.n, self.components = parts, parts[0].n, len(parts)
        self.studentised = parts[0].studentised

    def _join(self, results):
        if not self.studentised:
            return np.concatenate(results, axis=-1)
        return np.concatenate([r[..., :1] for r in results] + [r[..., 1:] for r in results], axis=-1)

    def estimate(self):
        return self._join([part.estimate() for part in self.parts])

    def fused(self, seed, first, count, n_draws):
        if not isinstance(self.parts[0], MomentEvaluator):
            return self._join([part.fused(seed, first, count, n_draws) for part in self.parts])
        terms = [term for part in self.parts for term in part.terms()]  # one resample serves all columns
        sums, k = resampled_sums(terms, n_draws, seed, first, count), self.parts[0].powers
        return self._join([p._finish(float(n_draws), sums[k * j : k * (j + 1)]) for j, p in enumerate(self.parts)])

    def on_rows(self, rows):
        return self._join([part.on_rows(rows) for part in self.parts])

    def on_weights(self, weights):
        return self._join([part.on_weights(weights) for part in self.parts])

    def leave_one_out(self):
        return self._join([part.leave_one_out() for part in self.parts])


def named_evaluator(name, x, y, studentised=False):
    """Return the evaluator of a named statistic on x (n,) or (n, p), and y for pairs."""
    spec = NAMED[name]
    check_enough(len(x), spec.minimum, "X", f"statistic {name!r}")
    if studentised and getattr(spec, "finish_se", None) is None:
        known = ", ".join(repr(k) for k, v in NAMED.items() if getattr(v, "finish_se", None) is not None)
        raise InvalidInputError(
            f"interval 't' needs a standard error, which {name!r} has not; it is known for {known},"
            " or pass a callable that returns (value, standard error)."
        )
    if isinstance(spec, Paired):
        return PairEvaluator(name, *_two_columns(name, x, y), studentised)
    _check_positive(name, spec, x)
    if x.ndim == 1:
        return _column_evaluator(name, x, studentised)
    return ColumnsEvaluator([_column_evaluator(name, column, studentised) for column in np.ascontiguousarray(x.T)])


def _column_evaluator(name, x, studentised):
    if isinstance(NAMED[name], Moment):
        return MomentEvaluator(name, x, studentised)
    return SortedEvaluator(name, x)


def _check_positive(name, spec, x):
    needs = isinstance(spec, Moment) and spec.logs
    if needs and not (x > 0).all():
        raise InvalidInputError(f"X must be positive for statistic {name!r}, got the smallest value {x.min()}.")
    if isinstance(spec, Sorted) and spec.positive and (x < 0).any():
        raise InvalidInputError(f"X must be non-negative for statistic {name!r}, got the smallest value {x.min()}.")


def _two_columns(name, x, y):
    if x.ndim == 2 and x.shape[1] == 2:
        return np.ascontiguousarray(x[:, 0]), np.ascontiguousarray(x[:, 1])
    if x.ndim == 2 and x.shape[1] == 1:
        x = x[:, 0]
    if y is None or np.ndim(y) != 1 or x.ndim != 1:
        raise InvalidInputError(f"statistic {name!r} needs pairs: pass y of shape (n,), or X with two columns.")
    return np.ascontiguousarray(x), np.ascontiguousarray(y)
