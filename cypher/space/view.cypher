// purpose: what one caller may see of a space: its settings and the rights that the caller's principals hold
// mode: read
// params: space, principals
// returns: deleted (boolean), settings, rights
// plan: unique seek of the space, unique seeks of the grants
MATCH (space:Space {id: $space})
RETURN space.deletedAt IS NOT NULL AS deleted, space.settings AS settings,
  COLLECT {
    UNWIND $principals AS principal
    MATCH (g:Grant {space: $space, principal: principal})
    USING INDEX SEEK g:Grant(space, principal)
    RETURN g.right
  } AS rights
