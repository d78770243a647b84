// purpose: links of a space that are gone over from those of its entities that have few, and which have many
// mode: read
// params: want (map: keys, each, prefix, types or null, source and target: all, undirected or none), limit
// returns: hubs (keys of those with more than `each`), links (list of id, type, key of the source, key of the target)
// plan: unique seeks of entities, their degrees, expansion; unique seeks of records where an end is another space's
UNWIND $want.keys AS key
MATCH (a:Entity {key: key})
WITH a, COUNT { (a)--() } > $want.each AS hub
WITH collect(CASE WHEN hub THEN a.key END) AS hubs, collect(CASE WHEN hub THEN null ELSE a END) AS leaves
CALL (leaves) {
  UNWIND leaves AS a
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
}
RETURN hubs, links
