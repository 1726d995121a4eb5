"""Kernels, estimators and rivals of kexuestat.estimation."""

PAIRS = []
ESTIMATORS = []
PEERS = []
