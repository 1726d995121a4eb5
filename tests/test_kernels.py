"""Every kernel equals its naive twin on drawn inputs, and no kernel is without one."""

import importlib
import inspect
import pkgutil

import numpy as np
import pytest
from hypothesis import given

import kexuestat._kernels
from tests.contract import pairs


@pytest.mark.parametrize("pair", pairs(), ids=lambda pair: pair.name)
def test_kernel_equals_its_naive_twin(pair):
    @given(pair.inputs)
    def agree(arguments):
        fast, naive = pair.fast(*arguments), pair.naive(*arguments)
        if isinstance(naive, int):  # 64-bit words do not fit a float
            assert fast == naive
        else:
            np.testing.assert_allclose(fast, naive, rtol=pair.rtol, atol=pair.atol)

    agree()


def public_kernels():
    for info in pkgutil.iter_modules(kexuestat._kernels.__path__):
        if info.name.startswith("_"):
            continue
        module = importlib.import_module(f"kexuestat._kernels.{info.name}")
        for name, value in vars(module).items():
            function = getattr(value, "py_func", value)
            if not name.startswith("_") and inspect.isfunction(function) and function.__module__ == module.__name__:
                yield f"{info.name}.{name}"


def test_every_public_kernel_has_a_naive_twin():
    covered = {kernel for pair in pairs() for kernel in pair.covers}
    kernels = set(public_kernels())
    assert kernels - covered == set(), "kernels without a twin in tests/registry"
    assert covered - kernels == set(), "twins of kernels that do not exist"
