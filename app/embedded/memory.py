"""Whether the machine has the memory that the settings ask for."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from app.embedded.errors import MemoryTooSmall

if TYPE_CHECKING:
    from app.settings import Settings

# Classes, code, threads and buffers beside heap and page cache, measured after a start.
OVERHEAD_MB = 350
LIMITS = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))


def demand(settings: Settings) -> None:
    """Raises MemoryTooSmall when heap, page cache and what comes with them exceed what the machine has."""
    wanted = settings.heap_mb + settings.page_cache_mb + OVERHEAD_MB
    there = total_mb()
    if wanted > there:
        raise MemoryTooSmall(wanted, there)


def total_mb() -> int:
    """MiB of this machine, or of the container that limits it."""
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return min([total, *_limits()]) >> 20


def _limits() -> list[int]:
    texts = [limit.read_text().strip() for limit in LIMITS if limit.exists()]
    return [int(text) for text in texts if text.isdigit()]
