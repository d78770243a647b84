from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import httpx2
import pytest
import structlog
from fastapi import APIRouter, FastAPI
from starlette.requests import Request
from starlette.responses import Response

from app.facades import faults
from app.facades.mount import Edge, build, dispatch
from app.facades.paths import DECODE_THEN_SPLIT, MATCH_THEN_DECODE, SPLIT_THEN_DECODE, PathPolicy, RouteTable
from tests.edges.sample import make_app, render

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@pytest.fixture(autouse=True)
def quiet_log() -> Any:
    with structlog.testing.capture_logs() as entries:
        yield entries


def ask(method: str, target: str, app: Any = None, **options: Any) -> Any:
    transport = httpx2.ASGITransport(app=app or make_app(), raise_app_exceptions=True)
    return httpx2.AsyncClient(transport=transport, base_url="http://test").request(method, target, **options)


@pytest.mark.parametrize(
    ("method", "target", "status", "error"),
    [
        ("GET", "/sample/nothing", 404, "PathUnknown"),
        ("GET", "/", 404, "PathUnknown"),
        ("GET", "/docs", 404, "PathUnknown"),
        ("GET", "/openapi.json", 404, "PathUnknown"),
        ("DELETE", "/sample/things", 405, "MethodNotAllowed"),
        ("OPTIONS", "/sample/things", 405, "MethodNotAllowed"),
        ("GET", "/sample/things?" + "q" * 33_000, 414, "TargetTooLong"),
        ("GET", "/sample/raise/bug", 500, "Defect"),
        ("GET", "/sample/raise/away", 503, "StoreAway"),
        ("GET", "/sample/raise/job", 409, "JobMissing"),
        ("GET", "/sample/raise/media", 415, "MediaTypeUnusable"),
        ("POST", "/sample/things", 400, "JsonFault"),
    ],
)
async def test_every_error_leaves_in_the_shape_of_the_format(method: str, target: str, status: int, error: str) -> None:
    answer = await ask(method, target, headers={"X-Request-Id": "mine"})
    assert answer.status_code == status
    assert answer.json()["error"] == error
    assert answer.json()["id"] == "mine"
    assert answer.headers["x-request-id"] == "mine"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-method"] == method


async def test_a_bug_is_logged_and_never_told(quiet_log: list[Any]) -> None:
    answer = await ask("GET", "/sample/raise/bug")
    assert "secret" not in answer.text
    [entry] = quiet_log
    assert entry["log_level"] == "error"
    assert str(entry["exc_info"]) == "secret of ours"
    assert entry["request_id"] == answer.headers["x-request-id"]


async def test_a_bug_of_the_renderer_is_rendered_as_a_defect() -> None:
    def stumble(error: Exception, request: Any) -> Response:
        if not isinstance(error, faults.Defect):
            raise KeyError("no shape for this")
        return render(error, request)

    app = build("Stumbling", [], Edge(paths=DECODE_THEN_SPLIT, max_target_bytes=100, render=stumble))
    answer = await ask("GET", "/x", app)
    assert (answer.status_code, answer.json()["error"]) == (500, "Defect")


async def test_an_answer_that_has_begun_is_cut_and_not_rendered() -> None:
    with pytest.raises(RuntimeError, match="in the middle"):
        await ask("GET", "/sample/breaks")


async def test_a_client_that_leaves_gets_no_answer() -> None:
    sent: list[Any] = []

    async def leave() -> dict[str, str]:
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    await make_app()(_make_scope("POST", b"/sample/things"), leave, send)
    assert sent == []


async def test_the_methods_of_a_path_are_listed_in_allow() -> None:
    assert (await ask("PATCH", "/sample/things")).headers["allow"] == "GET, HEAD, POST"
    assert (await ask("PATCH", "/sample/things/3")).headers["allow"] == "GET, HEAD"


async def test_head_is_get_without_the_body() -> None:
    head, get = await ask("HEAD", "/sample/things/3"), await ask("GET", "/sample/things/3")
    assert head.content == b""
    assert (head.status_code, head.headers["content-length"]) == (200, get.headers["content-length"])
    refused = await ask("HEAD", "/sample/nothing")
    assert (refused.status_code, refused.content) == (404, b"")


