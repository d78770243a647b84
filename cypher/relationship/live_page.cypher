// purpose: live records of a space in the order of their ids, after one of them
// mode: read
// params: needs (map: after, end, types or null, holding), skip, limit
// returns: records (list of lists)
// plan: range seek of the unique key in its order, no sort
MATCH (r:Relationship)
USING INDEX r:Relationship(key)
WHERE r.key > $needs.after AND r.key < $needs.end AND r.deletedAt IS NULL
  AND ($needs.types IS NULL OR r.type IN $needs.types)
  AND all(word IN $needs.holding WHERE r.document CONTAINS word)
WITH r ORDER BY r.key SKIP $skip LIMIT $limit
RETURN collect([r.key, r.n, r.type, r.version, r.seq, r.createdAt, r.deletedAt, r.document]) AS records
