// purpose: a page of entities with their labels
// mode: read
// params: after, limit
// returns: entities (list of lists)
// plan: range seek of the unique key, in its order
MATCH (e:Entity)
USING INDEX e:Entity(key)
WHERE e.key > $after
WITH e ORDER BY e.key LIMIT $limit
RETURN collect([e.key, e.n, e.domain, e.type, e.id, labels(e), e.recordedAt, e.deletedAt]) AS entities
