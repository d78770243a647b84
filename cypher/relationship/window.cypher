// purpose: how many live records a space has, as its writer counted, and a window of them in the order of their ids
// mode: read
// params: needs (map: space, after, end), skip, limit
// returns: live (count), records (list of lists); no row where there is no such space
// plan: unique seek of the space; range seek of the unique key in its order, no sort, unless `skip` leaves all out
MATCH (space:Space {id: $needs.space})
WITH space.relationships AS live
OPTIONAL CALL (live) {
  WITH live WHERE live > $skip
  CALL () {
    MATCH (r:Relationship)
    USING INDEX r:Relationship(key)
    WHERE r.key > $needs.after AND r.key < $needs.end AND r.deletedAt IS NULL
    WITH r ORDER BY r.key SKIP $skip LIMIT $limit
    WITH properties(r) AS r
    RETURN collect([r.key, r.n, r.type, r.version, r.seq, r.createdAt, r.deletedAt, r.document]) AS records
  }
  RETURN records
}
RETURN live, coalesce(records, []) AS records
