"""``tercet``: the commands of the service."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from app import ask, demo, process, server
from app.access import DEFAULT_SCOPES, DevelopmentIssuer, KeysUnusable, check_listen
from app.bench import BenchFailed
from app.bench import run as run_bench
from app.client import ClientError
from app.core import administer
from app.core.errors import SpaceUnknown, TercetError
from app.core.identity import Minter
from app.core.ontology import DEFAULT_SETTINGS
from app.embedded import fetch as parts
from app.embedded.server import EmbeddedNeo4j
from app.facades.autodesk import writable as pairs
from app.graph import migrate as migrations
from app.graph.check import check as prove_graph
from app.graph.connection import Connection
from app.graph.library import Library
from app.graph.store import GraphStore
from app.graph.writer import Gathering, Writers
from app.load import FileUnusable, LoadFailed
from app.load import run as run_load
from app.main import Service, now
from app.settings import SettingInvalid, Settings
from app.telemetry import set_up_logs

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine, Iterator

    from app.core.administer import Sheet

T = TypeVar("T")

cli = typer.Typer(
    help="One graph, three wire formats: a relationship service over Neo4j.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
migrate = typer.Typer(help="The graph's constraints and indexes, by numbered migrations.", no_args_is_help=True)
cli.add_typer(migrate, name="migrate")
cli.add_typer(ask.app, name="ask")

Host = Annotated[str | None, typer.Option(help="Address to listen on; TERCET_HOST.", show_default="127.0.0.1")]
Url = Annotated[str | None, typer.Option(help="Where the service is.", show_default="as the settings say")]
Port = Annotated[int | None, typer.Option(help="Port to listen on, 0: any free one; TERCET_PORT.", show_default="8080")]


MENDABLE = (
    TercetError,
    SettingInvalid,
    KeysUnusable,
    server.StartFailed,
    FileUnusable,
    LoadFailed,
    ClientError,
    BenchFailed,
)


class WritableMode(StrEnum):
    """What ``tercet space --writable`` takes."""

    STRICT = "strict"
    PERMISSIVE = "permissive"
    DEFAULT = "default"


def main() -> None:
    """Runs a command. What an operator can mend is told in words, without a traceback, and exits 1."""
    try:
        cli(obj=_find_service)
    except (*MENDABLE, OSError) as error:
        sys.stderr.write(f"tercet: {error}\n")
        sys.exit(1)


@cli.command()
def serve(
    host: Host = None,
    port: Port = None,
    worker: Annotated[bool, typer.Option(help="Carry out jobs here, or leave them to 'tercet work'.")] = True,
) -> None:
    """Runs the service, with a Neo4j of its own unless TERCET_NEO4J_URI names one."""
    settings = _listening(host, port)
    set_up_logs(sys.stderr)
    process.run(_serve(settings, lambda base: _say(f"Tercet is ready at {base}"), works=worker))


@cli.command()
def work() -> None:
    """Carries out jobs that services on the same database accept, until it is told to stop."""
    settings = Settings.from_environment()
    if settings.neo4j_uri is None:
        raise SettingInvalid(
            "TERCET_NEO4J_URI", "the server whose jobs to carry out: an embedded one has its own worker"
        )
    set_up_logs(sys.stderr)
    process.run(_work(settings))


@cli.command(name="demo")
def run_demo(
    host: Host = None,
    port: Port = None,
    exit: Annotated[bool, typer.Option("--exit", help="Stop at the end instead of staying for a visitor.")] = False,
) -> None:
    """Starts the service, loads a real building through all three formats, and shows what can be asked."""
    settings = replace(_listening(host, port), java_hurries=True)

    async def show() -> None:
        ready = asyncio.get_running_loop().create_future()
        serving = asyncio.create_task(_serve(settings, ready.set_result))
        await asyncio.wait((ready, serving), return_when=asyncio.FIRST_COMPLETED)
        if serving.done():
            serving.result()
            return
        issuer = DevelopmentIssuer.open(settings.data_dir)
        await demo.show(ready.result(), issuer.mint, Console(), stays=not exit)
        if exit:
            serving.cancel()
        await asyncio.wait((serving,))

    settings.data_dir.mkdir(parents=True, exist_ok=True)
    with (settings.data_dir / "demo.log").open("a", encoding="utf-8") as log:
        set_up_logs(log)
        process.run(show())


@cli.command()
def load(
    files: Annotated[
        list[Path], typer.Argument(exists=True, dir_okay=False, help="JSON lines or arrays, plain or gzip.")
    ],
    space: Annotated[str, typer.Option(help="The collection to load into.")],
    url: Url = None,
    token: Annotated[
        str | None, typer.Option(envvar="TERCET_TOKEN", help="Whose load it is.", show_default="a development token")
    ] = None,
    refused: Annotated[Path, typer.Option(dir_okay=False, help="Where refused items go.")] = Path("refused.jsonl"),
) -> None:
    """Loads entities and relationships in the Apollo format; the same command goes on where it was interrupted."""
    settings = Settings.from_environment()
    base, bearer = _reach(settings, url, token)
    try:
        report = asyncio.run(run_load(base, bearer, space, files, settings.data_dir / "loads", refused))
    except KeyboardInterrupt:
        raise LoadFailed("interrupted; the same command goes on from there") from None
    for kind, counts in report.counts.items():
        told = ", ".join(f"{counts[word]:,} {word}" for word in ("created", "updated", "unchanged", "failed"))
        typer.echo(f"{counts['total']:>10,} {kind}: {told}")
    if report.refused:
        typer.echo(f"{report.refused:,} items were refused: {refused} says why", err=True)
        sys.exit(1)


@cli.command()
def bench(
    space: Annotated[str | None, typer.Option(help="Where to write.", show_default="a new space")] = None,
    url: Url = None,
    token: Annotated[
        str | None, typer.Option(envvar="TERCET_TOKEN", help="Whose requests.", show_default="a development token")
    ] = None,
    items: Annotated[int, typer.Option(min=1, max=10_000, help="Items of a large request.")] = 10_000,
    calls: Annotated[int, typer.Option(min=1, help="PUTs of each client in a turn.")] = 25,
    turns: Annotated[int, typer.Option(min=1, help="How often everything is measured, after one turn to warm.")] = 5,
    json: Annotated[Path | None, typer.Option(dir_okay=False, help="Also writes the figures to a file.")] = None,
) -> None:
    """Measures a running service from outside: large and small requests, the same again, reads. What it stores stays."""
    base, bearer = _reach(Settings.from_environment(), url, token)
    place = space or Minter().mint()
    sheet = asyncio.run(run_bench(base, bearer, place, items=items, calls=calls, turns=turns))
    sheet.show()
    sheet.write(json)


@cli.command()
def token(
    scope: Annotated[str, typer.Option(help="Scopes, with blanks between.")] = DEFAULT_SCOPES,
    sub: Annotated[str, typer.Option(help="Whose token.")] = "developer",
    minutes: Annotated[float, typer.Option(min=0.1, max=60 * 24 * 365, help="How long it is good.")] = 60,
) -> None:
    """Prints a token of the development issuer and nothing else."""
    typer.echo(_mint(Settings.from_environment(), sub=sub, scope=scope, minutes=minutes))


def _address(settings: Settings) -> str:
    return settings.public_url or f"http://{settings.host}:{settings.port}"


def _reach(settings: Settings, url: str | None, token: str | None) -> tuple[str, str]:
    """Where a service is and a token for a day's work there: what was named, else as the settings say."""
    return url or _address(settings), token or _mint(settings, minutes=24 * 60)


