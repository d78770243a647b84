// purpose: the replaced versions of one thing before one of them, the newest first
// mode: read
// params: key, before, limit
// returns: versions (list of version, document)
// plan: range seek of the unique key, backwards in its order
MATCH (v:Version)
USING INDEX v:Version(recordKey, version)
WHERE v.recordKey = $key AND v.version < $before
WITH v ORDER BY v.recordKey DESC, v.version DESC LIMIT $limit
RETURN collect([v.version, v.document]) AS versions
