"""The jackknife: leave out rows or groups, and read off bias, variance and influence.

θ̂ = estimate_, θ_(i) = replicates_, θ̄_(.) = their mean (Quenouille 1956, doi:10.1093/biomet/43.3-4.353). Groups of
unequal size h_j = n/n_j use the weighted form (Busing, Meijer, van der Leeden 1999, doi:10.1023/A:1008800423698).
"""

from dataclasses import dataclass

import numpy as np
from sklearn.base import BaseEstimator

from kexuestat.estimation import jackknife_fit


class Jackknife(BaseEstimator):
    """Jackknife of a statistic: bias, variance, influence of every observation.

    Parameters
    ----------
    statistic : str or callable
        A name or a function of the sample, see ``Bootstrap``.
    kind : {"delete-1", "delete-d", "grouped", "infinitesimal"}
        What is left out: single rows, subsets of d rows, whole groups, or an infinitesimal weight (the statistic
        must take ``weights``).
    d : int, optional
        Size of the subsets of "delete-d".
    groups : array_like of shape (n,), optional
        Labels for "grouped".
    subset : int, optional
        Number of random deletions evaluated in place of all; "delete-d" takes 1000 where all would be over 1e5.
    nan_policy : {"raise", "omit"}
        What nan does; "omit" drops the row.
    random_state : None, int, Generator or RandomState
        Seed of the random deletions.
    n_jobs : int, optional
        joblib's convention.

    Attributes
    ----------
    estimate_ : float or ndarray
        θ̂, of the statistic's shape.
    replicates_ : ndarray of float64, shape (..., n_deletions)
        Values with something left out, deletions last.
    bias_ : float or ndarray
        (n-1)(θ̄_(.) - θ̂), or its form for the kind; nan for "infinitesimal".
    corrected_ : float or ndarray
        θ̂ - bias.
    variance_, std_error_ : float or ndarray
        (n-1)/n Σ (θ_(i) - θ̄_(.))², or its form for the kind, and its root.
    pseudo_values_ : ndarray of float64, shape (..., n_deletions)
        n θ̂ - (n-1) θ_(i); their mean is the corrected estimate.
    influence_ : ndarray of float64, shape (..., n_deletions)
        (n-1)(θ̄_(.) - θ_(i)); sums to 0.
    acceleration_ : float or ndarray
        Σ d³ / (6 (Σ d²)^(3/2)), d = θ̄_(.) - θ_(i).
    std_error_mcse_ : float or ndarray
        Standard error of std_error_ that comes from evaluating a random subset of the deletions; 0 for all.
    n_features_in_ : int
        Columns of X.
    feature_names_in_ : ndarray of str
        Their names, if X has names.
    seed_ : int
        The seed used.

    Examples
    --------
    >>> from kexuestat.estimation import Jackknife
    >>> round(Jackknife("var0").fit([1.0, 2.0, 4.0, 7.0]).corrected_, 9)
    7.0
    """

    def __init__(
        self,
        statistic="mean",
        *,
        kind="delete-1",
        d=None,
        groups=None,
        subset=None,
        nan_policy="raise",
        random_state=None,
        n_jobs=None,
    ):
        self.statistic = statistic
        self.kind = kind
        self.d = d
        self.groups = groups
        self.subset = subset
        self.nan_policy = nan_policy
        self.random_state = random_state
        self.n_jobs = n_jobs

    def fit(self, X, y=None):
        """Return self, fitted to the observations X (n,) or (n, p), and y (n,) for pairs."""
        jackknife_fit.fit(self, X, y)
        return self


@dataclass(frozen=True)
class JackknifeResult:
    """What ``jackknife_estimate`` returns: the fitted attributes of ``Jackknife`` without their underscore.

    Attributes
    ----------
    estimate, bias, corrected, variance, std_error, acceleration, std_error_mcse : float or ndarray
    replicates, pseudo_values, influence : ndarray of float64, shape (..., n_deletions)
    seed : int
    """

    estimate: object
    replicates: np.ndarray
    bias: object
    corrected: object
    variance: object
    std_error: object
    pseudo_values: np.ndarray
    influence: np.ndarray
    acceleration: object
    std_error_mcse: object
    seed: int


def jackknife_estimate(x, statistic="mean", *, y=None, **parameters):
    """Return the jackknife of a statistic; the function behind ``Jackknife``.

    Parameters
    ----------
    x : array_like of shape (n,) or (n, p)
        Rows are observations.
    statistic : str or callable
        See ``Jackknife``.
    y : array_like of shape (n,), optional
        Second member of pairs.
    **parameters
        The other parameters of ``Jackknife``.

    Returns
    -------
    JackknifeResult

    Raises
    ------
    InvalidInputError
        If an argument breaks its rule; the message names it.

    Examples
    --------
    >>> from kexuestat.estimation import jackknife_estimate
    >>> round(jackknife_estimate([1.0, 2.0, 4.0, 7.0]).std_error, 6)
    1.322876
    """
    fitted = Jackknife(statistic, **parameters).fit(x, y)
    return JackknifeResult(**{name: getattr(fitted, f"{name}_") for name in JackknifeResult.__dataclass_fields__})
