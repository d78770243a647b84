// purpose: one step of a walk: the live relationships of a space reached from some entities, and their far ends
// mode: read
// params: needs (map: keys, source and target: all, undirected or none, prefix), limit
// returns: reached (list of pairs: id, key of the far end)
// plan: unique seeks of entities, expansion by type and direction; unique seeks of records where an end is another space's
UNWIND $needs.keys AS key
MATCH (a:Entity {key: key})
CALL (a) {
  WITH a WHERE $needs.source = 'all'
  MATCH (a)-[x]->(b:Entity)
  RETURN x.id AS id, b.key AS far
  UNION ALL
  WITH a WHERE $needs.target = 'all'
  MATCH (a)<-[x]-(b:Entity)
  RETURN x.id AS id, b.key AS far
  UNION ALL
  WITH a WHERE $needs.source = 'undirected'
  MATCH (a)-[x:related]->(b:Entity)
  RETURN x.id AS id, b.key AS far
  UNION ALL
  WITH a WHERE $needs.target = 'undirected'
  MATCH (a)<-[x:related]-(b:Entity)
  RETURN x.id AS id, b.key AS far
}
WITH a, id, far
// What joins two entities of one space is a relationship of that space: others have an end at home.
WHERE (a.key STARTS WITH $needs.prefix AND far STARTS WITH $needs.prefix)
  OR EXISTS { MATCH (r:Relationship {key: $needs.prefix + id}) WHERE r.deletedAt IS NULL }
WITH id, far LIMIT $limit
RETURN collect([id, far]) AS reached
