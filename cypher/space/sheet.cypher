// purpose: what is kept about a space for itself, a deleted one too
// mode: read
// params: space
// returns: id, details, settings (JSON), deletedAt, grants (list of principal and right)
// plan: unique seek of the space, prefix seek of its grants
MATCH (space:Space {id: $space})
RETURN space.id AS id, space.details AS details, space.settings AS settings, space.deletedAt AS deletedAt,
  COLLECT { MATCH (g:Grant) WHERE g.space = $space AND g.principal > '' RETURN [g.principal, g.right] } AS grants
