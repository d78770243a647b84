// purpose: links of a space that are gone over from some of its entities
// mode: read
// params: want (map: keys, prefix, types or null, source and target: all, undirected or none), limit
// returns: links (list of id, type, key of the source, key of the target)
// plan: unique seeks of entities, expansion; unique seeks of records where an end is another space's
UNWIND $want.keys AS key
MATCH (a:Entity {key: key})
CALL (a) {
  WITH a WHERE $want.source = 'all'
  MATCH (a)-[x]->(b:Entity)
  RETURN x, a.key AS source, b.key AS target, b.key AS far
  UNION ALL
  WITH a WHERE $want.target = 'all'
  MATCH (a)<-[x]-(b:Entity)
  RETURN x, b.key AS source, a.key AS target, b.key AS far
  UNION ALL
  WITH a WHERE $want.source = 'undirected'
  MATCH (a)-[x:related]->(b:Entity)
  RETURN x, a.key AS source, b.key AS target, b.key AS far
  UNION ALL
  WITH a WHERE $want.target = 'undirected'
  MATCH (a)<-[x:related]-(b:Entity)
  RETURN x, b.key AS source, a.key AS target, b.key AS far
}
WITH x, source, target, far
WHERE ($want.types IS NULL OR type(x) IN $want.types)
  // What joins two entities of one space is a relationship of that space: others have an end at home.
  AND (far STARTS WITH $want.prefix
    OR EXISTS { MATCH (r:Relationship {key: $want.prefix + x.id}) WHERE r.deletedAt IS NULL })
WITH x.id AS id, type(x) AS type, source, target LIMIT $limit
RETURN collect([id, type, source, target]) AS links
