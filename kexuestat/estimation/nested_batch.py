"""Bootstrap intervals of many small samples at once, for moment statistics: the coverage study.

The same replicates and ends as one Bootstrap per sample; only the steps between them are taken for all samples
together, since for n = 20 they would cost more than the resampling.
"""

import numpy as np
from scipy import special

from kexuestat.estimation.evaluators import MomentEvaluator, finish_moment, power_list, resampled_sums, silent
from kexuestat.estimation.intervals import acceleration
from kexuestat.estimation.named import NAMED, Moment

KINDS = ("percentile", "basic", "bca", "t", "normal")
_SAMPLES = 256  # at a time, for the sake of memory


def can_batch(settings):
    """Return whether the settings of a Bootstrap are those that this module knows."""
    spec = NAMED.get(settings.statistic) if isinstance(settings.statistic, str) else None
    return (
        isinstance(spec, Moment)
        and settings.scheme == "multinomial"
        and set(settings.kinds) <= set(KINDS)
        and ("t" not in settings.kinds or spec.finish_se is not None)
    )


def batch_ends(settings, rows, seeds):
    """Return (ends, done): ends (count, kinds, 2), and which samples (count,) are ordinary enough to be done here."""
    parts = [_ends(settings, rows[s : s + _SAMPLES], seeds[s : s + _SAMPLES]) for s in range(0, len(rows), _SAMPLES)]
    return tuple(np.concatenate(part) for part in zip(*parts))


def _ends(settings, rows, seeds):
    spec, studentised = NAMED[settings.statistic], "t" in settings.kinds
    values, estimate = _replicates(spec, rows, seeds, settings.n_resamples, studentised)
    errors = values[..., 1] if studentised else None
    error = estimate[:, 1] if studentised else None
    values, estimate = values[..., 0], estimate[:, 0]
    done = np.isfinite(values).all(axis=1) & (values != values[:, :1]).any(axis=1)
    if studentised:
        done &= (errors > 0).all(axis=1)
    ordered = np.sort(values, axis=1)
    levels = np.array([0.5 * (1.0 - settings.level), 0.5 * (1.0 + settings.level)])
    plain = _quantiles(ordered, np.broadcast_to(levels, (len(rows), 2)))
    found = {"percentile": plain, "basic": 2.0 * estimate[:, None] - plain[:, ::-1]}
    with silent():
        if studentised:
            ratios = np.sort((values - estimate[:, None]) / errors, axis=1)
            limits = _quantiles(ratios, np.broadcast_to(levels, (len(rows), 2)))
            found["t"] = estimate[:, None] - error[:, None] * limits[:, ::-1]
        if "bca" in settings.kinds:
            used = _bca_levels(settings, rows, ordered, estimate, levels)
            done &= np.isfinite(used).all(axis=1)
            found["bca"] = _quantiles(ordered, np.where(np.isfinite(used), used, 0.5))
        if "normal" in settings.kinds:
            centre = 2.0 * estimate - values.mean(axis=1)
            found["normal"] = centre[:, None] + special.ndtri(levels) * values.std(axis=1, ddof=1)[:, None]
    return np.stack([found[kind] for kind in settings.kinds], axis=1), done


def _replicates(spec, rows, seeds, n_resamples, studentised):
    """Return the replicates (count, B, 1 or 2) and the estimates (count, 1 or 2)."""
    count, n = rows.shape
    x = np.log(rows) if spec.logs else rows
    centre = np.partition(x, n // 2, axis=1)[:, n // 2]
    d = x - centre[:, None]
    exponent = np.frexp(np.abs(d).max(axis=1))[1]
    d = np.ldexp(d, -exponent[:, None])
    powers = spec.se_powers if studentised else spec.n_powers
    terms = power_list(d, powers)
    sums = np.empty((powers, count, n_resamples))
    for row, seed in enumerate(seeds):
        sums[:, row] = resampled_sums([term[row] for term in terms], n, seed, 0, n_resamples)
    values = finish_moment(spec, float(n), list(sums), centre[:, None], exponent[:, None], studentised)
    totals = [term.sum(axis=1) for term in terms]
    return values, finish_moment(spec, float(n), totals, centre, exponent, studentised)


def _quantiles(ordered, levels):
    """Return the quantiles (count, 2) of each ascending row, as ``intervals.quantiles`` does for one."""
    position = levels * (ordered.shape[1] - 1.0)
    low = np.floor(position).astype(np.int64)
    below = np.take_along_axis(ordered, low, axis=1)
    above = np.take_along_axis(ordered, np.minimum(low + 1, ordered.shape[1] - 1), axis=1)
    return below + (position - low) * (above - below)


def _bca_levels(settings, rows, ordered, estimate, levels):
    """Return the levels (count, 2) of BCa, nan where they do not exist."""
    left_out = np.stack([MomentEvaluator(settings.statistic, row).leave_one_out()[:, 0] for row in rows], axis=1)
    a = acceleration(left_out)[:, None]
    below = (ordered < estimate[:, None]).sum(axis=1) + 0.5 * (ordered == estimate[:, None]).sum(axis=1)
    z0 = special.ndtri(below / ordered.shape[1])[:, None]
    z = z0 + special.ndtri(levels)
    rest = 1.0 - a * z
    return np.where((rest > 0).all(axis=1, keepdims=True) & np.isfinite(z0), special.ndtr(z0 + z / rest), np.nan)
