// purpose: links of a space at some of its entities, of types that are few there
// mode: read
// params: want (map: bunches: list of key, type, side: out, in or both; prefix), limit, ends
// returns: links (list of id, type, key of the source, key of the target), ends (the first entities of the space that they lead to, lists)
// plan: unique seeks of entities, expansion; unique seeks of records where an end is another space's
UNWIND $want.bunches AS bunch
MATCH (a:Entity {key: bunch[0]})
CALL (a, bunch) {
  WITH a, bunch WHERE bunch[2] <> 'in'
  MATCH (a)-[x:$(bunch[1])]->(b:Entity)
  RETURN x, a.key AS source, b.key AS target, b
  UNION ALL
  WITH a, bunch WHERE bunch[2] <> 'out'
  MATCH (a)<-[x:$(bunch[1])]-(b:Entity)
  RETURN x, b.key AS source, a.key AS target, b
}
WITH x, source, target, b
WHERE b.key STARTS WITH $want.prefix
  OR EXISTS { MATCH (r:Relationship {key: $want.prefix + x.id}) WHERE r.deletedAt IS NULL }
WITH x.id AS id, type(x) AS type, source, target, b LIMIT $limit
WITH collect([id, type, source, target]) AS links, collect(DISTINCT b)[..$ends] AS found
RETURN links, [e IN [e IN found | properties(e)] WHERE e.recordedAt IS NOT NULL AND e.key STARTS WITH $want.prefix |
  [e.key, e.n, e.domain, e.type, e.id, e.version, e.seq, e.declared, e.recordedAt, e.deletedAt, e.document, true]] AS ends
