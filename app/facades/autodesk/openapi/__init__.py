"""The manual of this format: what its OpenAPI document says."""

from __future__ import annotations

from typing import Final

from app.facades.autodesk.openapi.operations import OPERATIONS
from app.facades.autodesk.openapi.parts import STAMPS
from app.facades.autodesk.openapi.words import SHAPES, WORDS
from app.facades.openapi import Manual

MANUAL: Final = Manual(
    title="Tercet: Autodesk relationships",
    about="Bi-directional relationships between the entities of a container, in the form of version 2 of the Autodesk "
    "relationship API. Bodies are strict JSON in UTF-8 of at most 1 MiB, bare arrays or objects as stated; unknown members "
    "and query parameters are ignored. Success is always 200. Every failure has one shape, `Error`. A head "
    "of more than 64 KiB is refused before any format sees it, with 414 or 431 and a small body of JSON.",
    token="A token of the issuer that the service trusts; in development `tercet token` prints one. Scopes: `data:read`, "
    "`data:write`, `data:create`; none implies another. Rights on the container count besides.",
    tags={
        "relationships": "Create, read and delete.",
        "search": "Find by ends, and learn what may be related.",
        "sync": "Keep a replica.",
    },
    operations=OPERATIONS,
    shapes=SHAPES,
    words=WORDS,
    headers=STAMPS,
)