async def test_options_are_answered_where_the_facade_offers_them() -> None:
    app = make_app(offers_options=True)
    answer = await ask("OPTIONS", "/sample/things", app)
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["allow"] == "GET, HEAD, OPTIONS, POST"
    assert answer.headers["x-request-id"]
    assert (await ask("OPTIONS", "/sample/nothing", app)).status_code == 404
    assert "OPTIONS" in (await ask("PUT", "/sample/things", app)).headers["allow"]


@pytest.mark.parametrize("sent", ["a", "A-z_9.x", "x" * 64])
async def test_a_good_request_id_is_echoed(sent: str) -> None:
    answer = await ask("GET", "/sample/things", headers={"X-Request-Id": sent})
    assert answer.headers["x-request-id"] == answer.json()["id"] == sent


@pytest.mark.parametrize("sent", ["", "x" * 65, "a b", "a/b", "ä"])
async def test_any_other_request_id_is_replaced(sent: str) -> None:
    answer = await ask("GET", "/sample/things", headers={"X-Request-Id": sent.encode()})
    assert UUID.fullmatch(answer.headers["x-request-id"])
    assert answer.headers["x-request-id"] == answer.json()["id"]


@pytest.mark.parametrize(
    ("policy", "target", "id"),
    [
        (DECODE_THEN_SPLIT, b"/sample/things/a%3Ab", "a:b"),
        (DECODE_THEN_SPLIT, b"/sample%2Fthings%2fa", "a"),
        (DECODE_THEN_SPLIT, b"/sample/things/a%2Fb", None),
        (DECODE_THEN_SPLIT, b"/sample/things/a/", None),
        (DECODE_THEN_SPLIT, b"/sample//things/a", None),
        (DECODE_THEN_SPLIT, b"/Sample/things/a", None),
        (MATCH_THEN_DECODE, b"/sample/things/a%2Fb%3A%2C%28", "a/b:,("),
        (MATCH_THEN_DECODE, b"/sample/things/a%252Fb", "a%2Fb"),
        (MATCH_THEN_DECODE, b"/sample/things/a/", "a"),
        (MATCH_THEN_DECODE, b"/sample/things/a//", None),
        (MATCH_THEN_DECODE, b"/sample%2Fthings/a", None),
        (MATCH_THEN_DECODE, b"/sample/thing%73/a", None),
        (MATCH_THEN_DECODE, b"/sample/things/%E2%82%AC", "€"),
        (MATCH_THEN_DECODE, b"/sample/things/..", ".."),
        (SPLIT_THEN_DECODE, b"/sample/things/a/", "a"),
        (SPLIT_THEN_DECODE, b"/sample/things/a#b/c", "a"),
        (SPLIT_THEN_DECODE, b"/sample/things/a%23b", "a#b"),
        (SPLIT_THEN_DECODE, b"/sample/thing%73/a", "a"),
        (SPLIT_THEN_DECODE, b"/sample/things/a%2Fb", "a/b"),
    ],
)
async def test_paths_are_read_as_the_policy_says(policy: PathPolicy, target: bytes, id: str | None) -> None:
    status, body = await _ask_raw(make_app(policy), target)
    assert status == (404 if id is None else 200)
    if id is not None:
        assert body == {"id": id}


async def test_a_segment_that_is_not_utf8_is_refused_where_segments_are_decoded_last() -> None:
    status, body = await _ask_raw(make_app(MATCH_THEN_DECODE), b"/sample/things/%FF")
    assert (status, body["error"]) == (400, "PathUnreadable")


@pytest.mark.parametrize("policy", [MATCH_THEN_DECODE, SPLIT_THEN_DECODE])
async def test_one_trailing_slash_changes_nothing_and_never_redirects(policy: PathPolicy) -> None:
    assert (await _ask_raw(make_app(policy), b"/sample/things/first/"))[1] == {"first": "yes"}


def _make_routes(*paths: str, methods: tuple[str, ...] = ("GET",)) -> list[Any]:
    router = APIRouter()
    for path in paths:

        async def answer() -> None: ...

        router.add_api_route(path, answer, methods=list(methods))
    return router.routes


