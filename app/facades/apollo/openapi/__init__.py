"""The manual of this format: what its OpenAPI document says."""

from __future__ import annotations

from typing import Final

from app.facades.apollo.openapi import collections, objects, reads, tracking
from app.facades.apollo.openapi.parts import SHAPES, STAMPS
from app.facades.apollo.openapi.words import WORDS
from app.facades.openapi import Manual

MANUAL: Final = Manual(
    title="Tercet: Apollo entity relationships",
    about="Entities and relationships of buildings, uploaded as durable requests of up to 10,000 items or at once, 100 at "
    "most. Every call but those about requests names its collection in the header `ercollectionid`. HEAD answers wherever "
    "GET does, without a body. Query names are matched without regard to case; unknown ones are ignored unless they begin "
    "with `$`. One trailing slash is ignored. A head of more than 64 KiB is refused "
    "before any format sees it, with 414 or 431 and a small body of JSON.",
    token="A token of the issuer that the service trusts; in development `tercet token` prints one. Scopes: `apollo_read`, "
    "`apollo_write`, `apollo_admin`; none implies another. Rights on the collection count besides.",
    tags={
        "relationships": "Directed, typed links between entities.",
        "entities": "What is linked, once it is declared.",
        "versions": "What objects were like before.",
        "stats": "How many objects of which types there are.",
        "feed": "What changed, one change after the other.",
        "graph": "An entity with what it is linked to.",
        "tracking": "How far uploads have come, and what became of each item.",
        "collections": "Where entities and relationships live, and how strict it is there.",
        "permissions": "Who may do what in a collection.",
    },
    operations={**objects.OPERATIONS, **reads.OPERATIONS, **tracking.OPERATIONS, **collections.OPERATIONS},
    shapes=SHAPES,
    words={**WORDS, **reads.WORDS, **collections.WORDS},
    headers=STAMPS,
)
