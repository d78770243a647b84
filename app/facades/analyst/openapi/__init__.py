"""The manual of the analysts' API: what its OpenAPI document says. A noun's operations stand in a module of its own."""

from __future__ import annotations

from typing import Final

from app.facades.analyst.openapi import questions, routings, statements
from app.facades.analyst.openapi.parts import STAMPS
from app.facades.analyst.openapi.words import WORDS
from app.facades.openapi import Manual

MANUAL: Final = Manual(
    title="Tercet: questions to the graph",
    about="Questions to the graph that all formats write, for people and programs. An entity goes by its `ref`. The graph "
    "of a space is its live relationships with their ends; ends that belong to other spaces are shown with their `space`, "
    "and no walk leaves from them. Whatever may grow has limits, which the answer states, and `truncated` says with `reason` "
    "when one of them has cut it. Unknown and repeated parameters are refused. Lists in a query are separated by commas, "
    "each element percent-encoded. Every failure is an RFC 9457 problem.",
    token="A token of the issuer that the service trusts; in development `tercet token` prints one. Scopes: `graph.read`, "
    "and `graph.cypher` for statements of one's own. The right to read the space counts besides.",
    tags={
        "spaces": "What there is.",
        "entities": "Find and look at things.",
        "walks": "Go along relationships.",
        "queries": "Read-only Cypher of one's own.",
    },
    operations={**questions.OPERATIONS, **routings.OPERATIONS, **statements.OPERATIONS},
    words={**WORDS, **routings.WORDS, **statements.WORDS},
    headers=STAMPS,
)
