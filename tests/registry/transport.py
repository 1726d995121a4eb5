"""Kernels, estimators and rivals of kexuestat.transport."""

PAIRS = []
ESTIMATORS = []
PEERS = []
