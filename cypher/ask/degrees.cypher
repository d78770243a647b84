// purpose: how many links of their space some of its entities have, by type and stored end; loops as well
// mode: read
// params: want (map: space, keys, prefix)
// returns: degrees (list of key, type, as source, as target, loops)
// plan: unique seeks; expansion of each entity; a record is sought only where links of other spaces may be among them
MATCH (space:Space {id: $want.space})
WITH EXISTS {
    MATCH (t:Term)
    USING INDEX t:Term(kind, name)
    WHERE t.kind = 'guest' AND t.name = space.id
  } OR EXISTS {
    MATCH (t:Term)
    USING INDEX t:Term(key)
    WHERE t.key > $want.prefix + 'guest:' AND t.key < $want.prefix + 'guest;'
  } AS mixed
UNWIND $want.keys AS key
MATCH (a:Entity {key: key})
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
WITH key, type, sum(out) AS out, sum(in) AS in, sum(loops) AS loops
RETURN collect([key, type, out, in, loops]) AS degrees
