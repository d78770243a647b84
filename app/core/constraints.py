"""What constraints of the database keep of the rules: frozen fields as a number, the two ends of a pair as a key."""

from __future__ import annotations

import hashlib
import json
from functools import lru_cache
from operator import attrgetter
from typing import TYPE_CHECKING

from app.core.model import End
from app.core.rules import POLICIES, Pairs

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.core.model import Json, Relationship

_CORE = {name: attrgetter(name) for name in ("source", "target", "type")}
_quote = json.encoder.encode_basestring_ascii  # what json.dumps does to a string, without the way there


def fingerprint(relationship: Relationship) -> int:
    """The frozen fields of a relationship as one signed 64-bit number.

    The database keeps it beside the key: a replacement that would change it collides with the key's constraint.
    """
    r, own, fields = relationship, relationship.fields.get, POLICIES[relationship.policy].frozen
    values = [_CORE[field](r) if field in _CORE else own(field) for field in fields]
    frozen = tuple([value if value is None or type(value) is str else _spell(value) for value in values])
    return _digest(frozen) if "source" in fields else _digest_of_types(frozen)


def _digest(frozen: tuple[str | None, ...]) -> int:
    digest = hashlib.blake2b(repr(list(frozen)).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


# Types and classes repeat, unlike ends: thousands of relationships share a handful of these.
_digest_of_types = lru_cache(maxsize=4096)(_digest)


def _spell(value: Json | End) -> str:
    """One canonical spelling of what is no string: for an end, that of the list of its identity and its space."""
    if not isinstance(value, End):
        return json.dumps(value, sort_keys=True)
    domain, type, id, _, space = value
    return f"{_spell_kind(domain, type)}{_quote(id)}, {'null' if space is None else _quote(space)}]"


@lru_cache(maxsize=1024)
def _spell_kind(domain: str, type: str) -> str:
    return f"[{_quote(domain)}, {_quote(type)}, "


def pair_key(relationship: Relationship, source: str, target: str) -> str | None:
    """What the database keeps unique for a live relationship of a policy with a pair rule; None where there is none.

    ``source`` and ``target`` are the keys of its ends.
    """
    spell = _SPELLERS[relationship.policy]
    return None if spell is None or relationship.deleted_at is not None else spell(source, target)


def pair_speller(rule: Pairs) -> Callable[[str, str], str]:
    """What spells the key of two ends, given by their own keys, under a rule that allows them one live relationship.

    Made once for thousands of pairs: to name a member of an enumeration costs as much as the digest does.
    """
    unordered, prefix = rule is Pairs.UNORDERED, f"{rule.name}|"

    def spell(source: str, target: str) -> str:
        if unordered and target < source:
            source, target = target, source
        return hashlib.blake2b(f"{prefix}{source}|{target}".encode(), digest_size=12).hexdigest()

    return spell


_SPELLERS = {
    policy.name: None if policy.pairs is Pairs.FREE else pair_speller(policy.pairs) for policy in POLICIES.values()
}
