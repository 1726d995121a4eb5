"""Google checkpoints, read and written through a TensorFlow that the caller passes in.

Names are exact (``bert/encoder/layer_0/…``): files of ``tf.train.Checkpoint`` carry other names and are refused.
"""

import os

from kexuestat.exceptions import FileFormatError
from kexuestat.text.bert_files import checked_weight, missing_weight, scope_of


def read_google(tf, prefix, table):
    """Return the weights of a table from a checkpoint: dict key -> float32 array.

    Raises
    ------
    FileFormatError
        If a file is missing, truncated or corrupt, or a weight is missing, misshapen or not finite.
    """
    try:
        reader = tf.train.load_checkpoint(os.fspath(prefix))
        names = reader.get_variable_to_shape_map()
    except _errors(tf) as error:
        raise _broken(prefix, error) from error
    scope = scope_of(names, "google", prefix)
    return {weight.key: _tensor(tf, reader, prefix, names, scope + weight.name, weight) for weight in table}


def _tensor(tf, reader, prefix, names, name, weight):
    if name not in names:
        raise missing_weight(prefix, name, names)
    if tuple(names[name]) != tuple(weight.shape):
        raise FileFormatError(
            f"{prefix}: {name} has shape {tuple(names[name])}, the configuration says {tuple(weight.shape)}."
        )
    try:
        array = reader.get_tensor(name)
    except _errors(tf) as error:
        raise _broken(prefix, error) from error
    return checked_weight(array, weight, prefix, name)


def _errors(tf):
    """What TensorFlow raises for files that are missing, truncated (IndexError) or have a flipped byte."""
    return (tf.errors.OpError, IndexError, ValueError, RuntimeError)


def _broken(prefix, error):
    reason = str(error).splitlines()[0] if str(error) else type(error).__name__
    what = "lacks a file" if "No such file" in reason or "NotFound" in reason else "is truncated or corrupt"
    return FileFormatError(f"{prefix} {what} ({reason}); copy it again.")


def write_google(tf, prefix, weights):
    """Write a checkpoint: ``weights`` maps full names to arrays; makes ``prefix.index`` and one data file."""
    names = sorted(weights)
    try:
        tf.raw_ops.SaveV2(
            prefix=os.fspath(prefix),
            tensor_names=names,
            shape_and_slices=[""] * len(names),
            tensors=[tf.convert_to_tensor(weights[name]) for name in names],
        )
    except tf.errors.OpError as error:
        raise OSError(f"{prefix} cannot be written: {error.message}") from error
