"""What a disk refuses, in words."""

from __future__ import annotations

import errno
from contextlib import contextmanager
from typing import TYPE_CHECKING

from app.embedded.errors import DiskFull, FolderNotWritable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
FORBIDDEN = (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST)


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
