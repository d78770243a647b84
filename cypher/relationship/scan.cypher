// purpose: those records of a run in key order that may match some criteria
// mode: read
// params: want (map: after, end, live or null, type or absent, createdAfter or null, createdBefore or null, mentions), look, limit
// returns: reached (the last key of the run; null at the end), records (list of lists)
// plan: range seek of the unique key in its order, cut after `look`; no sort
MATCH (r:Relationship)
USING INDEX r:Relationship(key)
WHERE r.key > $want.after AND r.key < $want.end
WITH r ORDER BY r.key LIMIT $look
WITH collect(r) AS seen
RETURN CASE WHEN size(seen) = $look THEN seen[-1].key END AS reached,
  [r IN [r IN seen
    WHERE ($want.live IS NULL OR (r.deletedAt IS NULL) = $want.live)
      AND ($want.type IS NULL OR r.type = $want.type)
      AND ($want.createdAfter IS NULL OR r.createdAt > $want.createdAfter)
      AND ($want.createdBefore IS NULL OR r.createdAt < $want.createdBefore)
      AND all(side IN $want.mentions WHERE any(words IN side WHERE r.document CONTAINS words))
    ][..$limit] | [r.key, r.n, r.type, r.version, r.seq, r.createdAt, r.deletedAt, r.document]] AS records
