"""What the losses share: rows of scores and targets, and the reduction over rows."""

import numpy as np

from kexuestat.exceptions import InvalidInputError
from kexuestat.smooth._frames import finish, frame, reduced, rows, unrows
from kexuestat.validation.arrays import first_bad
from kexuestat.validation.options import check_option
from kexuestat.validation.smooth import check_smooth_array

REDUCTIONS = ("none", "mean", "sum")


def score_rows(scores, targets, axis, *, binary=False):
    """Return the frame of the scores, and scores and targets as rows; targets lie in [0, 1]."""
    framed = frame(scores, axis, "scores")
    given = check_smooth_array(targets, "targets")
    if given.shape != framed.shape:
        raise InvalidInputError(f"targets must have the shape of scores, {framed.shape}, got {given.shape}.")
    wanted = rows(frame(given, axis, "targets"))
    if wanted.size and not (wanted.min() >= 0 and wanted.max() <= 1):
        bad = ~((wanted >= 0) & (wanted <= 1))
        raise InvalidInputError(f"targets must lie in [0, 1], got {first_bad('targets', wanted, bad)}.")
    if binary and not ((wanted == 0) | (wanted == 1)).all():
        bad = (wanted != 0) & (wanted != 1)
        raise InvalidInputError(f"targets must be 0 or 1 here, got {first_bad('targets', wanted, bad)}.")
    return framed, rows(framed), wanted


def reduce_loss(value, framed, reduction, out=None):
    """Return losses per slice, or their mean or sum."""
    if check_option(reduction, "reduction", REDUCTIONS) == "none":
        return reduced(value, framed, out=out)
    total = value.sum() if reduction == "sum" else value.mean()
    return finish(np.asarray(total), framed.dtype, True, out)


def spread_grad(grad, framed, reduction, out=None):
    """Return the gradient of the reduced loss in the shape of the scores."""
    if check_option(reduction, "reduction", REDUCTIONS) == "mean":
        grad = grad / len(grad)
    return unrows(grad, framed, out)
