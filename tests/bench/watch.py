"""Who works in a process, seen from outside: its threads by what they are for, and its Python by module.

Threads are counted by Linux; modules are told by ``py-spy`` (group ``bench``), which must be allowed to look at a process.
"""

from __future__ import annotations

import asyncio
import re
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, NamedTuple

A_SECOND: Final = 200
"""How often a second py-spy looks."""
DRIVER, FRAMEWORK, ELSEWHERE = "driver", "web server and framework", "elsewhere"
_PLACES: Final = {"neo4j": DRIVER, "uvicorn": FRAMEWORK, "starlette": FRAMEWORK, "fastapi": FRAMEWORK}
_SPY: Final = Path(sys.executable).with_name("py-spy")
_FILE: Final = re.compile(r"\(([^()]+):\d+\)$")
_SAFEPOINT: Final = re.compile(r'Safepoint "(\w+)".* Total: (\d+) ns')

# As Linux knows the database's threads: it keeps 15 characters of a name.
_DATABASE: Final = {
    "neo4j.BoltWorke": "statements and commits",
    "C1 CompilerThre": "Java's compiler",
    "C2 CompilerThre": "Java's compiler",
    "GC Thread": "garbage collection",
    "G1 ": "garbage collection",
    "VM Thread": "garbage collection",
    "neo4j.IndexUpda": "index of words",
    "neo4j.BoltNetwo": "network",
}
OTHERS: Final = "other threads"


class Spent(NamedTuple):
    """Of a thread: nanoseconds on a core, and nanoseconds for which it wanted one and had none."""

    on: int
    waited: int


def read_threads(process: int) -> dict[tuple[int, str], Spent]:
    """What each thread of a process, by number and name, has spent since it began."""
    spent = {}
    for place in Path(f"/proc/{process}/task").iterdir():
        try:
            name = (place / "comm").read_text().strip()
            on, waited, _ = map(int, (place / "schedstat").read_text().split())
        except (FileNotFoundError, ProcessLookupError):
            continue  # it has just ended
        spent[int(place.name), name] = Spent(on, waited)
    return spent


class Threads:
    """What the threads of a process spend from now on."""

    def __init__(self, process: int) -> None:
        self._process = process
        self._begin = read_threads(process)

    def _list(self) -> dict[tuple[int, str], Spent]:
        begin, none = self._begin, Spent(0, 0)
        return {
            thread: Spent(*(now - then for now, then in zip(spent, begin.get(thread, none), strict=True)))
            for thread, spent in read_threads(self._process).items()
        }

    def tell_database(self) -> dict[str, float]:
        """Seconds on a core, by what the threads of a Neo4j are for."""
        seconds: Counter[str] = Counter()
        for (_, name), spent in self._list().items():
            seconds[next((kind for begin, kind in _DATABASE.items() if name.startswith(begin)), OTHERS)] += spent.on
        return {kind: each / 1e9 for kind, each in seconds.items()}

    def tell_wait(self) -> float:
        """Seconds for which the first thread, that of the event loop, wanted a core and had none."""
        return sum(spent.waited for (thread, _), spent in self._list().items() if thread == self._process) / 1e9


def missing() -> str | None:
    """Why modules can't be told; None where they can."""
    return None if _SPY.exists() else "py-spy is not installed (group bench)"


@asynccontextmanager
async def spying(process: int) -> AsyncIterator[Counter[str]]:
    """While the block runs, looks who holds the interpreter; afterwards the counter holds how often it was which module."""
    found: Counter[str] = Counter()
    if missing():
        yield found
        return
    with TemporaryDirectory() as folder:
        told = Path(folder) / "stacks"
        how = "--gil", "--rate", str(A_SECOND), "--format", "raw", "--duration", "unlimited", "--output", str(told)
        spy = await asyncio.create_subprocess_exec(
            *(str(_SPY), "record", "--pid", str(process), *how),
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        try:
            yield found
        finally:
            if spy.returncode is None:
                spy.send_signal(signal.SIGINT)
            await spy.wait()
        found.update(read_stacks(told.read_text() if told.exists() else ""))


def read_stacks(told: str) -> Counter[str]:
    """How often which module was at work, of stacks as py-spy writes them: frames, and how often they were seen."""
    seen: Counter[str] = Counter()
    for line in told.splitlines():
        stack, _, many = line.rpartition(" ")
        seen[_place(stack.split(";"))] += int(many)
    return seen


def _place(frames: list[str]) -> str:
    """The module of ours, or the library, that called last."""
    for frame in reversed(frames):
        if file := _FILE.search(frame):
            parts = Path(file[1]).with_suffix("").parts
            if parts[0] == "app":
                return ".".join(parts)
            if parts[0] in _PLACES:
                return _PLACES[parts[0]]
    return ELSEWHERE


def read_pauses(log: Path) -> list[float]:
    """Milliseconds of each garbage collection for which a Java stood still, as its log of safepoints tells."""
    told = (_SAFEPOINT.search(line) for line in log.read_text().splitlines()) if log.exists() else ()
    return [int(each[2]) / 1e6 for each in told if each and each[1].startswith("G1")]
