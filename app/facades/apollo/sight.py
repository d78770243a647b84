"""How one read shows the objects of a collection (apollo 2.2, 4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from app.core import ontology
from app.facades.apollo import entities, translate, wire

if TYPE_CHECKING:
    from app.core.model import Declaration, Entity, Relationship
    from app.core.store import SpaceView
    from app.facades.apollo.headers import Reading


class Sight(NamedTuple):
    """Which collection's objects are shown, with how much about them, and by which version of the ontology."""

    collection: str
    brick_version: str
    with_system_data: bool = False
    extended: bool = False

    @classmethod
    def of(cls, view: SpaceView, reading: Reading) -> Sight:
        """What a read wants to see of a collection."""
        version = ontology.Checks.of(view.settings).brick_version
        return cls(view.id, version, reading.with_system_data, reading.extended)

    def show_relationship(self, stored: Relationship) -> wire.Relationship:
        """A relationship in one of its versions."""
        return translate.show_relationship(stored, self.collection, with_system_data=self.with_system_data)

    def show_entity(self, entity: Entity, declaration: Declaration | None) -> wire.Entity:
        """A declared entity in one of its versions."""
        assert declaration is not None, "only declared entities are read"
        return entities.show(
            entity,
            declaration,
            self.collection,
            extended=self.extended,
            with_system_data=self.with_system_data,
            brick_version=self.brick_version,
        )