def _find_service() -> tuple[str, str]:
    """Where the service is, as the settings say, and a token to ask it with."""
    settings = Settings.from_environment()
    token = os.environ.get("TERCET_TOKEN") or _mint(settings, minutes=60)
    return _address(settings), token


def _mint(settings: Settings, *, sub: str = "developer", scope: str = DEFAULT_SCOPES, minutes: float) -> str:
    if settings.auth != "development":
        raise SettingInvalid("TERCET_AUTH", "'development' for this command: tokens of an issuer are got from it")
    return DevelopmentIssuer.open(settings.data_dir).mint(sub=sub, scope=scope, minutes=minutes)


@cli.command()
def fetch() -> None:
    """Brings the parts of the embedded database and of the pages into the cache folder and stops."""
    settings = Settings.from_environment()
    with _progress() as advance:
        folders = dict.fromkeys((parts.fetch(settings, advance), parts.fetch_web(settings)))
    typer.echo(f"All parts are in {' and '.join(map(str, folders))}")


@migrate.command()
def status() -> None:
    """Shows every migration, whether it is applied, and what the others would do."""

    async def show(connection: Connection) -> None:
        for row in await migrations.status(connection):
            typer.echo(f"V{row.version:04d}  {row.state:<8}  {row.name}")
            for statement in row.statements if row.state == "pending" else ():
                typer.echo(f"       {statement}")

    process.run(_with_database(show))


@migrate.command()
def up() -> None:
    """Applies every migration that is not applied yet."""

    async def apply(connection: Connection) -> None:
        applied = await migrations.up(connection)
        typer.echo("\n".join(f"applied V{row.version:04d}  {row.name}" for row in applied) or "nothing to apply")

    process.run(_with_database(apply))


