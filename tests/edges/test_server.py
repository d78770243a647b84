from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2
import pytest
from fastapi import FastAPI

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

    return app


async def test_a_cancelled_server_finishes_what_runs_and_shuts_the_application_down() -> None:
    ended: list[str] = []
    ready: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    serving = asyncio.create_task(server.serve(make_app(ended), host="127.0.0.1", port=0, on_ready=ready.set_result))
    async with httpx2.AsyncClient(base_url=await ready) as client:
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
