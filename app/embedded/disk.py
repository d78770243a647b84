"""What a disk refuses, in words."""

from __future__ import annotations

import errno
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

from app.embedded.errors import DiskFull, FolderNotWritable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
# One log file of the database, which it makes at its full size.
LEAST_FREE = 64 * 2**20
FORBIDDEN = (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST)


def demand_room(folder: Path, least: int = LEAST_FREE) -> None:
    """Raises DiskFull where fewer than ``least`` bytes are free: the database would try for minutes, and not say why."""
    if shutil.disk_usage(folder).free < least:
        raise DiskFull(folder)


@contextmanager
def refusals_in_words(path: Path) -> Iterator[None]:
    """Turns an OSError that a full or forbidden disk raises below ``path`` into the EmbeddedError that says so."""
    try:
        yield
    except OSError as error:
        if error.errno in FULL:
            raise DiskFull(path) from error
        if error.errno in FORBIDDEN:
            raise FolderNotWritable(str(error.filename or path), str(error.strerror)) from error
        raise
