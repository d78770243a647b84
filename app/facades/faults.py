"""Faults of HTTP itself, before any core verb. They carry facts; each façade gives them status and shape.

Fault
├── PathUnknown             no route of this façade has that path
├── MethodNotAllowed        the path is known, with other methods
├── TargetTooLong           path and query are longer than the façade takes
├── BodyTooLarge            more bytes than the façade takes, declared or counted while they came
├── TooManyItems            more items in one body than the operation takes
├── MediaTypeUnusable       Content-Type, its charset or Content-Encoding can't be read
├── NotAcceptable           Accept or Accept-Item leaves nothing that could be sent
├── BadRequest              a path, query, header or body that can't be understood; façades subclass it
│   ├── PathUnreadable      a path segment is not UTF-8 once it is percent-decoded
│   └── JsonFault           the body is not strict JSON (lives in ``strict``)
└── Defect                  a bug of ours; the cause is logged, never sent
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.core import errors

if TYPE_CHECKING:
    from collections.abc import Sequence


class Fault(Exception):
    """A request that failed at the edge."""


class PathUnknown(Fault):
    """No route of this façade has that path."""


class MethodNotAllowed(Fault):
    """The path is known; ``allow`` are its methods, ready for the header of that name."""

    def __init__(self, allow: Sequence[str]) -> None:
        super().__init__("method not allowed")
        self.allow = tuple(allow)


class TargetTooLong(Fault):
    """Path and query together are longer than ``limit`` bytes."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"request target longer than {limit} bytes")
        self.limit = limit


class BodyTooLarge(Fault):
    """The body is longer than ``limit`` bytes."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"body longer than {limit} bytes")
        self.limit = limit


class TooManyItems(Fault):
    """The body holds more than ``limit`` items; none of them was parsed."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"more than {limit} items")
        self.limit = limit


class MediaTypeUnusable(Fault):
    """The body is labelled, or encoded, as something that is not taken here."""


class NotAcceptable(Fault):
    """The caller takes nothing that could be sent."""


class BadRequest(Fault):
    """Something of the request can't be understood; façades subclass it to say what in their words."""


class PathUnreadable(BadRequest):
    """A path segment is not UTF-8 once it is percent-decoded."""


class Defect(Fault):
    """A bug of ours. ``__cause__`` is what was logged; nothing of it may be sent."""


def list_headers(error: Exception) -> dict[str, str]:
    """The headers that the answer to a call that failed with ``error`` must have (RFC 6750, RFC 9110)."""
    match error:
        case errors.TokenMissing():
            return {"WWW-Authenticate": 'Bearer realm="tercet"'}
        case errors.NotAuthenticated():
            return {"WWW-Authenticate": 'Bearer realm="tercet", error="invalid_token"'}
        case errors.ScopeMissing():
            scopes = " ".join(error.scopes)
            return {"WWW-Authenticate": f'Bearer realm="tercet", error="insufficient_scope", scope="{scopes}"'}
        case MethodNotAllowed():
            return {"Allow": ", ".join(error.allow)}
        case errors.TooMuch() | errors.StoreAway():
            return {"Retry-After": str(error.retry_after)}
        case _:
            return {}
