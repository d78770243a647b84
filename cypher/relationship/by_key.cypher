// purpose: one record of a space by its key, live or deleted
// mode: read
// params: key
// returns: record (list)
// plan: unique seek
MATCH (r:Relationship {key: $key})
WITH properties(r) AS r
RETURN [r.key, r.n, r.type, r.version, r.seq, r.createdAt, r.deletedAt, r.document] AS record
