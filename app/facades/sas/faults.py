"""What this format alone can find wrong with a request; each carries the sentence that the caller reads."""

from __future__ import annotations

from app.core.errors import ItemInvalid, StoreAway
from app.facades.faults import BadRequest


class MemberInvalid(ItemInvalid):
    """A member is missing, of the wrong type, too long, or contradicts another."""


class TypeMissing(BadRequest):
    """There is no relationship type of that name."""


class IdMismatch(ItemInvalid):
    """A body names another resource than the path."""


class PatchInvalid(BadRequest):
    """An operation of a bulk delete is no removal of one resource."""


class OperationUnclear(BadRequest):
    """A body without a telling media type has none of the members that tell operations apart (sas 3.5)."""


class ParameterInvalid(BadRequest):
    """A query parameter or a header has a value that can't be used."""


class DepthInvalid(BadRequest):
    """How far to walk is out of range (sas 9.2.6)."""


class WalkTooWide(BadRequest):
    """A walk reaches more relationships than one answer may rest on (sas 9.2.6)."""


class FilterFunctionUnknown(BadRequest):
    """A filter calls a function that there is not."""


class FilterArgumentsInvalid(BadRequest):
    """A filter's function has other arguments than it takes."""


class FilterMalformed(BadRequest):
    """A filter is outside the grammar or too large."""


class SortOptionUnknown(BadRequest):
    """A sort criterion has an option that there is not."""


class SortMalformed(BadRequest):
    """A sort criterion is outside the grammar, or one too many."""


class SortKeyUnknown(BadRequest):
    """A sort criterion names a member that there is not."""


class SortKeyUnsortable(BadRequest):
    """A sort criterion names a member without order."""


class ListTooSlow(StoreAway):
    """A list needs more time than one call may take (sas 5, 10627)."""
