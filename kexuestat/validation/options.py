"""Checks of scalars, choices and random states."""

import difflib
import numbers
import secrets

import numpy as np

from kexuestat.exceptions import InvalidInputError


def check_option(value, name, choices):
    """Return value if it is one of choices; else raise, naming the nearest choice and all of them."""
    if value in tuple(choices):
        return value
    near = difflib.get_close_matches(str(value), [str(c) for c in choices], n=1)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    listed = ", ".join(repr(c) for c in choices)
    raise InvalidInputError(f"{name} must be one of {listed}, got {value!r}.{hint}")


def check_unknown(given, known, what="option"):
    """Raise if a name in given is not in known, naming the nearest known name."""
    for name in given:
        if name not in known:
            near = difflib.get_close_matches(str(name), list(known), n=1)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            raise InvalidInputError(f"unknown {what} {name!r}.{hint} Known: {', '.join(sorted(known))}.")


def check_real(value, name, low=-np.inf, high=np.inf, *, open_low=False, open_high=False):
    """Return value as float if it is a real number in the interval from low to high."""
    interval = f"{'(' if open_low else '['}{low:g}, {high:g}{')' if open_high else ']'}"
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, numbers.Real):
        raise InvalidInputError(f"{name} must be a real number in {interval}, got {value!r}.")
    below = value <= low if open_low else value < low
    above = value >= high if open_high else value > high
    if below or above or value != value:
        raise InvalidInputError(f"{name} must be in {interval}, got {value!r}.")
    return float(value)


def check_integer(value, name, low=None, high=None):
    """Return value as int if it is an integer in low … high (both may be None: no limit)."""
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, numbers.Integral):
        raise InvalidInputError(f"{name} must be an integer, got {value!r}.")
    if low is not None and value < low:
        raise InvalidInputError(f"{name} must be at least {low}, got {value}.")
    if high is not None and value > high:
        raise InvalidInputError(f"{name} must be at most {high}, got {value}.")
    return int(value)


def check_boolean(value, name):
    """Return value as bool if it is True or False."""
    if not isinstance(value, (bool, np.bool_)):
        raise InvalidInputError(f"{name} must be True or False, got {value!r}.")
    return bool(value)


def check_generator(random_state):
    """Return a numpy Generator for None, an int, a Generator (itself) or a RandomState (which seeds one)."""
    if isinstance(random_state, np.random.Generator):
        return random_state
    if isinstance(random_state, np.random.RandomState):
        return np.random.default_rng(random_state.randint(0, 2**31, size=4))
    if random_state is None:
        return np.random.default_rng()
    return np.random.default_rng(_check_seed(random_state))


def check_seed(random_state):
    """Return a non-negative int below 2**63, the seed of counter-based streams, for any random_state.

    An int is its own seed; None draws fresh entropy; a Generator or RandomState gives one number.
    """
    if isinstance(random_state, numbers.Integral) and not isinstance(random_state, (bool, np.bool_)):
        return _check_seed(random_state) % 2**63
    if random_state is None:
        return secrets.randbits(63)
    return int(check_generator(random_state).integers(2**63))


def _check_seed(seed):
    if isinstance(seed, (bool, np.bool_)) or not isinstance(seed, numbers.Integral) or seed < 0:
        raise InvalidInputError(
            f"random_state must be None, a non-negative integer, a numpy Generator or a RandomState, got {seed!r}."
        )
    return int(seed)


def check_n_jobs(n_jobs):
    """Return the number of threads for joblib's convention: None is 1, -1 all processors, -2 all but one."""
    import joblib

    if n_jobs is not None and check_integer(n_jobs, "n_jobs") == 0:
        raise InvalidInputError("n_jobs must not be 0; pass None or 1 for one thread, -1 for all processors.")
    return joblib.effective_n_jobs(1 if n_jobs is None else n_jobs)
