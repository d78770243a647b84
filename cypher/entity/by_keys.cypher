// purpose: the recorded entities among some keys
// mode: read
// params: keys
// returns: entities (list of lists)
// plan: unique seeks
UNWIND $keys AS key
MATCH (e:Entity {key: key})
WHERE e.recordedAt IS NOT NULL
WITH e AS node, properties(e) AS e
RETURN collect([e.key, e.n, e.domain, e.type, e.id, e.version, e.seq, e.declared, e.recordedAt, e.deletedAt, e.document,
  CASE WHEN e.deletedAt IS NULL THEN false ELSE EXISTS { (node)--() } END]) AS entities
