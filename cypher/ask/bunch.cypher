// purpose: for some entities of a space, the first links of one type and side behind a place, in order of creation
// mode: read
// params: want (map: space, bunches: list of key, type, side: out, in or both, and a place), limit
// returns: bunches (list of the place in `want` and the records of one side, lists)
// plan: unique seeks of space and entities; of each side a range seek by (s, n) or (t, n), in its order, no sort
MATCH (space:Space {id: $want.space})
WITH space.number * 1099511627776 AS first
UNWIND range(0, size($want.bunches) - 1) AS at
WITH at, $want.bunches[at] AS bunch, first
MATCH (e:Entity {key: bunch[0]})
WITH at, bunch, e, first, CASE WHEN bunch[3] > first THEN bunch[3] ELSE first END AS after
CALL (e, bunch, first, after) {
  WITH e, bunch, first, after WHERE bunch[2] <> 'in'
  MATCH (r:Relationship)
  USING INDEX r:Relationship(s, n)
  WHERE r.s = e.n AND r.n > after AND r.n < first + 1099511627776 AND r.deletedAt IS NULL AND r.type = bunch[1]
  WITH r ORDER BY r.s, r.n LIMIT $limit
  WITH properties(r) AS r
  RETURN collect([r.key, r.n, r.type, r.version, r.seq, r.createdAt, r.deletedAt, r.document]) AS records
  UNION ALL
  WITH e, bunch, first, after WHERE bunch[2] <> 'out'
  MATCH (r:Relationship)
  USING INDEX r:Relationship(t, n)
  WHERE r.t = e.n AND r.n > after AND r.n < first + 1099511627776 AND r.deletedAt IS NULL AND r.type = bunch[1]
  WITH r ORDER BY r.t, r.n LIMIT $limit
  WITH properties(r) AS r
  RETURN collect([r.key, r.n, r.type, r.version, r.seq, r.createdAt, r.deletedAt, r.document]) AS records
}
RETURN collect([at, records]) AS bunches
