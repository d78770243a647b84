"""``tercet ask``: questions to the graph from a shell, with tables for people and JSON for programs."""

from app.ask.command import app
from app.ask.desk import Asking

__all__ = ["Asking", "app"]
