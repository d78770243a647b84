// purpose: those records of a run in key order that may match some criteria
// mode: read
// params: want (map: space, after, end, live or null, type or absent, createdAfter or null, createdBefore or null, mentions), look, limit
// returns: position (seq, epoch and write of the space, read before the rest), reached (the last key of the run; null at the end), records (list of lists)
// plan: unique seeks of the space and of its latest commit; range seek of the unique key in its order, cut after `look`; no sort
MATCH (space:Space {id: $want.space})
// Read once, and first: see space/position.
WITH space.seq AS seq, space.epoch AS epoch
OPTIONAL MATCH (c:Commit {space: $want.space, last: seq})
WITH [seq, epoch, coalesce(c.write, '')] AS position
CALL () {
  MATCH (r:Relationship)
  USING INDEX r:Relationship(key)
  WHERE r.key > $want.after AND r.key < $want.end
  WITH r ORDER BY r.key LIMIT $look
  // Who looks at more than are wanted found few before: of those, only what is let through is read whole.
  RETURN collect(CASE WHEN $look > $limit THEN r ELSE properties(r) END) AS seen
}
RETURN position, CASE WHEN size(seen) = $look THEN seen[-1].key END AS reached,
  [r IN [r IN [r IN seen
    WHERE ($want.live IS NULL OR (r.deletedAt IS NULL) = $want.live)
      AND ($want.type IS NULL OR r.type = $want.type)
      AND ($want.createdAfter IS NULL OR r.createdAt > $want.createdAfter)
      AND ($want.createdBefore IS NULL OR r.createdAt < $want.createdBefore)
      AND all(side IN $want.mentions WHERE any(words IN side WHERE r.document CONTAINS words))
    ][..$limit] | properties(r)] | [r.key, r.n, r.type, r.version, r.seq, r.createdAt, r.deletedAt, r.document]] AS records
