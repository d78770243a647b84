// purpose: those of the next records at some entities, in order of creation, that may match some criteria
// mode: read
// params: want (map: space, keys, after, live or null, createdAfter or null, createdBefore or null, mentions), look, limit
// returns: position (seq, epoch and write of the space, read before the rest), guests (spaces whose entities are ends here), reached (the n up to which all were seen; null at the end), records
// plan: unique seeks of space and entities, a range seek of terms, a range seek by (s, n) and one by (t, n) for each, cut after `look`; a top of those few
MATCH (space:Space {id: $want.space})
// Read once, and first: see space/position.
WITH space, space.seq AS seq, space.epoch AS epoch
OPTIONAL MATCH (c:Commit {space: $want.space, last: seq})
WITH space, [seq, epoch, coalesce(c.write, '')] AS position
WITH space, position, space.number * 1099511627776 AS first
WITH space, position, first + 1099511627776 AS end, CASE WHEN $want.after > first THEN $want.after ELSE first END AS after
CALL (after, end) {
  UNWIND $want.keys AS key
  MATCH (e:Entity {key: key})
  CALL (e, after, end) {
    MATCH (r:Relationship)
    USING INDEX r:Relationship(s, n)
    WHERE r.s = e.n AND r.n > after AND r.n < end
    WITH r ORDER BY r.s, r.n LIMIT $look
    RETURN collect(r) AS seen
    UNION ALL
    MATCH (r:Relationship)
    USING INDEX r:Relationship(t, n)
    WHERE r.t = e.n AND r.n > after AND r.n < end
    WITH r ORDER BY r.t, r.n LIMIT $look
    RETURN collect(r) AS seen
  }
  RETURN collect(seen) AS runs, min(CASE WHEN size(seen) = $look THEN seen[-1].n END) AS reached
}
CALL (runs, reached) {
  UNWIND runs AS seen
  UNWIND seen AS r
  WITH DISTINCT r
  // Who looks at more than are wanted found few before: of those, only what is let through is read whole.
  WITH CASE WHEN $look > $limit THEN r ELSE properties(r) END AS r
  WHERE (reached IS NULL OR r.n <= reached)
    AND ($want.live IS NULL OR (r.deletedAt IS NULL) = $want.live)
    AND ($want.createdAfter IS NULL OR r.createdAt > $want.createdAfter)
    AND ($want.createdBefore IS NULL OR r.createdAt < $want.createdBefore)
    AND all(side IN $want.mentions WHERE any(words IN side WHERE r.document CONTAINS words))
  WITH r ORDER BY r.n LIMIT $limit
  WITH properties(r) AS r
  RETURN collect([r.key, r.n, r.type, r.version, r.seq, r.createdAt, r.deletedAt, r.document]) AS records
}
RETURN position, COLLECT {
    MATCH (t:Term)
    USING INDEX t:Term(key)
    WHERE t.key > space.prefix + ':guest:' AND t.key < space.prefix + ':guest;'
    RETURN t.name
  } AS guests, reached, records
