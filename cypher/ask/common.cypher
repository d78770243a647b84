// purpose: the links from some entities of a space to those that all of them have links to
// mode: read
// params: want (map: keys, prefix, types or null, source and target: all, undirected or none), look, ends
// returns: met (how many were looked at: those whom the one with the fewest links leads to), found (for each its links: id, type, keys of the ends), ends (entities of the space, lists: those that were asked about, and the first of those found)
// plan: unique seeks; expansion of the entity of lowest degree, cut after `look`; expansions between two known entities
UNWIND $want.keys AS key
MATCH (a:Entity {key: key})
WITH a,
  CASE $want.source WHEN 'all' THEN COUNT { (a)-->() } ELSE 0 END
  + CASE $want.target WHEN 'all' THEN COUNT { (a)<--() } ELSE 0 END AS degree
WITH a ORDER BY degree, a.key
WITH collect(a) AS asked
CALL (asked) {
  WITH asked, asked[0] AS a
  CALL (a) {
    WITH a WHERE $want.source = 'all'
    MATCH (a)-[x]->(b:Entity)
    RETURN x, b
    UNION ALL
    WITH a WHERE $want.target = 'all'
    MATCH (a)<-[x]-(b:Entity)
    RETURN x, b
    UNION ALL
    WITH a WHERE $want.source = 'undirected'
    MATCH (a)-[x:related]->(b:Entity)
    RETURN x, b
    UNION ALL
    WITH a WHERE $want.target = 'undirected'
    MATCH (a)<-[x:related]-(b:Entity)
    RETURN x, b
  }
  WITH asked, x, b
  WHERE ($want.types IS NULL OR type(x) IN $want.types)
    AND (b.key STARTS WITH $want.prefix
      OR EXISTS { MATCH (r:Relationship {key: $want.prefix + x.id}) WHERE r.deletedAt IS NULL })
  WITH DISTINCT asked, b LIMIT $look + 1
  CALL (asked, b) {
    UNWIND asked AS a
    CALL (a, b) {
      // Told that both ends are there, the planner expands into them from the end of lower degree, hub or not.
      WITH * WHERE a IS NOT NULL AND b IS NOT NULL AND $want.source = 'all'
      MATCH (a)-[x]->(b)
      RETURN x
      UNION ALL
      WITH * WHERE a IS NOT NULL AND b IS NOT NULL AND $want.target = 'all'
      MATCH (a)<-[x]-(b)
      RETURN x
      UNION ALL
      WITH * WHERE a IS NOT NULL AND b IS NOT NULL AND $want.source = 'undirected'
      MATCH (a)-[x:related]->(b)
      RETURN x
      UNION ALL
      WITH * WHERE a IS NOT NULL AND b IS NOT NULL AND $want.target = 'undirected'
      MATCH (a)<-[x:related]-(b)
      RETURN x
    }
    WITH a, b, x
    WHERE ($want.types IS NULL OR type(x) IN $want.types)
      AND (b.key STARTS WITH $want.prefix
        OR EXISTS { MATCH (r:Relationship {key: $want.prefix + x.id}) WHERE r.deletedAt IS NULL })
    RETURN count(DISTINCT a) AS joined, collect(DISTINCT [x.id, type(x), startNode(x).key, endNode(x).key]) AS links
  }
  WITH count(*) AS met, collect(CASE WHEN joined = size(asked) THEN links END) AS found,
    collect(CASE WHEN joined = size(asked) THEN b END)[..$ends] AS shared
  RETURN met, found, shared
}
RETURN met, found, [e IN [e IN asked + shared
  WHERE e.recordedAt IS NOT NULL AND e.key STARTS WITH $want.prefix AND (e.deletedAt IS NULL OR EXISTS { (e)--() })
  | properties(e)] |
  [e.key, e.n, e.domain, e.type, e.id, e.version, e.seq, e.declared, e.recordedAt, e.deletedAt, e.document, true]] AS ends
