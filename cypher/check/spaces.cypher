// purpose: a page of spaces with what their nodes say, how many grants make somebody their owner, and the rule of their pairs
// mode: read
// params: after, limit
// returns: spaces (list of lists)
// plan: range seek of the unique id, in its order; range seeks of the grants
MATCH (s:Space)
USING INDEX s:Space(id)
WHERE s.id > $after
WITH s ORDER BY s.id LIMIT $limit
WITH properties(s) AS s
RETURN collect([s.id, s.uuid, s.prefix, s.number, s.seq, s.ordinal, s.relationships, s.entities, s.relationshipTypes,
  s.entityTypes, s.lastCreatedAt,
  COUNT { MATCH (g:Grant) WHERE g.space = s.id AND g.principal >= '' AND g.right = 'owner' },
  coalesce(s.pairs, '')]) AS spaces
