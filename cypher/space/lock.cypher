// purpose: lock a space, and say how it is
// mode: write
// params: space
// returns: space (map); no row where there is no such space
// plan: unique seek
MATCH (space:Space {id: $space})
SET space.locked = true
RETURN space {.id, .number, .seq, .ordinal, .epoch, .relationships, .entities, .relationshipTypes, .entityTypes,
  .lastCreatedAt, .settings, .createdBy, .deletedAt, .write, .pairs} AS space
