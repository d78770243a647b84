// purpose: live relationships of a space that have an entity as an end, in the order of their ids, after one of them
// mode: read
// params: want (map: key, types or null, after, prefix), look
// returns: reached (the id up to which all were seen; null at the end), records (list of lists)
// plan: unique seek of the entity, expansion by type, top of a sort of ids, unique seeks of those few
MATCH (a:Entity {key: $want.key})
CALL (a) {
  WITH a WHERE $want.types IS NULL
  MATCH (a)-[x]-()
  RETURN x.id AS id
  UNION ALL
  WITH a WHERE $want.types IS NOT NULL
  MATCH (a)-[x:$any($want.types)]-()
  RETURN x.id AS id
}
WITH DISTINCT id
WHERE id > $want.after
WITH id ORDER BY id LIMIT $look
WITH collect(id) AS ids
RETURN CASE WHEN size(ids) = $look THEN ids[-1] END AS reached,
  COLLECT {
    UNWIND ids AS id
    MATCH (r:Relationship {key: $want.prefix + id})
    WHERE r.deletedAt IS NULL
    WITH properties(r) AS r
    RETURN [r.key, r.n, r.type, r.version, r.seq, r.createdAt, r.deletedAt, r.document]
  } AS records
