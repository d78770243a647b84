"""One life of the database: started through the guard, ended through it, and asked why when it ends by itself."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from app.embedded import archive, conf, disk, memory
from app.embedded.errors import (
    DiskFull,
    EmbeddedError,
    FolderInUse,
    FolderNewer,
    JavaMissing,
    JavaTooOld,
    MemoryTooSmall,
    PortTaken,
    StartFailed,
)

if TYPE_CHECKING:
    from app.embedded.java import Java
    from app.settings import Settings

GUARD = Path(__file__).with_name("guard.py")
# The guard gives the database 30 s, or 90 if it keeps what it learnt; a guard that needs more is stuck itself.
STOP_SECONDS = 35
LEARNING_SECONDS = 95
LAST_WORDS = 65_536


class JarUnreadable(StartFailed):
    """The database could not read one of its classes: a jar is damaged although it looks untouched."""


class ArchiveUnusable(StartFailed):
    """Java itself broke down, which a bad archive of what it learnt can bring about."""


class Child:
    """A running database. ``pid`` is the database's own."""

    def __init__(self, guard: asyncio.subprocess.Process, pid: int, stop_seconds: int = STOP_SECONDS) -> None:
        self._guard = guard
        self._stop_seconds = stop_seconds
        self.pid = pid

    @classmethod
    async def launch(cls, java: Java, settings: Settings, home: Path, jars: Path, port: int, holder: int) -> Child:
        """Starts a database in ``home`` on ``port``; it answers some seconds later.

        ``holder`` keeps the folder owned until the database has ended, also when the service dies before it.
        """
        plan = await asyncio.to_thread(archive.plan, settings, java, jars)
        with disk.refusals_in_words(home):
            conf.write(home, settings, port)
            command = conf.command(java, settings, home, jars, plan.options)
        with disk.refusals_in_words(home), console(home).open("wb") as said:
            guard = await asyncio.create_subprocess_exec(
                *(sys.executable, "-I", "-S", str(GUARD), str(os.getpid()), plan.new, plan.archive),
                *command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=said,
                pass_fds=(holder,),
            )
        try:
            assert guard.stdout is not None
            first = await guard.stdout.readline()
            if not first.strip().isdigit():
                await guard.wait()
                raise why(home, settings, port)
        except BaseException:
            await cls(guard, 0).stop()
            raise
        return cls(guard, int(first), LEARNING_SECONDS if plan.new else STOP_SECONDS)

    async def ended(self) -> int:
        """Waits for the end and gives the exit code."""
        return await self._guard.wait()

    @property
    def alive(self) -> bool:
        """Whether it has not ended yet."""
        return self._guard.returncode is None

    async def stop(self) -> None:
        """Ends it cleanly, within 30 s (90 s where Java keeps what it learnt); after that by force."""
        if self.alive:
            self._guard.send_signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(self._guard.wait(), self._stop_seconds)
        except TimeoutError:
            self._guard.kill()
            await self._guard.wait()


def console(home: Path) -> Path:
    """Where what the database says is kept, from its last start on."""
    return home / "console.log"


def why(home: Path, settings: Settings, port: int) -> EmbeddedError:
    """The error that the last words of a database that ended by itself speak of."""
    words = _last_words(home)
    for pattern, error in _reasons(home, settings, port):
        if re.search(pattern, words):
            return error
    lines = [line for line in words.splitlines() if re.search("ERROR|Error|Exception|Caused by", line)]
    said = (lines or words.splitlines() or ["it said nothing."])[-1].strip()
    return StartFailed(said, console(home))


def _reasons(home: Path, settings: Settings, port: int) -> list[tuple[str, EmbeddedError]]:
    log = console(home)
    wanted = settings.heap_mb + settings.page_cache_mb
    return [
        (r"No space left on device|Disk quota exceeded|File too large", DiskFull(home)),
        (r"Address already in use", PortTaken(port)),
        (
            r"Could not reserve enough space|insufficient memory for the Java|OutOfMemoryError|Cannot allocate memory",
            MemoryTooSmall(wanted, memory.total_mb()),
        ),
        (r"(?:FileNotFound|Permission)Error.*java|Exec format error", JavaMissing("the place where it was")),
        (r"UnsupportedClassVersionError", JavaTooOld("TERCET_JAVA", "older than 21")),
        (r"FileLockException|has locked|acquire lock", FolderInUse(home, 0)),
        (
            r"newer version|[Uu]nknown store (?:version|format)|UnknownKernelVersion",
            FolderNewer(home, "a newer version", "an older"),
        ),
        (
            r"ZipException|zip END header|ClassNotFoundException|NoClassDefFoundError|ClassFormatError"
            r"|Could not find or load main class|invalid LOC|NoSuchMethodError",
            JarUnreadable("A jar can't be read.", log),
        ),
        (
            r"fatal error has been detected by the Java Runtime|Error occurred during initialization of VM",
            ArchiveUnusable("Java broke down.", log),
        ),
    ]


def _last_words(home: Path) -> str:
    try:
        with console(home).open("rb") as said:
            said.seek(max(0, said.seek(0, os.SEEK_END) - LAST_WORDS))
            return said.read().decode(errors="replace")
    except OSError:
        return ""
