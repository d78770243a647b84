"""Figures of one run, as ``tercet bench`` makes them."""

from app.bench.figures import Spread, machine, show, write

__all__ = ["Spread", "machine", "show", "write"]
