"""What a running service does in a second, measured through the public interface, as any client would see it.

``lines`` are connections that cost next to nothing, ``send`` makes requests over them and says how long they took,
``reads`` lists those that change nothing, ``figures`` are medians with their spread, ``sheet`` holds what one run has
measured, ``measure`` takes turns, ``command`` is for a person.
"""

from app.bench.command import run
from app.bench.send import BenchFailed

__all__ = ["BenchFailed", "run"]
