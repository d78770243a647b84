"""How a process of the service runs: its event loop, how threads take turns, and what the garbage collector looks at."""

from __future__ import annotations

import asyncio
import ctypes
import gc
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Coroutine

_T = TypeVar("_T")
SWITCH_SECONDS: Final = 0.001
THREADS: Final = 6
"""How much is worked on beside the event loop at once."""
ARENAS: Final = 2
_M_ARENA_MAX: Final = -8
COLLECTED_AFTER: Final = (2_000, 1, 5_000)
"""How much may be made before the youngest is looked through, and how often that before the older and before all."""


def run(main: Coroutine[Any, Any, _T]) -> _T:
    """Run ``main`` to its end on the fast event loop, or on the standard one where there is none."""
    # Threads that parse and judge large requests give way to the loop within a millisecond, not five: a small request
    # passes the interpreter back and forth a dozen times.
    sys.setswitchinterval(SWITCH_SECONDS)
    _share_memory()
    if sys.platform == "win32":
        return asyncio.run(_beside_threads(main))
    import uvloop

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_beside_threads(main))


def _share_memory() -> None:
    """Threads share what they free: by default glibc keeps some for each, a hundred MiB after a few large requests."""
    if sys.platform == "linux" and hasattr(libc := ctypes.CDLL(None), "mallopt"):
        libc.mallopt(_M_ARENA_MAX, ARENAS)


async def _beside_threads(main: Coroutine[Any, Any, _T]) -> _T:
    """``main``, with threads that have begun: who starts one waits until it has had its turn, the event loop too."""
    pool, begun = ThreadPoolExecutor(THREADS, "aside"), threading.Barrier(THREADS + 1)
    for _ in range(THREADS):
        pool.submit(begun.wait)
    begun.wait()
    asyncio.get_running_loop().set_default_executor(pool)
    return await main


def keep_what_is_there() -> None:
    """What has been made until now stays as long as the process: the garbage collector passes it by from here on."""
    # Code, schemas and documents: to look through them takes 150 ms, every few seconds under load. So it does for what
    # large requests hold while they are in flight, and that is in no circles: all of it is looked through rarely. What
    # is new is looked through in small lots, 6,000 objects at most, half a microsecond each: nobody has a turn meanwhile.
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECTED_AFTER)
