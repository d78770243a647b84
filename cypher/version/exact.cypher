// purpose: replaced versions by their number
// mode: read
// params: needs (map: rows of key, version)
// returns: versions (list of lists)
// plan: unique seeks
UNWIND $needs.rows AS row
MATCH (v:Version {recordKey: row[0], version: row[1]})
RETURN collect([v.recordKey, v.version, v.document]) AS versions
