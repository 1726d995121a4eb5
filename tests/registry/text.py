"""Kernels, estimators and rivals of kexuestat.text."""

PAIRS = []
ESTIMATORS = []
PEERS = []
