"""Kernels, estimators and rivals of kexuestat.smooth."""

PAIRS = []
ESTIMATORS = []
PEERS = []
