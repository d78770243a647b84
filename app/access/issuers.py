"""Which issuer the settings choose, and where its tokens may be taken."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from app.access.development import ISSUER, DevelopmentIssuer
from app.access.keys import RefreshedKeys
from app.access.tokens import Issuer, Verifier
from app.settings import SettingInvalid

if TYPE_CHECKING:
    from app.settings import Settings


def verifier_from(settings: Settings) -> Verifier:
    """The verifier of the issuer that ``TERCET_AUTH`` chooses, not yet started.

    Raises SettingInvalid when ``jwt`` lacks its issuer, audience or keys, or ``development`` would listen on more
    than loopback.
    """
    check_listen(settings)
    if settings.auth == "development":
        return Verifier(ISSUER, DevelopmentIssuer.open(settings.data_dir).keys())
    name = _needed(settings.jwt_issuer, "TERCET_JWT_ISSUER", "the `iss` of your issuer's tokens")
    audience = _needed(settings.jwt_audience, "TERCET_JWT_AUDIENCE", "the `aud` that names this service")
    place = _needed(settings.jwt_jwks, "TERCET_JWT_JWKS", "the file or URL of your issuer's keys")
    return Verifier(Issuer(name, audience), RefreshedKeys(place))


def check_listen(settings: Settings) -> None:
    """Raises SettingInvalid when development tokens, which anybody here can make, would be taken from elsewhere."""
    if settings.auth == "development" and not is_loopback(settings.host):
        raise SettingInvalid(
            "TERCET_HOST",
            f"127.0.0.1, ::1 or localhost, not {settings.host}, while TERCET_AUTH is development, because anybody on "
            "this machine can make such tokens; TERCET_AUTH=jwt with an issuer of yours may listen anywhere",
        )


def is_loopback(host: str) -> bool:
    """Whether ``host`` (an address or ``localhost``) is reached from this machine only."""
    try:
        return host.lower() == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _needed(value: str | None, variable: str, meaning: str) -> str:
    if not value:
        raise SettingInvalid(variable, f"{meaning}, which TERCET_AUTH=jwt can't do without")
    return value
