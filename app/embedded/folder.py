"""The data folder: one owner, one version, one password."""

from __future__ import annotations

import fcntl
import os
import re
import secrets
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from app.embedded.errors import FolderInUse, FolderNewer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# A database whose service was killed closes its store on its own and keeps the folder until then.
CLOSING_SECONDS = 45
LOOK_SECONDS = 0.1


@contextmanager
def taken(file: Path) -> Iterator[None]:
    """Holds the lock on ``file``, waiting for it as long as it takes."""
    with file.open("a") as opened:
        fcntl.flock(opened, fcntl.LOCK_EX)
        yield


def own(home: Path) -> int:
    """A file descriptor that holds ``home`` for as long as it, or a copy that a child inherited, is open.

    Waits up to 45 s for the database of an owner that is gone; raises FolderInUse when the owner lives.
    """
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    holder = os.open(home / "owner", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        _lock(home, holder)
        os.ftruncate(holder, 0)
        os.pwrite(holder, str(os.getpid()).encode(), 0)
    except BaseException:
        os.close(holder)
        raise
    return holder


def _lock(home: Path, holder: int) -> None:
    until = time.monotonic() + CLOSING_SECONDS
    while True:
        try:
            fcntl.flock(holder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            owner = _owner(holder)
            if _lives(owner) or time.monotonic() > until:
                raise FolderInUse(home, owner) from None
            time.sleep(LOOK_SECONDS)
        else:
            return


def _owner(holder: int) -> int:
    text = os.pread(holder, 20, 0).decode(errors="replace")
    return int(text) if text.isascii() and text.isdigit() else 0


def _lives(pid: int) -> bool:
    if pid == 0:
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def claim_version(home: Path, ours: str) -> None:
    """Notes that ``ours`` writes here from now on; raises FolderNewer when a newer version did."""
    file = home / "version"
    theirs = file.read_text(encoding="utf-8").strip() if file.exists() else ""
    if theirs == ours:
        return
    if theirs and _order(theirs) > _order(ours):
        raise FolderNewer(home, theirs, ours)
    write_whole(file, ours)


def _order(version: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", version)]


def password(home: Path) -> str:
    """The kept password, made and kept (only its owner can read it) when there is none."""
    file = password_file(home)
    if not file.exists():
        write_whole(file, secrets.token_urlsafe(24))
    return file.read_text(encoding="utf-8").strip()


def password_file(home: Path) -> Path:
    """Where the password is kept."""
    return home / "password"


def write_whole(file: Path, text: str) -> None:
    """Replaces ``file`` by one that only its owner can read: whole and on disk, or not at all."""
    fresh = file.with_name(f".{file.name}.new")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as opened:
        opened.write(text)
        opened.flush()
        os.fsync(opened.fileno())
    fresh.replace(file)
