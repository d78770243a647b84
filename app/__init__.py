"""Tercet: one graph, three wire formats."""

__version__ = "0.1.0"
