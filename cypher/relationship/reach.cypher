// purpose: one step of a walk: the live relationships of a space reached from some entities, and their far ends
// mode: read
// params: needs (map: keys, forward, backward, prefix), limit
// returns: reached (list of pairs: id, key of the far end)
// plan: unique seeks of entities, expansion by type and direction, unique seeks of records
UNWIND $needs.keys AS key
MATCH (a:Entity {key: key})
CALL (a) {
  WITH a WHERE $needs.forward
  MATCH (a)-[x]->(b:Entity)
  RETURN x.id AS id, b.key AS far
  UNION ALL
  WITH a WHERE $needs.backward
  MATCH (a)<-[x]-(b:Entity)
  RETURN x.id AS id, b.key AS far
  UNION ALL
  WITH a WHERE NOT $needs.forward
  MATCH (a)-[x:related]->(b:Entity)
  RETURN x.id AS id, b.key AS far
  UNION ALL
  WITH a WHERE NOT $needs.backward
  MATCH (a)<-[x:related]-(b:Entity)
  RETURN x.id AS id, b.key AS far
}
WITH id, far
WHERE EXISTS { MATCH (r:Relationship {key: $needs.prefix + id}) }
WITH id, far LIMIT $limit
RETURN collect([id, far]) AS reached
