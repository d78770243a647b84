"""Secrets of our own in the data folder: made once, readable by their owner only."""

from __future__ import annotations

import contextlib
import os
import secrets
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def keep_secret(path: Path, make: Callable[[], bytes]) -> bytes:
    """What the file holds; what ``make`` returns is put there first if there is none.

    Of two starts that make one at once, both read the same. Raises OSError when the folder can't be used.
    """
    if not path.exists():
        _place(path, make())
    return path.read_bytes()


def _place(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
        # A link, never a rename: the first one's stays.
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink(missing_ok=True)
