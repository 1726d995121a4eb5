"""Soft ranks, soft sorted values and soft quantiles: projections onto permutahedra, whole batches in one call.

soft_rank projects x/ε onto the permutahedron of (1, ..., n), soft_sort projects (1, ..., n)/ε onto that of x. "l2" is
the Euclidean projection; "kl" is the log-KL one, on (ln 1, ..., ln n) and with the exponential taken, for ranks.
Source: Blondel, Teboul, Berthet and Djolonga 2020, arXiv:2002.08871.
"""

import numpy as np

from kexuestat._kernels.sorting import block_means_rows, falling_rows, pool_rows, pool_rows_parallel
from kexuestat.exceptions import InvalidInputError
from kexuestat.smooth._frames import PARALLEL_SIZE, frame, per_row, reduced, rows, unrows
from kexuestat.smooth._fused import fused
from kexuestat.smooth.relaxations import pull_inputs
from kexuestat.validation.arrays import first_bad
from kexuestat.validation.options import check_option, check_real
from kexuestat.validation.smooth import check_not_empty, check_scale

_REGULARIZATIONS = ("l2", "kl")
_LONG = 8192  # entries from which a row is sorted by its digits


def soft_rank(x, *, regularization="l2", epsilon=1.0, axis=-1, descending=False, out=None):
    """Return smooth ranks along axis, from 1; their sum is n(n + 1)/2.

    Parameters
    ----------
    x : array_like
        Finite numbers; nan poisons its slice.
    regularization : {"l2", "kl"}, default="l2"
        Which projection.
    epsilon : float, array_like or "auto", default=1.0
        Strength >= 0, in the unit of x, one number or one per slice. Up to the smallest gap of the slice ("auto" is
        that gap) "l2" gives the hard ranks; 0 gives them always; inf gives (n + 1)/2 for all. Between these, ranks are
        not integers: entries closer than about epsilon share theirs.
    axis : int, tuple of int or None, default=-1
        Along what to rank.
    descending : bool, default=False
        Whether rank 1 is the largest.
    out : ndarray, default=None
        Where to write the result.

    Returns
    -------
    ndarray
        In the shape of x; ties get their average rank.

    Raises
    ------
    InvalidInputError
        If the regularization is unknown, epsilon negative or nan, or x infinite.

    References
    ----------
    arXiv:2002.08871

    Examples
    --------
    >>> from kexuestat.smooth import soft_rank
    >>> soft_rank([2.9, 0.1, 1.2], epsilon=0.5)
    array([3., 1., 2.])
    >>> soft_rank([2.9, 0.1, 1.2], epsilon=2.0)
    array([2.75, 1.35, 1.9 ])
    """
    framed = frame(x, axis)
    return unrows(_Sorted(framed, regularization, epsilon, descending).rank(), framed, out)


def soft_rank_vjp(x, cotangent, *, regularization="l2", epsilon=1.0, axis=-1, descending=False, out=None):
    """Return the pullback of g = cotangent through `soft_rank`: for "l2" (g - its block mean)/ε.

    Examples
    --------
    >>> from kexuestat.smooth import soft_rank_vjp
    >>> soft_rank_vjp([2.9, 0.1, 1.2], [1.0, 0.0, 0.0], epsilon=2.0).round(6)
    array([ 0.333333, -0.166667, -0.166667])
    """
    framed, g, _ = pull_inputs(x, cotangent, axis, 1.0)
    return unrows(_Sorted(framed, regularization, epsilon, descending).rank_pullback(g), framed, out)


def soft_sort(x, *, regularization="l2", epsilon=1.0, axis=-1, descending=False, out=None):
    """Return smooth sorted values along axis; for "l2" their sum is that of x.

    Parameters
    ----------
    x, regularization, axis, out
        As in `soft_rank`.
    epsilon : float, array_like or "auto", default=1.0
        Strength >= 0, per unit of x; 0 gives the sorted values, inf the mean.
    descending : bool, default=False
        Whether the largest comes first.

    Returns
    -------
    ndarray
        In the shape of x, in order.

    Raises
    ------
    InvalidInputError
        If the regularization is unknown, epsilon negative or nan, or x infinite.

    References
    ----------
    arXiv:2002.08871

    Examples
    --------
    >>> from kexuestat.smooth import soft_sort
    >>> soft_sort([2.9, 0.1, 1.2], epsilon=0.1)
    array([0.1, 1.2, 2.9])
    """
    framed = frame(x, axis)
    return unrows(_Sorted(framed, regularization, epsilon, descending).sort(), framed, out)


