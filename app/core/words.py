"""The words by which entities are found: of their id, their name and their kind, in any script, whatever their case."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.core.model import EntityRecord

_RUN = re.compile(r"[^\W_]+")
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def list_words(text: str) -> list[str]:
    """The words of a text in their order, in small letters: its runs of letters and digits."""
    return _RUN.findall(text.lower())


def describe(record: EntityRecord) -> set[str]:
    """The words of an entity, and what stands between the humps of a word: ``SupplyTemp`` has ``temp`` as well."""
    text = " ".join((record.entity.id, name_of(record) or "", record.kind))
    return {*list_words(text), *list_words(_HUMP.sub(" ", text))}


def name_of(record: EntityRecord) -> str | None:
    """What an entity was called when it was last described or declared."""
    name = record.fields.get("name") if record.declaration is None else record.declaration.fields.get("entityName")
    return name if isinstance(name, str) else None
