// purpose: a page of all spaces, in the order of ids, with what some principals hold in them
// mode: read
// params: needs (map: principals), after, limit
// returns: id, details, settings (JSON), deletedAt, grants (list of principal and right)
// plan: range seek of spaces in order, unique seeks of grants
MATCH (space:Space)
USING INDEX space:Space(id)
WHERE space.id > $after AND space.deletedAt IS NULL
WITH space ORDER BY space.id LIMIT $limit
RETURN space.id AS id, space.details AS details, space.settings AS settings, space.deletedAt AS deletedAt,
  COLLECT {
    UNWIND $needs.principals AS principal
    MATCH (g:Grant {space: space.id, principal: principal})
    RETURN [g.principal, g.right]
  } AS grants
