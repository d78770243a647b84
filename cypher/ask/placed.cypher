// purpose: for some entities, by their ordinals, one live record of a space each that has it as an end
// mode: read
// params: want (map: space, numbers)
// returns: placed (list of ordinal, whether it is the source, record)
// plan: unique seek of the space; for each a range seek by (s, n), and by (t, n), cut at its first live record
MATCH (space:Space {id: $want.space})
WITH space.number * 1099511627776 AS first
UNWIND $want.numbers AS number
CALL (first, number) {
  WITH first, CASE WHEN number < 1099511627776 THEN first + number ELSE number END AS ordinal
  CALL (first, ordinal) {
    MATCH (r:Relationship)
    USING INDEX r:Relationship(s, n)
    WHERE r.s = ordinal AND r.n > first AND r.n < first + 1099511627776 AND r.deletedAt IS NULL
    RETURN r, true AS isSource LIMIT 1
    UNION ALL
    MATCH (r:Relationship)
    USING INDEX r:Relationship(t, n)
    WHERE r.t = ordinal AND r.n > first AND r.n < first + 1099511627776 AND r.deletedAt IS NULL
    RETURN r, false AS isSource LIMIT 1
  }
  RETURN properties(r) AS r, isSource LIMIT 1
}
RETURN collect([number, isSource,
  [r.key, r.n, r.type, r.version, r.seq, r.createdAt, r.deletedAt, r.document]]) AS placed
