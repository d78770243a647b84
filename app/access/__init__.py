"""Who is calling: tokens, the keys that verify them, and an issuer of our own for development."""

from app.access.development import DEFAULT_SCOPES, DevelopmentIssuer
from app.access.issuers import check_listen, verifier_from
from app.access.keys import KeysUnusable
from app.access.rates import Rates, limit
from app.access.seals import seal_keys
from app.access.tokens import Verifier

__all__ = [
    "DEFAULT_SCOPES",
    "DevelopmentIssuer",
    "KeysUnusable",
    "Rates",
    "Verifier",
    "check_listen",
    "limit",
    "seal_keys",
    "verifier_from",
]
