"""Public names that load their module on first use, so that importing a package costs nothing."""

from importlib import import_module


def attach(package, names_by_module, subpackages=()):
    """Return ``__getattr__, __dir__, __all__`` for the package whose names live in the given modules.

    Parameters
    ----------
    package : str
        ``__name__`` of the package.
    names_by_module : dict of str to list of str
        Module, relative to the package, and the public names it defines.
    subpackages : sequence of str
        Public subpackages, loaded on first use as well.

    Returns
    -------
    tuple
        ``__getattr__``, ``__dir__`` and ``__all__``, to be assigned in the package's ``__init__``.
    """
    home = {name: module for module, names in names_by_module.items() for name in names}
    public = sorted([*home, *subpackages])

    def __getattr__(name):
        if name in subpackages:
            return import_module(f"{package}.{name}")
        if name in home:
            return getattr(import_module(f"{package}.{home[name]}"), name)
        raise AttributeError(f"module {package!r} has no attribute {name!r}")

    def __dir__():
        return public

    return __getattr__, __dir__, public
