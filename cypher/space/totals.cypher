// purpose: the live counts of a space
// mode: read
// params: space
// returns: relationships, entities
// plan: unique seek
MATCH (space:Space {id: $space})
RETURN space.relationships AS relationships, space.entities AS entities
