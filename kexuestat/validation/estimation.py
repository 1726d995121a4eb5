"""Checks of samples, weights, groups and confidence levels for kexuestat.estimation."""

import numpy as np

from kexuestat.exceptions import InvalidInputError
from kexuestat.validation.arrays import check_finite, check_non_negative, check_real_array, first_bad
from kexuestat.validation.options import check_integer, check_option, check_real

NAN_POLICIES = ("raise", "omit", "propagate")


def check_sample(x, name="x", *, ndim=None, minimum=1):
    """Return x as a float64 array with at least minimum entries along its last axis; nan and inf pass."""
    x = check_real_array(x, name, ndim=ndim)
    if x.ndim == 0:
        raise InvalidInputError(f"{name} must be an array of observations, got the number {x}.")
    if x.size == 0:
        raise InvalidInputError(f"{name} must not be empty, got shape {x.shape}.")
    check_enough(x.shape[-1], minimum, name)
    return x


def check_enough(n, minimum, name="x", what="this statistic"):
    """Raise if n observations are fewer than the minimum that what needs."""
    if n < minimum:
        raise InvalidInputError(f"{name} must have at least {minimum} observations for {what}, got n_samples = {n}.")


def check_nan_policy(x, nan_policy, name="x"):
    """Return whether x (float64) holds nan, after raising what the policy forbids.

    "raise" refuses nan and inf, "omit" refuses inf, "propagate" refuses nothing.
    """
    check_option(nan_policy, "nan_policy", NAN_POLICIES)
    has_nan = bool(np.isnan(x).any())
    if nan_policy == "raise" and has_nan:
        place = first_bad(name, x, np.isnan(x))
        raise InvalidInputError(f"{name} must not hold NaN, got {place}; nan_policy='omit' leaves such rows out.")
    if nan_policy != "propagate" and np.isinf(x).any():
        raise InvalidInputError(f"{name} must be finite, got {first_bad(name, x, np.isinf(x))}.")
    return has_nan


def check_weights(weights, name, length):
    """Return weights as a float64 vector of that length: finite, non-negative, not all zero."""
    weights = check_real_array(weights, name, ndim=1)
    if len(weights) != length:
        raise InvalidInputError(f"{name} must have one entry per observation ({length}), got {len(weights)}.")
    check_non_negative(check_finite(weights, name), name)
    if not weights.any():
        raise InvalidInputError(f"{name} must not be all zero.")
    return weights


def check_labels(labels, name, length):
    """Return labels as group numbers 0 … g-1 (int64), one per observation."""
    labels = np.asarray(labels)
    if labels.ndim != 1 or len(labels) != length:
        raise InvalidInputError(f"{name} must have one label per observation ({length}), got shape {labels.shape}.")
    return np.unique(labels, return_inverse=True)[1].astype(np.int64)


def check_level(confidence_level):
    """Return the confidence level as a float in (0, 1)."""
    return check_real(confidence_level, "confidence_level", 0.0, 1.0, open_low=True, open_high=True)


def check_resamples(n_resamples, confidence_level):
    """Return n_resamples, at least 2 / (1 - confidence_level) of them."""
    least = int(np.ceil(round(2.0 / (1.0 - confidence_level), 9)))
    n_resamples = check_integer(n_resamples, "n_resamples", 1)
    if n_resamples < least:
        raise InvalidInputError(
            f"n_resamples must be at least 2 / (1 - confidence_level) = {least}, got {n_resamples}."
        )
    return n_resamples
