"""How far a load has come, kept so that it can go on where it was interrupted."""

from __future__ import annotations

import hashlib
import json
import os
import uuid
from collections import Counter
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


class Journal:
    """A file of one line for the load and one for every upload that is done; it goes when the load is complete.

    ``run`` names the load: an upload that was on its way when the load was interrupted is sent again under the same
    Operation-Id, and the service recognises it. A load of the same files after a complete one is another run.
    """

    def __init__(self, path: Path, run: str, done: dict[str, Mapping[str, int]]) -> None:
        self._path = path
        self.run = run
        self._done = done

    @classmethod
    def open(cls, folder: Path, base: str, space: str, digest: str) -> Self:
        """The journal of a load of this content into this collection, begun if there is none."""
        name = hashlib.sha256("\n".join((base, space, digest)).encode()).hexdigest()[:32]
        path = folder / f"{name}.jsonl"
        lines = _read(path)
        if lines:
            return cls(path, lines[0]["run"], {line["upload"]: line["counts"] for line in lines[1:]})
        folder.mkdir(parents=True, exist_ok=True)
        journal = cls(path, uuid.uuid4().hex, {})
        journal._append({"run": journal.run})
        return journal

    @property
    def resumed(self) -> int:
        """How many items were done by an interrupted run before this one."""
        return sum(counts.get("total", 0) for counts in self._done.values())

    def find(self, upload: str) -> Counter[str] | None:
        """What became of an upload's items, if it is done."""
        counts = self._done.get(upload)
        return None if counts is None else Counter(counts)

    def note(self, upload: str, counts: Mapping[str, int]) -> None:
        """An upload is done, and its refused items are reported."""
        self._done[upload] = counts
        self._append({"upload": upload, "counts": dict(counts)})

    def close(self) -> None:
        """The load is complete."""
        self._path.unlink(missing_ok=True)

    def _append(self, line: Mapping[str, Any]) -> None:
        with self._path.open("a", encoding="utf-8") as file:
            file.write(f"{json.dumps(line)}\n")
            file.flush()
            os.fsync(file.fileno())


def _read(path: Path) -> list[Any]:
    """The whole lines of a journal; one that was cut in the middle of its writing is left out."""
    if not path.exists():
        return []
    lines = []
    for text in path.read_text(encoding="utf-8").splitlines():
        try:
            lines.append(json.loads(text))
        except ValueError:
            break
    return lines
