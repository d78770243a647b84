"""The manual of this format: what its OpenAPI document says."""

from __future__ import annotations

from typing import Final

from app.facades.openapi import Manual
from app.facades.sas.openapi.operations import OPERATIONS
from app.facades.sas.openapi.parts import STAMPS
from app.facades.sas.openapi.words import SHAPES, WORDS

MANUAL: Final = Manual(
    title="Tercet: SAS Viya relationships",
    about="Typed relationships between resources that are named by URIs, and references that describe these resources, in "
    "the form of the SAS Viya Relationships API. Media types are taken with and without `+json`, their parameters ignored; "
    "`application/json` is taken and sent wherever it is asked for, and a body without a Content-Type counts as that. HEAD "
    "answers wherever GET does, OPTIONS everywhere. Unknown parameters and members are ignored, empty parameters count as "
    "absent, of a repeated single-valued one the first counts. A body has at most 16 MiB. Links and addresses never carry "
    "the space: send `X-Tercet-Space` again. A head of more than 64 KiB is refused "
    "before any format sees it, with 414 or 431 and a small body of JSON.",
    token="A token of the issuer that the service trusts; in development `tercet token` prints one. Scopes: "
    "`relationships.read`, `relationships.write`; neither implies the other. Rights on the space count besides.",
    tags={
        "relationships": "Links between resources.",
        "references": "What is known of resources.",
        "service": "What the service is and offers.",
    },
    operations=OPERATIONS,
    shapes=SHAPES,
    words=WORDS,
    headers=STAMPS,
)