@cli.command()
def space(
    id: Annotated[str, typer.Argument(help="A container, a collection, or the default space.")],
    writable: Annotated[
        WritableMode | None,
        typer.Option(help="Which pairs of kinds the Autodesk format may write; default: as the service's setting."),
    ] = None,
) -> None:
    """Shows the settings of a space, or changes them first; a running service follows within a second."""
    mode = None if writable is WritableMode.DEFAULT else writable
    changes = {} if writable is None else {pairs.SETTING: mode}

    async def settle(connection: Connection) -> Sheet:
        store = GraphStore(connection, Writers(connection, Gathering(), clock=now, mint=Minter().mint))
        if changes:
            return (await store.revise(id, partial(administer.configure, settings=changes))).sheet
        sheet = await store.sheet(id)
        if sheet is None or sheet.deleted_at is not None:
            raise SpaceUnknown(id)
        return sheet

    sheet = process.run(_with_database(settle))
    usual = {pairs.SETTING: Settings.from_environment().autodesk_writable_mode, **DEFAULT_SETTINGS}
    for name, value in {**usual, **sheet.settings}.items():
        typer.echo(f"{name:<14}{value}" if name in sheet.settings else f"{name:<14}{value}  (default)")


@cli.command()
def check() -> None:
    """Proves on the data that the graph is sound; prints what it counted and exits 1 with examples if it is not."""

    async def prove(connection: Connection) -> bool:
        report = await prove_graph(connection)
        typer.echo(report.text())
        return report.ok

    if not process.run(_with_database(prove)):
        sys.exit(1)


def _listening(host: str | None, port: int | None) -> Settings:
    settings = Settings.from_environment()
    settings = replace(settings, host=host or settings.host, port=settings.port if port is None else port)
    check_listen(settings)
    return settings if settings.port else replace(settings, port=_free_port(settings.host))


def _free_port(host: str) -> int:
    with socket.create_server((host, 0), family=socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        return int(probe.getsockname()[1])


async def _work(settings: Settings) -> None:
    async with Service(settings, public_url=""):
        process.keep_what_is_there()
        await server.await_stop(lambda: _say(f"Tercet works on {settings.neo4j_uri}"))


async def _serve(settings: Settings, on_ready: Callable[[str], None], *, works: bool = True) -> None:
    """Listens at once, opens the service meanwhile, and says when both are done."""
    listening: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    public_url = settings.public_url or f"http://{host}:{settings.port}"
    with _progress() as advance:
        service = Service(settings, public_url=public_url, progress=advance, works=works)
        serving = asyncio.create_task(
            server.serve(service.app, host=settings.host, port=settings.port, on_ready=listening.set_result)
        )
        opening = asyncio.create_task(service.open())
        await asyncio.wait((serving, opening), return_when=asyncio.FIRST_COMPLETED)
    try:
        if not serving.done():
            await opening
            process.keep_what_is_there()
            on_ready(await listening)
        await serving
    finally:
        opening.cancel()
        serving.cancel()
        await asyncio.wait((serving, opening))
        await service.close()


async def _with_database(work: Callable[[Connection], Coroutine[Any, Any, T]]) -> T:
    """Runs something on the database of the settings; an embedded one is started for it and stopped again."""
    settings = Settings.from_environment()
    async with _connected(settings) as connection:
        return await work(connection)


@asynccontextmanager
async def _connected(settings: Settings) -> AsyncIterator[Connection]:
    connection = Connection(Library.load())
    if settings.neo4j_uri:
        connection.attach(settings.neo4j_uri, settings.neo4j_user, settings.neo4j_password, settings.neo4j_database)
        try:
            await connection.verify()
            yield connection
        finally:
            await connection.close()
        return
    with _progress() as advance:
        embedded = EmbeddedNeo4j(settings, progress=advance)
        endpoint = await embedded.start()
    try:
        connection.attach(endpoint.uri, endpoint.user, endpoint.password)
        yield connection
    finally:
        await connection.close()
        await embedded.stop()


@contextmanager
def _progress() -> Iterator[Callable[[int, int], None]]:
    """A bar on the terminal that appears with the first byte to fetch."""
    columns = TextColumn("fetching Neo4j"), BarColumn(), DownloadColumn(), TimeRemainingColumn()
    progress = Progress(*columns, console=Console(stderr=True), transient=True)
    task = None

    def advance(done: int, total: int) -> None:
        nonlocal task
        if task is None:
            progress.start()
            task = progress.add_task("fetch", total=total)
        progress.update(task, completed=done, total=total)

    try:
        yield advance
    finally:
        if task is not None:
            progress.stop()


def _say(line: str) -> None:
    typer.echo(line)
    sys.stdout.flush()
