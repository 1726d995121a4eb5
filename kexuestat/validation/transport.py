"""Checks of transport input: weights, costs, ragged documents, pairs; every complaint of kexuestat.transport."""

import numbers

import numpy as np

from kexuestat._kernels.transport import surely_finite
from kexuestat.exceptions import InvalidInputError
from kexuestat.validation.arrays import check_finite, check_length, check_non_negative, check_real_array, first_bad

EQUAL_TOTALS = 1e-8  # relative difference of totals that counts as rounding
EQUAL_TOTALS_FLOAT32 = 1e-5
_MEMORY = 512 * 2**20  # bytes of a cost table


def writable_array(values, name, ndim):
    """Return values as a float64 C array that compiled code takes without a further specialisation."""
    if type(values) is np.ndarray and values.dtype == np.float64 and values.ndim == ndim:
        flags = values.flags
        if flags.c_contiguous and flags.writeable and flags.aligned:
            return values
    array = check_real_array(values, name, ndim=ndim)
    return array if array.flags.writeable and type(array) is np.ndarray else np.array(array)


def is_single(*arrays):
    """Return whether any of the given arrays holds floats of less than double precision."""
    return any(getattr(a, "dtype", None) in (np.float32, np.float16) for a in arrays)


def check_weights(weights, name, length, points=None):
    """Return non-negative finite weights (float64) with a positive sum; None or empty is uniform 1 / length.

    points is the name of the array whose length they must have; None: the caller compares.
    """
    if weights is None or (np.ndim(weights) == 1 and len(weights) == 0):
        return np.full(length, 1.0 / length)
    weights = writable_array(weights, name, 1)
    check_non_negative(check_finite(weights, name), name)
    if not weights.sum() > 0:
        raise InvalidInputError(f"{name} must have a positive sum, got {weights.sum()}.")
    if not np.isfinite(weights.sum()):
        raise InvalidInputError(f"{name} must have a finite sum; divide it by its largest entry.")
    if points is not None:
        check_length(weights, name, length, f"entry of {points}")
    return weights


def check_points(points, name):
    """Return finite points (n,) on the line, at least one."""
    points = writable_array(points, name, 1)
    if len(points) == 0:
        raise InvalidInputError(f"{name} must not be empty.")
    return check_finite(points, name)


def check_cost(cost, name="cost"):
    """Return the cost as a float64 C array (n, m) without nan or -inf; +inf forbids an entry."""
    cost = writable_array(cost, name, 2)
    if cost.shape[0] == 0 or cost.shape[1] == 0:
        raise InvalidInputError(f"{name} must not be empty, got shape {cost.shape}.")
    if surely_finite(cost):
        return cost
    if np.isnan(cost).any():
        raise InvalidInputError(f"{name} must not contain nan, got {first_bad(name, cost, np.isnan(cost))}.")
    if (cost == -np.inf).any():
        raise InvalidInputError(f"{name} must be greater than -inf, got {first_bad(name, cost, cost == -np.inf)}.")
    return cost


def check_shapes(a, b, cost):
    """Raise if the cost has not the shape (len(a), len(b))."""
    wanted = (len(a), len(b))
    if cost.shape != wanted:
        remedy = "; pass cost.T" if cost.shape[::-1] == wanted else ""
        raise InvalidInputError(f"cost must have shape (len(a), len(b)) = {wanted}, got {cost.shape}{remedy}.")


def check_problem(a, b, cost):
    """Return a, b, cost of a transport problem whose totals may differ."""
    cost = check_cost(cost)
    a, b = check_weights(a, "a", cost.shape[0]), check_weights(b, "b", cost.shape[1])
    check_shapes(a, b, cost)
    return a, b, cost


