// purpose: for some record keys and versions: the record as it is, and the version that is kept
// mode: read
// params: rows
// returns: states (list of lists)
// plan: unique seeks
UNWIND $rows AS row
OPTIONAL MATCH (r:Relationship {key: row[0]})
OPTIONAL MATCH (v:Version {recordKey: row[0], version: row[1]})
RETURN collect([r.version, r.seq, r.type, r.deletedAt, v.seq, v.document]) AS states
