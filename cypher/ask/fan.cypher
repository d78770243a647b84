// purpose: links of a space that are gone over from those of its entities that have few, and how many the others have
// mode: read
// params: want (map: space, keys, each, prefix, types or null, source and target: all, undirected or none), limit, ends
// returns: degrees (of those with more than `each`: list of key, type, as source, as target, loops), links (list of id, type, key of the source, key of the target), ends (the first entities of the space that they lead to, lists)
// plan: unique seeks of entities, their degrees, expansion; unique seeks of records where an end is another space's
UNWIND $want.keys AS key
MATCH (a:Entity {key: key})
WITH a, COUNT { (a)--() } > $want.each AS hub
WITH collect(CASE WHEN hub THEN a END) AS hubs, collect(CASE WHEN hub THEN null ELSE a END) AS leaves
CALL (leaves) {
  UNWIND leaves AS a
  CALL (a) {
    WITH a WHERE $want.source = 'all'
    MATCH (a)-[x]->(b:Entity)
    RETURN x, a.key AS source, b.key AS target, b
    UNION ALL
    WITH a WHERE $want.target = 'all'
    MATCH (a)<-[x]-(b:Entity)
    RETURN x, b.key AS source, a.key AS target, b
    UNION ALL
    WITH a WHERE $want.source = 'undirected'
    MATCH (a)-[x:related]->(b:Entity)
    RETURN x, a.key AS source, b.key AS target, b
    UNION ALL
    WITH a WHERE $want.target = 'undirected'
    MATCH (a)<-[x:related]-(b:Entity)
    RETURN x, b.key AS source, a.key AS target, b
  }
  WITH x, source, target, b
  WHERE ($want.types IS NULL OR type(x) IN $want.types)
    // What joins two entities of one space is a relationship of that space: others have an end at home.
    AND (b.key STARTS WITH $want.prefix
      OR EXISTS { MATCH (r:Relationship {key: $want.prefix + x.id}) WHERE r.deletedAt IS NULL })
  WITH x.id AS id, type(x) AS type, source, target, b LIMIT $limit
  RETURN collect([id, type, source, target]) AS links, collect(DISTINCT b)[..$ends] AS found
}
CALL (hubs) {
  WITH hubs WHERE size(hubs) > 0
  MATCH (space:Space {id: $want.space})
  WITH hubs, EXISTS {
      MATCH (t:Term)
      USING INDEX t:Term(kind, name)
      WHERE t.kind = 'guest' AND t.name = space.id
    } OR EXISTS {
      MATCH (t:Term)
      USING INDEX t:Term(key)
      WHERE t.key > $want.prefix + 'guest:' AND t.key < $want.prefix + 'guest;'
    } AS mixed
  UNWIND hubs AS a
  CALL (a, mixed) {
    WITH a, mixed WHERE NOT mixed
    MATCH (a)-[x]->(b)
    RETURN type(x) AS type, count(*) AS out, 0 AS in, sum(CASE WHEN a = b THEN 1 ELSE 0 END) AS loops
    UNION ALL
    WITH a, mixed WHERE NOT mixed
    MATCH (a)<-[x]-()
    RETURN type(x) AS type, 0 AS out, count(*) AS in, 0 AS loops
    UNION ALL
    WITH a, mixed WHERE mixed
    MATCH (a)-[x]->(b:Entity)
    WHERE b.key STARTS WITH $want.prefix
      OR EXISTS { MATCH (r:Relationship {key: $want.prefix + x.id}) WHERE r.deletedAt IS NULL }
    RETURN type(x) AS type, count(*) AS out, 0 AS in, sum(CASE WHEN a = b THEN 1 ELSE 0 END) AS loops
    UNION ALL
    WITH a, mixed WHERE mixed
    MATCH (a)<-[x]-(b:Entity)
    WHERE b.key STARTS WITH $want.prefix
      OR EXISTS { MATCH (r:Relationship {key: $want.prefix + x.id}) WHERE r.deletedAt IS NULL }
    RETURN type(x) AS type, 0 AS out, count(*) AS in, 0 AS loops
  }
  WITH a.key AS key, type, sum(out) AS out, sum(in) AS in, sum(loops) AS loops
  RETURN collect([key, type, out, in, loops]) AS degrees
}
RETURN degrees, links, [e IN found WHERE e.recordedAt IS NOT NULL AND e.key STARTS WITH $want.prefix |
  [e.key, e.n, e.domain, e.type, e.id, e.version, e.seq, e.declared, e.recordedAt, e.deletedAt, e.document, true]] AS ends