def check_balanced_problem(a, b, cost, normalize):
    """Return a, b, cost with equal totals; b is scaled to the total of a where they differ by rounding."""
    tolerance = EQUAL_TOTALS_FLOAT32 if is_single(a, b) else EQUAL_TOTALS
    a, b, cost = check_problem(a, b, cost)
    if normalize:
        return a / a.sum(), b / b.sum(), cost
    if abs(a.sum() - b.sum()) > tolerance * max(a.sum(), b.sum()):
        raise InvalidInputError(
            f"a and b must have equal sums, got {a.sum()} and {b.sum()}; "
            "pass normalize=True, or use partial_emd or emd_hat."
        )
    return a, b, cost


def forbidden_everywhere(share):
    """Return the error of a problem whose infinite costs cannot be avoided by the given share of the mass."""
    return InvalidInputError(f"cost forbids every plan: at least {share:.6g} of the mass must use an infinite entry.")


def check_vectors(X, name, like=None):
    """Return finite float64 vectors (n, d), n and d at least 1, as wide as like."""
    X = writable_array(X, name, 2)
    if X.shape[0] == 0 or X.shape[1] == 0:
        raise InvalidInputError(f"{name} must not be empty, got shape {X.shape}.")
    if like is not None and X.shape[1] != like.shape[1]:
        raise InvalidInputError(
            f"X and {name} must have vectors of the same width, got shapes {like.shape} and {X.shape}."
        )
    return check_finite(X, name)


def check_axes(axes, width):
    """Return orthonormal rows (k, width) as float64."""
    axes = check_vectors(axes, "axes")
    if axes.shape[1] != width:
        raise InvalidInputError(f"axes must be as wide as X ({width}), got {axes.shape[1]}.")
    error = np.abs(axes @ axes.T - np.eye(len(axes))).max()
    if error > 1e-10:
        raise InvalidInputError(
            f"axes must have orthonormal rows, got products off by {error:.3g}; pass np.linalg.qr(axes.T)[0].T."
        )
    return axes


def check_directions(X, name):
    """Return the largest absolute entry (n,) of every row; raise where it is 0: a zero vector has no direction."""
    largest = np.abs(X).max(axis=1)
    if not largest.all():
        place = int(np.argmin(largest != 0))
        raise InvalidInputError(
            f"{name} must have no zero vector for this metric, got {name}[{place}] = 0; leave it out."
        )
    return largest


def check_documents(documents, name, n_tokens=None):
    """Return (indptr, tokens, weights) of ragged documents: sorted unique tokens, non-negative finite weights.

    Parameters
    ----------
    documents : sequence of three array-likes
        indptr (n_documents + 1,), tokens (n,), weights (n,).
    n_tokens : int, optional
        Number of tokens that exist.
    """
    try:
        indptr, tokens, weights = documents
    except (TypeError, ValueError):
        raise InvalidInputError(f"{name} must be three arrays (indptr, tokens, weights), got {documents!r}.") from None
    tokens = _integers(tokens, f"{name} tokens")
    indptr = _check_indptr(_integers(indptr, f"{name} indptr"), f"{name} indptr", len(tokens))
    weights = writable_array(weights, f"{name} weights", 1)
    if len(weights) != len(tokens):
        raise InvalidInputError(f"{name} weights must have one entry per token ({len(tokens)}), got {len(weights)}.")
    check_non_negative(check_finite(weights, f"{name} weights"), f"{name} weights")
    _check_tokens(tokens, indptr, f"{name} tokens", n_tokens)
    return indptr, tokens, weights


def _integers(values, name):
    array = np.asarray(values)
    if array.size == 0:
        array = array.astype(np.int64)
    if array.dtype.kind not in "iu" or array.ndim != 1:
        raise InvalidInputError(f"{name} must be 1-D integers, got shape {array.shape} of dtype {array.dtype}.")
    array = np.ascontiguousarray(array, dtype=np.int64)
    return array if array.flags.writeable else array.copy()


