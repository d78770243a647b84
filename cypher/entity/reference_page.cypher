// purpose: entities of a space that are references (sas 1.7) in the order of their keys, after one of them
// mode: read
// params: needs (map: after, end), skip, limit
// returns: entities (list of lists)
// plan: range seek of the unique key in its order, no sort
MATCH (e:Entity)
USING INDEX e:Entity(key)
WHERE e.key > $needs.after AND e.key < $needs.end AND e.recordedAt IS NOT NULL
  // A case, not an OR: of that the planner might make two runs of two indexes, and sort them.
  AND CASE WHEN e.deletedAt IS NULL THEN true ELSE EXISTS { (e)--() } END
WITH e ORDER BY e.key SKIP $skip LIMIT $limit
WITH e AS node, properties(e) AS e
RETURN collect([e.key, e.n, e.domain, e.type, e.id, e.version, e.seq, e.declared, e.recordedAt, e.deletedAt, e.document,
  EXISTS { (node)--() }]) AS entities
