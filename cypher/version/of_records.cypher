// purpose: the states that some records had before their present one
// mode: read
// params: needs (map: keys)
// returns: versions (list of lists)
// plan: prefix seeks of the unique key
UNWIND $needs.keys AS key
MATCH (v:Version)
USING INDEX v:Version(recordKey, version)
WHERE v.recordKey = key AND v.version > 0
RETURN collect([v.recordKey, v.version, v.document]) AS versions
