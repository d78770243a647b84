"""Which media type a body has, and which one its answer gets (sas 3)."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

from app.facades.faults import MediaTypeUnusable, NotAcceptable
from app.facades.sas import wire

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from starlette.datastructures import Headers

T = TypeVar("T")

_VENDOR = "application/vnd.sas."


class Operation(Enum):
    """What a POST on a collection asks for."""

    CREATE_ONE = "create one"
    CREATE_MANY = "create many"
    QUERY = "query"


_ANY: Final = (Operation.CREATE_MANY, Operation.CREATE_ONE, Operation.QUERY)
# sas 3.5; a body without a telling type is judged by its content.
RELATIONSHIP_POSTS: Final[Mapping[str, tuple[Operation, ...]]] = {
    wire.RELATIONSHIP: (Operation.CREATE_ONE,),
    wire.COLLECTION: (Operation.CREATE_MANY,),
    wire.QUERY: (Operation.QUERY,),
    wire.JSON: _ANY,
    "": _ANY,
}
REFERENCE_POSTS: Final[Mapping[str, tuple[Operation, ...]]] = {
    wire.REFERENCE: (Operation.CREATE_ONE,),
    wire.COLLECTION: (Operation.CREATE_MANY,),
    wire.TEXT: (Operation.QUERY,),
    wire.JSON: _ANY,
    "": _ANY,
}
RELATIONSHIP_PUTS: Final = {wire.RELATIONSHIP: True, wire.JSON: True, "": True}
REFERENCE_PUTS: Final = {wire.REFERENCE: True, wire.JSON: True, "": True}
PATCHES: Final = {wire.JSON_PATCH: True, wire.JSON: True, "": True}


class Range(NamedTuple):
    """One entry of an Accept header."""

    name: str
    quality: float
    position: int


def read_content_type(headers: Headers, takes: Mapping[str, T]) -> T:
    """What ``takes`` says of the body's media type; raises MediaTypeUnusable (sas 2, 3.1)."""
    encoding = headers.get("content-encoding", "").strip().lower()
    if encoding not in ("", "identity"):
        raise MediaTypeUnusable(f"The body's Content-Encoding {encoding} is not taken.")
    declared = headers.get("content-type", "")
    name, *parameters = (part.strip() for part in declared.split(";"))
    if any(not _is_utf8(parameter) for parameter in parameters):
        raise MediaTypeUnusable("The body's charset is not utf-8.")
    try:
        return takes[_plain_name(name)]
    except KeyError:
        raise MediaTypeUnusable(f"The Content-Type {declared} is not taken here.") from None


def choose_answers(headers: Headers, operations: Iterable[Operation], item: str) -> dict[Operation, str]:
    """The media type of the answer to each operation that could be answered; raises NotAcceptable if none could."""
    answers: dict[Operation, str] = {}
    for operation in operations:
        choose = choose_answer if operation is Operation.CREATE_ONE else choose_list_answer
        try:
            answers[operation] = choose(headers, item)
        except NotAcceptable as error:
            refused = error
    if not answers:
        raise refused
    return answers


def settle(answers: Mapping[Operation, str], operation: Operation) -> str:
    """The media type of the answer, now that the operation is known; raises NotAcceptable."""
    try:
        return answers[operation]
    except KeyError:
        raise NotAcceptable("Accept or Accept-Item leaves nothing that this operation could send.") from None


def choose_answer(headers: Headers, vendor: str) -> str:
    """``vendor`` or application/json, whichever the caller prefers (sas 3.3); raises NotAcceptable."""
    ranges = read_ranges(headers.getlist("accept"))
    if not ranges:
        return vendor
    # max() keeps the first of equals: the vendor's type wins a tie.
    quality, _, _, answer = max((_weigh(ranges, name) for name in (vendor, wire.JSON)), key=lambda weight: weight[:3])
    if quality <= 0:
        raise NotAcceptable(f"Only {vendor} and {wire.JSON} can be sent.")
    return answer


def choose_list_answer(headers: Headers, item: str) -> str:
    """The media type of a list of ``item``s; raises NotAcceptable (sas 3.3, 3.4)."""
    answer = choose_answer(headers, wire.COLLECTION)
    check_item_type(headers, item)
    return answer


def check_item_type(headers: Headers, item: str) -> None:
    """Raises NotAcceptable when an Accept-Item header leaves nothing that items could be (sas 3.4)."""
    ranges = read_ranges(headers.getlist("accept-item"))
    if ranges and all(_weigh(ranges, name)[0] <= 0 for name in (item, wire.JSON)):
        raise NotAcceptable(f"Items can be sent as {item} and {wire.JSON} only.")


def read_ranges(values: Iterable[str]) -> list[Range]:
    """The entries of all Accept headers in order; one whose q can't be read counts as q=0."""
    entries = [entry for value in values for entry in value.split(",") if entry.strip()]
    return [_read_range(entry, position) for position, entry in enumerate(entries)]


def covers(ranges: list[Range], name: str) -> bool:
    """Whether Accept entries name this media type itself."""
    return any(entry.name == name and entry.quality > 0 for entry in ranges)


def _read_range(entry: str, position: int) -> Range:
    name, *parameters = (part.strip() for part in entry.split(";"))
    quality = 1.0
    for parameter in parameters:
        key, _, value = parameter.partition("=")
        if key.strip().lower() == "q":
            quality = _read_quality(value.strip())
    return Range(_plain_name(name), quality, position)


def _read_quality(text: str) -> float:
    try:
        quality = float(text)
    except ValueError:
        return 0.0
    return quality if 0 <= quality <= 1 else 0.0


def _weigh(ranges: list[Range], name: str) -> tuple[float, int, int, str]:
    """Quality, specificity and nearness to the front of the most specific range that covers ``name``."""
    for specificity, pattern in ((2, name), (1, "application/*"), (0, "*/*")):
        found = [entry for entry in ranges if entry.name == pattern]
        if found:
            best = max(found, key=lambda entry: (entry.quality, -entry.position))
            return best.quality, specificity, -best.position, name
    return 0.0, 0, 0, name


def _plain_name(name: str) -> str:
    """Lower-case; names of the vendor without ``+json`` (sas 3.1)."""
    lower = name.lower()
    return lower.removesuffix("+json") if lower.startswith(_VENDOR) else lower


def _is_utf8(parameter: str) -> bool:
    """Whether a parameter of Content-Type leaves the body readable: only ``charset`` is looked at (sas 3.1)."""
    key, _, value = parameter.partition("=")
    return key.strip().lower() != "charset" or value.strip().strip('"').lower() in ("utf-8", "us-ascii")
