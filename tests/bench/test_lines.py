"""The client of the benches: what it keeps open, and what it makes of a connection that ends."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager

import pytest

from app.bench.lines import Lines

WHOLE = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nX-One: a\r\n\r\n{}"
LAST = b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\n{}"
CHUNKED = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\n[1, \r\n2\r\n2]\r\n0\r\n\r\n"
CUT = b"HTTP/1.1 200 OK\r\ncontent-length: 20\r\n\r\n{}"


@asynccontextmanager
async def answering(answer: bytes, *, closing: bool = False):
    """A client, and the requests of each connection that it has opened."""
    asked: list[list[bytes]] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append([])
        mine = asked[-1]
        while head := await reader.readuntil(b"\r\n\r\n") if not reader.at_eof() else b"":
            mine.append(head + await reader.read(2) if b"PUT" in head else head)
            await asyncio.sleep(0.01)
            writer.write(answer)
            if closing:
                break
        writer.close()

    async with await asyncio.start_server(talk, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        async with Lines(f"http://127.0.0.1:{port}/base", "token") as lines:
            yield lines, asked


async def test_a_connection_stays_and_is_asked_again():
    async with answering(WHOLE) as (lines, asked):
        answers = [await lines.get("/a"), await lines.put("/b", content=b"{}", headers={"x-two": "b"})]
    assert [(each.status_code, each.headers["x-one"], each.json()) for each in answers] == [(200, "a", {})] * 2
    [[get, put]] = asked
    assert get.startswith(b"GET /base/a HTTP/1.1\r\n")
    assert b"\r\nauthorization: Bearer token\r\n" in get
    assert put.startswith(b"PUT /base/b HTTP/1.1\r\n")
    assert put.endswith(b"content-length: 2\r\nx-two: b\r\n\r\n{}")


async def test_requests_at_once_have_a_connection_each():
    async with answering(WHOLE) as (lines, asked):
        for _ in range(2):
            await asyncio.gather(*(lines.get("/") for _ in range(3)))
    assert list(map(len, asked)) == [2, 2, 2]


@pytest.mark.parametrize("answer", [WHOLE, LAST])
async def test_one_that_was_closed_is_replaced(answer):
    async with answering(answer, closing=True) as (lines, asked):
        for _ in range(2):
            assert (await lines.get("/")).text == "{}"
            await asyncio.sleep(0.05)
    assert list(map(len, asked)) == [1, 1]


async def test_one_that_was_idle_for_long_is_replaced(monkeypatch):
    async with answering(WHOLE) as (lines, asked):
        await lines.get("/")
        monkeypatch.setattr("app.bench.lines.IDLE_SECONDS", 0.0)
        await lines.get("/")
    assert list(map(len, asked)) == [1, 1]


async def test_an_answer_in_chunks_is_whole():
    async with answering(CHUNKED) as (lines, _):
        assert (await lines.get("/")).json() == [1, 2]


@pytest.mark.parametrize(("answer", "words"), [(CUT, "cut"), (b"220 mail\r\n\r\n", "HTTP")])
async def test_what_is_no_whole_answer_is_told(answer, words):
    async with answering(answer, closing=True) as (lines, _):
        with pytest.raises(ConnectionError, match=words):
            await lines.get("/")
