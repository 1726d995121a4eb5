"""Statistics given as functions: plain Python, batched (``axis``), weighted (``weights``), compiled by numba."""

import inspect

import numpy as np

from kexuestat._kernels import callbacks
from kexuestat.estimation.evaluators import PURPOSE
from kexuestat.exceptions import InvalidInputError


def parameters_of(function):
    try:
        return inspect.signature(getattr(function, "py_func", function)).parameters
    except (TypeError, ValueError):
        return {}


def is_compiled(function):
    """Return whether function is a numba dispatcher."""
    return hasattr(function, "py_func") and hasattr(function, "targetoptions")


class CallableEvaluator:
    """A user's function of x (n,) or (n, p), and of y if pairs are given.

    A replicate on which the function raises becomes nan; ``first_failure`` keeps the first complaint.
    """

    def __init__(self, function, x, y=None, studentised=False):
        parameters = parameters_of(function)
        self.function, self.x, self.y, self.n = function, x, y, len(x)
        self.studentised = studentised
        self.batched, self.weighted = "axis" in parameters, "weights" in parameters
        self.first_failure = None
        value = np.asarray(self._unpacked(self._call(x, y)), dtype=np.float64)
        self.shape = value.shape[1:]
        self._estimate = value.reshape(-1)
        self.components = len(self._estimate) // (2 if studentised else 1)
        self.compiled = is_compiled(function) and y is None and not studentised and self.shape == ()

    def _call(self, x, y, **options):
        """Return function(x[, y]) of one sample; one that takes axis gets the sampling axis last."""
        if self.batched:
            x, options = np.moveaxis(x, 0, -1), {"axis": -1, **options}
        return self.function(x, **options) if y is None else self.function(x, y, **options)

    def _unpacked(self, result):
        """Return the result with a leading axis: (value,), or (value, standard error) if studentised."""
        if not self.studentised:
            return [result]
        if not (isinstance(result, tuple) and len(result) == 2):
            raise InvalidInputError(
                "interval 't' needs a statistic that returns (value, standard error), got"
                f" {type(result).__name__}; choose another interval or return both."
            )
        return list(result)

    def estimate(self):
        return self._estimate

    def fused(self, seed, first, count, n_draws):
        out = np.empty(count)
        callbacks.resampled_callback(self.function, self.x, n_draws, seed, PURPOSE, first, out)
        return out[:, None]

    def on_rows(self, rows):
        if self.compiled:
            out = np.empty(len(rows))
            callbacks.callback_on_rows(self.function, self.x, rows, out)
            return out[:, None]
        y = None if self.y is None else self.y[rows]
        return self.on_samples(self.x[rows], y)

    def on_samples(self, x, y=None):
        """Return the statistic of each sample x[b] (and y[b])."""
        with np.errstate(all="ignore"):
            if self.batched and not self.studentised:
                result = self._on_batch(x, y)
                if result is not None:
                    return result
            return np.stack([self._guarded(x[b], None if y is None else y[b]) for b in range(len(x))])

    def _on_batch(self, x, y):
        """Return the batch result (n, components), or None if the function cannot take this batch."""
        arguments = (np.moveaxis(x, 1, -1),) if y is None else (np.moveaxis(x, 1, -1), np.moveaxis(y, 1, -1))
        try:
            result = self.function(*arguments, axis=-1)
        except Exception:
            return None
        result = np.asarray(result, dtype=np.float64)
        return result.reshape(len(x), -1) if result.shape == (len(x), *self.shape) else None

    def _guarded(self, x, y, **options):
        try:
            value = np.asarray(self._unpacked(self._call(x, y, **options)), dtype=np.float64)
        except InvalidInputError:
            raise
        except Exception as error:
            self.first_failure = self.first_failure or f"{type(error).__name__}: {error}"
            return np.full(len(self._estimate), np.nan)
        if value.shape[1:] != self.shape:
            raise InvalidInputError(
                f"statistic must return the same shape for every resample; it gave {self.shape} for the data"
                f" and {value.shape[1:]} for a resample."
            )
        return value.reshape(-1)

    def on_weights(self, weights):
        if not self.weighted:
            raise InvalidInputError("statistic must take an argument 'weights' for weighted resampling.")
        with np.errstate(all="ignore"):
            return np.stack([self._guarded(self.x, self.y, weights=row) for row in weights])

    def leave_one_out(self, places=None):
        """Return the statistic without row i for each i of places (all rows if None)."""
        places = np.arange(self.n) if places is None else places
        if self.compiled:
            out = np.empty(len(places))
            callbacks.left_out_callback(self.function, self.x, places, out)
            return out[:, None]
        keep = np.ones(self.n, dtype=bool)
        result = []
        with np.errstate(all="ignore"):
            for i in places:
                keep[i] = False
                result.append(self._guarded(self.x[keep], None if self.y is None else self.y[keep]))
                keep[i] = True
        return np.stack(result)