def _check_indptr(indptr, name, n):
    if len(indptr) == 0 or indptr[0] != 0:
        raise InvalidInputError(f"{name} must begin with 0, got {indptr[:1].tolist()}.")
    falling = np.diff(indptr) < 0
    if falling.any():
        d = int(np.argmax(falling))
        raise InvalidInputError(f"{name} must not fall, got {name}[{d + 1}] = {indptr[d + 1]} after {indptr[d]}.")
    if indptr[-1] != n:
        raise InvalidInputError(f"{name} must end with the number of tokens ({n}), got {indptr[-1]}.")
    return indptr


def _check_tokens(tokens, indptr, name, n_tokens):
    bad = tokens < 0 if n_tokens is None else (tokens < 0) | (tokens >= n_tokens)
    if bad.any():
        below = "" if n_tokens is None else f" and below {n_tokens}"
        raise InvalidInputError(f"{name} must be non-negative{below}, got {first_bad(name, tokens, bad)}.")
    if len(tokens) < 2:
        return
    inside = np.ones(len(tokens) - 1, dtype=bool)
    starts = indptr[1:-1]
    inside[starts[(starts > 0) & (starts < len(tokens))] - 1] = False
    bad = inside & (np.diff(tokens) <= 0)
    if bad.any():
        e = int(np.argmax(bad))
        d = int(np.searchsorted(indptr, e, side="right")) - 1
        raise InvalidInputError(
            f"{name} must be sorted and unique within a document, "
            f"got {tokens[e + 1]} after {tokens[e]} in document {d}."
        )


def check_pairs(pairs, n_left, n_right):
    """Return pairs as an int64 array (n_pairs, 2) of document numbers."""
    array = np.asarray(pairs)
    if array.size == 0:
        array = np.empty((0, 2), np.int64)
    if array.ndim != 2 or array.shape[1] != 2 or array.dtype.kind not in "iu":
        raise InvalidInputError(
            f"pairs must be integers of shape (n_pairs, 2), got shape {array.shape} of dtype {array.dtype}."
        )
    array = np.array(array, dtype=np.int64, order="C")
    for side, size, column in (("left", n_left, 0), ("right", n_right, 1)):
        bad = (array[:, column] < 0) | (array[:, column] >= size)
        if bad.any():
            k = int(np.argmax(bad))
            raise InvalidInputError(f"pairs[{k}] = ({array[k, 0]}, {array[k, 1]}) but {side} has {size} documents.")
    return array


def check_cancel(cancel, metric, true_metrics, from_vectors):
    """Return whether common words are cancelled: "auto" only where vectors give a metric cost."""
    if cancel is False or (cancel == "auto" and not from_vectors):
        return False
    if cancel == "auto":
        return metric in true_metrics
    if cancel is not True:
        raise InvalidInputError(f'cancel must be "auto", True or False, got {cancel!r}.')
    if from_vectors and metric not in true_metrics:
        raise InvalidInputError(
            f'cancel=True needs a metric cost; metric="{metric}" breaks the triangle inequality '
            "and would give wrong distances."
        )
    return True


def check_memory(max_memory):
    """Return the bytes allowed for cost tables: 512 MB for None, else a positive number."""
    if max_memory is None:
        return _MEMORY
    from kexuestat.validation.options import check_real

    return check_real(max_memory, "max_memory", 0, open_low=True)


def check_non_negative_cost(cost):
    """Return the cost if no entry is negative."""
    return check_non_negative(cost, "cost")


def check_vector_weights(weights, name, X, points):
    """Return weights (n,) of the rows of X."""
    return check_weights(weights, name, len(X), points=points)


def check_mass(mass, most):
    """Return mass in (0, most]; most for None."""
    if mass is None:
        return most
    if isinstance(mass, bool) or not isinstance(mass, numbers.Real) or not 0 < mass <= most:
        raise InvalidInputError(f"mass must be in (0, min(sum a, sum b)] = (0, {most:.6g}], got {mass}.")
    return float(mass)
