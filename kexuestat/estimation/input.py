"""Rows of observations at the border of the estimators: (n,) or (n, p), float64."""

import numpy as np
from sklearn.utils.validation import check_array, validate_data

from kexuestat.exceptions import InvalidInputError


def check_rows(estimator, X, minimum=1):
    """Return X as float64 (n,) or (n, p), C-contiguous; nan and inf pass; sets n_features_in_ of the estimator."""
    options = {
        "dtype": np.float64,
        "order": "C",
        "ensure_all_finite": False,
        "ensure_min_samples": minimum,
        "estimator": estimator,
    }
    X = X if hasattr(X, "ndim") else np.asarray(X)
    if X.ndim > 0 and X.shape[0] == 0:
        raise InvalidInputError(f"X must hold at least one observation, got shape {X.shape}.")
    if X.ndim == 1:
        estimator.n_features_in_ = 1
        if type(X) is np.ndarray and X.dtype == np.float64 and len(X) >= minimum:  # scikit-learn takes 0.05 ms here
            return np.ascontiguousarray(X)
        return check_array(X, ensure_2d=False, input_name="X", **options)
    if X.ndim == 0:
        raise InvalidInputError(f"X must be an array of observations, got the value {X}.")
    options.pop("estimator")
    x = validate_data(estimator, X, **options)
    return np.ascontiguousarray(x[:, 0]) if x.shape[1] == 1 else x
