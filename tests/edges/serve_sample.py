"""``python -m tests.edges.serve_sample``: the sample format behind the real server with short times. Prints its URL."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from app import process, server
from app.facades.mount import dispatch
from tests.edges.sample import make_app

BOUNDS = server.Bounds(
    head_seconds=0.8, body_gap_seconds=0.8, body_seconds=1.4, idle_seconds=1.0, linger_seconds=0.5, connections=40
)


@asynccontextmanager
async def _say_when_it_ends(_: FastAPI) -> AsyncIterator[None]:
    yield
    print("shutdown ran", flush=True)  # noqa: T201 the test reads it


async def main() -> None:
    root = dispatch([("/sample", make_app(limit=10_000))], FastAPI(lifespan=_say_when_it_ends, openapi_url=None))
    await server.serve(
        root,
        host="127.0.0.1",
        port=0,
        bounds=BOUNDS,
        on_ready=lambda url: print(url, flush=True),  # noqa: T201
        shutdown_grace=5,
    )


if __name__ == "__main__":
    process.run(main())
