"""Files of entities and relationships into a collection, through the public interface, as any client would.

``source`` reads files, ``journal`` remembers how far a load has come, ``send`` uploads and waits, ``command`` puts them
together for a person.
"""

from app.load.command import run
from app.load.send import LoadFailed
from app.load.source import FileUnusable

__all__ = ["FileUnusable", "LoadFailed", "run"]
