"""Compiled kernels: arrays in, arrays out, no checks; the functions above check."""
