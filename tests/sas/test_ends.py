"""What a write makes of its ends: references, their details, ends in other spaces (sas 1.7, 4.1)."""

from __future__ import annotations

import time

import pytest

from app.core.access import Right
from app.core.identity import Minter, name_uuid, space_name
from app.core.model import Author, Entity, Mention, Proposal
from app.core.relate import Origin, Recording
from app.core.rules import APOLLO, SAS
from app.facades.sas import translate
from tests.memory import MemoryStore
from tests.sas.client import edge

HOME, OTHER = "home", "other"
MOTOR = Entity("sas", "resource", "/motor")


@pytest.fixture
def store() -> MemoryStore:
    made = MemoryStore(clock=lambda: time.time_ns() // 1000, mint=Minter().mint)
    for space in (HOME, OTHER):
        made.found(space, {"sub:user:developer": Right.OWNER})
    return made


async def record(store: MemoryStore, proposal: Proposal, policy=SAS, space: str = HOME, by: str = "ops"):
    origin = Origin(by=Author(by), principal="sub:user:developer")
    receipt = await store.write(space, Recording(policy=policy, items=[proposal], origin=origin))
    return receipt.outcomes[0].relationship


async def read_entity(store: MemoryStore, entity: Entity, space: str = HOME):
    key = space_name(space).entity_key(entity)
    return (await store.entities(space, [key]))[key]


DETAILS = {"name": "Motor 9", "contentType": "motor", "analysisTimeStamp": "2026-05-04", "extra": 1, "source": None}
STORED = {"name": "Motor 9", "contentType": "motor", "analysisTimeStamp": "2026-05-04T00:00:00.000000Z"}


async def test_46_details_are_kept_by_the_write_that_creates_the_reference_only(store):
    await record(store, translate.read_relationship(edge("/crane", "/motor", relatedReference=DETAILS)))
    assert (await read_entity(store, MOTOR)).fields == STORED
    later = edge("/other", "/motor", relatedReference={"name": "Another"})
    await record(store, translate.read_relationship(later), by="late")
    kept = await read_entity(store, MOTOR)
    assert (kept.fields, kept.created.by.user) == (STORED, "ops")


async def test_46_details_of_a_foreign_end_are_ignored(store):
    uri = "/tercet/entities/apollo/entity/x"
    await record(store, translate.read_relationship(edge(uri, "/motor", reference=DETAILS)))
    assert (await read_entity(store, Entity("apollo", "entity", "x"))).fields == {}


async def test_46_what_only_another_space_named_becomes_a_reference_by_the_first_write_here(store):
    elsewhere = Proposal(Minter().mint(), "feeds", Mention(Entity("apollo", "entity", "x")), Mention(MOTOR, None, HOME))
    await record(store, elsewhere, APOLLO, OTHER, by="far")
    await record(store, translate.read_relationship(edge("/crane", "/motor", relatedReference=DETAILS)))
    made = await read_entity(store, MOTOR)
    assert (made.fields, made.created.by.user) == (STORED, "ops")


async def test_31_an_end_in_another_space_has_that_spaces_reference_id(store):
    elsewhere = Proposal(Minter().mint(), "feeds", Mention(Entity("apollo", "entity", "x")), Mention(MOTOR, None, HOME))
    shown = translate.Presenter(OTHER).show(await record(store, elsewhere, APOLLO, OTHER))
    spelled = "/tercet/entities/apollo/entity/x"
    assert (shown.resource_uri, shown.related_resource_uri) == (spelled, "/motor")
    assert shown.reference_id == name_uuid(space_name(OTHER).namespace, spelled)
    assert shown.related_reference_id == name_uuid(space_name(HOME).namespace, "/motor")
