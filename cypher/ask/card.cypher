// purpose: one entity of a space, and how many links of the space it has, by type and stored end; loops as well
// mode: read
// params: want (map: space, key, prefix)
// returns: entity (list), degrees (list of type, as source, as target, loops)
// plan: unique seeks; expansion of the entity; a record is sought only where links of other spaces may be among them
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
MATCH (a:Entity {key: $want.key})
WHERE a.recordedAt IS NOT NULL AND (a.deletedAt IS NULL OR EXISTS { (a)--() })
CALL (a, mixed) {
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
  WITH type, sum(out) AS out, sum(in) AS in, sum(loops) AS loops
  RETURN collect([type, out, in, loops]) AS degrees
}
WITH properties(a) AS a, degrees
RETURN [a.key, a.n, a.domain, a.type, a.id, a.version, a.seq, a.declared, a.recordedAt, a.deletedAt, a.document, true] AS entity,
  degrees
