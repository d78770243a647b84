// purpose: a page of records with all that is stored of them, and how many of their earlier versions are
// mode: read
// params: after, limit
// returns: records (list of lists)
// plan: range seek of the unique key, in its order; range seeks of the versions
MATCH (r:Relationship)
USING INDEX r:Relationship(key)
WHERE r.key > $after
WITH r ORDER BY r.key LIMIT $limit
WITH properties(r) AS r
RETURN collect([r.key, r.n, r.type, r.version, r.seq, r.createdAt, r.deletedAt, r.document, r.frozen, r.pairKey, r.s, r.t,
  CASE WHEN r.version > 1
    THEN COUNT { MATCH (v:Version) WHERE v.recordKey = r.key AND v.version >= 1 AND v.version < r.version }
    ELSE 0 END]) AS records
