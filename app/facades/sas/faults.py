"""What this format alone can find wrong with a request; each carries the sentence that the caller reads."""

from __future__ import annotations

from app.core.errors import ItemInvalid
from app.facades.faults import BadRequest


class MemberInvalid(ItemInvalid):
    """A member is missing, of the wrong type, too long, or contradicts another."""


class OperationUnclear(BadRequest):
    """A body without a telling media type has none of the members that tell operations apart (sas 3.5)."""


class ParameterInvalid(BadRequest):
    """A query parameter or a header has a value that can't be used."""


class DepthInvalid(BadRequest):
    """How far to walk is out of range (sas 9.2.6)."""


class WalkTooWide(BadRequest):
    """A walk reaches more relationships than one answer may rest on (sas 9.2.6)."""
