// purpose: the records among some keys, live or deleted
// mode: read
// params: needs (map: keys)
// returns: records (list of lists)
// plan: unique seeks
UNWIND $needs.keys AS key
MATCH (r:Relationship {key: key})
WITH properties(r) AS r
RETURN collect([r.key, r.n, r.type, r.version, r.seq, r.createdAt, r.deletedAt, r.document]) AS records
