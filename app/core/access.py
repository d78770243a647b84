"""Who is calling and what they may do, in words that every format shares."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from app.core.errors import PersonRequired, RateExceeded, RightMissing, ScopeMissing

if TYPE_CHECKING:
    from collections.abc import Mapping

EVERYBODY: Final = "*"
"""The principal of a grant that every caller holds; no token can name it."""


class Right(enum.IntEnum):
    """What a principal may do in a space; each right contains the ones below it."""

    READONLY = 1
    READWRITE = 2
    ADMIN = 3
    OWNER = 4

    @property
    def wire(self) -> str:
        """The word that the formats use: ``readonly``, ``readwrite``, ``admin``, ``owner``."""
        return self.name.lower()

    @classmethod
    def read(cls, word: str) -> Right:
        """The right of that exact word; ValueError for any other."""
        for right in cls:
            if right.wire == word:
                return right
        raise ValueError(word)


@dataclass(frozen=True, slots=True)
class Caller:
    """Whom a verified token stands for.

    ``blanket`` is a right on every space; only our own development issuer gives one (sas 13). ``wait``: seconds until
    the caller may ask again, 0 for one who is within the rate.
    """

    subject: str | None
    client: str | None
    user: str | None
    scopes: frozenset[str]
    principals: tuple[str, ...]
    blanket: Right | None = None
    wait: int = 0

    @property
    def is_service(self) -> bool:
        """Two-legged: nobody stands behind the client (autodesk 2.2)."""
        return self.subject is None or self.subject == self.client

    @property
    def principal(self) -> str:
        """The entry under which this caller creates: the user, else the app (apollo 11)."""
        return self.principals[0]

    @property
    def grantees(self) -> tuple[str, ...]:
        """Every principal whose grants count for this caller."""
        return (*self.principals, EVERYBODY)

    def require(self, *scopes: str) -> None:
        """Raises ScopeMissing, with all of ``scopes``, unless the token has each of them; none implies another.

        Then RateExceeded for a caller who must wait: who may not ask at all is told so first (autodesk 2.1, apollo 2.3).
        """
        if not self.scopes.issuperset(scopes):
            raise ScopeMissing(scopes)
        self.require_turn()

    def require_any(self, *scopes: str) -> None:
        """Raises ScopeMissing unless the token has at least one of ``scopes``; then as ``require``."""
        if self.scopes.isdisjoint(scopes):
            raise ScopeMissing(scopes)
        self.require_turn()

    def require_turn(self) -> None:
        """Raises RateExceeded for a caller who must wait."""
        if self.wait:
            raise RateExceeded(self.wait)

    def require_person(self) -> None:
        """Raises PersonRequired for a service's token (autodesk 2.2, when three-legged tokens only are taken)."""
        if self.is_service:
            raise PersonRequired("the token is a service's")

    def right_among(self, grants: Mapping[str, Right]) -> Right | None:
        """The highest right that ``grants`` (of one space, by principal) and the blanket right give; apollo 11."""
        held = [grants[name] for name in self.grantees if name in grants]
        if self.blanket is not None:
            held.append(self.blanket)
        return max(held, default=None)

    def require_right(self, needed: Right, space: str, grants: Mapping[str, Right]) -> None:
        """Raises RightMissing unless ``grants`` of the space give at least ``needed``."""
        held = self.right_among(grants)
        if held is None or held < needed:
            raise RightMissing(space)


def list_principals(
    *,
    subject: str | None,
    client: str | None,
    device: str | None = None,
    org: str | None = None,
    groups: tuple[str, ...] = (),
) -> tuple[str, ...]:
    """The principals that a token's claims name, the creator's first (apollo 11)."""
    found: list[str] = []
    if subject is not None and subject != client:
        found.append(f"sub:user:{subject}")
    if client is not None:
        found.append(f"sub:app:{client}")
    if device is not None:
        found.append(f"sub:dev:{device}")
    if org is not None:
        found.append(f"org:{org}")
    # An org with a colon could spell another org's group: group:a:b:c is (a, b:c) and (a:b, c).
    if org is not None and ":" not in org:
        found.extend(f"group:{org}:{group}" for group in groups)
    return tuple(found)
