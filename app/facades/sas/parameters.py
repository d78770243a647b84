"""What a request says beside its body: the query string, the space, conditions and their dates (sas 1.1, 2, 8)."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import formatdate
from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes

from app.facades.sas import wire
from app.facades.sas.faults import ParameterInvalid

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.datastructures import Headers
    from starlette.types import Scope

    from app.core.amend import Guard

_BROKEN_ESCAPE = re.compile(rb"%(?![0-9a-fA-F]{2})")


@dataclass(frozen=True, slots=True)
class Query:
    """The parameters of a query string in their order; those with an empty value are left out."""

    pairs: tuple[tuple[str, str], ...]

    def first(self, name: str) -> str | None:
        """The value of a single-valued parameter: of several, the first counts."""
        return next((value for key, value in self.pairs if key == name), None)

    def every(self, name: str) -> tuple[str, ...]:
        """The values of a multi-valued parameter, also spelled ``name[]`` (sas 2)."""
        return tuple(value for key, value in self.pairs if key in (name, f"{name}[]"))


def read_query(scope: Scope) -> Query:
    """The query string; raises ParameterInvalid where it can't be decoded."""
    pairs = (part.partition(b"=") for part in _raw_query(scope).split(b"&"))
    decoded = [(_decode(name), _decode(value)) for name, _, value in pairs]
    return Query(tuple(pair for pair in decoded if pair[1]))


def _raw_query(scope: Scope) -> bytes:
    """The query without a raw ``#`` and what follows it; nothing is left of it when the ``#`` stands in the path."""
    if b"#" in (scope.get("raw_path") or b""):
        return b""
    query: bytes = scope["query_string"]
    return query.partition(b"#")[0]


def _decode(part: bytes) -> str:
    try:
        text = unquote_to_bytes(part.replace(b"+", b" ")).decode()
    except UnicodeDecodeError:
        raise ParameterInvalid("The query string is not UTF-8.") from None
    if _BROKEN_ESCAPE.search(part) or "\0" in text:
        raise ParameterInvalid("The query string has a broken percent-encoding or U+0000.")
    return text


def stands_for_patch(scope: Scope) -> bool:
    """Whether ``_method`` turns a POST into a PATCH; raises ParameterInvalid for another value (sas 9.6)."""
    for part in _raw_query(scope).split(b"&"):
        name, _, value = part.partition(b"=")
        if name == b"_method" and value:
            if value.lower() != b"patch":
                raise ParameterInvalid("The query parameter _method is not PATCH.")
            return True
    return False


def read_space(headers: Headers, default: str) -> str:
    """The space that ``X-Tercet-Space`` names, else ``default``; raises ParameterInvalid (sas 1.1)."""
    values = [value for name, value in headers.raw if name == b"x-tercet-space"]
    if not values:
        return default
    try:
        (space,) = (value.decode().strip(" \t") for value in values)
    except ValueError:
        raise ParameterInvalid("The header X-Tercet-Space is repeated or not UTF-8.") from None
    if not 1 <= len(space) <= wire.MAX_SPACE or any(unicodedata.category(sign) == "Cc" for sign in space):
        raise ParameterInvalid(f"The header X-Tercet-Space is not 1 to {wire.MAX_SPACE} characters without controls.")
    return space


def show_tag(modified_at: int) -> str:
    """The ETag: the modification time in nanoseconds (sas 8.2)."""
    return f'W/"{modified_at}000"'


def show_date(at: int) -> str:
    """The HTTP date of an instant, cut to its second."""
    return formatdate(at // 1_000_000, usegmt=True)


def matches_tag(values: Iterable[str], tag: str) -> bool:
    """Whether If-Match or If-None-Match values name ``tag``, compared weakly: lists, ``*`` and bare tags (sas 8.3)."""
    wanted = _bare_tag(tag)
    return any(_bare_tag(one) in ("*", wanted) for value in values for one in value.split(","))


def read_guard(headers: Headers) -> Guard:
    """What If-Match, or else If-Unmodified-Since, demands of a modification time (sas 8.3, 8.4)."""
    tags = headers.getlist("if-match")
    if tags:
        return lambda at: matches_tag(tags, show_tag(at))
    until = read_date(headers.get("if-unmodified-since"))
    if until is None:
        return lambda _: True
    return lambda at: at // 1_000_000 * 1_000_000 <= until


def _bare_tag(tag: str) -> str:
    return tag.strip().removeprefix("W/").strip('"')


_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MONTH = f"(?P<month>{'|'.join(_MONTHS)})"
_CLOCK = r"(?P<hour>\d\d):(?P<minute>\d\d):(?P<second>\d\d)"
_HTTP_DATES = tuple(
    re.compile(pattern, re.ASCII)
    for pattern in (
        rf"[A-Z][a-z]{{2}}, (?P<day>\d\d) {_MONTH} (?P<year>\d{{4}}) {_CLOCK} GMT",
        rf"[A-Z][a-z]{{5,8}}, (?P<day>\d\d)-{_MONTH}-(?P<year>\d\d) {_CLOCK} GMT",
        rf"[A-Z][a-z]{{2}} {_MONTH} (?P<day>[ \d]\d) {_CLOCK} (?P<year>\d{{4}})",
    )
)


def read_date(text: str | None) -> int | None:
    """The instant of an HTTP date in any of its three forms; None for anything else (sas 8.4)."""
    if text is None:
        return None
    match = next((found for form in _HTTP_DATES if (found := form.fullmatch(text.strip()))), None)
    if match is None:
        return None
    year, month = int(match["year"]), _MONTHS.index(match["month"]) + 1
    if len(match["year"]) == 2:
        year = _full_year(year)
    hour, minute, second = (int(match[part]) for part in ("hour", "minute", "second"))
    try:
        return _count_microseconds(datetime(year, month, int(match["day"]), hour, minute, second, tzinfo=UTC))
    except ValueError:
        return None


def _full_year(short: int) -> int:
    """RFC 9110 5.6.7: a two-digit year more than 50 years ahead is one of the past."""
    now = datetime.now(UTC).year
    year = now // 100 * 100 + short
    return year - 100 if year > now + 50 else year


_TIME_STAMP = re.compile(
    r"(?P<date>\d{4}-\d\d-\d\d)"
    r"(?:[Tt](?P<clock>\d\d:\d\d:\d\d)(?:\.(?P<fraction>\d{0,9}))?(?P<zone>[Zz]|[+\- ]\d\d:\d\d)?)?",
    re.ASCII,
)


def read_instant(text: str) -> int:
    """The instant of a time stamp (sas 2), cut to microseconds; raises ValueError."""
    match = _TIME_STAMP.fullmatch(text)
    if match is None:
        raise ValueError(text)
    clock, fraction = match["clock"] or "00:00:00", (match["fraction"] or "")[:6].ljust(6, "0")
    zone = (match["zone"] or "Z").replace(" ", "+").upper().replace("Z", "+00:00")
    try:
        moment = datetime.fromisoformat(f"{match['date']}T{clock}.{fraction}{zone}").astimezone(UTC)
    except OverflowError:
        raise ValueError(text) from None
    return _count_microseconds(moment)


def _count_microseconds(moment: datetime) -> int:
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