def soft_sort_vjp(x, cotangent, *, regularization="l2", epsilon=1.0, axis=-1, descending=False, out=None):
    """Return the pullback of g = cotangent through `soft_sort`: for "l2" the block means of g, put back in place.

    Examples
    --------
    >>> from kexuestat.smooth import soft_sort_vjp
    >>> soft_sort_vjp([2.9, 0.1, 1.2], [1.0, 0.0, 0.0], epsilon=0.1)
    array([0., 1., 0.])
    """
    framed, g, _ = pull_inputs(x, cotangent, axis, 1.0)
    return unrows(_Sorted(framed, regularization, epsilon, descending).sort_pullback(g), framed, out)


class _Sorted:
    """Rows in falling order, with what is needed to project and to pull back."""

    def __init__(self, framed, regularization, epsilon, descending):
        self.kl = check_option(regularization, "regularization", _REGULARIZATIONS) == "kl"
        data = rows(framed)
        self.poisoned = np.isnan(data).any(axis=1)
        if self.poisoned.any():
            data = np.where(self.poisoned[:, None], 0.0, data)
        if np.isinf(data).any():
            raise InvalidInputError(f"x must be finite to be ranked, got {first_bad('x', data, np.isinf(data))}.")
        self.sign = -1.0 if descending else 1.0
        data = self.sign * data
        self.order, self.values = _falling(data)
        self.eps = self._strengths(epsilon, framed)

    def _strengths(self, epsilon, framed):
        if isinstance(epsilon, str):
            check_option(epsilon, "epsilon", ("auto",))
            gaps = self.values[:, :-1] - self.values[:, 1:]
            least = np.where(gaps > 0, gaps, np.inf).min(axis=1, initial=np.inf)
            return np.where(np.isfinite(least), least, 1.0)
        value = check_scale(epsilon, "epsilon")
        return np.full(len(self.values), value) if isinstance(value, float) else per_row(value, framed, "epsilon")

    def _ladder(self):
        return np.arange(self.values.shape[1], 0, -1, dtype=np.float64)

    def _project(self, a, b):
        a, b = np.array(a, order="C"), np.array(b, order="C")  # copies: broadcast views are read-only
        projected, start = np.empty(a.shape), np.empty(a.shape, dtype=np.int64)
        run = pool_rows if a.size < PARALLEL_SIZE else pool_rows_parallel
        run(a, b, self.eps, self.kl, projected, start)
        return projected, start

    def _ranked(self):
        ladder = self._ladder()
        exp_wanted = self.kl & (self.eps > 0)
        wide = np.broadcast_to(np.log(ladder) if self.kl else ladder, self.values.shape)
        ranked, start = self._project(self.values, wide)
        if self.kl:
            ranked = np.where(exp_wanted[:, None], np.exp(ranked), self._hard(start))
        return ranked, start

    def _hard(self, start):
        ladder = np.array(np.broadcast_to(self._ladder(), start.shape), order="C")
        return self._means(ladder, np.ones(start.shape), start)

    def _means(self, g, weights, start):
        means = np.empty(g.shape)
        block_means_rows(np.ascontiguousarray(g), weights, start, means)
        return means

    def _back(self, values):
        """Return values, given in falling order, in the order of the input."""
        result = np.empty(values.shape)
        np.put_along_axis(result, self.order, values, axis=1)
        return self._poison(result)

    def _poison(self, result):
        if self.poisoned.any():
            result[self.poisoned] = np.nan
        return result

    def rank(self):
        return self._back(self._ranked()[0])

    def sort(self):
        ladder = np.broadcast_to(self._ladder(), self.values.shape)
        falling = self._project(ladder, self.values)[0]
        return self._poison(self.sign * falling[:, ::-1])

    def rank_pullback(self, g):
        ranked, start = self._ranked()
        g = np.take_along_axis(g, self.order, axis=1)
        weights = ranked if self.kl else np.ones(g.shape)
        pulled = g - self._means(g, weights, start)
        strength = self.eps[:, None]
        pulled = self.sign * (pulled * weights) / np.where(strength > 0, strength, 1.0)
        return self._back(np.where(strength > 0, pulled, 0.0))

    def sort_pullback(self, g):
        ladder = np.broadcast_to(self._ladder(), self.values.shape)
        _, start = self._project(ladder, self.values)
        ones = np.ones(g.shape)
        means = self._means(g[:, ::-1], ones, start)
        if self.kl:
            lead = np.take_along_axis(self.values, start, axis=1)
            weights = np.exp(self.values - lead)
            means = np.where(self.eps[:, None] > 0, means * weights / self._means(weights, ones, start), means)
        return self._back(means)


