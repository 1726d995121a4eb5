"""The result of a transport problem: who sends how much to whom, what it costs, and the proof that it is optimal."""

from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True, eq=False)
class TransportPlan:
    """Plan, cost and certificate of a transport problem, as returned by `emd`, `partial_emd` and `sinkhorn`.

    Attributes
    ----------
    plan : ndarray (n, m), float64, or csr_array where a sparse one was asked for
        Mass that goes from i to j; for an exact plan at most n + m - 1 entries are positive (a vertex).
    cost : float
        Sum of ``plan * cost``; scales with the mass.
    potential_a, potential_b : ndarray (n,), (m,), float64
        Dual solution: ``potential_a[i] + potential_b[j] <= cost[i, j]``, with equality where the plan is positive.
    gap : float
        Cost minus the value of the dual solution, 0 up to rounding for an optimal plan.
    marginal_error : float
        Largest absolute deviation of the plan's sums from the given weights.
    mass : float
        Total of the plan.
    n_iter : int
        Pivots of the exact solver, sweeps of the entropic one.
    converged : bool
        False if the limit of iterations was reached; the plan is feasible then, but not proved optimal.
    """

    plan: np.ndarray = field(repr=False)
    cost: float
    potential_a: np.ndarray = field(repr=False)
    potential_b: np.ndarray = field(repr=False)
    gap: float
    marginal_error: float
    mass: float
    n_iter: int
    converged: bool

    @property
    def mean_cost(self):
        """Cost per unit of mass moved."""
        return self.cost / self.mass
