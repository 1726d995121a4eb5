"""Checks of features and parameters of nearest-neighbour graphs."""

import warnings

import numpy as np

from kexuestat.exceptions import InvalidInputError
from kexuestat.validation.options import check_integer, check_option, check_real


def check_features(X, name="X"):
    """Return X as a finite float array of two dimensions, or as a sparse csr_array."""
    from scipy import sparse

    if sparse.issparse(X):
        X = sparse.csr_array(X)
        if X.dtype.kind not in "f":
            X = X.astype(np.float64)
        values = X.data
    else:
        X = values = np.asarray(X)
        if X.dtype.kind not in "f":
            X = values = X.astype(np.float64)
        if X.ndim != 2:
            raise InvalidInputError(f"{name} must have shape (n_samples, n_features), got {X.shape}.")
    if not np.isfinite(values).all():
        bad = values[~np.isfinite(values)].flat[0]
        raise InvalidInputError(f"{name} must be finite, got {bad}.")
    return X


def check_neighbors(n_neighbors, n_points):
    """Return n_neighbors if every point has so many others."""
    check_integer(n_neighbors, "n_neighbors", 1)
    if n_neighbors >= n_points:
        raise InvalidInputError(f"n_neighbors must be below the number of samples, {n_points}, got {n_neighbors}.")
    return n_neighbors


def check_metric(metric):
    """Return metric if scikit-learn's nearest neighbours know it, or it is a function of two vectors."""
    from sklearn.neighbors import VALID_METRICS

    if callable(metric):
        return metric
    known = sorted({name for names in VALID_METRICS.values() for name in names} - {"precomputed"})
    return check_option(metric, "metric", known)


def check_min_similarity(min_similarity):
    """Return min_similarity if it is None or a number up to 1."""
    return None if min_similarity is None else check_real(min_similarity, "min_similarity", -1.0, 1.0)


def warn_of_zero_vectors(count):
    """Warn that zero vectors have no direction and become isolated nodes."""
    if count:
        warnings.warn(f"{count} zero vectors have no cosine similarity; they become isolated nodes.", stacklevel=3)


def warn_of_dropped(count):
    """Warn that links without positive similarity were dropped."""
    if count:
        warnings.warn(
            f"{count} links to nearest neighbours with similarity <= 0 were dropped; pass min_similarity to choose a "
            "threshold.",
            stacklevel=3,
        )
