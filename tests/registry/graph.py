"""Kernels, estimators and rivals of kexuestat.graph."""

PAIRS = []
ESTIMATORS = []
PEERS = []
