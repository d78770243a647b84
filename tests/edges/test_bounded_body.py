from __future__ import annotations

from typing import Any

import pytest
from starlette.requests import ClientDisconnect, Request

from app.facades.body import check_declared_size, read_body
from app.facades.faults import BodyTooLarge


class Sender:
    """Sends pieces and counts how many were asked for."""

    def __init__(self, *pieces: bytes, length: str | None = None, leaves: bool = False) -> None:
        self.pieces = pieces
        self.asked = 0
        self.leaves = leaves
        headers = [] if length is None else [(b"content-length", length.encode())]
        self.request = Request({"type": "http", "method": "POST", "headers": headers}, self.receive)

    async def receive(self) -> dict[str, Any]:
        self.asked += 1
        if self.asked > len(self.pieces) and self.leaves:
            return {"type": "http.disconnect"}
        more = self.asked < len(self.pieces) or self.leaves
        return {"type": "http.request", "body": self.pieces[self.asked - 1], "more_body": more}


@pytest.mark.parametrize("pieces", [(b"",), (b"abcd",), (b"ab", b"", b"cd"), (b"abc", b"")])
async def test_a_body_up_to_the_limit_is_read_whole(pieces: tuple[bytes, ...]) -> None:
    assert await read_body(Sender(*pieces).request, 4) == b"".join(pieces)


async def test_a_body_declared_too_large_is_refused_before_anything_is_read() -> None:
    sender = Sender(b"abcde", length="5")
    with pytest.raises(BodyTooLarge) as caught:
        await read_body(sender.request, 4)
    assert (sender.asked, caught.value.limit) == (0, 4)


async def test_reading_stops_at_the_first_byte_too_many() -> None:
    sender = Sender(b"ab", b"cde", b"f", b"g")
    with pytest.raises(BodyTooLarge):
        await read_body(sender.request, 4)
    assert sender.asked == 2


@pytest.mark.parametrize("length", ["5", "0005", "9" * 5000])
def test_a_declared_length_is_judged_whatever_its_spelling(length: str) -> None:
    with pytest.raises(BodyTooLarge):
        check_declared_size(Sender(length=length).request, 4)


@pytest.mark.parametrize("length", [None, "4", "", "x", "-5", "٥"])
def test_a_declared_length_that_fits_or_says_nothing_passes(length: str | None) -> None:
    sender = Sender()
    sender.request = Request(
        {"type": "http", "headers": [] if length is None else [(b"content-length", length.encode("utf-8"))]}
    )
    check_declared_size(sender.request, 4)


async def test_a_sender_that_leaves_ends_the_reading() -> None:
    with pytest.raises(ClientDisconnect):
        await read_body(Sender(b"ab", leaves=True).request, 4)
