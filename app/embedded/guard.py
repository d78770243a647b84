"""Runs the database as its child and never outlives the service, however that ends.

    python -I -S guard.py SERVICE_PID NEW ARCHIVE COMMAND...

Standard input is a pipe that only the service holds open: its end is the service's end, also by kill -9. SIGTERM is the
service's wish to stop. Either way the database gets SIGTERM, and SIGKILL 30 s later (90 s where Java keeps what it
learnt: the data is safe by then). Standard output says one line, the database's process id. Should the guard itself be
killed, Linux stops the database (PR_SET_PDEATHSIG is bound to the thread that forks: the guard has only one; a service
has many).

What Java learnt and writes while it ends goes to NEW; it gets the name ARCHIVE here, after a clean end, so that nobody
ever starts from half an archive. Both are empty when none is being made.

This file runs apart from the package, without site packages: standard library only.
"""

from __future__ import annotations

import ctypes
import os
import select
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

GRACE_SECONDS = 30
LEARNING_SECONDS = 90
LOOK_SECONDS = 1.0
PR_SET_PDEATHSIG = 1


def guard(service: int, new: str, archive: str, command: list[str]) -> int:
    """Starts ``command``, stays until it has ended, and gives its exit code (128 + signal for a signal)."""
    # Out of reach of a terminal's Ctrl-C, but in the same session: Linux deals out processors by session first, and a
    # small request would wait until the database has had as much as the whole service.
    os.setpgrp()
    awake, alarm = os.pipe()
    os.set_blocking(alarm, False)
    signal.set_wakeup_fd(alarm, warn_on_full_buffer=False)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD):
        signal.signal(number, lambda _number, _frame: None)
    bind = _binding()
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=2, preexec_fn=bind)  # noqa: PLW1509 - one thread
    sys.stdout.write(f"{child.pid}\n")
    sys.stdout.flush()
    _wait(child, service, awake)
    code = _end(child, LEARNING_SECONDS if new else GRACE_SECONDS)
    if new:
        _name(Path(new), archive, clean=code in (0, 128 + signal.SIGTERM))
    return code


def _binding() -> Callable[[], object] | None:
    """What the child does between fork and exec so that it can't outlive the guard; None where that can't be had."""
    if not sys.platform.startswith("linux"):
        return None
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    return lambda: prctl(PR_SET_PDEATHSIG, int(signal.SIGTERM), 0, 0, 0)


def _wait(child: subprocess.Popen[bytes], service: int, awake: int) -> None:
    """Returns when the child has ended, the service is gone, or somebody asks to stop."""
    while child.poll() is None and os.getppid() == service:
        ready, _, _ = select.select([0, awake], [], [], LOOK_SECONDS)
        if awake in ready and any(number != signal.SIGCHLD for number in os.read(awake, 64)):
            return
        if 0 in ready and not os.read(0, 1024):
            return


def _end(child: subprocess.Popen[bytes], grace: int) -> int:
    if child.poll() is None:
        child.terminate()
        try:
            child.wait(grace)
        except subprocess.TimeoutExpired:
            child.kill()
    code = child.wait()
    return code if code >= 0 else 128 - code


def _name(new: Path, archive: str, *, clean: bool) -> None:
    with suppress(OSError):
        if clean and new.stat().st_size > 0:
            new.replace(archive)
        else:
            new.unlink()
    # Java's own intermediate step, left behind where it was killed.
    with suppress(OSError):
        new.with_name(f"{new.name}.config").unlink()


if __name__ == "__main__":
    sys.exit(guard(int(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4:]))
