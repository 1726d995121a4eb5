"""Entropic optimal transport (Sinkhorn) in the log domain: smooth plans, not a faster way to the exact value."""

import warnings

import numpy as np

from kexuestat._kernels.entropic import scaling
from kexuestat.transport.exact import Moves, certified, check_reachable
from kexuestat.validation.options import check_integer, check_real
from kexuestat.validation.transport import check_balanced_problem


def sinkhorn(a, b, cost, *, reg, tol=1e-9, max_iter=1000):
    """Return the plan that minimises ``sum plan * cost + reg * sum plan * (log plan - 1)``.

    Smooth in its arguments, hence of use for gradients and as a peer. On a CPU, at the sizes of texts, it is slower
    than the exact solver and off by 1 to 5 % at reg 0.05 of the cost's scale: use `emd` for distances.

    Parameters
    ----------
    a, b, cost
        As for `emd`.
    reg : float
        Strength of the entropy, > 0, in units of cost.
    tol : float, default 1e-9
        Largest sum of deviations of the row sums, relative to the total mass.
    max_iter : int, default 1000
        Largest number of sweeps.

    Returns
    -------
    TransportPlan
        ``cost`` is the linear part; ``gap`` is its distance from a feasible dual value, an upper bound of
        ``cost - emd cost``; potentials are made feasible for the unregularised dual.

    Warns
    -----
    ConvergenceWarning
        max_iter was reached.

    References
    ----------
    Cuturi 2013, arXiv:1306.0895.

    Examples
    --------
    >>> from kexuestat.transport import sinkhorn
    >>> sinkhorn([0.5, 0.5], [0.25, 0.75], [[0.0, 1.0], [2.0, 0.0]], reg=0.1).plan.round(3)
    array([[0.25, 0.25],
           [0.  , 0.5 ]])
    """
    reg = check_real(reg, "reg", 0, open_low=True, high=np.inf, open_high=True)
    tol = check_real(tol, "tol", 0)
    max_iter = check_integer(max_iter, "max_iter", 1)
    a, b, cost = check_balanced_problem(a, b, cost, False)
    check_reachable(a, b, cost)
    rows, columns = a > 0, b > 0
    part = np.ascontiguousarray(cost[np.ix_(rows, columns)])
    f, h = np.zeros(len(part)), np.zeros(part.shape[1])
    n_iter, error = scaling(
        part,
        np.ascontiguousarray(part.T),
        np.log(a[rows] / a.sum()),
        np.log(b[columns] / b.sum()),
        reg,
        tol,
        max_iter,
        f,
        h,
    )
    plan = np.zeros(cost.shape)
    plan[np.ix_(rows, columns)] = np.exp((f[:, None] + h - part) / reg) * a.sum()
    used = np.nonzero(plan)
    full_f, full_h = np.full(len(a), np.nan), np.full(len(b), np.nan)
    full_f[rows], full_h[columns] = f, h
    result = certified(a, b * (a.sum() / b.sum()), cost, Moves(*used, plan[used]), full_f, full_h, n_iter, error <= tol)
    if not result.converged:
        _warn(n_iter, error, tol)
    return result


def _warn(n_iter, error, tol):
    from sklearn.exceptions import ConvergenceWarning

    warnings.warn(
        f"sinkhorn stopped after {n_iter} sweeps with marginal error {error:.3g} > tol = {tol:.3g}; "
        "pass a larger max_iter or reg.",
        ConvergenceWarning,
        stacklevel=3,
    )
