"""What the body of a request says: one JSON object, taken strictly, with all its faults told together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from app.facades import strict
from app.facades.analyst import wire
from app.facades.analyst.parameters import Unusable
from app.facades.body import read_body
from app.facades.faults import MediaTypeUnusable

if TYPE_CHECKING:
    import re
    from collections.abc import Collection, Mapping

    from starlette.requests import Request

    from app.core.model import Json

DEEPEST: Final = 20
JSON: Final = "application/json"


class Body:
    """The members of an object. Readers give the default in place of what can't be used; ``settle`` tells."""

    def __init__(self, members: Mapping[str, Any], names: Collection[str], where: str = "") -> None:
        self._members = members
        self._where = where
        self._faults: dict[str, str] = {}
        if members.keys() - set(names):
            self.refuse(where.rstrip(".") or "body", f"takes {', '.join(names)} and nothing else")

    def refuse(self, name: str, why: str) -> None:
        """Notes that something can't be used; the first reason stands."""
        self._faults.setdefault(name, why)

    def settle(self) -> None:
        """Raises Unusable if anything was refused."""
        if self._faults:
            raise Unusable(list(self._faults.items()))

    def text(self, name: str, *, least: int = 1, most: int, default: str | None = None) -> str:
        """A text of ``least`` to ``most`` characters; it must be there if there is no ``default``."""
        value = self._members.get(name)
        if value is None and default is not None:
            return default
        if not isinstance(value, str) or not least <= len(value) <= most:
            self.refuse(self._where + name, f"takes a text of {least} to {most} characters")
            return default or ""
        return value

    def spelled(self, name: str, pattern: re.Pattern[str], why: str, *, default: str | None = None) -> str:
        """A text that ``pattern`` matches whole."""
        value = self._members.get(name)
        if value is None and default is not None:
            return default
        if not isinstance(value, str) or not pattern.fullmatch(value):
            self.refuse(self._where + name, why)
            return default or ""
        return value

    def integer(self, name: str, default: int, *, least: int, most: int) -> int:
        """A whole number from ``least`` to ``most``; 5.0 is one."""
        value = self._members.get(name, default)
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            self.refuse(self._where + name, f"takes a whole number from {least} to {most}")
            return default
        return value

    def flag(self, name: str, default: bool) -> bool:
        """True or false."""
        value = self._members.get(name, default)
        if not isinstance(value, bool):
            self.refuse(self._where + name, "takes true or false")
            return default
        return value

    def value(self, name: str) -> Json:
        """Anything."""
        value: Json = self._members.get(name)
        return value

    def mapping(self, name: str, *, most_bytes: int) -> dict[str, Json]:
        """An object; empty where it is not given."""
        value = self._members.get(name, {})
        if not isinstance(value, dict) or len(msgspec.json.encode(value)) > most_bytes:
            self.refuse(self._where + name, f"takes an object of at most {most_bytes} bytes")
            return {}
        return value

    def bodies(self, name: str, names: Collection[str], *, most: int) -> list[Body]:
        """The objects of a list, with these members; their faults are told with those of the whole."""
        value = self._members.get(name, [])
        if not isinstance(value, list) or len(value) > most or not all(isinstance(each, dict) for each in value):
            self.refuse(self._where + name, f"takes a list of at most {most} objects")
            return []
        found = [Body(each, names, f"{name}[{index}].") for index, each in enumerate(value)]
        for each in found:
            for where, why in each._faults.items():
                self.refuse(where, why)
            each._faults = self._faults
        return found


async def read(request: Request, names: Collection[str]) -> Body:
    """The object that the body of a request is, with the members that it may have; one that is empty has none.

    Raises BodyTooLarge, MediaTypeUnusable, JsonFault.
    """
    if request.headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise MediaTypeUnusable("encoded")
    media, _, parameters = request.headers.get("content-type", JSON).partition(";")
    charset = parameters.replace(" ", "").replace('"', "").lower()
    if media.strip().lower() != JSON or charset not in ("", "charset=utf-8"):
        raise MediaTypeUnusable("another type")
    raw = await read_body(request, wire.MAX_BODY_BYTES)
    members = strict.parse(raw, max_depth=DEEPEST) if raw.strip() else {}
    if not isinstance(members, dict):
        raise strict.JsonFault("not_an_object", 0)
    return Body(members, names)
