"""Readers of graph files and writers of partitions, chosen by suffix."""