def _falling(data):
    """Return the order in which rows fall, and the rows in that order."""
    if data.shape[1] >= _LONG:
        order, values = np.empty(data.shape, dtype=np.int64), np.empty(data.shape)
        falling_rows(data, order, values)
        return order, values
    # the quick sort of numpy: ties need no stable order, since they share a block
    order = np.argsort(-data, axis=1)
    return order, np.take_along_axis(data, order, axis=1)


def soft_quantile(x, q, *, epsilon=1.0, axis=-1, keepdims=False, out=None):
    """Return a smooth quantile along axis: `soft_sort` ("l2"), linearly interpolated at q (n - 1).

    Parameters
    ----------
    x : array_like
        Finite numbers.
    q : float
        Level in [0, 1].
    epsilon : float, array_like or "auto", default=1.0
        Strength of the soft sort; 0 gives numpy's quantile.
    axis : int, tuple of int or None, default=-1
        What to reduce.
    keepdims : bool, default=False
        Whether reduced axes stay, with length 1.
    out : ndarray, default=None
        Where to write the result.

    Returns
    -------
    float or ndarray
        Between the smallest and the largest entry.

    Raises
    ------
    InvalidInputError
        If q is outside [0, 1], epsilon negative or nan, x infinite or the axis empty.

    See Also
    --------
    numpy.quantile : The hard function.

    Examples
    --------
    >>> from kexuestat.smooth import soft_quantile
    >>> soft_quantile([2.9, 0.1, 1.2], 0.5, epsilon=0.1)
    1.2
    """
    value, _, framed = _quantile(x, q, epsilon, axis)
    return reduced(value, framed, keepdims, out)


def _quantile(x, q, epsilon, axis):
    q = check_real(q, "q", 0.0, 1.0)
    framed = frame(x, axis)
    n = framed.data.shape[1]
    check_not_empty(n, "x")
    weights = np.zeros(n)
    place = q * (n - 1)
    low = min(int(place), max(n - 2, 0))
    weights[low] = 1.0 - (place - low)
    if n > 1:
        weights[low + 1] = place - low
    ordered = _Sorted(framed, "l2", epsilon, False)
    g = np.tile(weights, (len(ordered.values), 1))
    return ordered.sort() @ weights, ordered.sort_pullback(g), framed


def soft_quantile_grad(x, q, *, epsilon=1.0, axis=-1, keepdims=False, out=None):
    """Return the gradient of `soft_quantile`, in the shape of x; sums to 1.

    Examples
    --------
    >>> from kexuestat.smooth import soft_quantile_grad
    >>> soft_quantile_grad([2.9, 0.1, 1.2], 0.5, epsilon=0.1)
    array([0., 0., 1.])
    """
    _, grad, framed = _quantile(x, q, epsilon, axis)
    return unrows(grad, framed, out)


@fused(soft_quantile)
def _soft_quantile_both(x, q, *, epsilon=1.0, axis=-1, keepdims=False):
    value, grad, framed = _quantile(x, q, epsilon, axis)
    return reduced(value, framed, keepdims), unrows(grad, framed)
