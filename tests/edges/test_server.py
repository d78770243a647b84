from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2
import pytest
from fastapi import FastAPI, Request, Response
from starlette.types import Receive, Scope, Send

from app import server


def make_app(ended: list[str], *, fails: bool = False) -> FastAPI:
    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        if fails:
            raise RuntimeError("no store")
        yield
        ended.append("shutdown")

    app = FastAPI(lifespan=lifespan)

    @app.get("/slow")
    async def answer_slowly() -> str:
        await asyncio.sleep(0.3)
        return "done"

    @app.api_route("/short", methods=["GET", "HEAD"])
    async def answer_shortly() -> str:
        return "done"

    @app.post("/length")
    async def measure(request: Request) -> int:
        return len(await request.body())

    @app.get("/cut")
    async def begin_only() -> Response:
        return _Headless()

    return app


class _Headless(Response):
    """An answer that breaks before its body."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"9")]})
        raise RuntimeError("broken")


async def start(ended: list[str]) -> tuple[asyncio.Task[None], str]:
    """A server that runs, and its address."""
    ready: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    app = make_app(ended)
    serving = asyncio.create_task(server.serve(app, host="127.0.0.1", port=0, on_ready=ready.set_result))
    return serving, await ready


@asynccontextmanager
async def connected() -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """A connection to a server that runs."""
    serving, base = await start([])
    reader, writer = await asyncio.open_connection("127.0.0.1", int(base.rpartition(":")[2]))
    try:
        yield reader, writer
    finally:
        writer.close()
        serving.cancel()
        with pytest.raises(asyncio.CancelledError):
            await serving


async def test_a_cancelled_server_finishes_what_runs_and_shuts_the_application_down() -> None:
    ended: list[str] = []
    serving, base = await start(ended)
    async with httpx2.AsyncClient(base_url=base) as client:
        asking = asyncio.create_task(client.get("/slow"))
        await asyncio.sleep(0.1)
        serving.cancel()
        assert (await asking).json() == "done"
    with pytest.raises(asyncio.CancelledError):
        await serving
    assert ended == ["shutdown"]


async def test_an_address_that_is_taken_is_an_os_error_and_nothing_starts() -> None:
    ended: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(OSError, match=r"[Aa]ddress"):
            await server.serve(make_app(ended), host="127.0.0.1", port=port, on_ready=ended.append)
    assert ended == []


async def test_an_application_that_can_not_start_is_named_as_the_cause() -> None:
    ended: list[str] = []
    with pytest.raises(server.StartFailed):
        await server.serve(make_app(ended, fails=True), host="127.0.0.1", port=0, on_ready=ended.append)
    assert ended == []


async def test_head_and_body_of_an_answer_arrive_together() -> None:
    async with connected() as (reader, writer):
        for _ in range(50):
            writer.write(b"GET /short HTTP/1.1\r\nHost: a\r\n\r\n")
            assert (await reader.read(65_536)).endswith(b'\r\n\r\n"done"')


async def test_an_answer_without_a_body_arrives_too() -> None:
    async with connected() as (reader, writer):
        for _ in range(2):
            writer.write(b"HEAD /short HTTP/1.1\r\nHost: a\r\n\r\n")
            assert (await reader.read(65_536)).endswith(b"\r\n\r\n")


async def test_whoever_asks_whether_to_go_on_is_told_before_the_answer() -> None:
    async with connected() as (reader, writer):
        writer.write(b"POST /length HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n")
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 100 ")
        writer.write(b"hello")
        assert (await reader.read(65_536)).endswith(b"\r\n\r\n5")


async def test_an_answer_that_breaks_before_its_body_is_seen_to_have_begun() -> None:
    async with connected() as (reader, writer):
        writer.write(b"GET /cut HTTP/1.1\r\nHost: a\r\n\r\n")
        assert (await reader.read()).startswith(b"HTTP/1.1 200 OK\r\n")
