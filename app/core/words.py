"""The words by which entities are found: of their id, their name and their kind, in any script, whatever their case."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from app.core.model import EntityRecord

MOST_WORDS: Final = 64
LONGEST_WORD: Final = 100

_RUN = re.compile(r"[^\W_]+")
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def list_words(text: str) -> list[str]:
    """The words of a text in their order: runs of letters and digits, and what stands between the humps of a run.

    ``Supply_airTemp`` has supply, airtemp, air and temp. Of a word the first 100 characters count.
    """
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    found: list[str] = []
    for run in _RUN.findall(text):
        found.append(run)
        if not run.islower() and (parts := _HUMP.split(run))[1:]:
            found += parts
    return [word.casefold()[:LONGEST_WORD] for word in found]


def describe(record: EntityRecord) -> str:
    """The words of an entity with blanks between, each once: at most 64, those of its id first."""
    texts = (record.entity.id, name_of(record) or "", record.kind)
    return " ".join(list(dict.fromkeys(word for text in texts for word in list_words(text)))[:MOST_WORDS])


def name_of(record: EntityRecord) -> str | None:
    """What an entity was called when it was last described or declared."""
    name = record.fields.get("name") if record.declaration is None else record.declaration.fields.get("entityName")
    return name if isinstance(name, str) else None
