"""Errors and warnings that a caller may catch."""


class KexueStatError(Exception):
    """Root of every error that kexuestat raises on purpose."""


class InvalidInputError(KexueStatError, ValueError):
    """An argument breaks a rule; the message names argument, rule, value and remedy."""


class FileFormatError(InvalidInputError):
    """A file does not follow its format; the message names file, line number and line."""


class MissingDependencyError(KexueStatError, ImportError):
    """An optional package is needed and absent; the message says how to install it."""


class EstimationWarning(UserWarning):
    """An estimate was made in another way than asked; the message says how."""


class EmptyTextWarning(UserWarning):
    """Some texts have no known word; the message counts them."""


_SKLEARN = ("ConvergenceWarning", "NotFittedError")


def __getattr__(name):
    if name in _SKLEARN:
        import sklearn.exceptions

        return getattr(sklearn.exceptions, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
