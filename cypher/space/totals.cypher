// purpose: how many live relationships a space has, as its writer counted
// mode: read
// params: space
// returns: relationships
// plan: unique seek
MATCH (space:Space {id: $space})
RETURN space.relationships AS relationships
