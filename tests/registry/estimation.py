"""Kernels, estimators and rivals of kexuestat.estimation."""

from tests.registry.estimation_kernels import PAIRS as KERNEL_PAIRS

PAIRS = [*KERNEL_PAIRS]
ESTIMATORS = []
PEERS = []
