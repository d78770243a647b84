// purpose: whom the links of some entities of a space lead to, the first of them in the order of refs, each over one link
// mode: read
// params: want (map: keys, prefix, types or null, source and target: all or undirected), look, limit
// returns: passed (how many links were gone over), found (list of key, and of the link from the smallest key with the smallest id: key it comes from, id, type, whether it points there)
// plan: unique seeks of entities, expansion, cut after `look`; unique seeks of records where an end is another space's; no sort but the first
UNWIND $want.keys AS key
MATCH (a:Entity {key: key})
CALL (a) {
  WITH a WHERE $want.source = 'all'
  MATCH (a)-[x]->(b:Entity)
  RETURN x, b.key AS far, true AS out
  UNION ALL
  WITH a WHERE $want.target = 'all'
  MATCH (a)<-[x]-(b:Entity)
  RETURN x, b.key AS far, false AS out
  UNION ALL
  WITH a WHERE $want.source = 'undirected'
  MATCH (a)-[x:related]->(b:Entity)
  RETURN x, b.key AS far, true AS out
  UNION ALL
  WITH a WHERE $want.target = 'undirected'
  MATCH (a)<-[x:related]-(b:Entity)
  RETURN x, b.key AS far, false AS out
}
WITH key, x, far, out
WHERE ($want.types IS NULL OR type(x) IN $want.types)
  // What joins two entities of one space is a relationship of that space: others have an end at home.
  AND (far STARTS WITH $want.prefix
    OR EXISTS { MATCH (r:Relationship {key: $want.prefix + x.id}) WHERE r.deletedAt IS NULL })
WITH key, x, far, out LIMIT $look
WITH far, count(*) AS many, min([key, x.id, type(x), out]) AS way
WITH sum(many) AS passed, collect([far, way]) AS all
RETURN passed, COLLECT {
    UNWIND all AS each
    WITH each[0] AS far, each[1] AS way
    ORDER BY CASE WHEN far STARTS WITH $want.prefix THEN substring(far, size($want.prefix)) ELSE split(far, ':')[1] END
    LIMIT $limit
    RETURN [far, way]
  } AS found