@pytest.mark.parametrize(
    ("path", "route", "parameters"),
    [
        (b"/r/fixed", "/r/fixed", {}),
        (b"/r/other", "/r/{id}", {"id": "other"}),
        (b"/r/fixed/logs", "/r/{id}/logs", {"id": "fixed"}),
        (b"/r/entities(x)", "/r/entities({id})", {"id": "x"}),
        (b"/r/entities()", "/r/{id}", {"id": "entities()"}),
        (b"/r/a::b", "/r/{who}::{what}", {"who": "a", "what": "b"}),
        (b"/r/things:search", "/r/things:search", {}),
    ],
)
def test_literals_win_over_mixed_segments_and_those_over_parameters(
    path: bytes, route: str, parameters: dict[str, str]
) -> None:
    paths = ("/r/{id}", "/r/fixed", "/r/{id}/logs", "/r/entities({id})", "/r/{who}::{what}", "/r/things:search")
    table = RouteTable(_make_routes(*paths), MATCH_THEN_DECODE, offers_options=False)
    found, captured = table.find("GET", path)
    assert (found.path, captured) == (route, parameters)


@pytest.mark.parametrize("paths", [("/a/{x}", "/a/{y}"), ("/a", "/a"), ("/a", "/a/")])
def test_routes_that_could_be_mistaken_for_each_other_are_refused(paths: tuple[str, ...]) -> None:
    with pytest.raises(ValueError):
        RouteTable(_make_routes(*paths), MATCH_THEN_DECODE, offers_options=False)


def test_a_router_inside_a_router_is_refused() -> None:
    outer = APIRouter()
    outer.include_router(APIRouter(routes=_make_routes("/a")))
    with pytest.raises(TypeError):
        build("Nested", [outer], Edge(paths=DECODE_THEN_SPLIT, max_target_bytes=100, render=render))


async def ask_for_more(_: Request, __: int) -> Response:
    return Response()


def answer_at_once(_: Request) -> Response:
    return Response()


@pytest.mark.parametrize("endpoint", [ask_for_more, answer_at_once])
def test_an_endpoint_that_is_no_coroutine_function_of_the_request_is_refused(endpoint: Any) -> None:
    router = APIRouter()
    router.add_api_route("/a", endpoint)
    with pytest.raises(TypeError, match="/a"):
        build("More", [router], Edge(paths=DECODE_THEN_SPLIT, max_target_bytes=100, render=render))


def test_a_facade_has_an_openapi_document_of_its_own() -> None:
    document = make_app().openapi()
    assert document["info"]["title"] == "Sample"
    assert "/sample/things/{id}" in document["paths"]


@pytest.mark.parametrize(
    ("path", "name"),
    [
        (b"/a", "short"),
        (b"/a/x", "short"),
        (b"/a%2Fx", "short"),
        (b"/ab", "rest"),
        (b"/a/b", "long"),
        (b"/a/b/c", "long"),
        (b"/a/bc", "short"),
        (b"/A/x", "rest"),
        (b"/", "rest"),
    ],
)
async def test_the_longest_prefix_of_whole_segments_gets_the_request(path: bytes, name: str) -> None:
    reached: list[str] = []

    def note(name: str) -> Callable[..., Any]:
        async def app(scope: Any, *_: Any) -> None:
            reached.append(name)
            assert scope["raw_path"] == path

        return app

    await dispatch([("/a", note("short")), ("/a/b", note("long"))], note("rest"))(_make_scope("GET", path), None, None)
    assert reached == [name]


async def test_the_lifespan_goes_to_the_fallback() -> None:
    reached: list[str] = []

    async def fallback(scope: Any, *_: Any) -> None:
        reached.append(scope["type"])

    await dispatch([("/a", FastAPI())], fallback)({"type": "lifespan"}, None, None)  # type: ignore[arg-type]
    assert reached == ["lifespan"]


async def test_middleware_of_the_framework_still_runs_inside_the_one_way_out() -> None:
    app = make_app()

    class Failing:
        def __init__(self, app: Any) -> None:
            self.app = app

        async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
            assert scope["route"].path == "/sample/things"
            raise RuntimeError

    app.add_middleware(Failing)
    answer = await ask("GET", "/sample/things", app)
    assert (answer.status_code, answer.json()["error"]) == (500, "Defect")


def _make_scope(method: str, raw_path: bytes) -> dict[str, Any]:
    return {
        "type": "http",
        "method": method,
        "path": raw_path.decode(),
        "raw_path": raw_path,
        "query_string": b"",
        "headers": [(b"host", b"test")],
        "root_path": "",
    }


async def _ask_raw(app: Any, raw_path: bytes) -> tuple[int, Any]:
    messages: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        messages.append(message)

    await app(_make_scope("GET", raw_path), receive, send)
    response = httpx2.Response(messages[0]["status"], content=b"".join(m.get("body", b"") for m in messages))
    return response.status_code, response.json()
