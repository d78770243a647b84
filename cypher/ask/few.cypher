// purpose: links of a space at some of its entities, of types that are few there
// mode: read
// params: want (map: bunches: list of key, type, side: out, in or both; prefix), limit
// returns: links (list of id, type, key of the source, key of the target)
// plan: unique seeks of entities, expansion; unique seeks of records where an end is another space's
UNWIND $want.bunches AS bunch
MATCH (a:Entity {key: bunch[0]})
CALL (a, bunch) {
  WITH a, bunch WHERE bunch[2] <> 'in'
  MATCH (a)-[x:$(bunch[1])]->(b:Entity)
  RETURN x, a.key AS source, b.key AS target, b.key AS far
  UNION ALL
  WITH a, bunch WHERE bunch[2] <> 'out'
  MATCH (a)<-[x:$(bunch[1])]-(b:Entity)
  RETURN x, b.key AS source, a.key AS target, b.key AS far
}
WITH x, source, target, far
WHERE far STARTS WITH $want.prefix
  OR EXISTS { MATCH (r:Relationship {key: $want.prefix + x.id}) WHERE r.deletedAt IS NULL }
WITH x.id AS id, type(x) AS type, source, target LIMIT $limit
RETURN collect([id, type, source, target]) AS links
