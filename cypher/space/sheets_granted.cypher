// purpose: a page of the spaces where some principals hold one of some rights, in the order of ids
// mode: read
// params: needs (map: principals, rights), after, limit
// returns: id, details, settings (JSON), deletedAt, grants (list of principal and right)
// plan: seeks of grants by principal, unique seeks of spaces and of their grants
UNWIND $needs.principals AS principal
MATCH (g:Grant)
USING INDEX g:Grant(principal)
WHERE g.principal = principal AND g.right IN $needs.rights AND g.space > $after
WITH DISTINCT g.space AS id
MATCH (space:Space {id: id})
WHERE space.deletedAt IS NULL
WITH space ORDER BY space.id LIMIT $limit
RETURN space.id AS id, space.details AS details, space.settings AS settings, space.deletedAt AS deletedAt,
  COLLECT {
    UNWIND $needs.principals AS principal
    MATCH (g:Grant {space: space.id, principal: principal})
    RETURN [g.principal, g.right]
  } AS grants
