"""The building's data, as it ships."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent / "data"


def read(kind: str) -> list[dict[str, Any]]:
    """The building's ``entities`` or ``relationships`` as items of the Apollo format."""
    with gzip.open(DATA / f"ebu3b.{kind}.jsonl.gz", "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]
