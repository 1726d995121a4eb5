"""Transport of a part of the mass (Rubner), and EMD-hat (Pele and Werman) for unequal totals.

A dummy row of weight sum b - mass and a dummy column of weight sum a - mass take what stays, at cost 0; the arc between
the two is forbidden, so that exactly ``mass`` is moved.
"""

from dataclasses import replace

import numpy as np

from kexuestat.exceptions import InvalidInputError
from kexuestat.transport.exact import default_limit, simplex_basis, solved
from kexuestat.validation.options import check_boolean, check_real
from kexuestat.validation.transport import check_mass, check_problem


def partial_emd(a, b, cost, *, mass=None, sparse=False):
    """Return the cheapest plan that moves the given mass, with row sums at most a and column sums at most b.

    Parameters
    ----------
    a, b : array-like (n,), (m,), or None
        Non-negative weights; totals may differ. None is uniform with total 1.
    cost : array-like (n, m)
        Real costs; inf forbids an entry.
    mass : float, optional
        In (0, min(sum a, sum b)], the default.
    sparse : bool, default False
        Return the plan as ``scipy.sparse.csr_array``.

    Returns
    -------
    TransportPlan
        Potentials are those of the reduced problem without its dummies; ``mean_cost`` is Rubner's EMD.

    Raises
    ------
    InvalidInputError
        As for `emd`, and for a mass out of range.

    References
    ----------
    Rubner, Tomasi, Guibas 2000, doi:10.1023/A:1026543900054.

    Examples
    --------
    >>> from kexuestat.transport import partial_emd
    >>> partial_emd([2.0], [1.0, 3.0], [[5.0, 1.0]]).plan
    array([[0., 2.]])
    """
    sparse = check_boolean(sparse, "sparse")
    a, b, cost = check_problem(a, b, cost)
    mass = check_mass(mass, min(a.sum(), b.sum()))
    more_a, more_b = max(b.sum() - mass, 0.0), max(a.sum() - mass, 0.0)
    n, m = cost.shape
    padded = np.zeros((n + 1, m + 1))
    padded[:n, :m], padded[n, m] = cost, np.inf
    sides = np.append(a, more_a), np.append(b, more_b)
    result = solved(*sides, padded, simplex_basis, default_limit(padded), sparse)
    plan = result.plan[:n, :m]
    plan = plan if sparse else np.ascontiguousarray(plan)
    return replace(
        result,
        plan=plan,
        mass=float(plan.sum()),
        potential_a=result.potential_a[:n],
        potential_b=result.potential_b[:m],
    )


def emd_hat(a, b, cost, *, penalty=None):
    """Return the partial optimum of mass min(sum a, sum b) plus ``penalty * |sum a - sum b|`` (float).

    A metric for a metric cost if the penalty is at least half the largest cost.

    Parameters
    ----------
    a, b, cost
        As for `partial_emd`.
    penalty : float, optional
        Cost of a unit of mass without partner, >= 0; default the largest cost.

    References
    ----------
    Pele and Werman, A Linear Time Histogram Metric for Improved SIFT Matching, ECCV 2008.

    Examples
    --------
    >>> from kexuestat.transport import emd_hat
    >>> emd_hat([0, 1], [5, 3], [[0.0, 0.5], [0.5, 0.0]])
    3.5
    """
    a, b, cost = check_problem(a, b, cost)
    penalty = cost.max() if penalty is None else check_real(penalty, "penalty", 0)
    difference = abs(a.sum() - b.sum())
    if not np.isfinite(penalty) and difference > 0:
        raise InvalidInputError("penalty must be given and finite where cost has infinite entries and totals differ.")
    return float(partial_emd(a, b, cost).cost + (penalty * difference if difference > 0 else 0.0))
