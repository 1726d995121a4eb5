"""Values with their gradients: which function of the package has a fused pass, and the call that uses it."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from kexuestat.validation.options import check_option

_FUSED: dict[str, Callable] = {}
_MODULES = (
    "log_sums",
    "extrema",
    "steps",
    "pieces",
    "floor",
    "pairs",
    "gated",
    "topk",
    "sorting",
    "losses",
    "margins",
    "penalties",
    "scores",
    "proximal",
    "perturbation",
)


class ValueAndGrad(NamedTuple):
    """A value and its gradient."""

    value: float | np.ndarray
    grad: float | np.ndarray


def fused(function):
    """Register the decorated function as the fused pass of function."""

    def register(both):
        _FUSED[function.__name__] = both
        return both

    return register


def value_and_grad(f, x, *args, **kwargs):
    """Return the value of f at x and its gradient from one pass.

    Parameters
    ----------
    f : callable or str
        A function of kexuestat.smooth that has a twin ``f_grad``, or its name.
    x : array_like
        Where; further arguments are those of f.

    Returns
    -------
    ValueAndGrad
        The named tuple (value, grad); grad has the shape of x (of a pair of arrays for functions of two).

    Raises
    ------
    InvalidInputError
        If f has no fused pass: the message lists the functions that have.

    Examples
    --------
    >>> from kexuestat.smooth import smooth_max, value_and_grad
    >>> value, grad = value_and_grad(smooth_max, [3.0, 8.0])
    >>> round(value, 6), grad.round(6)
    (8.006715, array([0.006693, 0.993307]))
    """
    return ValueAndGrad(*_find(f)(x, *args, **kwargs))


def _find(f):
    name = f if isinstance(f, str) else getattr(f, "__name__", repr(f))
    if name not in _FUSED:
        _load_all()
    return _FUSED[check_option(name, "f", sorted(_FUSED))]


def _load_all():
    from importlib import import_module

    for module in _MODULES:
        import_module(f"kexuestat.smooth.{module}")
