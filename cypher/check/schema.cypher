// purpose: the constraints and indexes that the database has, without the token look-ups that it always has
// mode: read
// params: none
// returns: rules (lists: unique, index or another type; label; properties; state)
// plan: no access to data
SHOW INDEXES YIELD type, labelsOrTypes, properties, state, owningConstraint
WHERE type <> 'LOOKUP'
RETURN collect([CASE WHEN owningConstraint IS NOT NULL THEN 'unique' WHEN type = 'RANGE' THEN 'index' ELSE toLower(type) END,
  coalesce(labelsOrTypes[0], ''), properties, state]) AS rules
