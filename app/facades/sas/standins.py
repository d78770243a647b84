"""Calls that clients of this format make before the first real one, for development only (sas 13)."""

from __future__ import annotations

import ipaddress
import secrets
import uuid
from base64 import b64decode
from typing import TYPE_CHECKING, Final, Protocol
from urllib.parse import parse_qs

import msgspec
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from app.core.access import Right
from app.facades import mount as mounting
from app.facades.body import read_body
from app.facades.faults import PathUnknown
from app.facades.paths import SPLIT_THEN_DECODE
from app.facades.sas import media, wire
from app.facades.sas.desk import Desk
from app.facades.sas.render import render_error

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from app.facades.context import Context

PREFIXES: Final = ("/SASLogon", "/identities", "/licenses", "/deploymentData")
GRANTS: Final = frozenset({"password", "client_credentials", "refresh_token", "authorization_code"})
SCOPE: Final = f"{wire.READ_SCOPE} {wire.WRITE_SCOPE}"
MINUTES: Final = 60
MAX_FORM_BYTES: Final = 65_536
USER: Final = "application/vnd.sas.identity.user"
SUMMARY: Final = "application/vnd.sas.identity.user.summary"


class Issuer(Protocol):
    """Who mints development tokens."""

    def mint(self, sub: str | None, scope: str, minutes: float, *, user_name: str | None, right: Right | None) -> str:
        """A token for a user with a right on every space."""
        ...


def mount(context: Context, issuer: Issuer | None) -> ASGIApp:
    """The application below ``PREFIXES``; without an issuer nobody gets a token."""
    edge = mounting.Edge(
        paths=SPLIT_THEN_DECODE, max_target_bytes=wire.MAX_TARGET_BYTES, render=render_error, offers_options=True
    )
    desk, router = Standins(context, issuer), APIRouter(default_response_class=Response)
    add = router.add_api_route
    add("/SASLogon/oauth/token", desk.give_token, methods=["POST"], summary="A development token")
    add("/identities/users/@currentUser", desk.show_user, methods=["GET"], summary="Who is calling")
    add("/licenses/grants", desk.show_grants, methods=["GET"], summary="What is licensed")
    add("/deploymentData/cadenceVersion", desk.show_cadence, methods=["GET"], summary="Which release this is like")
    return mounting.build("SAS Viya stand-ins", [router], edge)


class Standins(Desk):
    """Answers that mean nothing here, in the shape that clients look for."""

    def __init__(self, context: Context, issuer: Issuer | None) -> None:
        super().__init__(context)
        self._issuer = issuer

    async def give_token(self, request: Request) -> Response:
        """A token for whatever credentials; only to callers of this machine or a private network."""
        if self._issuer is None or not _is_near(request):
            raise PathUnknown("no such path")
        form = parse_qs((await read_body(request, MAX_FORM_BYTES)).decode(errors="replace"))
        grant = form.get("grant_type", [""])[0]
        client = _read_client(request.headers.get("authorization", "")) or form.get("client_id", [""])[0]
        if not client:
            return _answer_oauth({"error": "invalid_client"}, 401)
        if grant not in GRANTS:
            return _answer_oauth(
                {"error": "unsupported_grant_type", "error_description": f"{grant[:200]} is not offered."}, 400
            )
        user = form.get("username", [client])[0]
        token = self._issuer.mint(user, SCOPE, MINUTES, user_name=user, right=Right.READWRITE)
        body = {
            "access_token": token,
            "token_type": "bearer",
            "expires_in": MINUTES * 60,
            "scope": SCOPE,
            "jti": str(uuid.uuid4()),
        }
        if grant != "client_credentials":
            body["refresh_token"] = secrets.token_urlsafe(24)
        return _answer_oauth(body, 200)

    async def show_user(self, request: Request) -> Response:
        """The caller as a user."""
        caller = self.identify(request, "current user")
        accepted = media.read_ranges(request.headers.getlist("accept"))
        if not any(media.covers(accepted, name) for name in (USER, SUMMARY)):
            media.choose_answer(request.headers, USER)
        name = caller.user or caller.subject or caller.principal
        body = {
            "version": 1,
            "id": name,
            "name": name,
            "type": "user",
            "providerId": "tercet",
            "state": "active",
            "links": [],
        }
        return Response(msgspec.json.encode(body), headers={"Content-Type": f"{USER}+json"})

    async def show_grants(self, request: Request) -> Response:
        """Nothing is licensed; the release is the one that clients look for."""
        self.identify(request, "licenses")
        return _answer_json({"version": 1, "release": "V04", "grants": [], "links": []})

    async def show_cadence(self, request: Request) -> Response:
        """A release whose two strings clients read."""
        self.identify(request, "cadence")
        return _answer_json({"version": 1, "cadenceName": "stable", "cadenceVersion": "2023.10", "links": []})


def _answer_json(body: object) -> Response:
    return Response(msgspec.json.encode(body), headers={"Content-Type": wire.JSON})


def _answer_oauth(body: object, status: int) -> Response:
    headers = {"Content-Type": wire.JSON, "Cache-Control": "no-store"}
    return Response(msgspec.json.encode(body), status, headers)


def _read_client(authorization: str) -> str | None:
    """The user name of Basic credentials; their secret may be empty."""
    scheme, _, credentials = authorization.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        return b64decode(credentials).decode().partition(":")[0]
    except ValueError:
        return None


def _is_near(request: Request) -> bool:
    """Whether the peer is this machine or on a private network."""
    try:
        address = ipaddress.ip_address(request.client.host if request.client else "")
    except ValueError:
        return False
    return address.is_loopback or address.is_private
